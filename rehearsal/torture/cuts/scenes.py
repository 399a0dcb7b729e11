"""Scenes of cutting and stalling on a Herun that runs; each says what it saw, and what did not hold."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

import asyncpg

from activities.settings import Role
from rehearsal.benches.figures import Figures
from rehearsal.torture.cuts.probe import HEALED, Notes, Probe, judged
from rehearsal.torture.cuts.proxy import Way
from rehearsal.torture.cuts.ways import Between, Ways
from rehearsal.torture.field.ground import Ground
from rehearsal.torture.tally import Failure

_SLOW = {Between.WORKER_POSTGRES: 1.0, Between.API_POSTGRES: 1.0}
"""Seconds by which each piece is late on a slow way; others half of that, for they speak more often."""
_CROWD, _SLOW_LEDGER = 40, 0.5


@dataclass(slots=True)
class Stage:
    """What scenes are played on, and what they found so far."""

    ground: Ground
    ways: Ways
    probe: Probe
    seed: int
    hold: float
    """Seconds for which something stays away."""
    figures: Figures = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def note(self, scene: str, notes: Notes, healed: float) -> None:
        """What one scene showed."""
        acts = notes.of("act")
        refused = sum(told.status == HTTPStatus.SERVICE_UNAVAILABLE for told in acts)
        self.figures[f"{scene}_slowest_s"] = round(notes.slowest, 1)
        self.figures[f"{scene}_acts_503"] = f"{refused}/{len(acts)}"
        self.figures[f"{scene}_healed_s"] = round(healed, 1)

    @asynccontextmanager
    async def scene(self, name: str, *, reads_go_on: bool) -> AsyncIterator[Notes]:
        """Somebody acts and reads meanwhile; afterwards acts are confirmed again by themselves."""
        async with self.probe.watching() as notes:
            yield notes
        self.failures += judged(notes, name, self.seed, reads_go_on=reads_go_on)
        try:
            self.note(name, notes, await self.probe.healed())
        except TimeoutError:
            self.failures.append(Failure(f"{name}_not_healed", self.seed, f"no act confirmed in {HEALED} s"))


Scene = Callable[[Stage], Awaitable[None]]


def away(between: Between, way: Way) -> Scene:
    """One way is cut, slow or silent for a while."""

    async def play(stage: Stage) -> None:
        name = f"{between}_{way}"
        away = stage.ways.proxies[between].being(way, _SLOW.get(between, 0.5))
        async with stage.scene(name, reads_go_on=between is not Between.API_POSTGRES), away:
            await asyncio.sleep(stage.hold)

    return play


async def crowd(stage: Stage) -> None:
    """Forty acts at once on one case whose ledger is slow: some are done, the others told in time to come again."""
    number, account = await stage.probe.quiet_case()
    errands = [stage.probe.word(number, account) for _ in range(_CROWD)]
    slow = stage.ways.proxies[Between.WORKER_POSTGRES]
    async with slow.being(Way.SLOW, _SLOW_LEDGER):
        notes = Notes(list(await asyncio.gather(*map(stage.probe.act, errands))))
    stage.failures += judged(notes, "crowd", stage.seed, reads_go_on=True)
    stage.failures += moved(notes, "crowd", stage.seed)
    stage.note("crowd", notes, await stage.probe.healed())


def moved(notes: Notes, scene: str, seed: int) -> Iterator[Failure]:
    """Some of those who came at once were done; all of them turned away would be a case that stands still."""
    if not any(told.status == HTTPStatus.OK for told in notes.told):
        codes = Counter(f"{told.status} {told.code}" for told in notes.told)
        yield Failure(f"{scene}_stood_still", seed, f"none of {len(notes.told)} done: {dict(codes)}")


async def no_connection_left(stage: Stage) -> None:
    """Others hold every connection of the server, and a lock that makes the door's own wait in their queries."""
    held: list[asyncpg.Connection] = []
    try:
        async with stage.scene("no_connection", reads_go_on=False):
            locker = await asyncpg.connect(stage.ground.settings.url(Role.OWNER))
            held.append(locker)
            lock = locker.transaction()
            await lock.start()
            await locker.execute("LOCK TABLE event, case_register, duty_register IN ACCESS EXCLUSIVE MODE")
            await _take_all(stage.ground, held)
            await asyncio.sleep(stage.hold)
            await lock.rollback()
            await _let_go(held)
    finally:
        await _let_go(held)


async def _take_all(ground: Ground, held: list[asyncpg.Connection]) -> None:
    """As the reader, until the server gives no more."""
    while True:
        try:
            held.append(await asyncpg.connect(ground.settings.url(Role.READER), timeout=10))
        except (asyncpg.PostgresError, OSError):
            return


async def _let_go(held: list[asyncpg.Connection]) -> None:
    while held:
        held.pop().terminate()
    await asyncio.sleep(0)
