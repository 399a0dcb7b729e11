"""The petition: sorted, split into orders with one lead, rejoined in one opinion, reviewed twice at most."""

from datetime import datetime

from domain.actors import Owner, office, party
from domain.acts import petition as acts
from domain.duties import Duty, DutyKind
from domain.openings import PetitionOpening
from domain.organisation import within
from domain.vocabulary import Note, Outcome, Role, Stage, Unit
from workflows.desk import Desk, Done, Interruption, Lapsed
from workflows.split import Work, heads_and_handlers, place_orders, until_fulfilled


async def petition(desk: Desk, opening: PetitionOpening) -> Outcome:
    """One petition under 《信访工作条例》, from registration to its final answer."""
    try:
        return await _run(desk, opening)
    except Interruption as broken:
        desk.relieve_all(broken.act.code)
        return Outcome.WITHDRAWN


async def _run(desk: Desk, opening: PetitionOpening) -> Outcome:
    """Register and sort within the days of 第22条; then each kind goes its own way (第29—31条)."""
    route = desk.open(DutyKind.PETITION_ROUTE, _officers(opening))
    desk.stage(Stage.SORTING, unit=opening.offices.petition_office)
    match (await desk.insist(DutyKind.PETITION_SORT, _officers(opening))).act:
        case acts.RefuseIntake(same_as=same):
            desk.fulfil(route)
            desk.join(same)
            return _tell_ways(desk, "same_matter", Outcome.NOT_ACCEPTED)
        case acts.Sort() as sorting:
            _report_urgent(desk, opening, sorting)
            if sorting.category is acts.Category.CLAIM:
                return await _claim(desk, opening, sorting, route)
            return await _hand_over(desk, opening, sorting, route)
    raise AssertionError


def _report_urgent(desk: Desk, opening: PetitionOpening, sorting: acts.Sort) -> None:
    """Grave and urgent matters are reported at once (第25条), though never to those they accuse."""
    offices = opening.offices
    told = [unit for unit in (offices.government, offices.joint_office) if not _accused(sorting, unit)]
    if sorting.urgent:
        for unit in told or [offices.discipline]:
            desk.note(Note.URGENT_REPORTED, unit=unit, rule="《信访工作条例》第25条")
            desk.escalate(unit, "urgent", rule="《信访工作条例》第25条")


async def _hand_over(desk: Desk, opening: PetitionOpening, sorting: acts.Sort, route: Duty) -> Outcome:
    """A suggestion or an accusation is transferred and answered; the accused never see it (第29、30条)."""
    unit = await _transferred_to(desk, opening, sorting)
    desk.fulfil(route)
    desk.note(Note.LEAD_NAMED, unit=unit)
    desk.stage(Stage.HANDLING, unit=unit)
    await desk.insist(DutyKind.PETITION_REPLY, heads_and_handlers(unit), rule="petition.advice_feedback")
    desk.note(Note.PARTY_TOLD, about=sorting.category)
    return Outcome.ANSWERED if sorting.category is acts.Category.SUGGESTION else Outcome.TRANSFERRED


async def _transferred_to(desk: Desk, opening: PetitionOpening, sorting: acts.Sort) -> Unit:
    """The office chooses who looks into it; where it is itself accused, the discipline office does."""
    if _accused(sorting, opening.offices.petition_office):
        return opening.offices.discipline
    done = await desk.insist(DutyKind.PETITION_TRANSFER, _officers(opening), rule="petition.split")
    assert isinstance(done.act, acts.Transfer)
    return done.act.unit


async def _claim(desk: Desk, opening: PetitionOpening, sorting: acts.Sort, route: Duty) -> Outcome:
    """A claim with a way of its own is shown to it; the rest is split, answered and reviewed (第31条)."""
    if sorting.path is not acts.Path.RESIDUAL:
        desk.fulfil(route)
        return _tell_ways(desk, str(sorting.path), Outcome.DIVERTED)
    work = await _split(desk, opening, sorting)
    desk.fulfil(route)
    if not await _accepted(desk, work):
        return _tell_ways(desk, "not_accepted", Outcome.NOT_ACCEPTED)
    await _answer(desk, work)
    desk.stage(Stage.SERVING, unit=work.lead)
    await desk.insist(DutyKind.PETITION_SERVE, heads_and_handlers(work.lead))
    return await _review(desk, opening)


async def _split(desk: Desk, opening: PetitionOpening, sorting: acts.Sort) -> Work:
    """The plan (分单): exactly one lead, who gives notice; every line becomes an order."""
    desk.stage(Stage.SPLITTING, unit=opening.offices.petition_office)
    plan = (await desk.insist(DutyKind.PETITION_SPLIT, _officers(opening))).act
    assert isinstance(plan, acts.Split)
    lead = plan.lead.unit
    desk.note(Note.LEAD_NAMED, unit=lead)
    rule = "petition.simple.accept" if sorting.simple else "petition.notice"
    notice = desk.open(DutyKind.PETITION_NOTICE, heads_and_handlers(lead), rule=rule)
    work = Work(opening, sorting, lead, notice)
    place_orders(desk, work, plan)
    return work


