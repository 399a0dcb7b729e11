"""The course of a case for reading: every act with who, for whom and why, and under it what followed."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from api.answers import ActorView, Timeline, TimelineEvent
from api.forms import Account, Body, File, Matter, hints_of, is_dataclass_type, item_of, present
from api.reading.casefile import CaseFile
from api.voice import Voice
from api.web.frame.speech import Speech
from domain.events import Acted, DutyBreached, DutyOpened, Escalated, Event
from domain.vocabulary import Content, Party, Unit

Names = Mapping[str, str]
"""Pseudonym of a party → the name the reader may know."""

_GRAVE = (DutyBreached, Escalated)


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that an act said: what it is, and the words (None once erased)."""

    label: str
    words: str | None
    short: bool = False
    """A yes, a no or a number, which says nothing without its label."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """Something that followed from an entry."""

    text: str
    rule: str
    due: datetime | None = None
    grave: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that somebody did, or that time did; `by` is None then."""

    seq: int
    at: datetime
    text: str
    rule: str
    by: ActorView | None = None
    who: str | None = None
    behalf: str | None = None
    said: tuple[Said, ...] = ()
    followed: tuple[Consequence, ...] = ()
    grave: bool = False


def course(file: CaseFile, told: Timeline, names: Names, voice: Voice, speech: Speech) -> tuple[Entry, ...]:
    """Every entry, the latest first."""
    reader = _Reader(voice, speech, names)
    by_cause: dict[int | None, list[Consequence]] = {}
    heads: list[tuple[Event, TimelineEvent]] = []
    seen: set[int] = set()
    for event, line in zip(file.events, told.events, strict=True):
        if event.cause in seen:
            by_cause.setdefault(event.cause, []).append(_consequence(event, line))
        else:
            heads.append((event, line))
            seen.add(event.seq)
    entries = (reader.entry(event, line, tuple(by_cause.get(event.seq, ()))) for event, line in heads)
    return tuple(reversed(tuple(entries)))


def _consequence(event: Event, line: TimelineEvent) -> Consequence:
    due = event.fact.duty.legal_due if isinstance(event.fact, DutyOpened) else None
    return Consequence(line.text, event.rule, due, isinstance(event.fact, _GRAVE))


def _worded(said: Said) -> str:
    """One thing of a row; what is only yes or no needs its name."""
    if said.words is None:
        return "—"
    return f"{said.label} {said.words}" if said.short else said.words


@dataclass(frozen=True, slots=True)
class _Reader:
    voice: Voice
    speech: Speech
    names: Names

    def entry(self, event: Event, line: TimelineEvent, followed: tuple[Consequence, ...]) -> Entry:
        by = line.actor
        behalf = by.on_behalf_of if by else None
        return Entry(
            seq=event.seq, at=event.at, text=self._title(event, line), rule=event.rule, by=by,
            who=(by.name or self.names.get(by.account)) if by else None,
            behalf=self.names.get(behalf, behalf) if behalf else None,
            said=tuple(self._said(event, line.words)), followed=followed,
            grave=isinstance(event.fact, _GRAVE),
        )  # fmt: skip

    def _title(self, event: Event, line: TimelineEvent) -> str:
        match event.fact:
            case Acted(act=act):
                return self.voice.say("act", act.code)
            case _:
                return line.text

    def _said(self, event: Event, words: Mapping[str, str | None]) -> Iterator[Said]:
        match event.fact:
            case Acted(act=act):
                yield from self._fields(act, words)
            case _:  # the words of an opening stand at the head of the page
                return

    def _fields(self, record: Any, words: Mapping[str, str | None]) -> Iterator[Said]:
        hints = hints_of(type(record))
        for each in dataclasses.fields(record):
            value = getattr(record, each.name)
            if value != each.default and value not in (None, (), ""):
                shown = self._shown(present(hints[each.name]), value, words)
                yield Said(self.voice.say("field", each.name), shown, isinstance(value, bool | int | float))

    def _shown(self, hint: Any, value: Any, words: Mapping[str, str | None]) -> str | None:
        """A value in words; None for words that were erased."""
        if isinstance(value, tuple):
            gap = "\n" if is_dataclass_type(item_of(hint)) else self.speech.t("ui.semicolon")
            return gap.join(self._shown(item_of(hint), each, words) or "—" for each in value)
        if is_dataclass_type(hint):
            return " · ".join(_worded(each) for each in self._fields(value, words))
        if hint is Content:
            return words.get(value)
        if hint is File:
            return self.speech.t("page.file") if words.get(value) is not None else None
        return self._plain(hint, value)

    def _plain(self, hint: Any, value: Any) -> str:
        if hint in (Unit, Body):
            return self.voice.unit(value).name
        if hint is Matter:
            return self.voice.matter(value).text
        if hint in (Party, Account):
            return self.names.get(value, str(value))
        match value:
            case bool():
                return self.speech.t("ui.yes" if value else "ui.no")
            case StrEnum():
                return self.voice.of(value).text
            case datetime():
                return self.speech.moment(value)
            case date():
                return self.speech.day(value)
            case int() | float():
                return self.speech.number(value)
            case _:
                return str(value)
