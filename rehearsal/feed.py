"""Follows the ledger as it grows: events of the cases on stage, each case's in their order and once."""

from collections.abc import Iterable

import asyncpg

from activities.chain import stored_event
from domain.codec import load_event
from domain.events import Event
from domain.vocabulary import CaseNo

OVERLAP = 300
"""How many numbers back each look begins: a later number can become visible first."""

_LATEST = "SELECT coalesce(max(id), 0) FROM event"
_COLUMNS = "id, case_no, seq, at, kind, cause, rule, data"
_SINCE = f"SELECT {_COLUMNS} FROM event WHERE id > $1 ORDER BY id LIMIT 5000"  # noqa: S608
_OF_CASE = f"SELECT {_COLUMNS} FROM event WHERE case_no = $1 AND seq > $2 ORDER BY seq"  # noqa: S608

Heard = tuple[CaseNo, Event]


class Feed:
    """What was written since it began, about the cases that were brought and their parts."""

    def __init__(self, pool: asyncpg.Pool, brought: Iterable[CaseNo]) -> None:
        self._pool = pool
        self._brought = frozenset(brought)
        self._latest = 0
        self._reached: dict[CaseNo, int] = {}
        self._held: dict[CaseNo, dict[int, Event]] = {}

    async def begin(self) -> None:
        """Hear nothing that was written before now."""
        self._latest = await self._pool.fetchval(_LATEST)

    async def read(self) -> list[Heard]:
        """Everything new. An event that comes before its forerunner waits for it."""
        rows = await self._pool.fetch(_SINCE, max(0, self._latest - OVERLAP))
        self._latest = max((self._latest, *(row["id"] for row in rows)))
        return self._new(rows)

    async def read_case(self, number: CaseNo) -> list[Heard]:
        """Everything new of one case, however long ago it was written."""
        return self._new(await self._pool.fetch(_OF_CASE, number, self._reached.get(number, 0)))

    def _new(self, rows: Iterable[asyncpg.Record]) -> list[Heard]:
        heard: list[Heard] = []
        for row in rows:
            number = CaseNo(row["case_no"])
            if root(number) in self._brought and row["seq"] > self._reached.get(number, 0):
                heard.extend(self._in_order(number, row))
        return heard

    def _in_order(self, number: CaseNo, row: asyncpg.Record) -> Iterable[Heard]:
        held = self._held.setdefault(number, {})
        held.setdefault(row["seq"], load_event(stored_event(row)))
        while (event := held.pop(self._reached.get(number, 0) + 1, None)) is not None:
            self._reached[number] = event.seq
            yield number, event


def root(number: CaseNo) -> CaseNo:
    """The case somebody brought, of which this one is a part of a part."""
    return CaseNo("-".join(number.split("-", 2)[:2]))
