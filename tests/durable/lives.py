"""Pieces of lives that several durable tests need, and what must hold of each afterwards."""

from datetime import UTC, date, datetime

from durable.cast import (
    DISPATCHER,
    HOUSING,
    LEADER,
    MEDIATOR,
    NEIGHBOUR,
    OFFICER,
    RESIDENT,
    WATER,
    WORKER,
    a_call,
    a_dispute,
    a_petition,
    handler,
    text,
)  # fmt: skip
from engine import Engine

from activities.chain import Link, stored_event, verify_chain
from activities.interface import RecordRequest
from audit.answers.rerun import difference, relived
from domain.actors import Actor
from domain.acts import Act, mediation, order, petition, whistle
from domain.calendar import CST
from domain.codec import event_json
from domain.vocabulary import CaseNo, Colour, Party, Share, Unit
from workflows.envelope import Drill


def fast_drill(speed: float, grace: float = 0.0) -> Drill:
    """A drill that begins now, at nine on an ordinary Monday."""
    return Drill(
        origin=datetime(2026, 3, 2, 9, tzinfo=CST), began=datetime.now(UTC), speed=speed, grace=grace
    )


async def assert_lawful(engine: Engine, *numbers: CaseNo) -> None:
    """Chain whole, and the rerun gives the ledger byte for byte."""
    for number in numbers:
        record = await engine.record(number)
        rows = await engine.pool.fetch("SELECT * FROM event WHERE case_no = $1 ORDER BY seq", number)
        links = [Link(stored_event(row), row["prev"].hex(), row["hash"].hex()) for row in rows]
        assert verify_chain(number, links) is None
        assert difference(number, record, engine.shelf) is None


def an_opinion() -> petition.IssueOpinion:
    return petition.IssueOpinion(text("claims"), text("facts"), petition.Opinion.SUPPORT, text("basis"))


async def a_split_petition(engine: Engine, *, orders: int, acts_per_run: int = 1000) -> CaseNo:
    """A petition that is sorted, split and accepted; the first order is the lead's."""
    number = await engine.open(a_petition(), RESIDENT, acts_per_run=acts_per_run)
    lines = [petition.OrderLine(HOUSING, Share.LEAD, text("claim-0"))]
    lines += [
        petition.OrderLine(WATER, Share.CO_HANDLER, text(f"claim-{place}")) for place in range(1, orders)
    ]
    await engine.act(number, OFFICER, petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL))
    await engine.act(number, OFFICER, petition.Split(tuple(lines)))
    await engine.act(number, handler(HOUSING), petition.GiveNotice(True, text("accepted")))
    return number


async def finish_part(engine: Engine, part: CaseNo, unit: Unit) -> None:
    """A unit does its order and the lead takes the result."""
    await engine.until(part, "duty_opened")
    await engine.act(part, handler(unit), order.Accept())
    await engine.act(part, handler(unit), order.Complete(text("done")))
    await engine.act(part, handler(HOUSING), order.AcceptResult())


async def a_mediation(engine: Engine) -> CaseNo:
    """Two neighbours agree in writing at the lowest level."""
    number = await engine.open(a_dispute(), MEDIATOR)
    await engine.act(number, MEDIATOR, mediation.SignFor())
    await engine.act(number, DISPATCHER, mediation.GradeRisk(Colour.BLUE))
    await engine.act(number, MEDIATOR, mediation.Visit(text("seen both")))
    for who in (RESIDENT, NEIGHBOUR):
        await engine.act(number, MEDIATOR, mediation.ServeNotice(Party(who.account)))
        await engine.act(number, who, mediation.Consent())
    await engine.act(number, MEDIATOR, mediation.AcceptDispute())
    await engine.act(number, MEDIATOR, mediation.HoldSession(text("first sitting")))
    terms = [text(word) for word in ("facts", "shared", "trim the roof", "by hand")]
    await engine.act(number, MEDIATOR, mediation.Agree(mediation.Form.WRITTEN, *terms, date(2027, 1, 15)))
    for who in (RESIDENT, NEIGHBOUR):
        await engine.act(number, who, mediation.SignAgreement())
    await engine.act(number, MEDIATOR, mediation.SealAgreement())
    return number


async def a_whistle(engine: Engine) -> CaseNo:
    """Two departments report, one leads, and the blower stands the whistle down."""
    number = await engine.open(a_call(), WORKER)
    await engine.act(number, LEADER, whistle.Blow((HOUSING, WATER)))
    for unit in (HOUSING, WATER):
        await engine.act(number, handler(unit), whistle.SignWhistle())
        await engine.act(number, handler(unit), whistle.ReportOnSite(text("who came")))
    tasks = (
        whistle.Task(HOUSING, Share.LEAD, text("pump")),
        whistle.Task(WATER, Share.CO_HANDLER, text("pipe")),
    )
    await engine.act(number, LEADER, whistle.FixTasks(tasks))
    for part, unit in ((CaseNo(f"{number}-01"), HOUSING), (CaseNo(f"{number}-02"), WATER)):
        await engine.until(part, "duty_opened")
        await engine.act(part, handler(unit), order.Accept())
        await engine.act(part, handler(unit), order.Complete(text("done")))
        await engine.act(part, LEADER, order.AcceptResult())
    await engine.until(number, "acted", times=8)
    await engine.act(number, handler(HOUSING), whistle.ReportHandled(text("dry again")))
    await engine.act(number, LEADER, whistle.StandDown())
    for unit in (HOUSING, WATER):
        await engine.act(number, LEADER, whistle.RateDepartment(unit, 5, 4))
        await engine.act(number, handler(unit), whistle.RateBlower(5, 5))
    await engine.end(number)
    return number


async def written_by_a_dead_worker(
    engine: Engine, number: CaseNo, actor: Actor, act: Act, act_id: str = "key-dead"
) -> None:
    """Events that a worker committed to the ledger before it died, and of which its workflow knows nothing."""
    record = await engine.record(number)
    core = relived(number, record, engine.shelf)
    core.drain()
    core.receive(act_id, actor, act, datetime.now(CST).replace(microsecond=0))
    events = [event_json(event) for event in core.drain()[0]]
    head = await engine.pool.fetchval(
        "SELECT encode(hash, 'hex') FROM event WHERE case_no = $1 ORDER BY seq DESC LIMIT 1", number
    )
    await engine.hands.record(RecordRequest(case_no=number, head=head, events=events))
