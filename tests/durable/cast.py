"""A place with its offices and the people in them, for durable tests."""

from domain.actors import Actor
from domain.openings import MediationOpening, Offices, OrderOpening, Parent, PetitionOpening, WhistleOpening
from domain.vocabulary import CaseNo, Content, Link, Party, Role, Service, Unit

CITY, TOWN, COMMUNITY = Unit("yunhe"), Unit("yunhe/binhu"), Unit("yunhe/binhu/xingye")
HOUSING, WATER = Unit("yunhe/zhujian"), Unit("yunhe/shuiwu")
PETITION_OFFICE, JOINT_OFFICE = Unit("yunhe/xinfang"), Unit("yunhe/lianxi")
SEATS = (COMMUNITY, TOWN, CITY)

OFFICES = Offices(
    community=COMMUNITY, town=TOWN, city=CITY, centre=Unit("yunhe/binhu/centre"),
    police=Unit("yunhe/binhu/police"), petition_office=PETITION_OFFICE, joint_office=JOINT_OFFICE,
    government=Unit("yunhe/government"), discipline=Unit("yunhe/discipline"),
    review_office=Unit("yunhe/review"), recheck_office=Unit("yunhe/recheck"), seats=SEATS,
)  # fmt: skip

RESIDENT = Actor("r-1", Role.RESIDENT)
NEIGHBOUR = Actor("r-2", Role.RESIDENT)
WORKER = Actor("xingye.worker", Role.COMMUNITY_WORKER, COMMUNITY)
SECRETARY = Actor("xingye.secretary", Role.COMMUNITY_SECRETARY, COMMUNITY)
OFFICER = Actor("xinfang.officer", Role.PETITION_OFFICER, PETITION_OFFICE)
DISPATCHER = Actor("binhu.dispatcher", Role.DISPATCHER, Unit("yunhe/binhu/centre"))
LEADER = Actor("binhu.leader", Role.TOWN_LEADER, TOWN)
MEDIATOR = Actor("xingye.mediator", Role.MEDIATOR, COMMUNITY)


def handler(unit: Unit) -> Actor:
    """Whoever handles matters in a unit."""
    return Actor(f"{unit}.handler", Role.HANDLER, unit)


def head(unit: Unit) -> Actor:
    """The head of a unit."""
    return Actor(f"{unit}.head", Role.UNIT_HEAD, unit)


def text(words: str) -> Content:
    """A commitment that stands for words."""
    return Content(f"c1:{words}")


def an_order(unit: Unit | None = None, service: Service = Service.SERVICE) -> OrderOpening:
    """A resident's matter, at the community's desk or already with a unit."""
    return OrderOpening(
        OFFICES,
        "0101",
        text("manhole"),
        text("loose"),
        applicant=Party(RESIDENT.account),
        service=service,
        unit=unit,
    )


def a_part(unit: Unit = HOUSING) -> OrderOpening:
    """An order that is part of another case, the shortest life there is."""
    parent = Parent(CaseNo("P0"), Link.SPLIT_INTO, checker=WATER, sender=PETITION_OFFICE)
    return OrderOpening(OFFICES, "0101", text("pipe"), text("burst"), unit=unit, parent=parent)


def a_petition() -> PetitionOpening:
    """A petition of one resident."""
    return PetitionOpening(
        OFFICES, "0201", text("leak"), text("nobody owns it"), petitioner=Party(RESIDENT.account)
    )


def a_dispute() -> MediationOpening:
    """Two neighbours."""
    return MediationOpening(
        OFFICES,
        "0301",
        text("light"),
        text("blocked"),
        applicants=(Party("r-1"),),
        respondents=(Party("r-2"),),
    )


def a_call() -> WhistleOpening:
    """A matter the community cannot command."""
    return WhistleOpening(OFFICES, "0401", text("burst main"), text("three units, no owner"), blower=TOWN)
