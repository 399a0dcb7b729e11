"""The third answer: what replaying commands equals what the histories and the ledger hold, to the byte."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Any

from audit.answers.same_steps import place_of
from audit.evidence import Evidence
from audit.findings import Answer, Finding
from audit.replays.histories import is_closed
from audit.replays.replay import Replayed, ReplayedRun, replayed
from audit.replays.steps import (
    Content,
    Step,
    StepKind,
    calls,
    commanded,
    recorded,
    same,
    same_json,
    started_with,
    told,
)
from audit.replays.writes import Writes
from domain.codec import instant_text, read_instant
from workflows.clock import whole
from workflows.envelope import OpenCase


class SameContentCode(StrEnum):
    """What can differ although the steps are the same."""

    START_DIFFERS = "start_differs"
    """The first run did not begin with what the ledger says the case was opened with."""
    CONTINUATION_DIFFERS = "continuation_differs"
    """A later run did not begin with what the one before it handed over."""
    TIMER_DIFFERS = "timer_differs"
    DELIVERY_DIFFERS = "delivery_differs"
    """What other cases were told, or how cases were opened."""
    ANSWER_DIFFERS = "answer_differs"
    """What somebody who acted was answered."""
    END_DIFFERS = "end_differs"
    RECORD_DIFFERS = "record_differs"
    """The procedure writes another event than the ledger holds."""
    RECEIPT_DIFFERS = "receipt_differs"
    """The history has the ledger answer what it cannot have answered."""
    LEDGER_BEYOND = "ledger_beyond"
    """The ledger holds events that no run of the ended case wrote."""


_CODES: Mapping[StepKind, SameContentCode] = {
    StepKind.TIMER: SameContentCode.TIMER_DIFFERS,
    StepKind.ACTIVITY: SameContentCode.DELIVERY_DIFFERS,
    StepKind.UPDATE_ACCEPTED: SameContentCode.ANSWER_DIFFERS,
    StepKind.UPDATE_ANSWERED: SameContentCode.ANSWER_DIFFERS,
    StepKind.CONTINUED: SameContentCode.CONTINUATION_DIFFERS,
}


async def same_content(evidence: Evidence) -> list[Finding]:
    """What differs in content, in the archived runs of a case."""
    return list(against_content(await replayed(evidence)))


def against_content(case: Replayed) -> Iterator[Finding]:
    """The same of a case that was replayed: of each run the first of a kind; of the ledger the first event."""
    for run in case.runs:
        yield from _steps(case, run)
    yield from _starts(case)
    yield from _ledger(case)


# -- what a history holds of each command ---------------------------------------------------------------


def _steps(case: Replayed, run: ReplayedRun) -> Iterator[Finding]:
    held = {(step.kind, step.key): step for step in recorded(run.events)}
    told_of: set[SameContentCode] = set()
    for step in commanded(run.activations):
        event = held.get((step.kind, step.key))
        code = _CODES.get(step.kind, SameContentCode.END_DIFFERS)
        if event is not None and code not in told_of and (apart := _apart(step.said, event.said)):
            told_of.add(code)
            yield _finding(case, code, run, event.event_id, step.seq, *apart)


def _apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """What two contents say of the things in which they differ, or None."""
    names = [name for name in sorted(one.keys() | other.keys()) if not same(one.get(name), other.get(name))]
    if not names:
        return None
    return {name: told(one.get(name)) for name in names}, {name: told(other.get(name)) for name in names}


# -- how each run began ---------------------------------------------------------------------------------


def _starts(case: Replayed) -> Iterator[Finding]:
    if case.runs and case.evidence.links and case.runs[0].can_replay:
        yield from _first_start(case, case.runs[0], case.evidence.links[0].event)
    for earlier, later in pairwise(case.runs):
        handed = [step for step in commanded(earlier.activations) if step.kind is StepKind.CONTINUED]
        if handed and later.can_replay:
            yield from _later_start(case, handed[0], later)


def _first_start(case: Replayed, run: ReplayedRun, opened: Mapping[str, Any]) -> Iterator[Finding]:
    """The opening on the ledger holds what a case begins with, except how fast a drill goes."""
    workflow, content = started_with(run.events)
    expected = _on_the_ledger(case.evidence.case_no, opened)
    found = _as_on_the_ledger(workflow, content, at=expected["at"])
    names = [name for name in expected if not same_json(expected[name], found.get(name))]
    if names:
        apart = {name: expected[name] for name in names}, {name: found.get(name) for name in names}
        yield _finding(case, SameContentCode.START_DIFFERS, run, 1, 1, *apart)


_OPENING = ("kind", "opening", "rulebook", "calendar", "actor", "act_id")
_FIRST_RUN = {
    name: field.get_default() for name, field in OpenCase.model_fields.items()
    if name in ("began_at", "carried", "ticked", "recorded", "head")
}  # fmt: skip


def _on_the_ledger(case_no: str, opened: Mapping[str, Any]) -> dict[str, Any]:
    data = opened.get("data") or {}
    said = {name: data.get(name) for name in _OPENING}
    whose = {"workflow": data.get("kind"), "number": case_no, "drill": data.get("drill")}
    return whose | said | {"at": opened.get("at")} | _FIRST_RUN


def _as_on_the_ledger(workflow: str, content: Content | None, at: str) -> dict[str, Any]:
    """A run's argument in the words of the ledger; a drill may leave its instant to the engine's clock."""
    began = told(content)
    if not isinstance(began, dict):
        return {"workflow": workflow}
    stamped = began.get("at")
    whose = {"workflow": workflow, "number": began.get("number"), "drill": began.get("drill") is not None}
    said = {name: began.get(name) for name in _OPENING}
    first = {name: began.get(name, left_out) for name, left_out in _FIRST_RUN.items()}
    return whose | said | {"at": at if stamped is None else _instant(stamped)} | first


def _instant(stamped: Any) -> Any:
    try:
        return instant_text(whole(read_instant(stamped)))
    except (ValueError, TypeError, OverflowError):
        return stamped


def _later_start(case: Replayed, handed: Step, run: ReplayedRun) -> Iterator[Finding]:
    workflow, content = started_with(run.events)
    expected = {name: handed.said[name] for name in ("workflow", "input")}
    if apart := _apart(expected, {"workflow": workflow, "input": content}):
        yield _finding(case, SameContentCode.CONTINUATION_DIFFERS, run, 1, handed.seq, *apart)


# -- what the ledger holds ------------------------------------------------------------------------------


def _ledger(case: Replayed) -> Iterator[Finding]:
    """The first write or look of any run that does not fit, or the first event that nobody wrote."""
    writes = Writes(case.evidence.links)
    for run in case.runs:
        for call in calls(run.activations, run.events):
            misfit = writes.misfit(call)
            if misfit is not None:
                code = SameContentCode.RECEIPT_DIFFERS if misfit.is_answer else SameContentCode.RECORD_DIFFERS
                yield _finding(
                    case, code, run, call.event_id, misfit.seq, misfit.expected, misfit.found
                )  # fmt: skip
                return
    if case.runs and is_closed(case.runs[-1].events) and all(run.is_replayed for run in case.runs):
        yield from _beyond(case, writes.last)


def _beyond(case: Replayed, last: int) -> Iterator[Finding]:
    links, run = case.evidence.links, case.runs[-1]
    if last < len(links):
        found = dict(links[last].event)
        yield _finding(case, SameContentCode.LEDGER_BEYOND, run, len(run.events), last + 1, None, found)


def _finding(
    case: Replayed, code: SameContentCode, run: ReplayedRun, event_id: int, seq: int, expected: Any, found: Any
) -> Finding:  # fmt: skip
    about, case_no = place_of(run, event_id), case.evidence.case_no
    return Finding(case_no, Answer.SAME_CONTENT, code, seq or None, expected, found, about)
