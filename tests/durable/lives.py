"""Pieces of lives that several durable tests need, and what must hold of each afterwards."""

from datetime import UTC, datetime

from durable.cast import HOUSING, OFFICER, RESIDENT, WATER, a_petition, handler, text
from engine import Engine

from activities.chain import Link, stored_event, verify_chain
from audit.rerun import difference
from domain.acts import order, petition
from domain.calendar import CST
from domain.vocabulary import CaseNo, Share, Unit
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
