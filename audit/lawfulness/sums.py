"""Due dates counted day by day, on their own: plain limits, plain calendars, no arithmetic of the law's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone

CST = timezone(timedelta(hours=8))
Span = tuple[datetime, datetime]

_IN_DAYS = frozenset({"natural_day", "working_day", "month"})
_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_MOMENT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of an edition: `n` of a unit; whether a last day of rest moves on; what may stop the clock."""

    key: str
    n: float
    unit: str
    rolls: bool
    pausable_by: frozenset[str]

    @property
    def in_days(self) -> bool:
        """Whether it counts whole days and ends with one."""
        return self.unit in _IN_DAYS


@dataclass(frozen=True, slots=True)
class Clock:
    """Business hours, whether a last day ends at 24:00, and whether hours run only in business hours."""

    opens: time
    closes: time
    at_midnight: bool
    office_hours: bool


@dataclass(frozen=True, slots=True)
class Due:
    """The instant for warnings, the instant of breach, and whether either rests on an unpublished day."""

    internal: datetime
    legal: datetime
    provisional: bool

    def at_most(self, cap: datetime | None) -> "Due":
        """Not later than a cap."""
        if cap is None or self.legal <= cap:
            return self
        return Due(min(self.internal, cap), cap, self.provisional)


@dataclass(frozen=True, slots=True)
class Days:
    """A calendar: weekdays that rest, weekend days that are worked (ordinals), and the years published."""

    first_year: int
    last_year: int
    rest: frozenset[int]
    work: frozenset[int]
    memo: dict[tuple[str, int], Due] = field(default_factory=dict, compare=False, repr=False)
    """Key of an edition and limit, and day 0 → what was counted before."""

    def works(self, day: int) -> bool:
        """Whether offices work on the day of this ordinal."""
        return day in self.work if (day + 6) % 7 > 4 else day not in self.rest

    def is_settled(self, day: int) -> bool:
        """Whether the notices published so far settle the day; the last three of the last year they may move."""
        when = date.fromordinal(day)
        if when.year == self.last_year:
            return (when.month, when.day) < (12, 29)
        return self.first_year <= when.year < self.last_year


def reckon(
    limit: Limit, start: datetime, days: Days, clock: Clock, stops: Sequence[Span] = (),
    more: Sequence[Limit] = (),
) -> Due:  # fmt: skip
    """When a limit runs out (《民法典》第200—204条): day 0 is not counted, days that a pause touches are not.

    `more` are extensions counted on from the last day; the sum moves on from a day of rest once.
    """
    if limit.in_days:
        return _in_days((limit, *more), start.date().toordinal(), days, clock, _touched(stops))
    return _in_hours((limit, *more), start, days, clock, stops)


def still_that_day(limit: Limit, at: datetime) -> datetime:
    """24:00 belongs to the day that ends with it (《民法典》第203条)."""
    return at - _MOMENT if limit.in_days and at.time() == time() else at


# -- days ----------------------------------------------------------------------------------------------


def _in_days(limits: Sequence[Limit], first: int, days: Days, clock: Clock, still: frozenset[int]) -> Due:
    last = first
    for limit in limits:
        last = _count(limit, last, days, still)
    rolled = last
    while limits[0].rolls and not days.works(rolled):
        rolled += 1
    settled = days.is_settled(last) and days.is_settled(rolled)
    if any(limit.unit == "working_day" for limit in limits):
        settled = settled and days.is_settled(first + 1)
    legal = _instant(rolled + 1, time()) if clock.at_midnight else _instant(rolled, clock.closes)
    return Due(_instant(_worked_before(first, last, days), clock.closes), legal, not settled)


def _count(limit: Limit, after: int, days: Days, still: frozenset[int]) -> int:
    """The day on which so many days of the unit have passed, leaving out those on which the clock stood."""
    left = _month_on(after, int(limit.n)) - after if limit.unit == "month" else int(limit.n)
    only_worked = limit.unit == "working_day"
    day = after
    while left > 0:
        day += 1
        if day not in still and (not only_worked or days.works(day)):
            left -= 1
    return day


def _month_on(day: int, months: int) -> int:
    """The corresponding day, or the last of its month (《民法典》第202条)."""
    start = date.fromordinal(day)
    place = start.year * 12 + start.month - 1 + months
    first, following = (date(each // 12, each % 12 + 1, 1) for each in (place, place + 1))
    return min(first.toordinal() + start.day - 1, following.toordinal() - 1)


def _worked_before(first: int, last: int, days: Days) -> int:
    """The last day worked up to the last day; the last day itself if none since the start was."""
    return next((day for day in range(last, first, -1) if days.works(day)), last)


def _touched(stops: Sequence[Span]) -> frozenset[int]:
    """Every day a pause touches; one up to 00:00 does not touch that day."""
    return frozenset(
        day
        for begin, end in stops
        if begin < end
        for day in range(begin.date().toordinal(), (end - _TICK).date().toordinal() + 1)
    )


def _instant(day: int, at: time) -> datetime:
    return datetime.combine(date.fromordinal(day), at, CST)


# -- hours ---------------------------------------------------------------------------------------------


def _in_hours(
    limits: Sequence[Limit], start: datetime, days: Days, clock: Clock, stops: Sequence[Span]
) -> Due:
    at = start
    for limit in limits:
        length = timedelta(minutes=limit.n) if limit.unit == "minute" else timedelta(hours=limit.n)
        at = _run(at, length, _running(at, days, clock, _by_office(limit, clock)), stops)
    unsettled = _by_office(limits[0], clock) and not days.is_settled(at.date().toordinal())
    return Due(at, at, unsettled)


def _by_office(limit: Limit, clock: Clock) -> bool:
    return limit.unit == "working_hour" or (limit.unit == "hour" and clock.office_hours)


def _run(at: datetime, left: timedelta, running: Iterator[Span], stops: Sequence[Span]) -> datetime:
    for opens, closes in running:
        for begin, end in _without(opens, closes, stops):
            if left <= end - begin:
                return begin + left
            left -= end - begin
    raise ValueError(f"{at}: the hours do not end")


def _without(opens: datetime, closes: datetime, stops: Sequence[Span]) -> Iterator[Span]:
    """A stretch of time without the pauses in it."""
    for begin, end in sorted(stops):
        if opens < begin < closes:
            yield opens, begin
        opens = max(opens, min(end, closes)) if begin < closes else opens
    if opens < closes:
        yield opens, closes


def _running(start: datetime, days: Days, clock: Clock, by_office: bool) -> Iterator[Span]:
    """When the clock runs from an instant on: round the clock, or while offices are open."""
    if not by_office:
        yield start, start + timedelta(days=36600)
        return
    day = start.date().toordinal()
    while True:
        opens, closes = max(start, _instant(day, clock.opens)), _instant(day, clock.closes)
        if days.works(day) and opens < closes:
            yield opens, closes
        day += 1
