"""Runs parts of torture one after another, each in a folder of its own."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from enum import StrEnum

from rehearsal.torture import cut, kill, load, restore, simulation, upgrade
from rehearsal.torture.tally import Order, Tally, Tortured


class Part(StrEnum):
    """What can be tortured by itself."""

    SIMULATION = "simulation"
    KILL = "kill"
    CUT = "cut"
    LOAD = "load"
    UPGRADE = "upgrade"
    RESTORE = "restore"


_PARTS: Mapping[Part, Callable[[Order], Awaitable[Tally]]] = {
    Part.SIMULATION: simulation.torture,
    Part.KILL: kill.torture,
    Part.CUT: cut.torture,
    Part.LOAD: load.torture,
    Part.UPGRADE: upgrade.torture,
    Part.RESTORE: restore.torture,
}


async def tortured(part: Part, order: Order) -> Tortured:
    """One part, in its own folder under the order's."""
    own = replace(order, folder=order.folder / part.value)
    own.folder.mkdir(parents=True, exist_ok=True)
    own.progress.say(f"折磨：{part.value}", f"torture: {part.value}")
    began = time.monotonic()
    tally = await _PARTS[part](own)
    return Tortured(own, tally, time.monotonic() - began)
