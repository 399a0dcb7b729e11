"""Waits at the end of a drill until every case that closed is sealed, and shows how far that is."""

import asyncio
import time

import asyncpg
from rich.console import Console
from rich.progress import Progress

from activities.custody import count_unsealed
from activities.settings import Role, Settings
from workflows import runtime, timetable

LOOK_EVERY = 0.25
PATIENCE = 20.0
"""Seconds without a single seal: then a round is asked for, and after as many again nothing more is expected."""


async def until_sealed(settings: Settings, console: Console | None = None) -> int:
    """Returns how many closed cases are left without a seal when nothing more comes of waiting."""
    connection = await asyncpg.connect(settings.url(Role.READER))
    try:
        with Progress(console=console, transient=True, disable=console is None) as bar:
            return await _watch(settings, connection, bar)
    finally:
        await connection.close()


async def _watch(settings: Settings, connection: asyncpg.Connection, bar: Progress) -> int:
    left = first = await count_unsealed(connection)
    task = bar.add_task("封存 Sealing", total=first)
    stirred, rounds = time.monotonic(), 0
    while left and (rounds == 0 or time.monotonic() - stirred < PATIENCE):
        if time.monotonic() - stirred >= PATIENCE:
            await _ask_for_a_round(settings)
            stirred, rounds = time.monotonic(), rounds + 1
        await asyncio.sleep(LOOK_EVERY)
        now = await count_unsealed(connection)
        stirred = time.monotonic() if now < left else stirred
        left = now
        bar.update(task, completed=first - left)
    return left


async def _ask_for_a_round(settings: Settings) -> None:
    client = await runtime.connect(settings.temporal_address, settings.temporal_namespace)
    await timetable.make_rounds_now(client)
