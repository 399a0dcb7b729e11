"""What can be on the record of a case: facts, and the event that carries one."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.actors import Actor
from domain.acts.base import Act
from domain.duties import Duty, Mark
from domain.openings import Opening
from domain.vocabulary import CaseKind, CaseNo, Link, Note, Outcome, Share, Stage, Unit


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that became true."""

    code: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class CaseOpened(Fact):
    """A case began under one rulebook edition and one calendar edition, both pinned by digest."""

    code: ClassVar[str] = "case_opened"
    kind: CaseKind
    opening: Opening
    rulebook: str
    calendar: str
    actor: Actor
    act_id: str
    drill: bool = False


@dataclass(frozen=True, slots=True)
class Acted(Fact):
    """Somebody did something that the law allowed."""

    code: ClassVar[str] = "acted"
    act: Act
    actor: Actor
    act_id: str
    duty: int | None = None


@dataclass(frozen=True, slots=True)
class DutyOpened(Fact):
    """Somebody owes something from now on."""

    code: ClassVar[str] = "duty_opened"
    duty: Duty


@dataclass(frozen=True, slots=True)
class DutyFulfilled(Fact):
    """The duty was met; late if it had been breached."""

    code: ClassVar[str] = "duty_fulfilled"
    duty: int


@dataclass(frozen=True, slots=True)
class DutyBreached(Fact):
    """The legal due instant passed; recorded at that very instant. The duty stays open."""

    code: ClassVar[str] = "duty_breached"
    duty: int


@dataclass(frozen=True, slots=True)
class WindowClosed(Fact):
    """A right was not used in its time; nobody is blamed."""

    code: ClassVar[str] = "window_closed"
    duty: int


@dataclass(frozen=True, slots=True)
class DutyRelieved(Fact):
    """The duty no longer matters; `why` is a code."""

    code: ClassVar[str] = "duty_relieved"
    duty: int
    why: str


@dataclass(frozen=True, slots=True)
class DutyMoved(Fact):
    """The due dates changed by an extension of so many days, the end of a pause, or a new calendar."""

    code: ClassVar[str] = "duty_moved"
    duty: int
    internal_due: datetime
    legal_due: datetime
    provisional: bool
    why: str
    extended_days: int = 0


@dataclass(frozen=True, slots=True)
class DutyHandedOver(Fact):
    """The unit that answers for an abolished one owes the duty now; its dates stay as they are."""

    code: ClassVar[str] = "duty_handed_over"
    duty: int
    to: Unit


@dataclass(frozen=True, slots=True)
class DutyPaused(Fact):
    """The clock stands still, as the limit allows."""

    code: ClassVar[str] = "duty_paused"
    duty: int
    why: str


@dataclass(frozen=True, slots=True)
class DutyMarked(Fact):
    """A reminder, an urging or a bulletin about an open duty."""

    code: ClassVar[str] = "duty_marked"
    duty: int
    mark: Mark


@dataclass(frozen=True, slots=True)
class StageEntered(Fact):
    """The case stands at another place of its procedure."""

    code: ClassVar[str] = "stage_entered"
    stage: Stage
    level: str = ""
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class Escalated(Fact):
    """The matter rose to a higher hand; the event's rule says why it may."""

    code: ClassVar[str] = "escalated"
    to: Unit
    why: str


@dataclass(frozen=True, slots=True)
class CaseLinked(Fact):
    """This case opened another, or found its twin."""

    code: ClassVar[str] = "case_linked"
    number: CaseNo
    kind: CaseKind
    link: Link
    unit: Unit | None = None
    share: Share | None = None
    mandatory: bool = False


@dataclass(frozen=True, slots=True)
class Noted(Fact):
    """A fact without a form of its own."""

    code: ClassVar[str] = "noted"
    note: Note
    unit: Unit | None = None
    about: str = ""
    number: float | None = None


@dataclass(frozen=True, slots=True)
class CaseClosed(Fact):
    """The procedure ended."""

    code: ClassVar[str] = "case_closed"
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Event:
    """A fact at its place on the record; `cause` is the event it followed from, `rule` the rule it cites."""

    seq: int
    at: datetime
    fact: Fact
    cause: int | None = None
    rule: str = ""


FACTS: dict[str, type[Fact]] = {
    fact.code: fact
    for fact in (
        CaseOpened, Acted, DutyOpened, DutyFulfilled, DutyBreached, WindowClosed, DutyRelieved,
        DutyMoved, DutyHandedOver, DutyPaused, DutyMarked, StageEntered, Escalated, CaseLinked, Noted,
        CaseClosed,
    )
}  # fmt: skip
