"""Runs benchmarks one after another, each on servers of its own."""

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum

from rehearsal.benches import audit, cycle, memory, size, split, timers, year
from rehearsal.benches.figures import Figures, Measured, Scale, load_now


class Part(StrEnum):
    """What can be measured by itself."""

    CYCLE = "cycle"
    SPLIT = "split"
    TIMERS = "timers"
    SIZE = "size"
    YEAR = "year"
    AUDIT = "audit"
    MEMORY = "memory"


_PARTS: Mapping[Part, Callable[[Scale], Awaitable[Figures]]] = {
    Part.CYCLE: cycle.measure,
    Part.SPLIT: split.measure,
    Part.TIMERS: timers.measure,
    Part.SIZE: size.measure,
    Part.YEAR: year.measure,
    Part.AUDIT: audit.measure,
    Part.MEMORY: memory.measure,
}


async def measured(part: Part, scale: Scale) -> Measured:
    """One part, with how busy the machine was before and after."""
    before = load_now()
    return Measured(part, scale, await _PARTS[part](scale), before)
