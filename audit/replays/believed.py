"""What a case's history in Temporal believes to be on the ledger, and what it wrote; reads only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from activities import interface
from audit.replays.histories import is_closed
from audit.replays.replaying import replayed_so_far
from audit.replays.steps import Call, calls, details_of, seq_in, started_with, told
from domain.shelf import Shelf

_MARKER = "core_local_activity"


@dataclass(frozen=True, slots=True)
class Belief:
    """The last event that a history knows to be on the ledger, and its hash (hex); 0 before the first."""

    seq: int
    head: str
    is_over: bool


async def belief_of(client: Client, case_no: str) -> Belief | None:
    """What the latest run of a case knows; None where Temporal has no such case. Raises RPCError otherwise."""
    try:
        history = await client.get_workflow_handle(case_no).fetch_history()
    except RPCError as refused:
        if refused.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None
    return believed(history)


def believed(history: WorkflowHistory) -> Belief:
    """By the answers that the ledger gave it; before the first, by what the run before handed over."""
    _, start = started_with(history.events)
    said = told(start)
    seq, head = (seq_in({"seq": said.get("recorded")}), str(said.get("head", ""))) if said else (0, "")
    for event in history.events:
        answer = _answer(event)
        if seq_in(answer) > seq:
            seq, head = seq_in(answer), str(answer["head"])
    return Belief(seq, head, is_closed(history.events))


def _answer(event: HistoryEvent) -> Mapping[str, Any]:
    """What the ledger answered to a write, if this is the marker of one that went well."""
    said = event.marker_recorded_event_attributes
    if said.marker_name != _MARKER or not said.details["result"].payloads:
        return {}
    if json.loads(said.details["data"].payloads[0].data)["activity_type"] != interface.RECORD:
        return {}
    answer: Mapping[str, Any] = json.loads(said.details["result"].payloads[0].data)
    return answer


async def written(client: Client, case_no: str, shelf: Shelf) -> Sequence[Mapping[str, Any]]:
    """Every event that a case knows to be on its ledger, as `event_json`, by running its histories again.

    A history keeps what the ledger answered, not what it was asked; the procedure, replayed, asks the same
    again. Raises RPCError where Temporal is away, ValueError where the histories do not replay.
    """
    played = await replayed_so_far(client, shelf, case_no)
    if any(not run.is_replayed for run in played):
        raise ValueError(f"{case_no}: {[run.difference or run.breakdown for run in played]}")
    known: dict[int, Mapping[str, Any]] = {}
    for run in played:
        for call in calls(run.activations, run.events):
            known.update((event["seq"], event) for event in _told_by(call))
    return [known[seq] for seq in sorted(known)]


def _told_by(call: Call) -> Sequence[Mapping[str, Any]]:
    """The events that are on the ledger by what a call was answered."""
    if call.is_open:
        return ()
    if call.failure is not None:
        kind, said = details_of(call.failure)
        return said["stored"] if kind == interface.LEDGER_CONFLICT and isinstance(said, dict) else ()
    answer, asked = told(call.result), told(call.request)
    events: Sequence[Mapping[str, Any]] = (asked if call.name == interface.RECORD else answer).get(
        "events", ()
    )
    return events
