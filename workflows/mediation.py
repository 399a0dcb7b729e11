"""People's mediation under the three-level response: settled where it arises, raised only when it must be."""

from dataclasses import replace
from datetime import datetime, time

from domain.actors import Owner, office
from domain.acts import base, mediation as acts
from domain.calendar import CST
from domain.duties import Duty, DutyKind
from domain.openings import MediationOpening, OrderOpening
from domain.rulebook import Level
from domain.vocabulary import Colour, Link, Note, Outcome, Role, Share, Stage, Unit
from workflows.desk import Came, Desk, Done, Interruption, Lapsed

Step = tuple[Level, Unit]
"""A level of the response and the body that mediates there."""


async def mediation(desk: Desk, dispute: MediationOpening) -> Outcome:
    """One dispute through the levels of its rulebook (三级响应), until it is settled, refused or ended."""
    steps = list(zip(desk.rules.levels, dispute.offices.seats, strict=True))
    while True:
        try:
            return await _respond(desk, dispute, steps)
        except Interruption as broken:
            desk.relieve_all(broken.act.code)
            match broken.act:
                case acts.ReportRisk():
                    steps = _raise_to_top(desk, dispute, steps, "risk_reported")
                case acts.Refuse():
                    return _end(desk, Outcome.REFUSED)
                case base.Withdraw():
                    return Outcome.WITHDRAWN
                case _:
                    return Outcome.RECALLED


async def _respond(desk: Desk, dispute: MediationOpening, steps: list[Step]) -> Outcome:
    """Sign for, size up, take in; then level by level; at the top the joint conference."""
    if Note.ACCEPTED not in desk.case.notes:
        steps = await _sign_for(desk, steps)
        if await _size_up(desk, dispute, steps[0][1]) is Colour.RED:
            steps = _raise_to_top(desk, dispute, steps, "graded_red")
        if not await _take_in(desk, steps[0][1]):
            return _end(desk, Outcome.NOT_ACCEPTED)
    month = desk.open(DutyKind.MEDIATION_TOTAL, office(dispute.offices.joint_office, Role.JOINT_OFFICE))
    return await _climb(desk, dispute, steps, month)


async def _sign_for(desk: Desk, steps: list[Step]) -> list[Step]:
    """The lowest level signs (签收); where it is silent the next one is asked, and the last must."""
    while len(steps) > 1:
        level, seat = steps[0]
        if isinstance(await desk.duty(DutyKind.MEDIATION_SIGN, _mediators(seat), about=level.code), Done):
            desk.stage(Stage.SIGNED, level.code, seat)
            return steps
        steps = _raise(desk, steps, "not_signed", "mediation.sign")
    level, seat = steps[0]
    await desk.insist(DutyKind.MEDIATION_SIGN, _mediators(seat), about=level.code)
    desk.stage(Stage.SIGNED, level.code, seat)
    return steps


async def _size_up(desk: Desk, dispute: MediationOpening, seat: Unit) -> Colour:
    """The centre grades the risk (分色) while the mediator pays the first visit (首访), side by side."""
    grade = desk.open(DutyKind.MEDIATION_GRADE, office(dispute.offices.centre, Role.DISPATCHER))
    visit = desk.open(DutyKind.MEDIATION_FIRST_VISIT, _mediators(seat), start=desk.case.opened_at)
    colour = Colour.YELLOW
    while desk.is_open(grade) or desk.is_open(visit):
        match await desk.next(grade, visit):
            case Done(act=acts.GradeRisk(colour=Colour.RED)):
                desk.relieve(visit, "raised")
                return Colour.RED
            case Done(act=acts.GradeRisk(colour=graded)):
                colour = graded
            case Lapsed(duty=duty) if duty is grade:
                desk.relieve(grade, "lapsed")
                desk.note(Note.GRADED_BY_DEFAULT, about=colour, rule="mediation.grade")
    desk.stage(Stage.VISITED, unit=seat)
    return colour


