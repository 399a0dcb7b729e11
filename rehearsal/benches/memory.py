"""What a worker holds: memory for each case it keeps in mind, and whether finished cases leave any behind."""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from rehearsal.benches.cast import Player
from rehearsal.benches.figures import Figures, Scale, many
from rehearsal.benches.ground import Ground, over, worker_alone

AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class _Amount:
    cached: int
    seconds: float
    """How long cases come and go for the look for leaks."""


AMOUNTS = {
    Scale.TINY: _Amount(4, 1.0),
    Scale.SHORT: _Amount(900, 60.0),
    Scale.LONG: _Amount(900, 3600.0),
}
"""A worker keeps a thousand cases in mind unless told otherwise."""


async def measure(scale: Scale) -> Figures:
    """Megabytes of the worker for a thousand waiting cases, and for a thousand finished ones."""
    return await over(lambda ground: _hold(ground, AMOUNTS[scale]), worker_alone)


async def _hold(ground: Ground, amount: _Amount) -> Figures:
    player, pid = Player(ground.client), ground.pids["worker"]
    await many(lambda: player.order(player.cast.all_acts))(20, 4)
    empty = resident(pid)
    await many(lambda: player.order(()))(amount.cached, AT_ONCE)
    full = resident(pid)
    figures: Figures = {
        "worker_mb": round(empty, 1),
        "cached_cases": amount.cached,
        "mb_a_thousand_cached": round((full - empty) / amount.cached * 1000, 1),
    }
    return figures | await _leak(player, pid, amount.seconds)


async def _leak(player: Player, pid: int, seconds: float) -> Figures:
    """Memory against cases finished: the slope over the second half, when caches are full."""
    seen: list[tuple[int, float]] = []
    done, began = 0, time.monotonic()
    while time.monotonic() - began < seconds or len(seen) < 4:
        await many(lambda: player.order(player.cast.all_acts))(AT_ONCE, AT_ONCE)
        done += AT_ONCE
        seen.append((done, resident(pid)))
    late = seen[len(seen) // 2 :]
    slope = statistics.linear_regression([n for n, _ in late], [mb for _, mb in late]).slope
    return {
        "drill_s": round(time.monotonic() - began), "finished_cases": done, "worker_mb_then": round(seen[-1][1], 1),
        "mb_more_a_thousand_finished": round(slope * 1000, 2),
    }  # fmt: skip


def resident(pid: int) -> float:
    """Megabytes of a process that lie in memory."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024
