"""What an act is, and the acts that any case may receive."""

from dataclasses import dataclass
from typing import ClassVar

from domain.vocabulary import CaseKind, CaseNo, Content, Outcome, Party, Unit

MOST_FILES = 20
"""Files that one act may bring."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something a person does to a case. Free text enters as a commitment, never as words."""

    code: ClassVar[str] = ""
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    @property
    def about(self) -> str:
        """Which of several duties of one kind the act answers: a department, an order."""
        return ""


@dataclass(frozen=True, slots=True)
class Withdraw(Act):
    """The person who brought the matter takes it back 撤回."""

    code: ClassVar[str] = "withdraw"
    reason: Content | None = None


@dataclass(frozen=True, slots=True)
class Supplement(Act):
    """A party or a worker adds material; no clock changes."""

    code: ClassVar[str] = "supplement"
    text: Content


@dataclass(frozen=True, slots=True)
class Attach(Act):
    """A party or a worker puts photographs, documents or recordings with the case; no clock changes."""

    code: ClassVar[str] = "attach"
    files: tuple[Content, ...]
    text: Content | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.files) <= MOST_FILES:
            raise ValueError("files must be from 1 to 20")
        if len(set(self.files)) < len(self.files):
            raise ValueError("files must not name a file twice")


@dataclass(frozen=True, slots=True)
class ExplainDelay(Act):
    """The owner of an overdue duty gives the reason (《北京市接诉即办工作条例》第14、15条): no bulletin."""

    code: ClassVar[str] = "explain_delay"
    reason: Content


@dataclass(frozen=True, slots=True)
class Urge(Act):
    """A supervisor presses for an open duty 督办 (《信访工作条例》第40条)."""

    code: ClassVar[str] = "urge"
    text: Content | None = None


@dataclass(frozen=True, slots=True)
class Recuse(Act):
    """A handler with a direct interest steps aside 回避 (《信访工作条例》第28条第3款)."""

    code: ClassVar[str] = "recuse"
    account: str
    reason: Content


@dataclass(frozen=True, slots=True)
class AdoptCalendar(Act):
    """An administrator lets a newly published calendar, by its digest, recompute provisional due dates."""

    code: ClassVar[str] = "adopt_calendar"
    calendar: str


@dataclass(frozen=True, slots=True)
class Succeed(Act):
    """A body was abolished, and another answers for what it owes and would owe here (《信访工作条例》第24条)."""

    code: ClassVar[str] = "succeed"
    abolished: Unit
    successor: Unit


@dataclass(frozen=True, slots=True)
class PartClosed(Act):
    """A case opened by this one has ended; sent by that case."""

    code: ClassVar[str] = "part_closed"
    number: CaseNo
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Recall(Act):
    """The case that opened this one no longer needs it; sent by that case."""

    code: ClassVar[str] = "recall"
    why: str


@dataclass(frozen=True, slots=True)
class ChangeChecker(Act):
    """Another unit now leads the case this is a part of, and takes its result; sent by that case."""

    code: ClassVar[str] = "change_checker"
    unit: Unit


@dataclass(frozen=True, slots=True)
class JoinTwin(Act):
    """Another case about the same matter was joined with this one; sent by that case."""

    code: ClassVar[str] = "join_twin"
    kind: CaseKind


@dataclass(frozen=True, slots=True)
class Rate(Act):
    """A rating in three dimensions from 1 (worst) to 5: 办理速度, 办理态度, 解决程度."""

    code: ClassVar[str] = "rate"
    speed: int
    attitude: int
    resolution: int
    by: Party | None = None
    text: Content | None = None

    def __post_init__(self) -> None:
        for name in ("speed", "attitude", "resolution"):
            if not 1 <= getattr(self, name) <= 5:
                raise ValueError(f"{name} must be from 1 to 5")
