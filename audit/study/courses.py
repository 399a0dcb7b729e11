"""One recorded life under any edition: its acts at their instants through the law, and what became of each duty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from enum import StrEnum
from typing import NamedTuple

from domain.actors import Actor
from domain.acts import Act, order
from domain.duties import Duty, Nature
from domain.events import (
    Acted,
    CaseOpened,
    DutyBreached,
    DutyFulfilled,
    DutyOpened,
    DutyRelieved,
    Event,
    WindowClosed,
)
from domain.limits import due
from domain.rulebook import Rulebook
from domain.shelf import Shelf
from domain.terms import DAY_UNITS, Limit
from domain.vocabulary import CaseKind, CaseNo, Unit
from workflows.catalogue import PROCEDURES
from workflows.core import ActRefused, Core, Start


class Fate(StrEnum):
    """What became of a duty; words in the catalogue's `[fate]`."""

    MET = "met"
    """Fulfilled by its due instant."""
    USED = "used"
    """A window in which somebody acted."""
    BREACHED = "breached"
    """Its due instant passed before it was fulfilled, if it ever was."""
    UNUSED = "unused"
    """A window closed; nobody is blamed."""
    RELIEVED = "relieved"
    """It no longer mattered before it fell due."""
    OPEN = "open"
    """Neither settled nor due when the record ends."""
    NEVER_OPENED = "never_opened"
    """Under this edition nobody came to owe it."""


class Deed(NamedTuple):
    """One recorded act with its instant."""

    at: datetime
    actor: Actor
    act: Act
    act_id: str


class Owed(NamedTuple):
    """What tells a duty under one edition from those under another: kind, matter, owner, and which of these."""

    kind: str
    about: str
    owner: str
    nth: int


@dataclass(frozen=True, slots=True)
class Life:
    """A case as its `case_opened` and `acted` rows tell it; nothing is asked of it after `until`.

    `seats` are those that an edition with other levels would have found; empty where nobody looked.
    """

    start: Start
    deeds: Sequence[Deed]
    until: datetime
    seats: tuple[Unit, ...] = ()

    @property
    def matter(self) -> str:
        """The matter it was opened for."""
        return self.start.opening.matter


@dataclass(slots=True)
class Span:
    """One duty of a course: its fate, and the instant at which it was settled or lapsed."""

    duty: Duty
    fate: Fate = Fate.OPEN
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """What a life came to under one edition; `refused` are acts that edition does not allow, as act: reason."""

    spans: tuple[Span, ...]
    refused: tuple[str, ...]

    def fates(self) -> dict[Owed, Fate]:
        """Every duty by what tells it from the others."""
        found: dict[Owed, Fate] = {}
        for span in self.spans:
            duty = span.duty
            owed = Owed(duty.kind, duty.about, duty.owner.unit or "", 1)
            while owed in found:
                owed = owed._replace(nth=owed.nth + 1)
            found[owed] = span.fate
        return found


class CannotRun(Exception):
    """The edition has no place for the case, such as other levels than the seats it was opened with."""


def life_of(number: CaseNo, events: Sequence[Event], until: datetime | None = None) -> Life:
    """A life from the events of a case, of which only opening and acts are used.

    It ends with the last of them unless `until` says when the case ended. Raises ValueError without an opening.
    """
    if not events or not isinstance(opened := events[0].fact, CaseOpened):
        raise ValueError(f"{number}: the record does not begin with the opening of a case")
    start = Start(
        number, opened.opening, opened.rulebook, opened.calendar, opened.actor, opened.act_id, events[0].at,
        opened.drill,
    )  # fmt: skip
    deeds = [
        Deed(event.at, fact.actor, fact.act, fact.act_id)
        for event in events
        if isinstance(fact := event.fact, Acted)
    ]
    return Life(start, deeds, until or events[-1].at)


def course(life: Life, rules: Rulebook, shelf: Shelf) -> Course:
    """The life under an edition: acts that it refuses are passed over. Raises CannotRun, UnknownEdition."""
    refused: list[str] = []
    shelf.calendar(life.start.calendar)
    try:
        core = Core(PROCEDURES[life.start.opening.kind], _start(life, rules), shelf)
        for at, actor, act, act_id in life.deeds:
            try:
                core.receive(act_id, actor, act, at)
            except ActRefused as no:
                refused.append(f"{act.code}: {no.refused.code}")
        core.tick(life.until + datetime.resolution)
    except (LookupError, ValueError, AssertionError) as misfit:
        raise CannotRun(f"{life.start.number}: {misfit}") from misfit
    return Course(spans_of(core.events), tuple(refused))


