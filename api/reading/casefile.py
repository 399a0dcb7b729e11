"""A case as the ledger tells it: its events, and what they add up to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from activities import access
from activities.access import Access
from activities.chain import stored_event
from api.database import Connection, Database
from api.forms import CASE_NUMBER
from api.identity.callers import Caller
from api.problems import Problem, not_found
from domain.authority import Refusal, may_see
from domain.codec import load_event
from domain.events import Acted, CaseOpened, Event
from domain.state import Case, evolve
from domain.vocabulary import CaseNo

_NUMBER = re.compile(CASE_NUMBER)
_EVENTS = "SELECT seq, at, kind, cause, rule, data FROM event WHERE case_no = $1 ORDER BY seq"


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything on the ledger about one case."""

    number: CaseNo
    events: tuple[Event, ...]
    case: Case

    def done(self, act_id: str) -> Event | None:
        """The event of an act that was taken in before."""
        return next((each for each in self.events if _act_id(each) == act_id), None)


def _act_id(event: Event) -> str:
    match event.fact:
        case Acted(act_id=act_id) | CaseOpened(act_id=act_id):
            return act_id
        case _:
            return ""


async def find_file(connection: Connection, number: str) -> CaseFile | None:
    """The file of a case, if there is one."""
    if not _NUMBER.fullmatch(number):
        return None
    rows = await connection.fetch(_EVENTS, number)
    return file_of(CaseNo(number), (load_event(stored_event(row)) for row in rows)) if rows else None


def file_of(number: CaseNo, events: Iterable[Event]) -> CaseFile:
    """A file from its events."""
    every = tuple(events)
    return CaseFile(number, every, evolve(every))


async def visible_file(database: Database, number: str, caller: Caller) -> CaseFile:
    """The file of a case that the caller may see.

    Raises Problem: 404, the same whether there is no such case or it is none of the caller's; 403 for whoever
    stepped aside from it, who knows it (《信访工作条例》第28条第3款). Either stands in the access log.
    """
    async with database.connection() as connection:
        file = await find_file(connection, number)
        seen = file is not None and caller.may_reach(number) and may_see(file.case, caller.actor)
        stepped_aside = file is not None and caller.account.id in file.case.recused
        if file is not None and seen and not stepped_aside:
            return file
        if _NUMBER.fullmatch(number):
            await access.looked(connection, caller.account.id, Access.SIGHT_REFUSED, number)
    raise Problem(HTTPStatus.FORBIDDEN, Refusal.RECUSED) if seen and stepped_aside else not_found()
