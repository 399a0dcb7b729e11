"""The split of a claim 订单分包: its orders, and everything that goes on around the lead's main duty."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from domain.actors import Owner, office
from domain.acts import base
from domain.acts import petition as acts
from domain.duties import Duty, DutyKind
from domain.openings import MediationOpening, OrderOpening, Parent, PetitionOpening
from domain.vocabulary import CaseNo, Link, Note, Outcome, Role, Share, Unit
from workflows.desk import Came, Desk, Done, Lapsed, Turn

_LADDER = (DutyKind.PETITION_NEGOTIATE, DutyKind.PETITION_DECIDE, DutyKind.PETITION_DESIGNATE)
"""Who settles jurisdiction, one after the other (《信访工作条例》第24条)."""


@dataclass(slots=True)
class Work:
    """What the handling of one claim keeps in hand: the lead, its main duty, and what goes on around it."""

    opening: PetitionOpening
    sorting: acts.Sort
    lead: Unit
    main: Duty
    lines: dict[CaseNo, acts.OrderLine] = field(default_factory=dict)
    around: list[Duty] = field(default_factory=list)
    disputes: dict[CaseNo, acts.ReferJurisdiction] = field(default_factory=dict)
    extended: int = 0

    def is_simple(self, desk: Desk) -> bool:
        """Whether the simple procedure still applies (简易办理)."""
        return desk.case.sorting is not None and desk.case.sorting.simple


def place_orders(desk: Desk, work: Work, plan: acts.Split) -> None:
    """Each line of the plan becomes a case of its own."""
    for line in plan.orders:
        _place(desk, work, line)
    desk.note(Note.ORDERS_PLACED, number=len(plan.orders))


def _place(desk: Desk, work: Work, line: acts.OrderLine, returnable: bool = True) -> None:
    """One order, linked both ways, due before the whole."""
    opening = work.opening
    parent = _as_parent(
        desk, work, Link.SPLIT_INTO, share=line.share, mandatory=line.mandatory, cap=_latest_part(desk, work),
        returnable=returnable, accept_rule="petition.objection" if returnable else "petition.sign",
    )  # fmt: skip
    order = OrderOpening(
        offices=opening.offices, matter=opening.matter, title=opening.title, text=line.claim,
        service=line.service, unit=line.unit, parent=parent,
    )  # fmt: skip
    number = desk.open_case(
        order, Link.SPLIT_INTO, unit=line.unit, share=line.share, mandatory=line.mandatory
    )
    work.lines[number] = line


def _latest_part(desk: Desk, work: Work) -> datetime | None:
    """Parts are due before the whole by the joining buffer, or by its very date once that is used up."""
    simple = work.is_simple(desk)
    if work.main.kind is DutyKind.PETITION_HANDLE:
        whole = desk.legal_due(work.main)
    else:
        whole = desk.reckon("petition.simple.handle" if simple else "petition.handle").legal
    buffer = timedelta(days=0 if simple else desk.rules.figures["petition.integration_buffer_days"].n)
    return next((latest for latest in (whole - buffer, whole) if latest > desk.now), None)


def _as_parent(desk: Desk, work: Work, link: Link, **terms: Any) -> Parent:
    sender = work.opening.offices.petition_office
    return desk.as_parent(link, checker=work.lead, sender=sender, accused=work.sorting.accused, **terms)


async def until_fulfilled(desk: Desk, work: Work) -> Done:
    """Wait for the main duty while orders close, come back or are disputed; none of it stops its clock."""
    while True:
        work.around = [duty for duty in work.around if desk.is_open(duty)]
        turn = await desk.next(work.main, *work.around, acts=(base.PartClosed, acts.SwitchToOrdinary))
        if isinstance(turn, Done) and turn.duty is work.main and not desk.is_open(work.main):
            return turn
        _tend(desk, work, turn)


def _tend(desk: Desk, work: Work, turn: Turn) -> None:
    """What goes on around the main duty."""
    match turn:
        case Came(act=base.PartClosed(number=number, outcome=Outcome.RETURNED)) if number in work.lines:
            officers = office(work.opening.offices.petition_office, Role.PETITION_OFFICER)
            _ask(desk, work, DutyKind.PETITION_REASSIGN, officers, "petition.objection_ruling", number)
        case Came(act=acts.SwitchToOrdinary()):
            _make_ordinary(desk, work)
        case Done(act=acts.Reassign(order=number, unit=unit)):
            _give_to(desk, work, number, unit, returnable=True)
        case Done(act=acts.WaiveOrder(order=number)):
            _waive(desk, work, number)
        case Done(act=acts.OpenMediation() as wanted):
            _mediate(desk, work, wanted)
        case Done(duty=duty) | Lapsed(duty=duty) if duty.kind in (DutyKind.PETITION_REASSIGN, *_LADDER):
            _settle_jurisdiction(desk, work, turn)
        case Done() | Lapsed():
            _give_more_time(desk, work, turn)


# -- whose matter it is (第24条) -----------------------------------------------------------------------


def _settle_jurisdiction(desk: Desk, work: Work, turn: Done | Lapsed) -> None:
    """The units negotiate; failing that their common superior decides; failing that the joint conference."""
    match turn:
        case Done(act=acts.ReferJurisdiction(order=number) as dispute):
            work.disputes[number] = dispute
            for unit in dispute.units:
                _ask(desk, work, DutyKind.PETITION_NEGOTIATE, _heads(unit), about=number)
        case Done(act=acts.SettleJurisdiction(order=number, unit=unit)):
            _give_to(desk, work, number, unit, returnable=False)
        case Lapsed(duty=duty) if duty.kind in (DutyKind.PETITION_NEGOTIATE, DutyKind.PETITION_DECIDE):
            desk.relieve(duty, "lapsed")
            if not any(_about(desk, work, CaseNo(duty.about))):
                _raise_dispute(desk, work, work.disputes[CaseNo(duty.about)], duty.kind)


def _raise_dispute(desk: Desk, work: Work, dispute: acts.ReferJurisdiction, failed: DutyKind) -> None:
    """To the common superior, or to the joint conference where there is none or it was silent."""
    if failed is DutyKind.PETITION_NEGOTIATE and dispute.superior is not None:
        desk.escalate(dispute.superior, "jurisdiction_disputed", rule="《信访工作条例》第24条")
        _ask(desk, work, DutyKind.PETITION_DECIDE, _heads(dispute.superior), about=dispute.order)
        return
    conference = work.opening.offices.joint_office
    desk.escalate(conference, "jurisdiction_undecided", rule="《信访工作条例》第24条")
    _ask(desk, work, DutyKind.PETITION_DESIGNATE, office(conference, Role.JOINT_OFFICE), about=dispute.order)


def _give_to(desk: Desk, work: Work, number: CaseNo, unit: Unit, returnable: bool) -> None:
    """Another unit takes a returned order; with the lead's order the lead passes on, its clocks run on."""
    _settle_about(desk, work, number)
    line = replace(work.lines.pop(number), unit=unit)
    desk.note(Note.ORDER_REASSIGNED, unit=unit, about=number)
    if line.share is Share.LEAD and unit != desk.standing(work.lead):
        _pass_lead(desk, work, unit)
    _place(desk, work, line, returnable)


