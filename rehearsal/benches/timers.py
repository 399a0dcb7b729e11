"""Thousands of cases that fall due within one minute: how late each lapse is, and what the door does meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import asyncpg
import httpx

from activities.settings import Role
from activities.shelf import load_shelf
from domain.calendar import CST
from domain.vocabulary import CaseNo
from rehearsal.benches.cast import Player
from rehearsal.benches.cycle import http_cycles
from rehearsal.benches.figures import Figures, Scale, share, spread
from rehearsal.benches.ground import Ground, at_the_door, door_too, over, tokens
from workflows.core import Start
from workflows.envelope import Drill
from workflows.virtual import VirtualEngine

OPENED = datetime(2026, 3, 2, 9, tzinfo=CST)
GRACE = 1.0
"""Seconds a due date waits for acts on their way, as outside of drills (workflows/clock.py)."""
LOOK_EVERY, PATIENCE, AT_ONCE = 0.05, 900.0, 50

_LAPSES = """
    SELECT id, case_no FROM event
    WHERE id > $1 AND kind IN ('duty_breached', 'window_closed') ORDER BY id"""


@dataclass(frozen=True, slots=True)
class _Amount:
    cases: int
    minute: float
    """Seconds over which they fall due."""
    opening: float
    """Seconds that opening them may take before the first is due."""


AMOUNTS = {
    Scale.TINY: _Amount(4, 1.0, 8.0),
    Scale.SHORT: _Amount(1_000, 60.0, 60.0),
    Scale.LONG: _Amount(10_000, 60.0, 900.0),
}


async def measure(scale: Scale) -> Figures:
    """Lateness beyond the grace, seconds until the last lapse is on the ledger, and acts through HTTP meanwhile."""
    return await over(lambda ground: _fall_due(ground, AMOUNTS[scale]), door_too)


async def _fall_due(ground: Ground, amount: _Amount) -> Figures:
    people = await tokens(ground)
    async with at_the_door(ground) as http, ground.connection(Role.READER) as reader:
        quiet = (await http_cycles(http, people, 8))[6:]
        due = await _open_all(Player(ground.client), amount)
        last = int(await reader.fetchval("SELECT coalesce(max(id), 0) FROM event"))
        opened_late = max(0.0, time.time() - min(due.values()))
        await asyncio.sleep(max(0.0, min(due.values()) - time.time()))
        async with _acting(http, people) as meanwhile:
            late = await _lateness(reader, due, last)
    return {
        "cases": amount.cases, "lapsed": len(late), "seconds_opened_too_late": round(opened_late, 1),
        "late_p50_s": share(late, 0.5), "late_p99_s": share(late, 0.99), "late_most_s": round(max(late), 1),
        "drained_s_after_the_minute": round(max(0.0, _end(due, late)), 1),
        **spread("act_before", quiet), **spread("act_meanwhile", meanwhile or quiet),
    }  # fmt: skip


def _end(due: Mapping[CaseNo, float], late: list[float]) -> float:
    return time.time() - max(due.values()) - GRACE if late else 0.0


async def _open_all(player: Player, amount: _Amount) -> dict[CaseNo, float]:
    """Orders that nobody accepts; real time at which each falls due, spread over the minute."""
    term = await asyncio.to_thread(_term, player)
    first = time.time() + amount.opening
    room, due, places = asyncio.Semaphore(AT_ONCE), dict[CaseNo, float](), count()

    async def one() -> None:
        async with room:
            at = first + amount.minute * next(places) / amount.cases
            began = datetime.fromtimestamp(at, UTC) - term
            drill = Drill(origin=OPENED, began=began, speed=1.0, grace=GRACE)
            due[await player.open(player.cast.opening, player.cast.resident, OPENED, drill)] = at

    await asyncio.gather(*(one() for _ in range(amount.cases)))
    return due


def _term(player: Player) -> timedelta:
    """From the opening of the measured order to its first due instant, as the law has it."""
    shelf = load_shelf()
    engine = VirtualEngine(shelf)
    rules, days = shelf.rulebook("default-3").digest, shelf.calendar("cn-2026").digest
    engine.open(Start(CaseNo("X"), player.cast.opening, rules, days, player.cast.resident, "open", OPENED))
    due = engine.next_due()
    assert due is not None
    return due - OPENED


async def _lateness(reader: asyncpg.Connection, due: Mapping[CaseNo, float], last: int) -> list[float]:
    """Seconds from the end of each grace until its lapse was seen on the ledger."""
    late: dict[CaseNo, float] = {}
    end = time.monotonic() + PATIENCE
    while len(late) < len(due) and time.monotonic() < end:
        for row in await reader.fetch(_LAPSES, last):
            last, number = row["id"], CaseNo(row["case_no"])
            if number in due:
                late.setdefault(number, time.time() - due[number] - GRACE)
        await asyncio.sleep(LOOK_EVERY)
    return list(late.values())


@asynccontextmanager
async def _acting(http: httpx.AsyncClient, people: Mapping[str, str]) -> AsyncIterator[list[float]]:
    """Somebody goes on acting, one act after another."""
    taken: list[float] = []

    async def act() -> None:
        while True:
            taken.extend(await http_cycles(http, people, 1))

    task = asyncio.create_task(act())
    try:
        yield taken
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
