"""Makes the register anew from the ledger, while pages go on reading the old one until the end."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import asyncpg

from activities.chain import stored_event
from activities.rows import PARAMETERS, Row, rows_of
from domain.codec import load_event
from domain.events import Event

LARGEST_BATCH = 5_000  # events written at a time

_TABLES = ("case_register", "duty_register", "link_register", "rating_register", "content_ref")
_EVENTS = "SELECT case_no, seq, at, kind, cause, rule, data FROM event ORDER BY case_no, seq"
_REGISTER = "SELECT herun_register($1, $2, $3, $4, $5, $6, $7, $8)"

Progress = Callable[[int, int], None]
"""Told of the events done so far, and of all there are."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild went through."""

    cases: int
    events: int


async def rebuild(connection: asyncpg.Connection, progress: Progress = lambda done, total: None) -> Rebuilt:
    """Delete the register and replay the whole ledger into it, in one transaction, as owner.

    New events wait meanwhile. Rows are deleted, not truncated: a table that is truncated looks empty to
    whoever took his snapshot earlier, and the sweep would take all content for unreferenced.
    """
    async with connection.transaction():
        await connection.execute("LOCK TABLE event IN SHARE MODE")
        total = await connection.fetchval("SELECT count(*) FROM event")
        for table in _TABLES:
            await connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names from above
        cases = done = 0
        rows = _no_rows()
        async for case_no, events in _cases(connection):
            for held, more in zip(rows, rows_of(case_no, events), strict=True):
                held.extend(more)
            cases, done = cases + 1, done + len(events)
            if sum(map(len, rows)) >= LARGEST_BATCH:
                await connection.execute(_REGISTER, *rows)
                rows = _no_rows()
                progress(done, total)
        await connection.execute(_REGISTER, *rows)
        progress(done, total)
    return Rebuilt(cases, done)


def _no_rows() -> tuple[list[Row], ...]:
    return tuple([] for _ in PARAMETERS)


async def _cases(connection: asyncpg.Connection) -> AsyncIterator[tuple[str, list[Event]]]:
    """Case by case, the events of each in order."""
    case_no = ""
    events: list[Event] = []
    async for row in connection.cursor(_EVENTS, prefetch=LARGEST_BATCH):
        if row["case_no"] != case_no and events:
            yield case_no, events
            events = []
        case_no = row["case_no"]
        events.append(load_event(stored_event(row)))
    if events:
        yield case_no, events
