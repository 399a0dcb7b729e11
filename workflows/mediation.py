"""People's mediation under the three-level response: settled where it arises, raised only when it must be."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from domain.actors import Owner, office
from domain.acts import base
from domain.acts import mediation as acts
from domain.calendar import CST
from domain.duties import Duty, DutyKind
from domain.openings import MediationOpening, OrderOpening
from domain.rulebook import Level
from domain.terms import TimeUnit
from domain.vocabulary import Colour, Link, Note, Outcome, Role, Share, Stage, Unit
from workflows.desk import Came, Desk, Done, Interruption, Lapsed, Turn

_DANGER = "《人民调解法》第25条"


@dataclass(frozen=True, slots=True)
class Seat:
    """A level of the response, and the body that mediates there."""

    level: Level
    unit: Unit

    @property
    def mediators(self) -> Owner:
        """Who may mediate at the level, as its edition says."""
        return office(self.unit, *self.level.actors)


@dataclass(slots=True)
class _Climb:
    """How far up a dispute is: the seats still ahead, the month, whether there is danger.

    `since` is from where the days of the present level count.
    """

    dispute: MediationOpening
    seats: list[Seat]
    month: Duty | None = None
    danger: bool = False
    since: datetime | None = None

    @property
    def seat(self) -> Seat:
        """Who has the dispute now."""
        return self.seats[0]


async def mediation(desk: Desk, dispute: MediationOpening) -> Outcome:
    """One dispute through the levels of its rulebook (三级响应), until it is settled, refused or ended."""
    seats = [Seat(*pair) for pair in zip(desk.rules.levels, dispute.offices.seats, strict=True)]
    climb = _Climb(dispute, seats)
    while True:
        try:
            return await _respond(desk, climb)
        except Interruption as broken:
            desk.relieve_all(broken.act.code, but=climb.month)
            match broken.act:
                case acts.ReportRisk():
                    _raise_to_top(desk, climb, "risk_reported")
                case acts.Refuse():
                    return _end(desk, Outcome.REFUSED)
                case _:
                    return Outcome.WITHDRAWN


async def _respond(desk: Desk, climb: _Climb) -> Outcome:
    """Sign for, size up, take in; then level by level; at the top the joint conference."""
    if climb.month is None:
        await _sign_for(desk, climb)
        if not climb.danger and await _size_up(desk, climb) is Colour.RED:
            _raise_to_top(desk, climb, "graded_red")
            await _sign_for(desk, climb)
        if not await _take_in(desk, climb.seat):
            return _end(desk, Outcome.NOT_ACCEPTED)
        conference = office(climb.dispute.offices.joint_office, Role.JOINT_OFFICE)
        climb.month = desk.open(DutyKind.MEDIATION_TOTAL, conference)
    return await _mediate_upwards(desk, climb, climb.month)


async def _sign_for(desk: Desk, climb: _Climb) -> None:
    """The lowest level signs (签收); where it is silent the next one is asked, and the last must."""
    while len(climb.seats) > 1:
        if isinstance(await _ask_to_sign(desk, climb.seat), Done):
            return
        _raise(desk, climb, "not_signed", "mediation.sign")
    seat = climb.seat
    await desk.insist(DutyKind.MEDIATION_SIGN, seat.mediators, about=seat.level.code)
    _stage(desk, Stage.SIGNED, seat)


async def _ask_to_sign(desk: Desk, seat: Seat) -> Done | Lapsed:
    turn = await desk.duty(DutyKind.MEDIATION_SIGN, seat.mediators, about=seat.level.code)
    if isinstance(turn, Done):
        _stage(desk, Stage.SIGNED, seat)
    return turn


async def _size_up(desk: Desk, climb: _Climb) -> Colour:
    """The centre grades the risk (分色) while the mediator pays the first visit (首访), side by side."""
    centre = office(climb.dispute.offices.centre, Role.DISPATCHER)
    grade = desk.open(DutyKind.MEDIATION_GRADE, centre)
    visit = desk.open(DutyKind.MEDIATION_FIRST_VISIT, climb.seat.mediators, start=desk.case.opened_at)
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
    _stage(desk, Stage.VISITED, climb.seat)
    return colour


async def _take_in(desk: Desk, seat: Seat) -> bool:
    """Rights notice and consent of every party, then acceptance (受理); without consent no mediation."""
    _stage(desk, Stage.CONSENTING, seat)
    consent = desk.open(DutyKind.MEDIATION_CONSENT, seat.mediators)
    while True:
        match await desk.next(consent):
            case Done(act=acts.AcceptDispute()):
                desk.note(Note.ACCEPTED, unit=seat.unit)
                return True
            case Done(act=acts.RejectDispute()):
                return False
            case Lapsed() if not desk.case.consented.issuperset(desk.case.parties):
                desk.relieve(consent, "no_consent")
                return False


async def _mediate_upwards(desk: Desk, climb: _Climb, month: Duty) -> Outcome:
    """Mediate at one level after another, as long as the month lasts."""
    while True:
        match await _mediate(desk, climb, month):
            case acts.Agree() as agreement:
                desk.relieve(month, "agreed")
                return await _conclude(desk, agreement, climb)
            case acts.EndWithoutAgreement():
                return _end(desk, Outcome.FAILED)
            case why if len(climb.seats) > 1 and desk.is_open(month):
                _raise(desk, climb, why, climb.seat.level.limit_key)
            case _:
                del climb.seats[:-1]
                climb.since = None
                desk.tell_parts(base.ChangeChecker(climb.seat.unit))
                if not await _confer(desk, climb.dispute):
                    return _end(desk, Outcome.FAILED)
                desk.relieve(month, "extended_by_consent")


async def _mediate(desk: Desk, climb: _Climb, month: Duty) -> acts.Agree | acts.EndWithoutAgreement | str:
    """Sittings at one level until the parties agree, or it ends, or why it must rise."""
    level = climb.seat.level
    _stage(desk, Stage.MEDIATING, climb.seat)
    mediate = desk.open(
        DutyKind.MEDIATION_MEDIATE, climb.seat.mediators, rule=level.limit_key, about=level.code,
        start=climb.since,
    )  # fmt: skip
    climb.since = mediate.counted_from
    while True:
        awaited = (mediate, month) if desk.is_open(month) else (mediate,)
        match await desk.next(*awaited, acts=(acts.AskEscalation,)):
            case Done(act=acts.Agree() | acts.EndWithoutAgreement() as end):
                return end
            case Done(act=acts.AskEscalation()) | Came():
                desk.relieve(mediate, "asked_up")
                return "asked"
            case Done(act=acts.PlaceOrder() as wanted):
                _place_order(desk, climb, wanted)
            case Done(act=acts.ExtendByConsent(days=days)):
                _extend(desk, month, days)
            case Done(act=acts.Suspend() as agreed):
                await _rest(desk, climb.seat, agreed, mediate, month)
            case Lapsed(duty=lapsed):
                desk.relieve(mediate, "lapsed")
                return "month_over" if lapsed is month else "not_settled_in_time"


async def _rest(desk: Desk, seat: Seat, agreed: acts.Suspend, mediate: Duty, month: Duty) -> None:
    """By consent of all the matter rests (中止), and its clocks with it, until the day agreed or sooner."""
    stopped = [duty for duty in (mediate, month) if desk.is_open(duty) and desk.may_pause(duty, "consent")]
    for duty in stopped:
        desk.pause(duty, "consent")
    ends = datetime.combine(agreed.until + timedelta(days=1), time(), CST)
    rest = desk.open(DutyKind.MEDIATION_SUSPENSION, seat.mediators, rule="mediation.total", due=ends)
    try:
        await desk.next(rest, acts=(acts.Resume,))
    except Interruption:  # and not `finally`, which would write when a case at rest is put away unfinished
        _go_on(desk, rest, stopped)
        raise
    _go_on(desk, rest, stopped)


def _go_on(desk: Desk, rest: Duty, stopped: list[Duty]) -> None:
    desk.relieve(rest, "resumed")
    for duty in stopped:
        desk.resume(duty, "consent")


async def _confer(desk: Desk, dispute: MediationOpening) -> bool:
    """The joint conference (联席会议) decides whether the top level tries again, with everybody's consent."""
    conference = dispute.offices.joint_office
    desk.stage(Stage.JOINT_CONFERENCE, unit=conference)
    desk.escalate(conference, "not_settled_at_top", rule="mediation.top_decision")
    decided = await desk.insist(
        DutyKind.MEDIATION_JOINT, office(conference, Role.JOINT_OFFICE), rule="mediation.top_decision"
    )
    return isinstance(decided.act, acts.DecideConference) and decided.act.decision is acts.Conference.EXTEND


