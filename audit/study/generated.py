"""A generated year of orders in the shape of one district's record: arrivals, units, matters, and who is late.

Nobody is real here. Where the record is at hand its rows are drawn from; else its published figures are
(`../shared/data/README.md`). What no record tells, how soon people act, is ours and says so in ADR 0021.
"""

import csv
import math
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path
from random import Random

from audit.study.courses import Course, Deed, Life, spans_of
from domain.actors import Actor
from domain.acts import Act, base, order
from domain.calendar import CST, Calendar
from domain.duties import DutyKind
from domain.openings import Offices, OrderOpening
from domain.organisation import plain_name
from domain.rulebook import Rulebook
from domain.shelf import Shelf
from domain.vocabulary import CaseKind, CaseNo, Content, Party, Role, Service, Unit
from workflows.catalogue import PROCEDURES
from workflows.core import Core, Start

YEAR = 2025
"""A year whose calendar, and the next one's, is published."""

CITY = Unit("pingshan")
_UNITS, _MATTERS, _COMMUNITIES = 156, 372, 24
_CARRY = 24, 0.8
"""Of 156 units, 24 carry 80 % of the orders."""
_WEEKDAY, _WEEKEND = 108.0, 58.0
_OPENS, _CLOSES, _BY_DAY = 8, 18, 0.7
_MOST_LATE, _LATE_SHAPE = 0.63, 5.85
"""Units are late in 0 to 63 % of their orders: 0.63·u^5.85 over uniform u has the mean of 9.2 %."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What an order can be: which unit answers, for what matter, in which community."""

    unit: str
    matter: str
    community: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A district: kinds of orders with cumulated weights, hours of the day likewise, and how often units are late."""

    kinds: Sequence[Kind]
    weights: Sequence[float]
    hours: Sequence[float]
    late: Mapping[str, float]


def shape_of(record: Path | None) -> Shape:
    """The district of a record, or of its published figures where there is none."""
    if record is None or not record.exists():
        return _published()
    with record.open(encoding="utf-8-sig", newline="") as rows:
        return _recorded(list(csv.DictReader(rows)))


def _recorded(rows: Sequence[Mapping[str, str]]) -> Shape:
    kinds = Counter(
        Kind(plain_name(row["DISPOSE_UNIT_NAME"]), row["SUB_TYPE_NAME"], row["COMMUNITY_NAME"])
        for row in rows
    )
    hours = Counter(int(row["CREATE_TIME"][11:13]) for row in rows if len(row["CREATE_TIME"]) > 11)
    owed, late = Counter[str](), Counter[str]()
    for row in rows:
        unit = plain_name(row["DISPOSE_UNIT_NAME"])
        owed[unit] += 1
        late[unit] += row["OVERTIME_ARCHIVE_NUM"] == "1"
    return Shape(
        tuple(kinds), tuple(accumulate(kinds.values())),
        tuple(accumulate(hours.get(hour, 0) for hour in range(24))),
        {unit: late[unit] / count for unit, count in owed.items()},
    )  # fmt: skip


def _published() -> Shape:
    dice = Random("pingshan")  # noqa: S311  the same district every time, not a secret
    zipf = [1 / place ** _exponent() for place in range(1, _UNITS + 1)]
    kinds: dict[Kind, float] = {}
    for matter in range(_MATTERS):
        for unit in dice.choices(
            range(_UNITS), zipf, k=min(64, int(dice.lognormvariate(math.log(3), 1)) + 1)
        ):
            kind = Kind(
                f"unit-{unit:03d}", f"matter-{matter:03d}", f"community-{dice.randrange(_COMMUNITIES):02d}"
            )
            kinds[kind] = kinds.get(kind, 0.0) + 1.0
    return Shape(
        tuple(kinds), tuple(accumulate(kinds.values())),
        tuple(accumulate(_BY_DAY / 10 if _OPENS <= hour < _CLOSES else (1 - _BY_DAY) / 14 for hour in range(24))),
        {f"unit-{unit:03d}": _MOST_LATE * dice.random() ** _LATE_SHAPE for unit in range(_UNITS)},
    )  # fmt: skip


@cache
def _exponent() -> float:
    """The Zipf exponent at which so few units carry so much, found by halving."""
    few, share = _CARRY
    low, high = 0.5, 3.0
    for _ in range(40):
        middle = (low + high) / 2
        zipf = [1 / place**middle for place in range(1, _UNITS + 1)]
        low, high = (middle, high) if sum(zipf[:few]) / sum(zipf) < share else (low, middle)
    return low


# -- playing it -----------------------------------------------------------------------------------------


class Year:
    """Plays orders of one year under one edition; a batch comes out the same whoever plays it."""

    def __init__(self, shape: Shape, rules: Rulebook, calendar: Calendar, shelf: Shelf, seed: int) -> None:
        self._shape, self._shelf, self._seed = shape, shelf, seed
        self._rules, self._calendar = rules, calendar
        days = [datetime(YEAR, 1, 1, tzinfo=CST) + timedelta(days=n) for n in range(365)]
        self._days = [(day, f"O{day:%Y%m%d}-") for day in days]
        self._by_day = list(accumulate(_WEEKDAY if day.weekday() < 5 else _WEEKEND for day in days))
        self._casts: dict[Kind, _Cast] = {}

    def batch(self, place: int, size: int) -> Iterator[tuple[Life, Course]]:
        """So many lives with what they came to."""
        dice = Random(f"{self._seed}|{place}")  # noqa: S311  a seeded drawing is not cryptography
        for nth in range(size):
            yield self._live(dice, place * BATCH + nth)

    def _live(self, dice: Random, nth: int) -> tuple[Life, Course]:
        kinds, weights = self._shape.kinds, self._shape.weights
        kind = kinds[bisect(weights, dice.random() * weights[-1], hi=len(kinds) - 1)]
        cast = self._casts.get(kind)
        if cast is None:
            cast = self._casts[kind] = _cast(kind, self._shape.late[kind.unit])
        start = self._start(dice, kind.matter, cast, nth)
        core = Core(PROCEDURES[CaseKind.ORDER], start, self._shelf)
        deeds = _Players(core, dice, cast, start.actor, self._calendar).play()
        return Life(start, deeds, core.case.last_at), Course(spans_of(core.events), ())

    def _start(self, dice: Random, matter: str, cast: "_Cast", nth: int) -> Start:
        random, hours = dice.random, self._shape.hours
        day, prefix = self._days[bisect(self._by_day, random() * self._by_day[-1], hi=364)]
        hour = bisect(hours, random() * hours[-1], hi=23)
        who = Party(f"p-{nth}")
        opening = OrderOpening(
            cast.offices, matter, _TITLE, _TEXT, applicant=who, service=Service.ORDER, unit=cast.unit
        )
        return Start(
            CaseNo(f"{prefix}{nth:06d}"), opening, self._rules.digest, self._calendar.digest,
            Actor(who, Role.RESIDENT), "open", day + timedelta(seconds=hour * 3600 + int(random() * 3600)),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Cast:
    """Who answers for orders of one kind, and how often the unit is late."""

    offices: Offices
    unit: Unit
    handler: Actor
    worker: Actor
    late: float


def _cast(kind: Kind, late: float) -> _Cast:
    unit, town = Unit(f"{CITY}/{kind.unit}"), Unit(f"{CITY}/town")
    place = Unit(f"{town}/{kind.community}")
    return _Cast(
        _offices(place, town), unit, Actor(f"{unit}.handler", Role.HANDLER, unit),
        Actor(f"{place}.worker", Role.COMMUNITY_WORKER, place), late,
    )  # fmt: skip


_TITLE, _TEXT, _WORDS = Content("c1:title"), Content("c1:text"), Content("c1:words")


def _offices(place: Unit, town: Unit) -> Offices:
    def city(name: str) -> Unit:
        return Unit(f"{CITY}/{name}")

    return Offices(
        community=place, town=town, city=CITY, centre=city("centre"), police=city("police"),
        petition_office=city("petitions"), joint_office=city("joint"), government=city("government"),
        discipline=city("discipline"), review_office=city("review"), recheck_office=city("recheck"),
    )  # fmt: skip


class _Players:
    """Everybody around one order; each acts on the duty that is theirs, in time, late, or not at all."""

    def __init__(self, core: Core, dice: Random, cast: _Cast, person: Actor, calendar: Calendar) -> None:
        self._core, self._dice, self._cast, self._person = core, dice, cast, person
        self._calendar = calendar

    def play(self) -> list[Deed]:
        """Every act up to the end of the case."""
        core, case, random = self._core, self._core.case, self._dice.random
        deeds: list[Deed] = []
        while case.closed_at is None:
            held = next(iter(case.duties.values()))  # an order has one at a time
            wanted = _CONDUCT[held.duty.kind](self, random())
            if wanted is None:
                core.tick(held.legal_due + datetime.resolution)
                continue
            actor, act, is_late = wanted
            deed = Deed(self._when(held.legal_due, is_late), actor, act, f"a{case.seq}")
            core.receive(deed.act_id, actor, act, deed.at)
            deeds.append(deed)
        return deeds

    def _when(self, due: datetime, late: bool) -> datetime:
        """Early rather than late within the limit, or some way beyond it; in office hours where it can be."""
        now, random = self._core.now, self._dice.random
        span = (due - now).total_seconds()
        if late:
            return self._in_office(due + timedelta(seconds=int(span * (0.1 + random())) + 1))
        wanted = now + timedelta(seconds=int(span * 0.95 * random() ** 2) + 1)
        found = self._in_office(wanted)
        return found if found < due else wanted

    def _in_office(self, at: datetime) -> datetime:
        day = at.date()
        if _OPENS <= at.hour < _CLOSES and self._calendar.is_workday(day):
            return at
        day = self._calendar.next_workday(day if at.hour < _OPENS else day + _DAY)
        return datetime.combine(day, _MORNING, CST) + timedelta(seconds=int(self._dice.random() * 7200))

    # -- who does what -------------------------------------------------------------------------------

    def accept(self, throw: float) -> "_Wanted":
        """Most accept; some are silent, some object."""
        if throw < 0.02:
            return None
        if throw < 0.06 and self._cast.unit not in self._core.case.returned:
            return self._cast.handler, _RETURN, False
        return self._cast.handler, _ACCEPT, False

    def dispatch(self, throw: float) -> "_Wanted":
        """The community sends it there again."""
        return self._cast.worker, order.Dispatch((self._cast.unit,)), throw < 0.03

    def handle(self, throw: float) -> "_Wanted":
        """The unit's own habit of being late."""
        return self._cast.handler, _DONE, throw < self._cast.late

    def rate(self, throw: float) -> "_Wanted":
        """Half of the residents rate; a few send back once."""
        if throw < 0.03 and not self._core.case.send_backs:
            return self._person, _SEND_BACK, False
        return (self._person, _RATE, False) if throw < 0.5 else None

    def community_rate(self, throw: float) -> "_Wanted":
        """The community rates nearly always."""
        return (self._cast.worker, _RATE, False) if throw < 0.95 else None

    def close(self, throw: float) -> "_Wanted":
        """The community crosses it off."""
        return self._cast.worker, _CLOSE, throw < 0.03


