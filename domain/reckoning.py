"""The sum behind a due date: days and hours counted over a calendar, around pauses, through extensions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from domain.calendar import CST, Calendar
from domain.terms import DAY_UNITS, ClockRules, DayEnd, Due, HoursRun, Limit, Roll, Span, TimeUnit

DaySpan = tuple[date, date]
"""From one day to a later one, both included."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayPause:
    """Days left out of a run, and how many of its own unit they held."""

    first: date
    last: date
    counted: int


@dataclass(frozen=True, slots=True)
class DayRun:
    """One stretch of days: the limit itself, or one extension of it; nothing is rolled yet."""

    limit: Limit
    after: date
    last: date
    pauses: tuple[DayPause, ...]


@dataclass(frozen=True, slots=True)
class DaySum:
    """All stretches, the last day as counted, the day it rolled to, and what follows."""

    runs: tuple[DayRun, ...]
    last: date
    rolled: date
    due: Due


@dataclass(frozen=True, slots=True)
class HourRun:
    """One stretch of hours or minutes: the limit itself, or one extension of it."""

    limit: Limit
    after: datetime
    last: datetime
    pauses: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class HourSum:
    """All stretches, and what follows."""

    runs: tuple[HourRun, ...]
    due: Due


def reckon(
    limit: Limit,
    start: datetime,
    calendar: Calendar,
    clock: ClockRules,
    paused: tuple[Span, ...],
    extended: tuple[Limit, ...],
) -> DaySum | HourSum:
    """The whole sum with its parts; ValueError as `domain.limits.due` says."""
    if paused and not limit.pausable_by:
        raise ValueError(f"nothing may pause {limit.key} ({limit.source})")
    if any((each.unit in DAY_UNITS) is not (limit.unit in DAY_UNITS) for each in extended):
        raise ValueError(f"{limit.key} is in {limit.unit} and is not extended by another kind of unit")
    spans = _merged(paused)
    if limit.unit in DAY_UNITS:
        return _reckon_days((limit, *extended), local(start).date(), calendar, clock, _whole_days(spans))
    return _reckon_hours((limit, *extended), local(start), calendar, clock, spans)


@lru_cache(maxsize=1 << 16)
def due_after_day(limit: Limit, day: date, calendar: Calendar, clock: ClockRules) -> Due:
    """The due date of a limit in days whose day 0 is `day`, with no pause and no extension; remembered."""
    return _reckon_days((limit,), day, calendar, clock, ()).due


def _reckon_days(
    limits: tuple[Limit, ...],
    day: date,
    calendar: Calendar,
    clock: ClockRules,
    pauses: tuple[DaySpan, ...],
) -> DaySum:
    runs: list[DayRun] = []
    last = day
    for limit in limits:
        runs.append(_run_days(limit, last, calendar, pauses))
        last = runs[-1].last
    rolled = calendar.next_workday(last) if limits[0].roll is Roll.NEXT_WORKDAY else last
    published = calendar.is_published(last) and calendar.is_published(rolled)
    if any(limit.unit is TimeUnit.WORKING_DAY for limit in limits):
        published = published and calendar.is_published(day + _DAY)
    internal = _internal_day(day, last, calendar)
    result = Due(_closing(internal, clock), _day_end(rolled, clock), not published)
    return DaySum(tuple(runs), last, rolled, result)


def _run_days(limit: Limit, after: date, calendar: Calendar, pauses: tuple[DaySpan, ...]) -> DayRun:
    last = _add(after, int(limit.n), limit.unit, calendar)
    held: list[DayPause] = []
    refund = TimeUnit.WORKING_DAY if limit.unit is TimeUnit.WORKING_DAY else TimeUnit.NATURAL_DAY
    for begin, end in pauses:
        first = max(begin, after + _DAY)
        if first > end or first > last:
            continue
        counted = _count(first, end, refund, calendar)
        last = _add(last, counted, refund, calendar)
        held.append(DayPause(first, end, counted))
    return DayRun(limit, after, last, tuple(held))


def _add(day: date, n: int, unit: TimeUnit, calendar: Calendar) -> date:
    match unit:
        case TimeUnit.WORKING_DAY:
            return calendar.add_workdays(day, n)
        case TimeUnit.MONTH:
            return _corresponding_day(day, n)
        case _:
            return day + timedelta(days=n)


def _count(first: date, last: date, unit: TimeUnit, calendar: Calendar) -> int:
    if unit is TimeUnit.WORKING_DAY:
        return calendar.count_workdays(first, last)
    return (last - first).days + 1


