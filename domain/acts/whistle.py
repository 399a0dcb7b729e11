"""Acts of the whistle: a community blows, departments report 街乡吹哨、部门报到."""

from dataclasses import dataclass
from typing import ClassVar

from domain.acts.base import Act
from domain.vocabulary import CaseNo, Content, Share, Unit


@dataclass(frozen=True, slots=True)
class Blow(Act):
    """The town's leader approves the whistle and names departments and place 审哨、吹哨."""

    code: ClassVar[str] = "whistle.blow"
    departments: tuple[Unit, ...]
    place: Content | None = None

    def __post_init__(self) -> None:
        if not self.departments:
            raise ValueError("departments must name at least one unit")
        if len(set(self.departments)) != len(self.departments):
            raise ValueError("departments must not name a unit twice")


@dataclass(frozen=True, slots=True)
class ReturnProposal(Act):
    """The leader finds that the town can do it by itself."""

    code: ClassVar[str] = "whistle.return_proposal"
    reason: Content


@dataclass(frozen=True, slots=True)
class Ratify(Act):
    """An emergency whistle that was blown without prior approval is approved afterwards."""

    code: ClassVar[str] = "whistle.ratify"


@dataclass(frozen=True, slots=True)
class SignWhistle(Act):
    """A department signs for the whistle 应哨."""

    code: ClassVar[str] = "whistle.sign"


@dataclass(frozen=True, slots=True)
class ObjectWhistle(Act):
    """A department objects once, with its reason; its clocks run on."""

    code: ClassVar[str] = "whistle.object"
    reason: Content


@dataclass(frozen=True, slots=True)
class RuleObjection(Act):
    """The blower releases the department, or holds it to its report."""

    code: ClassVar[str] = "whistle.rule_objection"
    department: Unit
    released: bool

    @property
    def about(self) -> str:
        """The department."""
        return self.department


@dataclass(frozen=True, slots=True)
class ContactBlower(Act):
    """A department has spoken with the street."""

    code: ClassVar[str] = "whistle.contact"


@dataclass(frozen=True, slots=True)
class ReportOnSite(Act):
    """A department reports on site 报到: who came, and where."""

    code: ClassVar[str] = "whistle.report"
    person: Content
    latitude: float | None = None
    longitude: float | None = None

    def __post_init__(self) -> None:
        if self.latitude is not None and not -90 <= self.latitude <= 90:
            raise ValueError("latitude must be from -90 to 90")
        if self.longitude is not None and not -180 <= self.longitude <= 180:
            raise ValueError("longitude must be from -180 to 180")


@dataclass(frozen=True, slots=True)
class Task:
    """What one department does after the joint consultation, as lead or co-handler."""

    unit: Unit
    share: Share
    text: Content


@dataclass(frozen=True, slots=True)
class FixTasks(Act):
    """The blower chairs the joint consultation 集中会诊 and fixes one lead and the co-handlers."""

    code: ClassVar[str] = "whistle.fix_tasks"
    tasks: tuple[Task, ...]

    def __post_init__(self) -> None:
        if sum(task.share is Share.LEAD for task in self.tasks) != 1:
            raise ValueError("tasks must name exactly one lead")


@dataclass(frozen=True, slots=True)
class DecideEscalation(Act):
    """The government office settles who leads; what it decides may not be returned."""

    code: ClassVar[str] = "whistle.decide_escalation"
    lead: Unit
    text: Content


@dataclass(frozen=True, slots=True)
class ReleaseTask(Act):
    """The blower goes on without what a co-handler should have done; the reason is kept."""

    code: ClassVar[str] = "whistle.release_task"
    order: CaseNo
    reason: Content

    @property
    def about(self) -> str:
        """The order."""
        return self.order


@dataclass(frozen=True, slots=True)
class ReportHandled(Act):
    """The lead reports the matter handled."""

    code: ClassVar[str] = "whistle.handled"
    result: Content


@dataclass(frozen=True, slots=True)
class StandDown(Act):
    """The blower, and nobody else, ends the whistle 销哨."""

    code: ClassVar[str] = "whistle.stand_down"


@dataclass(frozen=True, slots=True)
class SendBackWhistle(Act):
    """The blower is not content; at most twice."""

    code: ClassVar[str] = "whistle.send_back"
    reason: Content


@dataclass(frozen=True, slots=True)
class RateDepartment(Act):
    """The blower rates one department from 1 to 5: speed of response 响应效率, quality 办理质量."""

    code: ClassVar[str] = "whistle.rate_department"
    department: Unit
    response: int
    quality: int

    def __post_init__(self) -> None:
        for name in ("response", "quality"):
            if not 1 <= getattr(self, name) <= 5:
                raise ValueError(f"{name} must be from 1 to 5")

    @property
    def about(self) -> str:
        """The department."""
        return self.department


@dataclass(frozen=True, slots=True)
class RateBlower(Act):
    """A department rates the whistle from 1 to 5: was it needed, was it well prepared 双考核."""

    code: ClassVar[str] = "whistle.rate_blower"
    need: int
    preparation: int

    def __post_init__(self) -> None:
        for name in ("need", "preparation"):
            if not 1 <= getattr(self, name) <= 5:
                raise ValueError(f"{name} must be from 1 to 5")
