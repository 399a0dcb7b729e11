"""Time travel: a case as it stood after any event, and what changed between two of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from domain.calendar import CST
from domain.codec import dump, instant_text
from domain.duties import Duty
from domain.events import (
    DutyBreached,
    DutyFulfilled,
    DutyHandedOver,
    DutyMarked,
    DutyMoved,
    DutyOpened,
    DutyPaused,
    DutyRelieved,
    Event,
    WindowClosed,
)
from domain.state import Case, Part, evolve
from domain.vocabulary import CaseNo

Moment: TypeAlias = int | datetime
"""After the event of this number, or after everything that happened up to and at this instant."""


class NoSuchMoment(LookupError):
    """The case has no such event, or had not begun by then; `first` and `last` say what it has."""

    def __init__(self, asked: str, first: Event, last: Event) -> None:
        span = f"1–{last.seq}, {instant_text(first.at)} – {instant_text(last.at)}"
        super().__init__(f"没有此刻：{asked}；可用 {span}。/ No such moment: {asked}; there is {span}.")
        self.asked = asked
        self.first, self.last = first, last


class DutyStatus(StrEnum):
    """What became of a duty so far; the register says the same."""

    OPEN = "open"
    FULFILLED = "fulfilled"
    RELIEVED = "relieved"
    CLOSED = "closed"


@dataclass(slots=True)
class DutyThen:
    """A duty as its events up to a moment left it; `duty` has the dates it was opened with."""

    duty: Duty
    opened_seq: int
    internal_due: datetime
    legal_due: datetime
    provisional: bool
    status: DutyStatus = DutyStatus.OPEN
    breached_at: datetime | None = None
    settled_at: datetime | None = None
    why: str = ""
    paused: bool = False
    extended_days: int = 0
    marks: list[str] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        """The duty as JSON values, instants as on the ledger."""
        duty, owner = self.duty, self.duty.owner
        return {
            "number": duty.number, "kind": duty.kind.value, "about": duty.about, "nature": duty.nature.value,
            "unit": owner.unit, "roles": [role.value for role in owner.roles], "party": owner.party,
            "rule": duty.rule, "counted_from": instant_text(duty.counted_from),
            "internal_due": instant_text(self.internal_due), "legal_due": instant_text(self.legal_due),
            "provisional": self.provisional, "status": self.status.value, "opened_seq": self.opened_seq,
            "breached_at": _text(self.breached_at), "settled_at": _text(self.settled_at), "why": self.why,
            "paused": self.paused, "extended_days": self.extended_days, "marks": list(self.marks),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A case after one of its events: what the law asked about it then, and every duty so far."""

    number: CaseNo
    last: Event
    case: Case
    duties: Mapping[int, DutyThen]

    def json(self) -> dict[str, Any]:
        """The whole state as JSON values: codes, units, pseudonyms and commitments, as on the ledger."""
        case = self.case
        return {
            "number": self.number, "seq": case.seq, "at": instant_text(case.last_at),
            "kind": case.kind.value, **{name: read(case) for name, read in _FEATURES.items()},
            "opened_at": instant_text(case.opened_at), "rulebook": case.rulebook, "drill": case.drill,
            "duties": [each.json() for each in self.duties.values()],
            "parts": [_part(each) for each in case.parts.values()],
        }  # fmt: skip


class ChangeCode(StrEnum):
    """What can have changed between two moments; words in the catalogue's `[change_code]`."""

    FEATURE = "feature"
    """A feature of the case has another value: `about` names it (`[case_feature]`)."""
    DUTY_OPENED = "duty_opened"
    DUTY_SETTLED = "duty_settled"
    DUTY_BREACHED = "duty_breached"
    DUTY_MOVED = "duty_moved"
    DUTY_PAUSED = "duty_paused"
    DUTY_RESUMED = "duty_resumed"
    DUTY_MARKED = "duty_marked"
    PART_OPENED = "part_opened"
    PART_CHANGED = "part_changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `about` is a feature, a duty's number, or the number of a part."""

    code: ChangeCode
    about: str
    before: Any = None
    after: Any = None

    def json(self) -> dict[str, Any]:
        """The change as JSON values."""
        return {"code": self.code.value, "about": self.about, "before": self.before, "after": self.after}