def _pass_lead(desk: Desk, work: Work, unit: Unit) -> None:
    """The new lead answers for everything: the main duty, and the results of the other orders."""
    work.lead = unit
    desk.note(Note.LEAD_NAMED, unit=unit)
    for duty in work.around:
        if duty.kind is DutyKind.PETITION_EXTENSION_DECISION:
            desk.relieve(duty, "lead_changed")
    _move_main(desk, work, work.main.rule)
    desk.tell_parts(base.ChangeChecker(unit))


def _move_main(desk: Desk, work: Work, rule: str) -> None:
    """The main duty in other hands or under another limit, counted from where it began, as extended."""
    old = work.main
    desk.relieve(old, "moved")
    work.main = desk.open(old.kind, heads_and_handlers(work.lead), rule=rule, start=old.counted_from)
    if work.extended:
        _lengthen(desk, work)


def _waive(desk: Desk, work: Work, number: CaseNo) -> None:
    """The answer does without an order; the unit is told to stop."""
    _settle_about(desk, work, number)
    desk.note(Note.ORDER_WAIVED, about=number)
    if desk.case.parts[number].outcome is None:
        desk.tell(number, base.Recall("waived"))


def _settle_about(desk: Desk, work: Work, number: CaseNo) -> None:
    for duty in tuple(_about(desk, work, number)):
        desk.relieve(duty, "settled")


def _about(desk: Desk, work: Work, number: CaseNo) -> Iterator[Duty]:
    return (duty for duty in work.around if duty.about == number and desk.is_open(duty))


# -- time, procedure, mediation -----------------------------------------------------------------------


def _give_more_time(desk: Desk, work: Work, turn: Done | Lapsed) -> None:
    """Once, at most 30 natural days, before expiry, by the head, and the petitioner is told why (第34条)."""
    match turn:
        case Done(act=acts.AskExtension()):
            _ask(desk, work, DutyKind.PETITION_EXTENSION_DECISION, office(work.lead, Role.UNIT_HEAD))
        case Done(act=acts.GrantHandlingExtension(days=days)):
            work.extended = days
            _lengthen(desk, work)
            desk.note(Note.EXTENSION_GRANTED, number=days, rule="《信访工作条例》第34条")
            desk.note(Note.PARTY_TOLD, about="extension", rule="《信访工作条例》第34条")
        case Done(act=acts.RefuseHandlingExtension()):
            desk.note(Note.EXTENSION_REFUSED)
        case Lapsed(duty=duty) if duty is work.main:
            for asked in work.around:
                if asked.kind is DutyKind.PETITION_EXTENSION_DECISION:
                    desk.relieve(asked, "too_late")


def _lengthen(desk: Desk, work: Work) -> None:
    desk.extend(work.main, replace(desk.rules.limits["petition.extension"], n=work.extended), "extension")


def _make_ordinary(desk: Desk, work: Work) -> None:
    """From the simple to the ordinary procedure, counted from the first acceptance."""
    ordinary = {"petition.simple.accept": "petition.notice", "petition.simple.handle": "petition.handle"}
    _move_main(desk, work, ordinary[work.main.rule])


def _mediate(desk: Desk, work: Work, wanted: acts.OpenMediation) -> None:
    """A dispute inside the petition goes to mediation (第33条); the petition's clock runs on."""
    opening = work.opening
    dispute = MediationOpening(
        offices=opening.offices, matter=opening.matter, title=opening.title, text=wanted.text,
        applicants=(opening.petitioner,), respondents=(wanted.respondent,),
        parent=_as_parent(desk, work, Link.MEDIATED_IN, mandatory=False),
    )  # fmt: skip
    desk.open_case(dispute, Link.MEDIATED_IN)


def _ask(desk: Desk, work: Work, kind: DutyKind, owner: Owner, rule: str = "", about: str = "") -> None:
    work.around.append(desk.open(kind, owner, rule=rule, about=about))


def heads_and_handlers(unit: Unit) -> Owner:
    """Who does a unit's work in a petition."""
    return office(unit, Role.HANDLER, Role.UNIT_HEAD)


def _heads(unit: Unit) -> Owner:
    return office(unit, Role.UNIT_HEAD, Role.GOVERNMENT_OFFICE)
