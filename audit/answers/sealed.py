"""Whether a case's archived histories are those the journal sealed, all of them and in one chain of runs."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from activities import chain, journal
from activities.custody import Custody
from audit.checkpoints import merkle, treehead
from audit.checkpoints.notes import NoteError
from audit.checkpoints.treehead import Checkpoint
from audit.codes import IntactCode, Why, against
from audit.evidence import ArchivedRun, Evidence, Inclusion
from audit.findings import Answer, Finding, Unlooked
from domain.events import CaseClosed

_CLOSING = ("COMPLETED", "FAILED", "TIMED_OUT", "CANCELED", "TERMINATED", "CONTINUED_AS_NEW")


def sealed(evidence: Evidence) -> Iterator[Finding | Unlooked]:
    """Everything wrong with the journal's entries about a case and with its histories."""
    yield from _entries(evidence)
    yield from _sworn(evidence)
    entries = {_seal(e): e for e in evidence.journal if e.kind == Custody.HISTORY_ARCHIVED}
    for run in evidence.runs:
        yield from _run(evidence.case_no, run, entries.get((run.run_id, str(run.events))))
    lost = [e.data.get("run_id") for e in evidence.journal if e.kind == Custody.HISTORY_MISSING]
    yield from _all_here(evidence, entries.values())
    for finding in _handed_over(evidence):
        if finding.code != IntactCode.ARCHIVE_MISSING or finding.about not in lost:
            yield finding
    for run_id in lost:
        for answer in (Answer.SAME_STEPS, Answer.SAME_CONTENT):
            yield Unlooked(evidence.case_no, answer, Why.HISTORY_LOST, str(run_id or ""))


# -- the journal ----------------------------------------------------------------------------------------


def _entries(evidence: Evidence) -> Iterator[Finding]:
    """Each entry is what its hash says, and of this case; the streams' chains are verified as a whole."""
    for entry in evidence.journal:
        place = f"{entry.stream}/{entry.seq}"
        named = entry.data.get("case_no")
        if (computed := hash_of(entry)) != entry.hash:
            yield against(evidence.case_no, IntactCode.JOURNAL_DIFFERS, None, computed, entry.hash, place)
        elif named != evidence.case_no:
            yield against(evidence.case_no, IntactCode.JOURNAL_DIFFERS, None, evidence.case_no, named, place)


def _sworn(evidence: Evidence) -> Iterator[Finding | Unlooked]:
    """Each entry stands under the checkpoint, or came after it."""
    if evidence.standing is None:
        return
    try:
        checkpoint = treehead.read(evidence.standing.note)
    except NoteError:
        return  # told where the checkpoint itself is looked at
    for entry in evidence.journal:
        place = f"{entry.stream}/{entry.seq}"
        inclusion = evidence.standing.entries.get(place)
        if inclusion is None:
            yield Unlooked(evidence.case_no, Answer.INTACT, Why.AFTER_CHECKPOINT, place)
        elif not _holds(entry, inclusion, checkpoint):
            root = checkpoint.root.hex()
            yield against(evidence.case_no, IntactCode.ENTRY_DIFFERS, None, root, entry.hash, place)


def _holds(entry: journal.Entry, inclusion: Inclusion, checkpoint: Checkpoint) -> bool:
    try:
        leaf, path = bytes.fromhex(entry.hash), [bytes.fromhex(each) for each in inclusion.path]
    except ValueError:
        return False
    leaf = merkle.leaf_hash(leaf)
    return merkle.verify_inclusion(leaf, inclusion.place, checkpoint.size, path, checkpoint.root)


def hash_of(entry: journal.Entry) -> str | None:
    """What an entry hashes to, None if it cannot be hashed."""
    try:
        return chain.event_hash(entry.stream.value, entry.prev, journal.event_of(entry)).hex()
    except (ValueError, TypeError, RecursionError):
        return None


