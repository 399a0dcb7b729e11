"""A test that runs out of time says where its tasks stood."""

import asyncio
from collections.abc import AsyncIterator

from standing import places


async def _lines() -> AsyncIterator[None]:
    await asyncio.Event().wait()
    yield


async def _reads() -> None:
    await anext(_lines())


async def test_a_task_is_followed_to_what_it_waits_for() -> None:
    task = asyncio.create_task(_reads())
    await asyncio.sleep(0)
    try:
        ways = [way for way in places() if "locks.py" in way]
        assert any(way.count("test_standing.py:") == 2 for way in ways), ways
    finally:
        task.cancel()
