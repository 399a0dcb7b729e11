"""The resident order: residents order, the community dispatches, a unit accepts, and it is rated."""

from dataclasses import replace

from domain.actors import Owner, office, party
from domain.acts import base, order
from domain.duties import Duty, DutyKind
from domain.openings import OrderOpening, Parent, WhistleOpening
from domain.vocabulary import Link, Note, Outcome, Role, Service, Stage, Unit
from workflows.desk import Desk, Done, Interruption, Lapsed


async def resident_order(desk: Desk, opening: OrderOpening) -> Outcome:
    """One order from the resident's words to its rating (居民点单—社区下单—单位接单—评单)."""
    try:
        return await _run(desk, opening)
    except Interruption as broken:
        desk.relieve_all(broken.act.code)
        return Outcome.RECALLED if isinstance(broken.act, base.Recall) else Outcome.WITHDRAWN


async def _run(desk: Desk, opening: OrderOpening) -> Outcome:
    service = opening.service
    if opening.unit is None:
        reviewed = await _review(desk, opening)
        if isinstance(reviewed, Outcome):
            return reviewed
        service = reviewed
    unit = await _place(desk, opening)
    if isinstance(unit, Outcome):
        return unit
    return await _serve(desk, opening, unit, service)


async def _review(desk: Desk, opening: OrderOpening) -> Service | Outcome:
    """The community takes the matter, merges it, or shows it to its proper channel (审核)."""
    desk.stage(Stage.REVIEWING)
    match (await desk.insist(DutyKind.ORDER_REVIEW, _community(opening))).act:
        case order.AcceptNeed(service=service):
            return service
        case order.Merge(into=into):
            desk.link(into, Link.DUPLICATE_OF)
            return Outcome.MERGED
        case order.Divert(channel=channel):
            desk.note(Note.REMEDIES_TOLD, about=channel)
            return Outcome.DIVERTED
    raise AssertionError


async def _place(desk: Desk, opening: OrderOpening) -> Unit | Outcome:
    """Somebody takes the order: the unit named, one that comes forward, or one that is assigned."""
    if opening.unit is not None:
        taken = await _offer_to(desk, opening, opening.unit)
        if taken is None and opening.parent is not None:
            return Outcome.RETURNED
    else:
        taken = None
    while taken is None:
        desk.stage(Stage.DISPATCHING)
        match (await desk.insist(DutyKind.ORDER_DISPATCH, _community(opening))).act:
            case order.Dispatch(units=(unit,)):
                taken = await _offer_to(desk, opening, unit)
            case order.Dispatch(units=units):
                taken = await _ask_for_takers(desk, opening, units)
                if taken is None:
                    return await _assign(desk, opening)
            case order.AskWhistle():
                return _whistle(desk, opening)
            case order.Divert(channel=channel):
                desk.note(Note.REMEDIES_TOLD, about=channel)
                return Outcome.DIVERTED
    return taken


async def _offer_to(desk: Desk, opening: OrderOpening, unit: Unit) -> Unit | None:
    """A named unit accepts, or returns the order with its reason; None when it is free again."""
    desk.stage(Stage.ACCEPTING, unit=unit)
    rule = "petition.objection" if opening.parent else "order.accept"
    match await desk.duty(DutyKind.ORDER_ACCEPT, _handlers(unit), rule=rule):
        case Done(act=order.Accept()):
            return unit
        case Done(act=order.Return()) if opening.parent is not None:
            return unit if await _return_refused(desk, opening) else None
        case Lapsed() if opening.parent is not None:
            return unit  # no objection within the days of 第23条第3款: the order is the unit's
        case _:
            return None


async def _return_refused(desk: Desk, opening: OrderOpening) -> bool:
    """The sender verifies the objection; meanwhile no clock of the parent stops."""
    ruling = await desk.insist(DutyKind.ORDER_RETURN_RULING, _sender(opening))
    refused = isinstance(ruling.act, order.RefuseReturn)
    desk.note(Note.RETURN_REFUSED if refused else Note.RETURN_UPHELD)
    return refused


async def _ask_for_takers(desk: Desk, opening: OrderOpening, units: tuple[Unit, ...]) -> Unit | None:
    """Several units may claim, the first wins; None when all decline or nobody comes in time."""
    desk.stage(Stage.CLAIMING)
    claims = [desk.open(DutyKind.ORDER_CLAIM, _handlers(unit), rule="order.accept") for unit in units]
    while claims:
        match await desk.next(*claims):
            case Done(duty=duty, act=order.Accept()):
                _relieve(desk, claims, "taken_by_another")
                return duty.owner.unit
            case Done(duty=duty):
                claims.remove(duty)
            case Lapsed():
                _relieve(desk, claims, "nobody_came")
                break
    desk.note(Note.NO_TAKER)
    return None


