"""The stage: plays a script with simulated people, act by act in the order of drill time."""

import hashlib
import heapq
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from domain.acts import Act
from domain.events import Event
from domain.shelf import Shelf
from domain.state import Case
from domain.vocabulary import CaseNo, Content
from rehearsal.conduct.moment import Intent, Later
from rehearsal.people import People
from rehearsal.script import Scene
from rehearsal.summary import Tally
from workflows.core import ActRefused, Core, Start
from workflows.virtual import VirtualEngine

Planned = Scene | Intent
"""What is to happen at an instant: a case is brought, or somebody gets round to an act."""

Witness = Callable[[CaseNo, Case, Event], None]
"""Sees every event, with the case as it stands."""


class Agenda:
    """What is planned, earliest first; at one instant in the order of case numbers, never of arrival."""

    def __init__(self, scenes: Iterable[Scene] = ()) -> None:
        self._heap: list[tuple[datetime, CaseNo, str, Planned]] = []
        for scene in scenes:
            self.add(scene)

    def add(self, planned: Planned) -> None:
        """Plan something more."""
        place = planned.place if isinstance(planned, Intent) else ""
        heapq.heappush(self._heap, (planned.at, planned.number, place, planned))

    def next_at(self) -> datetime | None:
        """When the earliest of it is due."""
        return self._heap[0][0] if self._heap else None

    def take(self) -> Planned:
        """The earliest of it."""
        return heapq.heappop(self._heap)[3]

    def __len__(self) -> int:
        return len(self._heap)


class VirtualStage:
    """The virtual engine as a stage: no clock but the script's, nothing kept but counts.

    `witness` sees every event after the case has taken it in.
    """

    def __init__(self, shelf: Shelf, people: People, tally: Tally, witness: Witness | None = None) -> None:
        self.engine = VirtualEngine(shelf, self._hear)
        self._people = people
        self._tally = tally
        self._witness = witness
        self._agenda = Agenda()

    def play(self, scenes: Iterable[Scene], rulebook: str, calendar: str, until: datetime) -> None:
        """Everything up to an instant: arrivals, acts, and lapses between them, each at its own."""
        for scene in scenes:
            self._people.cues[scene.number] = scene.cue
            self._agenda.add(scene)
        while (at := self._step(until)) is not None:
            match self._agenda.take():
                case Scene() as scene:
                    self._open(scene, rulebook, calendar)
                case Intent() as intent:
                    self._do(intent, at)

    def _step(self, until: datetime) -> datetime | None:
        """Let lapse what is due before the next thing planned; when that is, or None at the end."""
        while True:
            at, due = self._agenda.next_at(), self.engine.next_due()
            if due is not None and due < until and (at is None or due < at):
                self.engine.advance(due + datetime.resolution)
            else:
                return at if at is not None and at <= until else None

    def _open(self, scene: Scene, rulebook: str, calendar: str) -> None:
        opening = scene.spoken(fake_commitment)
        self._tally.brought += 1
        self.engine.open(
            Start(scene.number, opening, rulebook, calendar, scene.opener, "open", scene.at, drill=True)
        )

    def _do(self, intent: Intent, at: datetime) -> None:
        case = self.engine.cases[intent.number].case
        match self._people.realise(intent, case, fake_commitment):
            case Later(at=later):
                self._agenda.add(replace(intent, at=later))
            case Act() as act:
                try:
                    self.engine.act(intent.number, intent.place, intent.actor, act, at)
                except ActRefused as refused:
                    self._tally.refused[f"{act.code}: {refused.refused.code}"] += 1

    def _hear(self, core: Core, events: list[Event]) -> None:
        for event in events:
            self._tally.note(core.number, event)
            if self._witness is not None:
                self._witness(core.number, core.case, event)
            for intent in self._people.notice(core.number, core.case, event):
                self._agenda.add(intent)


@lru_cache(maxsize=1 << 12)
def fake_commitment(text: str) -> Content:
    """What stands for a text where no text is kept."""
    return Content("c1:" + hashlib.sha256(text.encode()).hexdigest()[:52])
