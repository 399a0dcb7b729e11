"""The whistle: a community that cannot command a department blows, and the departments must report."""

from domain.actors import Owner, office
from domain.acts import whistle as acts
from domain.duties import Duty, DutyKind
from domain.openings import OrderOpening, WhistleOpening
from domain.vocabulary import Link, Note, Outcome, Role, Service, Share, Stage, Unit, WhistleKind
from workflows.desk import Desk, Done, Interruption, Lapsed


async def whistle(desk: Desk, opening: WhistleOpening) -> Outcome:
    """One whistle from approval to standing down (吹哨—应哨—报到—会诊—办理—销哨—评哨)."""
    try:
        return await _run(desk, opening)
    except Interruption as broken:
        desk.relieve_all(broken.act.code)
        return Outcome.RECALLED


async def _run(desk: Desk, opening: WhistleOpening) -> Outcome:
    departments = await _approve(desk, opening)
    if not departments:
        return Outcome.PROPOSAL_RETURNED
    missing = await _summon(desk, opening, departments)
    if missing:
        await _government_decides(desk, opening)
    lead = await _consult(desk, opening)
    await _handle(desk, opening, lead)
    while not await _stands_down(desk, opening):
        await _handle(desk, opening, lead)
    await _rate_both_sides(desk, opening, departments)
    return Outcome.STOOD_DOWN


async def _approve(desk: Desk, opening: WhistleOpening) -> tuple[Unit, ...]:
    """Who may blow: a leader everyday, the secretary tough; an emergency sounds first and is ratified after."""
    if opening.whistle is WhistleKind.EMERGENCY:
        desk.open(DutyKind.WHISTLE_RATIFY, _blower(opening), rule=_rule("approve", opening))
        return opening.departments
    desk.stage(Stage.APPROVING, unit=opening.blower)
    first = Role.TOWN_SECRETARY if opening.whistle is WhistleKind.TOUGH else Role.TOWN_LEADER
    turn = await desk.duty(
        DutyKind.WHISTLE_APPROVE, office(opening.blower, first), rule=_rule("approve", opening)
    )
    if isinstance(turn, Lapsed):
        desk.escalate(opening.blower, "not_approved_in_time", rule=_rule("approve", opening))
        secretary = office(opening.blower, Role.TOWN_SECRETARY)
        turn = await desk.insist(DutyKind.WHISTLE_APPROVE, secretary, rule=_rule("approve", opening))
    return turn.act.departments if isinstance(turn.act, acts.Blow) else ()


async def _summon(desk: Desk, opening: WhistleOpening, departments: tuple[Unit, ...]) -> set[Unit]:
    """Every department signs, contacts and reports on site, each by its limit; those that did not come."""
    desk.stage(Stage.REPORTING, unit=opening.blower)
    duties = {unit: _duties_of(desk, opening, unit) for unit in departments}
    rulings: list[Duty] = []
    missing: set[Unit] = set()
    while awaited := [duty for unit in duties for duty in duties[unit] if desk.is_open(duty)]:
        match await desk.next(*awaited, *rulings):
            case Done(act=acts.ReportOnSite(), duty=duty):
                _relieve(desk, duties.pop(_unit(duty)), "reported")
            case Done(act=acts.ObjectWhistle(), duty=duty):
                rulings.append(
                    desk.open(
                        DutyKind.WHISTLE_OBJECTION_RULING, _blower(opening), rule="order.return_ruling",
                        about=_unit(duty),
                    )
                )  # fmt: skip
            case Done(act=acts.RuleObjection(department=unit, released=True)) if unit in duties:
                desk.note(Note.DEPARTMENT_RELEASED, unit=unit)
                _relieve(desk, duties.pop(unit), "released")
            case Lapsed(duty=duty) if duty.kind is DutyKind.WHISTLE_REPORT:
                missing.add(_unit(duty))
                _report_absence(desk, opening, duty)
                _relieve(desk, duties.pop(_unit(duty)), "absent")
    _relieve(desk, rulings, "over")
    return missing


def _duties_of(desk: Desk, opening: WhistleOpening, unit: Unit) -> list[Duty]:
    handlers = office(unit, Role.HANDLER, Role.UNIT_HEAD)
    return [
        desk.open(DutyKind.WHISTLE_SIGN, handlers, rule=_rule("sign", opening), about=unit),
        desk.open(DutyKind.WHISTLE_CONTACT, handlers, rule=_rule("contact", opening), about=unit),
        desk.open(DutyKind.WHISTLE_REPORT, handlers, rule=_rule("report", opening), about=unit),
    ]


