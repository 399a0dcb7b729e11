"""What a procedure sees of the world: the time, its rules, its duties, and the record it writes on."""

from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain.actors import Actor, Owner
from domain.acts import Act, base
from domain.duties import Duty, DutyKind
from domain.events import CaseLinked, Escalated, Noted, StageEntered
from domain.limits import Due, Limit
from domain.openings import Opening, Parent
from domain.rulebook import Rulebook
from domain.state import Case
from domain.vocabulary import CaseNo, Link, Note, Outcome, Share, Stage, Unit

if TYPE_CHECKING:
    from workflows.core import Core


@dataclass(frozen=True, slots=True)
class Done:
    """The owner of an awaited duty acted on it. The duty is closed if the act fulfils its kind."""

    duty: Duty
    act: Act
    actor: Actor


@dataclass(frozen=True, slots=True)
class Lapsed:
    """An awaited duty's legal due instant passed (a breach), or a window closed."""

    duty: Duty


@dataclass(frozen=True, slots=True)
class Came:
    """An act by standing right, or a letter from another case, that the procedure asked for."""

    act: Act
    actor: Actor


Turn = Done | Lapsed | Came


class Interruption(Exception):
    """A standing act that breaks off whatever the procedure waits for."""

    def __init__(self, act: Act, actor: Actor) -> None:
        super().__init__(act.code)
        self.act = act
        self.actor = actor


@dataclass(frozen=True, slots=True)
class Wait:
    """What a procedure waits for: these duties, and these kinds of standing act or letter."""

    duties: frozenset[int]
    acts: tuple[type[Act], ...]

    def __await__(self) -> Generator["Wait", Turn, Turn]:
        return (yield self)

    def takes(self, turn: Turn) -> bool:
        """Whether this turn is one of those awaited."""
        match turn:
            case Came():
                return isinstance(turn.act, self.acts)
            case _:
                return turn.duty.number in self.duties


Procedure = Callable[["Desk", Any], Coroutine[Wait, Turn, Outcome]]
"""An `async` function from a desk and an opening to the outcome of the case."""


