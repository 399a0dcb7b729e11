"""The custodian: which cases wait for their seal, what is kept of them, and what it does about a doubt."""

import asyncio
import hashlib
import re
import zlib
from pathlib import Path
from types import SimpleNamespace

import pytest
from ledger_stories import Story, order_story, tell
from temporalio.client import WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from activities import custody, journal
from activities.custody import Run, code_version
from activities.custody_histories import histories, upto_last_step
from activities.custody_rounds import Custodian, Doubt
from activities.custody_sealer import Promptness, Sealer, Sealing
from activities.interface import RecordRequest, RoundRequest
from activities.journal import Stream

pytestmark = pytest.mark.timeout(60)

GOLDEN = Path(__file__).parents[1] / "golden" / "histories"


def run(run_id="r1", *, events=3, closed=True, final=True):
    text = f'{{"events": "{run_id}{events}"}}'.encode()
    return Run(
        run_id, events, closed, final, "herun-test", hashlib.sha256(text).digest(), zlib.compress(text)
    )


def golden(name):
    return WorkflowHistory.from_json("P1", (GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


class Temporal:
    """Knows the histories it is given, by run; "" is the latest."""

    def __init__(self, **runs):
        self.runs = runs
        self.continued = ()

    def get_workflow_handle(self, case_no, run_id=None):
        async def fetch_history(**_):
            if (run_id or "latest") not in self.runs:
                raise RPCError("gone", RPCStatusCode.NOT_FOUND, b"")
            return self.runs[run_id or "latest"]

        return SimpleNamespace(fetch_history=fetch_history)

    async def list_workflows(self, query):
        for case_no, run_id in self.continued:
            yield SimpleNamespace(id=case_no, run_id=run_id)


class Fake:
    """A sealer that answers as it is told to, and remembers who was sealed."""

    def __init__(self, *answers, default=Sealing.SEALED):
        self.answers, self.default, self.asked = list(answers), default, []

    async def seal(self, case_no, *, standing=False):
        self.asked.append(case_no)
        return self.answers.pop(0) if self.answers else self.default


@pytest.fixture
async def mark(owner):
    """Where a test's own closings begin."""
    return await custody.last_closing(owner)


async def test_closed_cases_wait_for_their_seal_in_the_order_of_writing(pool, ledger, mark):
    for number in ("O20", "O21", "O22"):
        await tell(ledger, order_story(number))
    await tell(ledger, Story("O23"))  # stays open
    waiting = await custody.unsealed(pool, mark, 10)
    assert [each.case_no for each in waiting] == ["O20", "O21", "O22"]
    assert await custody.unsealed(pool, mark, 2) == waiting[:2]
    assert await custody.count_unsealed(pool, "O2") == 3
    async with pool.acquire() as connection:
        await custody.keep(connection, "O21", [run()])
        assert [each.case_no for each in await custody.unsealed(connection, mark, 10)] == ["O20", "O22"]
        assert await custody.unsealed(connection, waiting[2].id, 10) == []


async def test_a_run_that_another_followed_does_not_seal_a_case(pool, ledger, mark):
    await tell(ledger, order_story("O30"))
    async with pool.acquire() as connection:
        await custody.keep(connection, "O30", [run("r1", final=False), run("r2", closed=False, final=False)])
        assert not await custody.is_sealed(connection, "O30")
        assert await custody.whole_runs(connection, "O30") == {"r1"}
        assert [each.case_no for each in await custody.unsealed(connection, mark, 10)] == ["O30"]
        assert await custody.with_unkept_runs(connection, [("O30", "r1"), ("O30", "r2"), ("O31", "r1")]) == [
            "O30", "O31",
        ]  # fmt: skip


async def test_what_is_kept_twice_is_kept_once_and_said_once(pool):
    async with pool.acquire() as connection:
        assert await custody.keep(connection, "O40", [run(events=2, closed=False, final=False)]) == 1
        assert await custody.keep(connection, "O40", [run(events=2, closed=False, final=False)]) == 0
        assert await custody.keep(connection, "O40", [run(events=5)]) == 1
        said = await journal.entries_of_case(connection, "O40")
    digests = [run(events=2).digest.hex(), run(events=5).digest.hex()]
    assert [entry.data["digest"] for entry in said] == digests
    assert said[1].data == {
        "case_no": "O40", "closed": True, "code": "herun-test", "digest": digests[1], "events": 5, "run_id": "r1",
    }  # fmt: skip


async def test_a_missing_history_is_said_once_and_no_longer_waited_for(pool, ledger, mark):
    await tell(ledger, order_story("O50"))
    async with pool.acquire() as connection:
        await custody.note_missing(connection, "O50", "an earlier run")
        assert [each.case_no for each in await custody.unsealed(connection, mark, 10)] == ["O50"]
        for _ in range(2):
            await custody.note_missing(connection, "O50", None)
        assert await custody.unsealed(connection, mark, 10) == []
        doubts = [entry for entry in await custody.doubts(connection) if entry.data["case_no"] == "O50"]
    assert [entry.data.get("run_id") for entry in doubts] == [None, "an earlier run"]


async def test_a_round_begins_again_before_a_case_that_still_waits(pool, ledger, mark):
    for number in ("O60", "O61", "O62"):
        await tell(ledger, order_story(number))
    closings = await custody.unsealed(pool, mark, 10)
    sealer = Fake(Sealing.SEALED, Sealing.WAITING, Sealing.MISSING)
    made = await Custodian(pool, Temporal(), sealer).seal(RoundRequest(after=mark))
    assert (made.done, made.left, made.wrong) == (1, 1, 1)
    assert made.mark == closings[1].id - 1
    assert sealer.asked == ["O60", "O61", "O62"]


class Failing(Fake):
    """Cannot seal the cases it is told of."""

    def __init__(self, *failing):
        super().__init__()
        self.failing = failing

    async def seal(self, case_no, *, standing=False):
        await super().seal(case_no)
        if case_no in self.failing:
            raise RPCError("no", RPCStatusCode.UNAVAILABLE, b"")
        return Sealing.SEALED


async def test_a_case_that_cannot_be_sealed_keeps_no_other_from_its_seal(pool, ledger, mark):
    for number in ("O63", "O64"):
        await tell(ledger, order_story(number))
    first = (await custody.unsealed(pool, mark, 1))[0]
    made = await Custodian(pool, Temporal(), Failing("O63")).seal(RoundRequest(after=mark))
    assert (made.done, made.left, made.mark) == (1, 1, first.id - 1)


async def test_where_no_case_can_be_sealed_the_round_is_tried_again(pool, ledger, mark):
    numbers = [f"O65-{place}" for place in range(8)]
    for number in numbers:
        await tell(ledger, order_story(number))
    sealer = Failing(*numbers)
    with pytest.raises(RPCError):
        await Custodian(pool, Temporal(), sealer).seal(RoundRequest(after=mark))
    assert len(sealer.asked) == 5


async def test_a_round_keeps_runs_that_were_continued_before_retention_takes_them(pool):
    temporal, sealer = Temporal(), Fake(Sealing.WAITING)
    temporal.continued = (("P70", "first"), ("P71", "kept"))
    async with pool.acquire() as connection:
        await custody.keep(connection, "P71", [run("kept", final=False)])
    last = await custody.last_closing(pool)
    await Custodian(pool, temporal, sealer).seal(RoundRequest(after=last))
    assert sealer.asked == ["P70"]


async def test_a_doubt_about_a_sealed_case_is_written_down_and_seen(pool):
    async with pool.acquire() as connection:
        for number in ("O80", "O81"):
            await custody.keep(connection, number, [run()])

    async def verify(case_no):
        return [Doubt("intact.hash", 4)] if case_no == "O81" else []

    custodian = Custodian(pool, Temporal(), Fake(), verify=verify, sample=1_000)
    made = await custodian.reverify(RoundRequest())
    assert made.wrong == 1
    async with pool.acquire() as connection:
        doubt = (await custody.doubts(connection))[0]
        summary = (await journal.entries(connection, Stream.ARCHIVE))[-1]
    assert (doubt.kind, doubt.data["case_no"]) == ("verification_failed", "O81")
    assert doubt.data["doubts"] == [{"about": "", "code": "intact.hash", "seq": 4}]
    assert (summary.kind, summary.data) == ("reverified", {"cases": made.done, "failed": 1})


async def test_another_day_looks_at_other_cases(pool):
    async with pool.acquire() as connection:
        for number in range(30):
            await custody.keep(connection, f"O9{number:02d}", [run()])
        monday, again, tuesday = [await custody.sample(connection, day, 5) for day in ("mon", "mon", "tue")]
    assert monday == again
    assert len(monday) == 5
    assert monday != tuesday


async def test_without_a_key_or_a_verifier_a_round_does_the_rest(pool):
    custodian = Custodian(pool, Temporal(), Fake())
    assert (await custodian.reverify(RoundRequest())).done == 0
    assert (await custodian.checkpoint(RoundRequest())).done == 0


async def test_histories_are_walked_from_the_last_run_back_to_the_first_that_is_known():
    last = golden("petition_continued_as_new")
    before = last.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    assert before
    found = await histories(Temporal(latest=last), "P1", known={before})
    assert ([each.events for each in found.runs], found.is_over, found.lost) == (
        [len(last.events)],
        True,
        None,
    )
    assert found.runs[0].final
    found = await histories(Temporal(latest=last), "P1")
    assert found.lost == before
    assert (await histories(Temporal(), "P1")).lost == ""


async def test_an_archived_history_is_the_json_that_the_sdk_writes_and_reads():
    whole = golden("order_returned_and_rated")
    (kept,) = (await histories(Temporal(latest=whole), "O1")).runs
    written = zlib.decompress(kept.packed)
    assert hashlib.sha256(written).digest() == kept.digest
    assert list(WorkflowHistory.from_json("O1", written.decode()).events) == list(whole.events)


def test_a_history_that_goes_on_is_cut_after_what_its_last_task_commanded():
    events = list(golden("order_returned_and_rated").events)
    for end in range(len(events)):
        cut = upto_last_step(events[:end])
        rest = [event.WhichOneof("attributes") for event in events[len(cut) : end]]
        assert "workflow_task_completed_event_attributes" not in rest
        assert not cut or cut[-1].WhichOneof("attributes") not in {
            "workflow_task_scheduled_event_attributes", "workflow_task_started_event_attributes",
            "timer_fired_event_attributes",
        }  # fmt: skip
    assert upto_last_step(events[:3]) == ()


async def test_a_run_that_goes_on_is_kept_only_where_it_is_wanted_as_it_stands():
    going_on = golden("order_overdue")
    assert (await histories(Temporal(latest=going_on), "O1")).runs == ()
    found = await histories(Temporal(latest=going_on), "O1", standing=True)
    assert [(each.closed, each.final) for each in found.runs] == [(False, False)]
    assert not found.is_over


def test_the_code_version_names_the_law_and_the_procedures():
    assert re.fullmatch(r"herun-\d+\.\d+\.\d+\+[0-9a-f]{12}", code_version())


def closing(case_no):
    return RecordRequest(case_no=case_no, head="", events=[{"kind": "case_closed", "seq": 1}])


def acting(case_no):
    return RecordRequest(case_no=case_no, head="", events=[{"kind": "acted", "seq": 1}])


async def turns(number=20):
    for _ in range(number):
        await asyncio.sleep(0)


async def prompted(promptness, *requests):
    """Let it hear and give it a few turns of the loop."""
    task = asyncio.ensure_future(promptness.run())
    for request in requests:
        promptness.hear(request)
    await turns()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_case_that_closes_is_sealed_at_once_where_nothing_else_goes_on():
    sealer = Fake()
    await prompted(Promptness(sealer, quiet=0), acting("O1"), closing("O2"))
    assert sealer.asked == ["O2"]


async def test_a_seal_gives_way_to_acts_but_not_for_ever():
    sealer = Fake()
    await prompted(Promptness(sealer, quiet=1_000, patience=1_000), closing("O1"), acting("O2"))
    assert sealer.asked == []
    await prompted(Promptness(sealer, quiet=1_000, patience=0), closing("O1"), acting("O2"))
    assert sealer.asked == ["O1"]


async def test_a_history_that_is_not_whole_yet_is_looked_for_again_and_then_left_to_the_rounds():
    sealer = Fake(default=Sealing.WAITING)
    await prompted(Promptness(sealer, quiet=0, tries=3), closing("O1"))
    assert sealer.asked == ["O1"] * 4


async def test_a_server_that_is_away_does_not_end_the_sealing_of_others():
    sealer = Failing("O1")
    await prompted(Promptness(sealer, quiet=0), closing("O1"), closing("O2"))
    assert sealer.asked == ["O1", "O2"]


async def test_a_sealed_case_is_not_fetched_again(pool):
    async with pool.acquire() as connection:
        await custody.keep(connection, "O99", [run()])
    assert await Sealer(pool, Temporal()).seal("O99") is Sealing.SEALED
