"""A worker with a defect, started as a process of its own: one case's procedure raises when somebody adds to it."""

import runpy
import sys
from datetime import datetime

from domain.actors import Actor
from domain.acts import Act
from domain.acts.base import Supplement
from workflows.core import Core, Receipt


class Defect(Exception):
    """What nobody thought of."""


def poison(number: str) -> None:
    """From now on this process cannot take a further word to that case."""
    sound = Core.receive

    def receive(core: Core, act_id: str, actor: Actor, act: Act, now: datetime) -> Receipt:
        if core.number == number and isinstance(act, Supplement):
            raise Defect("this procedure has a defect")
        return sound(core, act_id, actor, act, now)

    Core.receive = receive  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    poison(sys.argv[1])
    sys.argv[1:] = ["worker"]
    runpy.run_module("cli", run_name="__main__")
