"""The fifth answer, "lawful": hands the evidence over to checks that share nothing with what ran the case."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from audit.evidence import Evidence
from audit.findings import Finding
from audit.lawfulness import verdict
from audit.lawfulness.editions import Rules, calendar_data, days_of, rulebook_data, rules_of
from audit.lawfulness.story import Story
from audit.lawfulness.sums import Days
from domain.calendar import Calendar
from domain.rulebook import Rulebook
from domain.shelf import Shelf

_LAST_DAY = date(2099, 12, 31)


def lawful(evidence: Evidence) -> list[Finding]:
    """Everything unlawful in one case, in the order of its events."""
    return _judged(evidence)[1]


def lawful_together(family: Iterable[Evidence]) -> list[Finding]:
    """Everything unlawful that cases show beside one another: parts and wholes, letters, twins.

    What each of them shows by itself is `lawful`'s. Cases that are not given are not missed.
    """
    stories = (_judged(evidence)[0] for evidence in family)
    return verdict.together(story for story in stories if story is not None)


def _judged(evidence: Evidence) -> tuple[Story | None, list[Finding]]:
    rulebooks, calendars = editions_of(evidence.shelf, evidence.editions)
    events = [link.event for link in evidence.links]
    return verdict.judged(evidence.case_no, events, rulebooks, calendars)


def editions_of(shelf: Shelf, texts: Mapping[str, str]) -> tuple[dict[str, Rules], dict[str, Days]]:
    """Every edition of a shelf, by digest: read anew from its text where that is at hand, else taken over."""
    rulebooks = {
        each.digest: _rules_read(each, shelf, texts) or _rules_taken(each) for each in shelf.rulebooks
    }
    calendars = {each.digest: _days_read(each, texts) or _days_taken(each) for each in shelf.calendars}
    return rulebooks, calendars


def _rules_read(rulebook: Rulebook, shelf: Shelf, texts: Mapping[str, str]) -> Rules | None:
    """The rules by the texts of an edition and of what it extends; None where one of them is missing."""
    line, name = [], rulebook.edition
    while name in texts:
        line.append(texts[name])
        base = shelf.rulebook(name).extends
        if base is None:
            return _rules_of_texts(rulebook.digest, tuple(reversed(line)))
        name = base
    return None


@lru_cache(maxsize=64)
def _rules_of_texts(digest: str, texts: tuple[str, ...]) -> Rules:
    data = None
    for text in texts:
        data = rulebook_data(text, data)
    return rules_of({**(data or {}), "digest": digest})


@lru_cache(maxsize=64)
def _rules_taken(rulebook: Rulebook) -> Rules:
    return rules_of(asdict(rulebook))


def _days_read(calendar: Calendar, texts: Mapping[str, str]) -> Days | None:
    text = texts.get(calendar.edition)
    return None if text is None else _days_of_text(text)


@lru_cache(maxsize=64)
def _days_of_text(text: str) -> Days:
    return days_of(calendar_data(text))


@lru_cache(maxsize=64)
def _days_taken(calendar: Calendar) -> Days:
    return days_of(plain_calendar(calendar))


def plain_calendar(calendar: Calendar) -> dict[str, Any]:
    """A calendar as the years it settles, and the days on which work and rest part from the week."""
    first = date(calendar.published_from - 1, 12, 1)
    days = [first + timedelta(days=place) for place in range((_LAST_DAY - first).days + 1)]
    return {
        "published_from": calendar.published_from,
        "published_through": calendar.published_through,
        "rest": [day for day in days if day.weekday() < 5 and not calendar.is_workday(day)],
        "work": [day for day in days if day.weekday() > 4 and calendar.is_workday(day)],
    }
