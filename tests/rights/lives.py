"""Cases in the virtual engine at every stage of every procedure, each as it stood, with its record."""

import copy
from dataclasses import dataclass
from functools import cache
from random import Random

from builders import (
    HOTLINE,
    HOTLINE_DESK,
    OFFICER,
    POWER,
    TOWN,
    TOWN_LEADER,
    WATER,
    WORKER,
    YUAN,
    Story,
    a_dispute,
    a_petition,
    a_whistle,
    an_order,
    head,
)  # fmt: skip
from lawful_walks import Walker

from domain.actors import Actor
from domain.authority import Offer
from domain.events import Event
from domain.openings import Opening
from domain.rulebook import Rulebook
from domain.state import Case
from domain.vocabulary import CaseKind, CaseNo, Service, Stage, WhistleKind
from tests.rights.plots import play
from tests.rights.standing import Standing, standing_of

WALKS, STEPS = 16, 60
"""Lives that are walked, each from another seed, and how far."""
EACH = 7
"""Of so many states of one stage a walk adds no more."""


@dataclass(frozen=True)
class Moment:
    """A case as it stood at one moment of its life."""

    number: CaseNo
    case: Case
    standing: Standing
    rules: Rulebook
    events: tuple[Event, ...]

    @property
    def kind(self) -> CaseKind:
        return self.case.kind

    @property
    def stage(self) -> Stage:
        return self.case.stage


Signature = tuple[object, ...]


class Album:
    """Keeps a copy of a case whenever it stands as none did before."""

    def __init__(self) -> None:
        self._seen: dict[tuple[CaseKind, Stage], dict[Signature, Moment]] = {}

    @property
    def moments(self) -> tuple[Moment, ...]:
        """What was kept."""
        return tuple(moment for kept in self._seen.values() for moment in kept.values())

    def look(self, story: Story, *, most: int = 1000) -> None:
        """Look at every case of a story that is open."""
        for number, core in story.engine.cases.items():
            kept = self._seen.setdefault((core.case.kind, core.case.stage), {})
            sign = _signature(core.case)
            if sign not in kept and len(kept) < most and not _lapsed(core.case, story):
                standing = standing_of(story.events(number))
                events = tuple(story.events(number))
                kept[sign] = Moment(number, copy.deepcopy(core.case), standing, story.rules, events)


class Watcher(Walker):
    """A walk that is looked at after every step."""

    def __init__(self, album: Album) -> None:
        super().__init__()
        self._album = album

    def _offers(self, chance: Random) -> list[tuple[CaseNo, Actor, Offer]]:
        """Bodies are abolished elsewhere (`succeed`), not while walking."""
        return [each for each in super()._offers(chance) if each[2].act != "succeed"]

    def the_law_holds(self) -> None:
        """Look at what has become of the cases."""
        self._album.look(self.story, most=EACH)


def _lapsed(case: Case, story: Story) -> bool:
    """Whether something fell due that the engine has not been told of."""
    return any(h.legal_due < story.now and not h.breached for h in case.duties.values())


def _signature(case: Case) -> Signature:
    duties = frozenset((h.duty.kind, h.breached, h.duty.owner) for h in case.duties.values())
    everybody = tuple(set(case.parties) <= told for told in (case.noticed, case.consented, case.signed))
    blown = getattr(case.opening, "whistle", None), getattr(case.opening, "blower", None)
    seat = case.level if case.kind is CaseKind.MEDIATION else bool(case.awaited_parts)
    counted = min(case.calls, 3), min(case.returns, 1), case.sorting is not None and case.sorting.simple
    return (
        duties, everybody, blown, counted, seat, case.accused, case.parent is None, case.is_confidential,
    )  # fmt: skip


def _openings(dice: Random) -> tuple[Opening, Actor]:
    match dice.choice(["order", "mediation", "petition", "petition", "whistle"]):
        case "order":
            unit = dice.choice([None, None, None, WATER])
            return an_order(dice.choice(list(Service)), unit), dice.choice([YUAN, WORKER, HOTLINE_DESK])
        case "mediation":
            return a_dispute(paper_only=dice.random() < 0.3), dice.choice([WORKER, YUAN])
        case "petition":
            return a_petition(), dice.choice([YUAN, OFFICER])
    kind, hotline = dice.choice(list(WhistleKind)), dice.random() < 0.3
    units = (WATER, POWER) if kind is WhistleKind.EMERGENCY else ()
    opening = a_whistle(kind, HOTLINE if hotline else TOWN, units)
    return opening, head(HOTLINE) if hotline else TOWN_LEADER


@cache
def moments() -> tuple[Moment, ...]:
    """Cases of all four procedures at every stage: planned lives, and walks that are the same each time."""
    album = Album()
    play(album.look)
    for seed in range(WALKS):
        _walk(Random(seed), album)
    return album.moments


def _walk(dice: Random, album: Album) -> None:
    watcher = Watcher(album)
    opening, actor = _openings(dice)
    watcher.story = Story()
    watcher.begin(opening, actor, (STEPS, dice))
