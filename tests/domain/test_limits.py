"""Due dates: the golden vectors of the field, what pauses, extends, rolls and stays provisional, and why."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from domain.calendar import CST, OutsideCalendarError, parse_calendar
from domain.limits import (
    ClockRules,
    DayEnd,
    Due,
    HoursRun,
    Limit,
    Roll,
    Step,
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


def limit(n: float, unit: TimeUnit, *, roll: bool = True, pausable_by: tuple[str, ...] = ()) -> Limit:
    rolls = roll and unit in (TimeUnit.NATURAL_DAY, TimeUnit.MONTH)
    key, how = f"test.{n}.{unit}", Roll.NEXT_WORKDAY if rolls else Roll.NONE
    return Limit(key, n, unit, "started", how, pausable_by, "《测试》第1条", Tag.FOUND)


def at(text: str) -> datetime:
    """A local instant; ten o'clock unless the text says more."""
    return datetime.fromisoformat(text if "T" in text else f"{text}T10:00").replace(tzinfo=CST)


def midnight_after(text: str) -> datetime:
    return at(f"{text}T00:00") + timedelta(days=1)


def close(text: str) -> datetime:
    return at(f"{text}T17:30")


WD, ND, MONTH = TimeUnit.WORKING_DAY, TimeUnit.NATURAL_DAY, TimeUnit.MONTH

GOLDEN = [
    ("信访条例23-3: 5工作日; 02-14 works, 02-15..23 rest", "2026-02-13", 5, WD, "2026-02-27", "2026-02-27"),
    ("信访条例23-3: received on a working Saturday", "2026-02-14", 5, WD, "2026-02-28", "2026-02-28"),
    ("3工作日: Sunday 09-20 works", "2026-09-18", 3, WD, "2026-09-22", "2026-09-22"),
    ("简易办理: 10工作日 over 劳动节", "2026-04-29", 10, WD, "2026-05-15", "2026-05-15"),
    ("2工作日 over 国庆", "2026-09-30", 2, WD, "2026-10-09", "2026-10-09"),
    ("高台 1工作日", "2026-09-24", 1, WD, "2026-09-28", "2026-09-28"),
    ("高台 then 2工作日", "2026-09-28", 2, WD, "2026-09-30", "2026-09-30"),
    ("高台 then 2工作日 more", "2026-09-30", 2, WD, "2026-10-09", "2026-10-09"),
    ("信访条例34: 60日 rolls over 春节", "2025-12-18", 60, ND, "2026-02-16", "2026-02-24"),
    ("信访条例34: 60日 rolls over a Sunday", "2026-07-01", 60, ND, "2026-08-30", "2026-08-31"),
    ("人民调解法33: 30日 rolls over 国庆", "2026-09-05", 30, ND, "2026-10-05", "2026-10-08"),
    ("信访条例22: 15日 ends on an exchanged rest day", "2026-02-05", 15, ND, "2026-02-20", "2026-02-24"),
    ("部令75-33: 一个月 ends on a working Saturday", "2026-01-31", 1, MONTH, "2026-02-28", "2026-02-28"),
    ("部令75-33: 一个月 rolls over 春节", "2026-01-22", 1, MONTH, "2026-02-22", "2026-02-24"),
]


@pytest.mark.parametrize(
    ("start", "n", "unit", "last", "legal"), [case[1:] for case in GOLDEN], ids=[case[0] for case in GOLDEN]
)
def test_golden_vector(start: str, n: int, unit: TimeUnit, last: str, legal: str) -> None:
    result = due(limit(n, unit), at(start), CN, ONLINE)
    working = CN.previous_workday(date.fromisoformat(last)).isoformat()
    assert result == Due(close(working), midnight_after(legal), provisional=False)


def test_golden_vector_60_and_30_days_are_90_from_the_same_start() -> None:
    """《信访工作条例》第34条: the extension is added to the unrolled last day and rolls once, at the end."""
    extended = (limit(30, ND),)
    result = due(limit(60, ND), at("2026-07-01"), CN, ONLINE, extended=extended)
    assert result == Due(close("2026-09-29"), midnight_after("2026-09-29"), provisional=False)
    assert result == due(limit(90, ND), at("2026-07-01"), CN, ONLINE)


def test_warnings_use_the_last_working_day_before_an_unrolled_last_day() -> None:
    result = due(limit(60, ND), at("2025-12-18"), CN, ONLINE)
    assert result.internal == close("2026-02-14")


