"""What a limit is made of, and what a due date and its sum are; the arithmetic is elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

Span = tuple[datetime, datetime]
"""From one instant to a later one."""


class TimeUnit(StrEnum):
    """What a limit counts."""

    MINUTE = "minute"
    HOUR = "hour"
    WORKING_HOUR = "working_hour"
    NATURAL_DAY = "natural_day"
    WORKING_DAY = "working_day"
    MONTH = "month"


DAY_UNITS = frozenset({TimeUnit.NATURAL_DAY, TimeUnit.WORKING_DAY, TimeUnit.MONTH})
"""Units that count whole days and end with one."""


class Roll(StrEnum):
    """What becomes of a last day that is a day of rest (《民法典》第203条)."""

    NEXT_WORKDAY = "next_workday"
    NONE = "none"


class Tag(StrEnum):
    """How far the figure of a limit can be vouched for; a PROPOSED one is called a local default."""

    FOUND = "FOUND"
    FOUND_WEAK = "FOUND_WEAK"
    KNOWN = "KNOWN"
    PROPOSED = "PROPOSED"


class DayEnd(StrEnum):
    """When the last day of a limit ends (《民法典》第203条第2款)."""

    MIDNIGHT = "24:00"
    CLOSE_OF_BUSINESS = "close_of_business"


class HoursRun(StrEnum):
    """Whether limits in hours run round the clock or within business hours; minutes always run on."""

    ALWAYS = "7x24"
    OFFICE = "office"


@dataclass(frozen=True, slots=True)
class Limit:
    """How long somebody has: `n` units from the event `starts_at`, under `source`.

    `n` has a fraction only in minutes and hours. `roll` matters only for days and months. `pausable_by` names
    the only things that may stop the clock. A `soft` limit is an aim in the law, not a command.
    """

    key: str
    n: int | float
    unit: TimeUnit
    starts_at: str
    roll: Roll
    pausable_by: tuple[str, ...]
    source: str
    tag: Tag
    soft: bool = False
    note: str = ""

    def __hash__(self) -> int:
        return hash(self.key)


@dataclass(frozen=True, slots=True)
class ClockRules:
    """Business hours on working days, when a last day ends, and whether hours run at night."""

    business_open: time
    business_close: time
    day_end: DayEnd
    hours_run: HoursRun

    def __hash__(self) -> int:
        return hash(self.business_close)


@dataclass(frozen=True, slots=True)
class Due:
    """Two instants in China Standard Time; an act at the very instant is in time.

    `internal` is for warnings and is never rolled over days of rest; `legal` is where a breach begins.
    `provisional` says that a day on which the sum rests has no published schedule yet.
    """

    internal: datetime
    legal: datetime
    provisional: bool


class StepCode(StrEnum):
    """Lines of the sum behind a due date."""

    START = "start"
    COUNT = "count"
    EXTEND = "extend"
    SKIP = "skip"
    PAUSE = "pause"
    ROLL = "roll"
    NO_ROLL = "no_roll"
    PROVISIONAL = "provisional"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the sum: the days from `day` to `until`, or the instant `at`, and what it rests on."""

    code: StepCode
    day: date
    until: date | None = None
    at: datetime | None = None
    detail: Mapping[str, str | int | float | bool] = field(default_factory=dict)
