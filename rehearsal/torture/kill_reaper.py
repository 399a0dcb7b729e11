"""Kills processes of a Herun at seeded moments while clients act, starts them again, and times the recovery."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from activities.processes import Child, ProcessError
from rehearsal.torture.field.clients import Post
from rehearsal.torture.field.ground import Ground
from rehearsal.torture.tally import Failure

LONGEST_RECOVERY = 120.0
_STARTS = 3
_MOST_ACTS_BETWEEN = 8
_IN_A_REQUEST, _TWO_AT_ONCE, _ALL_WORKERS = 0.6, 0.1, 0.2


class Victim(StrEnum):
    """Which part is killed."""

    WORKER = "worker"
    API = "api"
    TEMPORAL = "temporal"
    POSTGRES = "postgres"


_SHARES = {Victim.WORKER: 11, Victim.API: 2, Victim.TEMPORAL: 3, Victim.POSTGRES: 4}
"""Of twenty deaths; the door takes longest to come back, for it builds eighty forms."""
_BLOCK = sum(_SHARES.values())


@dataclass(frozen=True, slots=True)
class Kill:
    """One death, how many seconds passed until an act sent after it was confirmed, and whether it was the only one."""

    victim: Victim
    recovery: float
    alone: bool = True


class Reaper:
    """Kills and starts again; every start is awaited at the end."""

    def __init__(self, ground: Ground, post: Post, seed: int, done: int = 0) -> None:
        self.failures: list[Failure] = []
        self._ground, self._post = ground, post
        self._seed, self._done = seed, done
        self._starting: set[asyncio.Task[None]] = set()

    async def reap(self, kills: int) -> AsyncIterator[Kill]:
        """So many deaths, the first of them after the clients have begun; none after one that nobody got over."""
        while self._done < kills:
            dice = Random(f"{self._seed}|kill|{self._done}")
            await self._post.acknowledgements(dice.randint(1, _MOST_ACTS_BETWEEN))
            victims = await self._choose(dice)
            if dice.random() < _IN_A_REQUEST:
                await self._into_a_request(dice)
            struck = await self._strike(victims, dice)
            for kill in struck:
                self._done += 1
                yield kill
            if not struck:
                return

    async def _into_a_request(self, dice: Random) -> None:
        """A moment at which somebody waits for an answer."""
        while not self._post.is_busy:  # noqa: ASYNC110 - a moment, not an event
            await asyncio.sleep(0.001)
        await asyncio.sleep(dice.random() * 0.03)

    async def _strike(self, victims: dict[Child, Victim], dice: Random) -> list[Kill]:
        moment = time.monotonic()
        for child in victims:
            child.kill()
        pauses = {child: dice.uniform(0, 0.5) for child in victims}
        for child in victims:
            self._starting.add(asyncio.create_task(self._again(child, pauses[child])))
        try:
            async with asyncio.timeout(LONGEST_RECOVERY):
                recovery = await self._post.acknowledged_since(moment)
        except TimeoutError:
            names = ", ".join(child.part.name for child in victims)
            self.failures.append(Failure("not_recovered", self._seed, f"after {names} at kill {self._done}"))
            return []
        return [Kill(victim, recovery, len(victims) == 1) for victim in victims.values()]

    async def _choose(self, dice: Random) -> dict[Child, Victim]:
        """The next of the deck; sometimes all workers, sometimes another part with it. It is waited for."""
        deck = _deck(self._seed, self._done // _BLOCK)
        wanted = {deck[self._done % _BLOCK]}
        if dice.random() < _TWO_AT_ONCE:
            wanted.add(dice.choice(deck))
        if not all(child.pid for victim in wanted for child in self._children(victim)):
            await self.all_up()
        found: dict[Child, Victim] = {}
        for victim in sorted(wanted):
            children = self._children(victim)
            few = victim is Victim.WORKER and dice.random() >= _ALL_WORKERS
            found |= dict.fromkeys([dice.choice(children)] if few else children, victim)
        return found

    def _children(self, victim: Victim) -> list[Child]:
        match victim:
            case Victim.WORKER:
                return self._ground.workers
            case Victim.API:
                return [self._ground.door]
            case Victim.TEMPORAL:
                return [self._ground.temporal]
            case Victim.POSTGRES:
                return [self._ground.postgres]

    async def _again(self, child: Child, pause: float) -> None:
        """As `herun up` does: again and again, but here not for ever."""
        await child.exited()
        why = ""
        for _ in range(_STARTS):
            await asyncio.sleep(pause)
            try:
                await child.start()
            except (ProcessError, OSError) as failure:
                why = str(failure)
            else:
                return
        self.failures.append(Failure("not_started", self._seed, f"{child.part.name}: {why}"))

    async def all_up(self) -> None:
        """Wait until everything that was killed runs again."""
        if self._starting:
            await asyncio.gather(*self._starting)


def _deck(seed: int, block: int) -> list[Victim]:
    """Who dies next, twenty at a time in an order of their own, so that each gets its share."""
    deck = [victim for victim, share in _SHARES.items() for _ in range(share)]
    Random(f"{seed}|deck|{block}").shuffle(deck)
    return deck
