"""A ledger whose Postgres breaks off or falls silent: every request is told in bounded time, and goes on afterwards."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest
from ledger_stories import order_story

from activities import ledger as ledger_module
from activities.interface import RecordRequest
from activities.ledger import Ledger
from activities.settings import POSTGRES_PORT
from activities.settings import Role as Login
from domain.codec import event_json
from rehearsal.torture.cuts.proxy import Proxy, Way, to_socket
from rehearsal.torture.cuts.ways import SOCKET


def whole(number: str) -> RecordRequest:
    story = order_story(number)
    return RecordRequest(case_no=number, head="", events=list(map(event_json, story.events)))


async def test_a_ledger_whose_connection_was_ended_writes_at_the_first_attempt(
    ledger: Ledger, pool: asyncpg.Pool, owner: asyncpg.Connection, database: Any
) -> None:
    """It asked a connection that the pool had taken back whether it was closed, and failed once for it."""
    await ledger.record(whole("A1"))
    held = ledger._connection
    assert held is not None
    root = await database.connect()
    await root.execute("SELECT pg_terminate_backend($1)", held.get_server_pid())
    await root.close()
    while not ledger_module._is_lost(held):  # noqa: ASYNC110 - the pool tells nobody
        await asyncio.sleep(0)
    await ledger.record(whole("A2"))
    assert (
        await owner.fetchval("SELECT count(DISTINCT case_no) FROM event WHERE case_no IN ('A1', 'A2')") == 2
    )


async def test_a_silent_postgres_is_told_in_bounded_time_and_written_to_once_it_speaks(
    database: Any, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "PATIENCE", 0.4)
    with TemporaryDirectory(prefix="herun-") as folder:
        way = Proxy(to_socket(database.sockets / SOCKET))
        await way.on_socket(Path(folder) / SOCKET)
        url = f"postgresql://{Login.LEDGER.login}@/{database.name}?host={quote(folder)}&port={POSTGRES_PORT}"
        pool = await asyncpg.create_pool(url, min_size=1, max_size=2, timeout=0.4)
        ledger = Ledger(pool)
        await ledger.record(whole("S1"))
        async with way.being(Way.SILENT), asyncio.timeout(10):
            for _ in range(2):
                with pytest.raises((TimeoutError, OSError)):
                    await ledger.record(whole("S2"))
        result = await ledger.record(whole("S2"))
        assert result.seq == await owner.fetchval("SELECT count(*) FROM event WHERE case_no = 'S2'")
        await ledger.close()
        pool.terminate()
        await way.close()
