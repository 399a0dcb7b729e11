"""Due dates and the sum behind them, line by line; arguments are instants, limits, a calendar and a clock."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import groupby

from domain.calendar import Calendar, DayKind
from domain.reckoning import (
    DayRun,
    DaySum,
    HourRun,
    HourSum,
    due_after_day,
    due_after_instant,
    in_business_hours,
    local,
    reckon,
)
from domain.terms import (
    DAY_UNITS,
    ClockRules,
    DayEnd,
    Due,
    HoursRun,
    Limit,
    Roll,
    Span,
    Step,
    StepCode,
    Tag,
    TimeUnit,
)

__all__ = [
    "DAY_UNITS",
    "ClockRules",
    "DayEnd",
    "Due",
    "HoursRun",
    "Limit",
    "Roll",
    "Span",
    "Step",
    "StepCode",
    "Tag",
    "TimeUnit",
    "due",
    "explain",
]

_DAY = timedelta(days=1)
_START_NOT_COUNTED = "《民法典》第201条第1款"
_HOURS_FROM_THE_INSTANT = "《民法典》第201条第2款"
_CORRESPONDING_DAY = "《民法典》第202条"
_ROLL_FORWARD = "《民法典》第203条第1款"

Detail = Mapping[str, str | int | float | bool]


def due(
    limit: Limit,
    start: datetime,
    calendar: Calendar,
    clock: ClockRules,
    *,
    paused: tuple[Span, ...] = (),
    extended: tuple[Limit, ...] = (),
) -> Due:
    """When a limit that starts at an aware instant runs out (《民法典》第200—204条).

    Days: the local date of `start` is day 0. Natural days and months count every day; if the last is a day of
    rest, exchanged weekdays included, it rolls forward unless the limit says not to. Hours run from the
    instant itself, and their internal and legal instants are one.

    `paused` leaves out every day it touches (for hours: the time it covers). `extended` limits are added one
    after another to the last day before rolling; the sum rolls once.

    Raises ValueError for a naive `start`, for a pause of a limit that nothing may pause, and for an extension
    that mixes days with hours; OutsideCalendar for days no calendar knows.
    """
    if paused or extended:
        return reckon(limit, start, calendar, clock, paused, extended).due
    if limit.unit in DAY_UNITS:
        return due_after_day(limit, local(start).date(), calendar, clock)
    return due_after_instant(limit, local(start), calendar, clock)


def explain(
    limit: Limit,
    start: datetime,
    calendar: Calendar,
    clock: ClockRules,
    *,
    paused: tuple[Span, ...] = (),
    extended: tuple[Limit, ...] = (),
) -> tuple[Step, ...]:
    """The sum of `due` line by line, from the day that does not count to the result; arguments as there.

    Every step has `rule` in its detail where a statute decides it. The last step is RESULT: `at` is the legal
    instant, and its detail has `internal` and `legal` in ISO 8601 and `provisional`.
    """
    match reckon(limit, start, calendar, clock, paused, extended):
        case DaySum() as days:
            return tuple(_day_lines(days, local(start), limit, calendar))
        case HourSum() as hours:
            return tuple(_hour_lines(hours, local(start), calendar, clock))


def _day_lines(days: DaySum, start: datetime, limit: Limit, calendar: Calendar) -> Iterator[Step]:
    yield Step(StepCode.START, start.date(), at=start, detail={"counted": False, "rule": _START_NOT_COUNTED})
    for place, run in enumerate(days.runs):
        yield _run_line(place, run, run.after + _DAY, run.last)
        yield from sorted((*_pauses(run), *_skips(run, calendar)), key=lambda step: step.day)
    yield from _roll_lines(days, limit, calendar)
    yield from _result_lines(days.due, days.rolled, calendar)


def _hour_lines(hours: HourSum, start: datetime, calendar: Calendar, clock: ClockRules) -> Iterator[Step]:
    yield Step(StepCode.START, start.date(), at=start, detail={"rule": _HOURS_FROM_THE_INSTANT})
    for place, run in enumerate(hours.runs):
        yield _run_line(place, run, run.after.date(), run.last.date(), at=run.last)
        for first, last in run.pauses:
            detail = {"from": first.isoformat(), "to": last.isoformat()}
            yield Step(StepCode.PAUSE, first.date(), last.date(), detail=detail)
        if in_business_hours(run.limit.unit, clock):
            yield from _rest_lines(run.after.date(), run.last.date(), calendar)
    yield from _result_lines(hours.due, hours.due.legal.date(), calendar)


def _run_line(place: int, run: DayRun | HourRun, first: date, last: date, at: datetime | None = None) -> Step:
    limit = run.limit
    what: Detail = {"key": limit.key, "n": limit.n, "unit": limit.unit.value, "source": limit.source}
    rule: Detail = {"rule": _CORRESPONDING_DAY} if limit.unit is TimeUnit.MONTH else {}
    return Step(StepCode.EXTEND if place else StepCode.COUNT, first, last, at, {**what, **rule})


def _pauses(run: DayRun) -> Iterator[Step]:
    for pause in run.pauses:
        yield Step(StepCode.PAUSE, pause.first, pause.last, detail={"days": pause.counted})


def _skips(run: DayRun, calendar: Calendar) -> Iterator[Step]:
    """Days of rest that a count in working days passes over, outside pauses."""
    if run.limit.unit is not TimeUnit.WORKING_DAY:
        return
    first = run.after + _DAY
    for pause in run.pauses:
        yield from _rest_lines(first, pause.first - _DAY, calendar)
        first = pause.last + _DAY
    yield from _rest_lines(first, run.last, calendar)


def _rest_lines(first: date, last: date, calendar: Calendar) -> Iterator[Step]:
    """Days of rest from first to last, neighbours with one reason in one line."""
    days = (first + timedelta(days=place) for place in range((last - first).days + 1))
    for why, stretch in groupby(days, lambda day: None if calendar.is_workday(day) else _why(day, calendar)):
        if why is not None:
            rest = list(stretch)
            yield Step(StepCode.SKIP, rest[0], rest[-1], detail={**why, "days": len(rest)})


def _why(day: date, calendar: Calendar) -> Detail:
    festival = calendar.festival(day)
    kind = {"reason": calendar.kind(day).value}
    return {**kind, "festival": festival.value} if festival else kind


def _roll_lines(days: DaySum, limit: Limit, calendar: Calendar) -> Iterator[Step]:
    """What the last day's being a day of rest, or a weekend that is worked, does."""
    why = _why(days.last, calendar)
    if days.rolled != days.last:
        yield Step(StepCode.ROLL, days.last, days.rolled, detail={**why, "rule": _ROLL_FORWARD})
    elif not calendar.is_workday(days.last):
        yield Step(StepCode.NO_ROLL, days.last, detail={**why, "source": limit.source})
    elif limit.roll is Roll.NEXT_WORKDAY and calendar.kind(days.last) is DayKind.ADJUSTED_WORK:
        yield Step(StepCode.NO_ROLL, days.last, detail={**why, "rule": _ROLL_FORWARD})


def _result_lines(result: Due, day: date, calendar: Calendar) -> Iterator[Step]:
    if result.provisional:
        edition: Detail = {"calendar": calendar.edition, "published_through": calendar.published_through}
        yield Step(StepCode.PROVISIONAL, day, detail=edition)
    detail: Detail = {
        "internal": result.internal.isoformat(),
        "legal": result.legal.isoformat(),
        "provisional": result.provisional,
    }
    yield Step(StepCode.RESULT, day, at=result.legal, detail=detail)