def read_moment(text: str) -> Moment:
    """The moment a text means: a number, an instant in ISO 8601, or a day, which is over at 24:00.

    An instant without a zone is China Standard Time. Raises ValueError.
    """
    if text.strip().isdecimal():
        return int(text)
    at = datetime.fromisoformat(text.strip())
    at = at if at.tzinfo else at.replace(tzinfo=CST)
    if len(text.strip()) == len("2026-01-01"):
        return datetime.combine(at.date() + timedelta(days=1), time(), CST) - _LEAST
    return at


_LEAST = timedelta(milliseconds=1)


def reached(events: Sequence[Event], moment: Moment) -> int:
    """The number of the last event at a moment. Raises NoSuchMoment."""
    if isinstance(moment, datetime):
        seq = sum(1 for event in events if event.at <= moment)
        asked = instant_text(moment)
    else:
        seq, asked = moment, str(moment)
    if not 1 <= seq <= len(events):
        raise NoSuchMoment(asked, events[0], events[-1])
    return seq


def state_at(number: CaseNo, events: Sequence[Event], moment: Moment) -> Snapshot:
    """The case as it stood then. Raises NoSuchMoment."""
    past = events[: reached(events, moment)]
    return Snapshot(number, past[-1], evolve(past), _duties(past))


def diff(number: CaseNo, events: Sequence[Event], one: Moment, other: Moment) -> tuple[Change, ...]:
    """What changed from the earlier of two moments to the later. Raises NoSuchMoment."""
    first, last = sorted((reached(events, one), reached(events, other)))
    before, after = state_at(number, events, first), state_at(number, events, last)
    return (
        *_features_changed(before.case, after.case),
        *_duties_changed(before.duties, after.duties),
        *_parts_changed(before.case, after.case),
    )


# -- duties ---------------------------------------------------------------------------------------------


def _duties(events: Sequence[Event]) -> dict[int, DutyThen]:
    found: dict[int, DutyThen] = {}
    for event in events:
        fact = event.fact
        match fact:
            case DutyOpened(duty=duty):
                found[duty.number] = DutyThen(
                    duty, event.seq, duty.internal_due, duty.legal_due, duty.provisional
                )
            case DutyFulfilled() | DutyRelieved() | WindowClosed():
                _settle(found[fact.duty], fact, event.at)
            case DutyHandedOver(duty=number, to=unit):
                duty = found[number].duty
                found[number].duty = replace(duty, owner=replace(duty.owner, unit=unit))
            case DutyBreached() | DutyMoved() | DutyPaused() | DutyMarked():
                _touch(found[fact.duty], fact, event.at)
    return found


def _settle(duty: DutyThen, fact: DutyFulfilled | DutyRelieved | WindowClosed, at: datetime) -> None:
    duty.settled_at = at
    match fact:
        case DutyFulfilled():
            duty.status = DutyStatus.FULFILLED
        case DutyRelieved(why=why):
            duty.status, duty.why = DutyStatus.RELIEVED, why
        case WindowClosed():
            duty.status = DutyStatus.CLOSED


def _touch(duty: DutyThen, fact: DutyBreached | DutyMoved | DutyPaused | DutyMarked, at: datetime) -> None:
    match fact:
        case DutyBreached():
            duty.breached_at = at
        case DutyPaused():
            duty.paused = True
        case DutyMarked(mark=mark):
            duty.marks.append(mark.value)
        case DutyMoved():
            duty.internal_due, duty.legal_due = fact.internal_due, fact.legal_due
            duty.provisional, duty.paused = fact.provisional, False
            duty.extended_days += fact.extended_days


