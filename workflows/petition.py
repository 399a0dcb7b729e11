"""The petition: sorted, split into orders with one lead, rejoined in one opinion, reviewed twice at most."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.actors import Owner, office, party
from domain.acts import base, petition as acts
from domain.duties import Duty, DutyKind
from domain.openings import MediationOpening, OrderOpening, PetitionOpening
from domain.vocabulary import CaseNo, Link, Note, Outcome, Party, Role, Share, Stage, Unit
from workflows.desk import Came, Desk, Done, Interruption, Lapsed, Turn


async def petition(desk: Desk, opening: PetitionOpening) -> Outcome:
    """One petition under 《信访工作条例》, from registration to its final answer."""
    try:
        return await _run(desk, opening)
    except Interruption as broken:
        desk.relieve_all(broken.act.code)
        return Outcome.RECALLED if isinstance(broken.act, base.Recall) else Outcome.WITHDRAWN


async def _run(desk: Desk, opening: PetitionOpening) -> Outcome:
    """Register and sort within the days of 第22条; then each kind goes its own way (第29—31条)."""
    route = desk.open(DutyKind.PETITION_ROUTE, _officers(opening))
    desk.stage(Stage.SORTING, unit=opening.offices.petition_office)
    match (await desk.insist(DutyKind.PETITION_SORT, _officers(opening))).act:
        case acts.RefuseIntake(same_as=same):
            desk.fulfil(route)
            desk.link(same, Link.DUPLICATE_OF)
            return _tell_ways(desk, "same_matter", Outcome.NOT_ACCEPTED)
        case acts.Sort(category=acts.Category.CLAIM) as sorting:
            return await _claim(desk, opening, sorting, route)
        case acts.Sort() as sorting:
            return await _hand_over(desk, opening, sorting, route)
    raise AssertionError


async def _hand_over(desk: Desk, opening: PetitionOpening, sorting: acts.Sort, route: Duty) -> Outcome:
    """A suggestion or an accusation is transferred and answered; the accused never see it (第29、30条)."""
    _report_urgent(desk, opening, sorting)
    unit = opening.offices.petition_office
    transferred = await desk.insist(DutyKind.PETITION_TRANSFER, _officers(opening), rule="petition.split")
    if isinstance(transferred.act, acts.Transfer):
        unit = transferred.act.unit
    desk.fulfil(route)
    desk.note(Note.LEAD_NAMED, unit=unit)
    desk.stage(Stage.HANDLING, unit=unit)
    await desk.insist(DutyKind.PETITION_REPLY, _handlers(unit), rule="petition.advice_feedback")
    desk.note(Note.PARTY_TOLD, about=sorting.category)
    return Outcome.ANSWERED if sorting.category is acts.Category.SUGGESTION else Outcome.TRANSFERRED


async def _claim(desk: Desk, opening: PetitionOpening, sorting: acts.Sort, route: Duty) -> Outcome:
    """A claim with a way of its own is shown to it; the rest is split, answered, served and reviewed (第31条)."""
    _report_urgent(desk, opening, sorting)
    if sorting.path is not acts.Path.RESIDUAL:
        desk.fulfil(route)
        return _tell_ways(desk, str(sorting.path), Outcome.DIVERTED)
    work = await _split(desk, opening, sorting)
    desk.fulfil(route)
    if not await _accepted(desk, work):
        return _tell_ways(desk, "not_accepted", Outcome.NOT_ACCEPTED)
    await _answer(desk, work)
    desk.stage(Stage.SERVING, unit=work.lead)
    await desk.insist(DutyKind.PETITION_SERVE, _handlers(work.lead))
    return await _review(desk, opening)


@dataclass(slots=True)
class _Work:
    """What the handling of one claim keeps in hand: the lead, the main duty, and what goes on around it."""

    opening: PetitionOpening
    simple: bool
    cap: datetime
    lead: Unit
    main: Duty
    lines: dict[CaseNo, acts.OrderLine] = field(default_factory=dict)
    around: list[Duty] = field(default_factory=list)


async def _split(desk: Desk, opening: PetitionOpening, sorting: acts.Sort) -> _Work:
    """The plan (分单): exactly one lead; each order falls due before the whole by the joining buffer."""
    desk.stage(Stage.SPLITTING, unit=opening.offices.petition_office)
    plan = (await desk.insist(DutyKind.PETITION_SPLIT, _officers(opening))).act
    assert isinstance(plan, acts.Split)
    lead = plan.lead.unit
    desk.note(Note.LEAD_NAMED, unit=lead)
    rule = "petition.simple.accept" if sorting.simple else "petition.notice"
    notice = desk.open(DutyKind.PETITION_NOTICE, _handlers(lead), rule=rule)
    work = _Work(opening, sorting.simple, _latest_part(desk, sorting.simple), lead, notice)
    for line in plan.orders:
        _place(desk, work, line)
    desk.note(Note.ORDERS_PLACED, number=len(plan.orders))
    return work


def _latest_part(desk: Desk, simple: bool) -> datetime:
    """Parts are due ten days before the whole, were it accepted today."""
    if simple:
        return desk.reckon("petition.simple.handle").legal
    buffer = timedelta(days=desk.rules.figures["petition.integration_buffer_days"].n)
    return desk.reckon("petition.handle").legal - buffer


def _place(desk: Desk, work: _Work, line: acts.OrderLine, returnable: bool = True) -> None:
    """One order of the split becomes a case of its own, linked both ways."""
    opening = work.opening
    order = OrderOpening(
        offices=opening.offices, matter=opening.matter, title=opening.title, text=line.claim,
        service=line.service, unit=line.unit,
        parent=desk.as_parent(
            Link.SPLIT_INTO, checker=work.lead, sender=opening.offices.petition_office, share=line.share,
            mandatory=line.mandatory, cap=work.cap, returnable=returnable,
        ),
    )  # fmt: skip
    number = desk.open_case(
        order, Link.SPLIT_INTO, unit=line.unit, share=line.share, mandatory=line.mandatory
    )
    work.lines[number] = line


async def _accepted(desk: Desk, work: _Work) -> bool:
    """The lead gives written notice within 15 days (第23条)."""
    desk.stage(Stage.ACCEPTING, unit=work.lead)
    done = await _until_fulfilled(desk, work)
    return isinstance(done.act, acts.GiveNotice) and done.act.accepted


async def _answer(desk: Desk, work: _Work) -> None:
    """Sixty days to one opinion that joins what every order brought (第32、34条)."""
    desk.note(Note.ACCEPTED, unit=work.lead)
    desk.stage(Stage.HANDLING, unit=work.lead)
    rule = "petition.simple.handle" if work.simple else "petition.handle"
    work.main = desk.open(DutyKind.PETITION_HANDLE, _handlers(work.lead), rule=rule)
    await _until_fulfilled(desk, work)
    for duty in work.around:
        desk.relieve(duty, "answered")


async def _until_fulfilled(desk: Desk, work: _Work) -> Done:
    """Wait for the main duty while orders close, come back or are disputed; none of it stops its clock."""
    while True:
        work.around = [duty for duty in work.around if desk.is_open(duty)]
        turn = await desk.next(work.main, *work.around, acts=(base.PartClosed, acts.SwitchToOrdinary))
        if isinstance(turn, Done) and turn.duty is work.main and not desk.is_open(work.main):
            return turn
        _tend(desk, work, turn)


def _tend(desk: Desk, work: _Work, turn: Turn) -> None:
    """What goes on around the main duty."""
    match turn:
        case Came(act=base.PartClosed(number=number, outcome=Outcome.RETURNED)) if number in work.lines:
            _ask(desk, work, DutyKind.PETITION_REASSIGN, _officers(work.opening), "petition.objection_ruling", number)
        case Came(act=acts.SwitchToOrdinary()):
            _switch(desk, work)
        case Done(act=acts.Reassign(order=number, unit=unit)):
            _replace(desk, work, number, unit, returnable=True)
        case Done(act=acts.ReferJurisdiction() as dispute):
            for unit in dispute.units:
                _ask(desk, work, DutyKind.PETITION_NEGOTIATE, _heads(unit), "", dispute.order)
            _ask(desk, work, DutyKind.PETITION_DECIDE, _heads(dispute.superior), "", dispute.order)
        case Done(act=acts.SettleJurisdiction(order=number, unit=unit)):
            _close_dispute(desk, work, number)
            _replace(desk, work, number, unit, returnable=False)
        case Lapsed(duty=duty) if duty.kind is DutyKind.PETITION_DECIDE:
            _close_dispute(desk, work, duty.about)
            _designate(desk, work, duty)
        case Lapsed(duty=duty) if duty.kind is DutyKind.PETITION_NEGOTIATE:
            desk.relieve(duty, "lapsed")
        case Done(act=acts.WaiveOrder(order=number)):
            _waive(desk, number)
        case Done(act=acts.AskExtension()):
            head = office(work.lead, Role.UNIT_HEAD)
            _ask(desk, work, DutyKind.PETITION_EXTENSION_DECISION, head)
        case Done(act=acts.GrantHandlingExtension(days=days)):
            _extend(desk, work, days)
        case Done(act=acts.RefuseHandlingExtension()):
            desk.note(Note.EXTENSION_REFUSED)
        case Done(act=acts.OpenMediation() as wanted):
            _mediate(desk, work, wanted)


def _ask(desk: Desk, work: _Work, kind: DutyKind, owner: Owner, rule: str = "", about: str = "") -> None:
    work.around.append(desk.open(kind, owner, rule=rule, about=about))


def _designate(desk: Desk, work: _Work, undecided: Duty) -> None:
    """The superior was silent: the joint conference names the unit (第24条)."""
    conference = work.opening.offices.joint_office
    desk.escalate(conference, "jurisdiction_undecided", rule="《信访工作条例》第24条")
    _ask(desk, work, DutyKind.PETITION_DESIGNATE, office(conference, Role.JOINT_OFFICE), "", undecided.about)


def _close_dispute(desk: Desk, work: _Work, number: str) -> None:
    for duty in work.around:
        if duty.about == number:
            desk.relieve(duty, "settled")


def _replace(desk: Desk, work: _Work, number: CaseNo, unit: Unit, returnable: bool) -> None:
    """Another unit takes a returned order; with the lead's order the lead passes on, its clocks running on."""
    line = replace(work.lines.pop(number), unit=unit)
    desk.note(Note.ORDER_REASSIGNED, unit=unit, about=number)
    if line.share is Share.LEAD:
        work.lead = unit
        desk.note(Note.LEAD_NAMED, unit=unit)
        _move_main(desk, work, work.main.rule)
    _place(desk, work, line, returnable)


