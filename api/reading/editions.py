"""Editions laid open: every field of a rulebook or a calendar with its source, and how two editions differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

from api.voice import Voice
from domain.calendar import Calendar
from domain.rulebook import Figure, Rulebook
from domain.terms import Limit, TimeUnit


@dataclass(frozen=True, slots=True)
class Value:
    """What an edition says in one place, on what source, and how far that can be vouched for."""

    text: str
    source: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One field in one edition and in the other; None where an edition has none."""

    group: str
    key: str
    one: Value | None
    other: Value | None

    @property
    def differs(self) -> bool:
        """Whether the editions say different things, or on different sources."""
        return self.one != self.other


Laid: TypeAlias = Mapping[tuple[str, str], Value]
"""Group and key → what stands there."""


def compared(one: Laid, other: Laid) -> tuple[Row, ...]:
    """Both editions field by field, in the order of the first."""
    places = dict.fromkeys((*one, *other))
    return tuple(Row(group, key, one.get((group, key)), other.get((group, key))) for group, key in places)


def rulebook_laid(rules: Rulebook, voice: Voice) -> Laid:
    """Every field of a rulebook."""
    return {(group, key): value for group, key, value in _rulebook(rules, voice)}


def calendar_laid(calendar: Calendar, voice: Voice) -> Laid:
    """Days that are not what their weekday says, in the years the calendar is published for, the latest first."""
    years = range(calendar.published_from, calendar.published_through + 1)
    laid = {("calendar", "published"): Value(f"{years[0]}–{years[-1]}")}
    day, first = date(years[-1], 12, 31), date(years[0], 1, 1)
    while day >= first:
        if calendar.is_workday(day) == (day.weekday() >= _SATURDAY) or calendar.festival(day):
            laid["day", day.isoformat()] = _day(calendar, day, voice)
        day -= timedelta(days=1)
    return laid


_SATURDAY = 5


def _day(calendar: Calendar, day: date, voice: Voice) -> Value:
    festival = calendar.festival(day)
    kind = voice.of(calendar.kind(day)).text
    return Value(f"{kind} · {voice.of(festival).text}" if festival else kind)


def _rulebook(rules: Rulebook, voice: Voice) -> Iterator[tuple[str, str, Value]]:
    for key, limit in rules.limits.items():
        yield "limits", key, _limit(limit, voice)
    for level in rules.levels:
        actors = voice.pick("、", ", ").join(voice.of(each).text for each in level.actors)
        kind = voice.of(level.committee_unit_kind).text
        yield "levels", level.code, Value(f"{voice.pick(level.title_zh, level.title_en)} · {kind} · {actors}")
    for key, figure in rules.figures.items():
        yield "figures", key, _figure(figure, voice)
    yield from _warnings(rules, voice)
    for grade, weight in rules.satisfaction.items():
        yield "satisfaction", voice.of(grade).text, Value(f"{weight:g}")
    clock = rules.clock
    yield "clock", "business_hours", Value(f"{clock.business_open:%H:%M}–{clock.business_close:%H:%M}")
    yield "clock", "day_end", Value(voice.of(clock.day_end).text)
    yield "clock", "hours_run", Value(voice.of(clock.hours_run).text)


def _warnings(rules: Rulebook, voice: Voice) -> Iterator[tuple[str, str, Value]]:
    warn = rules.warn
    yield "warn", "blue", Value(f"{warn.blue:.0%}")
    yield "warn", "yellow", Value(f"{warn.yellow:.0%}")
    yield "warn", "short_limit_hours", Value(_length(warn.short_limit_hours, TimeUnit.HOUR, voice))
    yield "warn", "urge_after", _limit(warn.urge_after, voice)
    yield "warn", "bulletin_after", _limit(warn.bulletin_after, voice)


def _limit(limit: Limit, voice: Voice) -> Value:
    said = [
        _length(limit.n, limit.unit, voice), voice.say("starts_at", limit.starts_at), voice.of(limit.roll).text,
        *(voice.say("edition", f"pausable_{each}") for each in limit.pausable_by),
        *([voice.say("edition", "soft")] if limit.soft else []), *([limit.note] if limit.note else []),
    ]  # fmt: skip
    return Value(" · ".join(said), limit.source, voice.of(limit.tag).text)


def _figure(figure: Figure, voice: Voice) -> Value:
    text = f"{figure.n:g}" + (f" · {figure.note}" if figure.note else "")
    return Value(text, figure.source, voice.of(figure.tag).text)


def _length(n: float, unit: TimeUnit, voice: Voice) -> str:
    return f"{n:g} {voice.of(unit).text}"