def _seal(entry: journal.Entry) -> tuple[str, str]:
    return str(entry.data.get("run_id")), str(entry.data.get("events"))


# -- one history ----------------------------------------------------------------------------------------


def _run(case_no: str, run: ArchivedRun, entry: journal.Entry | None) -> Iterator[Finding]:
    digest = hashlib.sha256(run.history.encode(errors="replace")).hexdigest()
    if digest != run.digest:
        yield against(case_no, IntactCode.ARCHIVE_DIFFERS, None, run.digest, digest, run.run_id)
    if entry is None:
        yield against(case_no, IntactCode.ARCHIVE_UNSEALED, None, None, run.digest, run.run_id)
        return
    said = {name: entry.data.get(name) for name in ("digest", "closed", "code")}
    found = {"digest": run.digest, "closed": run.closed, "code": run.code}
    if said != found:
        yield against(case_no, IntactCode.ARCHIVE_DIFFERS, None, said, found, run.run_id)


# -- all of them ----------------------------------------------------------------------------------------


def _all_here(evidence: Evidence, entries: Collection[journal.Entry]) -> Iterator[Finding | Unlooked]:
    """Every run that was sealed is here; of a case that has ended, the last one to its end."""
    here = {run.run_id for run in evidence.runs}
    for entry in entries:
        if entry.data.get("run_id") not in here:
            digest, run = entry.data.get("digest"), str(entry.data.get("run_id"))
            yield against(evidence.case_no, IntactCode.ARCHIVE_MISSING, None, digest, None, run)
    if evidence.runs and evidence.runs[-1].closed:
        return
    if any(e.kind == Custody.HISTORY_MISSING and "run_id" not in e.data for e in evidence.journal):
        return  # said to be lost, which is told apart
    has_ended = bool(evidence.links) and evidence.links[-1].event["kind"] == CaseClosed.code
    for answer in (Answer.SAME_STEPS, Answer.SAME_CONTENT):
        yield Unlooked(evidence.case_no, answer, Why.NOT_SEALED if has_ended else Why.STILL_OPEN)


@dataclass(frozen=True, slots=True)
class Ends:
    """How a history begins and ends: the run before it, the run it hands over to, its length, its end."""

    before: str
    after: str
    events: int
    closed: bool


def _handed_over(evidence: Evidence) -> Iterator[Finding]:
    """Each run says which one it follows and which one follows it."""
    ends = [(run, _ends(run.history)) for run in evidence.runs]
    for run, end in ends:
        if (end.events, end.closed) != (run.events, run.closed):
            said = {"events": run.events, "closed": run.closed}
            ends_so = {"events": end.events, "closed": end.closed}
            yield against(evidence.case_no, IntactCode.ARCHIVE_DIFFERS, None, said, ends_so, run.run_id)
    if ends and ends[0][1].before:
        yield against(evidence.case_no, IntactCode.ARCHIVE_MISSING, about=ends[0][1].before)
    for (earlier, end), (later, begin) in pairwise(ends):
        expected, found = (end.after, earlier.run_id), (later.run_id, begin.before)
        if expected != found:
            about = end.after or earlier.run_id
            yield against(evidence.case_no, IntactCode.ARCHIVE_MISSING, None, expected, found, about)


def _ends(history: str) -> Ends:
    try:
        events = json.loads(history)["events"]
        return _ends_of(events)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return Ends("", "", 0, False)


def _ends_of(events: Sequence[Mapping[str, Any]]) -> Ends:
    started = events[0]["workflowExecutionStartedEventAttributes"]
    handed = events[-1].get("workflowExecutionContinuedAsNewEventAttributes", {})
    kind = str(events[-1]["eventType"]).removeprefix("EVENT_TYPE_WORKFLOW_EXECUTION_")
    return Ends(
        str(started.get("continuedExecutionRunId", "")), str(handed.get("newExecutionRunId", "")),
        len(events), kind in _CLOSING,
    )  # fmt: skip
