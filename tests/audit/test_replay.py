"""Histories that a real server wrote replay to their own steps and to their ledger, wherever they are looked at."""

import asyncio
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory

from activities.shelf import load_shelf
from audit.answers.same_content import same_content
from audit.answers.same_steps import SameStepsCode, same_steps
from audit.codes import Why
from audit.evidence import Evidence
from audit.findings import Finding, Unlooked
from audit.replays import replay
from audit.replays.histories import Unreadable, decided, disorder, read_history
from audit.replays.replay import replayed
from domain.shelf import Shelf
from domain.vocabulary import CaseKind
from tests.audit.forging import Histories, History, archived, argument, forged, recorded, reword
from workflows import provisions

GOLDEN = sorted((Path(__file__).parent.parent / "golden" / "histories").glob("*.json"))

pytestmark = pytest.mark.timeout(170)


@pytest.fixture(scope="module")
async def lives(tmp_path_factory: pytest.TempPathFactory) -> Histories:
    return await recorded(tmp_path_factory.mktemp("replayed"))


async def everything(evidence: Evidence) -> list[Finding | Unlooked]:
    return [*await same_steps(evidence), *await same_content(evidence)]


# -- what is whole ----------------------------------------------------------------------------------------


async def test_nothing_is_found_in_what_the_server_wrote(lives: Histories) -> None:
    for name, evidence in lives.items():
        assert await everything(evidence) == [], name
        assert all(run.is_replayed for run in (await replayed(evidence)).runs), name


def test_the_lives_are_of_every_kind_in_several_runs_open_ended_drilled_and_in_conflict(
    lives: Histories,
) -> None:
    assert {evidence.links[0].event["data"]["kind"] for evidence in lives.values()} == set(CaseKind)
    assert any(evidence.links[0].event["data"]["drill"] for evidence in lives.values())
    assert max(len(evidence.runs) for evidence in lives.values()) > 1
    assert {evidence.runs[-1].closed for evidence in lives.values()} == {True, False}
    assert "ledger_conflict" in lives["conflict"].runs[0].history


async def test_an_open_archive_is_looked_at_as_far_as_it_goes(lives: Histories) -> None:
    """The ledger may have come further since."""
    whole = lives["order_returned_and_rated"]
    events = json.loads(whole.runs[0].history)["events"]
    tasks = [place for place, event in enumerate(events) if event["eventType"].endswith("_TASK_SCHEDULED")]
    for end in tasks[1:]:
        history = json.dumps({"events": events[:end]})
        sofar = replace(whole, runs=[archived(whole.runs[0].run_id, history, is_closed=False)])
        assert await everything(sofar) == []


async def test_what_came_after_the_last_decision_is_not_waited_for(lives: Histories) -> None:
    whole = lives["order_returned_and_rated"]
    events = json.loads(whole.runs[0].history)["events"]
    begun = [place for place, event in enumerate(events) if event["eventType"].endswith("_TASK_STARTED")]
    history = json.dumps({"events": events[: begun[-1] + 1]})
    sofar = replace(whole, runs=[archived(whole.runs[0].run_id, history, is_closed=False)])
    assert await everything(sofar) == []
    assert len((await replayed(sofar)).runs[0].events) < begun[-1]


async def test_two_answers_are_given_from_one_replay(lives: Histories) -> None:
    evidence = lives["behind"]
    assert await replayed(evidence) is await replayed(evidence)
    assert await replayed(replace(evidence)) is not await replayed(evidence)


async def test_a_case_without_an_edition_it_pinned_is_not_looked_at_and_not_blamed(lives: Histories) -> None:
    bare = replace(lives["behind"], shelf=Shelf((), ()))
    looked = await same_steps(bare)
    assert [each.why for each in looked if isinstance(each, Unlooked)] == [Why.EDITION_ABSENT]
    assert len(looked) == 1


async def test_the_editions_of_the_process_are_put_back(lives: Histories) -> None:
    shelf = load_shelf()
    provisions.lay(shelf)
    await replayed(replace(lives["behind"]))
    assert provisions.shelf() is shelf


async def test_cases_may_be_replayed_side_by_side(lives: Histories) -> None:
    some = [replace(lives[name]) for name in ("behind", "conflict", "drill")]
    assert await asyncio.gather(*map(everything, some)) == [[], [], []]