def _move_main(desk: Desk, work: _Work, rule: str) -> None:
    """The main duty in other hands or under another limit, counted from where it began."""
    old = work.main
    if desk.is_open(old):
        desk.relieve(old, "moved")
        work.main = desk.open(old.kind, _handlers(work.lead), rule=rule, start=old.counted_from)


def _switch(desk: Desk, work: _Work) -> None:
    """From the simple to the ordinary procedure, counted from the first acceptance."""
    work.simple = False
    ordinary = {"petition.simple.accept": "petition.notice", "petition.simple.handle": "petition.handle"}
    _move_main(desk, work, ordinary.get(work.main.rule, work.main.rule))


def _waive(desk: Desk, number: CaseNo) -> None:
    """The answer does without an order; the unit is told to stop."""
    desk.note(Note.ORDER_WAIVED, about=number)
    if desk.case.parts[number].outcome is None:
        desk.tell(number, base.Recall("waived"))


def _extend(desk: Desk, work: _Work, days: int) -> None:
    """Once, at most 30 natural days, and the petitioner is told why (第34条)."""
    desk.extend(work.main, replace(desk.rules.limits["petition.extension"], n=days), "extension")
    desk.note(Note.EXTENSION_GRANTED, number=days, rule="《信访工作条例》第34条")
    desk.note(Note.PARTY_TOLD, about="extension", rule="《信访工作条例》第34条")