def test_an_internal_date_is_never_before_the_start() -> None:
    """Seven days within the Spring Festival hold no working day; the last of them must do."""
    result = due(limit(7, ND), at("2026-02-15"), CN, ONLINE)
    assert result == Due(close("2026-02-22"), midnight_after("2026-02-24"), provisional=False)


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [
        ("2026-03-31", 1, "2026-04-30"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2025-12-05", 1, "2026-01-05"),
        ("2025-11-30", 3, "2026-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
    ],
)
def test_a_month_ends_on_the_corresponding_day_or_the_last(start: str, months: int, last: str) -> None:
    """《民法典》第202条."""
    assert due(limit(months, MONTH), at(start), CN, ONLINE).legal == midnight_after(last)


def test_the_hour_of_a_start_does_not_matter_to_days() -> None:
    for instant in ("2026-02-13T00:00", "2026-02-13T23:59:59"):
        assert due(limit(5, WD), at(instant), CN, ONLINE).legal == midnight_after("2026-02-27")


def test_an_instant_of_another_zone_counts_by_the_local_date() -> None:
    late = datetime(2026, 2, 12, 17, 0, tzinfo=UTC)
    assert due(limit(5, WD), late, CN, ONLINE) == due(limit(5, WD), at("2026-02-13"), CN, ONLINE)


def test_at_a_counter_the_last_day_ends_with_business() -> None:
    """《民法典》第203条第2款."""
    result = due(limit(60, ND), at("2026-07-01"), CN, COUNTER)
    assert result == Due(close("2026-08-28"), close("2026-08-31"), provisional=False)


def test_a_limit_that_does_not_roll_ends_on_a_day_of_rest() -> None:
    result = due(limit(10, ND, roll=False), at("2026-02-11"), CN, ONLINE)
    assert result.legal == midnight_after("2026-02-21")


@pytest.mark.parametrize(
    ("n", "unit", "end"),
    [
        (0.5, TimeUnit.HOUR, "2026-02-15T00:15"),
        (8, TimeUnit.HOUR, "2026-02-15T07:45"),
        (24, TimeUnit.HOUR, "2026-02-15T23:45"),
        (10, TimeUnit.MINUTE, "2026-02-14T23:55"),
    ],
)
def test_hours_and_minutes_run_through_night_and_holiday(n: float, unit: TimeUnit, end: str) -> None:
    """《民法典》第201条第2款: from the instant; internal and legal are one."""
    assert due(limit(n, unit), at("2026-02-14T23:45"), CN, ONLINE) == Due(at(end), at(end), False)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-02-13T10:00", "2026-02-13T14:00"),
        ("2026-02-13T06:00", "2026-02-13T12:30"),
        ("2026-02-13T13:30", "2026-02-13T17:30"),
        ("2026-02-13T16:30", "2026-02-14T11:30"),
        ("2026-02-14T16:30", "2026-02-24T11:30"),
        ("2026-02-17T09:00", "2026-02-24T12:30"),
    ],
)
def test_working_hours_pass_only_while_offices_are_open(start: str, end: str) -> None:
    four = limit(4, TimeUnit.WORKING_HOUR)
    assert due(four, at(start), CN, ONLINE) == Due(at(end), at(end), False)
    assert due(replace(four, unit=TimeUnit.HOUR), at(start), CN, OFFICE) == Due(at(end), at(end), False)


def test_minutes_never_wait_for_the_office() -> None:
    result = due(limit(10, TimeUnit.MINUTE), at("2026-02-17T03:00"), CN, OFFICE)
    assert result.legal == at("2026-02-17T03:10")


def test_a_hearing_is_left_out_of_a_recheck_day_by_day() -> None:
    """《信访工作条例》第36条第2款."""
    recheck = limit(30, ND, pausable_by=("hearing",))
    hearing = (at("2026-07-06T09:00"), at("2026-07-08T16:00"))
    result = due(recheck, at("2026-07-01"), CN, ONLINE, paused=(hearing,))
    assert result.legal == midnight_after("2026-08-03")


def test_a_pause_up_to_midnight_leaves_the_next_day_counting() -> None:
    recheck = limit(30, ND, pausable_by=("hearing",))
    hearing = (at("2026-07-06T09:00"), at("2026-07-07T00:00"))
    assert due(recheck, at("2026-07-02"), CN, ONLINE, paused=(hearing,)).legal == midnight_after("2026-08-03")


def test_pauses_that_overlap_leave_a_day_out_once() -> None:
    level = limit(3, WD, pausable_by=("consent",))
    pauses = tuple(
        (at(a), at(b)) for a, b in [("2026-07-07", "2026-07-09"), ("2026-07-08", "2026-07-08T12:00")]
    )
    assert due(level, at("2026-07-06"), CN, ONLINE, paused=pauses).legal == midnight_after("2026-07-14")


def test_hours_stand_still_while_paused() -> None:
    visit = limit(8, TimeUnit.HOUR, pausable_by=("consent",))
    pause = (at("2026-07-06T12:00"), at("2026-07-06T14:30"))
    assert due(visit, at("2026-07-06T10:00"), CN, ONLINE, paused=(pause,)).legal == at("2026-07-06T20:30")


def test_nothing_pauses_a_limit_whose_law_knows_no_pause() -> None:
    """An objection or a hearing never stops the 60 days of 《信访工作条例》第34条."""
    hearing = (at("2026-07-06"), at("2026-07-08"))
    with pytest.raises(ValueError, match="nothing may pause"):
        due(limit(60, ND), at("2026-07-01"), CN, ONLINE, paused=(hearing,))


