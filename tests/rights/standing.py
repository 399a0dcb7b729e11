"""Who somebody is to a case, told from its record alone: nothing here asks the functions under test."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

from domain.actors import Actor
from domain.acts import Act, base, order, petition, whistle
from domain.duties import Duty
from domain.events import (
    Acted,
    CaseClosed,
    CaseLinked,
    CaseOpened,
    DutyBreached,
    DutyFulfilled,
    DutyOpened,
    DutyRelieved,
    Escalated,
    Event,
    Noted,
    StageEntered,
    WindowClosed,
)
from domain.openings import MediationOpening, Opening, OrderOpening, Parent, PetitionOpening, WhistleOpening
from domain.vocabulary import CaseKind, Note, Party, Role, Stage, Unit, WhistleKind


class Rel(StrEnum):
    """A relation to a case, in the words of the domain rules."""

    COMMUNITY = "community"
    TOWN = "town"
    CENTRE = "centre"
    PETITION_OFFICE = "petition_office"
    JOINT_OFFICE = "joint_office"
    GOVERNMENT = "government"
    REVIEW_OFFICE = "review_office"
    RECHECK_OFFICE = "recheck_office"
    SEAT = "seat"
    """The mediation body that has the dispute now."""
    FIRST_SEAT = "first_seat"
    """That body, where it is the lowest: grid workers mediate there too."""
    TOP_SEAT = "top_seat"
    """That body, where it is the city's: its joint office mediates there too."""
    ASKED = "asked"
    """A unit that the order was offered to."""
    LEAD = "lead"
    SENDER = "sender"
    """Who sent the order and rules on its return."""
    CHECKER = "checker"
    """Who asked for the part and takes its result."""
    TOOK_THE_CALL = "took_the_call"
    """The hotline, where it wrote the matter down."""
    BLOWER = "blower"
    EVERYDAY_BLOWER = "everyday_blower"
    TOUGH_BLOWER = "tough_blower"
    HOTLINE_BLOWER = "hotline_blower"
    DEPARTMENT = "department"
    """A department that was whistled for."""
    DISPUTANT = "disputant"
    """A unit in a dispute over jurisdiction, or their common superior."""
    LATE = "late"
    """Who owes what is overdue."""
    INVOLVED = "involved"
    """Any unit that the case has touched."""
    ABOVE = "above"
    """A body above a unit that the case has touched."""
    HOLDER = "holder"
    """A unit that owes or owed something in the case, or opened it."""
    OPENER = "opener"
    """The very person who brought the matter."""
    APPLICANT = "applicant"
    RESPONDENT = "respondent"
    FINDER = "finder"
    """The worker who found the matter, where no party brought it."""
    ANYBODY = "anybody"