async def _take_in(desk: Desk, seat: Unit) -> bool:
    """Rights notice and consent of every party, then acceptance (受理); without consent there is no mediation."""
    desk.stage(Stage.CONSENTING, unit=seat)
    match await desk.duty(DutyKind.MEDIATION_CONSENT, _mediators(seat)):
        case Done(act=acts.AcceptDispute()):
            desk.note(Note.ACCEPTED, unit=seat)
            return True
        case _:
            return False


async def _climb(desk: Desk, dispute: MediationOpening, steps: list[Step], month: Duty) -> Outcome:
    """Mediate at one level after another, as long as the month lasts."""
    while True:
        match await _mediate(desk, dispute, steps[0], month):
            case acts.Agree() as agreement:
                desk.relieve(month, "agreed")
                return await _conclude(desk, agreement, steps[0][1])
            case acts.EndWithoutAgreement():
                return _end(desk, Outcome.FAILED)
            case why if len(steps) > 1 and desk.is_open(month):
                steps = _raise(desk, steps, why, steps[0][0].limit_key)
            case _:
                steps = steps[-1:]
                if not await _confer(desk, dispute):
                    return _end(desk, Outcome.FAILED)


async def _mediate(
    desk: Desk, dispute: MediationOpening, step: Step, month: Duty
) -> acts.Agree | acts.EndWithoutAgreement | str:
    """Sittings at one level until the parties agree, or it ends, or why it must rise."""
    level, seat = step
    desk.stage(Stage.MEDIATING, level.code, seat)
    mediate = desk.open(DutyKind.MEDIATION_MEDIATE, _mediators(seat), rule=level.limit_key, about=level.code)
    while True:
        match await desk.next(mediate, month):
            case Done(act=acts.Agree() | acts.EndWithoutAgreement() as end):
                return end
            case Done(act=acts.AskEscalation()):
                return "asked"
            case Done(act=acts.PlaceOrder() as wanted):
                _place_order(desk, dispute, seat, wanted)
            case Done(act=acts.ExtendByConsent(days=days)):
                _extend(desk, month, days)
            case Lapsed(duty=lapsed):
                desk.relieve(mediate, "lapsed")
                return "month_over" if lapsed is month else "not_settled_in_time"


async def _confer(desk: Desk, dispute: MediationOpening) -> bool:
    """The joint conference (联席会议) decides whether the top level tries again."""
    conference = dispute.offices.joint_office
    desk.stage(Stage.JOINT_CONFERENCE, unit=conference)
    desk.escalate(conference, "not_settled_at_top", rule="mediation.top_decision")
    decided = await desk.insist(
        DutyKind.MEDIATION_JOINT, office(conference, Role.JOINT_OFFICE), rule="mediation.top_decision"
    )
    return isinstance(decided.act, acts.DecideConference) and decided.act.decision is acts.Conference.EXTEND


async def _conclude(desk: Desk, agreement: acts.Agree, seat: Unit) -> Outcome:
    """The agreement takes effect: an oral one the day it is made, a written one when sealed (第29、30条)."""
    desk.stage(Stage.AGREED, unit=seat)
    if agreement.form is acts.Form.WRITTEN:
        await desk.insist(DutyKind.MEDIATION_AGREEMENT, _mediators(seat))
    desk.note(Note.AGREEMENT_EFFECTIVE, rule="《人民调解法》第29条")
    desk.stage(Stage.PERFORMING, unit=seat)
    confirm = desk.open(
        DutyKind.MEDIATION_CONFIRM, _mediators(seat),
        remind=tuple(f"mediation.confirm_remind_{place}" for place in (1, 2, 3)),
    )  # fmt: skip
    performed = await _see_performed(desk, agreement, seat)
    await _settle_confirmation(desk, confirm)
    return Outcome.AGREED_PERFORMED if performed else _end(desk, Outcome.AGREED_UNPERFORMED)


