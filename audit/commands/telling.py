"""How a verification reads, for people and as JSON; the words come in as an argument."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from audit.commands.outside import Say
from audit.findings import Answer, Finding, Report, Unlooked

LONGEST = 400  # characters of what was expected or found, in a text for people


@dataclass(slots=True)
class Told:
    """What is told of one answer about one case: the finding at the first event, and how many there are."""

    first: Finding
    count: int


@dataclass(slots=True)
class Outcome:
    """Many reports added up; of what is clean only numbers are kept."""

    cases: int = 0
    events: int = 0
    history_events: int = 0
    told: dict[tuple[str, Answer], Told] = field(default_factory=dict)
    unlooked: Counter[tuple[Answer, str]] = field(default_factory=Counter)
    examples: dict[tuple[Answer, str], Unlooked] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong in what was looked at."""
        return not self.told

    def add(self, report: Report) -> None:
        """One case more."""
        self.cases += 1
        self.events += report.events
        self.history_events += report.history_events
        for finding in report.findings:
            self.find(finding)
        for each in report.unlooked:
            self.miss(each)

    def find(self, finding: Finding) -> None:
        """One finding more."""
        told = self.told.setdefault((finding.case_no, finding.answer), Told(finding, 0))
        told.count += 1
        if _place(finding) < _place(told.first):
            told.first = finding

    def miss(self, unlooked: Unlooked) -> None:
        """One more answer that could not be given."""
        place = unlooked.answer, unlooked.why
        self.unlooked[place] += 1
        self.examples.setdefault(place, unlooked)


def _place(finding: Finding) -> float:
    """Those that are of one event come first."""
    return math.inf if finding.seq is None else finding.seq


def as_json(outcome: Outcome, seconds: float) -> str:
    """One line: what was looked at, the first finding of each answer and case, what was not looked at."""
    return json.dumps(
        {
            "cases": outcome.cases,
            "events": outcome.events,
            "history_events": outcome.history_events,
            "seconds": round(seconds, 3),
            "clean": outcome.is_clean,
            "findings": [finding_json(told.first) | {"count": told.count} for told in outcome.told.values()],
            "unlooked": [
                {"answer": answer.value, "why": why, "cases": count,
                 "example": outcome.examples[answer, why].case_no, "about": outcome.examples[answer, why].about}
                for (answer, why), count in outcome.unlooked.items()
            ],
        },
        ensure_ascii=False, default=str,
    )  # fmt: skip


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding as codes."""
    return {
        "case_no": finding.case_no, "answer": finding.answer.value, "code": str(finding.code),
        "seq": finding.seq, "about": finding.about, "expected": finding.expected, "found": finding.found,
    }  # fmt: skip


def as_text(outcome: Outcome, seconds: float, say: Say) -> Iterator[str]:
    """Line by line: findings, what was not looked at, and the sum."""
    yield from findings_text(outcome, say)
    for (answer, why), count in outcome.unlooked.items():
        example = outcome.examples[answer, why]
        yield say("audit", "unlooked").format(
            answer=say("answer", answer),
            why=say("unlooked", why),
            cases=count,
            example=example.case_no,
            about=example.about,
        )  # fmt: skip
    yield say("audit", "clean" if outcome.is_clean else "not_clean").format(
        cases=outcome.cases, events=outcome.events, history_events=outcome.history_events,
        findings=sum(told.count for told in outcome.told.values()), seconds=f"{seconds:.1f}",
    )  # fmt: skip


def findings_text(outcome: Outcome, say: Say) -> Iterator[str]:
    """The first finding of each answer and case, line by line."""
    for told in outcome.told.values():
        yield from _finding(told, say)


def _finding(told: Told, say: Say) -> Iterator[str]:
    first = told.first
    place = say("audit", "event").format(seq=first.seq) if first.seq is not None else ""
    yield " · ".join(
        part for part in (first.case_no, say("answer", first.answer), place, first.about) if part
    )
    yield f"    {say('finding', str(first.code))}"
    if (first.expected, first.found) != (None, None):
        yield f"    {say('audit', 'expected')} {shown(first.expected, say)}"
        yield f"    {say('audit', 'found')} {shown(first.found, say)}"
    if told.count > 1:
        yield f"    {say('audit', 'more').format(count=told.count - 1)}"


def shown(value: object, say: Say) -> str:
    """What was expected or found, as a text that ends."""
    if value is None:
        return say("audit", "nothing")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
