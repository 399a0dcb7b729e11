"""The register as a pure function of the ledger: what each event changes, whatever stood there before."""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from activities.commitments import references
from domain.actors import Actor
from domain.acts import Act, base, mediation, order, petition, whistle
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
from domain.openings import MediationOpening, Opening, OrderOpening, PetitionOpening, WhistleOpening
from domain.vocabulary import CaseNo, Link, Note, Party, Role, Stage, Unit


class Table(StrEnum):
    """The tables of the register, and the references from events to content."""

    CASE = "case_register"
    DUTY = "duty_register"
    LINK = "link_register"
    RATING = "rating_register"
    REFERENCE = "content_ref"


Key = str | int
"""What tells a row of a table from the others of its case: a duty's number, a linked case, a place."""

Values = Mapping[str, Any]


_NOTHING: Values = MappingProxyType({})


class Change(NamedTuple):
    """What one event does to one row. Many changes of a row, in order, make one (`activities.rows`).

    `new` makes the row; one that is made twice stays as it was made first. `put` sets columns, `first`
    sets those still empty, `add` counts up, `units` joins the units that the case has touched.
    """

    table: Table
    key: Key = ""
    put: Values = _NOTHING
    first: Values = _NOTHING
    add: Mapping[str, int] = _NOTHING
    units: tuple[str, ...] = ()
    new: bool = False


def changes(event: Event) -> Iterator[Change]:
    """Everything in the register, and in the references to content, that one event changes."""
    yield from _CHANGES[type(event.fact)](event.fact, event)
    yield Change(Table.CASE, put={"last_seq": event.seq, "last_at": event.at})
    for commitment in references(event.fact):
        put = {"commitment": commitment, "seq": event.seq}
        yield Change(Table.REFERENCE, f"{event.seq} {commitment}", put, new=True)


def _case(units: tuple[Unit | None, ...] = (), **put: Any) -> Change:
    return Change(Table.CASE, put=put, units=tuple(u for u in units if u is not None))


def _count(*names: str) -> Change:
    return Change(Table.CASE, add=dict.fromkeys(names, 1))


def _duty(number: int, **put: Any) -> Change:
    return Change(Table.DUTY, number, put)


# -- what happens to the case -------------------------------------------------------------------------


def _opened(fact: CaseOpened, event: Event) -> Iterator[Change]:
    opening, offices = fact.opening, fact.opening.offices
    put = {
        "kind": fact.kind.value, "stage": Stage.REGISTERED.value, "matter": opening.matter,
        "community": offices.community, "town": offices.town, "city": offices.city,
        "opened_at": event.at, "rulebook": fact.rulebook, "calendar": fact.calendar, "drill": fact.drill,
        "title": opening.title, "body": opening.text, "opener": fact.actor.account,
        "parties": list(_parties(opening)), **_particulars(opening), **_parent(opening),
    }  # fmt: skip
    yield Change(Table.CASE, put=put, units=(offices.community, offices.town), new=True)


def _parties(opening: Opening) -> tuple[Party, ...]:
    match opening:
        case MediationOpening():
            return opening.applicants + opening.respondents
        case PetitionOpening():
            return (opening.petitioner,)
        case OrderOpening(applicant=applicant) if applicant is not None:
            return (applicant,)
        case _:
            return ()


def _particulars(opening: Opening) -> Values:
    match opening:
        case OrderOpening():
            return {"service": opening.service.value}
        case WhistleOpening():
            return {"whistle": opening.whistle.value}
        case _:
            return {}


def _parent(opening: Opening) -> Values:
    match opening:
        case (
            OrderOpening(parent=parent) | MediationOpening(parent=parent) | PetitionOpening(parent=parent)
            | WhistleOpening(parent=parent)
        ) if parent is not None:  # fmt: skip
            return {"parent_no": parent.number, "link": parent.link.value, "accused": parent.accused}
        case _:
            return {}


def _stage(fact: StageEntered, _: Event) -> Iterator[Change]:
    yield _case((fact.unit,), stage=fact.stage.value, level=fact.level)
    if fact.unit is not None:
        yield _case(unit=fact.unit)


def _escalated(fact: Escalated, _: Event) -> Iterator[Change]:
    yield _case((fact.to,))
    yield _count("escalations")


def _noted(fact: Noted, event: Event) -> Iterator[Change]:
    match fact.note:
        case Note.LEAD_NAMED if fact.unit is not None:
            yield _case(unit=fact.unit, lead=fact.unit)
        case Note.GRADED_BY_DEFAULT:
            yield _case(colour=fact.about)
        case Note.EXTENSION_GRANTED:
            yield _count("extensions")
        case Note.ORDER_WAIVED | Note.ORDER_REASSIGNED:
            yield Change(Table.LINK, fact.about, {"waived": True})


def _closed(fact: CaseClosed, event: Event) -> Iterator[Change]:
    yield _case(stage=Stage.CLOSED.value, outcome=fact.outcome.value, closed_at=event.at)


# -- what happens to its duties -----------------------------------------------------------------------


def _duty_opened(fact: DutyOpened, event: Event) -> Iterator[Change]:
    duty = fact.duty
    put = {
        "kind": duty.kind.value, "nature": duty.nature.value, "owner_unit": duty.owner.unit,
        "owner_roles": [role.value for role in duty.owner.roles], "owner_party": duty.owner.party,
        "rule": duty.rule, "about": duty.about, "counted_from": duty.counted_from,
        "internal_due": duty.internal_due, "legal_due": duty.legal_due, "provisional": duty.provisional,
        "status": "open", "opened_seq": event.seq, "opened_at": event.at,
    }  # fmt: skip
    yield Change(Table.DUTY, duty.number, put, new=True)
    yield _case((duty.owner.unit,))