def _report_absence(desk: Desk, opening: WhistleOpening, duty: Duty) -> None:
    """A department that does not report is reported: investigation, supervision, appraisal (第44条)."""
    desk.note(Note.REPORTED_TO_GOVERNMENT, unit=_unit(duty), rule="《北京市街道办事处条例》第44条")
    desk.escalate(opening.offices.government, "department_absent", rule="《北京市街道办事处条例》第44条")


async def _government_decides(desk: Desk, opening: WhistleOpening) -> None:
    """The government office settles who leads, and that is not returned (提级)."""
    desk.stage(Stage.ESCALATED, unit=opening.offices.government)
    government = office(opening.offices.government, Role.GOVERNMENT_OFFICE)
    turn = await desk.insist(DutyKind.WHISTLE_ESCALATION, government, rule=_rule("escalation", opening))
    if isinstance(turn.act, acts.DecideEscalation):
        desk.note(Note.LEAD_NAMED, unit=turn.act.lead)


async def _consult(desk: Desk, opening: WhistleOpening) -> Unit:
    """The blower chairs the joint consultation (集中会诊): one lead, co-handlers, an order for each."""
    desk.stage(Stage.MEETING, unit=opening.blower)
    turn = await desk.insist(DutyKind.WHISTLE_MEET, _blower(opening), rule=_rule("meet", opening))
    assert isinstance(turn.act, acts.FixTasks)
    cap = desk.reckon(_rule("handle", opening)).legal
    lead = opening.blower
    for task in turn.act.tasks:
        if task.share is Share.LEAD:
            lead = task.unit
            desk.note(Note.LEAD_NAMED, unit=lead)
        order = OrderOpening(
            offices=opening.offices, matter=opening.matter, title=opening.title, text=task.text,
            service=_SERVICES[opening.whistle], unit=task.unit,
            parent=desk.as_parent(
                Link.SPLIT_INTO, checker=opening.blower, sender=opening.blower, share=task.share, cap=cap,
                returnable=False,
            ),
        )  # fmt: skip
        desk.open_case(order, Link.SPLIT_INTO, unit=task.unit, share=task.share, mandatory=True)
    return lead


async def _handle(desk: Desk, opening: WhistleOpening, lead: Unit) -> None:
    """The lead reports the matter handled once every order is done; a breach goes to the government."""
    desk.stage(Stage.HANDLING, unit=lead)
    handlers = office(lead, Role.HANDLER, Role.UNIT_HEAD)
    duty = desk.open(DutyKind.WHISTLE_HANDLE, handlers, rule=_rule("handle", opening))
    while desk.is_open(duty):
        if isinstance(await desk.next(duty), Lapsed):
            desk.escalate(opening.offices.government, "not_handled_in_time", rule=duty.rule)


async def _stands_down(desk: Desk, opening: WhistleOpening) -> bool:
    """Only the blower ends the whistle (销哨), or sends it back, at most twice."""
    desk.stage(Stage.STANDING_DOWN, unit=opening.blower)
    turn = await desk.insist(DutyKind.WHISTLE_STAND_DOWN, _blower(opening), rule=_rule("standdown", opening))
    return isinstance(turn.act, acts.StandDown)


async def _rate_both_sides(desk: Desk, opening: WhistleOpening, departments: tuple[Unit, ...]) -> None:
    """The street rates each department, each department rates the whistle (双考核, 《接诉即办条例》第33条)."""
    desk.stage(Stage.RATING, unit=opening.blower)
    rule = _rule("rate", opening)
    ratings = [
        desk.open(kind, owner, rule=rule, about=unit)
        for unit in departments
        for kind, owner in (
            (DutyKind.WHISTLE_RATE, _blower(opening)),
            (DutyKind.WHISTLE_RATE_BLOWER, office(unit, Role.HANDLER, Role.UNIT_HEAD)),
        )
    ]
    while waiting := [duty for duty in ratings if desk.is_open(duty)]:
        if isinstance(turn := await desk.next(*waiting), Lapsed):
            desk.note(Note.UNRATED, unit=_unit(turn.duty), about=turn.duty.kind)


def _relieve(desk: Desk, duties: list[Duty], why: str) -> None:
    for duty in duties:
        desk.relieve(duty, why)


def _rule(step: str, opening: WhistleOpening) -> str:
    return f"whistle.{step}.{opening.whistle.value}"


def _unit(duty: Duty) -> Unit:
    return Unit(duty.about)


def _blower(opening: WhistleOpening) -> Owner:
    return office(opening.blower, Role.TOWN_LEADER, Role.TOWN_SECRETARY)


_SERVICES = {
    WhistleKind.EVERYDAY: Service.ORDER,
    WhistleKind.TOUGH: Service.PROJECT,
    WhistleKind.EMERGENCY: Service.URGENT,
}
