"""What came of a rehearsal: counts over its events, as figures, as a table, as one JSON object."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rich.table import Table

from domain.duties import DutyKind, Nature
from domain.events import (
    Acted,
    CaseClosed,
    CaseOpened,
    DutyBreached,
    DutyFulfilled,
    DutyOpened,
    DutyRelieved,
    Escalated,
    Event,
    Fact,
)
from domain.vocabulary import CaseKind, CaseNo, Outcome

WORK = frozenset({DutyKind.ORDER_HANDLE, DutyKind.PETITION_HANDLE, DutyKind.WHISTLE_HANDLE})
"""The duties in which the work itself is done; their rate of timeliness is the one people quote."""


@dataclass(slots=True)
class Rate:
    """How many of those that were settled were in time."""

    in_time: int = 0
    late: int = 0

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where there were none."""
        settled = self.in_time + self.late
        return self.in_time / settled if settled else None


@dataclass(slots=True)
class Tally:
    """Counts that grow with every event of every case; what it needs is in the events alone."""

    opened: Counter[CaseKind] = field(default_factory=Counter)
    closed: Counter[tuple[CaseKind, Outcome]] = field(default_factory=Counter)
    kinds: dict[CaseNo, CaseKind] = field(default_factory=dict)
    open: set[CaseNo] = field(default_factory=set)
    breached: set[CaseNo] = field(default_factory=set)
    breaches: Counter[DutyKind] = field(default_factory=Counter)
    escalations: int = 0
    events: int = 0
    acts: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    duties: Rate = field(default_factory=Rate)
    work: Rate = field(default_factory=Rate)
    reached: datetime | None = None
    _owed: dict[tuple[CaseNo, int], DutyKind] = field(default_factory=dict)

    def note(self, number: CaseNo, event: Event) -> None:
        """Count one event."""
        self.events += 1
        if self.reached is None or event.at > self.reached:
            self.reached = event.at
        count = _COUNT.get(type(event.fact))
        if count is not None:
            count(self, number, event.fact)

    def _open(self, number: CaseNo, fact: CaseOpened) -> None:
        self.opened[fact.kind] += 1
        self.kinds[number] = fact.kind
        self.open.add(number)

    def _close(self, number: CaseNo, fact: CaseClosed) -> None:
        self.closed[self.kinds[number], fact.outcome] += 1
        self.open.discard(number)

    def _act(self, number: CaseNo, fact: Acted) -> None:
        self.acts += 1

    def _escalate(self, number: CaseNo, fact: Escalated) -> None:
        self.escalations += 1

    def _owe(self, number: CaseNo, fact: DutyOpened) -> None:
        if fact.duty.nature is Nature.OBLIGATION:
            self._owed[number, fact.duty.number] = fact.duty.kind

    def _breach(self, number: CaseNo, fact: DutyBreached) -> None:
        kind = self._owed.pop((number, fact.duty))
        self.breached.add(number)
        self.breaches[kind] += 1
        self.duties.late += 1
        self.work.late += kind in WORK

    def _fulfil(self, number: CaseNo, fact: DutyFulfilled) -> None:
        kind = self._owed.pop((number, fact.duty), None)
        if kind is not None:
            self.duties.in_time += 1
            self.work.in_time += kind in WORK

    def _relieve(self, number: CaseNo, fact: DutyRelieved) -> None:
        self._owed.pop((number, fact.duty), None)

    @property
    def cases(self) -> int:
        """Cases of every kind, parts among them."""
        return self.opened.total()


