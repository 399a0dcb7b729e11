"""A case as its stored events tell it: a fold that knows no procedure, and the questions checks ask of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from audit.findings import Answer, Finding
from audit.lawfulness.codes import LawCode
from audit.lawfulness.editions import Rules
from audit.lawfulness.shapes import instant
from audit.lawfulness.sums import Days

LAPSES = ("duty_breached", "window_closed")
ENDINGS = ("duty_fulfilled", "duty_relieved", "window_closed")
ROOTS = ("case_opened", "acted", *LAPSES, "duty_marked")
"""Events that follow from nothing on the record: what people do, and what time does."""


class Line(NamedTuple):
    """One event as it stands on the ledger; a tuple, because there are so many of them."""

    seq: int
    at: datetime
    kind: str
    cause: int | None
    rule: str
    data: Mapping[str, Any]

    @property
    def act(self) -> str:
        """Code of the act, empty for any other event."""
        return str(self.data["act"]) if self.kind == "acted" else ""

    @property
    def fields(self) -> Mapping[str, Any]:
        """What the act says."""
        return self.data["fields"]  # type: ignore[no-any-return]

    @property
    def actor(self) -> Mapping[str, Any]:
        """Who acted."""
        return self.data["actor"]  # type: ignore[no-any-return]

    @property
    def party(self) -> str | None:
        """The party the actor is, or writes down for."""
        actor = self.actor
        return actor["account"] if actor["role"] == "resident" else actor.get("on_behalf_of")


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a duty from one event on."""

    since: Line
    internal: datetime
    legal: datetime
    provisional: bool


@dataclass(slots=True)
class Duty:
    """A duty with everything that befell it, in order."""

    kind: str
    opened: Line
    dates: list[Dates]
    stops: list[Line] = field(default_factory=list)
    moves: list[Line] = field(default_factory=list)
    marks: list[Line] = field(default_factory=list)
    handed: list[Line] = field(default_factory=list)
    breached: Line | None = None
    ended: Line | None = None

    @property
    def terms(self) -> Mapping[str, Any]:
        """What the record says of it."""
        return self.opened.data["duty"]  # type: ignore[no-any-return]

    @property
    def name(self) -> str:
        """Its number and kind, for a finding."""
        return f"{self.terms['number']} {self.kind}"

    @property
    def is_window(self) -> bool:
        """Whether it is a right that may go unused."""
        return self.terms.get("nature") == "window"

    @property
    def unit(self) -> str | None:
        """The unit that owed it first."""
        return self.terms["owner"].get("unit")  # type: ignore[no-any-return]

    def unit_at(self, seq: int) -> str | None:
        """The unit that owed it just before an event: the first, or the last it was handed over to."""
        handed = [line.data["to"] for line in self.handed if line.seq < seq]
        return handed[-1] if handed else self.unit

    def is_owed_by(self, actor: Mapping[str, Any], party: str | None, seq: int) -> bool:
        """Whether somebody is its owner just before an event, or writes down what the owner says."""
        owner = self.terms["owner"]
        if owner.get("party") is not None:
            return bool(party == owner["party"])
        return bool(actor.get("unit") == self.unit_at(seq) and actor["role"] in owner.get("roles", ()))

    def was_open(self, seq: int) -> bool:
        """Whether it was open just before an event."""
        return self.opened.seq < seq and (self.ended is None or self.ended.seq >= seq)

    def was_breached(self, seq: int) -> bool:
        """Whether it was overdue just before an event."""
        return self.breached is not None and self.breached.seq < seq

    def dates_at(self, seq: int) -> Dates:
        """Its dates just before an event."""
        return next((d for d in reversed(self.dates) if d.since.seq < seq), self.dates[0])


