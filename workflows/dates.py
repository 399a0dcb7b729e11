"""From what the dates of open duties are counted, so that they can be counted anew."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from domain.calendar import CST, Calendar
from domain.duties import Duty, Mark
from domain.limits import Due, Limit, due
from domain.rulebook import Rulebook
from domain.terms import DAY_UNITS, Span


@dataclass(slots=True)
class _Terms:
    """One duty's limit, with what stopped its clock and what was added to it."""

    limit: Limit
    pauses: tuple[Span, ...] = ()
    extended: tuple[Limit, ...] = ()
    paused_at: datetime | None = None


_MOMENT = timedelta(milliseconds=1)


class Dates:
    """The dates of one case's duties, by its pinned edition and by the calendar it holds now."""

    def __init__(self, rules: Rulebook, calendar: Calendar) -> None:
        self.calendar = calendar
        self._rules = rules
        self._terms: dict[int, _Terms] = {}

    def counted_from(self, rule: str, now: datetime) -> datetime:
        """From where a limit counts that begins now.

        A last day ends at 24:00, which is still that day: what follows from its lapse counts from it, so that
        the levels of 四级七天 together take seven working days.
        """
        return _still_that_day(self._rules.limits[rule], now)

    def reckon(self, rule: str, start: datetime) -> Due:
        """When a limit of the edition runs out."""
        return self._count(self._rules.limits[rule], start)

    def begin(self, number: int, rule: str, start: datetime, cap: datetime | None) -> Due:
        """The dates of a new duty."""
        self._terms[number] = _Terms(self._rules.limits[rule])
        return _capped(self._count(self._rules.limits[rule], start), cap)

    def anew(self, duty: Duty) -> Due:
        """The dates of a duty with every pause and extension so far."""
        terms = self._terms[duty.number]
        dates = due(
            terms.limit, duty.counted_from, self.calendar, self._rules.clock,
            paused=terms.pauses, extended=terms.extended,
        )  # fmt: skip
        return _capped(dates, duty.cap)

    def can_move(self, number: int) -> bool:
        """Whether the dates were counted at all, rather than set outright."""
        return number in self._terms

    def extend(self, number: int, by: Limit) -> None:
        """Add to a duty's limit."""
        self._terms[number].extended += (by,)

    def pause(self, number: int, why: str, at: datetime) -> None:
        """Stop a clock. Raises ValueError if its limit does not allow it."""
        terms = self._terms[number]
        if why not in terms.limit.pausable_by:
            raise ValueError(f"{terms.limit.key} is not paused by {why}")
        terms.paused_at = at

    def resume(self, number: int, at: datetime) -> None:
        """Let the clock run again."""
        terms = self._terms[number]
        assert terms.paused_at is not None
        terms.pauses += ((terms.paused_at, at),)
        terms.paused_at = None

    def pressing(self, breached: datetime) -> list[tuple[datetime, Mark]]:
        """After a breach: urged on the next working day, named in a bulletin days later (催办、通报)."""
        warn = self._rules.warn
        urged = self._count(warn.urge_after, _still_that_day(warn.urge_after, breached)).internal
        bulletin = self._count(warn.bulletin_after, urged).internal
        return [(urged, Mark.URGED), (bulletin, Mark.BULLETIN)]

    def _count(self, limit: Limit, start: datetime) -> Due:
        return due(limit, start, self.calendar, self._rules.clock)


def _still_that_day(limit: Limit, instant: datetime) -> datetime:
    midnight = instant.astimezone(CST).time() == time()
    return instant - _MOMENT if midnight and limit.unit in DAY_UNITS else instant


def _capped(dates: Due, cap: datetime | None) -> Due:
    if cap is None or dates.legal <= cap:
        return dates
    return Due(min(dates.internal, cap), cap, dates.provisional)
