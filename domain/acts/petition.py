"""Acts of a petition that is split into orders 信访 · 订单分包."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from domain.acts.base import Act
from domain.vocabulary import CaseNo, Content, Party, Service, Share, Unit


class Category(StrEnum):
    """Three kinds of petition (《信访工作条例》第29、30、31条)."""

    SUGGESTION = "suggestion"
    ACCUSATION = "accusation"
    CLAIM = "claim"


class Path(StrEnum):
    """The six ways of a claim (第31条第1至6项)."""

    LITIGATION = "litigation"
    ARBITRATION = "arbitration"
    PARTY_APPEAL = "party_appeal"
    ADMINISTRATIVE = "administrative"
    DUTY = "duty"
    RESIDUAL = "residual"


class Opinion(StrEnum):
    """What an opinion says to the claims (第32条)."""

    SUPPORT = "support"
    EXPLAIN = "explain"
    NOT_SUPPORT = "not_support"


class Ruling(StrEnum):
    """What a review decides."""

    UPHOLD = "uphold"
    CHANGE = "change"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Sort(Act):
    """The petition office sorts the petition 甄别分类; `accused` is the unit an accusation names."""

    code: ClassVar[str] = "petition.sort"
    category: Category
    path: Path | None = None
    accused: Unit | None = None
    simple: bool = False
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class RefuseIntake(Act):
    """The same matter is in hand, or was finally answered (第19条第3款, 第36条第3款)."""

    code: ClassVar[str] = "petition.refuse_intake"
    same_as: CaseNo
    reason: Content


@dataclass(frozen=True, slots=True)
class Transfer(Act):
    """A suggestion or an accusation goes to the unit that may look into it 转送."""

    code: ClassVar[str] = "petition.transfer"
    unit: Unit


@dataclass(frozen=True, slots=True)
class Reply(Act):
    """The unit answers a suggestion, or reports what became of an accusation."""

    code: ClassVar[str] = "petition.reply"
    text: Content
    adopted: bool | None = None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order of the split: who, in which share, for which claim, and whether the answer needs it."""

    unit: Unit
    share: Share
    claim: Content
    mandatory: bool = True
    service: Service = Service.ORDER


@dataclass(frozen=True, slots=True)
class Split(Act):
    """The plan: exactly one lead, any number of co-handlers."""

    code: ClassVar[str] = "petition.split"
    orders: tuple[OrderLine, ...]

    def __post_init__(self) -> None:
        if sum(line.share is Share.LEAD for line in self.orders) != 1:
            raise ValueError("orders must name exactly one lead")

    @property
    def lead(self) -> OrderLine:
        """The order of the lead unit."""
        return next(line for line in self.orders if line.share is Share.LEAD)


@dataclass(frozen=True, slots=True)
class Reassign(Act):
    """The office gives a returned order to another unit."""

    code: ClassVar[str] = "petition.reassign"
    order: CaseNo
    unit: Unit

    @property
    def about(self) -> str:
        """The order."""
        return self.order


@dataclass(frozen=True, slots=True)
class ReferJurisdiction(Act):
    """The units dispute whose matter it is: they negotiate, then their common superior decides (第24条).

    Without a common superior the joint conference decides in its stead.
    """

    code: ClassVar[str] = "petition.refer_jurisdiction"
    order: CaseNo
    units: tuple[Unit, ...]
    superior: Unit | None = None

    def __post_init__(self) -> None:
        if len(set(self.units)) < 2 or len(set(self.units)) != len(self.units):
            raise ValueError("units must name at least two units, none of them twice")
        if self.superior in self.units:
            raise ValueError("superior must not be one of the units")

    @property
    def about(self) -> str:
        """The order."""
        return self.order


@dataclass(frozen=True, slots=True)
class SettleJurisdiction(Act):
    """The disputing units, their superior, or the joint conference name the competent unit."""

    code: ClassVar[str] = "petition.settle_jurisdiction"
    order: CaseNo
    unit: Unit

    @property
    def about(self) -> str:
        """The order."""
        return self.order