@dataclass
class Standing:
    """What the record says about people's places in a case."""

    opening: Opening = field(default=None)  # type: ignore[assignment]
    opener: Actor = field(default=None)  # type: ignore[assignment]
    kind: CaseKind = CaseKind.ORDER
    stage: Stage = Stage.REGISTERED
    closed: bool = False
    seat: Unit | None = None
    lead: Unit | None = None
    checker: Unit | None = None
    asked: set[Unit] = field(default_factory=set)
    departments: set[Unit] = field(default_factory=set)
    disputants: set[Unit] = field(default_factory=set)
    involved: set[Unit] = field(default_factory=set)
    holders: set[Unit] = field(default_factory=set)
    takers: set[Unit] = field(default_factory=set)
    """Units that do a piece of work for the case, in a case of its own."""
    recused: set[str] = field(default_factory=set)
    sorting: petition.Sort | None = None
    duties: dict[int, Duty] = field(default_factory=dict)
    overdue: set[int] = field(default_factory=set)
    _offices: dict[Unit, frozenset[Rel]] = field(default_factory=dict)

    @property
    def parent(self) -> Parent | None:
        return cast(Parent | None, getattr(self.opening, "parent", None))

    @property
    def accused(self) -> Unit | None:
        if self.sorting is not None:
            return self.sorting.accused
        return self.parent.accused if self.parent else None

    @property
    def is_confidential(self) -> bool:
        """An accusation, what names an accused, and what nobody has sorted yet (第30条第3款)."""
        if self.accused is not None:
            return True
        unsorted = self.kind is CaseKind.PETITION and self.sorting is None
        return unsorted or (
            self.sorting is not None and self.sorting.category is petition.Category.ACCUSATION
        )

    @property
    def concerned(self) -> set[Unit]:
        """Who may know: of a private dispute not who only does a piece of work for it (人民调解法 15, 23)."""
        if not isinstance(self.opening, MediationOpening) or self.opening.public:
            return self.involved
        here = self.holders | {self.opening.offices.community, self.opening.offices.town}
        return self.involved - (self.takers - here)

    @property
    def parties(self) -> tuple[tuple[Party, ...], tuple[Party, ...]]:
        """Those who brought the matter, and the other side."""
        match self.opening:
            case MediationOpening(applicants=ones, respondents=others):
                return ones, others
            case OrderOpening(applicant=one):
                return ((one,) if one else ()), ()
            case PetitionOpening(petitioner=one):
                return (one,), ()
        return (), ()

    def is_accused(self, unit: Unit | None) -> bool:
        return self.accused is not None and unit is not None and _below(unit, self.accused)

    def of(self, actor: Actor) -> frozenset[Rel]:
        """Every relation of somebody to the case."""
        if actor.on_behalf_of is not None or actor.role is Role.RESIDENT:
            return frozenset(self._as_party(Party(actor.on_behalf_of or actor.account)))
        return frozenset(self._as_staff(actor)) | {Rel.ANYBODY}

    def _as_party(self, who: Party) -> Iterable[Rel]:
        ones, others = self.parties
        if who in ones:
            yield Rel.APPLICANT
        if who in others:
            yield Rel.RESPONDENT
        if any(self.duties[number].owner.party == who for number in self.overdue & set(self.duties)):
            yield Rel.LATE

    def _as_staff(self, actor: Actor) -> Iterable[Rel]:
        unit = actor.unit
        assert unit is not None
        if unit not in self._offices:
            self._offices[unit] = frozenset(self._as_office(unit))
        yield from self._offices[unit]
        yield from self._by_person(actor, unit)

    def _as_office(self, unit: Unit) -> Iterable[Rel]:
        offices = self.opening.offices
        bodies = {
            Rel.COMMUNITY: offices.community, Rel.TOWN: offices.town, Rel.CENTRE: offices.centre,
            Rel.PETITION_OFFICE: offices.petition_office, Rel.JOINT_OFFICE: offices.joint_office,
            Rel.GOVERNMENT: offices.government, Rel.REVIEW_OFFICE: offices.review_office,
            Rel.RECHECK_OFFICE: offices.recheck_office, Rel.SEAT: self.seat, Rel.LEAD: self.lead,
            Rel.CHECKER: self.checker, Rel.SENDER: self.parent.sender if self.parent else offices.community,
        }  # fmt: skip
        yield from (rel for rel, body in bodies.items() if body == unit)
        groups = {
            Rel.ASKED: self.asked, Rel.DEPARTMENT: self.departments, Rel.DISPUTANT: self.disputants,
            Rel.INVOLVED: self.involved, Rel.HOLDER: self.holders,
        }  # fmt: skip
        yield from (rel for rel, units in groups.items() if unit in units)
        yield from self._as_seat(unit)
        yield from self._as_blower(unit)
        if any(_below(each, unit) for each in self.involved):
            yield Rel.ABOVE

    def _as_seat(self, unit: Unit) -> Iterable[Rel]:
        seats = self.opening.offices.seats
        if self.kind is CaseKind.MEDIATION and unit == self.seat:
            if unit == seats[0]:
                yield Rel.FIRST_SEAT
            if unit == seats[-1]:
                yield Rel.TOP_SEAT

    def _as_blower(self, unit: Unit) -> Iterable[Rel]:
        opening = self.opening
        if isinstance(opening, WhistleOpening) and unit == opening.blower:
            yield Rel.BLOWER
            if opening.blower != opening.offices.town:
                yield Rel.HOTLINE_BLOWER
            elif opening.whistle is WhistleKind.TOUGH:
                yield Rel.TOUGH_BLOWER
            else:
                yield Rel.EVERYDAY_BLOWER

    def _by_person(self, actor: Actor, unit: Unit) -> Iterable[Rel]:
        if actor.account == self.opener.account:
            yield Rel.OPENER
            if self.kind is CaseKind.ORDER and not any(self.parties):
                yield Rel.FINDER
        if unit == self.opener.unit and not _below(unit, self.opening.offices.town):
            yield Rel.TOOK_THE_CALL
        owners = [self.duties[number].owner for number in self.overdue if number in self.duties]
        if any(each.unit == unit and actor.role in each.roles for each in owners):
            yield Rel.LATE


