"""Statistics over the register: response, resolution, satisfaction, being on time, and what each covers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from api.answers import OnTime, Rate, Statistics
from api.database import Connection
from api.sight import Query
from api.voice import Voice, both
from domain.duties import DutyKind
from domain.rulebook import Rulebook
from domain.vocabulary import CaseKind, Grade, Outcome, Unit

RESPONSES = (
    DutyKind.ORDER_REVIEW, DutyKind.ORDER_ACCEPT, DutyKind.MEDIATION_SIGN, DutyKind.PETITION_SORT,
    DutyKind.WHISTLE_APPROVE, DutyKind.WHISTLE_RATIFY,
)  # fmt: skip
"""Kinds of duty that answer a person first; the first of them in a case is its response."""

RESOLVED_FROM = 3
"""The least mark for 解决程度 that counts as resolved, of five."""

GRADES: Mapping[int, Grade] = {
    5: Grade.VERY_SATISFIED,
    4: Grade.SATISFIED,
    3: Grade.FAIRLY_SATISFIED,
    2: Grade.DISSATISFIED,
    1: Grade.VERY_DISSATISFIED,
}
"""Mean of a resident's three marks, rounded half up → grade."""


@dataclass(frozen=True, slots=True)
class Period:
    """Cases opened in a stretch of time, of a kind, a community, a unit; None means all."""

    since: datetime | None = None
    until: datetime | None = None
    kind: CaseKind | None = None
    community: Unit | None = None
    unit: Unit | None = None
    drill: bool = False


_CASES = """
    SELECT count(*) AS cases, count(closed_at) AS closed, coalesce(sum(breaches), 0) AS breaches
    FROM case_register r WHERE {where}"""
_RESPONSE = """
    SELECT count(*) AS total,
        count(*) FILTER (WHERE d.breached_at IS NOT NULL OR d.status = 'fulfilled') AS due,
        count(*) FILTER (WHERE d.breached_at IS NULL AND d.status = 'fulfilled') AS in_time
    FROM case_register r JOIN LATERAL (
        SELECT breached_at, status FROM duty_register f
        WHERE f.case_no = r.case_no AND f.kind = ANY($1::text[]) ORDER BY f.number LIMIT 1
    ) d ON true WHERE {where}"""
_RATED = """
    SELECT r.rulebook, v.satisfied, v.marks, v.resolution, r.outcome, count(*) AS cases
    FROM case_register r JOIN LATERAL (
        SELECT satisfied, floor((speed + attitude + resolution) / 3.0 + 0.5)::integer AS marks, resolution
        FROM rating_register g WHERE g.case_no = r.case_no
            AND (g.rater = 'resident' OR g.rater = 'return_visit' AND g.satisfied IS NOT NULL)
        ORDER BY g.seq DESC LIMIT 1
    ) v ON true WHERE r.closed_at IS NOT NULL AND {where} GROUP BY 1, 2, 3, 4, 5"""
_ON_TIME = """
    SELECT d.{column} AS code, count(*) AS total,
        count(*) FILTER (WHERE d.breached_at IS NOT NULL OR d.status = 'fulfilled') AS decided,
        count(*) FILTER (WHERE d.breached_at IS NULL AND d.status = 'fulfilled') AS in_time
    FROM duty_register d JOIN case_register r ON r.case_no = d.case_no
    WHERE d.nature = 'obligation' AND d.owner_unit IS NOT NULL
        AND (d.status <> 'relieved' OR d.breached_at IS NOT NULL) AND {where}
    GROUP BY 1 ORDER BY 2 DESC, 1"""


async def statistics(connection: Connection, voice: Voice, period: Period) -> Statistics:
    """Everything counted over one period."""
    counts = await connection.fetchrow(*_statement(_CASES, period))
    response = await connection.fetchrow(*_statement(_RESPONSE, period, [list(RESPONSES)]))
    rated = await connection.fetch(*_statement(_RATED, period))
    units, matters, communities = [
        await connection.fetch(*_statement(_ON_TIME.replace("{column}", column), period, of_duties=True))
        for column in ("owner_unit", "matter", "community")
    ]
    assert counts is not None
    assert response is not None
    visited, closed = sum(row["cases"] for row in rated), counts["closed"]
    return Statistics(
        since=period.since, until=period.until, drill=period.drill, cases=counts["cases"], closed=closed,
        breaches=counts["breaches"], basis=both("message", "statistics_basis"),
        response=rate_of(response["in_time"], response["due"], response["total"]),
        resolution=rate_of(_resolved(rated), visited, closed),
        satisfaction=rate_of(_satisfied(rated, voice), visited, closed), on_time=_all_on_time(units),
        by_unit=_by(units, lambda code: voice.unit(code).name),
        by_matter=_by(matters, lambda code: voice.matter(code).text),
        by_community=_by(communities, lambda code: voice.unit(code).name),
    )  # fmt: skip


def _statement(
    template: str, period: Period, given: Sequence[Any] = (), *, of_duties: bool = False
) -> tuple[Any, ...]:
    """A statement over the cases of a period, with its parameters; those given come first."""
    query = Query()
    query.parameters.extend(given)
    query.match("r.drill", period.drill)
    query.match("r.kind", period.kind)
    query.match("r.community", period.community)
    query.match("d.owner_unit" if of_duties else "r.unit", period.unit)
    if period.since is not None:
        query.want(f"r.opened_at >= {query.give(period.since)}")
    if period.until is not None:
        query.want(f"r.opened_at < {query.give(period.until)}")
    return template.replace("{where}", query.where), *query.parameters


def rate_of(numerator: float, denominator: int, of: int) -> Rate:
    """A rate with its coverage: how much of all that ought to be counted the denominator holds."""
    return Rate(
        rate=round(numerator / denominator, 4) if denominator else None,
        numerator=round(numerator, 4),
        denominator=denominator,
        coverage=round(denominator / of, 4) if of else None,
        of=of,
    )


def _resolved(rated: Sequence[asyncpg.Record]) -> int:
    """A resident's mark says it; in mediation the performed agreement does (《人民调解法》第31条)."""
    return sum(
        row["cases"]
        for row in rated
        if (row["resolution"] or 0) >= RESOLVED_FROM
        or (row["resolution"] is None and row["outcome"] == Outcome.AGREED_PERFORMED)
    )


def _satisfied(rated: Sequence[asyncpg.Record], voice: Voice) -> float:
    """Weighted by the grades of the edition that each case pinned."""
    weights = (row["cases"] * _weight(row, voice.shelf.rulebook(row["rulebook"])) for row in rated)
    return float(sum(weights))


def _weight(row: asyncpg.Record, rules: Rulebook) -> float:
    if row["marks"] is not None:
        return rules.satisfaction[GRADES[row["marks"]]]
    return rules.satisfaction[Grade.SATISFIED if row["satisfied"] else Grade.DISSATISFIED]


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
