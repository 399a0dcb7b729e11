"""What is written on the ledger reads the same, and nothing passes that was not meant."""

import dataclasses
import json
from random import Random
from typing import Any

import pytest
from builders import (
    HOTLINE_DESK,
    OFFICER,
    TOWN_LEADER,
    WATER,
    WORKER,
    YUAN,
    Story,
    a_dispute,
    a_petition,
    a_whistle,
    an_order,
    at,
    on_behalf,
    text,
)  # fmt: skip
from forms import EVERY_ACT, Pen
from pydantic import ValidationError

from domain.actors import Actor, speaking_case
from domain.acts import ACTS, Act, base, order, petition
from domain.codec import (
    dump,
    event_json,
    instant_text,
    load_act,
    load_actor,
    load_event,
    load_opening,
    read_instant,
)  # fmt: skip
from domain.events import FACTS, CaseClosed, DutyPaused, Event
from domain.openings import Opening
from domain.vocabulary import CaseKind, CaseNo, Outcome, Service, WhistleKind


def through_text(value: Any) -> Any:
    """As it comes back from where it was stored."""
    return json.loads(json.dumps(value, ensure_ascii=False))


@pytest.mark.parametrize("act", EVERY_ACT, ids=lambda act: act.code)
def test_every_act_comes_back_as_it_was(act: type[Act]) -> None:
    opening = a_dispute() if act.code.startswith("mediation") else a_petition()
    story = Story()
    number = story.open(opening)
    written = Pen(story.case(number), YUAN, None, Random(7)).write(act)
    assert load_act(act.code, through_text(dump(written))) == written


def test_acts_have_codes_of_their_own() -> None:
    assert len(EVERY_ACT) == len({act.code for act in EVERY_ACT}) == len(ACTS)


@pytest.mark.parametrize(
    "opening",
    [
        an_order(Service.URGENT, WATER), a_dispute(paper_only=True), a_petition(),
        a_whistle(WhistleKind.EMERGENCY, departments=(WATER,)),
        dataclasses.replace(an_order(), due=at("2026-03-04 12:00")),
    ],
)  # fmt: skip
def test_every_opening_comes_back_as_it_was(opening: Opening) -> None:
    assert load_opening(opening.kind, through_text(dump(opening))) == opening


@pytest.mark.parametrize("actor", [YUAN, HOTLINE_DESK, on_behalf(WORKER, YUAN), speaking_case(CaseNo("P1"))])
def test_every_actor_comes_back_as_it_was(actor: Actor) -> None:
    assert load_actor(through_text(dump(actor))) == actor


def test_the_record_of_a_whole_life_comes_back_as_it_was() -> None:
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL, urgent=True))
    story.wait(days=30)
    for event in story.events(number):
        stored = through_text(event_json(event))
        assert load_event(stored) == event
        assert event_json(load_event(stored)) == stored


def test_every_kind_of_fact_is_known_by_its_code() -> None:
    assert {code: fact.code for code, fact in FACTS.items()} == {code: code for code in FACTS}
    event = Event(3, at("2026-03-02 09:00"), DutyPaused(1, "hearing"), cause=2, rule="petition.recheck")
    assert load_event(through_text(event_json(event))) == event
    closed = Event(4, at("2026-03-02 09:00"), CaseClosed(Outcome.FINAL))
    assert load_event(through_text(event_json(closed))) == closed


def test_an_instant_stands_in_china_standard_time_to_the_millisecond() -> None:
    instant = at("2026-03-02 09:00")
    assert instant_text(instant) == "2026-03-02T09:00:00.000+08:00"
    assert read_instant("2026-03-02T01:00:00.000+00:00") == instant
    assert instant_text(read_instant("2026-03-02T01:00:00.000Z")) == instant_text(instant)


def test_what_keeps_its_default_is_not_written() -> None:
    assert dump(base.Withdraw()) == {}
    assert dump(order.CloseOrder(credit_hours=1.5)) == {"credit_hours": 1.5}


def test_an_unknown_act_or_field_is_an_error() -> None:
    with pytest.raises(KeyError):
        load_act("order.forget", {})
    with pytest.raises(ValidationError):
        load_act("order.accept", {"why": "c:x"})
    with pytest.raises(ValidationError):
        load_act("order.decline", {})


def test_what_a_form_refuses_is_an_error_when_it_is_read_too() -> None:
    with pytest.raises(ValidationError, match="from 1 to 5"):
        load_act("rate", {"speed": 9, "attitude": 5, "resolution": 5})
    with pytest.raises(ValidationError, match="exactly one lead"):
        load_act("petition.split", {"orders": []})
    with pytest.raises(ValidationError, match="unit must be named"):
        part = {
            **dump(an_order()),
            "parent": {"number": "P1", "link": "split-into", "checker": "a", "sender": "b"},
        }
        load_opening(CaseKind.ORDER, part)


def test_no_word_of_a_person_enters_an_event() -> None:
    """Free text is a commitment; people are pseudonyms."""
    story = Story()
    number = story.open(a_whistle(), TOWN_LEADER)
    story.do(number, TOWN_LEADER, base.Supplement(text("words")))
    written = json.dumps([event_json(event) for event in story.events(number)])
    assert "c:words" in written
