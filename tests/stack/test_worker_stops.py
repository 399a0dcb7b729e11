"""What a worker does beside its cases ends with it, even where one cancellation goes unheard."""

import asyncio
from contextlib import suppress

import pytest

import worker


async def _deaf_once(heard: asyncio.Event) -> None:
    with suppress(asyncio.CancelledError):  # as a driver does that answers it with an error of its own
        await asyncio.Event().wait()
    heard.set()
    await asyncio.Event().wait()


async def test_a_loop_that_swallows_a_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "AGAIN_AFTER", 0)
    heard = asyncio.Event()
    async with worker._background(_deaf_once(heard)):
        await asyncio.sleep(0)
    assert heard.is_set()


async def test_a_loop_that_failed_keeps_nobody_from_stopping() -> None:
    async def fails() -> None:
        raise OSError("away")

    async with worker._background(fails()):
        await asyncio.sleep(0)