def _below(unit: Unit, body: Unit) -> bool:
    return unit == body or unit.startswith(body + "/")


def standing_of(events: Iterable[Event]) -> Standing:
    """Read the record from its beginning."""
    found = Standing()
    for event in events:
        _read(found, event)
    return found


def _read(case: Standing, event: Event) -> None:
    match event.fact:
        case CaseOpened(kind=kind, opening=opening, actor=actor):
            _open(case, kind, opening, actor)
        case Acted(act=act, actor=actor):
            _acted(case, act, actor)
        case DutyOpened(duty=duty):
            case.duties[duty.number] = duty
            if duty.owner.unit is not None:
                case.involved.add(duty.owner.unit)
                case.holders.add(duty.owner.unit)
        case DutyFulfilled(duty=number) | DutyRelieved(duty=number) | WindowClosed(duty=number):
            del case.duties[number]
        case DutyBreached(duty=number):
            case.overdue.add(number)
        case CaseClosed():
            case.closed = True
        case _:
            _moved(case, event)


def _moved(case: Standing, event: Event) -> None:
    match event.fact:
        case StageEntered(stage=stage, unit=unit):
            case.stage = stage
            case.asked = {unit} if stage is Stage.ACCEPTING and unit else case.asked
            if stage not in (Stage.ACCEPTING, Stage.CLAIMING):
                case.asked = set()
            case.involved |= {unit} if unit else set()
        case Escalated(to=to):
            case.involved.add(to)
            case.seat = to if to in case.opening.offices.seats else case.seat
        case CaseLinked(unit=unit):
            case.involved |= {unit} if unit else set()
            case.takers |= {unit} if unit else set()
        case Noted(note=Note.LEAD_NAMED, unit=unit):
            case.lead = unit
        case Noted(note=Note.DEPARTMENT_RELEASED, unit=unit):
            case.departments.discard(cast(Unit, unit))


def _open(case: Standing, kind: CaseKind, opening: Opening, actor: Actor) -> None:
    case.kind, case.opening, case.opener = kind, opening, actor
    case.involved |= {opening.offices.community, opening.offices.town}
    case.involved |= {actor.unit} if actor.unit else set()
    case.holders |= {actor.unit} if actor.unit else set()
    case.checker = case.parent.checker if case.parent else None
    if kind is CaseKind.MEDIATION:
        case.seat = opening.offices.seats[0]
    if isinstance(opening, WhistleOpening) and opening.whistle is WhistleKind.EMERGENCY:
        case.departments = set(opening.departments)


def _acted(case: Standing, act: Act, actor: Actor) -> None:
    case.involved |= {actor.unit} if actor.unit else set()
    match act:
        case base.Recuse(account=account):
            case.recused.add(account)
        case base.ChangeChecker(unit=unit):
            case.checker = unit
        case order.Dispatch(units=units) if len(units) > 1:
            case.asked = set(units)
        case order.Decline():
            case.asked.discard(cast(Unit, actor.unit))
        case petition.Sort():
            case.sorting = act
        case petition.SwitchToOrdinary():
            pass
        case petition.ReferJurisdiction(units=units, superior=superior):
            case.disputants |= {*units} | ({superior} if superior else set())
        case whistle.Blow(departments=departments):
            case.departments = set(departments)
