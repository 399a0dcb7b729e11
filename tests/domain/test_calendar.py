"""Which days are worked: every day of 2004 to 2026 against two other calendars, and what lies beyond."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import Calendar, DayKind, Festival, OutsideCalendarError, parse_calendar
from domain.edition import EditionError

TEXT = (Path(__file__).parents[2] / "domain/calendars/cn-2026.toml").read_text(encoding="utf-8")
CN = parse_calendar(TEXT)
DAYS = st.dates(date(2004, 1, 1), date(2026, 12, 31))
NEW_YEARS_EVE_2005 = date(2005, 12, 31)


def days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(n) for n in range((last - first).days + 1))


def test_every_day_agrees_with_chinesecalendar_but_one() -> None:
    every = days(date(2004, 1, 1), date(2026, 12, 31))
    differing = [day for day in every if CN.is_workday(day) != chinese_calendar.is_workday(day)]
    assert differing == [NEW_YEARS_EVE_2005]


def test_every_day_agrees_with_the_holidays_package() -> None:
    other = holidays.country_holidays("CN", years=range(2004, 2027))
    every = days(date(2004, 1, 1), date(2026, 12, 31))
    assert [day for day in every if CN.is_workday(day) != other.is_working_day(day)] == []


def test_the_notice_for_2006_makes_31_december_2005_a_working_saturday() -> None:
    """国办发明电〔2005〕35号: “12月31日（星期六）上班”; chinesecalendar 1.11.0 misses it."""
    assert CN.kind(NEW_YEARS_EVE_2005) is DayKind.ADJUSTED_WORK
    assert CN.festival(NEW_YEARS_EVE_2005) is Festival.NEW_YEAR
    assert not chinese_calendar.is_workday(NEW_YEARS_EVE_2005)


def test_the_schedule_of_2026_is_the_one_published() -> None:
    spans = [(1, 1, 3), (2, 15, 23), (4, 4, 6), (5, 1, 5), (6, 19, 21), (9, 25, 27), (10, 1, 7)]
    named = {date(2026, month, day) for month, first, last in spans for day in range(first, last + 1)}
    worked = {date(2026, *each) for each in [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]}
    year = list(days(date(2026, 1, 1), date(2026, 12, 31)))
    rest = {DayKind.HOLIDAY, DayKind.ADJUSTED_REST}
    assert {day for day in year if CN.kind(day) in rest} == named
    assert {day for day in year if CN.kind(day) is DayKind.ADJUSTED_WORK} == worked


@pytest.mark.parametrize(
    ("day", "kind", "festival"),
    [
        (date(2026, 2, 13), DayKind.WORKDAY, None),
        (date(2026, 2, 14), DayKind.ADJUSTED_WORK, Festival.SPRING_FESTIVAL),
        (date(2026, 2, 17), DayKind.HOLIDAY, Festival.SPRING_FESTIVAL),
        (date(2026, 2, 23), DayKind.ADJUSTED_REST, Festival.SPRING_FESTIVAL),
        (date(2026, 3, 1), DayKind.WEEKEND, None),
        (date(2025, 10, 6), DayKind.HOLIDAY, Festival.MID_AUTUMN),
        (date(2015, 9, 3), DayKind.HOLIDAY, Festival.VICTORY_DAY),
    ],
)
def test_a_day_says_why_it_is_worked_or_not(day: date, kind: DayKind, festival: Festival | None) -> None:
    assert (CN.kind(day), CN.festival(day)) == (kind, festival)


@given(DAYS, st.integers(-40, 40))
def test_adding_working_days_is_stepping_over_days_of_rest(day: date, n: int) -> None:
    stepped, step = day, timedelta(1 if n > 0 else -1)
    for _ in range(abs(n)):
        stepped += step
        while not CN.is_workday(stepped):
            stepped += step
    assert CN.add_workdays(day, n) == stepped


@given(DAYS)
def test_neighbouring_working_days_hold_only_rest_between(day: date) -> None:
    before, after = CN.previous_workday(day), CN.next_workday(day)
    assert before <= day <= after
    assert (before == day) == (after == day) == CN.is_workday(day)
    assert CN.count_workdays(before, after) == (1 if CN.is_workday(day) else 2)


@given(DAYS, DAYS)
def test_counting_working_days_counts_both_ends(first: date, last: date) -> None:
    assert CN.count_workdays(first, last) == sum(CN.is_workday(day) for day in days(first, last))


def test_2027_is_not_published_and_keeps_only_solar_festivals() -> None:
    year = list(days(date(2027, 1, 1), date(2027, 12, 31)))
    weekdays_off = [day for day in year if day.weekday() < 5 and not CN.is_workday(day)]
    assert not any(CN.is_published(day) for day in year)
    assert weekdays_off == [date(2027, 1, 1), date(2027, 10, 1)]
    assert all(CN.kind(day) is not DayKind.ADJUSTED_WORK for day in year)


@pytest.mark.parametrize(
    ("day", "published"),
    [
        (date(2003, 12, 31), False),
        (date(2004, 1, 1), True),
        (date(2025, 12, 31), True),
        (date(2026, 12, 28), True),
        (date(2026, 12, 29), False),
        (date(2027, 1, 4), False),
    ],
)
def test_the_last_days_of_december_wait_for_the_next_notice(day: date, published: bool) -> None:
    """The notices for 2006, 2007, 2008, 2012 and 2019 moved days of the December before."""
    assert CN.is_published(day) is published


def test_days_no_calendar_knows_are_refused() -> None:
    for day in (date(1989, 12, 31), date(2100, 1, 1)):
        with pytest.raises(OutsideCalendarError):
            CN.is_workday(day)
    with pytest.raises(OutsideCalendarError):
        CN.add_workdays(date(2099, 12, 30), 5)


def test_equal_content_is_one_calendar_whatever_its_comments() -> None:
    bare = parse_calendar(re.sub(r"(?m)^#.*\n", "", TEXT))
    assert (bare, hash(bare), bare.digest) == (CN, hash(CN), CN.digest)


def test_one_day_moved_is_another_calendar() -> None:
    moved = parse_calendar(TEXT.replace("work = [2026-01-04]", "work = [2026-01-10]"))
    assert moved.digest != CN.digest
    assert moved.is_workday(date(2026, 1, 10))
    assert not moved.is_workday(date(2026, 1, 4))


BROKEN = [
    ("work = [2026-01-04]", "work = [2026-01-05]", "2026.new_year.work", "Saturday or a Sunday"),
    ("adjusted = [2026-01-02]", "adjusted = [2026-01-04]", "2026.new_year.adjusted", "within rest"),
    ("[[2026-01-01, 2026-01-03]]", "[[2026-01-03, 2026-01-01]]", "2026.new_year.rest", "not after last"),
    ("[[2026-01-01, 2026-01-03]]", "[2026-01-01, 2026-01-03]", "2026.new_year.rest", "[first, last]"),
    ("qingming = { rest = [[2026-04-04", "qing_ming = { rest = [[2026-04-04", "2026.qing_ming", "qingming"),
    ("[[2026-04-04, 2026-04-06]]", "[[2024-04-04, 2024-04-06]]", "2026.qingming.rest", "notice of 2026"),
    ("[[2026-04-04, 2026-04-06]] }", "[[2026-04-04, 2026-04-06]], of = 1 }", "2026.qingming.of", "unknown"),
    ("published_through = 2026", "published_through = 2027", "published_through", "2027 is missing"),
    ("published_through = 2026", "published_through = true", "published_through", "a whole number"),
    ('new_year = ["01-01"]', 'new_year = ["13-01"]', "beyond.new_year", "a month and a day"),
    ('new_year = ["01-01"]', 'newyear = ["01-01"]', "beyond.newyear", "new_year"),
    ('edition = "cn-2026"', 'edition = ""', "edition", "must not be empty"),
    ('edition = "cn-2026"', "edition = cn-2026", "(TOML)", "Invalid value"),
]


@pytest.mark.parametrize(
    ("right", "wrong", "path", "message"), BROKEN, ids=[f"{b[2]}-{b[3]}" for b in BROKEN]
)
def test_a_broken_calendar_is_refused_at_its_line(right: str, wrong: str, path: str, message: str) -> None:
    broken = TEXT.replace(right, wrong, 1)
    with pytest.raises(EditionError) as refused:
        parse_calendar(broken)
    assert refused.value.path == path
    assert message in refused.value.message
    assert wrong in broken.splitlines()[refused.value.line - 1]


def test_a_day_given_twice_is_refused_where_it_is_given_again() -> None:
    broken = TEXT.replace("[[2026-04-04, 2026-04-06]]", "[[2026-05-04, 2026-05-06]]")
    with pytest.raises(EditionError, match=r"2026\.labour_day: 2026-05-04 is already holiday") as refused:
        parse_calendar(broken)
    assert "labour_day = { rest = [[2026-05-01" in broken.splitlines()[refused.value.line - 1]


def test_a_notice_outside_the_published_years_is_refused_at_its_header() -> None:
    broken = TEXT.replace("published_through = 2026", "published_through = 2025")
    with pytest.raises(EditionError, match="2026: unknown") as refused:
        parse_calendar(broken)
    assert broken.splitlines()[refused.value.line - 1] == "[2026]"


def test_a_calendar_is_frozen() -> None:
    with pytest.raises(AttributeError):
        CN.edition = "cn-2027"  # type: ignore[misc]
    assert isinstance(CN, Calendar)
