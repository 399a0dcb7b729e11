"""`kill -9` of each part between two acts: the case goes on, nothing is lost or doubled, no deadline is missing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from durable.cast import HOUSING, OFFICER, a_part, handler, text
from durable.lives import assert_lawful, fast_drill
from engine import Engine, engine_on
from temporalio.service import RPCError

from activities.processes import Child
from domain.acts import Act, order
from domain.events import Acted, DutyBreached, DutyOpened
from domain.vocabulary import CaseNo
from rehearsal.premises import worker
from stack import Stack

pytestmark = pytest.mark.timeout(170)


async def restart(child: Child) -> None:
    child.kill()
    await child.exited()
    await child.start()


async def insist(engine: Engine, number: CaseNo, act: Act, key: str) -> None:
    """Send an act until it is answered, as a client with an idempotency key does."""
    while True:
        try:
            await engine.act(number, handler(HOUSING), act, act_id=key)
            return
        except RPCError:
            continue


async def test_a_case_survives_the_death_of_every_part(tmp_path: Path) -> None:
    async with Stack(tmp_path) as stack, engine_on(stack) as engine:
        hands = stack.add(worker(stack.environment))
        await hands.start()
        number = await engine.open(a_part(), OFFICER)
        await restart(hands)
        await insist(engine, number, order.Accept(), "key-accept")
        await restart(stack.temporal)
        await insist(engine, number, order.InterimReport(text("half")), "key-report")
        await restart(stack.postgres)
        await insist(engine, number, order.Complete(text("done")), "key-done")
        keys = [e.fact.act_id for e in await engine.record(number) if isinstance(e.fact, Acted)]
        assert keys == ["key-accept", "key-report", "key-done"]
        await assert_lawful(engine, number)


async def test_a_deadline_that_passed_while_all_was_down_is_breached_at_its_due_instant(
    tmp_path: Path,
) -> None:
    drill = fast_drill(speed=200_000)
    async with Stack(tmp_path) as stack, engine_on(stack) as engine:
        hands = stack.add(worker(stack.environment))
        await hands.start()
        number = await engine.open(a_part(), OFFICER, drill=drill)
        (opened,) = [e.fact.duty for e in await engine.record(number) if isinstance(e.fact, DutyOpened)]
        for part in (hands, stack.temporal, stack.postgres):
            part.kill()
            await part.exited()
        passes = drill.began + (opened.legal_due - drill.origin) / drill.speed
        await until_real(passes + timedelta(milliseconds=50))
        await stack.postgres.start()
        await stack.temporal.start()
        await hands.start()
        (breach, *_) = await engine.until(number, DutyBreached.code)
        assert breach.at == opened.legal_due
        await assert_lawful(engine, number)


async def until_real(instant: datetime) -> None:
    """The wall clock is the subject here: a deadline passes while nothing of ours runs."""
    while datetime.now(UTC) < instant:
        pass
