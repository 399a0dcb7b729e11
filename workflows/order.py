"""The resident order: residents order, the community dispatches, a unit accepts, and it is rated."""

from dataclasses import replace
from datetime import datetime

from domain.actors import Owner, office, party
from domain.acts import base, order
from domain.duties import Duty, DutyKind
from domain.openings import OrderOpening, Parent, WhistleOpening
from domain.vocabulary import Link, Note, Outcome, Role, Service, Stage, Unit
from workflows.desk import Came, Desk, Done, Interruption, Lapsed


async def resident_order(desk: Desk, opening: OrderOpening) -> Outcome:
    """One order from the resident's words to its rating (居民点单—社区下单—单位接单—评单)."""
    try:
        if opening.parent is not None:
            return await _part(desk, opening, opening.parent)
        return await _whole(desk, opening)
    except Interruption as broken:
        desk.relieve_all(broken.act.code)
        return Outcome.RECALLED if isinstance(broken.act, base.Recall) else Outcome.WITHDRAWN


async def _whole(desk: Desk, opening: OrderOpening) -> Outcome:
    """The community reviews and dispatches, a unit does the work, those concerned rate it."""
    service = opening.service
    taker: Unit | Outcome | None = None
    if opening.unit is not None:
        taker = await _offer_to(desk, opening.unit)
    else:
        reviewed = await _review(desk, opening)
        if isinstance(reviewed, Outcome):
            return reviewed
        service = reviewed
    while True:
        taker = taker or await _place(desk, opening)
        if taker is Outcome.DIVERTED:
            return Outcome.DIVERTED
        unit = None if isinstance(taker, Outcome) else taker
        if unit is not None:
            await _handle(desk, opening, unit, service)
        if not await _rated_and_sent_back(desk, opening, unit):
            return await _close(desk, opening, unit)
        taker = unit


async def _part(desk: Desk, opening: OrderOpening, parent: Parent) -> Outcome:
    """An order that is part of another case: the unit named does it, unless the sender takes it back."""
    assert opening.unit is not None
    if not await _keeps(desk, opening, parent, opening.unit):
        return Outcome.RETURNED
    await _handle(desk, opening, opening.unit, opening.service)
    while await _checked_and_sent_back(desk):
        await _handle(desk, opening, opening.unit, opening.service)
    return Outcome.DONE


async def _review(desk: Desk, opening: OrderOpening) -> Service | Outcome:
    """The community takes the matter, merges it, or shows it to its proper channel (审核)."""
    desk.stage(Stage.REVIEWING)
    match (await desk.insist(DutyKind.ORDER_REVIEW, _community(opening))).act:
        case order.AcceptNeed(service=service):
            return service
        case order.Merge(into=into):
            desk.join(into)
            return Outcome.MERGED
        case order.Divert(channel=channel):
            return _divert(desk, channel)
    raise AssertionError


async def _place(desk: Desk, opening: OrderOpening) -> Unit | Outcome:
    """Somebody takes the order: a unit named, one that comes forward, one assigned; or a whistle is blown."""
    taker: Unit | Outcome | None = None
    while taker is None:
        desk.stage(Stage.DISPATCHING)
        match await _dispatch(desk, opening):
            case order.Dispatch(units=(unit,)):
                taker = await _offer_to(desk, unit)
            case order.Dispatch(units=units):
                taker = await _ask_for_takers(desk, units) or await _assign(desk, opening)
            case order.Divert(channel=channel):
                taker = _divert(desk, channel)
            case Came(actor=hotline) if hotline.unit is not None:
                taker = await _whistle(desk, opening, blower=hotline.unit)
            case _:
                taker = await _whistle(desk, opening, blower=opening.offices.town)
    return taker


async def _dispatch(desk: Desk, opening: OrderOpening) -> base.Act | Came:
    """What the community decides (下单); the hotline may blow in its stead (12345吹哨)."""
    duty = desk.open(DutyKind.ORDER_DISPATCH, _community(opening))
    while True:
        match await desk.next(duty, acts=(order.AskWhistle,)):
            case Done(act=act):
                return act
            case Came() as blown:
                desk.relieve(duty, "whistled")
                return blown


async def _offer_to(desk: Desk, unit: Unit) -> Unit | None:
    """A named unit accepts, or returns the order with its reason; None when it is free again."""
    desk.stage(Stage.ACCEPTING, unit=unit)
    match await desk.duty(DutyKind.ORDER_ACCEPT, _handlers(unit)):
        case Done(act=order.Accept()):
            return unit
        case Lapsed():
            desk.note(Note.NO_TAKER, unit=unit)
    return None


