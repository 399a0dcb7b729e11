"""Heavy looks in a process of their own, one at a time and for a bounded time, so that the door stays quick."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_PATIENCE = 2.0  # seconds for another look to end
_one_at_a_time = Lock()


class End(StrEnum):
    """How a look ended; words in the catalogue's `[auditing]` under `end_`."""

    WHOLE = "whole"
    LATE = "late"
    """Its time was up before it was done."""
    BUSY = "busy"
    """Another look was under way; this one did not begin."""
    BROKEN = "broken"
    """Its process ended of itself."""


@dataclass(frozen=True, slots=True)
class Looked(Generic[T]):
    """What a look gave until it ended, and how it ended."""

    items: tuple[T, ...]
    end: End


async def look_aside(work: Callable[..., Iterator[T]], *given: Any, seconds: float) -> Looked[T]:
    """What a generator of a module gives in a spawned process, until it ends or its time is up."""
    return await asyncio.to_thread(_look, work, given, seconds)


def _look(work: Callable[..., Iterator[T]], given: tuple[Any, ...], seconds: float) -> Looked[T]:
    if not _one_at_a_time.acquire(timeout=_PATIENCE):
        return Looked((), End.BUSY)
    try:
        return _listened(work, given, time.monotonic() + seconds)
    finally:
        _one_at_a_time.release()


def _listened(work: Callable[..., Iterator[T]], given: tuple[Any, ...], until: float) -> Looked[T]:
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_tell, args=(there, work, given), daemon=True)
    process.start()
    there.close()
    try:
        return _heard(here, until)
    finally:
        process.kill()
        process.join()
        here.close()


def _heard(here: Connection, until: float) -> Looked[Any]:
    items: list[Any] = []
    while here.poll(max(0.0, until - time.monotonic())):
        try:
            is_more, item = here.recv()
        except EOFError:
            return Looked(tuple(items), End.BROKEN)
        if not is_more:
            return Looked(tuple(items), End.WHOLE)
        items.append(item)
    return Looked(tuple(items), End.LATE)


def _tell(there: Connection, work: Callable[..., Iterator[Any]], given: tuple[Any, ...]) -> None:
    """In the other process: every item as it comes, and that it was the last."""
    logging.disable(logging.CRITICAL)
    for item in work(*given):
        there.send((True, item))
    there.send((False, None))
