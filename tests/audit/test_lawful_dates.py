"""Two ways of counting, written apart, come to the same dates; and to those of the domain rules, §8."""

from datetime import datetime, timedelta
from importlib import resources

import pytest
from builders import shelf
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.answers.lawful import editions_of, plain_calendar
from audit.lawfulness.editions import calendar_data, days_of, rulebook_data, rules_of
from audit.lawfulness.sums import CST, Clock, Limit, reckon
from domain.limits import ClockRules, DayEnd, HoursRun, Roll, Tag, TimeUnit, due
from domain.limits import Limit as LawLimit

CALENDAR = shelf().calendar("cn-2026")
RULES = shelf().rulebook("default-3")
BOOKS, CALENDARS = editions_of(shelf(), {})
DAYS = CALENDARS[CALENDAR.digest]
OURS = BOOKS[RULES.digest]


def text_of(place: str) -> str:
    return (resources.files("domain") / place).read_text(encoding="utf-8")


def limit(n: float, unit: str) -> Limit:
    return Limit("golden", n, unit, unit in ("natural_day", "month"), frozenset({"hearing"}))


@pytest.mark.parametrize(
    ("start", "n", "unit", "last"),
    [
        ("2026-02-13", 5, "working_day", "2026-02-27"),
        ("2026-02-14", 5, "working_day", "2026-02-28"),
        ("2026-09-18", 3, "working_day", "2026-09-22"),
        ("2026-04-29", 10, "working_day", "2026-05-15"),
        ("2026-09-30", 2, "working_day", "2026-10-09"),
        ("2026-09-24", 1, "working_day", "2026-09-28"),
        ("2026-09-28", 2, "working_day", "2026-09-30"),
        ("2025-12-18", 60, "natural_day", "2026-02-24"),
        ("2026-07-01", 60, "natural_day", "2026-08-31"),
        ("2026-07-01", 90, "natural_day", "2026-09-29"),
        ("2026-09-05", 30, "natural_day", "2026-10-08"),
        ("2026-02-05", 15, "natural_day", "2026-02-24"),
        ("2026-01-31", 1, "month", "2026-02-28"),
        ("2026-01-22", 1, "month", "2026-02-24"),
    ],
)
def test_the_golden_vectors_of_the_domain_rules(start: str, n: int, unit: str, last: str) -> None:
    began = datetime.fromisoformat(f"{start}T15:00:00+08:00").astimezone(CST)
    found = reckon(limit(n, unit), began, DAYS, OURS.clock)
    assert (found.legal - timedelta(seconds=1)).date().isoformat() == last


INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2027, 12, 31), timezones=st.just(CST)).map(
    lambda at: at.replace(microsecond=0)
)
UNITS = st.sampled_from(["minute", "hour", "working_hour", "natural_day", "working_day", "month"])
STOPS = st.lists(st.tuples(st.integers(0, 90 * 24), st.integers(0, 20 * 24)), max_size=3)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    start=INSTANTS, n=st.integers(1, 90), unit=UNITS, rolls=st.booleans(), office=st.booleans(),
    midnight=st.booleans(), stops=STOPS, more=st.lists(st.integers(1, 30), max_size=2),
)  # fmt: skip
def test_both_ways_of_counting_agree(
    start: datetime, n: int, unit: str, rolls: bool, office: bool, midnight: bool,
    stops: list[tuple[int, int]], more: list[int],
) -> None:  # fmt: skip
    in_days = unit in ("natural_day", "working_day", "month")
    roll = Roll.NEXT_WORKDAY if rolls and in_days else Roll.NONE
    law = LawLimit("k", n, TimeUnit(unit), "s", roll, ("hearing",), "《测试》", Tag.PROPOSED)
    extra = TimeUnit.NATURAL_DAY if in_days else TimeUnit.HOUR
    longer = [LawLimit("x", each, extra, "s", Roll.NONE, (), "《测试》", Tag.PROPOSED) for each in more]
    clock = ClockRules(
        RULES.clock.business_open, RULES.clock.business_close,
        DayEnd.MIDNIGHT if midnight else DayEnd.CLOSE_OF_BUSINESS,
        HoursRun.OFFICE if office else HoursRun.ALWAYS,
    )  # fmt: skip
    spans = _apart(start, stops)
    expected = due(law, start, CALENDAR, clock, paused=spans, extended=tuple(longer))
    found = reckon(
        Limit("k", n, unit, roll is Roll.NEXT_WORKDAY, frozenset()), start, DAYS,
        Clock(clock.business_open, clock.business_close, midnight, office), spans,
        [Limit("x", each, extra.value, False, frozenset()) for each in more],
    )  # fmt: skip
    assert (found.internal, found.legal) == (expected.internal, expected.legal)
    assert found.provisional is expected.provisional


def _apart(start: datetime, stops: list[tuple[int, int]]) -> tuple[tuple[datetime, datetime], ...]:
    """Pauses one after the other, as a case has them: no clock stands twice at once."""
    spans, after = [], start
    for wait, length in stops:
        begin = after + timedelta(hours=wait)
        after = begin + timedelta(hours=length)
        spans.append((begin, after))
    return tuple(spans)


def test_editions_read_from_their_text_say_what_the_law_read_in_them() -> None:
    base = rulebook_data(text_of("editions/statutory-2026.toml"))
    for name in ("statutory-2026", "default-3", "gaotai-4x7"):
        text = text_of(f"editions/{name}.toml")
        law = shelf().rulebook(name)
        own = base if name == "statutory-2026" else rulebook_data(text, base)
        taken, read = BOOKS[law.digest], rules_of({**own, "digest": law.digest})
        assert read == taken
    calendar = days_of(calendar_data(text_of("calendars/cn-2026.toml")))
    taken_over = days_of(plain_calendar(CALENDAR))
    assert (calendar.first_year, calendar.last_year) == (taken_over.first_year, taken_over.last_year)
    days = range(datetime(2004, 1, 1).toordinal(), datetime(2099, 12, 31).toordinal())
    assert [day for day in days if calendar.works(day) is not taken_over.works(day)] == []
