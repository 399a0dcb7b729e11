"""The virtual engine: many cases under one clock, in the order of their instants, and letters between them."""

from datetime import timedelta

import pytest
from builders import (
    OFFICER,
    POWER,
    WATER,
    WORKER,
    YUAN,
    Story,
    a_petition,
    an_order,
    at,
    handler,
    shelf,
    text,
)  # fmt: skip

from domain.actors import speaking_case
from domain.acts import base, order, petition
from domain.duties import DutyKind
from domain.events import Acted, DutyBreached, Event
from domain.vocabulary import CaseNo, Outcome, Service, Share
from workflows.core import ActRefused, Core, Start
from workflows.virtual import VirtualEngine


def test_what_falls_due_lapses_across_cases_in_order() -> None:
    lapses: list[tuple[str, object]] = []

    def listen(core: Core, events: list[Event]) -> None:
        lapses.extend((core.number, e.at) for e in events if isinstance(e.fact, DutyBreached))

    story = Story()
    story.engine = VirtualEngine(shelf(), listen)
    late, early = story.open(an_order(Service.SERVICE, WATER)), story.open(an_order())
    story.until("2026-04-01 09:00")
    assert [number for number, _ in lapses][:2] == [early, late]
    assert [when for _, when in lapses] == sorted(when for _, when in lapses)  # type: ignore[type-var]


def test_the_next_due_instant_is_that_of_any_case() -> None:
    story = Story()
    assert story.engine.next_due() is None
    first = story.open(an_order(Service.SERVICE, WATER))
    second = story.open(an_order())
    due = story.duty(second, DutyKind.ORDER_REVIEW).legal_due
    assert story.engine.next_due() == due
    story.do(second, WORKER, order.Divert(order.Channel.POLICE))
    assert story.engine.next_due() == story.duty(first, DutyKind.ORDER_ACCEPT).legal_due


def test_a_due_instant_that_moved_is_passed_over() -> None:
    story = Story()
    number = story.open(an_order(Service.SERVICE, WATER))
    story.do(number, handler(WATER), order.Accept())
    first = story.duty(number, DutyKind.ORDER_HANDLE).legal_due
    story.do(number, handler(WATER), order.RequestExtension(7, text("x")))
    story.do(number, WORKER, order.GrantExtension(7))
    story.until(first + timedelta(minutes=1))
    assert story.breaches(number) == []


def test_a_case_whose_mark_says_nothing_still_goes_on() -> None:
    """An explained delay gets no bulletin; what falls due after it must not be forgotten."""
    story = Story()
    number = story.open(a_petition())
    story.outlast(number, DutyKind.PETITION_SORT)
    story.do(number, OFFICER, base.ExplainDelay(text("two were ill")))
    route = story.duty(number, DutyKind.PETITION_ROUTE).legal_due
    story.until(route + timedelta(days=30))
    (breach,) = (e for e in story.events(number) if isinstance(e.fact, DutyBreached) and e.at == route)
    assert breach.rule == "petition.route"


def test_letters_arrive_at_the_instant_they_were_sent() -> None:
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL))
    lines = (
        petition.OrderLine(WATER, Share.LEAD, text("x")),
        petition.OrderLine(POWER, Share.CO_HANDLER, text("x")),
    )
    story.do(number, OFFICER, petition.Split(lines))
    part = story.parts(number)[1]
    story.do(part, handler(POWER), order.Accept())
    story.do(part, handler(POWER), order.Complete(text("x")))
    due = story.outlast(part, DutyKind.ORDER_CHECK)
    (heard,) = (
        e for e in story.events(number) if isinstance(e.fact, Acted) and e.fact.actor == speaking_case(part)
    )
    assert heard.at == due
    assert heard.fact.act == base.PartClosed(part, Outcome.DONE)  # type: ignore[attr-defined]


def test_a_letter_to_nobody_is_dropped() -> None:
    story = Story()
    number = story.open(an_order())
    story.do(number, WORKER, order.Merge(CaseNo("O-nowhere")))
    assert story.outcome(number) is Outcome.MERGED
    assert set(story.engine.cases) == {number}


def test_a_letter_to_a_case_that_has_ended_is_dropped() -> None:
    story = Story()
    ended, number = story.open(an_order()), story.open(an_order())
    story.do(ended, YUAN, base.Withdraw())
    events = len(story.events(ended))
    story.do(number, WORKER, order.Merge(ended))
    assert len(story.events(ended)) == events


def test_what_fell_due_before_a_refused_act_is_kept() -> None:
    story = Story()
    number = story.open(an_order())
    story.now = at("2026-03-09 09:00")
    with pytest.raises(ActRefused):
        story.do(number, handler(WATER), order.Accept())
    assert story.breaches(number) == [DutyKind.ORDER_REVIEW]


def test_the_same_acts_give_the_same_ledger_whoever_listens() -> None:
    def live(engine: VirtualEngine) -> list[Event]:
        start = Start(
            CaseNo("O1"), an_order(), shelf().rulebook("default-3").digest, shelf().calendar("cn-2026").digest,
            YUAN, "open", at("2026-03-02 09:00"),
        )  # fmt: skip
        engine.open(start)
        engine.act(CaseNo("O1"), "a", WORKER, order.AcceptNeed(Service.WISH), at("2026-03-02 10:00"))
        engine.advance(at("2026-04-02 10:00"))
        return engine.ledger[CaseNo("O1")]

    assert live(VirtualEngine(shelf())) == live(VirtualEngine(shelf(), lambda core, events: None))
