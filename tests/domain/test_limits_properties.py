"""Due dates of random limits: they agree with counting day by day, their sums add up, time never shortens."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import chinese_calendar
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import CST, parse_calendar
from domain.limits import (
    DAY_UNITS,
    ClockRules,
    DayEnd,
    HoursRun,
    Limit,
    Roll,
    Span,
    StepCode,
    Tag,
    TimeUnit,
    due,
    explain,
)

CN = parse_calendar((Path(__file__).parents[2] / "domain/calendars/cn-2026.toml").read_text(encoding="utf-8"))
ONLINE = ClockRules(time(8, 30), time(17, 30), DayEnd.MIDNIGHT, HoursRun.ALWAYS)
COUNTER = replace(ONLINE, day_end=DayEnd.CLOSE_OF_BUSINESS)
OFFICE = replace(ONLINE, hours_run=HoursRun.OFFICE)
WD, ND, MONTH = TimeUnit.WORKING_DAY, TimeUnit.NATURAL_DAY, TimeUnit.MONTH


def limit(n: float, unit: TimeUnit, *, roll: bool = True, pausable_by: tuple[str, ...] = ()) -> Limit:
    rolls = roll and unit in (TimeUnit.NATURAL_DAY, TimeUnit.MONTH)
    key, how = f"test.{n}.{unit}", Roll.NEXT_WORKDAY if rolls else Roll.NONE
    return Limit(key, n, unit, "started", how, pausable_by, "《测试》第1条", Tag.FOUND)


STARTS = st.datetimes(datetime(2004, 1, 1), datetime(2026, 6, 1)).map(lambda naive: naive.replace(tzinfo=CST))
CLOCKS = st.sampled_from([ONLINE, COUNTER, OFFICE])
DAY_LIMITS = st.builds(
    limit,
    st.integers(1, 60),
    st.sampled_from([WD, ND]),
    roll=st.booleans(),
    pausable_by=st.just(("hearing",)),
)
MONTHS = st.builds(limit, st.integers(1, 3), st.just(MONTH), pausable_by=st.just(("consent",)))
HOUR_LIMITS = st.builds(
    limit,
    st.one_of(st.integers(1, 60), st.sampled_from([0.5, 1.25])),
    st.sampled_from([TimeUnit.MINUTE, TimeUnit.HOUR, TimeUnit.WORKING_HOUR]),
    pausable_by=st.just(("hearing",)),
)


@st.composite
def problems(draw: st.DrawFn) -> tuple[Limit, datetime, tuple[Span, ...], tuple[Limit, ...]]:
    """A limit, a start, pauses and extensions of its kind."""
    kind = draw(st.sampled_from([st.one_of(DAY_LIMITS, MONTHS), HOUR_LIMITS]))
    start = draw(STARTS)
    gaps = draw(st.lists(st.tuples(st.integers(-50, 900), st.integers(0, 200)), max_size=3))
    pauses = tuple((start + timedelta(hours=a), start + timedelta(hours=a + b)) for a, b in gaps)
    return draw(kind), start, pauses, tuple(draw(st.lists(kind, max_size=2)))


def works(day: date) -> bool:
    return day == date(2005, 12, 31) or chinese_calendar.is_workday(day)


def counted_last_day(limits: tuple[Limit, ...], start: date, excluded: set[date]) -> date:
    day = start
    for each in limits:
        left = each.n
        while left:
            day += timedelta(days=1)
            left -= day not in excluded and (each.unit is ND or works(day))
    return day


@given(st.lists(DAY_LIMITS, min_size=1, max_size=3), STARTS, st.sets(st.integers(0, 60), max_size=9))
def test_due_agrees_with_counting_one_day_after_the_other(
    limits: list[Limit], start: datetime, off: set[int]
) -> None:
    excluded = {start.date() + timedelta(days=n) for n in off}
    pauses = tuple(
        (datetime.combine(day, time(9), CST), datetime.combine(day, time(11), CST)) for day in excluded
    )
    last = counted_last_day(tuple(limits), start.date(), excluded)
    while limits[0].roll is Roll.NEXT_WORKDAY and not works(last):
        last += timedelta(days=1)
    result = due(limits[0], start, CN, ONLINE, paused=pauses, extended=tuple(limits[1:]))
    assert result.legal == datetime.combine(last, time(), CST) + timedelta(days=1)


@given(STARTS, st.integers(1, 40))
def test_working_hours_agree_with_counting_half_hours(start: datetime, n: int) -> None:
    instant = begin = start.replace(minute=start.minute // 30 * 30, second=0, microsecond=0)
    left = n
    while left:
        left -= works(instant.date()) and time(8, 30) <= instant.time() < time(17, 30)
        instant += timedelta(minutes=30)
    assert due(limit(n / 2, TimeUnit.WORKING_HOUR), begin, CN, ONLINE).legal == instant


@given(problems(), CLOCKS)
def test_the_last_line_of_the_sum_is_the_due_date(
    problem: tuple[Limit, datetime, tuple[Span, ...], tuple[Limit, ...]], clock: ClockRules
) -> None:
    a_limit, start, paused, extended = problem
    result = due(a_limit, start, CN, clock, paused=paused, extended=extended)
    first, *_, last = explain(a_limit, start, CN, clock, paused=paused, extended=extended)
    assert (first.code, first.at) == (StepCode.START, start)
    assert (last.code, last.at, last.detail["internal"], last.detail["provisional"]) == (
        StepCode.RESULT,
        result.legal,
        result.internal.isoformat(),
        result.provisional,
    )


@given(problems())
def test_the_lines_of_a_sum_in_working_days_add_up(
    problem: tuple[Limit, datetime, tuple[Span, ...], tuple[Limit, ...]],
) -> None:
    """Days passed = days counted + days of rest skipped + days within pauses, one by one."""
    _, start, paused, _ = problem
    steps = explain(limit(20, WD, pausable_by=("x",)), start, CN, ONLINE, paused=paused)
    out = [s for s in steps if s.code in (StepCode.SKIP, StepCode.PAUSE)]
    left_out = sum(((s.until or s.day) - s.day).days + 1 for s in out)
    (count,) = (s for s in steps if s.code is StepCode.COUNT)
    assert count.until is not None
    assert max(s.until or s.day for s in (count, *out)) == count.until
    assert (count.until - start.date()).days == 20 + left_out


@given(problems(), CLOCKS)
def test_warning_comes_after_the_start_and_not_after_the_breach(
    problem: tuple[Limit, datetime, tuple[Span, ...], tuple[Limit, ...]], clock: ClockRules
) -> None:
    a_limit, start, paused, extended = problem
    result = due(a_limit, start, CN, clock, paused=paused, extended=extended)
    assert start < result.internal <= result.legal


@given(problems(), CLOCKS)
def test_more_time_is_never_less(
    problem: tuple[Limit, datetime, tuple[Span, ...], tuple[Limit, ...]], clock: ClockRules
) -> None:
    a_limit, start, paused, extended = problem
    longer = replace(a_limit, n=a_limit.n + 1)
    short = due(a_limit, start, CN, clock, paused=paused, extended=extended)
    long = due(longer, start, CN, clock, paused=paused, extended=extended)
    assert short.legal <= long.legal
    assert short.internal <= long.internal


@given(problems(), st.integers(0, 500), CLOCKS)
def test_who_starts_later_is_not_due_earlier(
    problem: tuple[Limit, datetime, tuple[Span, ...], tuple[Limit, ...]], hours: int, clock: ClockRules
) -> None:
    a_limit, start, _, _ = problem
    sooner = due(a_limit, start, CN, clock)
    later = due(a_limit, start + timedelta(hours=hours), CN, clock)
    assert sooner.legal <= later.legal
    assert sooner.internal <= later.internal


@given(problems())
def test_an_extension_or_a_pause_never_shortens(
    problem: tuple[Limit, datetime, tuple[Span, ...], tuple[Limit, ...]],
) -> None:
    a_limit, start, paused, extended = problem
    plain = due(a_limit, start, CN, ONLINE)
    assert plain.legal <= due(a_limit, start, CN, ONLINE, paused=paused, extended=extended).legal


@given(DAY_LIMITS, STARTS)
def test_a_legal_day_that_rolls_is_a_working_day(a_limit: Limit, start: datetime) -> None:
    last = (due(a_limit, start, CN, ONLINE).legal - timedelta(days=1)).date()
    assert a_limit.roll is Roll.NONE or CN.is_workday(last)
    assert a_limit.unit in DAY_UNITS
