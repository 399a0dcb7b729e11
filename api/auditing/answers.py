"""What the auditor's part of the door answers with; codes carry their words, commitments stay commitments."""

from datetime import datetime
from typing import Any

from pydantic import Field

from api.answers import Answer, Coded, EventLine, ExplanationLine, LinkView, UnitRef


class FeatureView(Answer):
    """One feature of a case as it stood: its value as on the ledger, and how it reads."""

    name: Coded
    value: Any = None
    text: str


class DutyThenView(Answer):
    """A duty as its events up to the moment left it."""

    number: int
    kind: Coded
    about: str
    unit: UnitRef | None = None
    party: str | None = None
    rule: str
    internal_due: datetime
    legal_due: datetime
    provisional: bool
    status: Coded
    opened_seq: int
    breached_at: datetime | None = None
    settled_at: datetime | None = None
    why: Coded | None = None
    paused: bool
    extended_days: int


class StateView(Answer):
    """A case as it stood after one of its events; `last` is how many events it has today."""

    number: str
    seq: int
    last: int
    at: datetime
    kind: Coded
    features: tuple[FeatureView, ...]
    duties: tuple[DutyThenView, ...]
    parts: tuple[LinkView, ...]


class ChangeView(Answer):
    """One difference; `about` is a feature, the number of a duty, or a case."""

    code: Coded
    about: str
    label: str
    before: Any = None
    after: Any = None


class DiffView(Answer):
    """What changed from one event to a later one."""

    number: str
    first: int
    last: int
    changes: tuple[ChangeView, ...]


class CitedView(Answer):
    """The rule of an event: a limit or figure with its source, or an article."""

    rule: str
    source: str
    tag: Coded | None = None
    n: float | None = None
    unit: Coded | None = None
    starts_at: Coded | None = None


class SumView(Answer):
    """The dates of a duty at that moment, line by line; the last line is the result."""

    duty: int
    kind: Coded
    internal_due: datetime
    legal_due: datetime
    provisional: bool
    lines: tuple[ExplanationLine, ...]


class ReasonView(Answer):
    """A commitment to words in which somebody said why, and the words (null where they were erased)."""

    field: Coded
    commitment: str
    words: str | None = None


class ExplainedView(Answer):
    """Why one event stands on the record."""

    event: EventLine
    text: str
    causes: tuple[EventLine, ...]
    effects: tuple[int, ...]
    cited: CitedView | None = None
    sums: tuple[SumView, ...]
    refuses: bool
    reasons: tuple[ReasonView, ...]
    escalated_why: Coded | None = None


class RefusedView(Answer):
    """An act that was refused and never reached the ledger, as the access log has it."""

    at: datetime
    account: str | None
    act: Coded
    code: Coded
    about: tuple[str, ...] = ()


class ExplanationsView(Answer):
    """Events explained, and acts that were refused."""

    number: str
    events: tuple[ExplainedView, ...]
    refused: tuple[RefusedView, ...]


class FindingView(Answer):
    """One thing that is wrong; `seq` is the first event that differs."""

    code: Coded
    seq: int | None = None
    expected: Any = None
    found: Any = None
    about: str = ""


class UnlookedView(Answer):
    """What could not be looked at, and why; it is no finding."""

    why: Coded
    about: str = ""


class AnswerView(Answer):
    """One of the five answers."""

    answer: Coded
    clean: bool
    findings: tuple[FindingView, ...]
    unlooked: tuple[UnlookedView, ...]


class VerificationView(Answer):
    """The five answers for one case, as of now."""

    number: str
    events: int
    history_events: int
    clean: bool
    answers: tuple[AnswerView, ...]


class StudyRow(Answer):
    """Duties of one kind, unit or matter; rates are of duties that were met or breached."""

    code: str
    text: str
    owed: int
    owed_after: int
    on_time_before: float | None
    on_time_after: float | None
    now_breached: int
    now_met: int
    appeared: int
    vanished: int
    otherwise: int


class WhatIfView(Answer):
    """Closed cases under another edition. `spared` need no second run, `cannot_run` has no place in it."""

    rulebook: str
    cases: int
    changed: int
    spared: int
    cannot_run: int
    refused: dict[str, int] = Field(
        description="该版本不接受的行为 / Acts the edition refuses, as act: reason."
    )
    by_duty: tuple[StudyRow, ...]
    by_unit: tuple[StudyRow, ...]
    by_matter: tuple[StudyRow, ...]


class CheckpointView(Answer):
    """A signed tree head; `note` is what auditors keep outside."""

    size: int
    at: datetime
    root: str = Field(description="十六进制 / Hex.")
    chains: int
    chains_root: str
    note: str


class AccessView(Answer):
    """An entry of the access log, with its place in the chain."""

    seq: int
    at: datetime
    kind: Coded
    account: str | None = None
    case: str | None = None
    data: dict[str, Any]
    hash: str