_Wanted = tuple[Actor, Act, bool] | None
"""Who does what, and whether late; None: nobody does anything."""

_CONDUCT: Mapping[DutyKind, Callable[[_Players, float], _Wanted]] = {
    DutyKind.ORDER_ACCEPT: _Players.accept,
    DutyKind.ORDER_DISPATCH: _Players.dispatch,
    DutyKind.ORDER_HANDLE: _Players.handle,
    DutyKind.ORDER_RATE: _Players.rate,
    DutyKind.ORDER_COMMUNITY_RATE: _Players.community_rate,
    DutyKind.ORDER_CLOSE: _Players.close,
}
_DAY, _MORNING = timedelta(days=1), time(8)
_ACCEPT, _RETURN, _DONE = order.Accept(), order.Return(_WORDS), order.Complete(_WORDS)
_SEND_BACK, _CLOSE, _RATE = order.SendBack(_WORDS), order.CloseOrder(), base.Rate(5, 5, 4)


# -- for a study on every core -----------------------------------------------------------------------------

BATCH = 2000


@dataclass(frozen=True, slots=True)
class Batch:
    """A job: one batch of a year; `record` is the file whose shape it has, if there is one."""

    place: int
    size: int
    seed: int
    rulebook: str
    calendar: str
    record: Path | None = None


def batches(
    cases: int, seed: int, rulebook: str, record: Path | None = None, calendar: str = "cn-2026"
) -> list[Batch]:
    """So many cases in batches, each of which can be played anywhere."""
    return [
        Batch(place, min(BATCH, cases - place * BATCH), seed, rulebook, calendar, record)
        for place in range(-(-cases // BATCH))
    ]


def generated_lives(shelf: Shelf, job: Batch) -> Iterator[tuple[Life, Course | None]]:
    """The lives of one batch, with what they came to."""
    yield from _year(shelf, job.rulebook, job.calendar, job.seed, job.record).batch(job.place, job.size)


@lru_cache(maxsize=2)
def _year(shelf: Shelf, rulebook: str, calendar: str, seed: int, record: Path | None) -> Year:
    return Year(shape_of(record), shelf.rulebook(rulebook), shelf.calendar(calendar), shelf, seed)