def _corresponding_day(day: date, months: int) -> date:
    """The same day so many months on, else the last day of that month (《民法典》第202条)."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(following - _DAY, date(year, month, 1) + timedelta(days=day.day - 1))


def _internal_day(day: date, last: date, calendar: Calendar) -> date:
    """The last working day up to the unrolled last day; that day itself if all days since the start rest."""
    working = calendar.previous_workday(last)
    return working if working > day else last


def _closing(day: date, clock: ClockRules) -> datetime:
    return datetime.combine(day, clock.business_close, CST)


def _day_end(day: date, clock: ClockRules) -> datetime:
    if clock.day_end is DayEnd.CLOSE_OF_BUSINESS:
        return _closing(day, clock)
    return datetime.combine(day + _DAY, time(), CST)


def _reckon_hours(
    limits: tuple[Limit, ...],
    start: datetime,
    calendar: Calendar,
    clock: ClockRules,
    pauses: tuple[Span, ...],
) -> HourSum:
    runs: list[HourRun] = []
    last = start
    for limit in limits:
        runs.append(_run_hours(limit, last, calendar, clock, pauses))
        last = runs[-1].last
    return HourSum(tuple(runs), _due_at(last, limits[0], calendar, clock))


def _run_hours(
    limit: Limit, after: datetime, calendar: Calendar, clock: ClockRules, pauses: tuple[Span, ...]
) -> HourRun:
    last = _run_out(limit, after, calendar, clock)
    held: list[Span] = []
    for begin, end in pauses:
        first = max(begin, after)
        if first >= end or first >= last:
            continue
        if in_business_hours(limit.unit, clock):
            last = _add_business(last, _business_between(first, end, calendar, clock), calendar, clock)
        else:
            last += end - first
        held.append((first, end))
    return HourRun(limit, after, last, tuple(held))


def due_after_instant(limit: Limit, start: datetime, calendar: Calendar, clock: ClockRules) -> Due:
    """The due date of a limit in hours or minutes, with no pause and no extension."""
    if in_business_hours(limit.unit, clock):
        return _due_at(_run_out(limit, start, calendar, clock), limit, calendar, clock)
    last = start + _length(limit)
    return Due(last, last, False)


def _due_at(last: datetime, limit: Limit, calendar: Calendar, clock: ClockRules) -> Due:
    """Hours end at an instant that is both internal and legal."""
    unsettled = in_business_hours(limit.unit, clock) and not calendar.is_published(last.date())
    return Due(last, last, unsettled)


def _run_out(limit: Limit, start: datetime, calendar: Calendar, clock: ClockRules) -> datetime:
    if in_business_hours(limit.unit, clock):
        return _add_business(start, _length(limit), calendar, clock)
    return start + _length(limit)


@lru_cache(maxsize=1 << 10)
def _length(limit: Limit) -> timedelta:
    return timedelta(minutes=limit.n) if limit.unit is TimeUnit.MINUTE else timedelta(hours=limit.n)


def in_business_hours(unit: TimeUnit, clock: ClockRules) -> bool:
    """Whether the unit runs only while offices are open."""
    return unit is TimeUnit.WORKING_HOUR or (unit is TimeUnit.HOUR and clock.hours_run is HoursRun.OFFICE)


def _add_business(start: datetime, length: timedelta, calendar: Calendar, clock: ClockRules) -> datetime:
    if not length:
        return start
    for opens, closes in _business_hours(start, calendar, clock):
        if length <= closes - opens:
            return opens + length
        length -= closes - opens
    raise AssertionError("business hours do not end")


def _business_between(first: datetime, last: datetime, calendar: Calendar, clock: ClockRules) -> timedelta:
    total = timedelta()
    for opens, closes in _business_hours(first, calendar, clock):
        if opens >= last:
            return total
        total += min(closes, last) - opens
    raise AssertionError("business hours do not end")


def _business_hours(start: datetime, calendar: Calendar, clock: ClockRules) -> Iterator[Span]:
    """Business hours of each working day from an instant on; the first may be the rest of a day."""
    day = calendar.next_workday(start.date())
    while True:
        opens = max(start, datetime.combine(day, clock.business_open, CST))
        closes = _closing(day, clock)
        if opens < closes:
            yield opens, closes
        day = calendar.add_workdays(day, 1)


def _merged(paused: tuple[Span, ...]) -> tuple[Span, ...]:
    """Pauses in order, in local time, overlapping ones made one."""
    spans: list[Span] = []
    for begin, end in sorted((local(begin), local(end)) for begin, end in paused):
        if begin > end:
            raise ValueError(f"a pause ends {end} before it begins {begin}")
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        elif begin < end:
            spans.append((begin, end))
    return tuple(spans)


def _whole_days(spans: tuple[Span, ...]) -> tuple[DaySpan, ...]:
    """The local days that pauses touch, each of them once; a pause up to 00:00 does not touch that day."""
    days: list[DaySpan] = []
    for begin, end in spans:
        first, last = begin.date(), (end - datetime.resolution).date()
        if days and first <= days[-1][1]:
            days[-1] = (days[-1][0], max(last, days[-1][1]))
        else:
            days.append((first, last))
    return tuple(days)


def local(instant: datetime) -> datetime:
    """The instant in China Standard Time; ValueError if it is naive."""
    if instant.tzinfo is CST:
        return instant
    if instant.tzinfo is None:
        raise ValueError(f"{instant}: an instant needs its time zone")
    return instant.astimezone(CST)