async def _see_performed(desk: Desk, agreement: acts.Agree, seat: Unit) -> bool:
    """The committee supervises performance (第31条): looks once, urges and looks again, and pays a return visit."""
    due_day = datetime.combine(agreement.perform_by, time(), CST)
    start = max(due_day, desk.now)
    look = await _watch(desk, DutyKind.MEDIATION_PERFORMANCE, seat, "mediation.perform_grace", start)
    if not _is_performed(look):
        desk.note(Note.PERFORMANCE_URGED, rule="《人民调解法》第31条")
        look = await _watch(desk, DutyKind.MEDIATION_PERFORMANCE, seat, "mediation.return_visit_2", desk.now)
    await _watch(desk, DutyKind.MEDIATION_RETURN_VISIT, seat, "mediation.return_visit", desk.now)
    return _is_performed(look)


async def _watch(desk: Desk, kind: DutyKind, seat: Unit, rule: str, start: datetime) -> base.Act:
    """Insist on a duty of the committee; a risk reported meanwhile goes to the police at once."""
    duty = desk.open(kind, _mediators(seat), rule=rule, start=start)
    while True:
        match await desk.next(duty, acts=(acts.ReportRisk,)):
            case Done(act=act):
                return act
            case Came():
                desk.note(Note.POLICE_TOLD, rule="《人民调解法》第25条")


async def _settle_confirmation(desk: Desk, confirm: Duty) -> None:
    """Thirty days for the joint application to the court (司法确认); a lapse is only noted (第33条)."""
    match await desk.next(confirm):
        case Done(act=acts.ApplyConfirmation()):
            desk.note(Note.CONFIRMATION_APPLIED, rule="《人民调解法》第33条")
        case Lapsed():
            desk.note(Note.CONFIRMATION_LAPSED, rule="《人民调解法》第33条")


def _place_order(desk: Desk, dispute: MediationOpening, seat: Unit, wanted: acts.PlaceOrder) -> None:
    """Work that would dissolve the dispute is ordered from a unit (订单分包)."""
    order = OrderOpening(
        offices=dispute.offices, matter=dispute.matter, title=dispute.title, text=wanted.text,
        service=wanted.service, unit=wanted.unit,
        parent=desk.as_parent(Link.SPLIT_INTO, checker=seat, sender=seat),
    )  # fmt: skip
    desk.open_case(order, Link.SPLIT_INTO, unit=wanted.unit, share=Share.CO_HANDLER)


def _extend(desk: Desk, month: Duty, days: int) -> None:
    """All parties agreed to go on beyond the month."""
    if desk.is_open(month):
        desk.extend(month, replace(desk.rules.limits["mediation.return_visit_2"], n=days), "consent")


def _raise(desk: Desk, steps: list[Step], why: str, rule: str) -> list[Step]:
    """The dispute rises one level, with its file."""
    desk.escalate(steps[1][1], why, rule=rule)
    return steps[1:]


def _raise_to_top(desk: Desk, dispute: MediationOpening, steps: list[Step], why: str) -> list[Step]:
    """Danger: the police are told and the top level takes over at once (第25条)."""
    desk.note(Note.POLICE_TOLD, unit=dispute.offices.police, rule="《人民调解法》第25条")
    desk.escalate(steps[-1][1], why, rule="《人民调解法》第25条")
    return steps[-1:]


def _end(desk: Desk, outcome: Outcome) -> Outcome:
    """Mediation is over; the parties are told arbitration, administrative and judicial ways (第26条)."""
    desk.note(Note.REMEDIES_TOLD, rule="《人民调解法》第26条")
    return outcome


def _is_performed(act: base.Act) -> bool:
    return isinstance(act, acts.ReportPerformance) and act.performance is acts.Performance.FULL


def _mediators(seat: Unit) -> Owner:
    return office(seat, Role.MEDIATOR)
