"""A case as it stands: the fold of its events, and nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from domain.acts import Act, base, mediation, petition, whistle
from domain.actors import Actor
from domain.duties import Duty
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
    Escalated,
    Event,
    Fact,
    Noted,
    StageEntered,
    WindowClosed,
)
from domain.openings import MediationOpening, Opening, OrderOpening, PetitionOpening
from domain.vocabulary import CaseKind, CaseNo, Link, Note, Outcome, Party, Share, Stage, Unit


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
    opening: Opening = field(default=None)  # type: ignore[arg-type]
    opener: Actor = field(default=None)  # type: ignore[arg-type]
    rulebook: str = ""
    calendar: str = ""
    drill: bool = False
    seq: int = 0
    opened_at: datetime = field(default=None)  # type: ignore[arg-type]
    last_at: datetime = field(default=None)  # type: ignore[arg-type]
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    stage: Stage = Stage.REGISTERED
    level: str = ""
    lead: Unit | None = None
    duties: dict[int, OpenDuty] = field(default_factory=dict)
    parties: tuple[Party, ...] = ()
    units: set[Unit] = field(default_factory=set)
    parts: dict[CaseNo, Part] = field(default_factory=dict)
    notes: set[Note] = field(default_factory=set)
    noticed: set[Party] = field(default_factory=set)
    consented: set[Party] = field(default_factory=set)
    signed: set[Party] = field(default_factory=set)
    on_paper: set[Party] = field(default_factory=set)
    agreement: mediation.Agree | None = None
    sorting: petition.Sort | None = None
    recused: set[str] = field(default_factory=set)
    objected: set[Unit] = field(default_factory=set)
    send_backs: int = 0
    extensions: int = 0

    @property
    def is_open(self) -> bool:
        """Whether the procedure still runs."""
        return self.closed_at is None

    @property
    def accused(self) -> Unit | None:
        """The unit an accusation names."""
        return self.sorting.accused if self.sorting else None

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
        case.units.add(duty.owner.unit)


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


def _escalated(case: Case, fact: Escalated, _: datetime) -> None:
    case.units.add(fact.to)


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
            case.lead = fact.unit
        case Note.EXTENSION_GRANTED:
            case.extensions += 1
        case Note.ORDER_WAIVED | Note.ORDER_REASSIGNED:
            case.parts[CaseNo(fact.about)].waived = True


def _closed(case: Case, fact: CaseClosed, at: datetime) -> None:
    case.closed_at, case.outcome, case.stage = at, fact.outcome, Stage.CLOSED


def _nothing(case: Case, fact: Fact, at: datetime) -> None:
    """A fact that only matters for the record."""


def _acted(case: Case, fact: Acted, _: datetime) -> None:
    if fact.actor.unit is not None:
        case.units.add(fact.actor.unit)
    _take(case, fact.act, fact.actor, fact.duty)


def _take(case: Case, act: Act, actor: Actor, duty: int | None) -> None:
    match act:
        case base.PartClosed():
            case.parts[act.number].outcome = act.outcome
        case base.AdoptCalendar():
            case.calendar = act.calendar
        case base.Recuse():
            case.recused.add(act.account)
        case base.ExplainDelay():
            for held in case.duties.values():
                held.explained = held.explained or held.duty.owner.is_met_by(actor)
        case mediation.ServeNotice():
            case.noticed.add(act.to)
        case mediation.Consent() if actor.party is not None:
            case.consented.add(actor.party)
        case mediation.SignAgreement() if actor.party is not None:
            case.signed.add(actor.party)
            if act.scan is not None:
                case.on_paper.add(actor.party)
        case mediation.Agree():
            case.agreement = act
        case petition.Sort():
            case.sorting = act
        case whistle.ObjectWhistle() if actor.unit is not None:
            case.objected.add(actor.unit)
        case _ if act.code in ("order.send_back", "whistle.send_back"):
            case.send_backs += 1


_APPLY = {
    CaseOpened: _opened,
    Acted: _acted,
    DutyOpened: _duty_opened,
    DutyFulfilled: _duty_ended,
    DutyRelieved: _duty_ended,
    WindowClosed: _duty_ended,
    DutyBreached: _duty_breached,
    DutyMoved: _duty_moved,
    DutyPaused: _duty_paused,
    DutyMarked: _nothing,
    StageEntered: _stage,
    Escalated: _escalated,
    CaseLinked: _linked,
    Noted: _noted,
    CaseClosed: _closed,
}
