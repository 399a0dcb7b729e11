"""The seal: what Temporal forgets is in the archive, whoever was away when the case closed."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from durable.cast import HOUSING, OFFICER, RESIDENT, WATER, a_part, handler, text
from durable.lives import a_split_petition
from engine import Engine, engine_on
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer, Worker

import stack as servers_of_one_machine
from activities import custody, journal
from activities.chain import verify_chain
from activities.custody import code_version
from activities.custody_rounds import Custodian
from activities.custody_sealer import Sealer, Sealing
from activities.interface import RoundRequest
from activities.journal import Stream, link_of
from activities.shelf import load_shelf
from audit.answers.watch import Watch
from audit.checkpoints import keys, treehead
from domain.acts import base, order
from domain.vocabulary import CaseNo
from rehearsal.premises import worker
from stack import Stack
from workflows import provisions, runtime, timetable

pytestmark = pytest.mark.timeout(120)

BRIEF = "brief"
FORGETS_AFTER = Duration(seconds=6)  # more than a worker needs to seal a case, however busy the machine
RATES = {
    **servers_of_one_machine.TEMPORAL_RATES,
    "system.namespaceMinRetentionLocal": '"1s"',
    "history.retentionTimerJitterDuration": '"0s"',
}


@pytest.fixture(autouse=True)
def editions() -> None:
    """Laid ready for workers of this process and for replays."""
    provisions.lay(load_shelf())


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Servers whose Temporal forgets a case six seconds after it closed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(servers_of_one_machine, "TEMPORAL_RATES", RATES)
        async with Stack(tmp_path_factory.mktemp("seal"), durable=False) as running:
            client = await runtime.connect(running.environment["HERUN_TEMPORAL_ADDRESS"])
            await client.workflow_service.register_namespace(
                RegisterNamespaceRequest(namespace=BRIEF, workflow_execution_retention_period=FORGETS_AFTER)
            )
            running.environment = {**running.environment, "HERUN_TEMPORAL_NAMESPACE": BRIEF}
            yield running


@pytest.fixture
async def forgetful(stack: Stack) -> AsyncIterator[Engine]:
    """An engine in the namespace that forgets; no worker runs."""
    async with engine_on(stack) as engine:
        yield engine


@asynccontextmanager
async def working(engine: Engine, *, custodian: bool = False) -> AsyncIterator[Custodian]:
    """A worker in this process that seals nothing by itself."""
    keeper = Custodian(engine.pool, engine.client, Sealer(engine.pool, engine.client))
    async with Worker(
        engine.client, task_queue=runtime.TASK_QUEUE, workflows=runtime.WORKFLOWS,
        activities=(*engine.hands.all, *(keeper.all if custodian else ())), workflow_runner=runtime.runner(),
    ):  # fmt: skip
        yield keeper


async def a_done_part(engine: Engine) -> CaseNo:
    number = await engine.open(a_part(), OFFICER)
    await engine.act(number, handler(HOUSING), order.Accept())
    await engine.act(number, handler(HOUSING), order.Complete(text("done")))
    await engine.act(number, handler(WATER), order.AcceptResult())
    return number


async def until_sealed(engine: Engine, number: CaseNo) -> None:
    """The test's timeout bounds it."""
    while not await custody.is_sealed(engine.pool, number):  # noqa: ASYNC110 - a table tells nobody
        await asyncio.sleep(0.05)


async def until_there(engine: Engine, query: str) -> str:
    while (found := await engine.pool.fetchval(query)) is None:  # noqa: ASYNC110 - a table tells nobody
        await asyncio.sleep(0.05)
    return str(found)


async def ask_for_a_round(engine: Engine, name: str) -> None:
    """A worker makes its schedules once it serves."""
    while True:
        try:
            await timetable.make_rounds_now(engine.client, name)
            return
        except RPCError as refused:
            assert refused.status is RPCStatusCode.NOT_FOUND
        await asyncio.sleep(0.1)


async def until_forgotten(engine: Engine, number: CaseNo) -> None:
    while True:
        try:
            await engine.client.get_workflow_handle(number).fetch_history()
        except RPCError as refused:
            assert refused.status is RPCStatusCode.NOT_FOUND
            return
        await asyncio.sleep(0.2)


async def archived(engine: Engine, number: CaseNo) -> list[str]:
    """The JSON of every archived history of a case."""
    rows = await engine.pool.fetch("SELECT history FROM archive WHERE case_no = $1 ORDER BY events", number)
    return [zlib.decompress(row["history"]).decode() for row in rows]


async def assert_replays(number: CaseNo, history: str) -> None:
    replayer = Replayer(
        workflows=runtime.WORKFLOWS, workflow_runner=runtime.runner(), data_converter=runtime.DATA_CONVERTER
    )
    async with asyncio.timeout(30):
        await replayer.replay_workflow(WorkflowHistory.from_json(number, history))


async def seals(engine: Engine, number: CaseNo) -> list[journal.Entry]:
    """The journal's entries about a case; the whole stream must be a chain."""
    async with engine.pool.acquire() as connection:
        stream = await journal.entries(connection, Stream.ARCHIVE)
        assert verify_chain(Stream.ARCHIVE.value, map(link_of, stream)) is None
        return await journal.entries_of_case(connection, number)


async def test_a_case_is_sealed_within_moments_and_outlives_what_temporal_keeps(
    stack: Stack, forgetful: Engine
) -> None:
    hands = stack.add(worker(stack.environment, "worker-of-seal"))
    await hands.start()
    try:
        number = await a_done_part(forgetful)
        await until_sealed(forgetful, number)
        await until_forgotten(forgetful, number)
        schedules = {each.id async for each in await forgetful.client.list_schedules()}
    finally:
        await hands.stop()
    (history,) = await archived(forgetful, number)
    await assert_replays(number, history)
    assert f'"buildId": "{code_version()}"' in history
    (entry,) = await seals(forgetful, number)
    assert (entry.kind, entry.data["closed"], entry.data["code"]) == (
        "history_archived",
        True,
        code_version(),
    )
    assert schedules >= {timetable.SOON, timetable.NIGHTLY, timetable.MONTHLY}