async def _conclude(desk: Desk, agreement: acts.Agree, climb: _Climb) -> Outcome:
    """The agreement takes effect: an oral one the day it is made, a written one when sealed (第29、30条)."""
    _stage(desk, Stage.AGREED, climb.seat)
    if agreement.form is acts.Form.WRITTEN:
        seal = desk.open(DutyKind.MEDIATION_AGREEMENT, climb.seat.mediators)
        await _watch(desk, climb, seal)
    desk.note(Note.AGREEMENT_EFFECTIVE, rule="《人民调解法》第29条")
    _stage(desk, Stage.PERFORMING, climb.seat)
    confirm = desk.open(
        DutyKind.MEDIATION_CONFIRM, climb.seat.mediators,
        remind=tuple(f"mediation.confirm_remind_{place}" for place in (1, 2, 3)),
    )  # fmt: skip
    performed = await _see_performed(desk, agreement, climb, confirm)
    while desk.is_open(confirm):
        _note_meanwhile(desk, climb, await desk.next(confirm, acts=(acts.ReportRisk,)))
    return Outcome.AGREED_PERFORMED if performed else _end(desk, Outcome.AGREED_UNPERFORMED)


async def _see_performed(desk: Desk, agreement: acts.Agree, climb: _Climb, confirm: Duty) -> bool:
    """The committee supervises performance (第31条): looks, urges, looks again, and pays a return visit."""
    due_day = datetime.combine(agreement.perform_by, time(), CST)
    start = max(due_day, desk.now)
    mediators = climb.seat.mediators
    look = desk.open(DutyKind.MEDIATION_PERFORMANCE, mediators, rule="mediation.perform_grace", start=start)
    performed = _is_performed(await _watch(desk, climb, look, confirm))
    if not performed:
        desk.note(Note.PERFORMANCE_URGED, rule="《人民调解法》第31条")
        look = desk.open(DutyKind.MEDIATION_PERFORMANCE, mediators, rule="mediation.return_visit_2")
        performed = _is_performed(await _watch(desk, climb, look, confirm))
    visit = desk.open(DutyKind.MEDIATION_RETURN_VISIT, mediators)
    await _watch(desk, climb, visit, confirm)
    return performed


