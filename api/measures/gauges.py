"""Reads from the register and the ledger how the town's work stands, for `/metrics`: numbers alone."""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from api.database import Database
from api.problems import Problem

FRESH = 10.0  # seconds for which figures are not asked for again
PATIENCE = 5.0  # seconds for one question

_OPEN_CASES = """
    SELECT kind, count(*) AS n FROM case_register WHERE closed_at IS NULL AND NOT drill GROUP BY kind"""
_FIGURES: Mapping[str, str] = {
    "herun_open_duties": """
        SELECT count(*) FROM duty_register WHERE status = 'open' AND NOT drill""",
    "herun_overdue_duties": """
        SELECT count(*) FROM duty_register
        WHERE status = 'open' AND NOT drill AND NOT paused AND legal_due < now()""",
    "herun_lapse_lag_seconds": """
        SELECT coalesce(max(extract(epoch FROM now() - legal_due)), 0) FROM duty_register d
        WHERE status = 'open' AND NOT drill AND NOT paused AND breached_at IS NULL AND legal_due < now()
            AND NOT EXISTS (SELECT FROM trouble t WHERE t.case_no = d.case_no)""",
    "herun_stuck_cases": "SELECT count(*) FROM trouble",
    "herun_stuck_seconds": "SELECT coalesce(max(extract(epoch FROM now() - since)), 0) FROM trouble",
    "herun_unsealed_cases": """
        SELECT count(*) FROM case_register r
        WHERE NOT drill AND closed_at BETWEEN now() - interval '7 days' AND now() - interval '30 minutes'
            AND NOT EXISTS (SELECT FROM archive a WHERE a.case_no = r.case_no AND a.final)""",
    "herun_doubts": """
        SELECT count(*) FROM journal
        WHERE stream = 'archive' AND kind IN ('history_missing', 'verification_failed')""",
    "herun_checkpoint_age_seconds": "SELECT extract(epoch FROM now() - max(at)) FROM checkpoint",
    "herun_ledger_last_id": "SELECT coalesce(max(id), 0) FROM event",
    "herun_outbox_messages": "SELECT count(*) FROM outbox_message WHERE expires_at > now()",
    "herun_outbox_age_seconds": """
        SELECT coalesce(max(extract(epoch FROM now() - created_at)), 0) FROM outbox_message
        WHERE expires_at > now()""",
    "herun_unswept_content": """
        SELECT count(*) FROM content c
        WHERE c.created_at BETWEEN now() - interval '1 day' AND now() - interval '2 hours'
            AND NOT EXISTS (SELECT FROM content_ref r WHERE r.commitment = c.commitment)
            AND NOT EXISTS (SELECT FROM party p WHERE p.name = c.commitment)
            AND NOT EXISTS (SELECT FROM party p WHERE p.phone = c.commitment)
            AND NOT EXISTS (SELECT FROM party p WHERE p.address = c.commitment)""",
    "herun_locked_names": "SELECT count(*) FROM credential WHERE locked_until > now()",
}
"""Drills are not counted: their dates are not dates. Every question goes by an index and over few rows."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How it all stood at one moment; empty while Postgres is away."""

    figures: Mapping[str, float]
    open_cases: Mapping[str, int]
    at: float


class Gauges:
    """Asks the database at most once in `FRESH` seconds, however many look."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last = Standing({}, {}, -math.inf)
        self._asking = asyncio.Lock()

    async def standing(self) -> Standing:
        """As of a few seconds ago at most. A question that takes too long leaves its figure out."""
        async with self._asking:
            if time.monotonic() - self._last.at > FRESH:
                self._last = await self._asked()
            return self._last

    async def _asked(self) -> Standing:
        try:
            async with self._database.connection() as connection:
                figures = {name: await _figure(connection, query) for name, query in _FIGURES.items()}
                cases = await _rows(connection, _OPEN_CASES)
        except Problem:
            return Standing({}, {}, time.monotonic())
        told = {name: value for name, value in figures.items() if value is not None}
        return Standing(told, {row["kind"]: row["n"] for row in cases}, time.monotonic())


async def _figure(connection: asyncpg.pool.PoolConnectionProxy, query: str) -> float | None:
    """None where it took too long. Nothing to be the age of is infinitely old: nobody has ever signed."""
    rows = await _rows(connection, query)
    if not rows:
        return None
    value = rows[0][0]
    return math.inf if value is None else float(value)


async def _rows(connection: asyncpg.pool.PoolConnectionProxy, query: str) -> Sequence[asyncpg.Record]:
    try:
        return list(await connection.fetch(query, timeout=PATIENCE))
    except TimeoutError:
        return ()
