"""What a procedure commands while it replays, and what a history says it commanded, in one form to compare."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from google.protobuf.duration_pb2 import Duration
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.update.v1 import Outcome
from temporalio.bridge.proto.activity_result import ActivityResolution
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_commands import UpdateResponse, WorkflowCommand

from activities.chain import canonical
from audit.replays.histories import Events, attributes
from audit.replays.replay import Activation


class StepKind(StrEnum):
    """What a procedure can command that leaves an event of its own in the history."""

    TIMER = "timer"
    TIMER_CANCELED = "timer_canceled"
    ACTIVITY = "activity"
    LOCAL_ACTIVITY = "local_activity"
    """Its event is the marker that holds what came of it; what it was asked is no part of the history."""
    UPDATE_ACCEPTED = "update_accepted"
    UPDATE_ANSWERED = "update_answered"
    CONTINUED = "continued"
    ENDED = "ended"
    FAILED = "failed"
    OTHER = "other"
    """A kind of command that no procedure of ours gives, and no history of ours has."""


Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One command, or the event it left; `kind` and `key` say which, `said` with what content.

    `event_id` is the event's, 0 for a command; `task` the workflow task's; `seq` the last event of the
    ledger that the case knew to be written, 0 before the first.
    """

    kind: StepKind
    key: str
    said: Said
    event_id: int = 0
    task: int = 0
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Content:
    """One argument or result as it crossed the wire."""

    encoding: bytes
    data: bytes

    @property
    def told(self) -> Any:
        """What it says, as JSON; what is no JSON is shown as it stands."""
        try:
            return json.loads(self.data)
        except (ValueError, RecursionError):
            return repr(self.data)


@dataclass(frozen=True, slots=True)
class Call:
    """A local activity: what was asked, and what the history says came of it.

    Open if nothing came of it in this history, or it was cancelled or put off and asked again.
    """

    name: str
    event_id: int
    request: Content | None
    result: Content | None = None
    failure: Failure | None = None
    is_open: bool = False


# -- what replaying commands ----------------------------------------------------------------------------

_LEAVES_NONE = frozenset(
    ("schedule_local_activity", "request_cancel_local_activity", "request_cancel_activity", "set_patch_marker")
)  # fmt: skip
"""Of local activities what comes of them leaves an event; of the others the Replayer knows all there is."""


def commanded(activations: Sequence[Activation]) -> Iterator[Step]:
    """Every command that must have left an event.

    A timer that was cancelled in the workflow task that set it never reached the server.
    """
    steps = list(_all_commanded(activations))
    set_here = {(step.key, step.task) for step in steps if step.kind is StepKind.TIMER}
    canceled_here = {(step.key, step.task) for step in steps if step.kind is StepKind.TIMER_CANCELED}
    undone = set_here & canceled_here
    timers = (StepKind.TIMER, StepKind.TIMER_CANCELED)
    yield from (step for step in steps if step.kind not in timers or (step.key, step.task) not in undone)


def _all_commanded(activations: Sequence[Activation]) -> Iterator[Step]:
    seq, workflow = 0, ""
    for activation, completion in activations:
        seq = max(seq, _recorded_by(activation))
        workflow = workflow or activation.jobs[0].initialize_workflow.workflow_type
        for number in _answered(activation):
            yield Step(StepKind.LOCAL_ACTIVITY, str(number), {}, task=activation.history_length, seq=seq)
        for command in completion.successful.commands:
            if (which := command.WhichOneof("variant")) is not None and which not in _LEAVES_NONE:
                kind, key, said = _commanded(which, command, workflow)
                yield Step(kind, key, said, task=activation.history_length, seq=seq)


def _answered(activation: WorkflowActivation) -> Iterator[int]:
    """The local activities of which something came: their markers stand before what follows from that."""
    yield from (job.resolve_activity.seq for job in activation.jobs if job.resolve_activity.is_local)


def _recorded_by(activation: WorkflowActivation) -> int:
    """The last event that the ledger says it wrote, if a workflow task begins with that; else 0."""
    answers = [job.resolve_activity.result for job in activation.jobs if job.resolve_activity.is_local]
    return max((seq_in(told(_result(answer))) for answer in answers), default=0)


