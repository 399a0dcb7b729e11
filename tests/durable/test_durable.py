"""The durable engine on real servers: receipts, refusals, timers, new runs, and the same ledger as the law gives."""

import asyncio
from datetime import datetime, timedelta

import pytest
from durable.cast import (
    HOUSING,
    OFFICER,
    RESIDENT,
    WATER,
    WORKER,
    a_part,
    a_petition,
    an_order,
    handler,
    text,
)  # fmt: skip
from durable.lives import (
    a_split_petition,
    an_opinion,
    assert_lawful,
    fast_drill,
    finish_part,
    written_by_a_dead_worker,
)
from engine import Engine, Refusal

from domain.acts import base, order, petition
from domain.events import Acted, CaseLinked, DutyBreached, DutyOpened
from domain.vocabulary import CaseNo, Service, Share


async def test_an_order_goes_its_whole_way(engine: Engine) -> None:
    number = await engine.open(an_order(), RESIDENT)
    await engine.act(number, WORKER, order.AcceptNeed(Service.SERVICE))
    await engine.act(number, WORKER, order.Dispatch((HOUSING,)))
    await engine.act(number, handler(HOUSING), order.Return(text("not ours")))
    await engine.act(number, WORKER, order.Dispatch((WATER,)))
    await engine.act(number, handler(WATER), order.Accept())
    await engine.act(number, handler(WATER), order.Complete(text("mended")))
    await engine.act(number, RESIDENT, base.Rate(5, 5, 4))
    await engine.act(number, WORKER, base.Rate(4, 4, 4))
    await engine.act(number, WORKER, order.CloseOrder())
    assert await engine.end(number) == "done"
    await assert_lawful(engine, number)


async def test_a_confirmed_act_is_on_the_ledger(engine: Engine) -> None:
    number = await engine.open(a_part(), OFFICER)
    receipt = await engine.act(number, handler(HOUSING), order.Accept())
    seqs = [event.seq for event in await engine.record(number)]
    assert seqs == list(range(1, receipt.last + 1))


async def test_an_act_out_of_turn_is_refused_and_nothing_is_written(engine: Engine) -> None:
    number = await engine.open(a_part(), OFFICER)
    before = await engine.record(number)
    with pytest.raises(Refusal) as refused:
        await engine.act(number, handler(WATER), order.AcceptResult())
    assert (refused.value.detail.code, refused.value.detail.forbidden) == ("out_of_turn", False)
    with pytest.raises(Refusal) as refused:
        await engine.act(number, handler(WATER), order.Accept())
    assert (refused.value.detail.code, refused.value.detail.forbidden) == ("no_right", True)
    assert await engine.record(number) == before


async def test_the_same_key_twice_is_one_event(engine: Engine) -> None:
    number = await engine.open(a_part(), OFFICER)
    first = await engine.act(number, handler(HOUSING), order.Accept(), act_id="key-1")
    assert await engine.act(number, handler(HOUSING), order.Accept(), act_id="key-1") == first
    assert sum(isinstance(e.fact, Acted) for e in await engine.record(number)) == 1


