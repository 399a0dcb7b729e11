"""Why an event stands on the record: every due date, every refusal, every escalation has its rule."""

from datetime import timedelta

import pytest
from builders import CONFERENCE, WATER, WORKER, Story, a_dispute, an_order, handler, mediator, shelf, text

from activities.journal import Entry, Stream
from activities.shelf import load_shelf
from audit.study.explaining import explain_case, explain_event, refused_acts
from audit.study.travel import NoSuchMoment
from domain.acts import order
from domain.duties import DutyKind
from domain.events import DutyMoved, DutyOpened, Escalated, StageEntered
from domain.terms import Tag
from domain.vocabulary import Service
from rehearsal.into_ledger import Lives


def test_every_due_date_of_every_life_ends_in_the_duty_s_own_dates(town_lives: Lives) -> None:
    rules, looked = load_shelf(), 0
    for number, events in town_lives.events.items():
        for told in explain_case(number, events, rules):
            fact = told.event.fact
            if isinstance(fact, DutyOpened | DutyMoved):
                (total,) = told.sums
                dates = fact.duty if isinstance(fact, DutyOpened) else fact
                assert total.lines[-1].code == "result"
                assert (total.terms.dates.legal, total.terms.dates.internal) == (
                    dates.legal_due, dates.internal_due,
                )  # fmt: skip
                looked += 1
    assert looked > 100


def test_every_event_with_a_rule_says_where_the_rule_stands(town_lives: Lives) -> None:
    for number, events in town_lives.events.items():
        for told in explain_case(number, events, load_shelf()):
            assert (told.cited is None) == (told.event.rule == "")
            assert told.cited is None or told.cited.source
            assert told.json()["event"]["seq"] == told.event.seq


def test_a_figure_nobody_published_is_called_a_local_default() -> None:
    story = Story()
    number = story.open(an_order())
    (opened,) = (e for e in story.events(number) if isinstance(e.fact, DutyOpened))
    cited = explain_event(number, story.events(number), opened.seq, shelf()).cited
    assert cited is not None
    assert cited.rule == "order.review"
    assert cited.tag in (Tag.PROPOSED, Tag.FOUND)
    assert cited.source == shelf().rulebook("default-3").limits["order.review"].source


def test_an_escalation_leads_back_to_the_breach_it_followed_from() -> None:
    story = Story()
    number = story.open(a_dispute())
    story.outlast(number, DutyKind.MEDIATION_SIGN)
    (raised,) = (e for e in story.events(number) if isinstance(e.fact, Escalated))
    told = explain_event(number, story.events(number), raised.seq, shelf())
    assert told.escalated_why == "not_signed"
    assert told.cited is not None
    assert told.cited.rule == "mediation.sign"
    assert [cause.fact.code for cause in told.causes] == ["duty_breached"]
    assert told.causes[0].seq in {e.cause for e in story.events(number)}


def test_what_followed_from_an_act_is_named() -> None:
    story = Story()
    number = story.open(an_order())
    receipt = story.do(number, WORKER, order.AcceptNeed(Service.SERVICE))
    told = explain_event(number, story.events(number), receipt.first, shelf())
    assert told.effects == tuple(range(receipt.first + 1, receipt.last + 1))
    staged = next(e for e in story.events(number)[receipt.first :] if isinstance(e.fact, StageEntered))
    assert explain_event(number, story.events(number), staged.seq, shelf()).causes[0].seq == receipt.first


def test_a_refusal_shows_the_commitment_to_its_reason_and_the_duty_it_answers() -> None:
    story = Story()
    number = story.open(an_order(Service.SERVICE, WATER))
    receipt = story.do(number, handler(WATER), order.Return(text("not ours")))
    told = explain_event(number, story.events(number), receipt.first, shelf())
    assert told.refuses
    assert told.reasons == {"reason": text("not ours")}
    assert [each.kind for each in told.sums] == [DutyKind.ORDER_ACCEPT]
    accepted = Story()
    number = accepted.open(an_order(Service.SERVICE, WATER))
    receipt = accepted.do(number, handler(WATER), order.Accept())
    assert not explain_event(number, accepted.events(number), receipt.first, shelf()).refuses


def test_the_sum_is_that_of_the_moment_and_not_of_today() -> None:
    """An extension granted later is no line of the sum with which the duty was opened."""
    story = Story()
    number = story.open(an_order(Service.SERVICE, WATER))
    story.do(number, handler(WATER), order.Accept())
    story.do(number, handler(WATER), order.RequestExtension(5, text("x")))
    story.do(number, WORKER, order.GrantExtension(5))
    opened = next(
        e for e in story.events(number)
        if isinstance(e.fact, DutyOpened) and e.fact.duty.kind is DutyKind.ORDER_HANDLE
    )  # fmt: skip
    moved = next(e for e in story.events(number) if isinstance(e.fact, DutyMoved))
    then, now = (explain_event(number, story.events(number), seq, shelf()) for seq in (opened.seq, moved.seq))
    assert "extend" not in [line.code for line in then.sums[0].lines]
    assert "extend" in [line.code for line in now.sums[0].lines]


def test_an_event_the_case_does_not_have_is_refused() -> None:
    story = Story()
    number = story.open(an_order())
    with pytest.raises(NoSuchMoment):
        explain_event(number, story.events(number), 99, shelf())


def test_acts_that_never_reached_the_ledger_are_read_from_the_access_log() -> None:
    story = Story()
    at = story.now + timedelta(hours=1)
    refused = {"account": "water.handler", "act": "order.accept", "code": "out_of_turn", "about": ["O1"]}
    entries = [
        Entry(Stream.ACCESS, 1, at, "act_refused", refused, "", ""),
        Entry(Stream.ACCESS, 2, at, "audit_viewed", {"account": CONFERENCE.account}, "", ""),
    ]
    (found,) = refused_acts(entries)
    assert (found.act, found.code, found.about) == ("order.accept", "out_of_turn", ("O1",))


def test_the_mediator_s_own_words_stay_behind_their_commitment(town_lives: Lives) -> None:
    words = {body for _, body in town_lives.words.values()}
    number, events = next(iter(town_lives.events.items()))
    shown = str([told.json() for told in explain_case(number, events, load_shelf())])
    assert not any(each in shown for each in words)
    assert mediator(1).account not in shown
