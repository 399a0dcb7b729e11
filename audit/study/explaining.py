"""Why an event stands on the record: what led to it, the rule it cites, the dates it set, and what it refused."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from activities.access import Access
from activities.journal import Entry
from audit.study.sums import Line, Terms, lines_of, terms_of
from audit.study.travel import NoSuchMoment
from domain.acts import Act, mediation, order, petition, whistle
from domain.codec import event_json, instant_text
from domain.duties import DutyKind
from domain.events import (
    Acted,
    CaseOpened,
    DutyBreached,
    DutyFulfilled,
    DutyHandedOver,
    DutyMarked,
    DutyMoved,
    DutyOpened,
    DutyPaused,
    DutyRelieved,
    Escalated,
    Event,
    WindowClosed,
)
from domain.rulebook import Rulebook
from domain.shelf import Shelf
from domain.terms import Tag
from domain.vocabulary import CaseNo

REFUSING: frozenset[type[Act]] = frozenset(
    {
        order.Divert, order.Decline, order.Return, order.RefuseReturn, order.RefuseExtension, order.SendBack,
        mediation.RejectDispute, mediation.Refuse, petition.RefuseIntake, petition.RefuseHandlingExtension,
        petition.WaiveOrder, whistle.ObjectWhistle, whistle.ReturnProposal, whistle.SendBackWhistle,
        whistle.ReleaseTask,
    }
)  # fmt: skip
"""Acts by which somebody says no."""


@dataclass(frozen=True, slots=True)
class Cited:
    """The rule of an event: a limit or a figure of the pinned edition with its source, or the law itself.

    `tag` says how far the figure can be vouched for; None where the rule is an article.
    """

    rule: str
    source: str
    tag: Tag | None = None
    n: float | None = None
    unit: str = ""
    starts_at: str = ""

    def json(self) -> dict[str, Any]:
        """The rule as JSON values."""
        return {
            "rule": self.rule, "source": self.source, "tag": self.tag.value if self.tag else None,
            "n": self.n, "unit": self.unit, "starts_at": self.starts_at,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class DutySum:
    """The dates of a duty as the event left them, with the sum behind them."""

    number: int
    kind: DutyKind
    terms: Terms
    lines: tuple[Line, ...]

    def json(self) -> dict[str, Any]:
        """The sum as JSON values; instants as on the ledger."""
        dates = self.terms.dates
        return {
            "duty": self.number, "kind": self.kind.value, "rule": self.terms.duty.rule,
            "counted_from": instant_text(self.terms.duty.counted_from),
            "internal_due": instant_text(dates.internal), "legal_due": instant_text(dates.legal),
            "provisional": dates.provisional, "lines": [_line(each) for each in self.lines],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class RefusedAct:
    """An act the law did not allow, as the access log has it: it never reached the ledger."""

    at: datetime
    account: str | None
    act: str
    code: str
    about: tuple[str, ...] = ()

    def json(self) -> dict[str, Any]:
        """The refusal as JSON values."""
        return {
            "at": instant_text(self.at), "account": self.account, "act": self.act, "code": self.code,
            "about": list(self.about),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Explained:
    """One event explained.

    `causes` lead back from the event it followed from to where it began; `effects` are the events that followed
    from it. `refuses` says that somebody said no by it, `reasons` are commitments to the words, by field.
    `escalated_why` is the code of an escalation's reason.
    """

    event: Event
    causes: tuple[Event, ...]
    effects: tuple[int, ...]
    cited: Cited | None
    sums: tuple[DutySum, ...]
    refuses: bool
    reasons: Mapping[str, str]
    escalated_why: str = ""

    def json(self) -> dict[str, Any]:
        """The explanation as JSON values."""
        return {
            "event": event_json(self.event), "causes": [event_json(each) for each in self.causes],
            "effects": list(self.effects), "cited": self.cited.json() if self.cited else None,
            "sums": [each.json() for each in self.sums], "refuses": self.refuses,
            "reasons": dict(self.reasons), "escalated_why": self.escalated_why or None,
        }  # fmt: skip


def explain_event(number: CaseNo, events: Sequence[Event], seq: int, shelf: Shelf) -> Explained:
    """Why event `seq` stands on the record of a case. Raises NoSuchMoment, UnknownEdition."""
    if not 1 <= seq <= len(events):
        raise NoSuchMoment(f"{number}#{seq}", events[0], events[-1])
    opened = events[0].fact
    assert isinstance(opened, CaseOpened)
    event, rules = events[seq - 1], shelf.rulebook(opened.rulebook)
    fact = event.fact
    act = fact.act if isinstance(fact, Acted) else None
    return Explained(
        event=event,
        causes=tuple(_causes(events, event)),
        effects=tuple(each.seq for each in events if each.cause == seq),
        cited=_cited(event, rules),
        sums=tuple(_sums(events[:seq], event, shelf, rules)),
        refuses=type(act) in REFUSING,
        reasons=_reasons(act) if act is not None else {},
        escalated_why=fact.why if isinstance(fact, Escalated) else "",
    )


def explain_case(number: CaseNo, events: Sequence[Event], shelf: Shelf) -> Iterator[Explained]:
    """Every event of a case explained. Raises UnknownEdition."""
    return (explain_event(number, events, event.seq, shelf) for event in events)


def refused_acts(entries: Sequence[Entry]) -> tuple[RefusedAct, ...]:
    """The refusals among entries of the access log."""
    return tuple(
        RefusedAct(
            each.at, each.data.get("account"), str(each.data.get("act", "")), str(each.data.get("code", "")),
            tuple(each.data.get("about", ())),
        )
        for each in entries
        if each.kind == Access.ACT_REFUSED
    )  # fmt: skip


def _causes(events: Sequence[Event], event: Event) -> Iterator[Event]:
    """An event's cause, that one's cause, and so on; a cause always comes before."""
    while event.cause is not None and event.cause < event.seq:
        event = events[event.cause - 1]
        yield event


def _cited(event: Event, rules: Rulebook) -> Cited | None:
    if not event.rule:
        return None
    limit = rules.limits.get(event.rule)
    if limit is not None:
        return Cited(event.rule, limit.source, limit.tag, limit.n, limit.unit.value, limit.starts_at)
    figure = rules.figures.get(event.rule)
    if figure is not None:
        return Cited(event.rule, figure.source, figure.tag, figure.n)
    return Cited(event.rule, event.rule)


def _sums(events: Sequence[Event], event: Event, shelf: Shelf, rules: Rulebook) -> Iterator[DutySum]:
    """The sum of the duty the event is about; of an act, that of the duty it answers."""
    number = _duty_of(event)
    terms = terms_of(events, number, shelf) if number is not None else None
    if number is not None and terms is not None:
        yield DutySum(number, terms.duty.kind, terms, tuple(lines_of(terms, rules)))


def _duty_of(event: Event) -> int | None:
    match event.fact:
        case DutyOpened(duty=duty):
            return duty.number
        case (
            DutyMoved(duty=number) | DutyPaused(duty=number) | DutyBreached(duty=number)
            | DutyFulfilled(duty=number) | DutyRelieved(duty=number) | DutyMarked(duty=number)
            | DutyHandedOver(duty=number) | WindowClosed(duty=number) | Acted(duty=number)
        ):  # fmt: skip
            return number
        case _:
            return None


_REASONS = ("reason", "record", "legal_basis", "facts")


def _reasons(act: Act) -> dict[str, str]:
    """Commitments to the words in which an act says why."""
    said = {name: getattr(act, name, None) for name in _REASONS}
    return {name: value for name, value in said.items() if isinstance(value, str) and value}


def _line(line: Line) -> dict[str, Any]:
    step = line.step
    return {
        "code": line.code.value, "at": instant_text(line.at) if line.at else None,
        "day": step.day.isoformat() if step else None,
        "until": step.until.isoformat() if step and step.until else None,
        "detail": dict(step.detail) if step else {},
    }  # fmt: skip
