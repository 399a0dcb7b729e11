"""Anybody may do anything at any time, in each procedure; the law holds after every step."""

from builders import (
    HOTLINE,
    HOTLINE_DESK,
    OFFICER,
    POWER,
    TOWN,
    TOWN_LEADER,
    WATER,
    WORKER,
    YUAN,
    a_dispute,
    a_petition,
    a_whistle,
    an_order,
)  # fmt: skip
from hypothesis import strategies as st
from hypothesis.stateful import initialize
from machines import WALKS, Town, Walk, profile

from domain.vocabulary import Service, Unit, WhistleKind


class OrderTown(Town):
    """Resident orders, from the desk, from the hotline, or sent straight to a unit."""

    @initialize(unit=st.sampled_from([None, None, WATER]), hotline=st.booleans(), walk=WALKS)
    def a_matter(self, unit: Unit | None, hotline: bool, walk: Walk) -> None:
        self.begin(an_order(Service.SERVICE, unit), HOTLINE_DESK if hotline else YUAN, walk)


class MediationTown(Town):
    """Disputes, some of a family."""

    @initialize(paper_only=st.booleans(), walk=WALKS)
    def a_quarrel(self, paper_only: bool, walk: Walk) -> None:
        self.begin(a_dispute(paper_only=paper_only), WORKER, walk)


class PetitionTown(Town):
    """Petitions with everything they are split into."""

    @initialize(by_officer=st.booleans(), walk=WALKS)
    def a_grievance(self, by_officer: bool, walk: Walk) -> None:
        self.begin(a_petition(), OFFICER if by_officer else YUAN, walk)


class WhistleTown(Town):
    """Whistles of every kind, by the town and by the hotline."""

    @initialize(kind=st.sampled_from(WhistleKind), hotline=st.booleans(), walk=WALKS)
    def a_call(self, kind: WhistleKind, hotline: bool, walk: Walk) -> None:
        units = (WATER, POWER) if kind is WhistleKind.EMERGENCY else ()
        self.begin(a_whistle(kind, HOTLINE if hotline else TOWN, units), TOWN_LEADER, walk)


TestOrders, TestMediations = OrderTown.TestCase, MediationTown.TestCase
TestPetitions, TestWhistles = PetitionTown.TestCase, WhistleTown.TestCase
for case in (TestOrders, TestMediations, TestPetitions, TestWhistles):
    case.settings = profile()