async def test_the_nightly_round_looks_again_at_sealed_cases_and_signs_a_checkpoint(
    stack: Stack, forgetful: Engine, tmp_path: Path
) -> None:
    signer = keys.generate(tmp_path / "signing.pem", "herun.yunhe")
    environment = {**stack.environment, "HERUN_SIGNING_KEY": str(tmp_path / "signing.pem")}
    hands = stack.add(worker(environment, "worker-of-night"))
    await hands.start()
    try:
        number = await a_done_part(forgetful)
        await until_sealed(forgetful, number)
        await ask_for_a_round(forgetful, timetable.NIGHTLY)
        note = await until_there(forgetful, "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")
        looked = await until_there(forgetful, "SELECT data FROM journal WHERE kind = 'reverified'")
    finally:
        await hands.stop()
    assert treehead.opened(note, [signer.verifier]).size > 0
    assert json.loads(looked)["failed"] == 0
    assert json.loads(looked)["cases"] >= 1


async def test_what_closed_while_the_custodian_was_away_is_caught_by_its_next_round(servers: Engine) -> None:
    async with working(servers):
        number = await a_done_part(servers)
        await servers.end(number)
    assert not await custody.is_sealed(servers.pool, number)
    async with working(servers, custodian=True):
        await timetable.keep(servers.client, runtime.TASK_QUEUE)
        await timetable.keep(servers.client, runtime.TASK_QUEUE)  # another worker comes up
        await timetable.make_rounds_now(servers.client)
        await until_sealed(servers, number)
    for schedule in (timetable.SOON, timetable.NIGHTLY, timetable.MONTHLY):
        await servers.client.get_schedule_handle(schedule).delete()
    (history,) = await archived(servers, number)
    await assert_replays(number, history)


async def test_a_history_that_is_gone_is_said_to_be_missing_once(forgetful: Engine) -> None:
    async with working(forgetful) as keeper:
        number = await a_done_part(forgetful)
        await forgetful.end(number)
        await until_forgotten(forgetful, number)
        first = await keeper.seal(RoundRequest())
        again = await keeper.seal(RoundRequest())
    assert (first.wrong, again.wrong) == (1, 0)
    (entry,) = await seals(forgetful, number)
    assert entry.kind == "history_missing"
    async with forgetful.pool.acquire() as connection:
        assert number in {doubt.data["case_no"] for doubt in await custody.doubts(connection)}
        assert await custody.count_unsealed(connection, number) == 0


async def test_every_run_is_kept_when_it_ends_and_not_only_when_the_case_does(engine: Engine) -> None:
    keeper = Custodian(engine.pool, engine.client, Sealer(engine.pool, engine.client))
    number = await a_split_petition(engine, orders=2, acts_per_run=2)
    while not await archived(engine, number):  # Temporal lists a run a moment after it ended
        await keeper.seal(RoundRequest())
    assert not await custody.is_sealed(engine.pool, number)
    await engine.act(number, RESIDENT, base.Withdraw())
    await engine.end(number)
    assert await Sealer(engine.pool, engine.client).seal(number) is Sealing.SEALED
    runs = await engine.pool.fetch("SELECT final FROM archive WHERE case_no = $1 AND closed", number)
    assert sorted(run["final"] for run in runs) == [*[False] * (len(runs) - 1), True]
    assert len(runs) > 1
    for history in await archived(engine, number):
        await assert_replays(number, history)


async def test_a_long_open_case_is_kept_as_it_stands_and_later_as_a_whole(engine: Engine) -> None:
    sealer = Sealer(engine.pool, engine.client)
    number = await engine.open(a_part(), OFFICER)
    await engine.act(number, handler(HOUSING), order.Accept())
    assert await sealer.seal(number, standing=True) is Sealing.WAITING
    assert await sealer.seal(number, standing=True) is Sealing.WAITING
    (standing,) = await archived(engine, number)
    await assert_replays(number, standing)
    await engine.act(number, handler(HOUSING), order.Complete(text("done")))
    await engine.act(number, handler(WATER), order.AcceptResult())
    await engine.end(number)
    assert await sealer.seal(number) is Sealing.SEALED
    kept, whole = await archived(engine, number)
    assert kept == standing
    await assert_replays(number, whole)


async def test_several_workers_that_seal_one_case_seal_it_once(engine: Engine) -> None:
    number = await a_done_part(engine)
    await engine.end(number)
    results = await asyncio.gather(*(Sealer(engine.pool, engine.client).seal(number) for _ in range(4)))
    assert set(results) == {Sealing.SEALED}
    assert [entry.kind for entry in await seals(engine, number)] == ["history_archived"]


async def test_the_nightly_look_finds_a_sealed_case_sound_and_a_changed_one_not(engine: Engine) -> None:
    number = await a_done_part(engine)
    await engine.end(number)
    await Sealer(engine.pool, engine.client).seal(number)
    look = Watch(engine.pool, None)
    assert await look(number) == []
    await engine.pool.execute(
        "INSERT INTO archive (case_no, run_id, events, closed, at, code, digest, history)"
        " SELECT case_no, run_id, events + 1, true, now(), code, digest, history FROM archive WHERE case_no = $1",
        number,
    )
    assert "intact.archive_unsealed" in {doubt.code for doubt in await look(number)}