@dataclass(frozen=True, slots=True)
class GiveNotice(Act):
    """Written notice whether the petition is accepted 受理告知 (第23条)."""

    code: ClassVar[str] = "petition.notice"
    accepted: bool
    text: Content


@dataclass(frozen=True, slots=True)
class AskExtension(Act):
    """The handler asks its head for more time."""

    code: ClassVar[str] = "petition.ask_extension"
    days: int
    reason: Content


@dataclass(frozen=True, slots=True)
class GrantHandlingExtension(Act):
    """The head of the handling unit grants at most 30 natural days, once, and tells why (第34条)."""

    code: ClassVar[str] = "petition.grant_extension"
    days: int
    reason: Content


@dataclass(frozen=True, slots=True)
class RefuseHandlingExtension(Act):
    """The original date stands."""

    code: ClassVar[str] = "petition.refuse_extension"
    reason: Content | None = None


@dataclass(frozen=True, slots=True)
class ReportInterim(Act):
    """The lead reports how far the petition is."""

    code: ClassVar[str] = "petition.interim_report"
    text: Content


@dataclass(frozen=True, slots=True)
class WaiveOrder(Act):
    """The answer does without an order; the reason is kept."""

    code: ClassVar[str] = "petition.waive_order"
    order: CaseNo
    reason: Content

    @property
    def about(self) -> str:
        """The order."""
        return self.order


@dataclass(frozen=True, slots=True)
class OpenMediation(Act):
    """With both sides' consent the dispute inside the petition is mediated (第33条)."""

    code: ClassVar[str] = "petition.open_mediation"
    text: Content
    respondent: Party


@dataclass(frozen=True, slots=True)
class SwitchToOrdinary(Act):
    """The head moves a simple case to the ordinary procedure; the clock runs from the first acceptance."""

    code: ClassVar[str] = "petition.switch_to_ordinary"
    reason: Content


@dataclass(frozen=True, slots=True)
class IssueOpinion(Act):
    """信访处理意见书 with the fields of 第32条: claims, facts and reasons, opinion, legal basis."""

    code: ClassVar[str] = "petition.issue_opinion"
    claims: Content
    facts: Content
    opinion: Opinion
    legal_basis: Content


@dataclass(frozen=True, slots=True)
class Serve(Act):
    """The opinion reached the petitioner 送达."""

    code: ClassVar[str] = "petition.serve"


@dataclass(frozen=True, slots=True)
class AskReview(Act):
    """The petitioner asks the body above to review 复查 (第35条)."""

    code: ClassVar[str] = "petition.ask_review"
    reason: Content


@dataclass(frozen=True, slots=True)
class DecideReview(Act):
    """The body above decides the review, in writing."""

    code: ClassVar[str] = "petition.decide_review"
    ruling: Ruling
    text: Content


@dataclass(frozen=True, slots=True)
class AskRecheck(Act):
    """The petitioner asks for the last look 复核 (第36条)."""

    code: ClassVar[str] = "petition.ask_recheck"
    reason: Content


@dataclass(frozen=True, slots=True)
class StartHearing(Act):
    """A public hearing begins; its time, up to the end planned, is not counted (第36条第2款)."""

    code: ClassVar[str] = "petition.start_hearing"
    planned_end: datetime


@dataclass(frozen=True, slots=True)
class EndHearing(Act):
    """The hearing is over, and the clock runs again if it did not yet."""

    code: ClassVar[str] = "petition.end_hearing"
    record: Content


@dataclass(frozen=True, slots=True)
class DecideRecheck(Act):
    """The last decision; the same facts and reasons are not accepted again (第36条第3款)."""

    code: ClassVar[str] = "petition.decide_recheck"
    ruling: Ruling
    text: Content
