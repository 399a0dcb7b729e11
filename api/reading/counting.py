"""Statistics over the register: response, resolution, satisfaction, being on time, and what each covers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import asyncpg

from api.answers import OnTime, Rate, Statistics
from api.database import Connection
from api.identity.sight import Query
from api.voice import Voice, both
from domain.calendar import CST
from domain.duties import DutyKind
from domain.vocabulary import CaseKind, Grade, Unit

RESPONSES = (
    DutyKind.ORDER_REVIEW, DutyKind.ORDER_ACCEPT, DutyKind.MEDIATION_SIGN, DutyKind.PETITION_SORT,
    DutyKind.WHISTLE_APPROVE, DutyKind.WHISTLE_RATIFY,
)  # fmt: skip
"""Kinds of duty that answer a person first; the first of them in a case is its response."""

GRADES: Mapping[int, Grade] = {
    5: Grade.VERY_SATISFIED,
    4: Grade.SATISFIED,
    3: Grade.FAIRLY_SATISFIED,
    2: Grade.DISSATISFIED,
    1: Grade.VERY_DISSATISFIED,
}
"""Mean of a resident's three marks, rounded half up → grade."""

SUMMED = (
    "cases", "closed", "breached", "response_of", "response_due", "response_in_time", "visited", "resolved",
    "grade_1", "grade_2", "grade_3", "grade_4", "grade_5", "breaches", "overdue", "unreported",
)  # fmt: skip
"""What a cell of `tally` counts; every one of them can be added up."""
SUMS = ", ".join(f"coalesce(sum({each}), 0)::bigint AS {each}" for each in SUMMED)

_AT_A_TIME = 2_000
"""Changed cases that are settled in one transaction."""
_BEGIN, _END = datetime(1900, 1, 1, tzinfo=CST), datetime(9000, 1, 1, tzinfo=CST)
"""Nothing was opened before the first or will be after the second."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Cases opened in a stretch of time, of a kind, a community, a unit; None means all."""

    since: datetime | None = None
    until: datetime | None = None
    kind: CaseKind | None = None
    community: Unit | None = None
    unit: Unit | None = None
    drill: bool = False

    @property
    def is_everywhere(self) -> bool:
        """Neither of one community nor of one unit."""
        return self.community is None and self.unit is None


@dataclass(frozen=True, slots=True)
class Cut:
    """A period as cells that were counted already, by grain and first and last bucket, and the rest of it."""

    cells: tuple[tuple[str, date, date], ...] = ()
    rest: tuple[tuple[datetime, datetime], ...] = ()


# A case is a cell of its own where a period begins or ends within a day, and where one place is asked about.
_OF_CASE = (
    "1, c.closed::int, c.breached::int, c.response_of::int, c.response_due::int, c.response_in_time::int, "
    "c.visited::int, c.resolved::int, (c.grade = 1)::int, (c.grade = 2)::int, (c.grade = 3)::int, "
    "(c.grade = 4)::int, (c.grade = 5)::int, c.breaches, c.overdue::int, c.unreported::int"
)
_CASES = f"""
    SELECT hidden, rulebook, {SUMS} FROM ({{pieces}}) counted (hidden, rulebook, {", ".join(SUMMED)})
    GROUP BY 1, 2"""  # noqa: S608 - names from above
_CELLS_OF_CASES = f"""
    SELECT t.dimension = 'hidden' AS hidden, t.rulebook, {", ".join(SUMMED)} FROM tally t
    WHERE t.dimension IN ('all', 'hidden') AND t.code = '' AND {{where}}"""  # noqa: S608
_REST_OF_CASES = f"SELECT c.hidden, c.rulebook, {_OF_CASE} FROM case_tally c WHERE {{where}}"  # noqa: S608
_OBLIGATIONS = """
    SELECT dimension, code, sum(total)::bigint AS total, sum(decided)::bigint AS decided,
        sum(in_time)::bigint AS in_time
    FROM ({pieces}) counted (dimension, code, total, decided, in_time)
    GROUP BY 1, 2 HAVING sum(total) > 0 ORDER BY 3 DESC, 2"""
_CELLS_OF_OBLIGATIONS = """
    SELECT t.dimension, t.code, t.total, t.decided, t.in_time FROM obligation_tally t WHERE {where}"""
_REST_OF_OBLIGATIONS = """
    SELECT CASE WHEN grouping(c.unit) = 0 THEN 'unit' WHEN grouping(c.matter) = 0 THEN 'matter' ELSE 'community' END,
        coalesce(c.unit, c.matter, c.community), sum(c.total), sum(c.decided), sum(c.in_time)
    FROM case_obligations c WHERE {where} GROUP BY GROUPING SETS ((c.unit), (c.matter), (c.community))"""


async def settle(connection: Connection) -> None:
    """Count what has changed since somebody last looked."""
    while await connection.fetchval("SELECT herun_settle_tally($1)", _AT_A_TIME):
        pass


