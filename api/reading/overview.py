"""The city for those who supervise it: counts, rates with their coverage, trends, and the cases behind each number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import asyncpg

from api.answers import CaseLine, Page, Rate
from api.database import Connection
from api.identity.callers import Caller
from api.identity.sight import Query, want_visible
from api.problems import not_found
from api.reading.counting import SUMS, added_up, midnight, rate_of, satisfied, settle
from api.reading.cursors import cursor_of, key_of
from api.reading.listing import Paging, case_line
from api.voice import Voice
from domain.calendar import CST
from domain.rights import PRESSERS
from domain.vocabulary import CaseKind, Role, Unit

SUPERVISING = PRESSERS | {Role.TOWN_LEADER, Role.TOWN_SECRETARY}
"""Who has the whole before their eyes: offices that press, of everything; leaders of a town, of their own."""
BUCKETS = 12
"""Weeks or months of a trend, the present one included."""
NEAR = timedelta(days=7)
"""How long before its end a petition's date is near."""
NOBODY = "-"
"""Stands in an address for cases that are with no unit."""


class Grain(StrEnum):
    """The steps of a trend."""

    WEEK = "week"
    MONTH = "month"


class Which(StrEnum):
    """The cases behind one number; the first are as things stand now, the others of the period shown."""

    OPEN = "open"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"
    WHISTLES = "whistles"
    """Departments that owe a whistle their signature, contact or report (吹哨后未报到)."""
    STUCK = "stuck"
    """A bug keeps the case from going on."""
    PETITIONS = "petitions"
    """Petitions with a date near its end, provisional dates included."""
    ABOLISHED = "abolished"
    """Something is still owed by a body that is abolished (《信访工作条例》第24条)."""
    OPENED = "opened"
    UNFINISHED = "unfinished"
    CLOSED = "closed"
    BREACHED = "breached"
    RESPONSE_LATE = "response_late"
    UNRESOLVED = "unresolved"
    DISSATISFIED = "dissatisfied"
    UNRATED = "unrated"


PRESENT = (
    Which.OPEN, Which.DUE_TODAY, Which.OVERDUE, Which.WHISTLES, Which.PETITIONS, Which.STUCK, Which.ABOLISHED,
)  # fmt: skip
"""As things stand now, whenever the case was opened."""

_GROUPS = f"""
    SELECT dimension, code, rulebook, {SUMS} FROM tally t WHERE {{where}} GROUP BY 1, 2, 3"""  # noqa: S608 - names from above
_TREND = f"SELECT bucket, rulebook, {SUMS} FROM tally t WHERE {{where}} GROUP BY 1, 2"  # noqa: S608
_OWED = """
    t.case_no = ANY(ARRAY(SELECT d.case_no FROM duty_register d WHERE d.status = 'open' AND {condition}))"""
_OBLIGATION = (
    "d.nature = 'obligation' AND d.breached_at IS NULL AND d.legal_due > {now} AND d.legal_due <= {until}"
)
_PLAIN: Mapping[Which, str] = {
    Which.OPEN: "NOT t.closed",
    Which.OVERDUE: "t.overdue",
    Which.WHISTLES: "t.unreported",
    Which.STUCK: "t.case_no IN (SELECT s.case_no FROM trouble s)",
    Which.OPENED: "true",
    Which.UNFINISHED: "NOT t.closed",
    Which.CLOSED: "t.closed",
    Which.BREACHED: "t.breached",
    Which.RESPONSE_LATE: "t.response_due AND NOT t.response_in_time",
    Which.UNRESOLVED: "t.visited AND NOT t.resolved",
    Which.DISSATISFIED: "t.grade <= 2",
    Which.UNRATED: "t.closed AND NOT t.visited",
}
_LINE = """
    SELECT r.case_no, r.kind, r.stage, r.matter, r.community, r.unit, r.opened_at, r.closed_at, r.outcome,
        r.breaches, r.drill, c.body AS title_text,
        (SELECT min(o.legal_due) FROM duty_register o WHERE o.case_no = r.case_no AND o.status = 'open') AS next_due
    FROM (
        SELECT r.* FROM case_tally t JOIN case_register r ON r.case_no = t.case_no
        WHERE {where} ORDER BY t.opened_at DESC, t.case_no DESC LIMIT {limit}
    ) r LEFT JOIN content c ON c.commitment = r.title ORDER BY r.opened_at DESC, r.case_no DESC"""