async def test_of_two_claims_at_once_one_wins(engine: Engine) -> None:
    number = await engine.open(an_order(), RESIDENT)
    await engine.act(number, WORKER, order.AcceptNeed(Service.WISH))
    await engine.act(number, WORKER, order.Dispatch((HOUSING, WATER)))
    claims = [engine.act(number, handler(unit), order.Accept()) for unit in (HOUSING, WATER)]
    results = await asyncio.gather(*claims, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["ActReceipt", "Refusal"]
    await assert_lawful(engine, number)


async def test_a_missed_deadline_is_breached_at_its_due_instant(engine: Engine) -> None:
    number = await engine.open(a_part(), OFFICER, drill=fast_drill(speed=1_000_000))
    (breach, *_) = await engine.until(number, DutyBreached.code)
    opened = next(e.fact.duty for e in await engine.record(number) if isinstance(e.fact, DutyOpened))
    assert breach.at == opened.legal_due
    await assert_lawful(engine, number)


async def test_in_a_drill_an_act_counts_at_its_own_instant_though_the_machine_is_late(engine: Engine) -> None:
    drill = fast_drill(speed=10_000_000, grace=60)
    number = await engine.open(a_part(), OFFICER, drill=drill, at=drill.origin)
    at = drill.origin + timedelta(hours=1)
    receipt = await engine.act(number, handler(HOUSING), order.Accept(), at=at)
    assert datetime.fromisoformat(receipt.at) == at
    assert not any(isinstance(e.fact, DutyBreached) for e in await engine.record(number))


async def test_a_key_survives_a_new_run(engine: Engine) -> None:
    number = await engine.open(a_part(), OFFICER, acts_per_run=1)
    run = (await engine.client.get_workflow_handle(number).describe()).run_id
    receipt = await engine.act(number, handler(HOUSING), order.Accept(), act_id="key-2")
    with pytest.raises(Refusal) as refused:
        await engine.act(number, handler(HOUSING), order.Complete(text("x")), act_id="key-2")
    assert refused.value.detail.code == "key_reused"
    again = await engine.act(number, handler(HOUSING), order.Accept(), act_id="key-2")
    assert again == receipt
    assert (await engine.client.get_workflow_handle(number).describe()).run_id != run


async def test_a_petition_goes_on_in_new_runs_while_its_orders_are_open(engine: Engine) -> None:
    petition_no = await a_split_petition(engine, orders=3, acts_per_run=2)
    parts = [e.fact.number for e in await engine.record(petition_no) if isinstance(e.fact, CaseLinked)]
    for part, unit in zip(parts, (HOUSING, WATER, WATER), strict=True):
        await finish_part(engine, part, unit)
    await engine.until(petition_no, "acted", times=len(parts) + 3)
    await engine.act(petition_no, handler(HOUSING), an_opinion())
    await engine.act(petition_no, handler(HOUSING), petition.Serve())
    await assert_lawful(engine, petition_no, *parts)
    runs = (await engine.client.get_workflow_handle(petition_no).describe()).raw_description
    assert runs.workflow_execution_info.first_run_id != runs.workflow_execution_info.execution.run_id


async def test_an_opinion_waits_for_every_mandatory_order(engine: Engine) -> None:
    number = await a_split_petition(engine, orders=2)
    with pytest.raises(Refusal) as refused:
        await engine.act(number, handler(HOUSING), an_opinion())
    assert refused.value.detail.code == "parts_open"
    assert refused.value.detail.about == (f"{number}-01", f"{number}-02")


async def test_a_case_number_is_used_once(engine: Engine) -> None:
    number = await engine.open(a_part(), OFFICER)
    events = len(await engine.record(number))
    assert await engine.open(a_part(), OFFICER, number=number) == number
    assert len(await engine.record(number)) == events


async def test_a_case_that_fell_behind_its_ledger_learns_what_the_door_saw(engine: Engine) -> None:
    number = await engine.open(a_part(), OFFICER)
    await written_by_a_dead_worker(engine, number, handler(HOUSING), order.Accept())
    seen = (await engine.record(number))[-1].seq
    await engine.act(number, handler(HOUSING), order.Complete(text("done")), seen=seen)
    acts = [e.fact.act.code for e in await engine.record(number) if isinstance(e.fact, Acted)]
    assert acts == ["order.accept", "order.complete"]
    await assert_lawful(engine, number)


async def test_a_door_that_saw_nothing_more_is_answered_all_the_same(engine: Engine) -> None:
    number = await engine.open(a_part(), OFFICER)
    await engine.act(number, handler(HOUSING), order.Accept(), seen=99)
    await assert_lawful(engine, number)


async def test_an_act_that_came_second_to_a_dead_workers_is_refused(engine: Engine) -> None:
    number = await engine.open(a_part(), OFFICER)
    await written_by_a_dead_worker(engine, number, handler(HOUSING), order.Accept())
    with pytest.raises(Refusal) as refused:
        await engine.act(number, handler(HOUSING), order.Return(text("not ours")))
    assert refused.value.detail.code == "out_of_turn"
    await assert_lawful(engine, number)


async def test_the_key_of_a_dead_workers_act_counts_it_once(engine: Engine) -> None:
    number = await engine.open(a_part(), OFFICER)
    await written_by_a_dead_worker(engine, number, handler(HOUSING), order.Accept(), act_id="key-3")
    receipt = await engine.act(number, handler(HOUSING), order.Accept(), act_id="key-3")
    record = await engine.record(number)
    assert receipt.last == record[-1].seq
    assert [e.fact.act_id for e in record if isinstance(e.fact, Acted)] == ["key-3"]
    await assert_lawful(engine, number)


async def test_a_cancellation_from_outside_does_not_end_a_case(engine: Engine) -> None:
    number = await engine.open(a_part(), OFFICER)
    await engine.client.get_workflow_handle(number).cancel()
    await engine.act(number, handler(HOUSING), order.Accept())
    await engine.act(number, handler(HOUSING), order.Complete(text("done")))
    await engine.act(number, handler(WATER), order.AcceptResult())
    assert await engine.end(number) == "done"
    await assert_lawful(engine, number)


async def test_two_hundred_orders_are_placed_while_the_petition_goes_on(engine: Engine) -> None:
    number = await engine.open(a_petition(), RESIDENT)
    await engine.act(number, OFFICER, petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL))
    lines = [petition.OrderLine(HOUSING, Share.LEAD, text("claim-0"))]
    lines += [petition.OrderLine(WATER, Share.CO_HANDLER, text(f"claim-{place}")) for place in range(1, 200)]
    await engine.act(number, OFFICER, petition.Split(tuple(lines)))
    await engine.act(number, handler(HOUSING), petition.GiveNotice(True, text("accepted")))
    await engine.until(CaseNo(f"{number}-200"), "case_opened")
    await engine.act(number, RESIDENT, base.Withdraw())
    assert await engine.end(number) == "withdrawn"
    parts = [CaseNo(f"{number}-{place:02d}") for place in range(1, 201)]
    assert set(await asyncio.gather(*map(engine.end, parts))) == {"recalled"}
    await assert_lawful(engine, number, parts[0], parts[-1])