async def _assign(desk: Desk, opening: OrderOpening) -> Unit | Outcome:
    """The community's party committee 社区大党委 names a unit; failing that, the town is asked to whistle."""
    desk.stage(Stage.ASSIGNING)
    match await desk.duty(DutyKind.ORDER_ASSIGN, office(opening.offices.community, Role.COMMUNITY_SECRETARY)):
        case Done(act=order.Assign(unit=unit)):
            return unit
        case _:
            return _whistle(desk, opening)


def _whistle(desk: Desk, opening: OrderOpening) -> Outcome:
    """A community that cannot command a department blows the whistle; the order goes on as that case."""
    offices = opening.offices
    whistle = WhistleOpening(
        offices=offices, matter=opening.matter, title=opening.title, text=opening.text, blower=offices.town,
        parent=desk.as_parent(Link.ESCALATED_TO, checker=offices.community, sender=offices.town),
    )  # fmt: skip
    desk.open_case(whistle, Link.ESCALATED_TO, unit=offices.town)
    desk.escalate(offices.town, "no_unit_to_command", rule="《北京市街道办事处条例》第17条")
    return Outcome.WHISTLED


async def _serve(desk: Desk, opening: OrderOpening, unit: Unit, service: Service) -> Outcome:
    """The unit does the work until nobody sends it back (办理)."""
    desk.note(Note.LEAD_NAMED, unit=unit)
    sent_back = True
    while sent_back:
        desk.stage(Stage.HANDLING, unit=unit)
        await _handle(desk, opening, unit, service)
        desk.stage(Stage.RATING)
        sent_back = await (_check(desk, opening.parent) if opening.parent else _rate(desk, opening))
    if opening.parent is None:
        await desk.insist(DutyKind.ORDER_CLOSE, _community(opening))
        desk.note(Note.CREDITED, unit=unit)
    return Outcome.DONE


async def _handle(desk: Desk, opening: OrderOpening, unit: Unit, service: Service) -> None:
    """The work itself: interim reports, at most one extension, and the result."""
    cap = opening.parent.cap if opening.parent else None
    handle = desk.open(
        DutyKind.ORDER_HANDLE, _handlers(unit), rule=f"order.handle.{service.value}", cap=cap
    )
    while desk.is_open(handle):
        match await desk.next(handle):
            case Done(act=order.RequestExtension()):
                await _decide_extension(desk, opening, handle)


async def _decide_extension(desk: Desk, opening: OrderOpening, handle: Duty) -> None:
    """The sender grants once, before expiry, or the first date stands; the work's clock runs on."""
    decision = desk.open(DutyKind.ORDER_EXTENSION_DECISION, _sender(opening))
    match await desk.next(decision, handle):
        case Done(act=order.GrantExtension(days=days)):
            desk.extend(handle, replace(desk.rules.limits["order.extension"], n=days), "extension")
            desk.note(Note.EXTENSION_GRANTED, number=days)
            desk.note(Note.PARTY_TOLD, about="extension", rule="《北京市接诉即办工作条例》第15条")
        case Done(act=order.RefuseExtension()):
            desk.note(Note.EXTENSION_REFUSED)
        case _:
            desk.relieve(decision, "no_longer_asked")


async def _check(desk: Desk, parent: Parent) -> bool:
    """Who asked for the part takes its result or sends it back; whether it was sent back."""
    match await desk.duty(
        DutyKind.ORDER_CHECK, office(parent.checker, *_CHECKERS), rule="order.community_rate"
    ):
        case Done(act=order.SendBack()):
            return True
        case _:
            return False


async def _rate(desk: Desk, opening: OrderOpening) -> bool:
    """The resident, then the community rates or sends back; unrated stays unrated. Whether it was sent back."""
    raters = [(DutyKind.ORDER_COMMUNITY_RATE, _community(opening))]
    if opening.applicant is not None:
        raters.insert(0, (DutyKind.ORDER_RATE, party(opening.applicant)))
    for kind, rater in raters:
        match await desk.duty(kind, rater):
            case Done(act=order.SendBack()):
                return True
            case Lapsed():
                desk.note(Note.UNRATED, about=kind)
    return False


def _relieve(desk: Desk, duties: list[Duty], why: str) -> None:
    for duty in duties:
        desk.relieve(duty, why)


_CHECKERS = (Role.HANDLER, Role.UNIT_HEAD, Role.MEDIATOR, Role.DISPATCHER, Role.TOWN_LEADER)


def _handlers(unit: Unit) -> Owner:
    return office(unit, Role.HANDLER, Role.UNIT_HEAD, Role.MEDIATOR)


def _community(opening: OrderOpening) -> Owner:
    return office(opening.offices.community, Role.COMMUNITY_WORKER, Role.COMMUNITY_SECRETARY)


def _sender(opening: OrderOpening) -> Owner:
    """Who sent the order and rules on its return: the parent's sender, or the community."""
    if opening.parent is None:
        return _community(opening)
    return office(opening.parent.sender, Role.PETITION_OFFICER, *_CHECKERS)
