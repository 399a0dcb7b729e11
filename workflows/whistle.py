"""The whistle: a community that cannot command a department blows, and the departments must report."""

from dataclasses import dataclass, field

from domain.actors import Owner, office
from domain.acts import base
from domain.acts import whistle as acts
from domain.duties import Duty, DutyKind
from domain.openings import OrderOpening, WhistleOpening
from domain.vocabulary import Link, Note, Outcome, Role, Service, Share, Stage, Unit, WhistleKind
from workflows.desk import Came, Desk, Done, Lapsed


async def whistle(desk: Desk, opening: WhistleOpening) -> Outcome:
    """One whistle from approval to standing down (吹哨—应哨—报到—会诊—办理—销哨—评哨)."""
    departments = await _approve(desk, opening)
    while departments:
        answer = await _summon(desk, opening, departments)
        if answer.came or answer.missing:
            return await _work_through(desk, opening, answer)
        departments = await _ask_leader(desk, opening)  # all were rightly released: name others
    return Outcome.PROPOSAL_RETURNED


async def _work_through(desk: Desk, opening: WhistleOpening, answer: "_Answer") -> Outcome:
    """Consult, do the work, stand down, rate both sides."""
    if answer.missing:
        await _government_decides(desk, opening)
    lead = await _consult(desk, opening)
    await _handle(desk, opening, lead)
    while not await _stands_down(desk, opening):
        await _handle(desk, opening, lead)
    await _rate_both_sides(desk, opening, answer)
    return Outcome.STOOD_DOWN


async def _approve(desk: Desk, opening: WhistleOpening) -> tuple[Unit, ...]:
    """Who may blow: a leader everyday, the secretary tough; an emergency sounds first, ratified after."""
    if opening.whistle is WhistleKind.EMERGENCY:
        desk.open(DutyKind.WHISTLE_RATIFY, _blower(opening), rule=_rule("approve", opening))
        return opening.departments
    return await _ask_leader(desk, opening)


async def _ask_leader(desk: Desk, opening: WhistleOpening) -> tuple[Unit, ...]:
    """The departments the leader names (审哨); where the leader is silent the secretary is asked."""
    desk.stage(Stage.APPROVING, unit=opening.blower)
    rule = _rule("approve", opening)
    first = office(opening.blower, _first_leader(opening))
    turn = await desk.duty(DutyKind.WHISTLE_APPROVE, first, rule=rule)
    if isinstance(turn, Lapsed):
        desk.escalate(opening.blower, "not_approved_in_time", rule=rule)
        last = Role.TOWN_SECRETARY if _is_town(opening) else Role.UNIT_HEAD
        turn = await desk.insist(DutyKind.WHISTLE_APPROVE, office(opening.blower, last), rule=rule)
    return turn.act.departments if isinstance(turn.act, acts.Blow) else ()


@dataclass(slots=True)
class _Answer:
    """How the departments answered the whistle, and what is still awaited of them."""

    awaited: dict[Unit, list[Duty]]
    came: list[Unit] = field(default_factory=list)
    missing: list[Unit] = field(default_factory=list)

    def open_duties(self, desk: Desk) -> list[Duty]:
        """What the departments that have not answered yet still owe."""
        return [duty for duties in self.awaited.values() for duty in duties if desk.is_open(duty)]


async def _summon(desk: Desk, opening: WhistleOpening, departments: tuple[Unit, ...]) -> _Answer:
    """Every department signs, contacts and reports on site, each by its limit (应哨、报到)."""
    desk.stage(Stage.REPORTING, unit=opening.blower)
    answer = _Answer({unit: _duties_of(desk, opening, unit) for unit in departments})
    rulings: list[Duty] = []
    while awaited := answer.open_duties(desk):
        match await desk.next(*awaited, *rulings):
            case Done(act=acts.ReportOnSite(), duty=duty):
                answer.came.append(_unit(duty))
                _relieve(desk, answer.awaited.pop(_unit(duty)), "reported")
            case Done(act=acts.ObjectWhistle(), duty=duty):
                rulings.append(_ask_ruling(desk, opening, _unit(duty)))
            case Done(act=acts.RuleObjection(released=True), duty=duty) if _unit(duty) in answer.awaited:
                desk.note(Note.DEPARTMENT_RELEASED, unit=_unit(duty))
                _relieve(desk, answer.awaited.pop(_unit(duty)), "released")
            case Lapsed(duty=duty) if duty.kind is DutyKind.WHISTLE_REPORT:
                answer.missing.append(_unit(duty))
                _report_absence(desk, opening, duty)
                _relieve(desk, answer.awaited.pop(_unit(duty)), "absent", but=duty)
    _relieve(desk, rulings, "over")
    return answer


def _duties_of(desk: Desk, opening: WhistleOpening, unit: Unit) -> list[Duty]:
    return [
        desk.open(kind, _department(unit), rule=_rule(step, opening), about=unit)
        for kind, step in (
            (DutyKind.WHISTLE_SIGN, "sign"),
            (DutyKind.WHISTLE_CONTACT, "contact"),
            (DutyKind.WHISTLE_REPORT, "report"),
        )
    ]


def _ask_ruling(desk: Desk, opening: WhistleOpening, unit: Unit) -> Duty:
    """The blower rules on a department's objection; meanwhile its clocks run on."""
    return desk.open(
        DutyKind.WHISTLE_OBJECTION_RULING, _blower(opening), rule="order.return_ruling", about=unit
    )


def _report_absence(desk: Desk, opening: WhistleOpening, duty: Duty) -> None:
    """A department that does not report is reported: investigation, supervision, appraisal (第44条).

    It still owes its report, and may come late.
    """
    desk.note(Note.REPORTED_TO_GOVERNMENT, unit=_unit(duty), rule="《北京市街道办事处条例》第44条")
    desk.escalate(opening.offices.government, "department_absent", rule="《北京市街道办事处条例》第44条")


