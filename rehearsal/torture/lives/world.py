"""Lives a life step by step in the virtual engine, and notes at once what must not happen at a step."""

import traceback
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath

from domain.authority import offers
from domain.events import Acted, Event
from domain.guards import says_nothing_new
from domain.shelf import Shelf
from domain.state import Case
from domain.vocabulary import CaseNo, Role
from rehearsal.torture.lives.editions import GrowingShelf, growing
from rehearsal.torture.lives.steps import Brought, Passed, Published, Step, Tried
from workflows.core import ActRefused, Core, Receipt, Start
from workflows.virtual import VirtualEngine


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that must hold and does not: a code that stays the same while a life shrinks, and the rest."""

    code: str
    about: str


@dataclass(frozen=True, slots=True)
class Came:
    """Events that a case put on its record in one go, as the engine's listener heard them."""

    number: CaseNo
    events: tuple[Event, ...]


class World:
    """The cases of one life.

    `wrong` holds what went wrong at a step; after an exception nothing more is done. `batches` are the events in
    the order in which they were written, `written` their number.
    """

    def __init__(self, shelf: Shelf | None = None) -> None:
        self.shelf = shelf or growing()
        self.engine = VirtualEngine(self.shelf, self._hear)
        self.wrong: list[Wrong] = []
        self.batches: list[Came] = []
        self.accepted: dict[str, Tried] = {}
        self.refused: defaultdict[str, int] = defaultdict(int)
        self.repeated = 0
        self.written = 0
        self.broken = False
        self.now: datetime | None = None

    # -- living ---------------------------------------------------------------------------------

    def live(self, steps: Iterable[Step]) -> "World":
        """Take steps until one breaks the world."""
        for step in steps:
            if not self.broken:
                self.take(step)
        return self

    def take(self, step: Step) -> None:
        """One step. An exception other than a refusal is something wrong, and the end of the world."""
        try:
            self._take(step)
        except Exception as bug:
            self.broken = True
            self.wrong.append(Wrong(f"raised {_where(bug)}", f"{type(bug).__name__}: {bug} at {step}"))

    def advance(self, to: datetime) -> None:
        """Let time pass; what falls due before lapses."""
        self.now = max(to, self.now or to)
        self.engine.advance(to)

    def case(self, number: CaseNo) -> Case:
        """A case as it stands."""
        return self.engine.cases[number].case

    def _take(self, step: Step) -> None:
        match step:
            case Brought():
                self.advance(step.at)
                self._bring(step)
            case Tried() if step.number in self.engine.cases:
                self.advance(step.at)
                self._try(step)
            case Passed():
                self.advance(step.at)
            case Published() if isinstance(self.shelf, GrowingShelf):
                self.shelf.publish(step.edition)

    def _bring(self, step: Brought) -> None:
        start = Start(
            step.number, step.opening, self.shelf.rulebook(step.rulebook).digest,
            self.shelf.calendar(step.calendar).digest, step.actor, "open", step.at, drill=True,
        )  # fmt: skip
        self.engine.open(start)

    def _try(self, step: Tried) -> None:
        case, before = self.case(step.number), self.written
        core = self.engine.cases[step.number]
        known = core.receipts.get(step.id)
        # What an act before opened too late lapses before this one, in the same go: nobody was asked after that.
        settled = not core.lapsed(max(step.at, core.reached))
        seq, offered = case.seq, step.sure or self._is_offered(step)
        try:
            receipt = self.engine.act(step.number, step.id, step.actor, step.act, step.at)
        except ActRefused as refused:
            self._refuse(step, refused.refused.code, settled, self.written - before)
            return
        if known is not None:
            self._repeat(step, receipt == known, self.written - before)
        else:
            self._accept(step, receipt, seq if settled else receipt.first - 1, offered)

    def _is_offered(self, step: Tried) -> bool:
        """Whether somebody might have been asked for it; what only repeats the record may be said unasked."""
        core = self.engine.cases[step.number]
        if says_nothing_new(core.case, type(step.act), step.actor):
            return True
        return any(each.act == step.act.code for each in offers(core.case, step.actor, core.rules))

    def _refuse(self, step: Tried, code: str, settled: bool, written: int) -> None:
        self.refused[code] += 1
        if written and settled:
            self._note("refused act left events", f"{written} after {step}")
        if step.sure and settled:
            self._note(f"offered and refused {step.act.code} {code}", str(step))

    def _repeat(self, step: Tried, same: bool, written: int) -> None:
        self.repeated += 1
        if written or not same:
            self._note("repeated act counted again", f"{written} events, same receipt {same}: {step}")

    def _accept(self, step: Tried, receipt: Receipt, seq: int, offered: bool) -> None:
        """Exactly one act came on the record, at the first event of its receipt; others followed from it."""
        self.accepted[f"{step.number} {step.id}"] = step
        record = self.engine.ledger[step.number]
        own = record[receipt.first - 1 : receipt.last]
        acted = own[0].fact
        if receipt.first != seq + 1 or not isinstance(acted, Acted) or acted.act_id != step.id:
            self._note("receipt shows another act", f"{receipt} after {seq}: {step}")
        if any(event.cause != receipt.first for event in own[1:]):
            self._note("receipt holds what did not follow", f"{receipt}: {step}")
        if not offered and step.actor.role is not Role.CASE:
            self._note(f"admitted and not offered {step.act.code}", str(step))

    def _note(self, code: str, about: str) -> None:
        self.wrong.append(Wrong(code, about))

    def _hear(self, core: Core, events: list[Event]) -> None:
        self.written += len(events)
        self.batches.append(Came(core.number, tuple(events)))


def instant(at: datetime) -> datetime:
    """An instant as the ledger has it, in whole milliseconds."""
    return at - timedelta(microseconds=at.microsecond % 1000)


def _where(bug: BaseException) -> str:
    """The innermost line of ours that raised it: the same while a life shrinks."""
    frames = traceback.extract_tb(bug.__traceback__)
    last = next((each for each in reversed(frames) if "site-packages" not in each.filename), frames[-1])
    return f"{type(bug).__name__} {PurePath(last.filename).stem}.{last.name}"