async def _keeps(desk: Desk, opening: OrderOpening, parent: Parent, unit: Unit) -> bool:
    """The unit takes its part, objects within the days of 第23条第3款, or is silent, which is taking it."""
    desk.stage(Stage.ACCEPTING, unit=unit)
    match await desk.duty(DutyKind.ORDER_ACCEPT, _handlers(unit), rule=parent.accept_rule):
        case Done(act=order.Return()):
            return await _return_refused(desk, opening)
    return True


async def _return_refused(desk: Desk, opening: OrderOpening) -> bool:
    """The sender verifies the objection (核实同意); meanwhile no clock of the parent stops."""
    ruling = await desk.insist(DutyKind.ORDER_RETURN_RULING, _sender(opening))
    refused = isinstance(ruling.act, order.RefuseReturn)
    desk.note(Note.RETURN_REFUSED if refused else Note.RETURN_UPHELD)
    return refused


async def _ask_for_takers(desk: Desk, units: tuple[Unit, ...]) -> Unit | None:
    """Several units may claim, the first wins; None when all decline or nobody comes in time."""
    desk.stage(Stage.CLAIMING)
    claims = [desk.open(DutyKind.ORDER_CLAIM, _handlers(unit), rule="order.accept") for unit in units]
    waiting = len(claims)
    while waiting:
        match await desk.next(*claims):
            case Done(duty=duty, act=order.Accept()):
                _relieve(desk, claims, "taken_by_another")
                return duty.owner.unit
            case _:
                waiting -= 1
    desk.note(Note.NO_TAKER)
    return None


async def _assign(desk: Desk, opening: OrderOpening) -> Unit | Outcome | None:
    """The community's party committee 社区大党委 names a unit; failing that, the town is asked to whistle."""
    desk.stage(Stage.ASSIGNING)
    secretary = office(opening.offices.community, Role.COMMUNITY_SECRETARY)
    match await desk.duty(DutyKind.ORDER_ASSIGN, secretary):
        case Done(act=order.Assign(unit=unit)):
            return unit
        case _:
            return await _whistle(desk, opening, blower=opening.offices.town)


async def _whistle(desk: Desk, opening: OrderOpening, blower: Unit) -> Outcome | None:
    """A whistle is blown for what no unit here can do; the order waits for it, for the first asked answers.

    None when the whistle was not blown after all, and the community must find somebody.
    """
    desk.stage(Stage.ESCALATED, unit=blower)
    whistle = WhistleOpening(
        offices=opening.offices, matter=opening.matter, title=opening.title, text=opening.text, blower=blower,
        parent=desk.as_parent(Link.ESCALATED_TO, checker=opening.offices.community, sender=blower),
    )  # fmt: skip
    number = desk.open_case(whistle, Link.ESCALATED_TO, unit=blower, mandatory=True)
    desk.escalate(blower, "no_unit_to_command", rule="《北京市街道办事处条例》第17条")
    while True:
        match await desk.next(acts=(base.PartClosed,)):
            case Came(act=base.PartClosed(number=ended, outcome=outcome)) if ended == number:
                desk.note(Note.PART_ENDED, about=outcome)
                return Outcome.WHISTLED if outcome is Outcome.STOOD_DOWN else None


def _divert(desk: Desk, channel: str) -> Outcome:
    """The person is told of the proper channel (《北京市接诉即办工作条例》第11条第3款)."""
    desk.note(Note.REMEDIES_TOLD, about=channel)
    return Outcome.DIVERTED


async def _handle(desk: Desk, opening: OrderOpening, unit: Unit, service: Service) -> None:
    """The work itself (办理): interim reports, at most one extension, and the result."""
    if desk.case.lead != desk.standing(unit):
        desk.note(Note.LEAD_NAMED, unit=unit)
    desk.stage(Stage.HANDLING, unit=unit)
    cap = _latest(desk, opening.parent)
    written = None if desk.case.send_backs else opening.due
    rule = _WRITTEN if written else f"order.handle.{service.value}"
    handle = desk.open(DutyKind.ORDER_HANDLE, _handlers(unit), rule=rule, due=written, cap=cap)
    asked: list[Duty] = []
    while desk.is_open(handle):
        match await desk.next(handle, *asked):
            case Done(act=order.RequestExtension()):
                asked = [desk.open(DutyKind.ORDER_EXTENSION_DECISION, _sender(opening))]
            case Done(act=order.GrantExtension(days=days)):
                _extend(desk, handle, days)
            case Done(act=order.RefuseExtension()):
                desk.note(Note.EXTENSION_REFUSED)
            case Lapsed(duty=lapsed) if lapsed is handle:
                _relieve(desk, asked, "too_late")
    _relieve(desk, asked, "no_longer_asked")