async def _accepted(desk: Desk, work: Work) -> bool:
    """The lead gives written notice within 15 days (第23条)."""
    desk.stage(Stage.ACCEPTING, unit=work.lead)
    done = await until_fulfilled(desk, work)
    return isinstance(done.act, acts.GiveNotice) and done.act.accepted


async def _answer(desk: Desk, work: Work) -> None:
    """Sixty days to one opinion that joins what every order brought (第32、34条)."""
    desk.note(Note.ACCEPTED, unit=work.lead)
    desk.stage(Stage.HANDLING, unit=work.lead)
    rule = "petition.simple.handle" if work.is_simple(desk) else "petition.handle"
    work.main = desk.open(DutyKind.PETITION_HANDLE, heads_and_handlers(work.lead), rule=rule)
    await until_fulfilled(desk, work)
    for duty in work.around:
        desk.relieve(duty, "answered")


async def _review(desk: Desk, opening: PetitionOpening) -> Outcome:
    """Thirty days to ask for a review, thirty to decide it (第35条); the rating meanwhile (第21条)."""
    desk.stage(Stage.REVIEW_WINDOW)
    petitioner = party(opening.petitioner)
    ask = desk.open(DutyKind.PETITION_REVIEW_ASK, petitioner)
    rate = desk.open(DutyKind.PETITION_RATE, petitioner)
    if isinstance(await _rated_meanwhile(desk, ask, rate), Lapsed):
        return _final(desk, Outcome.ANSWERED)
    office_ = opening.offices.review_office
    desk.stage(Stage.REVIEW, unit=office_)
    review = desk.open(DutyKind.PETITION_REVIEW, heads_and_handlers(office_))
    while desk.is_open(review):
        await _rated_meanwhile(desk, review, rate)
    return await _recheck(desk, opening, rate)


async def _recheck(desk: Desk, opening: PetitionOpening, rate: Duty) -> Outcome:
    """Thirty days to ask for the last look, thirty to decide it; a hearing stops only this clock (第36条)."""
    desk.stage(Stage.RECHECK_WINDOW)
    ask = desk.open(DutyKind.PETITION_RECHECK_ASK, party(opening.petitioner))
    if isinstance(await _rated_meanwhile(desk, ask, rate), Lapsed):
        return _final(desk, Outcome.ANSWERED)
    office_ = opening.offices.recheck_office
    desk.stage(Stage.RECHECK, unit=office_)
    recheck = desk.open(DutyKind.PETITION_RECHECK, heads_and_handlers(office_))
    hearings: list[Duty] = []
    while desk.is_open(recheck):
        match await _rated_meanwhile(desk, recheck, rate, *hearings):
            case Done(act=acts.StartHearing(planned_end=until)):
                hearings = [_hear(desk, recheck, until)]
            case Done(duty=ended) | Lapsed(duty=ended) if ended in hearings and desk.is_paused(recheck):
                desk.resume(recheck, "hearing")
    return _final(desk, Outcome.FINAL)


_HEARING = "《信访工作条例》第36条"


def _hear(desk: Desk, recheck: Duty, until: datetime) -> Duty:
    """The clock stands while the hearing lasts, though no longer than planned; its record is owed then."""
    if not desk.is_breached(recheck):
        desk.pause(recheck, "hearing")
    return desk.open(DutyKind.PETITION_HEARING, recheck.owner, rule=_HEARING, due=max(until, desk.now))


async def _rated_meanwhile(desk: Desk, awaited: Duty, rate: Duty, *besides: Duty) -> Done | Lapsed:
    """What comes next of these duties, while the petitioner rates or lets it be; unrated stays unrated."""
    while True:
        turn = await desk.next(awaited, rate, *besides)
        if isinstance(turn, (Done, Lapsed)) and turn.duty is not rate:
            return turn
        if isinstance(turn, Lapsed):
            desk.note(Note.UNRATED, about=rate.kind)


def _final(desk: Desk, outcome: Outcome) -> Outcome:
    """The same facts and reasons are not accepted again (第36条第3款)."""
    desk.note(Note.FINAL, rule="《信访工作条例》第36条")
    return outcome


def _tell_ways(desk: Desk, about: str, outcome: Outcome) -> Outcome:
    """The petitioner is told the proper way, with reasons."""
    desk.note(Note.REMEDIES_TOLD, about=about, rule="《信访工作条例》第31条")
    return outcome


def _accused(sorting: acts.Sort, unit: Unit) -> bool:
    return sorting.accused is not None and within(unit, sorting.accused)


def _officers(opening: PetitionOpening) -> Owner:
    return office(opening.offices.petition_office, Role.PETITION_OFFICER)