async def statistics(connection: Connection, voice: Voice, period: Period) -> Statistics:
    """Everything counted over one period; what is confidential is in `hidden` and in no other number."""
    await settle(connection)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rows = await connection.fetch(*_statement(_CASES, _CELLS_OF_CASES, _REST_OF_CASES, period))
        owed = await connection.fetch(
            *_statement(_OBLIGATIONS, _CELLS_OF_OBLIGATIONS, _REST_OF_OBLIGATIONS, period)
        )
    seen = [row for row in rows if not row["hidden"]]
    total = added_up(seen)
    units, matters, communities = (
        [row for row in owed if row["dimension"] == dimension]
        for dimension in ("unit", "matter", "community")
    )
    visited, closed = total["visited"], total["closed"]
    return Statistics(
        since=period.since, until=period.until, drill=period.drill, cases=total["cases"], closed=closed,
        breaches=total["breaches"], hidden=_hidden(rows) if period.is_everywhere else None,
        basis=both("message", "statistics_basis"),
        response=rate_of(total["response_in_time"], total["response_due"], total["response_of"]),
        resolution=rate_of(total["resolved"], visited, closed),
        satisfaction=rate_of(satisfied(seen, voice), visited, closed), on_time=_all_on_time(units),
        by_unit=_by(units, lambda code: voice.unit(code).name),
        by_matter=_by(matters, lambda code: voice.matter(code).text),
        by_community=_by(communities, lambda code: voice.unit(code).name),
    )  # fmt: skip


def cut(since: datetime | None, until: datetime | None) -> Cut:
    """Whole months, the whole days beside them, and what is left of a day at either end, in China."""
    begin, end = _within(since or _BEGIN), _within(until or _END)
    first, last = _day_from(begin), end.date()
    if first > last:
        return Cut(rest=((begin, end),))
    ends = ((begin, midnight(first)), (midnight(last), end))
    return Cut(_cells(first, last), tuple((a, b) for a, b in ends if a < b))


def _within(at: datetime) -> datetime:
    return min(max(at, _BEGIN), _END).astimezone(CST)


def _day_from(at: datetime) -> date:
    """The first day that begins at or after an instant."""
    return at.date() if at.time() == time() else at.date() + _DAY


def _cells(first: date, last: date) -> tuple[tuple[str, date, date], ...]:
    """Days from the first, up to the last and without it, as many of them as can be by whole months."""
    month, end = _month_from(first), last.replace(day=1)
    if month >= end:
        return (("day", first, last),)
    return ("day", first, month), ("month", month, end), ("day", end, last)


def _month_from(day: date) -> date:
    return day if day.day == 1 else (day.replace(day=28) + 4 * _DAY).replace(day=1)


def midnight(day: date) -> datetime:
    """When a day begins in China."""
    return datetime.combine(day, time(), CST)


def _statement(whole: str, cells: str, rest: str, period: Period) -> tuple[Any, ...]:
    """A statement over the cases of a period, with its parameters. One place's cases are counted one by one.

    Each piece of the period is a query by itself, so that Postgres plans it for the dates it has.
    """
    pieces = cut(period.since, period.until)
    if not period.is_everywhere:
        pieces = Cut(rest=((_within(period.since or _BEGIN), _within(period.until or _END)),))
    query = Query()
    texts = [_cell_piece(query, cells, period, *each) for each in pieces.cells]
    texts += [_rest_piece(query, rest, period, *each) for each in pieces.rest]
    return whole.format(pieces=" UNION ALL ".join(texts)), *query.parameters


def _cell_piece(query: Query, template: str, period: Period, grain: str, first: date, last: date) -> str:
    where = _matching(query, "t", grain=grain, drill=period.drill, kind=period.kind)
    between = f"t.bucket >= {query.give(first)} AND t.bucket < {query.give(last)}"
    return template.format(where=f"{where} AND {between}")


def _rest_piece(query: Query, template: str, period: Period, since: datetime, until: datetime) -> str:
    wanted = {"kind": period.kind, "community": period.community, "unit": period.unit}
    where = _matching(query, "c", drill=period.drill, **wanted)
    between = f"c.opened_at >= {query.give(since)} AND c.opened_at < {query.give(until)}"
    return template.format(where=f"{where} AND {between}")


def _matching(query: Query, table: str, **wanted: Any) -> str:
    """Only rows with these values; None wants all."""
    given = ((name, value) for name, value in wanted.items() if value is not None)
    return " AND ".join(f"{table}.{name} = {query.give(value)}" for name, value in given)


def added_up(rows: Sequence[asyncpg.Record]) -> dict[str, int]:
    """What cells count, of all of them together."""
    return {name: sum(row[name] for row in rows) for name in SUMMED}


def satisfied(rows: Sequence[asyncpg.Record], voice: Voice) -> float:
    """Cases by their grades, weighted by the edition that the cases pinned."""
    return sum((_weighted(row, voice) for row in rows), 0.0)


def _weighted(row: asyncpg.Record, voice: Voice) -> float:
    weights = voice.shelf.rulebook(row["rulebook"]).satisfaction
    return float(sum(row[f"grade_{mark}"] * weights[grade] for mark, grade in GRADES.items()))


def _hidden(rows: Sequence[asyncpg.Record]) -> int:
    return sum(row["cases"] for row in rows if row["hidden"])


def rate_of(numerator: float, denominator: int, of: int) -> Rate:
    """A rate with its coverage: how much of all that ought to be counted the denominator holds."""
    return Rate(
        rate=round(numerator / denominator, 4) if denominator else None,
        numerator=round(numerator, 4),
        denominator=denominator,
        coverage=round(denominator / of, 4) if of else None,
        of=of,
    )


def _all_on_time(rows: Sequence[asyncpg.Record]) -> Rate:
    in_time, decided, total = (sum(row[name] for row in rows) for name in ("in_time", "decided", "total"))
    return rate_of(in_time, decided, total)


def _by(rows: Sequence[asyncpg.Record], name: Callable[[str], str]) -> tuple[OnTime, ...]:
    return tuple(
        OnTime(
            code=row["code"],
            name=name(row["code"]),
            on_time=rate_of(row["in_time"], row["decided"], row["total"]),
        )
        for row in rows
    )
