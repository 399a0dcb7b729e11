"""A case as it stands: the fold of its events, and nothing else."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.actors import Actor
from domain.acts import mediation, petition
from domain.duties import Duty
from domain.events import (
    Acted,
    CaseClosed,
    CaseLinked,
    CaseOpened,
    DutyBreached,
    DutyFulfilled,
    DutyHandedOver,
    DutyMarked,
    DutyMoved,
    DutyOpened,
    DutyPaused,
    DutyRelieved,
    Escalated,
    Event,
    Fact,
    Noted,
    StageEntered,
    WindowClosed,
)
from domain.openings import MediationOpening, Opening, OrderOpening, Parent, PetitionOpening
from domain.remembering import REMEMBERED
from domain.vocabulary import CaseKind, CaseNo, Link, Note, Outcome, Party, Role, Share, Stage, Unit


@dataclass(slots=True)
class OpenDuty:
    """A duty that still awaits its act."""

    duty: Duty
    legal_due: datetime
    internal_due: datetime
    provisional: bool
    breached: bool = False
    paused: bool = False
    explained: bool = False


@dataclass(slots=True)
class Part:
    """A case that this case opened."""

    number: CaseNo
    kind: CaseKind
    link: Link
    unit: Unit | None
    share: Share | None
    mandatory: bool
    outcome: Outcome | None = None
    waived: bool = False

    @property
    def settled(self) -> bool:
        """Whether the joint answer need not wait for it."""
        return self.waived or (self.outcome is not None and self.outcome is not Outcome.RETURNED)


@dataclass(slots=True)
class Case:
    """Everything the law asks about a case; built by `evolve` alone."""

    kind: CaseKind = CaseKind.ORDER
    opening: Opening = field(default=None)  # type: ignore[assignment]
    opener: Actor = field(default=None)  # type: ignore[assignment]
    rulebook: str = ""
    calendar: str = ""
    drill: bool = False
    seq: int = 0
    opened_at: datetime = field(default=None)  # type: ignore[assignment]
    last_at: datetime = field(default=None)  # type: ignore[assignment]
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    stage: Stage = Stage.REGISTERED
    level: str = ""
    lead: Unit | None = None
    at: Unit | None = None
    """Whom the case is with: the unit last named by a stage or as lead."""
    duties: dict[int, OpenDuty] = field(default_factory=dict)
    parties: tuple[Party, ...] = ()
    units: set[Unit] = field(default_factory=set)
    """Every unit the case has touched, the community and the town of the place among them."""
    owed: dict[int, Unit] = field(default_factory=dict)
    """Every duty that a unit owes or owed, settled ones too, with that unit."""
    successors: dict[Unit, Unit] = field(default_factory=dict)
    """Bodies abolished while the case was open, with those that answer for them (《信访工作条例》第24条)."""
    parts: dict[CaseNo, Part] = field(default_factory=dict)
    notes: set[Note] = field(default_factory=set)
    noticed: set[Party] = field(default_factory=set)
    consented: set[Party] = field(default_factory=set)
    signed: set[Party] = field(default_factory=set)
    on_paper: set[Party] = field(default_factory=set)
    chosen: dict[Party, str] = field(default_factory=dict)
    agreement: mediation.Agree | None = None
    sorting: petition.Sort | None = None
    hearing: bool = False
    staff: dict[str, Unit] = field(default_factory=dict)
    """Accounts that acted for a unit, with the unit they last acted for."""
    recused: set[str] = field(default_factory=set)
    objected: set[Unit] = field(default_factory=set)
    returned: set[Unit] = field(default_factory=set)
    checker: Unit | None = None
    returns: int = 0
    calls: int = 0
    send_backs: int = 0
    extensions: int = 0

    @property
    def is_open(self) -> bool:
        """Whether the procedure still runs."""
        return self.closed_at is None

    @property
    def holders(self) -> set[Unit]:
        """Units that owe or owed something in the case, and the one that opened it."""
        opener = self.opener.unit
        return {*self.owed.values(), *((opener,) if opener is not None else ())}

    def standing(self, unit: Unit) -> Unit:
        """The unit that answers for this one in the case now: itself, or the end of its line of successors."""
        return self.standing(self.successors[unit]) if unit in self.successors else unit

    @property
    def accused(self) -> Unit | None:
        """The unit that a petition, or the petition this is a part of, accuses."""
        if self.sorting is not None:
            return self.sorting.accused
        return self.parent.accused if self.parent else None

    @property
    def parent(self) -> Parent | None:
        """The case that opened this one, and its terms."""
        parent: Parent | None = getattr(self.opening, "parent", None)
        return parent

    @property
    def is_confidential(self) -> bool:
        """Whether only those who hold the case may see it: it accuses somebody, or may turn out to.

        《信访工作条例》第30条第3款: nothing of an accusation is disclosed to the person or unit accused.
        """
        if self.kind is CaseKind.PETITION and self.sorting is None:
            return True
        accuses = self.sorting is not None and self.sorting.category is petition.Category.ACCUSATION
        return accuses or self.accused is not None

    @property
    def mediator(self) -> str | None:
        """The account of the mediator whom every party chose (《人民调解法》第19、23条)."""
        choices = [self.chosen.get(each) for each in self.parties]
        return choices[0] if choices and len(set(choices)) == 1 else None

    @property
    def awaited_parts(self) -> tuple[Part, ...]:
        """Mandatory parts the joint answer still waits for."""
        return tuple(p for p in self.parts.values() if p.mandatory and not p.settled)


def evolve(events: Iterable[Event], case: Case | None = None) -> Case:
    """The case after these events."""
    case = case or Case()
    for event in events:
        apply(case, event)
    return case


def apply(case: Case, event: Event) -> None:
    """Take one event into the case."""
    case.seq = event.seq
    case.last_at = event.at
    _APPLY[type(event.fact)](case, event.fact, event.at)


def _opened(case: Case, fact: CaseOpened, at: datetime) -> None:
    case.kind, case.opening, case.opener = fact.kind, fact.opening, fact.actor
    case.rulebook, case.calendar, case.drill = fact.rulebook, fact.calendar, fact.drill
    case.opened_at = at
    case.units.update((fact.opening.offices.community, fact.opening.offices.town))
    if fact.actor.unit is not None:
        case.units.add(fact.actor.unit)
    case.checker = case.parent.checker if case.parent else None
    match fact.opening:
        case MediationOpening():
            case.parties = fact.opening.applicants + fact.opening.respondents
        case OrderOpening():
            case.parties = (fact.opening.applicant,) if fact.opening.applicant else ()
        case PetitionOpening():
            case.parties = (fact.opening.petitioner,)


def _duty_opened(case: Case, fact: DutyOpened, _: datetime) -> None:
    duty = fact.duty
    case.duties[duty.number] = OpenDuty(duty, duty.legal_due, duty.internal_due, duty.provisional)
    if duty.owner.unit is not None:
        _owes(case, duty.number, duty.owner.unit)


def _owes(case: Case, duty: int, unit: Unit) -> None:
    case.units.add(unit)
    case.owed[duty] = unit


def _handed_over(case: Case, fact: DutyHandedOver, _: datetime) -> None:
    held = case.duties[fact.duty]
    held.duty = replace(held.duty, owner=replace(held.duty.owner, unit=fact.to))
    _owes(case, fact.duty, fact.to)


def _duty_ended(case: Case, fact: DutyFulfilled | DutyRelieved | WindowClosed, _: datetime) -> None:
    del case.duties[fact.duty]


def _duty_breached(case: Case, fact: DutyBreached, _: datetime) -> None:
    case.duties[fact.duty].breached = True


def _duty_moved(case: Case, fact: DutyMoved, _: datetime) -> None:
    held = case.duties[fact.duty]
    held.legal_due, held.internal_due, held.provisional = fact.legal_due, fact.internal_due, fact.provisional
    held.paused = False


def _duty_paused(case: Case, fact: DutyPaused, _: datetime) -> None:
    case.duties[fact.duty].paused = True


def _stage(case: Case, fact: StageEntered, _: datetime) -> None:
    case.stage, case.level = fact.stage, fact.level
    if fact.unit is not None:
        case.units.add(fact.unit)
        case.at = fact.unit


def _escalated(case: Case, fact: Escalated, _: datetime) -> None:
    case.units.add(fact.to)
    case.chosen.clear()  # the parties chose among the mediators of the seat below


def _linked(case: Case, fact: CaseLinked, _: datetime) -> None:
    case.parts[fact.number] = Part(
        fact.number, fact.kind, fact.link, fact.unit, fact.share, fact.mandatory
    )  # fmt: skip
    if fact.unit is not None:
        case.units.add(fact.unit)


def _noted(case: Case, fact: Noted, _: datetime) -> None:
    case.notes.add(fact.note)
    match fact.note:
        case Note.LEAD_NAMED:
            case.lead = case.at = fact.unit
        case Note.EXTENSION_GRANTED:
            case.extensions += 1
        case Note.ORDER_WAIVED | Note.ORDER_REASSIGNED:
            case.parts[CaseNo(fact.about)].waived = True


def _closed(case: Case, fact: CaseClosed, at: datetime) -> None:
    case.closed_at, case.outcome, case.stage = at, fact.outcome, Stage.CLOSED


def _nothing(case: Case, fact: Fact, at: datetime) -> None:
    """A fact that only matters for the record."""


def _acted(case: Case, fact: Acted, _: datetime) -> None:
    if fact.actor.unit is not None and fact.actor.role is not Role.SYSTEM_ADMIN:
        case.units.add(fact.actor.unit)
        case.staff[fact.actor.account] = fact.actor.unit
    if (take := REMEMBERED.get(type(fact.act))) is not None:
        take(case, fact.act, fact.actor)


_APPLY: dict[type[Fact], Callable[[Case, Any, datetime], None]] = {
    CaseOpened: _opened,
    Acted: _acted,
    DutyOpened: _duty_opened,
    DutyFulfilled: _duty_ended,
    DutyRelieved: _duty_ended,
    WindowClosed: _duty_ended,
    DutyBreached: _duty_breached,
    DutyMoved: _duty_moved,
    DutyHandedOver: _handed_over,
    DutyPaused: _duty_paused,
    DutyMarked: _nothing,
    StageEntered: _stage,
    Escalated: _escalated,
    CaseLinked: _linked,
    Noted: _noted,
    CaseClosed: _closed,
}
