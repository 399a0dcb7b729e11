"""Writing the ledger: once, in order, many cases together, and one that is wrong harms no other."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest
from ledger_stories import HANDLER, STORIES, Story, content, order_story, tell
from temporalio.exceptions import ApplicationError

from activities.chain import link_of, verify_chain
from activities.interface import RecordRequest
from activities.ledger import Ledger, LedgerConflict
from activities.settings import Role as Login
from domain.acts import order
from domain.codec import event_json
from domain.events import CaseClosed, Noted
from domain.vocabulary import Note, Outcome


async def stored(owner, case_no):
    return await owner.fetch("SELECT * FROM event WHERE case_no = $1 ORDER BY seq", case_no)


def whole(story, head=""):
    return RecordRequest(case_no=story.case_no, head=head, events=list(map(event_json, story.events)))


async def test_events_are_chained_across_requests(ledger, owner):
    story = order_story("O1")
    head = await tell(ledger, story, 3, 4, 9)
    rows = await stored(owner, "O1")
    assert len(rows) == len(story.events)
    assert rows[-1]["hash"].hex() == head
    assert verify_chain("O1", map(link_of, rows)) is None


async def test_who_did_what_for_whom_stands_beside_the_event(ledger, owner):
    await tell(ledger, order_story("O2"))
    row = await owner.fetchrow("SELECT * FROM event WHERE case_no = 'O2' AND act = 'order.complete'")
    assert (row["account"], row["role"], row["unit"], row["act_id"]) == (
        "a-wu", "handler", "yunhe/water", f"act-{row['seq']}",
    )  # fmt: skip


async def test_the_same_request_again_gives_the_same_result_and_no_second_row(ledger, owner):
    story = order_story("O3")
    first = await ledger.record(whole(story))
    before = await owner.fetch("SELECT * FROM case_register WHERE case_no = 'O3'")
    assert await ledger.record(whole(story)) == first
    assert len(await stored(owner, "O3")) == len(story.events)
    assert await owner.fetch("SELECT * FROM case_register WHERE case_no = 'O3'") == before


async def test_an_old_request_again_gives_its_own_result_after_others_were_written(ledger):
    story = order_story("O4")
    first, second = story.requests(4)
    early = await ledger.record(first)
    await ledger.record(second.model_copy(update={"head": early.head}))
    assert await ledger.record(first) == early


async def test_where_the_ledger_has_the_first_events_the_rest_is_added(ledger, owner):
    """A worker that died before Temporal heard of its write sends more events the next time."""
    story = order_story("O5")
    first, _ = story.requests(4)
    await ledger.record(first)
    result = await ledger.record(whole(story))
    assert result.seq == len(story.events)
    rows = await stored(owner, "O5")
    assert verify_chain("O5", map(link_of, rows)) is None
    assert await owner.fetchval("SELECT breaches FROM case_register WHERE case_no = 'O5'") == 1


async def test_other_events_where_some_are_already_are_a_conflict_that_shows_them(ledger, owner):
    story, other = order_story("O6"), Story("O6").add(Noted(Note.POLICE_TOLD)).add(Noted(Note.FINAL))
    await ledger.record(whole(story))
    with pytest.raises(LedgerConflict) as refused:
        await ledger.record(whole(other))
    conflict = refused.value.conflict
    assert (refused.value.type, refused.value.non_retryable) == ("ledger_conflict", True)
    assert (conflict.seq, conflict.expected != conflict.found) == (2, True)
    assert conflict.stored[0] == event_json(story.events[1])
    assert len(conflict.stored) == len(story.events) - 1
    rows = await stored(owner, "O6")
    assert conflict.head == rows[0]["hash"].hex()
    assert len(rows) == len(story.events)


async def test_a_gap_is_a_conflict(ledger, owner):
    story = order_story("O7")
    first, _, third = story.requests(3, 6)
    head = (await ledger.record(first)).head
    with pytest.raises(LedgerConflict) as refused:
        await ledger.record(third.model_copy(update={"head": head}))
    assert (refused.value.conflict.seq, refused.value.conflict.stored) == (7, [])
    assert len(await stored(owner, "O7")) == 3


async def test_a_head_the_ledger_does_not_have_is_a_conflict(ledger):
    story = order_story("O8")
    first, second = story.requests(3)
    await ledger.record(first)
    with pytest.raises(LedgerConflict) as refused:
        await ledger.record(second.model_copy(update={"head": "ab" * 32}))
    assert refused.value.conflict.seq == 4


async def test_a_case_whose_beginning_is_missing_is_a_conflict(ledger):
    _, second = order_story("O9").requests(3)
    with pytest.raises(LedgerConflict) as refused:
        await ledger.record(second.model_copy(update={"head": "cd" * 32}))
    assert refused.value.conflict.stored == []


BROKEN = {
    "no events": lambda events: [],
    "a hole": lambda events: [events[0], events[2]],
    "microseconds": lambda events: [{**events[0], "at": "2026-11-23T09:00:00.000001+08:00"}],
    "another zone": lambda events: [{**events[0], "at": "2026-11-23T01:00:00.000+00:00"}],
    "an unknown kind": lambda events: [{**events[0], "kind": "wished"}],
    "no data": lambda events: [{**events[0], "data": None}],
    "a number no JSON holds": lambda events: [{**events[0], "data": {**events[0]["data"], "x": 2**60}}],
    "a start without its beginning": lambda events: events[1:],
}


@pytest.mark.parametrize("fault", BROKEN)
async def test_what_no_ledger_would_take_is_refused_for_good(ledger, owner, fault):
    story = order_story("O10")
    events = BROKEN[fault](list(map(event_json, story.events)))
    with pytest.raises(ApplicationError) as refused:
        await ledger.record(RecordRequest(case_no="O10", events=events))
    assert (refused.value.type, refused.value.non_retryable) == ("ledger_malformed", True)
    assert await stored(owner, "O10") == []


async def test_a_refusal_says_where_but_not_what(ledger):
    event = event_json(Story("O11").events[0])
    event["data"]["opening"]["matter"] = ["张三的电话"]
    with pytest.raises(ApplicationError, match="matter") as refused:
        await ledger.record(RecordRequest(case_no="O11", events=[event]))
    assert "张三" not in str(refused.value)


async def test_many_cases_at_once_go_in_few_transactions(ledger, owner):
    stories = [STORIES[n % 5](f"G{n:03d}") for n in range(60)]
    await asyncio.gather(*(tell(ledger, story, 2, 5) for story in stories))
    for story in stories:
        rows = await stored(owner, story.case_no)
        assert verify_chain(story.case_no, map(link_of, rows)) is None
        assert len(rows) == len(story.events)
    writers = "SELECT count(DISTINCT xmin::text) FROM event WHERE case_no LIKE 'G%'"
    assert await owner.fetchval(writers) <= 12  # 180 requests


async def test_one_wrong_case_does_not_fail_the_others_of_its_batch(ledger, owner):
    held = Story("B-conflict").add(Noted(Note.FINAL))
    await ledger.record(whole(held))
    wrong = Story("B-conflict").add(Noted(Note.POLICE_TOLD))
    twice = Story("B-twice").act(HANDLER, order.Accept()).add(Noted(Note.FINAL))
    twice.events.append(replace(twice.events[1], seq=4))
    nul = Story("B-nul").add(Noted(Note.POLICE_TOLD), rule="a\x00b")
    good = [order_story(f"B{n}") for n in range(8)]
    results = await asyncio.gather(
        *(ledger.record(whole(story)) for story in (good[0], wrong, twice, nul, *good[1:])),
        return_exceptions=True,
    )
    kinds = [getattr(each, "type", "written") for each in results]
    assert kinds == ["written", "ledger_conflict", "ledger_malformed", "ledger_malformed", *["written"] * 7]
    for story in good:
        assert len(await stored(owner, story.case_no)) == len(story.events)
    assert await stored(owner, "B-twice") == await stored(owner, "B-nul") == []


async def test_the_same_request_twice_at_once_is_written_once(ledger, owner):
    """An activity that timed out is tried again while the first attempt is still under way."""
    story = order_story("T1")
    results = await asyncio.gather(*(ledger.record(whole(story)) for _ in range(5)))
    assert all(each == results[0] for each in results)
    assert len(await stored(owner, "T1")) == len(story.events)


async def test_two_workers_with_the_same_case_write_it_once(database, owner):
    async with asyncpg.create_pool(database.url(Login.LEDGER), min_size=2) as pool:
        workers = [Ledger(pool), Ledger(pool)]
        for n in range(20):
            story = order_story(f"R{n}")
            results = await asyncio.gather(*(worker.record(whole(story)) for worker in workers))
            assert results[0] == results[1]
            assert len(await stored(owner, story.case_no)) == len(story.events)
        for worker in workers:
            await worker.close()


async def test_two_workers_with_different_tales_of_a_case_let_one_win(database, owner):
    async with asyncpg.create_pool(database.url(Login.LEDGER), min_size=2) as pool:
        workers = [Ledger(pool), Ledger(pool)]
        for n in range(10):
            tales = [Story(f"D{n}").add(Noted(Note.FINAL, about=str(side))) for side in range(2)]
            results = await asyncio.gather(
                *(worker.record(whole(tale)) for worker, tale in zip(workers, tales, strict=True)),
                return_exceptions=True,
            )
            assert sorted(isinstance(each, LedgerConflict) for each in results) == [False, True]
            assert len(await stored(owner, f"D{n}")) == 2
        for worker in workers:
            await worker.close()


async def test_a_lost_connection_fails_the_request_and_the_next_try_succeeds(ledger, database):
    story = order_story("L1")
    first, second = story.requests(3)
    head = (await ledger.record(first)).head
    superuser = await database.connect()
    await superuser.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'herun_ledger'"
    )
    await superuser.close()
    again = second.model_copy(update={"head": head})
    try:
        result = await ledger.record(again)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        result = await ledger.record(again)
    assert result.seq == len(story.events)


async def test_trouble_stands_until_the_case_goes_on(ledger, owner):
    story = Story("S1").add(CaseClosed(Outcome.DONE))
    first, second = story.requests(1)
    head = (await ledger.record(first)).head
    await ledger.trouble("S1", "KeyError")
    await ledger.trouble("S1", "ValueError")
    row = await owner.fetchrow("SELECT * FROM trouble WHERE case_no = 'S1'")
    assert (row["error"], row["since"] < row["last_seen"]) == ("ValueError", True)
    await ledger.record(second.model_copy(update={"head": head}))
    assert await owner.fetchrow("SELECT * FROM trouble WHERE case_no = 'S1'") is None


async def test_references_to_content_are_written_with_their_events(ledger, owner):
    story = order_story("C1")
    await tell(ledger, story, 5)
    refs = await owner.fetch("SELECT commitment, seq FROM content_ref WHERE case_no = 'C1' ORDER BY seq, 1")
    named = [(row["commitment"], row["seq"]) for row in refs]
    assert named[:2] == [(content("text"), 1), (content("title"), 1)]
    assert [name for name, _ in named[2:]] == [content("result"), content("why"), content("praise")]


async def test_a_caller_that_gave_up_leaves_the_others_alone(ledger, owner):
    story, other = order_story("Q1"), order_story("Q2")
    given_up = asyncio.create_task(ledger.record(whole(story)))
    kept = asyncio.create_task(ledger.record(whole(other)))
    await asyncio.sleep(0)
    given_up.cancel()
    assert (await kept).seq == len(other.events)
    assert (await ledger.record(whole(story))).seq == len(story.events)
