"""What a benchmark measured, as a table for people and a JSON object for machines."""

import asyncio
import os
import platform
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from rich.table import Table

Figure = float | int | str
Figures = dict[str, Figure]
Rate = Callable[[int, int], Awaitable[float]]
"""Cycles a second, of so many cycles, so many at once."""


class Scale(StrEnum):
    """How much is measured: enough for a test, for a quarter of an hour, or as much as the goals name."""

    TINY = "tiny"
    SHORT = "short"
    LONG = "long"


def _load() -> float:
    return round(os.getloadavg()[0], 1)


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one part, with what is needed to judge them: command, machine, when, and how busy it was."""

    part: str
    scale: Scale
    figures: Figures
    load_before: float
    load_after: float = field(default_factory=_load)
    machine: str = field(default_factory=lambda: f"{platform.machine()}, {os.cpu_count()} cores")
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    @property
    def command(self) -> str:
        """How to measure the same again."""
        return f"herun bench {self.part} --scale {self.scale}"

    def json(self) -> dict[str, Any]:
        """One object that needs no other to be understood."""
        return {
            "part": self.part, "command": self.command, "at": self.at, "machine": self.machine,
            "load_before": self.load_before, "load_after": self.load_after, "figures": self.figures,
        }  # fmt: skip


def table(all_measured: Iterable[Measured]) -> Table:
    """Every figure on a line of its own, part by part."""
    shown = Table("部分 part", "项 figure", "值 value", title="度量 Figures", title_justify="left")
    for measured in all_measured:
        for name, value in measured.figures.items():
            shown.add_row(measured.part, name, str(value))
        load = f"{measured.load_before} → {measured.load_after}"
        shown.add_row(measured.part, "负载 load average", load, end_section=True)
    return shown


def share(taken: Sequence[float], part: float) -> float:
    """The value below which so much of all values lies: 0.5 is the median. Raises ValueError for none."""
    if not taken:
        raise ValueError("no values")
    return round(sorted(taken)[min(int(len(taken) * part), len(taken) - 1)], 1)


def spread(name: str, taken: Sequence[float]) -> Figures:
    """Median, 95th and 99th percentile of milliseconds."""
    return {f"{name}_p{part}_ms": share(taken, part / 100) for part in (50, 95, 99)}


def many(cycle: Callable[[], Awaitable[Any]]) -> Rate:
    """Cycles a second, measured over a number of them with so many under way at a time."""

    async def rate(cycles: int, width: int) -> float:
        room = asyncio.Semaphore(width)

        async def one() -> None:
            async with room:
                await cycle()

        began = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(cycles)))
        return cycles / (time.perf_counter() - began)

    return rate


def load_now() -> float:
    """How many processes want a core, over the last minute."""
    return _load()
