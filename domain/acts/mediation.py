"""Acts of people's mediation under the three-level response 三级响应."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from domain.acts.base import Act
from domain.vocabulary import Colour, Content, Party, Service, Unit

_MOST_DAYS = 366
"""Nobody agrees to go on for longer at one time; a larger figure is a slip of the pen."""


class Form(StrEnum):
    """Form of an agreement (《人民调解法》第28条)."""

    WRITTEN = "written"
    ORAL = "oral"


class Conference(StrEnum):
    """What the joint conference decides when the last level did not settle the dispute."""

    EXTEND = "extend"
    TERMINATE = "terminate"


class Performance(StrEnum):
    """How far an agreement was performed."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SignFor(Act):
    """The committee signs for the dispute 签收."""

    code: ClassVar[str] = "mediation.sign"


@dataclass(frozen=True, slots=True)
class Visit(Act):
    """The mediator has seen or telephoned each party 首访."""

    code: ClassVar[str] = "mediation.visit"
    record: Content


@dataclass(frozen=True, slots=True)
class GradeRisk(Act):
    """The centre grades the risk blue, yellow or red."""

    code: ClassVar[str] = "mediation.grade"
    colour: Colour


@dataclass(frozen=True, slots=True)
class ServeNotice(Act):
    """The rights notice is served on one party (《人民调解工作若干规定》第30条)."""

    code: ClassVar[str] = "mediation.serve_notice"
    to: Party


@dataclass(frozen=True, slots=True)
class Consent(Act):
    """One party accepts mediation (《人民调解法》第17、23条)."""

    code: ClassVar[str] = "mediation.consent"


@dataclass(frozen=True, slots=True)
class AcceptDispute(Act):
    """The committee accepts the dispute 受理; the month begins."""

    code: ClassVar[str] = "mediation.accept"


@dataclass(frozen=True, slots=True)
class RejectDispute(Act):
    """The dispute may not be mediated; the parties are told the other ways."""

    code: ClassVar[str] = "mediation.reject"
    reason: Content


@dataclass(frozen=True, slots=True)
class HoldSession(Act):
    """One sitting, with its record. Third persons sit in only by the parties' consent (第20条)."""

    code: ClassVar[str] = "mediation.session"
    record: Content
    third_persons: int = 0
    third_persons_consented: bool = False

    def __post_init__(self) -> None:
        if self.third_persons < 0:
            raise ValueError("third_persons must not be negative")


@dataclass(frozen=True, slots=True)
class ChooseMediator(Act):
    """A party chooses a mediator by account (第19、23条); whom all parties chose holds the sittings."""

    code: ClassVar[str] = "mediation.choose_mediator"
    mediator: str


@dataclass(frozen=True, slots=True)
class Investigate(Act):
    """The mediator looks into the facts, with a record of it 调查."""

    code: ClassVar[str] = "mediation.investigate"
    record: Content


@dataclass(frozen=True, slots=True)
class Suspend(Act):
    """All parties agree to let the matter rest until a day; the clocks stand still 中止."""

    code: ClassVar[str] = "mediation.suspend"
    until: date
    consenting: tuple[Party, ...]


@dataclass(frozen=True, slots=True)
class Resume(Act):
    """Mediation goes on before the day agreed 恢复; any party may ask for it."""

    code: ClassVar[str] = "mediation.resume"


@dataclass(frozen=True, slots=True)
class PlaceOrder(Act):
    """Work that would dissolve the dispute is ordered from a unit 订单分包."""

    code: ClassVar[str] = "mediation.place_order"
    unit: Unit
    text: Content
    service: Service = Service.ORDER


@dataclass(frozen=True, slots=True)
class AskEscalation(Act):
    """The mediator passes the dispute up, or a party asks for it; the file and the reason go along."""

    code: ClassVar[str] = "mediation.ask_escalation"
    reason: Content


@dataclass(frozen=True, slots=True)
class Agree(Act):
    """The parties have agreed; terms with facts, responsibility, manner and time of performance (第29条)."""

    code: ClassVar[str] = "mediation.agree"
    form: Form
    facts: Content
    responsibility: Content
    terms: Content
    manner: Content
    perform_by: date


@dataclass(frozen=True, slots=True)
class EndWithoutAgreement(Act):
    """Mediation failed; the committee ends it and tells the other ways (第26条)."""

    code: ClassVar[str] = "mediation.end"
    reason: Content


@dataclass(frozen=True, slots=True)
class ExtendByConsent(Act):
    """All parties agree to go on beyond the month."""

    code: ClassVar[str] = "mediation.extend"
    days: int
    consenting: tuple[Party, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.days <= _MOST_DAYS:
            raise ValueError(f"days must be from 1 to {_MOST_DAYS}")


@dataclass(frozen=True, slots=True)
class DecideConference(Act):
    """The joint conference decides on a dispute that no level settled; it goes on only if all consent."""

    code: ClassVar[str] = "mediation.conference"
    decision: Conference
    reason: Content
    consenting: tuple[Party, ...] = ()


@dataclass(frozen=True, slots=True)
class SignAgreement(Act):
    """One party signs; `scan` is the paper where the law refuses e-signature (《电子签名法》第3条)."""

    code: ClassVar[str] = "mediation.sign_agreement"
    scan: Content | None = None


@dataclass(frozen=True, slots=True)
class SealAgreement(Act):
    """The mediator signs and the committee seals; the written agreement takes effect (第29条)."""

    code: ClassVar[str] = "mediation.seal"


@dataclass(frozen=True, slots=True)
class ApplyConfirmation(Act):
    """All parties apply to the court together 司法确认 (第33条; 《民事诉讼法》第205条)."""

    code: ClassVar[str] = "mediation.confirm"
    applicants: tuple[Party, ...]


@dataclass(frozen=True, slots=True)
class SkipConfirmation(Act):
    """A party states that it will not apply; the window closes."""

    code: ClassVar[str] = "mediation.skip_confirmation"


@dataclass(frozen=True, slots=True)
class ReportPerformance(Act):
    """The committee has looked whether the agreement was performed (第31条)."""

    code: ClassVar[str] = "mediation.performance"
    performance: Performance
    evidence: Content | None = None


@dataclass(frozen=True, slots=True)
class ReturnVisit(Act):
    """Return visit 回访 with what the parties say of it."""

    code: ClassVar[str] = "mediation.return_visit"
    satisfied: bool | None
    record: Content


@dataclass(frozen=True, slots=True)
class Refuse(Act):
    """A party refuses or ends mediation, at any time (第17、23条)."""

    code: ClassVar[str] = "mediation.refuse"


@dataclass(frozen=True, slots=True)
class ReportRisk(Act):
    """The quarrel may turn violent: police and the top level at once (第25条)."""

    code: ClassVar[str] = "mediation.report_risk"
    text: Content