_COUNT = "SELECT count(*) FROM case_tally t WHERE {where}"
_TOTAL = "SELECT coalesce(sum({what}), 0) FROM tally t WHERE {where}"
_CELLS: Mapping[Which, str] = {
    Which.OPEN: "cases - closed",
    Which.OVERDUE: "overdue",
    Which.WHISTLES: "unreported",
    Which.OPENED: "cases",
    Which.UNFINISHED: "cases - closed",
    Which.CLOSED: "closed",
    Which.BREACHED: "breached",
    Which.RESPONSE_LATE: "response_due - response_in_time",
    Which.UNRESOLVED: "visited - resolved",
    Which.DISSATISFIED: "grade_1 + grade_2",
    Which.UNRATED: "closed - visited",
}
"""How each count is made of the cells, so that a list's count is the number that led to it."""


@dataclass(frozen=True, slots=True)
class View:
    """What somebody looks at: the whole or one town, one kind of case or all, and the period."""

    town: Unit | None
    drill: bool
    grain: Grain
    kind: CaseKind | None
    now: datetime

    @property
    def today(self) -> date:
        """The day it is in China."""
        return self.now.astimezone(CST).date()

    @property
    def buckets(self) -> tuple[date, ...]:
        """First days of the weeks or months shown, the earliest first."""
        today = self.today
        if self.grain is Grain.WEEK:
            monday = today - timedelta(days=today.weekday())
            return tuple(monday - timedelta(weeks=n) for n in reversed(range(BUCKETS)))
        months = today.year * 12 + today.month - 1
        return tuple(date(n // 12, n % 12 + 1, 1) for n in range(months - BUCKETS + 1, months + 1))


@dataclass(frozen=True, slots=True)
class Figures:
    """What is counted of some cases."""

    cases: int
    closed: int
    breached: int
    response: Rate
    resolution: Rate
    satisfaction: Rate

    @property
    def unfinished(self) -> int:
        """Those that still run."""
        return self.cases - self.closed


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page of the city; `hidden` counts confidential cases, which are in no other number."""

    now: Mapping[Which, int]
    period: Figures
    trend: tuple[tuple[date, Figures], ...]
    by_unit: tuple[tuple[str, Figures], ...]
    by_matter: tuple[tuple[str, Figures], ...]
    by_community: tuple[tuple[str, Figures], ...]
    hidden: int


@dataclass(frozen=True, slots=True)
class Behind:
    """The cases behind one number, which may be that of one week, unit, matter or community."""

    which: Which
    bucket: date | None = None
    unit: str | None = None
    matter: str | None = None
    community: str | None = None


def view_of(
    caller: Caller, drill: bool, grain: Grain, kind: CaseKind | None, now: datetime | None = None
) -> View:
    """What the caller may look at. Raises Problem (404) for who does not supervise."""
    role = caller.account.role
    if role not in SUPERVISING or caller.only_case is not None:
        raise not_found()
    return View(
        None if role in PRESSERS else caller.account.unit, drill, grain, kind, now or datetime.now(CST)
    )


async def overview(connection: Connection, voice: Voice, view: View) -> Overview:
    """The city, or the town, on one page."""
    await settle(connection)
    groups = await connection.fetch(*_cells(_GROUPS, view))
    trend = await connection.fetch(*_cells(_TREND, view, "all"))
    found = {
        dimension: _figures([row for row in groups if row["dimension"] == dimension], "code", voice)
        for dimension in ("all", "unit", "matter", "community", "hidden")
    }
    steps = _figures(trend, "bucket", voice)
    nothing = _sum([], voice)
    return Overview(
        now={which: await count(connection, voice, view, Behind(which)) for which in PRESENT},
        period=found["all"].get("", nothing), trend=tuple((b, steps.get(b, nothing)) for b in view.buckets),
        by_unit=_ranked(found["unit"]), by_matter=_ranked(found["matter"]),
        by_community=_ranked(found["community"]), hidden=found["hidden"].get("", nothing).cases,
    )  # fmt: skip


async def behind(
    connection: Connection, caller: Caller, voice: Voice, view: View, wanted: Behind, paging: Paging
) -> tuple[int, Page[CaseLine]]:
    """How many cases are behind a number, and a page of them, the latest opened first."""
    await settle(connection)
    total = await count(connection, voice, view, wanted)
    query = _behind(view, voice, wanted)
    want_visible(query, caller, voice.town)
    if paging.after is not None:
        at, number = key_of(paging.after, datetime, str)
        query.want(f"(t.opened_at, t.case_no) < ({query.give(at)}, {query.give(number)})")
    statement = _LINE.replace("{limit}", query.give(paging.limit + 1)).replace("{where}", query.where)
    rows = await connection.fetch(statement, *query.parameters)
    shown = rows[: paging.limit]
    more = cursor_of(shown[-1]["opened_at"], shown[-1]["case_no"]) if len(rows) > paging.limit else None
    return total, Page(items=tuple(case_line(row, voice) for row in shown), next=more)


async def count(connection: Connection, voice: Voice, view: View, wanted: Behind) -> int:
    """How many cases are behind a number: from the cells where they know it, by counting else."""
    places = [("unit", wanted.unit), ("matter", wanted.matter), ("community", wanted.community)]
    given = [(name, code) for name, code in places if code is not None]
    if wanted.which in _CELLS and len(given) <= 1:
        return await _counted(connection, view, wanted, given[0] if given else ("all", ""))
    query = _behind(view, voice, wanted)
    return int(await connection.fetchval(_COUNT.replace("{where}", query.where), *query.parameters))


async def _counted(connection: Connection, view: View, wanted: Behind, place: tuple[str, str]) -> int:
    """What the cells say of a place; as things stand now, of whatever was opened at any time."""
    query = Query()
    if wanted.which in PRESENT:
        _want_view(query, view)
        query.match("t.grain", Grain.MONTH.value)
    else:
        _want_cells(query, view, wanted.bucket)
    query.match("t.dimension", place[0])
    query.want(f"t.code = {query.give(_code(place[1]))}")
    statement = _TOTAL.format(what=_CELLS[wanted.which], where=query.where)
    return int(await connection.fetchval(statement, *query.parameters))


def _code(unit: str) -> str:
    return "" if unit == NOBODY else unit


def _cells(template: str, view: View, dimension: str | None = None) -> tuple[Any, ...]:
    query = Query()
    _want_cells(query, view)
    query.match("t.dimension", dimension)
    return template.replace("{where}", query.where), *query.parameters


def _want_cells(query: Query, view: View, bucket: date | None = None) -> None:
    _want_view(query, view)
    query.want(f"t.grain = {query.give(view.grain.value)} AND t.bucket >= {query.give(view.buckets[0])}")
    query.match("t.bucket", bucket)


def _want_view(query: Query, view: View) -> None:
    query.match("t.drill", view.drill)
    query.match("t.town", view.town)
    query.match("t.kind", view.kind)


def _behind(view: View, voice: Voice, wanted: Behind) -> Query:
    query = Query()
    _want_view(query, view)
    query.want("NOT t.hidden")
    query.want(_condition(query, view, voice, wanted.which))
    query.match("t.unit", None if wanted.unit is None else _code(wanted.unit))
    query.match("t.matter", wanted.matter)
    query.match("t.community", wanted.community)
    if wanted.which not in PRESENT:
        since = wanted.bucket or view.buckets[0]
        query.want(f"t.opened_at >= {query.give(midnight(since))}")
        if wanted.bucket is not None:
            query.want(f"t.opened_at < {query.give(midnight(_next(wanted.bucket, view.grain)))}")
    return query


def _condition(query: Query, view: View, voice: Voice, which: Which) -> str:
    if which in _PLAIN:
        return _PLAIN[which]
    match which:
        case Which.ABOLISHED:
            gone = [o.unit for o in voice.town.tree if o.valid_to is not None and o.valid_to < view.today]
            return _OWED.format(condition=f"d.owner_unit = ANY({query.give(gone)}::text[])")
        case Which.DUE_TODAY:
            until, kind = midnight(view.today + timedelta(days=1)), "true"
        case _:
            until, kind = view.now + NEAR, "d.case_kind = 'petition'"
    soon = _OBLIGATION.format(now=query.give(view.now), until=query.give(until))
    return _OWED.format(condition=f"{soon} AND {kind}")


def _next(bucket: date, grain: Grain) -> date:
    if grain is Grain.WEEK:
        return bucket + timedelta(weeks=1)
    return (bucket.replace(day=28) + timedelta(days=4)).replace(day=1)


def _figures(rows: Iterable[asyncpg.Record], key: str, voice: Voice) -> dict[Any, Figures]:
    """Rows of one key may come of several editions."""
    found: dict[Any, list[asyncpg.Record]] = {}
    for row in rows:
        found.setdefault(row[key], []).append(row)
    return {each: _sum(some, voice) for each, some in found.items()}


def _sum(rows: Sequence[asyncpg.Record], voice: Voice) -> Figures:
    total = added_up(rows)
    visited, closed = total["visited"], total["closed"]
    return Figures(
        cases=total["cases"], closed=closed, breached=total["breached"],
        response=rate_of(total["response_in_time"], total["response_due"], total["response_of"]),
        resolution=rate_of(total["resolved"], visited, closed),
        satisfaction=rate_of(satisfied(rows, voice), visited, closed),
    )  # fmt: skip


def _ranked(found: Mapping[str, Figures]) -> tuple[tuple[str, Figures], ...]:
    """The most cases first; what has none any more is left out."""
    some = ((code, figures) for code, figures in found.items() if figures.cases)
    return tuple(sorted(some, key=lambda each: (-each[1].cases, each[0])))
