"""Reads events of cases from the ledger, one case or very many in turn; reads only."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import asyncpg

from activities import chain
from activities.content import Connection
from domain.codec import load_event
from domain.events import Acted, CaseOpened, Event
from domain.vocabulary import CaseKind, CaseNo

_COLUMNS = "case_no, seq, at, kind, cause, rule, data"
_OF_CASE = f"SELECT {_COLUMNS} FROM event WHERE case_no = $1 ORDER BY seq"  # noqa: S608
_OF_CASES = f"""SELECT {_COLUMNS} FROM event
    WHERE case_no = ANY($1::text[]) AND ($2::text[] IS NULL OR kind = ANY($2)) ORDER BY case_no, seq"""  # noqa: S608
_NUMBERS = """
    SELECT case_no, closed_at FROM case_register
    WHERE ($1::timestamptz IS NULL OR opened_at >= $1) AND ($2::timestamptz IS NULL OR opened_at < $2)
        AND ($3::text IS NULL OR matter = $3 OR starts_with(matter, $3 || '.'))
        AND ($4::text IS NULL OR kind = $4) AND (NOT $5 OR closed_at IS NOT NULL) AND drill = $6
    ORDER BY case_no"""

ACTS_ALONE = (CaseOpened.code, Acted.code)
BATCH = 200
"""Cases read in one statement."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases; `matter` is a code and everything under it. Training cases never mix with real ones."""

    since: datetime | None = None
    until: datetime | None = None
    matter: str | None = None
    kind: CaseKind | None = None
    closed: bool = False
    drill: bool = False


async def record_of(connection: Connection, number: str) -> list[Event]:
    """Every event of a case in order; none if the ledger has no such case."""
    return [_event(row) for row in await connection.fetch(_OF_CASE, number)]


async def numbers(connection: Connection, wanted: Wanted) -> list[CaseNo]:
    """The numbers of the cases wanted, in their order."""
    return [number for number, _ in await ended(connection, wanted)]


async def ended(connection: Connection, wanted: Wanted) -> list[tuple[CaseNo, datetime | None]]:
    """The same, each with the instant at which it was closed."""
    kind = wanted.kind.value if wanted.kind else None
    rows = await connection.fetch(
        _NUMBERS, wanted.since, wanted.until, wanted.matter, kind, wanted.closed, wanted.drill
    )
    return [(CaseNo(row["case_no"]), row["closed_at"]) for row in rows]


async def records(
    connection: Connection, wanted: Sequence[CaseNo], kinds: Sequence[str] | None = None
) -> AsyncIterator[tuple[CaseNo, list[Event]]]:
    """The events of so many cases, case by case, a batch in memory; of some kinds if asked."""
    for place in range(0, len(wanted), BATCH):
        batch = list(wanted[place : place + BATCH])
        rows: list[Any] = await connection.fetch(_OF_CASES, batch, list(kinds) if kinds else None)
        for number, of_case in groupby(rows, key=lambda row: CaseNo(row["case_no"])):
            yield number, [_event(row) for row in of_case]


def _event(row: asyncpg.Record) -> Event:
    return load_event(chain.stored_event(row))
