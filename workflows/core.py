"""The stepping core: drives one procedure by hand, act by act and due date by due date, with no engine."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.actors import Actor, Owner, speaking_case
from domain.acts import Act, base, order, petition
from domain.authority import Admitted, Refused, may
from domain.duties import SPECS, Duty, DutyKind, Mark, Nature
from domain.events import (
    Acted,
    CaseClosed,
    CaseLinked,
    CaseOpened,
    DutyBreached,
    DutyFulfilled,
    DutyMarked,
    DutyMoved,
    DutyOpened,
    DutyPaused,
    DutyRelieved,
    Event,
    Fact,
    WindowClosed,
)
from domain.guards import GuardCode
from domain.limits import Due, Limit
from domain.openings import Opening
from domain.rights import Effect
from domain.rulebook import Rulebook
from domain.shelf import Shelf
from domain.state import Case, OpenDuty, apply
from domain.succession import answering
from domain.vocabulary import CaseNo, Link, Outcome, Share, Unit
from workflows.dates import Dates
from workflows.desk import Came, Desk, Done, Interruption, Lapsed, Procedure, Turn, Wait
from workflows.succession import handed_over, owner_now

AFTER = timedelta(milliseconds=1)
"""The ledger's smallest step: what follows a lapse comes at least this much later, so that order is time."""


@dataclass(frozen=True, slots=True)
class Start:
    """How a case begins: its number, its opening, its pinned editions, who opened it and when."""

    number: CaseNo
    opening: Opening
    rulebook: str
    calendar: str
    actor: Actor
    act_id: str
    at: datetime
    drill: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """An act on its way to another case; `id` makes its arrival count once."""

    to: CaseNo
    id: str
    act: Act
    at: datetime


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case that this one opens."""

    number: CaseNo
    opening: Opening
    at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """The first and last event that an act led to."""

    first: int
    last: int


class ActRefused(Exception):
    """The law does not allow the act; nothing was written."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code)
        self.refused = refused


