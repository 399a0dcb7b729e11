"""What a case is opened with: everything its procedure needs to run, and nothing that names a person."""

from dataclasses import dataclass
from datetime import datetime

from domain.vocabulary import CaseKind, CaseNo, Content, Link, Party, Service, Share, Unit, WhistleKind

NOBODY = Party("")
NO_UNIT = Unit("")


@dataclass(frozen=True, slots=True)
class Offices:
    """The bodies that answer for one place, found in the tree of organisations when the case opened.

    `seats` are the mediation bodies from the lowest level to the highest, one for each level of the
    rulebook edition the case pins.
    """

    community: Unit
    town: Unit
    city: Unit
    centre: Unit
    police: Unit
    petition_office: Unit
    joint_office: Unit
    government: Unit
    discipline: Unit
    review_office: Unit
    recheck_office: Unit
    seats: tuple[Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class Parent:
    """The case that opened this one, and the terms it set.

    `checker` takes the result; `sender` rules on a return; `cap` is the latest instant at which the
    part may fall due (parent's date less the buffer for joining the answers). `accept_rule` is the limit for
    taking or returning the part. `accused` is the unit that must never see it (《信访工作条例》第30条第3款).
    """

    number: CaseNo
    link: Link
    checker: Unit
    sender: Unit
    share: Share = Share.CO_HANDLER
    mandatory: bool = True
    cap: datetime | None = None
    returnable: bool = True
    accept_rule: str = "order.accept"
    accused: Unit | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """What all four openings share."""

    offices: Offices
    matter: str
    title: Content
    text: Content

    @property
    def kind(self) -> CaseKind:
        """Which procedure this opens."""
        return KINDS[type(self)]


@dataclass(frozen=True, slots=True)
class OrderOpening(Opening):
    """A resident's matter; with `unit` it is already placed with one unit.

    `due` is a deadline written on the order itself (《北京市接诉即办工作条例》第13条); it is not extended.
    """

    applicant: Party | None = None
    service: Service = Service.SERVICE
    unit: Unit | None = None
    parent: Parent | None = None
    due: datetime | None = None

    def __post_init__(self) -> None:
        if self.parent is not None and self.unit is None:
            raise ValueError("unit must be named in a part of another case")


@dataclass(frozen=True, slots=True)
class MediationOpening(Opening):
    """A dispute between parties; `paper_only` where the law refuses e-signature (《电子签名法》第3条)."""

    applicants: tuple[Party, ...] = ()
    respondents: tuple[Party, ...] = ()
    public: bool = False
    paper_only: bool = False
    parent: Parent | None = None

    def __post_init__(self) -> None:
        if not self.applicants or not self.respondents:
            raise ValueError("a dispute has at least one applicant and one respondent")
        if len({*self.applicants, *self.respondents}) != len(self.applicants) + len(self.respondents):
            raise ValueError("applicants and respondents must not name a party twice")


@dataclass(frozen=True, slots=True)
class PetitionOpening(Opening):
    """A petition; a group sends at most five representatives (《信访工作条例》第20条)."""

    petitioner: Party = NOBODY
    representatives: int = 1
    parent: Parent | None = None

    def __post_init__(self) -> None:
        if not self.petitioner:
            raise ValueError("petitioner must be named")
        if not 1 <= self.representatives <= 5:
            raise ValueError("representatives must be from 1 to 5")


@dataclass(frozen=True, slots=True)
class WhistleOpening(Opening):
    """A matter beyond the community's command, proposed to the town that may blow."""

    whistle: WhistleKind = WhistleKind.EVERYDAY
    enforcement: bool = False
    blower: Unit = NO_UNIT
    departments: tuple[Unit, ...] = ()
    parent: Parent | None = None

    def __post_init__(self) -> None:
        if not self.blower:
            raise ValueError("blower must be named")
        if self.whistle is WhistleKind.EMERGENCY and not self.departments:
            raise ValueError("departments must be named for an emergency")
        if len(set(self.departments)) != len(self.departments) or self.blower in self.departments:
            raise ValueError("departments must not name a unit twice, nor the blower")


OPENINGS: dict[CaseKind, type[Opening]] = {
    CaseKind.ORDER: OrderOpening,
    CaseKind.MEDIATION: MediationOpening,
    CaseKind.PETITION: PetitionOpening,
    CaseKind.WHISTLE: WhistleOpening,
}
KINDS: dict[type[Opening], CaseKind] = {opening: kind for kind, opening in OPENINGS.items()}
