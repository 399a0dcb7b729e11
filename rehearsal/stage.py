"""The stage in the virtual engine, and the agenda that both stages keep."""

import hashlib
import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from domain.acts import Act
from domain.calendar import Calendar
from domain.events import Event
from domain.rulebook import Rulebook
from domain.shelf import Shelf
from domain.vocabulary import CaseNo, Content
from rehearsal.conduct.moment import Ink, Intent, Later
from rehearsal.people import NOTICED, People
from rehearsal.script import Scene
from workflows.core import ActRefused, Core, Start
from workflows.virtual import VirtualEngine

Planned = Scene | Intent
"""What is to happen at an instant: a case is brought, or somebody gets round to an act."""

Witness = Callable[[CaseNo, Event], None]
"""Sees every event of every case, each case's in their order."""

CALENDAR = "cn-2026"


@dataclass(frozen=True, slots=True)
class Editions:
    """The rulebook and the calendar that every case on stage pins, by name or digest."""

    shelf: Shelf
    rulebook: str
    calendar: str = CALENDAR

    @property
    def rules(self) -> Rulebook:
        """The rulebook itself. Raises UnknownEdition."""
        return self.shelf.rulebook(self.rulebook)

    @property
    def days(self) -> Calendar:
        """The calendar itself. Raises UnknownEdition."""
        return self.shelf.calendar(self.calendar)


def _own_instant(planned: Planned) -> datetime:
    return planned.at


class Agenda:
    """What is planned, earliest first; at one instant in the order of case numbers, never of arrival.

    `when` gives the instant by which to order, its own unless given.
    """

    def __init__(self, when: Callable[[Planned], datetime] = _own_instant) -> None:
        self._heap: list[tuple[datetime, CaseNo, str, Planned]] = []
        self._when = when

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, planned: Planned) -> None:
        """Plan something more."""
        place = planned.place if isinstance(planned, Intent) else ""
        heapq.heappush(self._heap, (self._when(planned), planned.number, place, planned))

    def next_at(self) -> datetime | None:
        """When the earliest of it is due."""
        return self._heap[0][0] if self._heap else None

    def take(self) -> Planned:
        """The earliest of it."""
        return heapq.heappop(self._heap)[3]


class VirtualStage:
    """Plays a script in the virtual engine: no clock but the script's. `witnesses` see every event.

    `ink` makes commitments of texts; unless given they stand for texts that are kept nowhere.
    """

    def __init__(
        self, editions: Editions, people: People, witnesses: Sequence[Witness] = (), ink: Ink | None = None
    ) -> None:
        self.engine = VirtualEngine(editions.shelf, self._hear)
        self.refused: Counter[str] = Counter()
        """Act and reason → how often the law refused what somebody tried."""
        self._rulebook, self._calendar = editions.rules.digest, editions.days.digest
        self._people = people
        self._witnesses = witnesses
        self._ink = ink or fake_commitment
        self._agenda = Agenda()

    def play(self, scenes: Iterable[Scene], until: datetime) -> None:
        """Everything up to an instant: arrivals, acts, and lapses between them, each at its own."""
        for scene in scenes:
            self._people.expect(scene.number, scene.key, scene.cue)
            self._agenda.add(scene)
        while self._is_next_reached(until):
            match self._agenda.take():
                case Scene() as scene:
                    self._open(scene)
                case Intent() as intent:
                    self._do(intent)

    def _is_next_reached(self, until: datetime) -> bool:
        """Let lapse what is due before the next thing planned; whether there is one before the end."""
        while True:
            at, due = self._agenda.next_at(), self.engine.next_due()
            if due is not None and due < until and (at is None or due < at):
                self.engine.advance(due + datetime.resolution)
            else:
                return at is not None and at <= until

    def _open(self, scene: Scene) -> None:
        start = Start(
            scene.number, scene.spoken(self._ink), self._rulebook, self._calendar, scene.opener,
            "open", scene.at, drill=True,
        )  # fmt: skip
        self.engine.open(start)

    def _do(self, intent: Intent) -> None:
        case = self.engine.cases[intent.number].case
        match self._people.realise(intent, case, self._ink):
            case Later(at=later):
                self._agenda.add(replace(intent, at=later))
            case Act() as act:
                try:
                    self.engine.act(intent.number, intent.place, intent.actor, act, intent.at)
                except ActRefused as refused:
                    self.refused[f"{act.code}: {refused.refused.code}"] += 1

    def _hear(self, core: Core, events: list[Event]) -> None:
        for event in events:
            for witness in self._witnesses:
                witness(core.number, event)
            if type(event.fact) in NOTICED:
                for intent in self._people.notice(core.number, core.case, event):
                    self._agenda.add(intent)


@lru_cache(maxsize=1 << 12)
def fake_commitment(text: str) -> Content:
    """What stands for a text where no text is kept."""
    return Content("c1:" + hashlib.sha256(text.encode()).hexdigest()[:52])