class Core:
    """One running case: a coroutine, the case its events made, and the outbox.

    Time only enters through `receive` and `tick`. Before an act is considered, every duty due before it
    is breached at its own due instant; an act at that very instant is in time.
    """

    def __init__(self, procedure: Procedure, start: Start, shelf: Shelf) -> None:
        self.number = start.number
        self.case = Case()
        self.now = start.at
        self._floor = start.at
        self.rules: Rulebook = shelf.rulebook(start.rulebook)
        self.events: list[Event] = []
        self.letters: list[Letter] = []
        self.new_cases: list[NewCase] = []
        self.receipts: dict[str, Receipt] = {}
        self._shelf = shelf
        self._dates = Dates(self.rules, shelf.calendar(start.calendar))
        self._cause: int | None = None
        self._marks: dict[int, list[tuple[datetime, Mark]]] = {}
        self._numbered = 0
        self._opened: dict[int, Duty] = {}
        self._mail: list[Turn] = []
        self._wait: Wait | None = None
        self._coroutine = procedure(Desk(self), start.opening)
        self._begin(start)

    # -- what the engines call ------------------------------------------------------------------

    def may(self, actor: Actor, act: Act) -> Admitted | Refused:
        """Whether the act is allowed to the case as it stands (see `lapsed`)."""
        verdict = may(self.case, actor, act, self.rules)
        if isinstance(verdict, Admitted) and (found := self._beyond_the_case(act)) is not None:
            return found
        return verdict

    def lapsed(self, now: datetime) -> bool:
        """Whether something fell due before now that was not yet taken in."""
        at = self.next_due()
        return at is not None and at < now

    def receive(self, act_id: str, actor: Actor, act: Act, now: datetime) -> Receipt:
        """Take an act in, after everything that fell due before it.

        The same `act_id` again gives the first receipt. Raises ActRefused.
        """
        if act_id in self.receipts:
            return self.receipts[act_id]
        now = self._reach(now)
        self.now = self._floor = now
        verdict = self.may(actor, act)
        if isinstance(verdict, Refused):
            raise ActRefused(verdict)
        first = self.case.seq + 1
        self._cause = None
        self.emit(Acted(act, actor, act_id, verdict.duty))
        self._cause = first
        self._turn(verdict, act, actor)
        self.receipts[act_id] = Receipt(first, self.case.seq)
        return self.receipts[act_id]

    def tick(self, now: datetime) -> None:
        """Let everything happen that fell due before now, each at its own instant."""
        while past := [each for each in self._coming() if each[0] < now]:
            at, number, mark = min(past)
            self.now = max(self.now, at)
            self._floor = self.now + AFTER
            self._cause = None
            if mark:
                self._mark(number, Mark(mark))
            else:
                self._lapse(self.case.duties[number])

    @property
    def reached(self) -> datetime:
        """The earliest instant at which anything more can come on the record."""
        return self._floor

    def next_due(self) -> datetime | None:
        """The next instant after which something happens by itself."""
        return min((at for at, _, _ in self._coming()), default=None)

    @property
    def has_news(self) -> bool:
        """Whether something came out since the last time."""
        return bool(self.events or self.letters or self.new_cases)

    def start_of(self, new: NewCase) -> Start:
        """How a case begins that this one opens: under the same editions, in this case's name."""
        return Start(
            new.number, new.opening, self.case.rulebook, self.case.calendar,
            speaking_case(self.number), f"{self.number}:open:{new.number}", new.at, self.case.drill,
        )  # fmt: skip

    def drain(self) -> tuple[list[Event], list[Letter], list[NewCase]]:
        """Everything that came out since the last time."""
        out = self.events, self.letters, self.new_cases
        self.events, self.letters, self.new_cases = [], [], []
        return out

    # -- what the desk calls --------------------------------------------------------------------

    def emit(self, fact: Fact, rule: str = "") -> None:
        """Write a fact on the record, now."""
        event = Event(self.case.seq + 1, self.now, fact, self._cause, rule)
        apply(self.case, event)
        self.events.append(event)

    def open_duty(
        self, kind: DutyKind, owner: Owner, rule: str, start: datetime | None, at: datetime | None,
        cap: datetime | None, about: str, remind: tuple[str, ...],
    ) -> Duty:  # fmt: skip
        """Open a duty under a limit, or due at a given instant."""
        self._numbered += 1
        start = start or (self.now if at else self._counted_from(rule))
        dates = Due(at, at, False) if at else self._dates.begin(self._numbered, rule, start, cap)
        marks = tuple((self._dates.reckon(name, start).legal, Mark.REMINDED) for name in remind)
        duty = Duty(
            number=self._numbered, kind=kind, owner=owner_now(self.case, owner), rule=rule, counted_from=start,
            internal_due=dates.internal, legal_due=dates.legal, provisional=dates.provisional,
            nature=SPECS[kind].nature, about=about, cap=cap, marks=marks,
        )  # fmt: skip
        if marks:
            self._marks[duty.number] = list(marks)
        self._opened[duty.number] = duty
        self.emit(DutyOpened(duty), rule)
        return duty

    def reckon(self, rule: str) -> Due:
        """When a limit of the pinned edition runs out that begins now, by the case's calendar."""
        return self._dates.reckon(rule, self._counted_from(rule))

    def fulfil(self, number: int) -> None:
        """A duty is met."""
        self.emit(DutyFulfilled(number), self.case.duties[number].duty.rule)

    def relieve(self, number: int, why: str) -> None:
        """A duty no longer matters."""
        self.emit(DutyRelieved(number, why))

    def extend(self, number: int, by: Limit, why: str) -> None:
        """Count a duty's dates anew with an extension."""
        self._dates.extend(number, by)
        self._move(number, why, int(by.n), by.key)

    def pause(self, number: int, why: str) -> None:
        """Stop a clock that its limit allows to stop."""
        self._dates.pause(number, why, self.now)
        self.emit(DutyPaused(number, why), self.case.duties[number].duty.rule)

    def resume(self, number: int, why: str) -> None:
        """Count a duty's dates anew without the pause."""
        self._dates.resume(number, self.now)
        self._move(number, why, 0, self.case.duties[number].duty.rule)

    def open_case(
        self, opening: Opening, link: Link, unit: Unit | None, share: Share | None, mandatory: bool
    ) -> CaseNo:
        """Open another case, numbered after this one."""
        number = CaseNo(f"{self.number}-{len(self.case.parts) + 1:02d}")
        opening, unit = answering(opening, self.case.standing), unit and self.case.standing(unit)
        self.emit(CaseLinked(number, opening.kind, link, unit, share, mandatory))
        self.new_cases.append(NewCase(number, opening, self.now))
        return number

    def tell(self, number: CaseNo, letter: Act) -> None:
        """Send another case an act."""
        if isinstance(letter, base.ChangeChecker):
            letter = base.ChangeChecker(self.case.standing(letter.unit))
        letter_id = f"{self.number}:{self.case.seq}:{letter.code}:{number}"
        self.letters.append(Letter(number, letter_id, letter, self.now))

    # -- inside ---------------------------------------------------------------------------------

    def _reach(self, now: datetime) -> datetime:
        """The instant at which what is asked for now can be: after all that lapses before, and what that leads to."""
        while True:
            now = max(now, self._floor)
            self.tick(now)
            if self._floor <= now:
                return now

    def _begin(self, start: Start) -> None:
        self.emit(
            CaseOpened(
                start.opening.kind, start.opening, self.rules.digest, self._dates.calendar.digest,
                start.actor, start.act_id, start.drill,
            )
        )  # fmt: skip
        self._cause = 1
        self._advance(None)
        self.receipts[start.act_id] = Receipt(1, self.case.seq)

    def _turn(self, verdict: Admitted, act: Act, actor: Actor) -> None:
        if verdict.duty is not None:
            duty = self._opened[verdict.duty]
            if type(act) in duty.spec.fulfilled_by:
                self.fulfil(duty.number)
            self._deliver(Done(duty, act, actor))
            return
        match verdict.effect:
            case Effect.INTERRUPT:
                self._interrupt(Interruption(act, actor))
            case Effect.DELIVER:
                self._deliver(Came(act, actor))
        match act:
            case base.AdoptCalendar():
                self._adopt(act)
            case base.Succeed():
                for fact, cited in handed_over(self.case, act):
                    self.emit(fact, cited)
            case base.JoinTwin(kind=kind):
                self.emit(CaseLinked(CaseNo(actor.account), kind, Link.DUPLICATE_OF))

    def _deliver(self, turn: Turn) -> None:
        self._mail.append(turn)
        if self._wait is not None and self._wait.takes(turn):
            self._mail.pop()
            self._advance(turn)

    def _advance(self, turn: Turn | None) -> None:
        """Step the procedure until it waits for something that is not in the mail."""
        try:
            self._wait = self._coroutine.send(turn)  # type: ignore[arg-type]
            while (found := self._find_mail()) is not None:
                self._wait = self._coroutine.send(found)
        except StopIteration as end:
            self._close(end.value)

    def _interrupt(self, interruption: Interruption) -> None:
        try:
            self._wait = self._coroutine.throw(interruption)
        except StopIteration as end:
            self._close(end.value)
            return
        if (found := self._find_mail()) is not None:
            self._advance(found)

    def _find_mail(self) -> Turn | None:
        for place, turn in enumerate(self._mail):
            if self._wait is not None and self._wait.takes(turn):
                return self._mail.pop(place)
        return None

    def _close(self, outcome: Outcome) -> None:
        self._wait = None
        for number in tuple(self.case.duties):
            self.relieve(number, "case_closed")
        for part in self.case.parts.values():
            if part.link is Link.SPLIT_INTO and part.outcome is None:
                self.tell(part.number, base.Recall("case_closed"))
        self.emit(CaseClosed(outcome))
        parent = getattr(self.case.opening, "parent", None)
        if parent is not None:
            self.tell(parent.number, base.PartClosed(self.number, outcome))

    def _counted_from(self, rule: str) -> datetime:
        """What follows from a lapse at 24:00 counts from the day that ended; an act at 00:00 from its own."""
        follows_a_lapse = self._floor > self.now
        return self._dates.counted_from(rule, self.now) if follows_a_lapse else self.now

    def _coming(self) -> list[tuple[datetime, int, str]]:
        """Every instant at which something will happen by itself: lapses, and marks on open duties."""
        if not self.case.is_open:
            return []
        duties = self.case.duties
        coming = [(d.legal_due, n, "") for n, d in duties.items() if not (d.breached or d.paused)]
        if self._marks:
            coming += [(at, n, mark.value) for n in duties for at, mark in self._marks.get(n, ())]
        return coming

    def _lapse(self, held: OpenDuty) -> None:
        duty = held.duty
        if duty.nature is Nature.WINDOW:
            self.emit(WindowClosed(duty.number), duty.rule)
        else:
            self.emit(DutyBreached(duty.number), duty.rule)
            self._marks[duty.number] = self._dates.pressing(self.now)
        self._cause = self.case.seq
        self._deliver(Lapsed(self._opened[duty.number]))

    def _mark(self, number: int, mark: Mark) -> None:
        held = self.case.duties[number]
        self._marks[number].remove(min(self._marks[number]))
        if mark is not Mark.BULLETIN or not held.explained:
            self.emit(DutyMarked(number, mark), held.duty.rule)

    def _move(self, number: int, why: str, extended_days: int, rule: str) -> None:
        duty = self.case.duties[number].duty
        dates = self._dates.anew(duty)
        self.emit(DutyMoved(number, dates.internal, dates.legal, dates.provisional, why, extended_days), rule)

    def _adopt(self, act: base.AdoptCalendar) -> None:
        """Count provisional dates anew by the calendar published since; a clock that stands, when it runs."""
        self._dates.calendar = self._shelf.calendar(act.calendar)
        for number, held in tuple(self.case.duties.items()):
            movable = self._dates.can_move(number) and not (held.breached or held.paused)
            if held.provisional and movable:
                self._move(number, "calendar_adopted", 0, held.duty.rule)

    def _beyond_the_case(self, act: Act) -> Refused | None:
        """What the case by itself cannot know: its own number, and which calendars there are."""
        match act:
            case order.Merge(into=self.number) | petition.RefuseIntake(same_as=self.number):
                return Refused(GuardCode.SAME_CASE, (self.number,))
            case base.AdoptCalendar(calendar=name) if not self._shelf.has_calendar(name):
                return Refused(GuardCode.UNKNOWN_CALENDAR, (name,))
        return None