def _duties_changed(before: Mapping[int, DutyThen], after: Mapping[int, DutyThen]) -> Iterator[Change]:
    for number, duty in after.items():
        then = before.get(number)
        if then is None:
            yield Change(ChangeCode.DUTY_OPENED, str(number), None, duty.json())
            then = DutyThen(
                duty.duty, duty.opened_seq, duty.duty.internal_due, duty.duty.legal_due, duty.duty.provisional
            )
        yield from _duty_changed(str(number), then, duty)


def _duty_changed(about: str, then: DutyThen, now: DutyThen) -> Iterator[Change]:
    if then.legal_due != now.legal_due or then.internal_due != now.internal_due:
        dates = ([_text(each.internal_due), _text(each.legal_due)] for each in (then, now))
        yield Change(ChangeCode.DUTY_MOVED, about, *dates)
    if then.paused != now.paused:
        yield Change(
            ChangeCode.DUTY_PAUSED if now.paused else ChangeCode.DUTY_RESUMED, about, then.paused, now.paused
        )
    if then.marks != now.marks:
        yield Change(ChangeCode.DUTY_MARKED, about, list(then.marks), list(now.marks))
    if then.breached_at != now.breached_at:
        yield Change(ChangeCode.DUTY_BREACHED, about, None, _text(now.breached_at))
    if then.status is not now.status:
        yield Change(ChangeCode.DUTY_SETTLED, about, then.status.value, now.status.value)


# -- the case and its parts ---------------------------------------------------------------------------


def _features_changed(before: Case, after: Case) -> Iterator[Change]:
    for name, read in _FEATURES.items():
        was, is_now = read(before), read(after)
        if was != is_now:
            yield Change(ChangeCode.FEATURE, name, was, is_now)


def _parts_changed(before: Case, after: Case) -> Iterator[Change]:
    for number, part in after.parts.items():
        then = before.parts.get(number)
        if then is None:
            yield Change(ChangeCode.PART_OPENED, number, None, _part(part))
        elif (was := _part(then)) != (is_now := _part(part)):
            yield Change(ChangeCode.PART_CHANGED, number, was, is_now)


def _part(part: Part) -> dict[str, Any]:
    return {
        "number": part.number, "kind": part.kind.value, "link": part.link.value, "unit": part.unit,
        "share": part.share.value if part.share else None, "mandatory": part.mandatory,
        "waived": part.waived, "outcome": part.outcome.value if part.outcome else None,
    }  # fmt: skip


def _text(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)


def _act(act: Any) -> dict[str, Any] | None:
    return None if act is None else {"act": act.code, **dump(act)}


_FEATURES: Mapping[str, Callable[[Case], Any]] = {
    "stage": lambda case: case.stage.value,
    "level": lambda case: case.level,
    "lead": lambda case: case.lead,
    "checker": lambda case: case.checker,
    "outcome": lambda case: case.outcome.value if case.outcome else None,
    "closed_at": lambda case: _text(case.closed_at),
    "calendar": lambda case: case.calendar,
    "parties": lambda case: list(case.parties),
    "units": lambda case: sorted(case.units),
    "notes": lambda case: sorted(note.value for note in case.notes),
    "noticed": lambda case: sorted(case.noticed),
    "consented": lambda case: sorted(case.consented),
    "signed": lambda case: sorted(case.signed),
    "chosen": lambda case: dict(sorted(case.chosen.items())),
    "agreement": lambda case: _act(case.agreement),
    "sorting": lambda case: _act(case.sorting),
    "hearing": lambda case: case.hearing,
    "recused": lambda case: sorted(case.recused),
    "objected": lambda case: sorted(case.objected),
    "returns": lambda case: case.returns,
    "calls": lambda case: case.calls,
    "send_backs": lambda case: case.send_backs,
    "extensions": lambda case: case.extensions,
}
"""Name of a feature of a case → how it reads as JSON values, in the order in which people ask."""
