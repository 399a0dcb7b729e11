"""The answer "lawful": every rule asked of one case, or of several together, over plain data."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from audit.findings import Answer, Finding
from audit.lawfulness import (
    dates,
    disputes,
    duties,
    extensions,
    orders,
    persons,
    petitions,
    structure,
    units,
    whistles,
)
from audit.lawfulness import together as several
from audit.lawfulness.codes import LawCode
from audit.lawfulness.editions import Rules, days_of, rules_of
from audit.lawfulness.shapes import unreadable
from audit.lawfulness.story import Story, read
from audit.lawfulness.sums import Days

Data = Mapping[str, Any]
Check = Callable[[Story], Iterator[Finding]]

CHECKS: tuple[Check, ...] = tuple(
    check
    for module in (
        structure,
        duties,
        persons,
        dates,
        units,
        extensions,
        orders,
        disputes,
        petitions,
        whistles,
    )
    for check in module.CHECKS
)


def lawful(
    case_no: str, events: Sequence[Data], rulebooks: Mapping[str, Data], calendars: Mapping[str, Data]
) -> list[Finding]:
    """Everything unlawful in one case, in the order of its events.

    `events` as stored; editions by digest, each as `editions` reads them.
    """
    rules = {digest: rules_of(data) for digest, data in rulebooks.items()}
    days = {digest: days_of(data) for digest, data in calendars.items()}
    return judged(case_no, events, rules, days)[1]


def judged(
    case_no: str, events: Sequence[Data], rulebooks: Mapping[str, Rules], calendars: Mapping[str, Days]
) -> tuple[Story | None, list[Finding]]:
    """The story of a case, None if it cannot be read, and everything unlawful in it."""
    faults = list(unreadable(events))
    if faults or not events or events[0]["kind"] != "case_opened":
        return None, [_unreadable(case_no, seq, about) for seq, about in faults or [(1, "case_opened")]]
    story = read(case_no, events, rulebooks.get(events[0]["data"]["rulebook"]), calendars)
    found = [finding for check in CHECKS for finding in _asked(case_no, check, check(story))]
    return story, sorted(found, key=lambda finding: finding.seq or 0)


def together(stories: Iterable[Story]) -> list[Finding]:
    """Everything unlawful that several cases show beside one another; cases not among them are not missed."""
    by_number = {story.case_no: story for story in stories}
    return [
        finding
        for story in by_number.values()
        for check in several.CHECKS
        for finding in _asked(story.case_no, check, check(by_number, story))
    ]


def _asked(case_no: str, check: Callable[..., object], findings: Iterator[Finding]) -> Iterator[Finding]:
    """What a check finds; a record so twisted that a check cannot ask its question is a finding itself."""
    try:
        yield from findings
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as twisted:
        yield _unreadable(case_no, None, f"{check.__name__}: {type(twisted).__name__}")


def _unreadable(case_no: str, seq: int | None, about: str) -> Finding:
    return Finding(case_no, Answer.LAWFUL, LawCode.UNREADABLE, seq, about=about)