def test_days_are_not_extended_by_hours() -> None:
    with pytest.raises(ValueError, match="not extended"):
        due(limit(60, ND), at("2026-07-01"), CN, ONLINE, extended=(limit(24, TimeUnit.HOUR),))


def test_an_instant_without_a_zone_is_refused() -> None:
    for unit in (ND, TimeUnit.HOUR):
        with pytest.raises(ValueError, match="time zone"):
            due(limit(1, unit), datetime(2026, 7, 1), CN, ONLINE)


def test_a_limit_beyond_every_calendar_is_refused() -> None:
    with pytest.raises(OutsideCalendarError):
        due(limit(3660, ND), at("2095-01-01"), CN, ONLINE)


@pytest.mark.parametrize(
    ("start", "n", "unit", "provisional"),
    [
        ("2026-11-20", 60, ND, True),
        ("2026-12-25", 3, WD, True),
        ("2026-12-21", 3, WD, False),
        ("2026-10-20", 60, ND, False),
        ("2026-12-31", 24, TimeUnit.HOUR, False),
        ("2026-12-31", 24, TimeUnit.WORKING_HOUR, True),
        ("2003-12-30", 3, WD, True),
    ],
)
def test_a_date_that_rests_on_an_unpublished_schedule_says_so(
    start: str, n: int, unit: TimeUnit, provisional: bool
) -> None:
    given_limit = limit(n, unit)
    assert due(given_limit, at(start), CN, ONLINE).provisional is provisional
    steps = explain(given_limit, at(start), CN, ONLINE)
    assert (StepCode.PROVISIONAL in {step.code for step in steps}) is provisional


def lines(steps: tuple[Step, ...]) -> list[tuple[str, str, str | None, object]]:
    """Code, first day, last day if it has one, and why."""
    return [
        (s.code, s.day.isoformat(), s.until.isoformat() if s.until else None, s.detail.get("reason"))
        for s in steps
    ]


def test_explain_names_every_day_of_rest_it_skips() -> None:
    steps = explain(limit(5, WD), at("2026-02-13"), CN, ONLINE)
    assert lines(steps) == [
        ("start", "2026-02-13", None, None),
        ("count", "2026-02-14", "2026-02-27", None),
        ("skip", "2026-02-15", "2026-02-19", "holiday"),
        ("skip", "2026-02-20", "2026-02-20", "adjusted_rest"),
        ("skip", "2026-02-21", "2026-02-22", "holiday"),
        ("skip", "2026-02-23", "2026-02-23", "adjusted_rest"),
        ("result", "2026-02-27", None, None),
    ]


def test_explain_cites_the_article_that_rolls_a_last_day() -> None:
    roll = explain(limit(60, ND), at("2025-12-18"), CN, ONLINE)[-2]
    assert (roll.code, roll.day, roll.until) == (StepCode.ROLL, date(2026, 2, 16), date(2026, 2, 24))
    assert roll.detail == {
        "reason": "holiday",
        "festival": "spring_festival",
        "rule": "《民法典》第203条第1款",
    }


def test_explain_says_why_a_working_saturday_does_not_roll() -> None:
    steps = explain(limit(1, MONTH), at("2026-01-31"), CN, ONLINE)
    assert lines(steps)[-2] == ("no_roll", "2026-02-28", None, "adjusted_work")


def test_explain_shows_each_extension_from_where_the_last_stretch_ended() -> None:
    steps = explain(limit(60, ND), at("2026-07-01"), CN, ONLINE, extended=(limit(30, ND),))
    assert lines(steps) == [
        ("start", "2026-07-01", None, None),
        ("count", "2026-07-02", "2026-08-30", None),
        ("extend", "2026-08-31", "2026-09-29", None),
        ("result", "2026-09-29", None, None),
    ]


def test_explain_shows_pauses_with_the_days_they_take_out() -> None:
    level = limit(3, WD, pausable_by=("consent",))
    pause = (at("2026-07-08"), at("2026-07-13"))
    steps = explain(level, at("2026-07-06"), CN, ONLINE, paused=(pause,))
    (shown,) = (step for step in steps if step.code is StepCode.PAUSE)
    assert (shown.day, shown.until, shown.detail) == (date(2026, 7, 8), date(2026, 7, 13), {"days": 4})


def test_limits_of_two_rulebooks_with_one_key_are_not_confused() -> None:
    """What is remembered is remembered of the whole limit, not of its key."""
    one, other = limit(5, WD), replace(limit(5, WD), n=6)
    assert due(one, at("2026-07-01"), CN, ONLINE).legal == midnight_after("2026-07-08")
    assert due(other, at("2026-07-01"), CN, ONLINE).legal == midnight_after("2026-07-09")
    assert due(one, at("2026-07-01"), CN, COUNTER).legal == close("2026-07-08")