def _commanded(which: str, command: WorkflowCommand, workflow: str) -> tuple[StepKind, str, Said]:
    """Its kind, key and content; a run that names no workflow for the next one goes on as the same."""
    said = getattr(command, which)
    match which:
        case "start_timer":
            return StepKind.TIMER, str(said.seq), {"after": _seconds(said.start_to_fire_timeout)}
        case "cancel_timer":
            return StepKind.TIMER_CANCELED, str(said.seq), {}
        case "schedule_activity":
            return StepKind.ACTIVITY, said.activity_id, _activity(said.activity_type, said, said.arguments)
        case "update_response":
            return _answer(said)
        case "continue_as_new_workflow_execution":
            return StepKind.CONTINUED, "", _continued(said.workflow_type or workflow, said.arguments)
        case "complete_workflow_execution":
            return StepKind.ENDED, "", {"result": _content(said.result)}
        case "fail_workflow_execution":
            return StepKind.FAILED, "", _failure(said.failure)
    return StepKind.OTHER, which, {}


def _answer(response: UpdateResponse) -> tuple[StepKind, str, Said]:
    key = response.protocol_instance_id
    match response.WhichOneof("response"):
        case "accepted":
            return StepKind.UPDATE_ACCEPTED, key, {"id": key}
        case "completed":
            return StepKind.UPDATE_ANSWERED, key, {"id": key, "answer": _content(response.completed)}
        case _:
            return StepKind.UPDATE_ANSWERED, key, {"id": key, **_failure(response.rejected)}


def calls(activations: Sequence[Activation], events: Events) -> Iterator[Call]:
    """Every local activity, in order, with what the history answered when it replayed."""
    answers = {
        job.resolve_activity.seq: job.resolve_activity.result
        for activation, _ in activations
        for job in activation.jobs
        if job.resolve_activity.is_local
    }
    markers = {step.key: step.event_id for step in recorded(events) if step.kind is StepKind.LOCAL_ACTIVITY}
    for _, completion in activations:
        for command in completion.successful.commands:
            if command.HasField("schedule_local_activity"):
                asked = command.schedule_local_activity
                answer = answers.get(asked.seq, ActivityResolution())
                yield _call(
                    asked.activity_type, markers.get(str(asked.seq), 0), _first(asked.arguments), answer
                )


def _call(name: str, event_id: int, request: Content | None, answer: ActivityResolution) -> Call:
    match answer.WhichOneof("status"):
        case "completed":
            return Call(name, event_id, request, result=_result(answer))
        case "failed":
            return Call(name, event_id, request, failure=answer.failed.failure)
        case _:
            return Call(name, event_id, request, is_open=True)


def _result(answer: ActivityResolution) -> Content | None:
    return _content(answer.completed.result) if answer.completed.HasField("result") else None


# -- what the history says ------------------------------------------------------------------------------


def recorded(events: Events) -> Iterator[Step]:
    """Every event that a command leaves, as the history has it."""
    accepted: dict[int, str] = {}
    for event in events:
        if event.HasField("workflow_execution_update_accepted_event_attributes"):
            said = event.workflow_execution_update_accepted_event_attributes
            accepted[event.event_id] = said.protocol_instance_id
        if (found := _recorded(event, accepted)) is not None:
            yield Step(*found, event_id=event.event_id)


def _recorded(event: HistoryEvent, accepted: Mapping[int, str]) -> tuple[StepKind, str, Said] | None:
    said = attributes(event)
    match event.WhichOneof("attributes"):
        case "timer_started_event_attributes":
            return StepKind.TIMER, said.timer_id, {"after": _seconds(said.start_to_fire_timeout)}
        case "timer_canceled_event_attributes":
            return StepKind.TIMER_CANCELED, said.timer_id, {}
        case "activity_task_scheduled_event_attributes":
            arguments = said.input.payloads
            return StepKind.ACTIVITY, said.activity_id, _activity(said.activity_type.name, said, arguments)
        case "marker_recorded_event_attributes" if said.marker_name == "core_local_activity":
            return StepKind.LOCAL_ACTIVITY, str(seq_in(told(_first(said.details["data"].payloads)))), {}
        case "workflow_execution_update_accepted_event_attributes":
            meta = said.accepted_request.meta
            return StepKind.UPDATE_ACCEPTED, said.protocol_instance_id, {"id": meta.update_id}
        case "workflow_execution_update_completed_event_attributes":
            key = accepted.get(said.accepted_event_id, said.meta.update_id)
            return StepKind.UPDATE_ANSWERED, key, {"id": said.meta.update_id, **_outcome(said.outcome)}
        case _:
            return _ending(event, said)