def test_a_spawned_process_without_servers_comes_to_the_same(lives: Histories) -> None:
    runs = {name: (lives[name].case_no, lives[name].links, lives[name].runs) for name in ("behind", "drill")}
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        assert list(pool.map(partial(_elsewhere), runs.values())) == [0, 0]


def _elsewhere(carried: tuple[object, ...]) -> int:
    case_no, links, runs = carried
    evidence = Evidence(case_no, links, load_shelf(), runs=runs)  # type: ignore[arg-type]
    return len(asyncio.run(everything(evidence)))


# -- reading ----------------------------------------------------------------------------------------------


def histories(lives: Histories) -> Iterator[str]:
    yield from (run.history for evidence in lives.values() for run in evidence.runs)
    yield from (path.read_text(encoding="utf-8") for path in GOLDEN)


def test_our_reader_reads_what_the_sdks_reads(lives: Histories) -> None:
    for text in histories(lives):
        assert list(read_history(text)) == list(WorkflowHistory.from_json("", text).events)


def test_every_history_of_a_server_is_in_order(lives: Histories) -> None:
    for text in histories(lives):
        events = read_history(text)
        assert disorder(events) is None
        assert all(disorder(decided(events[:end])) is None for end in range(len(events)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"events": 1}',
        '{"events": [1]}',
        '{"events": [{"eventId": "x"}]}',
        '{"events": [{"eventTime": "yesterday"}]}',
        '{"events": [{"eventType": "EVENT_TYPE_OF_TOMORROW"}]}',
        '{"events": [{"timerStartedEventAttributes": {"startToFireTimeout": "soon"}}]}',
        '{"events": [{"markerRecordedEventAttributes": {"details": {"data": {"payloads": [{"data": "*"}]}}}}]}',
        '{"events": ' + "[" * 100_000,
    ],
)
def test_what_is_no_history_is_said_to_be_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read_history(text)


async def test_an_unreadable_history_is_a_finding(lives: Histories) -> None:
    run = archived(lives["behind"].runs[0].run_id, '{"events": []}', is_closed=True)
    torn = replace(lives["behind"], runs=[replace(run, history="{")])
    assert [found.code for found in await everything(torn)] == [SameStepsCode.HISTORY_UNREADABLE]
    empty = replace(lives["behind"], runs=[run])
    assert [found.code for found in await everything(empty)] == [SameStepsCode.HISTORY_CUT]


async def test_a_replay_that_stands_still_is_given_up_and_the_next_one_goes_on(
    lives: Histories, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Temporal's core waits for ever for some histories that no server writes."""
    monkeypatch.setattr(replay, "PATIENCE", 1.0)
    monkeypatch.setattr(replay, "PARTING", 1.0)
    monkeypatch.setattr(replay.Theatre, "_result_of", lambda *_: asyncio.Event().wait())
    still = await everything(replace(lives["behind"]))
    assert [found.code for found in still] == [SameStepsCode.REPLAY_STANDS_STILL]
    monkeypatch.undo()
    assert await everything(replace(lives["behind"])) == []


async def test_broken_histories_are_told_as_findings_and_not_in_the_log(
    lives: Histories, caplog: pytest.LogCaptureFixture
) -> None:
    def torn(events: History) -> None:
        reword(argument(events, "EXECUTION_STARTED"), kind="no_such_kind")

    broken = [forged(lives[name], torn) for name in ("behind", "drill")]
    for found in await asyncio.gather(*map(everything, broken)):
        assert found[0].code == SameStepsCode.REPLAY_BREAKS
    assert caplog.records == []
    logging.getLogger("temporalio.worker._workflow").warning("a worker of this process goes on talking")
    assert len(caplog.records) == 1


async def test_no_cut_of_a_history_keeps_the_replayer_waiting(lives: Histories) -> None:
    """A history that was cut is found, and found at once: the first event that is not there has a name."""
    for length in range(1, lives["behind"].runs[0].events):
        cut = forged(lives["behind"], lambda events, length=length: events[:length])  # type: ignore[misc]
        codes = [found.code for found in await same_steps(cut)]
        assert codes[0] in (SameStepsCode.HISTORY_CUT, SameStepsCode.HISTORY_DISORDERED)
        assert SameStepsCode.REPLAY_STANDS_STILL not in codes
