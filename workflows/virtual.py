"""The virtual engine: the same procedures under a virtual clock, a heap of cases, and no server."""

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count

from domain.actors import Actor, speaking_case
from domain.acts import Act
from domain.events import Event
from domain.shelf import Shelf
from domain.vocabulary import CaseNo
from workflows.catalogue import PROCEDURES
from workflows.core import ActRefused, Core, Letter, NewCase, Receipt, Start

Listener = Callable[[Core, list[Event]], None]


class VirtualEngine:
    """Cases in memory. Time moves only when told; letters arrive at the instant they were sent."""

    def __init__(self, shelf: Shelf, listener: Listener | None = None) -> None:
        self.cases: dict[CaseNo, Core] = {}
        self.ledger: dict[CaseNo, list[Event]] = {}
        self._shelf = shelf
        self._listener = listener
        self._due: list[tuple[datetime, int, CaseNo]] = []
        self._armed: dict[CaseNo, datetime] = {}
        self._order = count()

    def open(self, start: Start) -> Core:
        """Open a case; the procedure runs to its first wait."""
        core = Core(PROCEDURES[start.opening.kind], start, self._shelf)
        self.cases[start.number] = core
        self.ledger[start.number] = []
        self._flush(core)
        return core

    def act(self, number: CaseNo, act_id: str, actor: Actor, act: Act, at: datetime) -> Receipt:
        """Let everything happen that was due before, then the act. Raises ActRefused."""
        self.advance(at)
        core = self.cases[number]
        try:
            return core.receive(act_id, actor, act, at)
        finally:
            self._flush(core)

    def advance(self, to: datetime) -> None:
        """Move the clock: every duty due before `to` lapses at its own instant, across all cases in order."""
        while self._due and self._due[0][0] < to:
            at, _, number = heapq.heappop(self._due)
            if self._armed.get(number) == at:
                del self._armed[number]
                core = self.cases[number]
                core.tick(_just_after(at))
                self._flush(core)

    def next_due(self) -> datetime | None:
        """The next instant at which any case does something by itself."""
        while self._due:
            at, _, number = self._due[0]
            if self._armed.get(number) == at:
                return at
            heapq.heappop(self._due)
        return None

    def _flush(self, core: Core) -> None:
        self._arm(core)
        events, letters, new_cases = core.drain()
        if events:
            self.ledger[core.number].extend(events)
            if self._listener is not None:
                self._listener(core, events)
        for new in new_cases:
            self._open_part(core, new)
        for letter in letters:
            self._post(core, letter)

    def _arm(self, core: Core) -> None:
        """One entry in the heap counts for each case, that of its earliest due; others are passed over."""
        due = core.next_due()
        if due is None:
            self._armed.pop(core.number, None)
        elif self._armed.get(core.number) != due:
            self._armed[core.number] = due
            heapq.heappush(self._due, (due, next(self._order), core.number))

    def _open_part(self, parent: Core, new: NewCase) -> None:
        self.open(parent.start_of(new))

    def _post(self, sender: Core, letter: Letter) -> None:
        receiver = self.cases.get(letter.to)
        if receiver is None:
            return
        try:
            receiver.receive(letter.id, speaking_case(sender.number), letter.act, letter.at)
        except ActRefused:
            return  # the receiver is closed, or has heard it otherwise
        finally:
            self._flush(receiver)


def _just_after(at: datetime) -> datetime:
    return at + datetime.resolution
