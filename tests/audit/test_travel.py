"""A case as it stood after any event, and what changed between two of them."""

import json
import time
from datetime import datetime, timedelta

import pytest
from builders import OFFICER, POWER, WATER, WORKER, YUAN, Story, a_petition, an_order, at, handler, text

from audit.study.travel import ChangeCode, NoSuchMoment, diff, read_moment, state_at
from domain.acts import base, order, petition
from domain.calendar import CST
from domain.duties import DutyKind
from domain.state import evolve
from domain.vocabulary import CaseNo, Outcome, Service, Share
from rehearsal.into_ledger import Lives


def overdue_order() -> tuple[Story, CaseNo]:
    """An order that is dispatched, accepted, late, extended before that, and at last completed."""
    story = Story()
    number = story.open(an_order())
    story.wait(hours=1)
    story.do(number, WORKER, order.AcceptNeed(Service.SERVICE))
    story.do(number, WORKER, order.Dispatch((WATER,)))
    story.do(number, handler(WATER), order.Accept())
    story.do(number, handler(WATER), order.RequestExtension(7, text("x")))
    story.do(number, WORKER, order.GrantExtension(7))
    story.outlast(number, DutyKind.ORDER_HANDLE)
    story.wait(hours=1)
    story.do(number, handler(WATER), order.Complete(text("done")))
    return story, number


def test_after_every_event_the_state_is_what_the_law_folded_then(town_lives: Lives) -> None:
    looked = 0
    for number, events in list(town_lives.events.items())[:20]:
        for event in events:
            snapshot = state_at(number, events, event.seq)
            folded = evolve(events[: event.seq])
            is_open = {n for n, duty in snapshot.duties.items() if duty.status == "open"}
            assert is_open == set(folded.duties)
            for n, held in folded.duties.items():
                duty = snapshot.duties[n]
                assert (duty.legal_due, duty.internal_due) == (held.legal_due, held.internal_due)
                assert (duty.paused, duty.breached_at is not None) == (held.paused, held.breached)
            assert snapshot.json()["stage"] == folded.stage.value
            looked += 1
    assert looked > 200


def test_every_state_can_be_written_as_json(town_lives: Lives) -> None:
    for number, events in town_lives.events.items():
        written = json.dumps(state_at(number, events, len(events)).json())
        assert number in written


def test_an_instant_means_everything_that_happened_up_to_and_at_it() -> None:
    story, number = overdue_order()
    events = story.events(number)
    opened = [event.seq for event in events if event.at == at("2026-03-02 09:00")]
    assert state_at(number, events, at("2026-03-02 09:00")).last.seq == max(opened)
    assert state_at(number, events, at("2026-03-02 09:59")).last.seq == max(opened)
    assert state_at(number, events, at("2030-01-01 00:00")).last.seq == len(events)


@pytest.mark.parametrize("moment", [0, -1, 10_000, datetime(2026, 3, 2, 8, 59, tzinfo=CST)])
def test_a_moment_the_case_does_not_have_is_refused_and_says_what_there_is(moment: int | datetime) -> None:
    story, number = overdue_order()
    with pytest.raises(NoSuchMoment) as refused:
        state_at(number, story.events(number), moment)
    assert f"1–{len(story.events(number))}" in str(refused.value)
    assert "没有此刻" in str(refused.value)


def test_a_number_an_instant_or_a_day_is_a_moment() -> None:
    assert read_moment("12") == 12
    assert read_moment("2026-03-02T09:00:00") == at("2026-03-02 09:00")
    assert read_moment("2026-03-02T01:00:00Z") == at("2026-03-02 09:00")
    assert read_moment("2026-03-02") == at("2026-03-03 00:00") - timedelta(milliseconds=1)
    with pytest.raises(ValueError, match="Invalid isoformat"):
        read_moment("yesterday")


def test_the_difference_names_what_was_opened_moved_breached_and_settled() -> None:
    story, number = overdue_order()
    events = story.events(number)
    changes = diff(number, events, 1, len(events))
    handle = next(d.number for d in story.opened(number) if d.kind is DutyKind.ORDER_HANDLE)
    of_handle = [each.code for each in changes if each.about == str(handle)]
    assert of_handle == [
        ChangeCode.DUTY_OPENED, ChangeCode.DUTY_MOVED, ChangeCode.DUTY_BREACHED, ChangeCode.DUTY_SETTLED,
    ]  # fmt: skip
    features = {each.about: (each.before, each.after) for each in changes if each.code is ChangeCode.FEATURE}
    assert features["stage"] == ("registered", "rating")
    assert features["lead"] == (None, WATER)
    assert features["extensions"] == (0, 1)


def test_the_difference_is_told_from_the_earlier_moment_whichever_is_named_first() -> None:
    story, number = overdue_order()
    events = story.events(number)
    assert diff(number, events, 4, 9) == diff(number, events, 9, 4)
    assert diff(number, events, 4, 4) == ()


def test_a_part_that_closed_is_a_change_of_the_petition() -> None:
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL))
    lines = (
        petition.OrderLine(WATER, Share.LEAD, text("x")),
        petition.OrderLine(POWER, Share.CO_HANDLER, text("x")),
    )
    story.do(number, OFFICER, petition.Split(lines))
    split = len(story.events(number))
    part = story.parts(number)[1]
    story.do(part, handler(POWER), order.Accept())
    story.do(part, handler(POWER), order.Complete(text("x")))
    story.do(part, handler(WATER), order.AcceptResult())
    codes = {each.code for each in diff(number, story.events(number), 1, split)}
    assert ChangeCode.PART_OPENED in codes
    (changed,) = (
        each
        for each in diff(number, story.events(number), split, len(story.events(number)))
        if each.code is ChangeCode.PART_CHANGED
    )
    assert (changed.about, changed.after["outcome"]) == (part, Outcome.DONE)


def test_a_case_of_two_hundred_events_is_shown_within_the_time_promised() -> None:
    story = Story()
    number = story.open(an_order())
    while len(story.events(number)) < 200:
        story.wait(minutes=1)
        story.do(number, YUAN, base.Supplement(text("again")))
    events = story.events(number)
    taken = []
    for _ in range(5):
        began = time.process_time()
        state_at(number, events, 200)
        diff(number, events, 1, 200)
        taken.append(time.process_time() - began)
    assert min(taken) < 0.150  # processor seconds; the promise is for one of the two