@dataclass(slots=True)
class Story:
    """One case. `strays` are events about duties that were not open then."""

    case_no: str
    lines: list[Line]
    rules: Rules | None
    calendars: Mapping[str, Days]
    of: Mapping[str, list[Line]]
    steps: Mapping[int, list[Line]]
    by_act: dict[str, list[Line]] = field(default_factory=dict)
    by_note: dict[str, list[Line]] = field(default_factory=dict)
    duties: dict[int, Duty] = field(default_factory=dict)
    strays: list[Line] = field(default_factory=list)
    twice: list[Line] = field(default_factory=list)

    @property
    def opened(self) -> Line:
        """The first event."""
        return self.lines[0]

    @property
    def opening(self) -> Mapping[str, Any]:
        """What the case was opened with."""
        return self.opened.data["opening"]  # type: ignore[no-any-return]

    @property
    def kind(self) -> str:
        """Which procedure it is."""
        return str(self.opened.data["kind"])

    @property
    def offices(self) -> Mapping[str, Any]:
        """The bodies that answer for the place."""
        return self.opening["offices"]  # type: ignore[no-any-return]

    @property
    def seats(self) -> Sequence[str]:
        """The mediation bodies from the lowest level to the highest."""
        return self.offices.get("seats", ())  # type: ignore[no-any-return]

    @property
    def parent(self) -> Mapping[str, Any]:
        """The terms of the case that opened this one; empty without one."""
        return self.opening.get("parent") or {}

    @property
    def parties(self) -> frozenset[str]:
        """Whose matter it is."""
        opening = self.opening
        alone = (opening.get(name) for name in ("applicant", "petitioner"))
        several = (*opening.get("applicants", ()), *opening.get("respondents", ()))
        return frozenset((*(each for each in alone if each), *several))

    @property
    def closed(self) -> Line | None:
        """The end of the case."""
        return next(iter(self.of.get("case_closed", ())), None)

    def acts(self, *codes: str) -> list[Line]:
        """Acts of these codes, in order."""
        return self._among(self.by_act, codes)

    def notes(self, *codes: str) -> list[Line]:
        """Notes of these codes, in order."""
        return self._among(self.by_note, codes)

    def owed(self, *kinds: str) -> Iterator[Duty]:
        """Duties of these kinds."""
        return (duty for duty in self.duties.values() if duty.kind in kinds)

    def step(self, root: Line) -> Sequence[Line]:
        """What followed from an event."""
        return self.steps.get(root.seq, ())

    def root(self, line: Line) -> Line | None:
        """The event it followed from, where that is on the record."""
        return self.lines[line.cause - 1] if line.cause and line.cause <= len(self.lines) else None

    def lead_before(self, seq: int) -> str | None:
        """The unit last named as the lead before an event."""
        named = [line.data.get("unit") for line in self.notes("lead_named") if line.seq < seq]
        return self.standing(named[-1], seq) if named and named[-1] is not None else None

    def standing(self, unit: str, seq: int) -> str:
        """The unit that answers for this one just before an event: itself, or the last of its successors."""
        for act in self.acts("succeed"):
            if act.seq < seq and act.fields["abolished"] == unit:
                unit = act.fields["successor"]
        return unit

    def calendar_at(self, seq: int) -> Days | None:
        """The calendar the case held just before an event; None where it is not at hand."""
        adopted = [act.fields["calendar"] for act in self.acts("adopt_calendar") if act.seq < seq]
        return self.calendars.get(adopted[-1] if adopted else self.opened.data["calendar"])

    def finding(
        self, code: LawCode, line: Line | None, expected: object = None, found: object = None, about: str = ""
    ) -> Finding:
        """A finding against this case, at an event of it."""
        seq = line.seq if line is not None else None
        return Finding(
            self.case_no, Answer.LAWFUL, code, seq, _plain(expected), _plain(found), about
        )  # fmt: skip

    def _among(self, index: Mapping[str, list[Line]], codes: Sequence[str]) -> list[Line]:
        if len(codes) == 1:
            return index.get(codes[0], [])
        return sorted((line for code in codes for line in index.get(code, ())), key=lambda line: line.seq)


def read(
    case_no: str, events: Iterable[Mapping[str, Any]], rules: Rules | None, calendars: Mapping[str, Days]
) -> Story:
    """The story of readable events; of those that make no sense `strays` and `twice` tell."""
    lines = [Line(e["seq"], instant(e["at"]), e["kind"], e["cause"], e["rule"], e["data"]) for e in events]
    of, steps = defaultdict[str, list[Line]](list), defaultdict[int, list[Line]](list)
    story = Story(case_no, lines, rules, calendars, of, steps)
    for line in lines:
        of[line.kind].append(line)
        if line.cause is not None:
            steps[line.cause].append(line)
        _take(story, line)
    return story


def within(unit: str | None, body: str | None) -> bool:
    """Whether a unit is a body or stands anywhere below it."""
    return unit is not None and body is not None and (unit == body or unit.startswith(f"{body}/"))


def _take(story: Story, line: Line) -> None:
    match line.kind:
        case "acted":
            story.by_act.setdefault(line.data["act"], []).append(line)
        case "noted":
            story.by_note.setdefault(line.data["note"], []).append(line)
        case "duty_opened":
            _open(story, line)
        case kind if kind.startswith(("duty_", "window_")):
            duty = story.duties.get(line.data["duty"])
            if duty is None or duty.ended is not None or not _befell(duty, line):
                story.strays.append(line)


def _open(story: Story, line: Line) -> None:
    terms = line.data["duty"]
    if terms["number"] in story.duties:
        story.twice.append(line)
        return
    story.duties[terms["number"]] = Duty(terms["kind"], line, [_dates(line, terms)])


def _dates(line: Line, said: Mapping[str, Any]) -> Dates:
    internal, legal = instant(said["internal_due"]), instant(said["legal_due"])
    return Dates(line, internal, legal, said.get("provisional", False))


def _befell(duty: Duty, line: Line) -> bool:
    """Take in what became of an open duty; whether it could."""
    match line.kind:
        case "duty_breached" if duty.breached is not None:
            return False
        case "duty_breached":
            duty.breached = line
        case "duty_moved":
            duty.dates.append(_dates(line, line.data))
            duty.moves.append(line)
        case "duty_paused":
            duty.stops.append(line)
        case "duty_marked":
            duty.marks.append(line)
        case "duty_handed_over":
            duty.handed.append(line)
        case _:
            duty.ended = line
    return True


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case set() | frozenset():
            return sorted(value, key=str)
        case tuple():
            return [_plain(each) for each in value]
        case _:
            return value
