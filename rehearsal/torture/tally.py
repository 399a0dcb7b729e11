"""What a part of torture is asked to do, and what it answers with; knows no part."""

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from rehearsal.benches.figures import Figures, Scale
from rehearsal.torture.telling import Telling


@dataclass(frozen=True, slots=True)
class Order:
    """One part's errand.

    `folder` is the part's own: its servers' data lie there, and its progress if it was interrupted; with
    `resume` it goes on from that progress, otherwise it begins anew. `count` replaces the number that the scale
    stands for (lives, kills), for whoever looks into one failure.
    """

    scale: Scale
    seed: int
    folder: Path
    progress: Telling = field(default_factory=Telling)
    resume: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that must hold and did not: what, the seed that shows it again if there is one, and the finding."""

    what: str
    seed: int | None
    detail: str

    def json(self) -> dict[str, Any]:
        """For one line of a report."""
        return {"what": self.what, "seed": self.seed, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Tally:
    """What one part did and found."""

    part: str
    figures: Figures
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Tortured:
    """A tally with what is needed to do the same again."""

    order: Order
    tally: Tally
    seconds: float
    machine: str = field(default_factory=lambda: f"{platform.machine()}, {os.cpu_count()} cores")
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    @property
    def command(self) -> str:
        """How to do the same again."""
        counted = "" if self.order.count is None else f" --count {self.order.count}"
        return f"herun torture {self.tally.part} --scale {self.order.scale} --seed {self.order.seed}{counted}"

    def json(self) -> dict[str, Any]:
        """One object that needs no other to be understood."""
        return {
            "part": self.tally.part, "command": self.command, "at": self.at, "machine": self.machine,
            "seconds": round(self.seconds, 1), "figures": self.tally.figures,
            "failures": [each.json() for each in self.tally.failures],
        }  # fmt: skip


def table(all_tortured: Iterable[Tortured]) -> Table:
    """Every figure on a line of its own, part by part, and every failure."""
    shown = Table("部分 part", "项 figure", "值 value", title="折磨 Torture", title_justify="left")
    for tortured in all_tortured:
        part = tortured.tally.part
        for name, value in tortured.tally.figures.items():
            shown.add_row(part, name, str(value))
        for failure in tortured.tally.failures:
            shown.add_row(part, f"失败 FAILED {failure.what}", f"seed {failure.seed}: {failure.detail}")
        shown.add_row(part, "失败 failures", str(len(tortured.tally.failures)))
        shown.add_row(part, "用时 seconds", f"{tortured.seconds:.1f}", end_section=True)
    return shown
