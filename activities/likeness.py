"""Reads what a new matter might be like: recent matters nearby with their words, and who handled such before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from activities.content import Connection
from domain.vocabulary import CaseNo, Party, Unit

MOST_NEARBY = 240
"""Recent matters that a new one is compared with."""
MOST_TERMS = 600
"""Index terms of one text that are compared; longer texts by these alone."""

_NEARBY = """
    WITH new AS (
        SELECT case_no, kind, community, parties FROM case_register WHERE case_no = ANY($1::text[])
    ), near AS (
        SELECT r.case_no FROM case_register r
        WHERE r.community = ANY(ARRAY(SELECT community FROM new)) AND r.opened_at >= $2
          AND r.kind = ANY(ARRAY(SELECT kind FROM new)) AND r.parent_no IS NULL
        ORDER BY r.opened_at DESC LIMIT $3
    ), own AS (
        SELECT r.case_no FROM case_register r
        WHERE r.parties && ARRAY(SELECT DISTINCT unnest(parties) FROM new) AND r.opened_at >= $4
          AND r.parent_no IS NULL
        ORDER BY r.opened_at DESC LIMIT $3
    )
    SELECT r.case_no, r.kind, r.community, r.matter, r.parties, r.opened_at, r.drill, r.outcome,
        (tsvector_to_array(t.grams))[1:$5] || (tsvector_to_array(b.grams))[1:$5] AS terms
    FROM case_register r
    LEFT JOIN content t ON t.commitment = r.title LEFT JOIN content b ON b.commitment = r.body
    WHERE r.case_no IN (TABLE near UNION TABLE own UNION SELECT case_no FROM new)"""

# What was accused of something is nobody's example; a place sees what its own town did, and nothing farther.
_HANDLED = """
    SELECT community, town, matter, lead, count(*) AS times FROM case_register
    WHERE matter = ANY($1::text[]) AND town = ANY($2::text[]) AND opened_at >= $3 AND kind = 'order'
      AND drill = $4 AND lead IS NOT NULL AND accused IS NULL AND NOT confidential
    GROUP BY community, town, matter, lead"""

_UNITS = "SELECT DISTINCT unit FROM account WHERE id = ANY($1::text[]) AND unit IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Worded:
    """One matter with the index terms of its words; `merged` if it was joined with another one."""

    number: CaseNo
    kind: str
    community: Unit
    matter: str
    parties: frozenset[Party]
    opened_at: datetime
    drill: bool
    merged: bool
    terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Handled:
    """How many orders of a matter from one community a unit has led."""

    community: Unit
    town: Unit
    matter: str
    unit: Unit
    times: int


async def nearby(
    connection: Connection, numbers: Sequence[str], since: datetime, own_since: datetime
) -> dict[CaseNo, Worded]:
    """The numbered matters, those of their kinds opened in their communities since, and their parties' own."""
    rows = await connection.fetch(_NEARBY, list(numbers), since, MOST_NEARBY, own_since, MOST_TERMS)
    return {CaseNo(row["case_no"]): _worded(row) for row in rows}


async def handled(
    connection: Connection, matters: Sequence[str], towns: Sequence[str], since: datetime, drill: bool
) -> list[Handled]:
    """Who led the orders of some matters in some towns, counted by community."""
    rows = await connection.fetch(_HANDLED, list(matters), list(towns), since, drill)
    return [
        Handled(Unit(row["community"]), Unit(row["town"]), row["matter"], Unit(row["lead"]), row["times"])
        for row in rows
    ]


async def units_of(connection: Connection, accounts: Sequence[str]) -> frozenset[Unit]:
    """The units that some accounts belong to."""
    if not accounts:
        return frozenset()
    return frozenset(Unit(row["unit"]) for row in await connection.fetch(_UNITS, list(accounts)))


def _worded(row: asyncpg.Record) -> Worded:
    return Worded(
        CaseNo(row["case_no"]), row["kind"], Unit(row["community"]), row["matter"],
        frozenset(map(Party, row["parties"])), row["opened_at"], row["drill"], row["outcome"] == "merged",
        frozenset(row["terms"] or ()),
    )  # fmt: skip