def _start(life: Life, rules: Rulebook) -> Start:
    """The beginning under an edition: where its levels are others, with the seats that were found for them."""
    opening = life.start.opening
    if life.seats and len(opening.offices.seats) != len(rules.levels) == len(life.seats):
        opening = replace(opening, offices=replace(opening.offices, seats=life.seats))
    return replace(life.start, opening=opening, rulebook=rules.digest)


def spans_of(events: Sequence[Event]) -> tuple[Span, ...]:
    """The duties of a course in the order in which they were opened."""
    spans: dict[int, Span] = {}
    for event in events:
        fact = event.fact
        kind = fact.__class__
        if kind is DutyOpened:
            spans[fact.duty.number] = Span(fact.duty)  # type: ignore[attr-defined]
        elif kind in _ENDS:
            span = spans[fact.duty]  # type: ignore[attr-defined]
            if span.fate is Fate.OPEN:  # what was breached stays so, however late it is fulfilled
                span.fate, span.ended = _ENDS[kind], event.at
                if span.fate is Fate.MET and span.duty.nature is Nature.WINDOW:
                    span.fate = Fate.USED
    return tuple(spans.values())


_ENDS: Mapping[type, Fate] = {
    DutyFulfilled: Fate.MET,
    DutyBreached: Fate.BREACHED,
    WindowClosed: Fate.UNUSED,
    DutyRelieved: Fate.RELIEVED,
}


class Editions:
    """Two editions side by side, and which lives cannot tell them apart."""

    def __init__(self, pinned: Rulebook, other: Rulebook, shelf: Shelf) -> None:
        self.pinned, self.other, self.shelf = pinned, other, shelf
        self._changed = {
            key: limit for key, limit in other.limits.items() if _differs(pinned.limits.get(key), limit)
        }
        self._same_machine = pinned.clock == other.clock and _numbers(pinned) == _numbers(other)

    def same_course(self, life: Life, before: Course) -> bool:
        """Whether the other edition leads a life through the very same events, but for dates.

        Said only of orders somebody brought, none of which asked for more time: there the law asks an edition
        for nothing but the limits of the duties opened. If each of them whose limit differs was settled
        before either due instant, every act finds the same duties open, and nothing else lapses.
        A life of which this is not said may still come to the same; it has to be run.
        """
        if not self._same_machine or not _asks_for_limits_only(life):
            return False
        return all(
            self._settled_before_both(span, life) for span in before.spans if span.duty.rule in self._changed
        )

    def _settled_before_both(self, span: Span, life: Life) -> bool:
        duty, other = span.duty, self._changed[span.duty.rule]
        one_kind = (other.unit in DAY_UNITS) is (self.pinned.limits[duty.rule].unit in DAY_UNITS)
        if not one_kind and duty.counted_from.time() in _MIDNIGHT:
            return False  # days count from the day that ended, hours from the new one (`workflows.dates`)
        dates = due(other, duty.counted_from, self.shelf.calendar(life.start.calendar), self.other.clock)
        match span.fate:
            case Fate.MET | Fate.USED | Fate.RELIEVED if span.ended is not None:
                return span.ended < dates.legal
            case Fate.OPEN:
                return life.until < dates.legal
            case _:
                return False


_MIDNIGHT = (time(), time(23, 59, 59, 999000))


def _differs(one: Limit | None, other: Limit) -> bool:
    return one is None or (one.n, one.unit, one.roll) != (other.n, other.unit, other.roll)


def _numbers(rules: Rulebook) -> Mapping[str, float]:
    return {name: figure.n for name, figure in rules.figures.items()}


def _asks_for_limits_only(life: Life) -> bool:
    opening = life.start.opening
    if opening.kind is not CaseKind.ORDER or getattr(opening, "parent", None) is not None:
        return False
    return not any(isinstance(deed.act, _ASKS_FOR_TIME) for deed in life.deeds)


_ASKS_FOR_TIME = (order.RequestExtension, order.GrantExtension, order.RefuseExtension)
