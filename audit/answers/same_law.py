"""The fourth answer: the acts on the record, through the law once more, give the ledger to the byte."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from audit.answers.rerun import UnlawfulAct, rerun
from audit.casefiles.record import Record
from audit.codes import Why
from audit.evidence import Evidence
from audit.findings import Answer, Finding, Unlooked
from domain.codec import event_json
from domain.shelf import UnknownEdition
from domain.vocabulary import CaseNo


class SameLawCode(StrEnum):
    """How a record and the law can part."""

    LAW_DIFFERS = "law_differs"
    """The law gives another event."""
    LAW_REFUSES = "law_refuses"
    """An act stands on the record that the law refuses."""
    LAW_STOPS = "law_stops"
    """The procedure cannot take what stands on the record."""


def same_law(evidence: Evidence, record: Record) -> Iterator[Finding | Unlooked]:
    """The first event at which the record and the law part."""
    if not record.events:
        return
    if not record.is_whole:
        yield Unlooked(evidence.case_no, Answer.SAME_LAW, Why.EVENTS_UNREADABLE)
    try:
        lawful = rerun(CaseNo(evidence.case_no), record.events, evidence.shelf)
    except UnlawfulAct as unlawful:
        found = event_json(unlawful.event)
        yield _finding(evidence, SameLawCode.LAW_REFUSES, unlawful.event.seq, unlawful.verdict, found)
    except UnknownEdition as unknown:
        yield Unlooked(evidence.case_no, Answer.SAME_LAW, Why.EDITION_ABSENT, str(unknown))
    except Exception as bug:  # what a forged act does to a procedure cannot be listed
        said = f"{type(bug).__name__}: {bug}"
        yield _finding(evidence, SameLawCode.LAW_STOPS, _stops_at(evidence, record), None, said)
    else:
        yield from _difference(evidence, record, [event_json(event) for event in lawful])


def _stops_at(evidence: Evidence, record: Record) -> int:
    """The first event that the procedure does not survive."""
    for place in range(1, len(record.events) + 1):
        try:
            rerun(CaseNo(evidence.case_no), record.events[:place], evidence.shelf)
        except UnlawfulAct:
            continue
        except Exception:
            return place
    return len(record.events)


def _difference(evidence: Evidence, record: Record, lawful: list[dict[str, Any]]) -> Iterator[Finding]:
    """Compared with what is stored, not with what was read of it: reading may forgive."""
    stored = [dict(link.event) for link in evidence.links[: len(record.events)]]
    for place in range(max(len(lawful), len(stored))):
        expected = lawful[place] if place < len(lawful) else None
        found = stored[place] if place < len(stored) else None
        if expected is None or found is None or not _same(expected, found):
            if found is None and not record.is_whole:
                return
            yield _finding(evidence, SameLawCode.LAW_DIFFERS, place + 1, expected, found)
            return


def _same(expected: Any, found: Any) -> bool:
    """To the byte: 1 and true are equal in Python, and are written otherwise (3 and 3.0 are not, RFC 8785)."""
    return bool(expected == found) and _alike(expected, found)


def _alike(expected: Any, found: Any) -> bool:
    """Whether equal values have their truth values in the same places, all the way down."""
    match expected:
        case str():
            return True
        case dict():
            return all(_alike(value, found[name]) for name, value in expected.items())
        case list() | tuple():
            return all(map(_alike, expected, found))
        case _:
            return isinstance(expected, bool) == isinstance(found, bool)


def _finding(evidence: Evidence, code: SameLawCode, seq: int, expected: Any, found: Any) -> Finding:
    return Finding(evidence.case_no, Answer.SAME_LAW, code, seq, expected, found)
