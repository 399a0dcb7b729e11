"""Acts of the resident order 居民点单—社区下单—单位接单—评单."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from domain.acts.base import Act
from domain.vocabulary import CaseNo, Content, Service, Unit

_MOST_HOURS = 10_000
"""More hours for one order are a slip of the pen."""


class Channel(StrEnum):
    """Where a matter goes that is not an order (《北京市接诉即办工作条例》第11条第3款)."""

    PETITION = "petition"
    MEDIATION = "mediation"
    HOTLINE = "hotline"
    POLICE = "police"
    LITIGATION = "litigation"
    ARBITRATION = "arbitration"
    REVIEW = "administrative_review"
    DISCIPLINE = "discipline"
    DISCLOSURE = "information_disclosure"
    NO_ACTION = "no_action"


@dataclass(frozen=True, slots=True)
class AcceptNeed(Act):
    """The community takes the matter into its need list 需求清单."""

    code: ClassVar[str] = "order.accept_need"
    service: Service
    matter: str | None = None


@dataclass(frozen=True, slots=True)
class Merge(Act):
    """The community joins the matter with one already in hand."""

    code: ClassVar[str] = "order.merge"
    into: CaseNo


@dataclass(frozen=True, slots=True)
class Divert(Act):
    """The community shows the matter to its proper channel and tells the resident."""

    code: ClassVar[str] = "order.divert"
    channel: Channel
    reason: Content | None = None


@dataclass(frozen=True, slots=True)
class Dispatch(Act):
    """The community places the order 下单: to one unit by name, or to several who may claim it."""

    code: ClassVar[str] = "order.dispatch"
    units: tuple[Unit, ...]

    def __post_init__(self) -> None:
        if not self.units:
            raise ValueError("units must name at least one unit")
        if len(set(self.units)) != len(self.units):
            raise ValueError("units must not name a unit twice")


@dataclass(frozen=True, slots=True)
class Accept(Act):
    """A unit takes the order 接单."""

    code: ClassVar[str] = "order.accept"


@dataclass(frozen=True, slots=True)
class Decline(Act):
    """A unit that was free to claim says it will not."""

    code: ClassVar[str] = "order.decline"
    reason: Content


@dataclass(frozen=True, slots=True)
class Return(Act):
    """A named unit objects that the matter is not its own 退单 (《信访工作条例》第23条第3款)."""

    code: ClassVar[str] = "order.return"
    reason: Content


@dataclass(frozen=True, slots=True)
class UpholdReturn(Act):
    """The sender verifies and agrees that the order comes back 核实同意."""

    code: ClassVar[str] = "order.uphold_return"


@dataclass(frozen=True, slots=True)
class RefuseReturn(Act):
    """The sender holds the unit competent; no further return (《潍坊市12345政务服务便民热线条例》第22条)."""

    code: ClassVar[str] = "order.refuse_return"
    reason: Content


@dataclass(frozen=True, slots=True)
class Assign(Act):
    """The community's party committee 社区大党委 names the unit when nobody came forward."""

    code: ClassVar[str] = "order.assign"
    unit: Unit


@dataclass(frozen=True, slots=True)
class AskWhistle(Act):
    """A whistle is asked for, because nobody here commands a unit that could do it.

    The community asks its town; the hotline blows itself, once the order came back or was called about
    too often (12345吹哨).
    """

    code: ClassVar[str] = "order.ask_whistle"
    reason: Content | None = None


@dataclass(frozen=True, slots=True)
class RequestExtension(Act):
    """The unit asks for more time, with its reason."""

    code: ClassVar[str] = "order.request_extension"
    days: int
    reason: Content


@dataclass(frozen=True, slots=True)
class GrantExtension(Act):
    """The sender grants natural days counted from the original start; the person is told the reason."""

    code: ClassVar[str] = "order.grant_extension"
    days: int


@dataclass(frozen=True, slots=True)
class RefuseExtension(Act):
    """The original date stands."""

    code: ClassVar[str] = "order.refuse_extension"
    reason: Content | None = None


@dataclass(frozen=True, slots=True)
class InterimReport(Act):
    """How far the work is, and why it takes time (《北京市接诉即办工作条例》第14条)."""

    code: ClassVar[str] = "order.interim_report"
    text: Content


@dataclass(frozen=True, slots=True)
class Complete(Act):
    """The unit reports the work done, with its result."""

    code: ClassVar[str] = "order.complete"
    result: Content
    resolved: bool = True


@dataclass(frozen=True, slots=True)
class SendBack(Act):
    """The person, or the case the order is a part of, sends the result back with the reason."""

    code: ClassVar[str] = "order.send_back"
    reason: Content


@dataclass(frozen=True, slots=True)
class AcceptResult(Act):
    """The lead unit or the blower takes the result of a part."""

    code: ClassVar[str] = "order.accept_result"


@dataclass(frozen=True, slots=True)
class CloseOrder(Act):
    """The community crosses the order off 销单 and credits the unit."""

    code: ClassVar[str] = "order.close"
    credit_hours: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.credit_hours <= _MOST_HOURS:
            raise ValueError(f"credit_hours must be from 0 to {_MOST_HOURS}")
