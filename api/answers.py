"""What the door answers with: models whose codes carry their words in the caller's language."""

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """Immutable; instants are in China Standard Time."""

    model_config = ConfigDict(frozen=True)


class Coded(Answer):
    """A code of the field, and its words."""

    code: str
    text: str


class UnitRef(Answer):
    """An organisation: its path in the tree and its name."""

    path: str
    name: str


class DutyLine(Answer):
    """Who must do what by when under which rule; `number` counts within the case."""

    number: int
    kind: Coded
    nature: Coded
    about: str = Field(description="同类职责之别（哪个部门、哪个分单） / What tells duties of a kind apart.")
    unit: UnitRef | None = None
    roles: tuple[Coded, ...] = ()
    party: str | None = None
    rule: str = Field(description="时限的键 / Key of the limit in the rulebook.")
    source: str = Field(description="时限出处 / Source of the limit.")
    tag: Coded | None = Field(
        default=None, description="出处可信程度 / How far the figure can be vouched for."
    )
    counted_from: datetime
    internal_due: datetime
    legal_due: datetime
    provisional: bool = False


class DutyView(DutyLine):
    """A duty as it stands now. Red means overdue; `seconds_left` is negative then."""

    status: str = Field(description="open, fulfilled, relieved, closed")
    colour: Coded | None = None
    seconds_left: int | None = None
    breached_at: datetime | None = None
    settled_at: datetime | None = None
    why: Coded | None = None
    paused: bool = False
    extended_days: int = 0


class EventLine(Answer):
    """One event on the ledger, as it was hashed; commitments stand for words."""

    seq: int
    at: str
    kind: str
    cause: int | None
    rule: str
    data: dict[str, Any]


class Receipt(Answer):
    """The act is on the ledger: what it led to, who owes what from now on, and when the next date is."""

    number: str
    first: int = Field(description="首条事件 / The first event it led to.")
    last: int = Field(description="末条事件 / The last event it led to.")
    at: datetime
    events: tuple[EventLine, ...]
    duties: tuple[DutyLine, ...]
    next_due: datetime | None = None


class FieldView(Answer):
    """One place of a form."""

    name: str
    label: str
    kind: str = Field(
        description="text, unit, party, case, account, matter, calendar, choice, integer, number, flag, "
        "date, instant, group"
    )
    required: bool
    many: bool = False
    choices: tuple[Coded, ...] = ()
    least: float | None = None
    most: float | None = None
    fields: tuple["FieldView", ...] = ()


class PossibleAct(Answer):
    """An act the caller may do now, the duty it answers, where to send it, and what it asks."""

    act: str
    text: str
    duty: int | None = None
    method: str = "POST"
    href: str
    fields: tuple[FieldView, ...] = ()


class PartyView(Answer):
    """A party: the pseudonym, and what the caller may know of the person."""

    id: str
    name: str | None = None
    phone: str | None = None
    address: str | None = None


class LinkView(Answer):
    """Another case that belongs with this one."""

    number: str
    kind: Coded | None = None
    link: Coded
    unit: UnitRef | None = None
    share: Coded | None = None
    mandatory: bool = False
    waived: bool = False
    outcome: Coded | None = None


class ParentView(Answer):
    """The case that opened this one."""

    number: str
    link: Coded


class EditionRef(Answer):
    """An edition pinned by its digest."""

    digest: str
    edition: str
    title: str


class CaseLine(Answer):
    """A case in a list."""

    number: str
    kind: Coded
    stage: Coded
    title: str | None = Field(description="正文已删除时为空 / null once erased.")
    matter: Coded
    community: UnitRef
    unit: UnitRef | None = None
    opened_at: datetime
    closed_at: datetime | None = None
    outcome: Coded | None = None
    next_due: datetime | None = None
    breaches: int = 0
    drill: bool = False


class CaseView(CaseLine):
    """A case as it stands, with what the caller may do."""

    text: str | None
    level: Coded | None = None
    service: Coded | None = None
    town: UnitRef
    lead: UnitRef | None = None
    rulebook: EditionRef
    calendar: EditionRef
    seq: int = Field(description="末条事件 / Number of the last event.")
    stuck: bool = Field(default=False, description="因程序故障暂停 / Halted by a fault.")
    parties: tuple[PartyView, ...] = ()
    duties: tuple[DutyView, ...] = ()
    possible_acts: tuple[PossibleAct, ...] = ()
    parts: tuple[LinkView, ...] = ()
    parent: ParentView | None = None


