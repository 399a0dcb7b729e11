"""Lots of lives, a lot to a process: each lived, checked and counted; only what failed is carried back."""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context

from rehearsal.torture.lives.checks import found_in
from rehearsal.torture.lives.choosing import drawn
from rehearsal.torture.lives.world import World, Wrong

LOT = 100


@dataclass(slots=True)
class Count:
    """What came of some lives."""

    counts: Counter[str] = field(default_factory=Counter)
    failed: dict[int, list[Wrong]] = field(default_factory=dict)
    """Seed → what went wrong in it."""

    def add(self, other: "Count") -> None:
        """These and those."""
        self.counts.update(other.counts)
        self.failed.update(other.failed)


def lived(seeds: Sequence[int]) -> Count:
    """Live these seeds, one after another."""
    count = Count()
    for seed in seeds:
        try:
            wrong = _one(seed, count)
        except Exception as bug:  # a fault of the harness is a failure of that seed, and ends no run
            wrong = [Wrong(f"harness raised {type(bug).__name__}", str(bug))]
        if wrong:
            count.failed[seed] = wrong
    return count


def _one(seed: int, count: Count) -> list[Wrong]:
    life, world = drawn(seed)
    count.counts.update(lives=1, steps=len(life.steps))
    count.counts.update(_counted(world))
    return list(found_in(world))


def in_processes(seeds: Sequence[int], processes: int, lot: int = LOT) -> Iterator[tuple[int, Count]]:
    """Lot after lot, each with the seed that follows it, from which a run that is broken off goes on."""
    lots = [seeds[place : place + lot] for place in range(0, len(seeds), lot)]
    if processes < 2 or len(lots) < 2:
        yield from ((each[-1] + 1, lived(each)) for each in lots)
        return
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        coming = iter(lots)
        under_way = deque((each[-1] + 1, pool.submit(lived, each)) for each in islice(coming, 2 * processes))
        while under_way:
            following, future = under_way.popleft()
            yield following, future.result()
            under_way.extend((each[-1] + 1, pool.submit(lived, each)) for each in islice(coming, 1))


def _counted(world: World) -> Counter[str]:
    counts = Counter(cases=len(world.engine.cases), events=world.written, acts=len(world.accepted))
    counts.update(refused=sum(world.refused.values()), repeated=world.repeated)
    counts.update(closed=sum(not core.case.is_open for core in world.engine.cases.values()))
    for each in world.accepted.values():
        counts[f"act {each.act.code}"] += 1
    for code, times in world.refused.items():
        counts[f"refusal {code}"] += times
    return counts
