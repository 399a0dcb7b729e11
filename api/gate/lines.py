"""A line before each case: so many acts of it at a time, some more wait a moment, the rest are told at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

AT_ONCE = 8
"""Acts of one case under way. Temporal takes ten updates of a workflow (design §9) and lets others stall."""

WAITING = 8
PATIENCE = 2.0  # seconds somebody stands in line


class LineFull(Exception):
    """Too many acts of one case are under way; this one was not passed on."""


@dataclass(slots=True)
class _Line:
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    there: int = 0


class Lines:
    """One line for each case that is being acted on, by process; forgotten when nobody stands in it."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    @asynccontextmanager
    async def turn(self, number: str) -> AsyncIterator[None]:
        """While it is entered, one act of the case is under way. Raises LineFull."""
        line = self._lines.setdefault(number, _Line())
        if line.there >= AT_ONCE + WAITING:
            raise LineFull(number)
        line.there += 1
        try:
            await _wait(line, number)
            try:
                yield
            finally:
                line.room.release()
        finally:
            line.there -= 1
            if not line.there:
                self._lines.pop(number, None)


async def _wait(line: _Line, number: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await line.room.acquire()
    except TimeoutError:
        raise LineFull(number) from None
