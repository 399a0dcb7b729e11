"""Which days are worked in China: published schedules as data, any question answered in constant time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta, timezone
from enum import StrEnum
from itertools import accumulate

from domain.edition import EditionError, Table, digest_of, read

CST = timezone(timedelta(hours=8), "CST")
"""China Standard Time: UTC+8, no summer time (1986 to 1991 are out of scope)."""

_FIRST = date(1990, 1, 1)
"""A Monday; no calendar answers for earlier days."""
_LAST = date(2099, 12, 31)
_BASE = _FIRST.toordinal()
_SPAN = _LAST.toordinal() - _BASE + 1
_SETTLED_IN_DECEMBER = 28
"""The notice for the next year has moved 29 to 31 December (2005, 2006, 2007, 2011, 2018)."""


class DayKind(StrEnum):
    """Why a day is worked or not."""

    WORKDAY = "workday"
    ADJUSTED_WORK = "adjusted_work"
    """A Saturday or Sunday worked in exchange, 调休上班."""
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    """A day off that a notice names, weekends inside it included, 放假."""
    ADJUSTED_REST = "adjusted_rest"
    """A weekday off in exchange for a working weekend, 调休放假."""


_KINDS = tuple(DayKind)
_REST_FROM = _KINDS.index(DayKind.WEEKEND)


class Festival(StrEnum):
    """The festivals of 《全国年节及纪念日放假办法》, and the one day off of 2015."""

    NEW_YEAR = "new_year"
    SPRING_FESTIVAL = "spring_festival"
    QINGMING = "qingming"
    LABOUR_DAY = "labour_day"
    DRAGON_BOAT = "dragon_boat"
    MID_AUTUMN = "mid_autumn"
    NATIONAL_DAY = "national_day"
    VICTORY_DAY = "victory_day"


class OutsideCalendarError(ValueError):
    """A day before 1990 or after 2099, for which no calendar answers."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days by one edition of the schedule; equal content has an equal digest.

    In years without a published schedule weekends rest, and from the year after the last published one
    the festivals of fixed solar date too; answers about such days are provisional (`is_published`).
    Every method raises OutsideCalendarError for days before 1990 or after 2099.
    """

    edition: str
    digest: str
    published_from: int
    published_through: int
    _kinds: bytes = field(repr=False, compare=False)
    _festivals: Mapping[int, Festival] = field(repr=False, compare=False)
    _workdays: tuple[date, ...] = field(repr=False, compare=False)
    _before: tuple[int, ...] = field(repr=False, compare=False)
    """For each day, how many working days precede it."""

    def __hash__(self) -> int:
        return hash(self.digest)

    def is_workday(self, day: date) -> bool:
        """Whether public offices work on this day, working weekends included."""
        return self._kinds[_place(day)] < _REST_FROM

    def kind(self, day: date) -> DayKind:
        """Why the day is worked or not."""
        return _KINDS[self._kinds[_place(day)]]

    def festival(self, day: date) -> Festival | None:
        """The festival that gave or took the day, if any."""
        return self._festivals.get(day.toordinal())

    def is_published(self, day: date) -> bool:
        """Whether the State Council's notices settle this day.

        The last three days of the last published year are not settled: the next notice may still move them.
        """
        if day.year == self.published_through:
            return (day.month, day.day) <= (12, _SETTLED_IN_DECEMBER)
        return self.published_from <= day.year < self.published_through

    def next_workday(self, day: date) -> date:
        """The day itself if it is worked, else the first working day after it."""
        return self._at(self._before[_place(day)])

    def previous_workday(self, day: date) -> date:
        """The day itself if it is worked, else the last working day before it."""
        return self._at(self._until(day) - 1)

    def add_workdays(self, day: date, n: int) -> date:
        """The n-th working day after the day (before it if n is negative); the day itself for 0."""
        if n > 0:
            return self._at(self._until(day) + n - 1)
        return self._at(self._before[_place(day)] + n) if n else day

    def count_workdays(self, first: date, last: date) -> int:
        """Working days from first to last, both included; 0 if last is earlier."""
        return max(0, self._until(last) - self._before[_place(first)])

    def _until(self, day: date) -> int:
        place = _place(day)
        return self._before[place] + (self._kinds[place] < _REST_FROM)

    def _at(self, index: int) -> date:
        if 0 <= index < len(self._workdays):
            return self._workdays[index]
        raise OutsideCalendarError(f"calendars answer for {_FIRST} to {_LAST}")


def _place(day: date) -> int:
    place = day.toordinal() - _BASE
    if 0 <= place < _SPAN:
        return place
    raise OutsideCalendarError(f"{day}: calendars answer for {_FIRST} to {_LAST}")


def parse_calendar(text: str) -> Calendar:
    """A calendar from the text of its edition. Raises EditionError with the line that is wrong."""
    top = read(text)
    edition = top.text("edition")
    first, last = top.integer("published_from"), top.integer("published_through")
    if not _FIRST.year < first <= last < _LAST.year:
        raise top.error("published_through", f"must be from published_from to {_LAST.year - 1}")
    schedule = _Schedule({}, {})
    for year in range(first, last + 1):
        _read_notice(top, year, schedule)
    beyond = _read_beyond(top.table("beyond"))
    top.close()
    content = {
        "edition": edition,
        "published": [first, last],
        "beyond": beyond,
        "days": {day.isoformat(): [kind, schedule.festivals[day]] for day, kind in schedule.kinds.items()},
    }
    _extend_beyond(schedule, beyond, last + 1)
    return _tabulate(edition, digest_of(content), first, last, schedule)


@dataclass(frozen=True, slots=True)
class _Schedule:
    kinds: dict[date, DayKind]
    festivals: dict[date, Festival]

    def put(self, day: date, kind: DayKind, festival: Festival) -> None:
        self.kinds[day] = kind
        self.festivals[day] = festival


def _read_notice(top: Table, year: int, schedule: _Schedule) -> None:
    """One table for a year's notice; it may move days of the December before."""
    if str(year) not in top:
        raise top.error("published_through", f"the notice of {year} is missing")
    notice = top.table(str(year))
    for name in notice:
        if name not in set(Festival):
            raise notice.error(name, f"must be one of {', '.join(Festival)}")
        entry = notice.table(name)
        for day, kind in _entry_days(entry, year):
            if day in schedule.kinds:
                raise entry.error(None, f"{day} is already {schedule.kinds[day]}")
            schedule.put(day, kind, Festival(name))
        entry.close()
    notice.close()


