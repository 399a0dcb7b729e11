"""Lives on the real server with their archived histories, and a forger who changes one thing and covers it up."""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from durable.cast import HOUSING, OFFICER, WATER, a_part, handler, text
from durable.lives import fast_drill, written_by_a_dead_worker
from engine import Engine, Refusal, engine_over, worker_on
from golden.record import LIVES

from activities.chain import link_of
from audit.evidence import ArchivedRun, Evidence
from domain.acts import order
from domain.vocabulary import CaseNo

Histories = dict[str, Evidence]
History = list[dict[str, Any]]

# -- lives ----------------------------------------------------------------------------------------------


async def recorded(data: Path) -> Histories:
    """Lives of all four kinds, over several runs, in drills, and after a dead worker, with their parts."""
    async with engine_over(data) as engine, worker_on(engine):
        named = {name: await live(engine) for name, live in (LIVES | SPECIAL).items()}
        numbers = [row["case_no"] for row in await engine.pool.fetch("SELECT DISTINCT case_no FROM event")]
        parts = {number: CaseNo(number) for number in numbers if "-" in number}
        assert engine.troubles == {}
        return {name: await evidence_of(engine, number) for name, number in (named | parts).items()}


async def a_part_behind_its_ledger(engine: Engine) -> CaseNo:
    """The door saw what a dead worker had written; the case looks it up."""
    number = await engine.open(a_part(), OFFICER)
    await written_by_a_dead_worker(engine, number, handler(HOUSING), order.Accept())
    seen = (await engine.record(number))[-1].seq
    await engine.act(number, handler(HOUSING), order.Complete(text("done")), seen=seen)
    await engine.act(number, handler(WATER), order.AcceptResult())
    await engine.end(number)
    return number


async def a_part_in_conflict(engine: Engine) -> CaseNo:
    """An act that came second to a dead worker's: the ledger refuses, the case learns and refuses it too."""
    number = await engine.open(a_part(), OFFICER)
    await written_by_a_dead_worker(engine, number, handler(HOUSING), order.Accept())
    try:
        await engine.act(number, handler(HOUSING), order.Return(text("not ours")))
    except Refusal:
        return number
    raise AssertionError("the second act was taken")


async def a_part_in_a_drill(engine: Engine) -> CaseNo:
    """Three acts at instants of a drill that is months ahead of them."""
    drill = fast_drill(speed=10_000_000, grace=60)
    number = await engine.open(a_part(), OFFICER, drill=drill, at=drill.origin)
    acts = (HOUSING, order.Accept()), (HOUSING, order.Complete(text("done"))), (WATER, order.AcceptResult())
    for hour, (unit, act) in enumerate(acts, start=1):
        await engine.act(number, handler(unit), act, at=drill.origin + timedelta(hours=hour))
    await engine.end(number)
    return number


SPECIAL = {
    "behind": a_part_behind_its_ledger,
    "conflict": a_part_in_conflict,
    "drill": a_part_in_a_drill,
}


async def evidence_of(engine: Engine, number: CaseNo) -> Evidence:
    """A case with its chain and the history of every run."""
    rows = await engine.pool.fetch("SELECT * FROM event WHERE case_no = $1 ORDER BY seq", number)
    described = (await engine.client.get_workflow_handle(number).describe()).raw_description
    run_id, runs = described.workflow_execution_info.first_run_id, []
    while run_id:
        history = await engine.client.get_workflow_handle(number, run_id=run_id).fetch_history()
        last = history.events[-1]
        following = last.workflow_execution_continued_as_new_event_attributes.new_execution_run_id
        is_closed = bool(following) or last.HasField("workflow_execution_completed_event_attributes")
        runs.append(archived(run_id, history.to_json(), is_closed))
        run_id = following
    return Evidence(number, [link_of(row) for row in rows], engine.shelf, runs=runs)


def archived(run_id: str, history: str, is_closed: bool) -> ArchivedRun:
    """A run as the archive holds it."""
    digest = hashlib.sha256(history.encode()).hexdigest()
    return ArchivedRun(run_id, len(json.loads(history)["events"]), is_closed, "test", digest, history)


# -- forging --------------------------------------------------------------------------------------------


def forged(evidence: Evidence, change: Callable[[History], History | None], run: int = 0) -> Evidence:
    """The evidence with one run's history changed, its digest and the server's own numbering with it."""
    before = evidence.runs[run]
    events = json.loads(before.history)["events"]
    events = change(events) or events
    for place, event in enumerate(events, start=1):
        event["taskId"] = str(1_048_576 + place)
    after = archived(before.run_id, json.dumps({"events": events}), before.closed)
    return replace(evidence, runs=[*evidence.runs[:run], after, *evidence.runs[run + 1 :]])


def nth(events: History, kind: str, place: int = 0) -> dict[str, Any]:
    """The attributes of an event, by the end of its kind's name."""
    found = [event for event in events if event["eventType"].endswith(kind)]
    return next(value for name, value in found[place].items() if name.endswith("EventAttributes"))


def said(payload: Mapping[str, str]) -> Any:
    """What a payload says."""
    return json.loads(b64decode(payload["data"]))


def reword(payload: dict[str, str], **changed: Any) -> None:
    """Put other values under a payload's names."""
    words = json.dumps(said(payload) | changed, separators=(",", ":"), ensure_ascii=False)
    payload["data"] = b64encode(words.encode()).decode()


def argument(events: History, kind: str, place: int = 0) -> dict[str, str]:
    """The payload an event carries in, be it a start's, an activity's, a signal's or an accepted update's."""
    attributes = nth(events, kind, place)
    carried = attributes.get("acceptedRequest", attributes)["input"]
    first: dict[str, str] = carried.get("args", carried)["payloads"][0]
    return first


def without(events: History, place: int) -> History:
    """The history without one event, numbered anew so that nothing shows a gap."""
    gone = int(events[place]["eventId"])
    rest = [event for event in events if event is not events[place]]
    return [_renumbered(event, lambda number: number - (number > gone)) for event in rest]


def doubled(events: History, place: int) -> History:
    """The history with one event twice in a row, numbered anew."""
    first = int(events[place]["eventId"])
    later = [_renumbered(event, lambda number: number + (number > first)) for event in events]
    again = {**later[place], "eventId": str(first + 1)}
    return [*later[: place + 1], again, *later[place + 1 :]]


def swapped(events: History, place: int) -> History:
    """The history with two neighbours in each other's place, numbered anew."""
    one, other = int(events[place]["eventId"]), int(events[place + 1]["eventId"])
    turned = {one: other, other: one}
    new = [_renumbered(event, lambda number: turned.get(number, number)) for event in events]
    new[place], new[place + 1] = new[place + 1], new[place]
    return new


def _renumbered(value: Any, new: Callable[[int], int]) -> Any:
    match value:
        case dict():
            return {name: _number(name, each, new) for name, each in value.items()}
        case list():
            return [_renumbered(each, new) for each in value]
        case _:
            return value


def _number(name: str, value: Any, new: Callable[[int], int]) -> Any:
    if name.lower().endswith("eventid") and isinstance(value, str):
        return str(new(int(value)))
    return _renumbered(value, new)
