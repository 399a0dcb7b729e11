"""The second answer: the archived histories are whole, and replay to the very steps they hold."""

from collections.abc import Iterator
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from audit.codes import Why
from audit.evidence import Evidence
from audit.findings import Answer, Finding, Unlooked
from audit.replays.histories import is_closed
from audit.replays.replay import Replayed, ReplayedRun, replayed
from audit.replays.steps import Call, Step, StepKind, calls, commanded, recorded


class SameStepsCode(StrEnum):
    """How a history and the steps of its procedure can part."""

    HISTORY_UNREADABLE = "history_unreadable"
    HISTORY_DISORDERED = "history_disordered"
    """An event stands where no server puts it, or refers to one that is not there."""
    HISTORY_CUT = "history_cut"
    """The history of a run that has ended does not come to its end."""
    HISTORY_OF_ANOTHER = "history_of_another"
    """It is of another case or another run."""
    REPLAY_DIFFERS = "replay_differs"
    """The Replayer says that the procedure takes other steps."""
    REPLAY_BREAKS = "replay_breaks"
    """The procedure, or the Replayer itself, cannot take what the history holds."""
    REPLAY_STANDS_STILL = "replay_stands_still"
    """The Replayer waits for what the history does not hold."""
    STEP_MISSING = "step_missing"
    """The procedure commands what the history does not hold."""
    STEP_UNASKED = "step_unasked"
    """The history holds what the procedure does not command."""
    STEP_MISPLACED = "step_misplaced"
    """The steps are the same, in another order."""


async def same_steps(evidence: Evidence) -> list[Finding | Unlooked]:
    """What is wrong with the steps of a case's archived runs."""
    return list(against_steps(await replayed(evidence)))


def against_steps(case: Replayed) -> Iterator[Finding | Unlooked]:
    """The same of a case that was replayed: of each run the first of a kind."""
    for place, run in enumerate(case.runs, start=1):
        yield from _one(case.evidence.case_no, run, is_last=place == len(case.runs))


def _one(case_no: str, run: ReplayedRun, is_last: bool) -> Iterator[Finding | Unlooked]:
    if run.unreadable:
        yield _finding(case_no, run, SameStepsCode.HISTORY_UNREADABLE, 1, None, run.unreadable)
        return
    yield from _belongs(case_no, run)
    if run.disorder is not None:
        wrong = run.disorder
        yield _finding(
            case_no, run, SameStepsCode.HISTORY_DISORDERED, wrong.event_id, wrong.expected, wrong.found
        )
        return
    if (run.archived.closed or not is_last) and not is_closed(run.events):
        last = len(run.events)
        yield _finding(case_no, run, SameStepsCode.HISTORY_CUT, last, "the end of the run", f"event {last}")
    yield from _verdict(case_no, run)
    if run.is_replayed:
        yield from _in_order(case_no, run)
        yield from _unheard(case_no, run)


def _belongs(case_no: str, run: ReplayedRun) -> Iterator[Finding]:
    """Servers of before 1.24 did not write whose history it is; its argument does (`same_content`)."""
    if not run.events:
        return
    said = run.events[0].workflow_execution_started_event_attributes
    found = (said.workflow_id or case_no, said.original_execution_run_id)
    expected = (case_no, run.run_id)
    if found != expected:
        yield _finding(case_no, run, SameStepsCode.HISTORY_OF_ANOTHER, 1, list(expected), list(found))


def _verdict(case_no: str, run: ReplayedRun) -> Iterator[Finding | Unlooked]:
    place = _reached(run)
    if run.lacks:
        yield Unlooked(case_no, Answer.SAME_STEPS, Why.EDITION_ABSENT, run.lacks)
    elif run.is_hung:
        yield _finding(case_no, run, SameStepsCode.REPLAY_STANDS_STILL, place)
    elif run.breakdown:
        yield _finding(case_no, run, SameStepsCode.REPLAY_BREAKS, place, None, run.breakdown)
    elif run.difference:
        yield _finding(case_no, run, SameStepsCode.REPLAY_DIFFERS, place, None, run.difference)


def _reached(run: ReplayedRun) -> int:
    """The workflow task that the replay came to."""
    return max((activation.history_length for activation, _ in run.activations), default=1)


def _in_order(case_no: str, run: ReplayedRun) -> Iterator[Finding]:
    """The Replayer passes another order within a workflow task, and whatever the last task lacks."""
    asked, held = list(commanded(run.activations)), list(recorded(run.events))
    for one, other in zip_longest(asked, held):
        if one is None or other is None or _which(one) != _which(other):
            yield _parting(case_no, run, one, other, {_which(s) for s in asked}, {_which(s) for s in held})
            return


def _parting(
    case_no: str, run: ReplayedRun, asked: Step | None, held: Step | None, all_asked: set[str], all_held: set[str]
) -> Finding:  # fmt: skip
    seq = asked.seq if asked is not None else 0
    if asked is not None and _which(asked) not in all_held:
        return _finding(case_no, run, SameStepsCode.STEP_MISSING, asked.task, _which(asked), None, seq)
    if held is not None and _which(held) not in all_asked:
        return _finding(case_no, run, SameStepsCode.STEP_UNASKED, held.event_id, None, _which(held), seq)
    place = held.event_id if held is not None else len(run.events)
    expected, found = asked and _which(asked), held and _which(held)
    return _finding(case_no, run, SameStepsCode.STEP_MISPLACED, place, expected, found, seq)


def _unheard(case_no: str, run: ReplayedRun) -> Iterator[Finding]:
    """In a run that has ended, something came of every local activity."""
    if is_closed(run.events) and any(call.is_open and not call.event_id for call in _calls(run)):
        step = StepKind.LOCAL_ACTIVITY.value
        yield _finding(case_no, run, SameStepsCode.STEP_MISSING, len(run.events), step)


def _calls(run: ReplayedRun) -> Iterator[Call]:
    return calls(run.activations, run.events)


def _which(step: Step) -> str:
    return f"{step.kind} {step.key}".rstrip()


def place_of(run: ReplayedRun, event_id: int) -> str:
    """How a finding names an event of a history: its run and its number there."""
    return f"{run.run_id}/{event_id}"


def _finding(
    case_no: str, run: ReplayedRun, code: SameStepsCode, event_id: int, expected: Any = None,
    found: Any = None, seq: int = 0,
) -> Finding:  # fmt: skip
    about = place_of(run, event_id)
    return Finding(case_no, Answer.SAME_STEPS, code, seq or None, expected, found, about)
