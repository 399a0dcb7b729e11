"""Fetches the histories of a case from Temporal, run by run, and makes them ready for the archive."""

import asyncio
import hashlib
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from activities.custody import Run, code_version, is_version_of_ours

PATIENCE = timedelta(seconds=10)  # for one page of one history

_ENDED = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
    }
)
_COMMANDED = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED,
        EventType.EVENT_TYPE_MARKER_RECORDED,
        EventType.EVENT_TYPE_TIMER_STARTED,
        EventType.EVENT_TYPE_TIMER_CANCELED,
        EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
        EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED,
    }
)
"""What one completed workflow task writes: itself, and what the case told the server."""


@dataclass(frozen=True, slots=True)
class Histories:
    """What Temporal had of a case: runs in the order in which they ran.

    `is_over`: the last one has ended. `lost` is the run that was asked for and not there, "" for the case as
    a whole, None where nothing was missing.
    """

    runs: tuple[Run, ...]
    is_over: bool
    lost: str | None = None


async def histories(
    client: Client, case_no: str, known: Collection[str] = (), *, standing: bool = False
) -> Histories:
    """The histories of a case from its latest run back to the first, or to one that is known.

    Of a run that goes on nothing comes, or with `standing` what its last completed workflow task leaves.
    Raises RPCError for whatever ails Temporal except that it does not know the case.
    """
    found: list[Run] = []
    run_id, is_over = "", False
    while True:
        history = await _fetched(client, case_no, run_id)
        if history is None:
            return Histories(tuple(reversed(found)), is_over, lost=run_id)
        if not run_id:
            is_over = _has_ended(history.events)
        run = await asyncio.to_thread(_run, history, standing)  # a long history takes seconds to write
        if run is not None:
            found.append(run)
        run_id = _before(history.events)
        if not run_id or run_id in known:
            return Histories(tuple(reversed(found)), is_over)


async def _fetched(client: Client, case_no: str, run_id: str) -> WorkflowHistory | None:
    """One run's history, without a run id the latest; None where Temporal has none."""
    try:
        return await client.get_workflow_handle(case_no, run_id=run_id or None).fetch_history(
            rpc_timeout=PATIENCE
        )
    except RPCError as refused:
        if refused.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None


def _run(history: WorkflowHistory, standing: bool) -> Run | None:
    """A history made ready; None of a run that goes on, unless it is wanted as it stands."""
    closed = _has_ended(history.events)
    events = history.events if closed else upto_last_step(history.events) if standing else ()
    if not events:
        return None
    written = WorkflowHistory(history.workflow_id, events).to_json().encode()
    return Run(
        run_id=history.run_id,
        events=len(events),
        closed=closed,
        final=closed and events[-1].event_type != EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
        code=_code(events),
        digest=hashlib.sha256(written).digest(),
        packed=zlib.compress(written),
    )


def upto_last_step(events: Sequence[HistoryEvent]) -> Sequence[HistoryEvent]:
    """A history that goes on, up to the last completed workflow task and what it commanded.

    What came after it the case has not taken in; a replayer may wait for ever for the task that would.
    """
    tasks = [
        place
        for place, event in enumerate(events)
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]
    if not tasks:
        return ()
    end = tasks[-1]
    while end < len(events) and events[end].event_type in _COMMANDED:
        end += 1
    return events[:end]


def _has_ended(events: Sequence[HistoryEvent]) -> bool:
    return bool(events) and events[-1].event_type in _ENDED


def _before(events: Sequence[HistoryEvent]) -> str:
    """The run that this one follows; empty for the first."""
    return events[0].workflow_execution_started_event_attributes.continued_execution_run_id


def _code(events: Sequence[HistoryEvent]) -> str:
    """The code version that the history names last, or today's where it names none of ours."""
    for event in reversed(events):
        build = event.workflow_task_completed_event_attributes.worker_version.build_id
        if is_version_of_ours(build):
            return build
    return code_version()
