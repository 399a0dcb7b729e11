"""A life as what servers must be told, one thing after another, and what must stand on the ledger after each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from domain.acts import base
from domain.events import Acted, CaseOpened, DutyBreached, DutyMarked, WindowClosed
from domain.vocabulary import CaseNo, Role
from rehearsal.torture.lives.editions import whole_shelf
from rehearsal.torture.lives.place import STRANGER
from rehearsal.torture.lives.steps import Brought, Life, Step, Tried
from rehearsal.torture.lives.world import Came, World

_JUST_AFTER = timedelta(milliseconds=1)
Heads = Mapping[CaseNo, int]
"""Case → the number of its last event."""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that is told to one case.

    `seen` is what the ledger shows of every case that it concerned, once all is said and done; `refused` the code
    where the law refuses it, `lapse` whether nothing more is wanted than that time is noticed.
    """

    step: Brought | Tried
    seen: Heads
    refused: str = ""
    lapse: bool = False


def told(life: Life) -> tuple[World, list[Told]]:
    """The world of a life in which every edition was out from the beginning, and what led to it.

    What lapses by itself in the virtual engine is brought about on servers by an act that nobody may do, stamped
    just after the due instant: a case takes in what fell due before it considers an act. So the order of
    everything is that of the stamps, however fast or slow the machine is.
    """
    world, found = World(whole_shelf()), list[Told]()
    for step in life.steps:
        before, refusals = len(world.batches), dict(world.refused)
        world.take(step)
        found += _told(step, world.batches[before:], _code(refusals, world.refused))
    return world, found


def _code(before: Mapping[str, int], after: Mapping[str, int]) -> str:
    return next((code for code, times in after.items() if times != before.get(code, 0)), "")


def _told(step: Step, batches: list[Came], refused: str) -> Iterator[Told]:
    """First every lapse before the step with what came of it, then the step itself with what came of that."""
    own: dict[CaseNo, int] = {}
    turns = list(_turns(batches))
    for number, at, heads in turns:
        if at is None:
            own = heads
        else:
            yield Told(_nudge(number, at), heads, lapse=True)
    if isinstance(step, Brought | Tried):
        yield Told(step, own, refused)


def _turns(batches: list[Came]) -> Iterator[tuple[CaseNo, datetime | None, dict[CaseNo, int]]]:
    """Batches grouped by what set them off: the case and instant of a lapse; None for the step itself."""
    turn = 0

    def number_of(came: Came) -> int:
        nonlocal turn
        turn += _is_lapse(came) or _is_told(came)
        return turn

    for _, group in groupby(batches, key=number_of):
        some = list(group)
        lapsed = some[0].events[0].at if _is_lapse(some[0]) else None
        yield some[0].number, lapsed, {came.number: came.events[-1].seq for came in some}


def _is_lapse(came: Came) -> bool:
    """Whether nothing but time set it off."""
    first = came.events[0].fact
    lapsed = isinstance(first, DutyBreached | WindowClosed | DutyMarked)
    return lapsed and not any(isinstance(event.fact, Acted) for event in came.events)


def _is_told(came: Came) -> bool:
    """Whether a person set it off, and not another case."""
    match came.events[0].fact:
        case Acted(actor=actor) | CaseOpened(actor=actor):
            return actor.role is not Role.CASE
    return any(isinstance(e.fact, Acted) and e.fact.actor.role is not Role.CASE for e in came.events)


def _nudge(number: CaseNo, at: datetime) -> Tried:
    stamp = at + _JUST_AFTER
    return Tried(stamp, number, f"nudge {stamp.isoformat()}", STRANGER, base.Urge())
