"""How long people take, shaped like the records in `shared/data`; every draw comes from a seeded chance."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from math import log
from random import Random

from domain.calendar import CST, Calendar
from domain.vocabulary import Unit

OPENS, CLOSES = 8, 18
"""Answers in the petition record come on working days between these hours."""

_DAY = timedelta(days=1)
_ANSWER_DAYS = log(11.2), 1.05
"""Days to an answer there, log-normal: median 11.2, ninetieth percentile 43, 5.5 % beyond sixty."""
_LONGEST_ANSWER = 167.0
"""Ninety-ninth percentile of those days; the 1,160 of the slowest teach nothing."""
_MOST_LATE, _LATE_SHAPE = 0.63, 5.85
"""Units are late in 0 to 63 % of their orders; 0.63·u^5.85 over uniform u has the mean of 9.2 %."""
_OVERHANG = 0.6
"""How far beyond its limit late work goes, as a share of the limit, at the median."""


def chance(*where: object) -> Random:
    """The dice of one decision: the same place gives the same throws, whatever was thrown elsewhere."""
    return Random("|".join(map(str, where)))


@lru_cache(maxsize=1 << 14)
def tardiness(seed: int, unit: str) -> float:
    """The share of its orders in which a unit is late, its own for good."""
    share: float = chance(seed, "tardiness", unit).random() ** _LATE_SHAPE
    return _MOST_LATE * share


@dataclass(frozen=True, slots=True)
class Habits:
    """Delays of one rehearsal. Instants are in China Standard Time, cut to whole seconds."""

    seed: int
    calendar: Calendar

    def is_late(self, dice: Random, unit: Unit | None, share: float = 1.0) -> bool:
        """Whether a unit misses a limit this time; `share` is for lesser duties than the work itself."""
        return unit is not None and dice.random() < share * tardiness(self.seed, unit)

    def in_time(self, dice: Random, start: datetime, due: datetime) -> datetime:
        """An instant before the due one: early rather than late, and in office hours if the limit is in days.

        The start itself where it is already too late.
        """
        span = due - start
        if span <= timedelta():
            return start
        wanted = start + span * dice.betavariate(1.2, 2.6)
        return _whole(wanted) if span <= _DAY else self._in_office(dice, wanted, start, due)

    def late(self, dice: Random, start: datetime, due: datetime) -> datetime:
        """An instant after the due one, in office hours if the limit is in days."""
        span = max(due - start, timedelta(hours=2))
        over = span * min(_OVERHANG * dice.lognormvariate(0, 0.9), 3.0)
        wanted = due + max(over, timedelta(minutes=1))
        return _whole(wanted) if span <= _DAY else self.next_office(dice, wanted)

    def answer(self, dice: Random, start: datetime, due: datetime) -> datetime:
        """An answer within its limit whose days follow the petition record, scaled to shorter limits."""
        span = due - start
        scale = min(span / timedelta(days=60), 1.0)
        for _ in range(20):
            days = min(dice.lognormvariate(*_ANSWER_DAYS), _LONGEST_ANSWER) * scale
            if timedelta(days=days) < span * 0.97:
                return self._in_office(dice, start + timedelta(days=days), start, due)
        return self.in_time(dice, start, due)

    def after(self, dice: Random, start: datetime, days: float) -> datetime:
        """About so many days later, in office hours."""
        return self.next_office(dice, start + timedelta(days=days * dice.uniform(0.5, 1.5)))

    def next_office(self, dice: Random, wanted: datetime) -> datetime:
        """The instant itself if offices work then, else soon after they next open."""
        day = self.calendar.next_workday(wanted.date())
        if day == wanted.date():
            if OPENS <= wanted.hour < CLOSES:
                return _whole(wanted)
            if wanted.hour >= CLOSES:
                day = self.calendar.add_workdays(day, 1)
        return _morning(dice, day)

    def _in_office(self, dice: Random, wanted: datetime, start: datetime, due: datetime) -> datetime:
        """Office hours from the wanted instant on; else before the due one; else as wanted."""
        found = self.next_office(dice, wanted)
        if found < due:
            return found
        evening = self._last_evening(due)
        if evening > start:
            return _whole(evening - min(evening - start, timedelta(hours=8)) * dice.random())
        return _whole(wanted)

    def _last_evening(self, due: datetime) -> datetime:
        """When offices last close before an instant."""
        closing = _at(self.calendar.previous_workday(due.date()), CLOSES)
        if closing < due:
            return closing
        return _at(self.calendar.previous_workday(due.date() - _DAY), CLOSES)


def _morning(dice: Random, day: date) -> datetime:
    return _at(day, OPENS) + timedelta(seconds=int(dice.triangular(0, 7200, 900)))


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), CST)


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
