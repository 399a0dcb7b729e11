"""Anybody may do anything at any time, in each procedure; the law holds after every step."""

import json
from collections.abc import Callable
from typing import Any

import pytest
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
    Story,
    a_dispute,
    a_petition,
    a_whistle,
    an_order,
    handler,
    head,
    text,
)  # fmt: skip
from hypothesis import strategies as st
from hypothesis.stateful import initialize
from invariants import ALL, World
from machines import WALKS, Town, Walk, profile

from domain.acts import order, petition
from domain.codec import event_json
from domain.vocabulary import Service, Share, Unit, WhistleKind


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
TestOrders.settings = TestMediations.settings = TestPetitions.settings = TestWhistles.settings = profile()


# -- negative controls: a record that was tampered with is found out ------------------------------------


def record_of(story: Story) -> World:
    """Every case of a story, as stored."""
    world = World()
    for number, events in story.engine.ledger.items():
        world[number] = [json.loads(json.dumps(event_json(event))) for event in events]
    return world


def an_answered_petition() -> World:
    """Split in two, extended, rejoined; one order was waived."""
    story = Story()
    number = story.open(a_petition())
    lines = [
        petition.OrderLine(unit, share, text("x"))
        for unit, share in ((WATER, Share.LEAD), (POWER, Share.CO_HANDLER))
    ]
    story.do(number, OFFICER, petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL))
    story.do(number, OFFICER, petition.Split(tuple(lines)))
    story.do(number, handler(WATER), petition.GiveNotice(True, text("x")))
    own, other = story.parts(number)
    story.do(own, handler(WATER), order.Accept())
    story.do(own, handler(WATER), order.Complete(text("x")))
    story.do(own, handler(WATER), order.AcceptResult())
    story.do(number, handler(WATER), petition.AskExtension(5, text("x")))
    story.do(number, head(WATER), petition.GrantHandlingExtension(5, text("x")))
    story.do(number, handler(WATER), petition.WaiveOrder(other, text("x")))
    words = [text("x"), text("x"), petition.Opinion.SUPPORT, text("x")]
    story.do(number, handler(WATER), petition.IssueOpinion(*words))
    return record_of(story)


def first(events: list[dict[str, Any]], **about: object) -> dict[str, Any]:
    """The first event whose data say so."""
    return next(e for e in events if all(e["data"].get(name) == value for name, value in about.items()))


def test_a_lawful_record_passes() -> None:
    world = an_answered_petition()
    for number in world:
        for holds in ALL:
            holds(world, number)


TAMPERED: dict[str, Callable[[list[dict[str, Any]]], object]] = {
    "every_event_follows_the_one_before": lambda e: e.pop(5),
    "an_act_counts_once": lambda e: first(e, act="petition.split")["data"].update(act_id="act:1"),
    "no_duty_is_nobodys": lambda e: e[1]["data"]["duty"].update(owner={}),
    "an_open_case_waits_for_somebody": lambda e: e.append(
        {**e[-1], "kind": "duty_relieved", "data": {"duty": 6, "why": "?"}, "seq": len(e) + 1}
    ),
    "an_act_in_time_answers_no_breached_duty": lambda e: e[1]["data"]["duty"].update(
        legal_due="2026-03-01T00:00:00+08:00"
    ),
    "i01_an_accusation_never_reaches_the_accused": lambda e: first(e, act="petition.sort")["data"][
        "fields"
    ].update(accused="city/water"),
    "i02_who_stepped_aside_acts_no_more": lambda e: first(e, act="petition.sort")["data"].update(
        act="recuse", fields={"account": "city/water.handler", "reason": "c:x"}
    ),
    "i03_one_lead_at_any_time": lambda e: first(e, share="co_handler")["data"].update(share="lead"),
    "i05_no_quarrel_stops_a_petitions_clock": lambda e: first(e, why="extension")["data"].update(
        why="quarrel"
    ),
    "i06_one_extension_of_thirty_days_before_expiry_by_the_head": lambda e: first(
        e, act="petition.grant_extension"
    )["data"]["actor"].update(role="handler"),
    "i08_a_petition_answers_once_and_only_when_its_orders_are_settled": lambda e: first(
        e, note="order_waived"
    )["data"].update(about="P9"),
    "i17_a_group_sends_at_most_five": lambda e: e[0]["data"]["opening"].update(representatives=6),
    "i18_a_community_never_leads_what_is_not_on_its_list": lambda e: first(e, note="lead_named")[
        "data"
    ].update(unit="city/town/village"),
    "cases_are_linked_both_ways": lambda e: first(e, share="co_handler")["data"].update(link="mediated-in"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_record_that_was_tampered_with_is_found_out(name: str) -> None:
    world = an_answered_petition()
    TAMPERED[name](world["P1"])
    holds = next(each for each in ALL if each.__name__ == name)
    with pytest.raises(AssertionError):
        holds(world, "P1")
