"""What lies on the ledger and beside it: whole where nobody touched it, and named where somebody did."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from activities import chain
from activities.journal import Entry, Stream
from audit.answers.intact import intact
from audit.answers.sealed import hash_of
from audit.casefiles.editions import Library, library_of, pins
from audit.casefiles.gathering import Held, evidence_of
from audit.casefiles.record import read_record
from audit.codes import IntactCode, Why
from audit.evidence import ArchivedRun, Evidence
from audit.findings import Finding, Unlooked
from domain.shelf import Shelf
from domain.vocabulary import CaseNo

WHEN = datetime(2026, 12, 1, tzinfo=UTC)


def said(evidence: Evidence) -> list[Finding | Unlooked]:
    return list(intact(evidence, read_record(evidence.links)))


def found(evidence: Evidence) -> list[tuple[str, int | None, str]]:
    return [(e.code, e.seq, e.about) for e in said(evidence) if isinstance(e, Finding)]


@pytest.fixture
def rows(town_rows: Mapping[CaseNo, Held]) -> Held:
    """One case with words and a good many events."""
    return max(town_rows.values(), key=lambda each: len(each.content))


def changed(rows: Held, seq: int, **columns: Any) -> Held:
    events = [dict(row) | (columns if row["seq"] == seq else {}) for row in rows.events]
    return replace(rows, events=events)


def test_a_town_that_nobody_touched_is_whole(town_evidence: Mapping[CaseNo, Evidence]) -> None:
    assert [found(each) for each in town_evidence.values() if found(each)] == []


def test_a_case_without_events_is_a_finding(library: Library) -> None:
    assert found(evidence_of(Held("X1", ()), library)) == [(IntactCode.NO_EVENTS, None, "")]


@pytest.mark.parametrize(
    ("columns", "code", "about"),
    [
        ({"kind": "noted"}, IntactCode.CHAIN_HASH, ""),
        ({"data": '{"duty":99}'}, IntactCode.CHAIN_HASH, ""),
        ({"data": "[1]"}, IntactCode.CHAIN_HASH, ""),
        ({"data": '{"a":' * 5000}, IntactCode.CHAIN_HASH, ""),
        ({"data": '{"actor":"nobody"}'}, IntactCode.CHAIN_HASH, ""),
        ({"data": '{"x":"\\ud800"}'}, IntactCode.CHAIN_HASH, ""),
        ({"hash": b"\x00" * 32}, IntactCode.CHAIN_HASH, ""),
        ({"prev": b"\x00" * 32}, IntactCode.CHAIN_PREV, ""),
        ({"account": "somebody"}, IntactCode.COLUMN_DIFFERS, "account"),
        ({"unit": "yunhe/elsewhere"}, IntactCode.COLUMN_DIFFERS, "unit"),
        ({"at": WHEN}, IntactCode.CHAIN_HASH, ""),
        ({"rule": "none"}, IntactCode.CHAIN_HASH, ""),
        ({"cause": 77}, IntactCode.CHAIN_HASH, ""),
    ],
)
def test_a_changed_row_is_named_at_its_event(
    rows: Held, library: Library, columns: dict[str, Any], code: IntactCode, about: str
) -> None:
    assert (code, 3, about) in found(evidence_of(changed(rows, 3, **columns), library))


def test_a_missing_event_is_named_where_the_next_one_stands(rows: Held, library: Library) -> None:
    events = [row for row in rows.events if row["seq"] != 4]
    assert (IntactCode.CHAIN_SEQ, 4, "") in found(evidence_of(replace(rows, events=events), library))


def test_words_that_were_changed_no_longer_open_their_commitment(rows: Held, library: Library) -> None:
    first, *rest = rows.content
    forged = replace(rows, content=[dict(first) | {"body": "another story"}, *rest])
    ((code, seq, about),) = found(evidence_of(forged, library))
    assert (code, about) == (IntactCode.CONTENT_DIFFERS, first["commitment"])
    assert first["commitment"] in rows.events[seq - 1]["data"]


def test_words_that_are_gone_without_an_erasure_are_missed(rows: Held, library: Library) -> None:
    first, *rest = rows.content
    ((code, _, about),) = found(evidence_of(replace(rows, content=rest), library))
    assert (code, about) == (IntactCode.CONTENT_MISSING, first["commitment"])


def test_an_erasure_that_two_persons_approved_is_no_finding(rows: Held, library: Library) -> None:
    evidence = evidence_of(erased(rows), library)
    commitment = rows.content[0]["commitment"]
    said = {"commitments": [commitment], "basis": "PIPL 47", "account": "a-1", "asked_by": "a-2"}
    approved = entry(rows.case_no, Stream.ERASURE, "erasure_approved", **said)
    assert found(replace(evidence, journal=[approved])) == []
    alone = entry(rows.case_no, Stream.ERASURE, "erasure_approved", **said | {"asked_by": "a-1"})
    for journal in ([], [alone]):
        ((code, _, about),) = found(replace(evidence, journal=journal))
        assert (code, about) == (IntactCode.ERASURE_UNFOUNDED, commitment)


def test_words_that_came_back_after_their_erasure_are_a_finding(rows: Held, library: Library) -> None:
    commitment = rows.content[0]["commitment"]
    approved = entry(
        rows.case_no, Stream.ERASURE, "erasure_approved", commitments=[commitment], basis="PIPL 47"
    )
    back = replace(evidence_of(rows, library), journal=[approved])
    assert [(code, about) for code, _, about in found(back)] == [(IntactCode.ERASURE_UNDONE, commitment)]


def test_content_that_is_not_part_of_the_evidence_is_not_a_finding(rows: Held, library: Library) -> None:
    evidence = evidence_of(rows, library)
    bare = {c: replace(each, salt=None, body=None) for c, each in evidence.commitments.items()}
    assert found(replace(evidence, commitments=bare)) == []
    whys = [(e.why, e.about) for e in said(replace(evidence, commitments=bare)) if isinstance(e, Unlooked)]
    assert (Why.CONTENT_ABSENT, str(len(bare))) in whys


def test_a_changed_edition_no_longer_answers_to_the_pinned_digest(rows: Held, library: Library) -> None:
    evidence = evidence_of(rows, library)
    texts = dict(evidence.editions)
    base = next(name for name in texts if "statutory" in name)
    texts[base] = texts[base].replace("n = 60", "n = 61")
    assert texts[base] != evidence.editions[base]
    forged = replace(evidence, shelf=renamed(texts).shelf)
    pinned = pins(evidence.links)[0]
    assert found(forged) == [(IntactCode.EDITION_MISSING, pinned.seq, "rulebook")]


def renamed(texts: dict[str, str]) -> Library:
    """A library that does not claim to hold the released editions, which would be refused outright."""
    return library_of({name: text.replace("statutory-2026", "forged").replace("default-3", "other")
                       for name, text in texts.items()})  # fmt: skip


def test_without_editions_every_pin_is_a_finding(rows: Held, library: Library) -> None:
    bare = replace(evidence_of(rows, library), shelf=Shelf((), ()))
    assert [code for code, *_ in found(bare)] == [IntactCode.EDITION_MISSING] * 2


# -- histories --------------------------------------------------------------------------------------------


def history(run: str, before: str = "", after: str = "") -> str:
    started = {"continuedExecutionRunId": before} if before else {}
    events: list[dict[str, Any]] = [
        {"eventTime": "2026-11-21T01:00:00Z", "eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED",
         "workflowExecutionStartedEventAttributes": started}]  # fmt: skip
    if after:
        events.append({"eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW",
                       "workflowExecutionContinuedAsNewEventAttributes": {"newExecutionRunId": after}})  # fmt: skip
    else:
        events.append({"eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED"})
    return json.dumps({"events": events, "run": run})


def run(text: str, name: str) -> ArchivedRun:
    return ArchivedRun(name, 2, True, "herun-1", hashlib.sha256(text.encode()).hexdigest(), text)


def entry(case_no: str, stream: Stream, kind: str, **data: Any) -> Entry:
    bare = Entry(stream, 1, WHEN, kind, {"case_no": case_no, **data}, "", "")
    return replace(bare, hash=hash_of(bare) or "")


def erased(rows: Held) -> Held:
    first, *rest = rows.content
    gone = {"salt": None, "body": None, "erased_at": WHEN, "erased_by": "a-1", "erase_basis": "PIPL 47"}
    return replace(rows, content=[dict(first) | gone, *rest])


@pytest.fixture
def two_runs(rows: Held, library: Library) -> Evidence:
    runs = [run(history("r1", after="r2"), "r1"), run(history("r2", before="r1"), "r2")]
    seals = [
        entry(rows.case_no, Stream.ARCHIVE, "history_archived", run_id=each.run_id, events=each.events,
              closed=each.closed, code=each.code, digest=each.digest)
        for each in runs
    ]  # fmt: skip
    return replace(evidence_of(rows, library), runs=runs, journal=seals)


def test_sealed_runs_that_hand_over_to_one_another_are_whole(two_runs: Evidence) -> None:
    assert said(two_runs) == []


def test_a_run_that_is_missing_is_named(two_runs: Evidence) -> None:
    for place, name in ((0, "r1"), (1, "r2")):
        less = replace(two_runs, runs=[r for n, r in enumerate(two_runs.runs) if n != place])
        assert (IntactCode.ARCHIVE_MISSING, None, name) in found(less)


def test_a_history_that_is_not_what_was_sealed_is_named_by_its_run(two_runs: Evidence) -> None:
    first, second = two_runs.runs
    forged = replace(first, history=first.history.replace("01:00", "02:00"))
    assert found(replace(two_runs, runs=[forged, second])) == [(IntactCode.ARCHIVE_DIFFERS, None, "r1")]
    refitted = run(forged.history, "r1")
    assert found(replace(two_runs, runs=[refitted, second])) == [(IntactCode.ARCHIVE_DIFFERS, None, "r1")]


def test_a_history_that_was_never_sealed_is_named(two_runs: Evidence) -> None:
    less = replace(two_runs, journal=two_runs.journal[:1])
    assert found(less) == [(IntactCode.ARCHIVE_UNSEALED, None, "r2")]


def test_a_changed_seal_does_not_hash_to_what_stands_beside_it(two_runs: Evidence) -> None:
    first, second = two_runs.journal
    forged = replace(first, data={**first.data, "code": "herun-2"})
    assert (IntactCode.JOURNAL_DIFFERS, None, "archive/1") in found(
        replace(two_runs, journal=[forged, second])
    )


def test_a_history_of_another_length_is_named(two_runs: Evidence) -> None:
    first, second = two_runs.runs
    longer = replace(first, events=3)
    assert (IntactCode.ARCHIVE_DIFFERS, None, "r1") in found(replace(two_runs, runs=[longer, second]))


def test_what_is_no_history_at_all_is_a_finding(two_runs: Evidence) -> None:
    _, second = two_runs.runs
    assert found(replace(two_runs, runs=[run("[" * 100_000, "r1"), second]))
    assert chain.verify_chain(two_runs.case_no, two_runs.links) is None
