"""Ledger and Temporal side by side: what only one of them holds is named, and the other comes by it."""

import asyncio
from typing import Any

import pytest
from durable.cast import HOUSING, OFFICER, RESIDENT, a_part, handler, text
from durable.lives import a_split_petition, assert_lawful
from engine import Engine
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest

from audit.replays import reconcile
from audit.replays.believed import Belief, belief_of, written
from audit.replays.reconcile import Apart, Parted, parted, unknown
from audit.replays.replaying import rehearse
from domain.acts import base, order
from domain.codec import event_json
from domain.vocabulary import CaseNo
from rehearsal.mending import Mended, opening_of, teach
from workflows import runtime

pytestmark = pytest.mark.timeout(120)


async def accepted(engine: Engine) -> CaseNo:
    """An order that a unit has accepted."""
    number = await engine.open(a_part(), OFFICER)
    await engine.act(number, handler(HOUSING), order.Accept(), act_id=f"{number}:accept")
    return number


async def apart(engine: Engine, number: CaseNo) -> Parted | None:
    found = await parted(engine.pool, engine.client, engine.shelf)
    return next((each for each in found if each.case_no == number), None)


async def lost_by_temporal(engine: Engine, number: CaseNo) -> None:
    execution = WorkflowExecution(workflow_id=number)
    await engine.client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(namespace=engine.client.namespace, workflow_execution=execution)
    )
    while await belief_of(engine.client, number) is not None:  # noqa: ASYNC110 - it rings no bell
        await asyncio.sleep(0.05)


async def test_a_history_believes_what_the_ledger_answered_it(engine: Engine) -> None:
    number = await accepted(engine)
    last = (await engine.record(number))[-1].seq
    held = await engine.pool.fetchval("SELECT hash FROM event WHERE case_no = $1 AND seq = $2", number, last)
    assert await belief_of(engine.client, number) == Belief(last, held.hex(), False)
    assert await belief_of(engine.client, "T-nowhere") is None
    assert await apart(engine, number) is None


async def test_histories_give_the_ledger_again_whatever_the_number_of_runs(engine: Engine) -> None:
    number = await a_split_petition(engine, orders=2, acts_per_run=1)
    await engine.act(number, RESIDENT, base.Withdraw())
    await engine.end(number)
    record = [event_json(event) for event in await engine.record(number)]
    assert list(await written(engine.client, number, engine.shelf)) == record


async def test_what_the_ledger_lacks_is_named_act_by_act(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await accepted(engine)
    short = await engine.pool.fetchrow("SELECT seq, hash FROM event WHERE case_no = $1 AND seq = 1", number)
    pool = Shortened(engine.pool, number, short)
    found = await reconcile._compared(pool, engine.client, engine.shelf, number, await belief_of(engine.client, number))  # type: ignore[arg-type]  # fmt: skip
    assert found is not None
    assert (found.how, found.ledger) == (Apart.HISTORY_AHEAD, 1)
    assert [act.act for act in found.acts] == ["order.accept"]
    assert [*found.lacking] == [event_json(event) for event in await engine.record(number)][1:]


class Shortened:
    """A ledger that has lost the end of one case, as an earlier copy has."""

    def __init__(self, pool: Any, number: CaseNo, last: Any) -> None:
        self._pool, self._number, self._last = pool, number, last

    async def fetchrow(self, query: str, number: CaseNo) -> Any:
        return self._last if number == self._number else await self._pool.fetchrow(query, number)


async def test_a_case_that_went_two_ways_is_named_and_left_alone(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await accepted(engine)
    before = await engine.record(number)

    async def otherwise(client: Any, case_no: str) -> Belief | None:
        belief = await belief_of(client, case_no)
        return Belief(belief.seq, "00" * 32, False) if belief and case_no == number else belief

    monkeypatch.setattr(reconcile, "belief_of", otherwise)
    found = await apart(engine, number)
    assert found is not None
    assert found.how is Apart.FORKED
    mended = await teach(engine.pool, engine.client, runtime.TASK_QUEUE, [found], Mended())
    assert (mended.begun, mended.taught) == (0, 0)
    assert await engine.record(number) == before


async def test_a_case_that_temporal_lost_begins_again_and_knows_everything(engine: Engine) -> None:
    number = await accepted(engine)
    record = await engine.record(number)
    await lost_by_temporal(engine, number)
    found = await apart(engine, number)
    assert found is not None
    assert (found.how, found.history) == (Apart.NO_HISTORY, 0)
    assert [act.act for act in found.acts] == ["case_opened", "order.accept"]
    mended = await teach(engine.pool, engine.client, runtime.TASK_QUEUE, [found], Mended())
    assert (mended.begun, mended.taught, mended.left) == (1, 1, {})
    assert await engine.record(number) == record
    await engine.act(number, handler(HOUSING), order.Complete(text("done")))
    await assert_lawful(engine, number)


async def test_a_drill_cannot_begin_again_for_its_clock_is_gone(engine: Engine) -> None:
    from durable.lives import fast_drill

    number = await engine.open(a_part(), OFFICER, drill=fast_drill(speed=1.0))
    assert opening_of(number, await engine.record(number)) is None


async def test_receipts_of_acts_that_are_nowhere_are_told(engine: Engine) -> None:
    number = await accepted(engine)
    kept = [(number, f"{number}:accept"), (number, "never-done")]
    assert await unknown(engine.pool, kept) == [(number, "never-done")]


async def test_running_cases_replay_under_the_code_that_wrote_them(engine: Engine) -> None:
    number = await accepted(engine)
    assert (await rehearse(engine.client, engine.shelf, number)).difference == ""