def _mediate(desk: Desk, work: _Work, wanted: acts.OpenMediation) -> None:
    """A dispute inside the petition goes to mediation (第33条); the petition's clock runs on."""
    opening = work.opening
    dispute = MediationOpening(
        offices=opening.offices, matter=opening.matter, title=opening.title, text=wanted.text,
        applicants=(opening.petitioner,), respondents=(Party(wanted.respondent),),
        parent=desk.as_parent(
            Link.MEDIATED_IN, checker=work.lead, sender=opening.offices.petition_office, mandatory=False
        ),
    )  # fmt: skip
    desk.open_case(dispute, Link.MEDIATED_IN)


async def _review(desk: Desk, opening: PetitionOpening) -> Outcome:
    """Thirty days to ask for a review, and the rating meanwhile (第35条)."""
    desk.stage(Stage.REVIEW_WINDOW)
    petitioner = party(opening.petitioner)
    ask = desk.open(DutyKind.PETITION_REVIEW_ASK, petitioner)
    rate = desk.open(DutyKind.PETITION_RATE, petitioner)
    while True:
        match await desk.next(ask, rate):
            case Lapsed(duty=duty) if duty is ask:
                return _final(desk, Outcome.ANSWERED)
            case Lapsed():
                desk.note(Note.UNRATED)
            case Done(duty=duty) if duty is ask:
                break
    reviewers = _handlers(opening.offices.review_office)
    desk.stage(Stage.REVIEW, unit=opening.offices.review_office)
    await desk.insist(DutyKind.PETITION_REVIEW, reviewers)
    return await _recheck(desk, opening)