def _latest(desk: Desk, parent: Parent | None) -> datetime | None:
    """The date the whole sets for its part, as long as it is still ahead: nobody is late before he begins."""
    return parent.cap if parent and parent.cap and parent.cap > desk.now else None


def _extend(desk: Desk, handle: Duty, days: int) -> None:
    """The sender grants once, before expiry, and the person is told the reason."""
    desk.extend(handle, replace(desk.rules.limits["order.extension"], n=days), "extension")
    desk.note(Note.EXTENSION_GRANTED, number=days)
    desk.note(Note.PARTY_TOLD, about="extension", rule="《北京市接诉即办工作条例》第15条")


async def _checked_and_sent_back(desk: Desk) -> bool:
    """Who asked for the part takes its result or sends it back; where it is silent the result is taken."""
    desk.stage(Stage.RATING)
    checker = desk.case.checker
    assert checker is not None
    check = desk.open(DutyKind.ORDER_CHECK, office(checker, *_CHECKERS), rule="order.community_rate")
    while True:
        match await desk.next(check, acts=(base.ChangeChecker,)):
            case Done(act=act):
                return isinstance(act, order.SendBack)
            case Lapsed():
                desk.relieve(check, "lapsed")
                return False
            case Came() if desk.case.checker != checker:
                desk.relieve(check, "checker_changed")
                return await _checked_and_sent_back(desk)


async def _rated_and_sent_back(desk: Desk, opening: OrderOpening, unit: Unit | None) -> bool:
    """The resident, then the community rates or sends back; unrated stays unrated, nobody rates itself."""
    desk.stage(Stage.RATING)
    raters = [(DutyKind.ORDER_COMMUNITY_RATE, _community(opening))]
    if opening.applicant is not None:
        raters.insert(0, (DutyKind.ORDER_RATE, party(opening.applicant)))
    for kind, rater in raters:
        if unit is not None and rater.unit is not None and desk.standing(rater.unit) == desk.standing(unit):
            continue
        match await desk.duty(kind, rater):
            case Done(act=order.SendBack()):
                return True
            case Lapsed():
                desk.note(Note.UNRATED, about=kind)
    return False


async def _close(desk: Desk, opening: OrderOpening, unit: Unit | None) -> Outcome:
    """The community crosses the order off (销单) and credits the unit that did it."""
    closed = (await desk.insist(DutyKind.ORDER_CLOSE, _community(opening))).act
    if unit is None:
        return Outcome.WHISTLED
    hours = closed.credit_hours if isinstance(closed, order.CloseOrder) else 0.0
    desk.note(Note.CREDITED, unit=unit, number=hours)
    return Outcome.DONE


def _relieve(desk: Desk, duties: list[Duty], why: str) -> None:
    for duty in duties:
        desk.relieve(duty, why)


_CHECKERS = (
    Role.HANDLER, Role.UNIT_HEAD, Role.MEDIATOR, Role.GRID_WORKER, Role.DISPATCHER, Role.JOINT_OFFICE,
    Role.TOWN_LEADER, Role.TOWN_SECRETARY,
)  # fmt: skip


def _handlers(unit: Unit) -> Owner:
    return office(unit, Role.HANDLER, Role.UNIT_HEAD, Role.MEDIATOR)


def _community(opening: OrderOpening) -> Owner:
    return office(opening.offices.community, Role.COMMUNITY_WORKER, Role.COMMUNITY_SECRETARY)


def _sender(opening: OrderOpening) -> Owner:
    """Who sent the order and rules on its return: the parent's sender, or the community."""
    if opening.parent is None:
        return _community(opening)
    return office(opening.parent.sender, Role.PETITION_OFFICER, *_CHECKERS)


_WRITTEN = "《北京市接诉即办工作条例》第13条"
"""The deadline stands on the order itself; what is sent back has the limit of its service."""