def _ending(event: HistoryEvent, said: Any) -> tuple[StepKind, str, Said] | None:
    match event.WhichOneof("attributes"):
        case "workflow_execution_continued_as_new_event_attributes":
            return StepKind.CONTINUED, "", _continued(said.workflow_type.name, said.input.payloads)
        case "workflow_execution_completed_event_attributes":
            return StepKind.ENDED, "", {"result": _first(said.result.payloads)}
        case "workflow_execution_failed_event_attributes":
            return StepKind.FAILED, "", _failure(said.failure)
        case _:
            return None


def _outcome(outcome: Outcome) -> Said:
    if outcome.HasField("success"):
        return {"answer": _first(outcome.success.payloads)}
    return _failure(outcome.failure)


def started_with(events: Events) -> tuple[str, Content | None]:
    """What a run began as: the name of its workflow, and its one argument."""
    said = events[0].workflow_execution_started_event_attributes
    return said.workflow_type.name, _first(said.input.payloads)


# -- one form for both ----------------------------------------------------------------------------------


def _activity(name: str, said: Any, arguments: Sequence[Payload]) -> Said:
    """Of an ordinary activity: what, with what, and how long and how often it may be tried."""
    return {
        "name": name, "input": _first(arguments), "arguments": len(arguments),
        "start_to_close": _seconds(said.start_to_close_timeout), "heartbeat": _seconds(said.heartbeat_timeout),
        "first_retry": _seconds(said.retry_policy.initial_interval),
        "last_retry": _seconds(said.retry_policy.maximum_interval),
        "backoff": str(said.retry_policy.backoff_coefficient),
        "attempts": said.retry_policy.maximum_attempts,
    }  # fmt: skip


def _continued(workflow: str, arguments: Sequence[Payload]) -> Said:
    return {"workflow": workflow, "input": _first(arguments), "arguments": len(arguments)}


def _failure(failure: Failure) -> Said:
    """Without its stack trace: lines of code move from version to version."""
    said = failure.application_failure_info
    return {
        "failure": failure.message, "type": said.type, "final": said.non_retryable,
        "details": _first(said.details.payloads), "because": failure.cause.message,
    }  # fmt: skip


def _first(payloads: Sequence[Payload]) -> Content | None:
    return _content(payloads[0]) if payloads else None


def _content(payload: Payload) -> Content:
    return Content(payload.metadata["encoding"], payload.data)


def details_of(failure: Failure) -> tuple[str, Any]:
    """The type of a local activity's failure, and what it told the case."""
    said = failure.application_failure_info
    return said.type, told(_first(said.details.payloads))


def _seconds(span: Duration) -> str:
    return f"{span.seconds}.{span.nanos:09d}s"


def seq_in(said: Any) -> int:
    """The number under `seq`, 0 where there is none."""
    seq = said.get("seq") if isinstance(said, dict) else None
    return seq if isinstance(seq, int) else 0


def told(value: Any) -> Any:
    """A value as a finding shows it."""
    return value.told if isinstance(value, Content) else value


def same(one: Any, other: Any) -> bool:
    """Whether two values say the same: to the byte, or as the same JSON in another order."""
    if one == other:
        return True
    if not (isinstance(one, Content) and isinstance(other, Content)) or one.encoding != other.encoding:
        return False
    return same_json(one.told, other.told)


def same_json(one: Any, other: Any) -> bool:
    """By canonical text: what Python calls equal, such as 1 and true, may not be."""
    try:
        return canonical({"": one}) == canonical({"": other})
    except (ValueError, TypeError, RecursionError):
        return False