def _fulfilled(fact: DutyFulfilled, event: Event) -> Iterator[Change]:
    yield _duty(fact.duty, status="fulfilled", settled_at=event.at)


def _relieved(fact: DutyRelieved, event: Event) -> Iterator[Change]:
    yield _duty(fact.duty, status="relieved", settled_at=event.at, why=fact.why)


def _window_closed(fact: WindowClosed, event: Event) -> Iterator[Change]:
    yield _duty(fact.duty, status="closed", settled_at=event.at)


def _breached(fact: DutyBreached, event: Event) -> Iterator[Change]:
    yield _duty(fact.duty, breached_at=event.at)
    yield _count("breaches")


def _moved(fact: DutyMoved, _: Event) -> Iterator[Change]:
    dates = {"internal_due": fact.internal_due, "legal_due": fact.legal_due, "provisional": fact.provisional}
    yield Change(
        Table.DUTY, fact.duty, {**dates, "paused": False}, add={"extended_days": fact.extended_days}
    )  # fmt: skip


def _handed_over(fact: DutyHandedOver, _: Event) -> Iterator[Change]:
    yield _duty(fact.duty, owner_unit=fact.to)
    yield _case((fact.to,))


def _paused(fact: DutyPaused, _: Event) -> Iterator[Change]:
    yield _duty(fact.duty, paused=True)


def _marked(fact: DutyMarked, _: Event) -> Iterator[Change]:
    yield _duty(fact.duty, mark=fact.mark.value)


# -- links and ratings --------------------------------------------------------------------------------


def _linked(fact: CaseLinked, event: Event) -> Iterator[Change]:
    put = {
        "kind": fact.kind.value, "link": fact.link.value, "unit": fact.unit,
        "share": fact.share.value if fact.share else None, "mandatory": fact.mandatory,
        "seq": event.seq, "at": event.at,
    }  # fmt: skip
    yield Change(Table.LINK, fact.number, put, new=True)
    yield _case((fact.unit,))


def _twin(number: CaseNo, event: Event) -> Change:
    put = {"link": Link.DUPLICATE_OF.value, "mandatory": False, "seq": event.seq, "at": event.at}
    return Change(Table.LINK, number, put, new=True)


def _rating(rater: str, actor: Actor, event: Event, **put: Any) -> Change:
    known = {"seq": event.seq, "rater": rater, "account": actor.account, "at": event.at}
    return Change(Table.RATING, event.seq, {**known, **put}, new=True)


def _acted(fact: Acted, event: Event) -> Iterator[Change]:
    if fact.actor.role is not Role.SYSTEM_ADMIN:
        yield _case((fact.actor.unit,))
    if fact.duty is not None and fact.actor.party is None and fact.actor.role is not Role.CASE:
        yield Change(Table.CASE, first={"responded_at": event.at})
    yield from _of_any_case(fact.act, fact.actor, event)
    yield from _of_order(fact.act, event)
    yield from _of_others(fact.act, fact.actor, event)


def _of_any_case(act: Act, actor: Actor, event: Event) -> Iterator[Change]:
    match act:
        case base.PartClosed():
            yield Change(Table.LINK, act.number, {"outcome": act.outcome.value})
        case base.AdoptCalendar():
            yield _case(calendar=act.calendar)
        case base.Succeed():
            yield _case((act.successor,))
        case base.Rate():
            rater = "community" if actor.party is None and act.by is None else "resident"
            marks = {"speed": act.speed, "attitude": act.attitude, "resolution": act.resolution}
            yield _rating(rater, actor, event, **marks)


def _of_order(act: Act, event: Event) -> Iterator[Change]:
    match act:
        case order.AcceptNeed():
            yield _case(service=act.service.value)
            if act.matter is not None:
                yield _case(matter=act.matter)
        case order.Merge():
            yield _twin(act.into, event)
        case order.Return():
            yield _count("returns")
        case order.Complete():
            yield _case(resolved=act.resolved)
        case order.SendBack():
            yield _count("send_backs")


def _of_others(act: Act, actor: Actor, event: Event) -> Iterator[Change]:
    match act:
        case mediation.GradeRisk():
            yield _case(colour=act.colour.value)
        case mediation.ReturnVisit():
            yield _rating("return_visit", actor, event, satisfied=act.satisfied)
        case petition.Sort():
            accusation = act.category is petition.Category.ACCUSATION
            yield _case(category=act.category.value, accused=act.accused, confidential=accusation)
        case petition.RefuseIntake():
            yield _twin(act.same_as, event)
        case whistle.SendBackWhistle():
            yield _count("send_backs")
        case whistle.RateDepartment():
            marks = {"response": act.response, "quality": act.quality}
            yield _rating("blower", actor, event, about=act.department, **marks)
        case whistle.RateBlower():
            yield _rating("department", actor, event, need=act.need, preparation=act.preparation)


_CHANGES: Mapping[type[Fact], Callable[[Any, Event], Iterator[Change]]] = {
    CaseOpened: _opened,
    Acted: _acted,
    DutyOpened: _duty_opened,
    DutyFulfilled: _fulfilled,
    DutyRelieved: _relieved,
    WindowClosed: _window_closed,
    DutyBreached: _breached,
    DutyMoved: _moved,
    DutyHandedOver: _handed_over,
    DutyPaused: _paused,
    DutyMarked: _marked,
    StageEntered: _stage,
    Escalated: _escalated,
    CaseLinked: _linked,
    Noted: _noted,
    CaseClosed: _closed,
}
