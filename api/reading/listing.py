"""Lists over the register: cases, worklists and search, in pages that begin after a key and never count."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import asyncpg

from activities import content, grams
from activities.content import Hit
from activities.grams import EmptyQuery
from api.answers import CaseLine, Page, WorkItem
from api.database import Connection
from api.forms import CASE_NUMBER
from api.identity.callers import Caller
from api.identity.sight import Query, want_visible
from api.problems import FieldError, invalid
from api.reading.colours import want_colour
from api.reading.cursors import cursor_of, key_of
from api.reading.showing import duty_view
from api.voice import Voice
from domain.actors import Owner
from domain.calendar import CST
from domain.duties import Duty, DutyKind, Nature
from domain.state import OpenDuty
from domain.vocabulary import CaseKind, CaseNo, Colour, Party, Role, Stage, Unit

LOOKS = 20
"""Batches of hits a search goes through for one page, when the caller may see few of them."""

_LATEST_FIRST = "ORDER BY r.opened_at DESC, r.case_no DESC"
# Words and dates are fetched for the page alone, not for everything that is sorted to find it.
_LINES = f"""
    SELECT r.case_no, r.kind, r.stage, r.matter, r.community, r.unit, r.opened_at, r.closed_at, r.outcome,
        r.breaches, r.drill, c.body AS title_text,
        (SELECT min(o.legal_due) FROM duty_register o WHERE o.case_no = r.case_no AND o.status = 'open')
            AS next_due
    FROM (SELECT r.* FROM case_register r WHERE {{where}} {_LATEST_FIRST} LIMIT {{limit}}) r
    LEFT JOIN content c ON c.commitment = r.title {_LATEST_FIRST}"""  # noqa: S608 - names from above
_OWN = """r.case_no = ANY(ARRAY(
    SELECT o.case_no FROM case_register o WHERE o.opener = {own}
    UNION SELECT p.case_no FROM case_register p WHERE p.parties @> ARRAY[{own}]::text[]))"""
# Scalar, not EXISTS: Postgres would find the words everywhere first.
_SAYS = f"""(SELECT true FROM content_ref f JOIN content c ON c.commitment = f.commitment
    WHERE f.case_no = r.case_no AND {grams.matches("c.grams", "c.body", "{tsquery}", "{phrases}")} LIMIT 1)"""  # noqa: S608
_NUMBER = re.compile(CASE_NUMBER)


class Status(StrEnum):
    """Whether the procedure still runs."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases of a list are wanted; None wants all."""

    kind: CaseKind | None = None
    stage: Stage | None = None
    unit: Unit | None = None
    community: Unit | None = None
    matter: str | None = None
    status: Status | None = None
    since: datetime | None = None
    drill: bool = False


@dataclass(frozen=True, slots=True)
class WorkFilter:
    """Which open duties of a worklist are wanted; None wants all.

    `watched` asks for those of every case the caller may see, whoever owes them: for offices that press.
    `among` are kinds of duty any of which will do; none wants all.
    """

    kind: CaseKind | None = None
    duty: DutyKind | None = None
    among: tuple[DutyKind, ...] = ()
    colour: Colour | None = None
    community: Unit | None = None
    matter: str | None = None
    watched: bool = False


@dataclass(frozen=True, slots=True)
class Paging:
    """How many items, after which cursor."""

    limit: int
    after: str | None


async def cases(
    connection: Connection, caller: Caller, voice: Voice, wanted: Filter, paging: Paging
) -> Page[CaseLine]:
    """Cases the caller may see, the latest opened first."""
    return _page(await _lines(connection, caller, voice, _wanted(wanted, voice), paging), paging.limit, voice)


async def _lines(
    connection: Connection, caller: Caller, voice: Voice, query: Query, paging: Paging
) -> list[asyncpg.Record]:
    """One more than a page holds, if there are so many."""
    want_visible(query, caller, voice.town)
    if paging.after is not None:
        at, number = key_of(paging.after, datetime, str)
        query.want(f"(r.opened_at, r.case_no) < ({query.give(at)}, {query.give(number)})")
    _want_few(query, caller)
    return await _fetched(connection, query, paging.limit + 1)


async def _fetched(connection: Connection, query: Query, limit: int) -> list[asyncpg.Record]:
    statement = _LINES.format(where=query.where, limit=query.give(limit))
    return await connection.fetch(statement, *query.parameters)


def _want_few(query: Query, caller: Caller) -> None:
    """A resident's cases are few, which Postgres does not know: it would go through everybody's to find them."""
    if caller.actor.role is Role.RESIDENT:
        own = query.give(caller.actor.account)
        query.want(_OWN.format(own=own))


