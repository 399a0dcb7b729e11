"""Every act the law offers somebody is a form on the page of the case, drawn by the page's own code."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from builders import shelf
from fastapi import Request

from activities.accounts import Account
from activities.register import Table
from activities.rows import CASE, DUTY, LINK, PARAMETERS, rows_of
from api.identity import mandate
from api.identity.callers import Caller
from api.reading.casefile import CaseFile
from api.reading.showing import Surroundings
from api.town import Town
from api.voice import Voice
from api.web.cases import case as case_page
from api.web.frame.visits import Theme, Visitor
from api.web.resident import following
from api.words import Language
from domain.actors import Actor
from domain.vocabulary import CaseKind, Role
from rehearsal.town import load_town
from tests.rights.expected import RESIDENT, TABLE
from tests.rights.lives import Moment, moments
from tests.rights.people import in_the_name_of, residents, staff

WITHOUT_A_PAGE = frozenset({"adopt_calendar", "succeed"})
"""Administrators of the machinery read no case, so no page of a case is theirs: editions and bodies have pages."""

_ACTION = re.compile(r'action="/(?:cases|my)/[^/"]+/acts/([a-z._]+)')


class Rows:
    """A register and a content store that hold one case, and no names."""

    def __init__(self, moment: Moment) -> None:
        self.file = CaseFile(moment.number, moment.events, moment.case)
        self._rows = rows_of(moment.number, moment.events)

    def of(self, table: Table, columns: tuple[str, ...]) -> list[dict[str, Any]]:
        """The rows of one table."""
        place = next(n for n, (name, new, _) in enumerate(PARAMETERS) if name is table and new)
        return [dict(zip(columns, row, strict=True)) for row in self._rows[place]]

    @property
    def around(self) -> Surroundings:
        parties = [{"id": p, "name": None, "phone": None, "address": None} for p in self.file.case.parties]
        (case,) = self.of(Table.CASE, CASE)
        return Surroundings(
            case, self.of(Table.DUTY, DUTY), self.of(Table.LINK, LINK), parties, {}, stuck=False
        )  # type: ignore[arg-type]  # dictionaries stand in for rows


class Empty:
    """A connection to a database in which there is nothing besides."""

    async def fetch(self, *_: Any) -> list[Any]:
        return []

    async def fetchrow(self, *_: Any) -> None:
        return None

    async def fetchval(self, *_: Any) -> None:
        return None


@asynccontextmanager
async def _nothing() -> AsyncIterator[Empty]:
    yield Empty()


def _visitor(moment: Moment, actor: Actor) -> Visitor:
    scope = {
        "type": "http", "method": "GET", "path": f"/cases/{moment.number}", "query_string": b"", "headers": [],
        "scheme": "http", "server": ("door", 80),
    }  # fmt: skip
    town = Town(load_town().tree, {})
    voice = Voice(Language.ZH, town, shelf())
    account = Account(actor.account, "某人", actor.role, actor.unit)
    door = SimpleNamespace(
        database=SimpleNamespace(connection=_nothing), settings=SimpleNamespace(drill=False), shelf=shelf()
    )
    return Visitor(
        door,
        Request(scope),
        Language.ZH,
        Theme.AUTO,
        "x",
        Caller(account, Language.ZH),
        voice,  # type: ignore[arg-type]
    )


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The page of a case as somebody finds it, with everything read from the case alone."""

    async def drawn(moment: Moment, actor: Actor) -> str:
        rows = Rows(moment)

        async def given(value: Any) -> Any:
            return value

        for module in (case_page, following):
            monkeypatch.setattr(module, "visible_file", lambda *_: given(rows.file))
            monkeypatch.setattr(module, "surroundings", lambda *_: given(rows.around))
        visitor = _visitor(moment, actor)
        if actor.role is Role.RESIDENT:
            answer = await following._shown(visitor, moment.number)
        else:
            answer = await case_page._shown(visitor, moment.number, actor.on_behalf_of or "")
        return bytes(answer.body).decode()

    return drawn


def _wanted(kind: CaseKind) -> Iterator[tuple[str, str]]:
    """Each act with each manner in which the table lets somebody do it."""
    for line in TABLE[kind]:
        if line.act not in WITHOUT_A_PAGE:
            yield line.act, "staff" if line.roles != RESIDENT else "resident"
            if line.roles == RESIDENT:
                yield line.act, "behalf"


def _manner(actor: Actor) -> str:
    if actor.on_behalf_of is not None:
        return "behalf"
    return "resident" if actor.role is Role.RESIDENT else "staff"


@pytest.mark.parametrize("kind", list(CaseKind))
async def test_every_act_that_is_offered_has_its_form_on_the_page(kind: CaseKind, page: Any) -> None:
    wanted = set(_wanted(kind))
    for moment in (each for each in moments() if each.kind is kind and not each.standing.closed):
        for actor in (*staff(), *residents(), *in_the_name_of(moment.case.parties)):
            offered = {each.act for each in mandate.offers(moment.case, actor, moment.rules)}
            if {(act, _manner(actor)) for act in offered} & wanted:
                shown = set(_ACTION.findall(await page(moment, actor)))
                assert shown <= offered, (moment.stage, actor)
                wanted -= {(act, _manner(actor)) for act in shown}
        if not wanted:
            return
    raise AssertionError(sorted(wanted))