class Desk:
    """The only thing a procedure may touch. Nothing here knows what drives it."""

    def __init__(self, core: "Core") -> None:
        self._core = core

    @property
    def now(self) -> datetime:
        """The instant the procedure has reached: an act's, or the very due instant of what lapsed."""
        return self._core.now

    @property
    def rules(self) -> Rulebook:
        """The edition the case pinned when it opened."""
        return self._core.rules

    @property
    def case(self) -> Case:
        """The case as its events made it."""
        return self._core.case

    def open(
        self, kind: DutyKind, owner: Owner, *, rule: str = "", start: datetime | None = None,
        due: datetime | None = None, cap: datetime | None = None, about: str = "",
        remind: tuple[str, ...] = (),
    ) -> Duty:  # fmt: skip
        """Somebody owes something from now on.

        `rule` names the limit (the duty's own kind unless given); it is counted from `start` (now unless
        given). `due` sets the instant outright, `cap` the latest instant allowed, `remind` names limits
        after which the owner is reminded.
        """
        return self._core.open_duty(kind, owner, rule or kind.value, start, due, cap, about, remind)

    def reckon(self, rule: str) -> Due:
        """When a limit would run out that began now, without opening a duty."""
        return self._core.reckon(rule)

    async def next(self, *duties: Duty, acts: tuple[type[Act], ...] = ()) -> Turn:
        """Wait for the first act on, or lapse of, one of these duties, or one of these standing acts."""
        return await Wait(frozenset(d.number for d in duties), acts)

    async def duty(self, kind: DutyKind, owner: Owner, **terms: Any) -> Done | Lapsed:
        """Open a duty and wait until it is fulfilled or lapses; then it is over."""
        duty = self.open(kind, owner, **terms)
        turn = await self.next(duty)
        while isinstance(turn, Done) and self.is_open(duty):
            turn = await self.next(duty)
        if isinstance(turn, Lapsed):
            self.relieve(duty, "lapsed")
        assert not isinstance(turn, Came)
        return turn

    async def insist(self, kind: DutyKind, owner: Owner, **terms: Any) -> Done:
        """Open a duty and wait until it is fulfilled, however late; a breach is recorded and pressed on."""
        duty = self.open(kind, owner, **terms)
        while True:
            turn = await self.next(duty)
            if isinstance(turn, Done) and not self.is_open(duty):
                return turn

    def is_open(self, duty: Duty) -> bool:
        """Whether the duty still awaits its act, breached or not."""
        return duty.number in self.case.duties

    def is_breached(self, duty: Duty) -> bool:
        """Whether an open duty is overdue."""
        return self.case.duties[duty.number].breached

    def is_paused(self, duty: Duty) -> bool:
        """Whether the clock of an open duty stands."""
        return self.case.duties[duty.number].paused

    def legal_due(self, duty: Duty) -> datetime:
        """When an open duty falls due, with everything that moved it."""
        return self.case.duties[duty.number].legal_due

    def standing(self, unit: Unit) -> Unit:
        """The unit, or the one that answers for it since it was abolished. All that goes out is said of that."""
        return self.case.standing(unit)

    def fulfil(self, duty: Duty) -> None:
        """The duty is met by what others have done."""
        self._core.fulfil(duty.number)

    def relieve(self, duty: Duty, why: str) -> None:
        """The duty no longer matters, if it is still open."""
        if self.is_open(duty):
            self._core.relieve(duty.number, why)

    def relieve_all(self, why: str, but: Duty | None = None) -> None:
        """No open duty matters any more, but for one."""
        for number in tuple(self.case.duties):
            if but is None or number != but.number:
                self._core.relieve(number, why)

    def extend(self, duty: Duty, by: Limit, why: str) -> None:
        """Move a duty's dates by a limit counted on from the original start, rolled once."""
        self._core.extend(duty.number, by, why)

    def may_pause(self, duty: Duty, why: str) -> bool:
        """Whether the pinned edition lets this stop the duty's clock."""
        return why in self.rules.limits[duty.rule].pausable_by

    def pause(self, duty: Duty, why: str) -> None:
        """Stop the clock of a duty whose limit allows it."""
        self._core.pause(duty.number, why)

    def resume(self, duty: Duty, why: str) -> None:
        """Let the clock run again; the days it stood are not counted."""
        self._core.resume(duty.number, why)

    def stage(self, stage: Stage, level: str = "", unit: Unit | None = None) -> None:
        """The case stands at another place of its procedure."""
        self._core.emit(StageEntered(stage, level, unit and self.standing(unit)))

    def note(
        self, note: Note, unit: Unit | None = None, about: str = "", number: float | None = None,
        rule: str = "",
    ) -> None:  # fmt: skip
        """Put a fact on the record."""
        self._core.emit(Noted(note, unit and self.standing(unit), about, number), rule)

    def escalate(self, to: Unit, why: str, rule: str) -> None:
        """The matter rises to a higher hand under a rule."""
        self._core.emit(Escalated(self.standing(to), why), rule)

    def open_case(
        self, opening: Opening, link: Link, unit: Unit | None = None, share: Share | None = None,
        mandatory: bool = False,
    ) -> CaseNo:  # fmt: skip
        """Open another case from this one; it reports back with `PartClosed` when it ends."""
        return self._core.open_case(opening, link, unit, share, mandatory)

    def as_parent(self, link: Link, checker: Unit, sender: Unit, **terms: Any) -> Parent:
        """This case as the parent of one it is about to open."""
        return Parent(self._core.number, link, checker, sender, **terms)

    def join(self, number: CaseNo) -> None:
        """This case is about the same matter as another, which hears of it."""
        self._core.emit(CaseLinked(number, self.case.kind, Link.DUPLICATE_OF))
        self._core.tell(number, base.JoinTwin(self.case.kind))

    def tell(self, number: CaseNo, letter: Act) -> None:
        """Send another case a letter."""
        self._core.tell(number, letter)

    def tell_parts(self, letter: Act) -> None:
        """Send every order that still runs for this case a letter."""
        for part in self.case.parts.values():
            if part.link is Link.SPLIT_INTO and part.outcome is None:
                self._core.tell(part.number, letter)