def _entry_days(entry: Table, year: int) -> Iterator[tuple[date, DayKind]]:
    adjusted = set(entry.days("adjusted", ()))
    rest = [day for first, last in entry.spans("rest") for day in _days(first, last)]
    work = entry.days("work", ())
    _check_days(entry, year, rest, adjusted, work)
    for day in rest:
        yield day, DayKind.ADJUSTED_REST if day in adjusted else DayKind.HOLIDAY
    for day in work:
        yield day, DayKind.ADJUSTED_WORK


def _check_days(
    entry: Table, year: int, rest: list[date], adjusted: set[date], work: tuple[date, ...]
) -> None:
    for key, days in (("rest", rest), ("work", work)):
        for day in days:
            if not date(year - 1, 12, _SETTLED_IN_DECEMBER) < day <= date(year, 12, 31):
                raise entry.error(key, f"{day} is not a day the notice of {year} can settle")
    for day in sorted(adjusted):
        if day not in rest or day.weekday() >= 5:
            raise entry.error("adjusted", f"{day} must be a weekday within rest")
    for day in work:
        if day.weekday() < 5:
            raise entry.error("work", f"{day} must be a Saturday or a Sunday")


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days) for days in range((last - first).days + 1))


def _read_beyond(table: Table) -> dict[str, list[str]]:
    beyond: dict[str, list[str]] = {}
    for name in table:
        if name not in set(Festival):
            raise table.error(name, f"must be one of {', '.join(Festival)}")
        beyond[name] = list(table.texts(name))
        for month_day in beyond[name]:
            _in_year(table, name, month_day, 2000)
    return beyond


def _in_year(table: Table, key: str, month_day: str, year: int) -> date:
    try:
        return date.fromisoformat(f"{year}-{month_day}")
    except ValueError as wrong:
        raise table.error(key, f"{month_day} must be a month and a day such as 05-01") from wrong


def _extend_beyond(schedule: _Schedule, beyond: Mapping[str, list[str]], first_year: int) -> None:
    for year in range(first_year, _LAST.year + 1):
        for name, month_days in beyond.items():
            for month_day in month_days:
                schedule.put(date.fromisoformat(f"{year}-{month_day}"), DayKind.HOLIDAY, Festival(name))


def _tabulate(edition: str, digest: str, first: int, last: int, schedule: _Schedule) -> Calendar:
    week = bytes([_KINDS.index(DayKind.WORKDAY)] * 5 + [_REST_FROM] * 2)
    kinds = bytearray((week * (_SPAN // 7 + 1))[:_SPAN])
    for day, kind in schedule.kinds.items():
        kinds[day.toordinal() - _BASE] = _KINDS.index(kind)
    works = [kind < _REST_FROM for kind in kinds]
    return Calendar(
        edition=edition,
        digest=digest,
        published_from=first,
        published_through=last,
        _kinds=bytes(kinds),
        _festivals={day.toordinal(): name for day, name in schedule.festivals.items()},
        _workdays=tuple(date.fromordinal(_BASE + place) for place in range(_SPAN) if works[place]),
        _before=tuple(accumulate(works, initial=0))[:_SPAN],
    )


__all__ = ["CST", "Calendar", "DayKind", "EditionError", "Festival", "OutsideCalendarError", "parse_calendar"]