def _wanted(wanted: Filter, voice: Voice) -> Query:
    query = Query()
    query.match("r.drill", wanted.drill)
    query.match("r.kind", wanted.kind)
    query.match("r.stage", wanted.stage)
    query.match("r.unit", wanted.unit)
    query.match("r.community", wanted.community)
    _want_matter(query, "r.matter", wanted.matter, voice)
    if wanted.status is not None:
        query.want(f"r.closed_at IS {'NULL' if wanted.status is Status.OPEN else 'NOT NULL'}")
    if wanted.since is not None:
        query.want(f"r.opened_at >= {query.give(wanted.since)}")
    return query


def _want_matter(query: Query, column: str, matter: str | None, voice: Voice) -> None:
    """A matter, or any below it; one that has nothing below it is found by index in the order of the list."""
    if matter is None:
        return
    code = query.give(matter)
    if any(each.startswith(f"{matter}.") for each in voice.town.matters):
        query.want(f"{column} = {code} OR starts_with({column}, {code} || '.')")
    else:
        query.want(f"{column} = {code}")


def _page(rows: Sequence[asyncpg.Record], limit: int, voice: Voice) -> Page[CaseLine]:
    shown = rows[:limit]
    more = cursor_of(shown[-1]["opened_at"], shown[-1]["case_no"]) if len(rows) > limit else None
    return Page(items=tuple(case_line(row, voice) for row in shown), next=more)


def case_line(row: asyncpg.Record, voice: Voice) -> CaseLine:
    """One case of a list."""
    return CaseLine(
        number=row["case_no"], kind=voice.coded("case_kind", row["kind"]), title=row["title_text"],
        stage=voice.coded("stage", row["stage"]), matter=voice.matter(row["matter"]),
        community=voice.unit(row["community"]), unit=voice.maybe_unit(row["unit"]),
        opened_at=row["opened_at"].astimezone(CST), closed_at=_local(row["closed_at"]),
        outcome=voice.maybe("outcome", row["outcome"]), next_due=_local(row["next_due"]),
        breaches=row["breaches"], drill=row["drill"],
    )  # fmt: skip