_COUNT: Mapping[type[Fact], Callable[[Tally, CaseNo, Any], None]] = {
    CaseOpened: Tally._open,
    CaseClosed: Tally._close,
    Acted: Tally._act,
    Escalated: Tally._escalate,
    DutyOpened: Tally._owe,
    DutyBreached: Tally._breach,
    DutyFulfilled: Tally._fulfil,
    DutyRelieved: Tally._relieve,
}


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of a rehearsal.

    `brought` counts the cases somebody brought, not their parts, and `breached` those of them in which a duty
    was breached. `seconds` are real ones. `agreements` and `disagreements` compare the engine's breaches
    with a record's own labels; `more` holds what only one kind of rehearsal knows.
    """

    tally: Tally
    brought: int
    rejected: int
    breached: int
    seconds: float
    agreements: int = 0
    disagreements: int = 0
    chains_verified: int | None = None
    unlawful: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """One JSON object; rates are None where nothing was settled."""
        tally = self.tally
        outcomes: dict[str, dict[str, int]] = {}
        for (kind, outcome), count in sorted(tally.closed.items()):
            outcomes.setdefault(kind.value, {})[outcome.value] = count
        return {
            "cases": self.brought,
            "rejected": self.rejected,
            "breached": self.breached,
            "agreements": self.agreements,
            "disagreements": self.disagreements,
            "seconds": round(self.seconds, 3),
            "played": tally.cases,
            "opened": {kind.value: count for kind, count in sorted(tally.opened.items())},
            "closed": tally.closed.total(),
            "open": len(tally.open),
            "outcomes": outcomes,
            "on_time_rate": _rounded(tally.work.share),
            "duties_on_time_rate": _rounded(tally.duties.share),
            "breaches": tally.breaches.total(),
            "escalations": tally.escalations,
            "events": tally.events,
            "acts": tally.acts,
            "acts_per_second": round(tally.acts / self.seconds, 1) if self.seconds else None,
            "refused": dict(sorted(tally.refused.items())),
            "chains_verified": self.chains_verified,
            "unlawful": list(self.unlawful),
            **self.more,
        }

    def table(self) -> Table:
        """Cases by kind and outcome, then the figures."""
        table = Table(title="演练小结 · Summary", title_justify="left")
        table.add_column("类别 Kind")
        table.add_column("结果 Outcome")
        table.add_column("件数 Cases", justify="right")
        for kind, outcome, count in self._rows():
            table.add_row(kind, outcome, f"{count:,}")
        table.add_section()
        for name, value in self._figures():
            table.add_row(name, "", value)
        return table

    def _rows(self) -> Iterator[tuple[str, str, int]]:
        tally = self.tally
        open_by_kind = Counter(tally.kinds[number] for number in tally.open)
        for kind in CaseKind:
            found = {o: n for (k, o), n in tally.closed.items() if k is kind}
            for outcome, count in sorted(found.items(), key=lambda each: -each[1]):
                yield KIND_NAMES[kind], outcome.value, count
            if open_by_kind[kind]:
                yield KIND_NAMES[kind], "在办 open", open_by_kind[kind]

    def _figures(self) -> Iterator[tuple[str, str]]:
        tally = self.tally
        yield "按期办结率 Work on time", _percent(tally.work.share)
        yield "按期履责率 Duties on time", _percent(tally.duties.share)
        yield "超期 Breaches", f"{tally.breaches.total():,}"
        yield "提级 Escalations", f"{tally.escalations:,}"
        yield "事件 Events", f"{tally.events:,}"
        yield "动作 Acts", f"{tally.acts:,}"
        yield "每秒动作 Acts a second", f"{tally.acts / self.seconds:,.1f}" if self.seconds else "—"
        if self.agreements or self.disagreements:
            yield "与原记录一致 Agreements", f"{self.agreements:,}"
            yield "与原记录不符 Disagreements", f"{self.disagreements:,}"
        for name, key in _APART:
            if key in self.more:
                yield name, f"{self.more[key]:,}"
        if self.rejected:
            yield "未采用的行 Rejected rows", f"{self.rejected:,}"
        if self.chains_verified is not None:
            yield "已验证的账链 Chains verified", f"{self.chains_verified:,}"
        yield "用时 Seconds", f"{self.seconds:,.1f}"


_APART = (
    ("无期限的行 Without a target", "without_target"),
    ("未办结的行 Unclosed", "unclosed"),
    ("已封存 Sealed", "sealed"),
)
KIND_NAMES: Mapping[CaseKind, str] = {
    CaseKind.ORDER: "点单 Order",
    CaseKind.PETITION: "信访 Petition",
    CaseKind.MEDIATION: "调解 Mediation",
    CaseKind.WHISTLE: "吹哨 Whistle",
}


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.1%}"