class WorkItem(Answer):
    """An open duty of the caller's office, with the case it belongs to."""

    case: str
    kind: Coded
    title: str | None
    matter: Coded
    community: UnitRef
    duty: DutyView


class ActorView(Answer):
    """Who did it, in which office, for whom."""

    account: str
    name: str | None = None
    role: Coded
    unit: UnitRef | None = None
    on_behalf_of: str | None = None


class TimelineEvent(EventLine):
    """An event with a sentence, who acted, and the words behind its commitments (null once erased)."""

    text: str
    actor: ActorView | None = None
    words: dict[str, str | None] = Field(default_factory=dict)


class Timeline(Answer):
    """The whole course of a case, the first event first."""

    number: str
    events: tuple[TimelineEvent, ...]


class Bilingual(Answer):
    """One text in both languages."""

    zh: str
    en: str


class ExplanationLine(Answer):
    """One line of the sum behind a due date."""

    code: str
    text: Bilingual
    day: str | None = None
    until: str | None = None
    at: datetime | None = None
    detail: dict[str, Any] = Field(default_factory=dict)


class Explanation(Answer):
    """Why a duty falls due when it does; the last line is the result."""

    number: str
    duty: int
    kind: Coded
    rule: str
    source: str
    tag: Coded | None
    internal_due: datetime
    legal_due: datetime
    provisional: bool
    lines: tuple[ExplanationLine, ...]


class Rate(Answer):
    """A rate, never without what it covers; both are null where there is nothing to divide by."""

    rate: float | None
    numerator: float
    denominator: int
    coverage: float | None = Field(description="分母占应计总数之比 / Denominator as a share of `of`.")
    of: int = Field(description="应计总数 / All that ought to be counted.")


class OnTime(Answer):
    """On-time duties of one unit, matter or community."""

    code: str
    name: str
    on_time: Rate


class Statistics(Answer):
    """Counts over cases opened in a period and what was owed in them."""

    since: datetime | None
    until: datetime | None
    drill: bool
    cases: int
    closed: int
    breaches: int
    hidden: int | None = Field(description="保密案件，不计入别处 / Confidential, in no other number.")
    response: Rate
    resolution: Rate
    satisfaction: Rate
    on_time: Rate
    by_unit: tuple[OnTime, ...]
    by_matter: tuple[OnTime, ...]
    by_community: tuple[OnTime, ...]
    basis: Bilingual


class MatterView(Answer):
    """An entry of the catalogue."""

    code: str
    parent: str | None
    name: str
    route: Coded | None = None
    service: Coded | None = None
    lead: str | None = None
    urgent: bool = False
    paper_only: bool = False


class OrganisationView(Answer):
    """A body of the tree."""

    path: str
    kind: Coded
    name: str
    aliases: tuple[str, ...] = ()
    successor: str | None = None


class LimitView(Answer):
    """A limit of an edition, with its source."""

    key: str
    n: float
    unit: Coded
    starts_at: Coded
    roll: Coded
    pausable_by: tuple[str, ...]
    source: str
    tag: Coded
    soft: bool
    note: str


class LevelView(Answer):
    """A rung of the response to a dispute."""

    code: str
    title: str
    limit: str


class RulebookView(Answer):
    """An edition of the rules."""

    edition: str
    digest: str
    title: str
    released: str
    extends: str | None
    levels: tuple[LevelView, ...]
    limits: tuple[LimitView, ...]


class Me(Answer):
    """The account behind the token."""

    account: str
    name: str
    role: Coded
    unit: UnitRef | None
    may_open: tuple[Coded, ...]


class Health(Answer):
    """Whether the parts behind the door answer."""

    status: str
    postgres: bool | None = None
    temporal: bool | None = None


T = TypeVar("T")


class Page(Answer, Generic[T]):
    """Some items, and the cursor of the page after; none on the last page."""

    items: tuple[T, ...]
    next: str | None = None


class FieldErrorView(Answer):
    """One mistake in a request."""

    field: str
    code: str
    message: str


class ProblemView(Answer):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    about: tuple[str, ...] = ()
    errors: tuple[FieldErrorView, ...] = ()
    possible: tuple[PossibleAct, ...] | None = None