def _local(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(CST)


_SOONEST_FIRST = "ORDER BY d.legal_due, d.case_no, d.number"
_WORK = f"""
    SELECT d.*, c.body AS title_text FROM (
        SELECT d.*, r.rulebook, r.last_at, r.title FROM duty_register d
        JOIN case_register r ON r.case_no = d.case_no WHERE {{where}} {_SOONEST_FIRST} LIMIT {{limit}}
    ) d LEFT JOIN content c ON c.commitment = d.title {_SOONEST_FIRST}"""  # noqa: S608 - names from above


async def worklist(
    connection: Connection,
    caller: Caller,
    voice: Voice,
    drill: bool,
    paging: Paging,
    wanted: WorkFilter = WorkFilter(),
) -> Page[WorkItem]:
    """Open duties of the caller's office in the caller's role, or of the caller as a party; soonest first."""
    query = Query()
    query.want("d.status = 'open'")
    query.match("d.drill", drill)
    _want_duties(query, caller, voice, wanted)
    if wanted.colour is not None:
        want_colour(query, wanted.colour, None if drill else datetime.now(CST), voice.shelf)
    if paging.after is not None:
        due, number, place = key_of(paging.after, datetime, str, int)
        key = f"{query.give(due)}, {query.give(number)}, {query.give(place)}"
        query.want(f"(d.legal_due, d.case_no, d.number) > ({key})")
    statement = _WORK.format(where=query.where, limit=query.give(paging.limit + 1))
    rows = await connection.fetch(statement, *query.parameters)
    shown = rows[: paging.limit]
    last = shown[-1] if len(rows) > paging.limit else None
    more = cursor_of(last["legal_due"], last["case_no"], last["number"]) if last else None
    return Page(items=tuple(_work_item(row, voice) for row in shown), next=more)


def _want_duties(query: Query, caller: Caller, voice: Voice, wanted: WorkFilter) -> None:
    if wanted.watched:
        want_visible(query, caller, voice.town)
    else:
        _want_own(query, caller)
    query.match("d.case_kind", wanted.kind)
    query.match("d.kind", wanted.duty)
    if wanted.among:
        query.want(f"d.kind = ANY({query.give(list(wanted.among))}::text[])")
    query.match("d.community", wanted.community)
    _want_matter(query, "d.matter", wanted.matter, voice)


def _want_own(query: Query, caller: Caller) -> None:
    actor = caller.actor
    if caller.only_case is not None:
        only = query.give(caller.only_case)
        query.want(f"d.case_no = {only} OR starts_with(d.case_no, {only} || '-')")
    if actor.role is Role.RESIDENT:
        query.match("d.owner_party", actor.account)
        return
    query.want(f"d.owner_unit = {query.give(actor.unit)}")
    query.want(f"{query.give(actor.role.value)} = ANY(d.owner_roles)")


def _work_item(row: asyncpg.Record, voice: Voice) -> WorkItem:
    now = row["last_at"].astimezone(CST) if row["drill"] else datetime.now(CST)
    view = duty_view(row, _held(row), voice.shelf.rulebook(row["rulebook"]), now, voice)
    return WorkItem(
        case=row["case_no"], kind=voice.coded("case_kind", row["case_kind"]), title=row["title_text"],
        matter=voice.matter(row["matter"]), community=voice.unit(row["community"]), duty=view,
    )  # fmt: skip


def _held(row: asyncpg.Record) -> OpenDuty:
    """An open duty from its row in the register."""
    duty = Duty(
        number=row["number"], kind=DutyKind(row["kind"]), rule=row["rule"], about=row["about"],
        owner=Owner(
            Unit(row["owner_unit"]) if row["owner_unit"] else None, tuple(map(Role, row["owner_roles"])),
            Party(row["owner_party"]) if row["owner_party"] else None,
        ),
        counted_from=row["counted_from"], internal_due=row["internal_due"], legal_due=row["legal_due"],
        nature=Nature(row["nature"]), provisional=row["provisional"],
    )  # fmt: skip
    return OpenDuty(
        duty, row["legal_due"], row["internal_due"], row["provisional"],
        breached=row["breached_at"] is not None, paused=row["paused"],
    )  # fmt: skip


async def search(
    connection: Connection, caller: Caller, voice: Voice, words: str, drill: bool, paging: Paging
) -> Page[CaseLine]:
    """Cases the caller may see in whose number or words the query is found, the latest opened first.

    A page can hold less than asked for and still have one after it.
    """
    number = words.strip().upper()
    if _NUMBER.fullmatch(number):
        query = Query()
        query.match("r.drill", drill)
        query.want(f"starts_with(r.case_no, {query.give(number)})")
        return _page(await _lines(connection, caller, voice, query, paging), paging.limit, voice)
    by_words = _search_own if caller.actor.role is Role.RESIDENT else _search_words
    return await by_words(connection, caller, voice, words, drill, paging)


async def _search_own(
    connection: Connection, caller: Caller, voice: Voice, words: str, drill: bool, paging: Paging
) -> Page[CaseLine]:
    """A resident's few cases are looked through one by one, whatever else the words are found in."""
    query, wanted = Query(), _wanted_words(words)
    query.match("r.drill", drill)
    query.want(_SAYS.format(tsquery=query.give(wanted.tsquery), phrases=query.give(list(wanted.phrases))))
    return _page(await _lines(connection, caller, voice, query, paging), paging.limit, voice)


def _wanted_words(words: str) -> grams.Query:
    try:
        return grams.query(words)
    except EmptyQuery as nothing:
        raise invalid(FieldError(("q",), "blank")) from nothing


async def _search_words(
    connection: Connection, caller: Caller, voice: Voice, words: str, drill: bool, paging: Paging
) -> Page[CaseLine]:
    """Go through hits until a page is full, they end, or it has been long enough for one request."""
    after = _hit(paging.after)
    found: list[asyncpg.Record] = []
    for _ in range(LOOKS):
        hits = await _hits(connection, words, paging.limit + 1, after)
        found += await _of_numbers(connection, caller, voice, [hit.case_no for hit in hits], drill)
        if len(found) > paging.limit or len(hits) <= paging.limit:
            return _page(found, paging.limit, voice)
        after = hits[-1]
    rest = cursor_of(after.opened_at, after.case_no) if after else None
    return Page(items=_page(found, paging.limit, voice).items, next=rest)


async def _hits(connection: Connection, words: str, limit: int, after: Hit | None) -> list[Hit]:
    _wanted_words(words)
    return await content.find(connection, words, limit, after)


def _hit(cursor: str | None) -> Hit | None:
    if cursor is None:
        return None
    at, number = key_of(cursor, datetime, str)
    return Hit(CaseNo(number), at)


async def _of_numbers(
    connection: Connection, caller: Caller, voice: Voice, numbers: Sequence[str], drill: bool
) -> list[asyncpg.Record]:
    query = Query()
    query.want(f"r.case_no = ANY({query.give(list(numbers))}::text[])")
    query.match("r.drill", drill)
    want_visible(query, caller, voice.town)
    return await _fetched(connection, query, len(numbers))
