"""Torture by simulation: random lives by the hundred thousand in the virtual engine, some of them on servers."""

import asyncio
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rehearsal.benches.figures import Figures, Scale
from rehearsal.torture.lives import on_servers
from rehearsal.torture.lives.choosing import drawn
from rehearsal.torture.lives.lots import Count, in_processes
from rehearsal.torture.lives.pen import EVERY_ACT
from rehearsal.torture.lives.shrinking import shrunk, wrongs
from rehearsal.torture.lives.steps import read, write
from rehearsal.torture.lives.world import Wrong
from rehearsal.torture.resuming import begun, keep
from rehearsal.torture.tally import Failure, Order, Tally

PART = "simulation"
MOST_SHRUNK = 5
"""Kinds of failure that are shrunk in one run; the others keep their seed."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How many lives are lived, and how many of them once more on servers."""

    lives: int
    on_servers: int


AMOUNTS = {Scale.TINY: Amount(30, 5), Scale.SHORT: Amount(3_000, 40), Scale.LONG: Amount(120_000, 500)}


async def torture(order: Order) -> Tally:
    """Live the lives of `order.count` seeds, or as many as the scale says, from `order.seed` on."""
    amount = AMOUNTS[order.scale]
    lives = order.count or amount.lives
    figures, failures = await asyncio.to_thread(virtual, order, lives)
    seeds = range(order.seed, order.seed + min(lives, amount.on_servers))
    durable, differing = await on_servers.lived(order, seeds)
    return Tally(PART, {**figures, **durable}, (*failures, *differing))


def relive(path: Path) -> tuple[Failure, ...]:
    """What goes wrong in a life that was kept in a file."""
    life = read(path)
    return tuple(Failure(each.code, life.seed, each.about) for each in wrongs(life))


# -- in the virtual engine -----------------------------------------------------------------------------


def virtual(order: Order, lives: int) -> tuple[Figures, tuple[Failure, ...]]:
    """All lives, over all cores, going on where an earlier run of the same seed was interrupted."""
    count, first, spent = _begun(order)
    last, began = order.seed + lives, time.monotonic() - spent
    for following, lot in in_processes(range(first, last), os.cpu_count() or 1):
        count.add(lot)
        order.progress.count(following - order.seed, lives, "虚拟引擎，生涯", "virtual engine, lives")
        keep(order, _state(count, following, time.monotonic() - began))
    seconds = time.monotonic() - began
    return _figures(count, seconds), tuple(_failures(order, count))


def _begun(order: Order) -> tuple[Count, int, float]:
    """What is counted already, the next seed, and the seconds that took."""
    state = begun(order)
    if state is None:
        return Count(), order.seed, 0.0
    count = Count()
    count.counts.update(state["counts"])
    for seed, wrong in state["failed"].items():
        count.failed[int(seed)] = [Wrong(*each) for each in wrong]
    return count, state["next"], state["seconds"]


def _state(count: Count, following: int, seconds: float) -> dict[str, object]:
    failed = {str(seed): [(each.code, each.about) for each in wrong] for seed, wrong in count.failed.items()}
    return {"next": following, "seconds": seconds, "counts": dict(count.counts), "failed": failed}


def _figures(count: Count, seconds: float) -> Figures:
    counts = count.counts
    tried = sum(name.startswith("act ") for name in counts)
    figures: Figures = {
        name: counts[name] for name in ("lives", "cases", "closed", "events", "acts", "refused", "repeated")
    }
    return {
        **figures, "kinds_of_act": tried, "kinds_of_act_of": len(EVERY_ACT),
        "kinds_of_refusal": sum(name.startswith("refusal ") for name in counts),
        "lives_failed": len(count.failed), "virtual_s": round(seconds, 1),
        "lives_per_second": round(counts["lives"] / max(seconds, 0.001), 1),
    }  # fmt: skip


def _failures(order: Order, count: Count) -> Iterable[Failure]:
    """One for each kind of wrong, with the first seed that shows it, shrunk to a life in a file."""
    first: dict[str, tuple[int, Wrong]] = {}
    times: dict[str, int] = {}
    for seed, wrong in sorted(count.failed.items()):
        for each in wrong:
            first.setdefault(each.code, (seed, each))
            times[each.code] = times.get(each.code, 0) + 1
    for place, (code, (seed, wrong_)) in enumerate(first.items()):
        may_shrink = place < MOST_SHRUNK and not code.startswith("harness")
        where = _shrink(order, seed, code) if may_shrink else f"--seed {seed} --lives 1"
        yield Failure(code, seed, f"{times[code]} ×, {where}: {wrong_.about}")


def _shrink(order: Order, seed: int, code: str) -> str:
    """The shortest life that still shows it, kept in the folder; how to live it again."""
    order.progress.say(f"缩短种子 {seed}：{code}", f"shrinking seed {seed}: {code}")
    life = shrunk(drawn(seed)[0], code)
    path = order.folder / f"life-{seed}-{'-'.join(code.split())[:60]}.json"
    write(life, path, [f"{each.code}: {each.about}" for each in wrongs(life)])
    return f"{len(life.steps)} steps, --life {path}"