async def _watch(desk: Desk, climb: _Climb, duty: Duty, *around: Duty) -> base.Act:
    """Insist on a duty of the committee, and take note of what comes up around it."""
    while True:
        turn = await desk.next(duty, *around, acts=(acts.ReportRisk,))
        if isinstance(turn, Done) and turn.duty is duty:
            return turn.act
        _note_meanwhile(desk, climb, turn)


def _note_meanwhile(desk: Desk, climb: _Climb, turn: Turn) -> None:
    """Danger goes to the police and the top level; a lapse of the court's thirty days is noted (第33条)."""
    match turn:
        case Came():
            _alarm(desk, climb, "risk_reported")
        case Done(act=acts.ApplyConfirmation()):
            desk.note(Note.CONFIRMATION_APPLIED, rule="《人民调解法》第33条")
        case Lapsed(duty=duty) if duty.kind is DutyKind.MEDIATION_CONFIRM:
            desk.note(Note.CONFIRMATION_LAPSED, rule="《人民调解法》第33条")


def _stage(desk: Desk, stage: Stage, seat: Seat) -> None:
    desk.stage(stage, seat.level.code, seat.unit)


def _place_order(desk: Desk, climb: _Climb, wanted: acts.PlaceOrder) -> None:
    """Work that would dissolve the dispute is ordered from a unit (订单分包)."""
    dispute, seat = climb.dispute, climb.seat.unit
    order = OrderOpening(
        offices=dispute.offices, matter=dispute.matter, title=dispute.title, text=wanted.text,
        service=wanted.service, unit=wanted.unit,
        parent=desk.as_parent(
            Link.SPLIT_INTO, checker=seat, sender=seat, accused=desk.case.accused, mandatory=False
        ),
    )  # fmt: skip
    desk.open_case(order, Link.SPLIT_INTO, unit=wanted.unit, share=Share.CO_HANDLER)


def _extend(desk: Desk, month: Duty, days: int) -> None:
    """All parties agreed to go on beyond the month."""
    more = replace(desk.rules.limits["mediation.total"], n=days, unit=TimeUnit.NATURAL_DAY)
    desk.extend(month, more, "consent")


def _raise(desk: Desk, climb: _Climb, why: str, rule: str) -> None:
    """The dispute rises one level, with its file and the orders placed for it."""
    del climb.seats[0]
    climb.since = None
    desk.escalate(climb.seat.unit, why, rule=rule)
    desk.tell_parts(base.ChangeChecker(climb.seat.unit))


def _raise_to_top(desk: Desk, climb: _Climb, why: str) -> None:
    """Danger: the police are told and the top level takes over at once (第25条); its own days run on."""
    if climb.seats[:-1]:
        climb.since = None
    del climb.seats[:-1]
    climb.danger = True
    _alarm(desk, climb, why)
    desk.tell_parts(base.ChangeChecker(climb.seat.unit))


def _alarm(desk: Desk, climb: _Climb, why: str) -> None:
    desk.note(Note.POLICE_TOLD, unit=climb.dispute.offices.police, rule=_DANGER)
    desk.escalate(climb.seats[-1].unit, why, rule=_DANGER)


def _end(desk: Desk, outcome: Outcome) -> Outcome:
    """Mediation is over; the parties are told arbitration, administrative and judicial ways (第26条)."""
    desk.note(Note.REMEDIES_TOLD, rule="《人民调解法》第26条")
    return outcome


def _is_performed(act: base.Act) -> bool:
    return isinstance(act, acts.ReportPerformance) and act.performance is acts.Performance.FULL