async def _government_decides(desk: Desk, opening: WhistleOpening) -> None:
    """The government office settles who leads, and that is not returned (提级)."""
    desk.stage(Stage.ESCALATED, unit=opening.offices.government)
    government = office(opening.offices.government, Role.GOVERNMENT_OFFICE)
    turn = await desk.insist(DutyKind.WHISTLE_ESCALATION, government, rule=_rule("escalation", opening))
    assert isinstance(turn.act, acts.DecideEscalation)
    desk.note(Note.LEAD_NAMED, unit=turn.act.lead)


async def _consult(desk: Desk, opening: WhistleOpening) -> Unit:
    """The blower chairs the joint consultation (集中会诊): one lead, co-handlers, an order for each."""
    desk.stage(Stage.MEETING, unit=opening.blower)
    turn = await desk.insist(DutyKind.WHISTLE_MEET, _blower(opening), rule=_rule("meet", opening))
    assert isinstance(turn.act, acts.FixTasks)
    lead = next(task.unit for task in turn.act.tasks if task.share is Share.LEAD)
    if desk.case.lead != lead:
        desk.note(Note.LEAD_NAMED, unit=lead)
    for task in turn.act.tasks:
        _place_order(desk, opening, task)
    return lead


def _place_order(desk: Desk, opening: WhistleOpening, task: acts.Task) -> None:
    """What the consultation fixed is not returned; it is due when the whole is."""
    parent = desk.as_parent(
        Link.SPLIT_INTO, checker=opening.blower, sender=opening.blower, share=task.share,
        cap=desk.reckon(_rule("handle", opening)).legal, returnable=False, accept_rule=_rule("sign", opening),
    )  # fmt: skip
    order = OrderOpening(
        offices=opening.offices, matter=opening.matter, title=opening.title, text=task.text,
        service=_SERVICES[opening.whistle], unit=task.unit, parent=parent,
    )  # fmt: skip
    desk.open_case(order, Link.SPLIT_INTO, unit=task.unit, share=task.share, mandatory=True)


async def _handle(desk: Desk, opening: WhistleOpening, lead: Unit) -> None:
    """The lead reports the matter handled once every order is done; a breach goes to the government."""
    desk.stage(Stage.HANDLING, unit=lead)
    duty = desk.open(DutyKind.WHISTLE_HANDLE, _department(lead), rule=_rule("handle", opening))
    while desk.is_open(duty):
        match await desk.next(duty, acts=(acts.ReleaseTask,)):
            case Lapsed():
                desk.escalate(opening.offices.government, "not_handled_in_time", rule=duty.rule)
            case Came(act=acts.ReleaseTask(order=number)):
                desk.note(Note.ORDER_WAIVED, about=number)
                desk.tell(number, base.Recall("waived"))


async def _stands_down(desk: Desk, opening: WhistleOpening) -> bool:
    """Only the blower ends the whistle (销哨), or sends it back, at most twice."""
    desk.stage(Stage.STANDING_DOWN, unit=opening.blower)
    turn = await desk.insist(DutyKind.WHISTLE_STAND_DOWN, _blower(opening), rule=_rule("standdown", opening))
    return isinstance(turn.act, acts.StandDown)


async def _rate_both_sides(desk: Desk, opening: WhistleOpening, answer: _Answer) -> None:
    """The street rates each department, each department the whistle (双考核, 《接诉即办条例》第33条)."""
    desk.stage(Stage.RATING, unit=opening.blower)
    rule = _rule("rate", opening)
    ratings = [
        desk.open(kind, owner, rule=rule, about=unit)
        for unit in (*answer.came, *answer.missing)
        for kind, owner in (
            (DutyKind.WHISTLE_RATE, _blower(opening)),
            (DutyKind.WHISTLE_RATE_BLOWER, _department(unit)),
        )
    ]
    while waiting := [duty for duty in ratings if desk.is_open(duty)]:
        if isinstance(turn := await desk.next(*waiting), Lapsed):
            desk.note(Note.UNRATED, unit=_unit(turn.duty), about=turn.duty.kind)


def _relieve(desk: Desk, duties: list[Duty], why: str, but: Duty | None = None) -> None:
    for duty in duties:
        if duty is not but:
            desk.relieve(duty, why)


def _rule(step: str, opening: WhistleOpening) -> str:
    return f"whistle.{step}.{opening.whistle.value}"


def _unit(duty: Duty) -> Unit:
    return Unit(duty.about)


def _department(unit: Unit) -> Owner:
    return office(unit, Role.HANDLER, Role.UNIT_HEAD)


def _is_town(opening: WhistleOpening) -> bool:
    """Whether a town blows, and not the hotline (12345吹哨)."""
    return opening.blower == opening.offices.town


def _first_leader(opening: WhistleOpening) -> Role:
    if not _is_town(opening):
        return Role.UNIT_HEAD
    return Role.TOWN_SECRETARY if opening.whistle is WhistleKind.TOUGH else Role.TOWN_LEADER


def _blower(opening: WhistleOpening) -> Owner:
    if not _is_town(opening):
        return office(opening.blower, Role.UNIT_HEAD, Role.DISPATCHER)
    return office(opening.blower, Role.TOWN_LEADER, Role.TOWN_SECRETARY)


_SERVICES = {
    WhistleKind.EVERYDAY: Service.ORDER,
    WhistleKind.TOUGH: Service.PROJECT,
    WhistleKind.EMERGENCY: Service.URGENT,
}