async def _recheck(desk: Desk, opening: PetitionOpening) -> Outcome:
    """Thirty days to ask for the last look, and thirty to decide it; a hearing stops only this clock (第36条)."""
    desk.stage(Stage.RECHECK_WINDOW)
    asked = await desk.duty(DutyKind.PETITION_RECHECK_ASK, party(opening.petitioner))
    if isinstance(asked, Lapsed):
        return _final(desk, Outcome.ANSWERED)
    office_ = opening.offices.recheck_office
    desk.stage(Stage.RECHECK, unit=office_)
    recheck = desk.open(DutyKind.PETITION_RECHECK, _handlers(office_))
    while desk.is_open(recheck):
        match await desk.next(recheck):
            case Done(act=acts.StartHearing()):
                desk.pause(recheck, "hearing")
            case Done(act=acts.EndHearing()):
                desk.resume(recheck, "hearing")
    return _final(desk, Outcome.FINAL)


def _final(desk: Desk, outcome: Outcome) -> Outcome:
    """The same facts and reasons are not accepted again (第36条第3款)."""
    desk.note(Note.FINAL, rule="《信访工作条例》第36条")
    return outcome


def _tell_ways(desk: Desk, about: str, outcome: Outcome) -> Outcome:
    """The petitioner is told the proper way, with reasons."""
    desk.note(Note.REMEDIES_TOLD, about=about, rule="《信访工作条例》第31条")
    return outcome


def _report_urgent(desk: Desk, opening: PetitionOpening, sorting: acts.Sort) -> None:
    """Grave and urgent matters are reported at once (第25条)."""
    if sorting.urgent:
        desk.note(Note.URGENT_REPORTED, unit=opening.offices.government, rule="《信访工作条例》第25条")
        desk.escalate(opening.offices.government, "urgent", rule="《信访工作条例》第25条")


def _officers(opening: PetitionOpening) -> Owner:
    return office(opening.offices.petition_office, Role.PETITION_OFFICER)


def _handlers(unit: Unit) -> Owner:
    return office(unit, Role.HANDLER, Role.UNIT_HEAD)


def _heads(unit: Unit) -> Owner:
    return office(unit, Role.UNIT_HEAD, Role.GOVERNMENT_OFFICE)
