"""The sum behind a recorded duty's dates: its terms read back from the events, and the law's own lines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.acts import base
from domain.calendar import Calendar
from domain.duties import Duty
from domain.events import Acted, CaseOpened, DutyMoved, DutyOpened, DutyPaused, Event
from domain.limits import due, explain
from domain.rulebook import Rulebook
from domain.shelf import Shelf
from domain.terms import Due, Limit, Span, Step, StepCode


@dataclass(frozen=True, slots=True)
class Terms:
    """From what a duty's dates were counted, and the dates it has now."""

    duty: Duty
    dates: Due
    calendar: Calendar
    extended: tuple[Limit, ...] = ()
    pauses: tuple[Span, ...] = ()
    paused_at: datetime | None = None


class Overruled(StrEnum):
    """What prevails over the law's own sum; words in the catalogue's `[explanation]`."""

    FIXED = "fixed"
    """The instant was set outright."""
    CAP = "cap"
    """The case that this is a part of must be answered by then."""
    STANDING = "standing"
    """The clock stands still since then."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sum: a step of the law with its detail, or what overrules it with its instant."""

    code: StepCode | Overruled
    at: datetime | None = None
    step: Step | None = None


def terms_of(events: Sequence[Event], number: int, shelf: Shelf) -> Terms | None:
    """The terms of a duty as these events of its case leave them; None if they open no such duty.

    Raises UnknownEdition.
    """
    opened = events[0].fact
    assert isinstance(opened, CaseOpened)  # a ledger begins with it
    rules, calendar = shelf.rulebook(opened.rulebook), shelf.calendar(opened.calendar)
    terms: Terms | None = None
    for event in events:
        match event.fact:
            case Acted(act=base.AdoptCalendar(calendar=adopted)):
                calendar = shelf.calendar(adopted)
            case DutyOpened(duty=duty) if duty.number == number:
                dates = Due(duty.internal_due, duty.legal_due, duty.provisional)
                terms = Terms(duty, dates, calendar)
            case DutyPaused(duty=paused) if paused == number and terms:
                terms = replace(terms, paused_at=event.at)
            case DutyMoved(duty=moved) as fact if moved == number and terms:
                terms = _moved(replace(terms, calendar=calendar), fact, event, rules)
    return terms


def _moved(terms: Terms, fact: DutyMoved, event: Event, rules: Rulebook) -> Terms:
    """A date moves by an extension, by the end of a pause, or by a new calendar."""
    terms = replace(terms, dates=Due(fact.internal_due, fact.legal_due, fact.provisional))
    if fact.extended_days:
        extension = replace(rules.limits[event.rule], n=fact.extended_days)
        return replace(terms, extended=(*terms.extended, extension))
    if terms.paused_at is not None:
        return replace(terms, pauses=(*terms.pauses, (terms.paused_at, event.at)), paused_at=None)
    return terms


def lines_of(terms: Terms, rules: Rulebook) -> Iterator[Line]:
    """The law's own steps, then what overrules them; the last line always has the duty's own dates."""
    limit, start = rules.limits.get(terms.duty.rule), terms.duty.counted_from
    if limit is None:
        yield Line(Overruled.FIXED, terms.dates.legal)
        yield result_of(terms)
        return
    how: Mapping[str, Any] = {"paused": terms.pauses, "extended": terms.extended}
    counted = due(limit, start, terms.calendar, rules.clock, **how)
    for step in explain(limit, start, terms.calendar, rules.clock, **how):
        if step.code is not StepCode.RESULT:
            yield Line(step.code, step.at, step)
    if counted.legal != terms.dates.legal:
        capped = terms.duty.cap == terms.dates.legal
        yield Line(Overruled.CAP if capped else Overruled.FIXED, terms.dates.legal)
    if terms.paused_at is not None:
        yield Line(Overruled.STANDING, terms.paused_at)
    yield result_of(terms)


def result_of(terms: Terms) -> Line:
    """The last line: both dates, and whether they wait for a calendar."""
    dates = terms.dates
    detail: dict[str, str | int | float | bool] = {
        "internal": dates.internal.isoformat(),
        "legal": dates.legal.isoformat(),
        "provisional": dates.provisional,
    }
    step = Step(StepCode.RESULT, dates.legal.date(), at=dates.legal, detail=detail)
    return Line(StepCode.RESULT, dates.legal, step)
