"""Resident orders, line by line as the rule has them (居民点单—社区下单—单位接单—评单)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import (
    COMMUNITY,
    HOTLINE,
    HOTLINE_DESK,
    LIBRARY,
    POWER,
    SCHOOL,
    SECRETARY,
    TOWN,
    TOWN_LEADER,
    WATER,
    WORKER,
    YUAN,
    Story,
    an_order,
    at,
    end_of,
    handler,
    head,
    on_behalf,
    person,
    resident,
    text,
)  # fmt: skip

from domain.actors import Actor
from domain.acts import base, order, whistle
from domain.duties import DutyKind, Mark
from domain.events import (
    Acted,
    CaseLinked,
    DutyBreached,
    DutyMarked,
    DutyMoved,
    Escalated,
    Noted,
    WindowClosed,
)
from domain.vocabulary import CaseNo, Link, Note, Outcome, Role, Service, Share, Stage


def reviewed(story: Story, service: Service = Service.SERVICE, opener: Actor = YUAN) -> CaseNo:
    """A matter the community has taken into its need list."""
    number = story.open(an_order(), opener)
    story.do(number, WORKER, order.AcceptNeed(service))
    return number


def at_work(story: Story, service: Service = Service.SERVICE, opener: Actor = YUAN) -> CaseNo:
    """An order that the water company works on."""
    number = reviewed(story, service, opener)
    story.do(number, WORKER, order.Dispatch((WATER,)))
    story.do(number, handler(WATER), order.Accept())
    return number


def done(story: Story) -> CaseNo:
    """An order whose result waits for its rating."""
    number = at_work(story)
    story.do(number, handler(WATER), order.Complete(text("mended")))
    return number


def test_an_order_goes_from_the_residents_words_to_its_rating() -> None:
    story = Story()
    number = done(story)
    story.do(number, YUAN, base.Rate(5, 5, 4))
    story.do(number, WORKER, base.Rate(4, 4, 4))
    story.do(number, WORKER, order.CloseOrder(credit_hours=2.5))
    assert story.stages(number) == [
        Stage.REVIEWING, Stage.DISPATCHING, Stage.ACCEPTING, Stage.HANDLING, Stage.RATING,
    ]  # fmt: skip
    assert story.outcome(number) is Outcome.DONE
    assert story.breaches(number) == []


def test_the_unit_is_credited_with_its_hours() -> None:
    story = Story()
    number = done(story)
    story.do(number, YUAN, base.Rate(5, 5, 4))
    story.do(number, WORKER, base.Rate(4, 4, 4))
    story.do(number, WORKER, order.CloseOrder(credit_hours=2.5))
    (credited,) = (fact for fact in story.facts(number, Noted) if fact.note is Note.CREDITED)
    assert (credited.unit, credited.number) == (WATER, 2.5)


# -- d1: the community reviews -------------------------------------------------------------------------


def test_the_community_reviews_within_a_working_day() -> None:
    story = Story("2026-02-27 15:00")  # a Friday before a working Saturday
    number = story.open(an_order())
    assert story.duty(number, DutyKind.ORDER_REVIEW).legal_due == end_of("2026-02-28")
    story.outlast(number, DutyKind.ORDER_REVIEW)
    assert story.breaches(number) == [DutyKind.ORDER_REVIEW]
    story.do(number, WORKER, order.AcceptNeed(Service.WISH))
    assert story.stage(number) is Stage.DISPATCHING


def test_a_matter_in_hand_already_is_merged_and_both_know_of_it() -> None:
    story = Story()
    first, second = story.open(an_order()), story.open(an_order())
    story.do(second, WORKER, order.Merge(first))
    assert story.outcome(second) is Outcome.MERGED
    assert [(f.number, f.link) for f in story.facts(second, CaseLinked)] == [(first, Link.DUPLICATE_OF)]
    assert [(f.number, f.link) for f in story.facts(first, CaseLinked)] == [(second, Link.DUPLICATE_OF)]
    assert story.case(first).is_open


def test_a_matter_is_not_merged_into_itself() -> None:
    story = Story()
    number = story.open(an_order())
    assert story.refuses(number, WORKER, order.Merge(number)) == ("same_case", (number,))


def test_a_matter_of_another_channel_is_shown_there() -> None:
    story = Story()
    number = story.open(an_order())
    story.do(number, WORKER, order.Divert(order.Channel.LITIGATION))
    assert story.outcome(number) is Outcome.DIVERTED
    (told,) = (fact for fact in story.facts(number, Noted) if fact.note is Note.REMEDIES_TOLD)
    assert told.about == order.Channel.LITIGATION


def test_a_matter_may_be_shown_elsewhere_when_it_comes_to_dispatching() -> None:
    story = Story()
    number = reviewed(story)
    story.do(number, WORKER, order.Divert(order.Channel.PETITION))
    assert story.outcome(number) is Outcome.DIVERTED


# -- d2, d3: dispatch and claim -------------------------------------------------------------------------


def test_the_first_unit_to_claim_wins_and_the_others_are_free() -> None:
    story = Story()
    number = reviewed(story, Service.WISH)
    story.do(number, WORKER, order.Dispatch((LIBRARY, SCHOOL)))
    assert story.stage(number) is Stage.CLAIMING
    story.do(number, handler(SCHOOL), order.Accept())
    assert story.case(number).lead == SCHOOL
    assert story.refuses(number, handler(LIBRARY), order.Accept())[0] == "out_of_turn"


def test_a_claim_is_free_and_silence_is_no_breach() -> None:
    story = Story()
    number = reviewed(story, Service.WISH)
    story.do(number, WORKER, order.Dispatch((LIBRARY, SCHOOL)))
    story.do(number, handler(LIBRARY), order.Decline(text("no hands")))
    story.outlast(number, DutyKind.ORDER_CLAIM)
    assert story.breaches(number) == []
    assert len(story.facts(number, WindowClosed)) == 1


def test_what_nobody_takes_is_assigned_by_the_communitys_party_committee() -> None:
    story = Story()
    number = reviewed(story, Service.WISH)
    story.do(number, WORKER, order.Dispatch((LIBRARY, SCHOOL)))
    for unit in (LIBRARY, SCHOOL):
        story.do(number, handler(unit), order.Decline(text("no hands")))
    assert Note.NO_TAKER in story.notes(number)
    assert story.stage(number) is Stage.ASSIGNING
    assert story.refuses(number, WORKER, order.Assign(LIBRARY))[0] == "no_right"
    story.do(number, SECRETARY, order.Assign(LIBRARY))
    assert story.duty(number, DutyKind.ORDER_HANDLE).duty.owner.unit == LIBRARY


def test_a_named_unit_returns_the_order_and_the_community_dispatches_anew() -> None:
    story = Story()
    number = reviewed(story)
    story.do(number, WORKER, order.Dispatch((WATER,)))
    story.do(number, head(WATER), order.Return(text("not ours")))
    assert story.stage(number) is Stage.DISPATCHING
    story.do(number, WORKER, order.Dispatch((POWER,)))
    story.do(number, handler(POWER), order.Accept())
    assert story.case(number).lead == POWER


def test_a_unit_that_gets_its_return_back_keeps_it() -> None:
    story = Story()
    number = reviewed(story)
    story.do(number, WORKER, order.Dispatch((WATER,)))
    story.do(number, handler(WATER), order.Return(text("not ours")))
    story.do(number, WORKER, order.Dispatch((WATER,)))
    assert story.refuses(number, handler(WATER), order.Return(text("still not"))) == ("return_settled", ())
    assert "order.return" not in story.offered(number, handler(WATER))


def test_a_named_unit_that_is_silent_is_in_breach_and_the_order_is_free_again() -> None:
    story = Story()
    number = reviewed(story)
    story.do(number, WORKER, order.Dispatch((WATER,)))
    due = story.outlast(number, DutyKind.ORDER_ACCEPT)
    assert due == end_of("2026-03-05")  # three working days
    assert story.breaches(number) == [DutyKind.ORDER_ACCEPT]
    assert story.stage(number) is Stage.DISPATCHING
    (nobody,) = (fact for fact in story.facts(number, Noted) if fact.note is Note.NO_TAKER)
    assert nobody.unit == WATER


def test_an_order_sent_straight_to_a_unit_needs_no_review() -> None:
    story = Story()
    number = story.open(an_order(Service.URGENT, unit=POWER), HOTLINE_DESK)
    assert story.owes(number) == {DutyKind.ORDER_ACCEPT}
    story.do(number, handler(POWER), order.Return(text("not ours")))
    assert story.owes(number) == {DutyKind.ORDER_DISPATCH}


def test_a_dispatch_names_a_unit_and_none_twice() -> None:
    with pytest.raises(ValueError, match="at least one"):
        order.Dispatch(())
    with pytest.raises(ValueError, match="twice"):
        order.Dispatch((WATER, WATER))


# -- the whistle ---------------------------------------------------------------------------------------


def whistled(story: Story) -> tuple[CaseNo, CaseNo]:
    """An order the community cannot place, and the whistle it asked for."""
    number = reviewed(story)
    story.do(number, WORKER, order.AskWhistle(text("no unit of ours")))
    return number, story.parts(number)[0]


def stand_down(story: Story, call: CaseNo) -> None:
    """The whistle is blown, answered and stood down; nobody rates."""
    story.do(call, TOWN_LEADER, whistle.Blow((WATER,)))
    story.do(call, handler(WATER), whistle.ReportOnSite(text("Wu")))
    story.do(call, TOWN_LEADER, whistle.FixTasks((whistle.Task(WATER, Share.LEAD, text("pump")),)))
    (work,) = story.parts(call)
    story.do(work, handler(WATER), order.Accept())
    story.do(work, handler(WATER), order.Complete(text("dry")))
    story.do(work, TOWN_LEADER, order.AcceptResult())
    story.do(call, handler(WATER), whistle.ReportHandled(text("dry")))
    story.do(call, TOWN_LEADER, whistle.StandDown())
    story.do(call, TOWN_LEADER, whistle.RateDepartment(WATER, 5, 5))
    story.do(call, handler(WATER), whistle.RateBlower(5, 5))


def test_an_order_becomes_a_whistle_and_the_two_know_of_each_other() -> None:
    story = Story()
    number, call = whistled(story)
    (link,) = story.facts(number, CaseLinked)
    assert (link.link, link.unit) == (Link.ESCALATED_TO, TOWN)
    parent = story.case(call).parent
    assert parent is not None
    assert (parent.number, parent.link) == (number, Link.ESCALATED_TO)
    assert [fact.to for fact in story.facts(number, Escalated)] == [TOWN]


def test_the_resident_is_asked_once_the_whistle_is_stood_down() -> None:
    """First asked, responsible 首问负责: the order waits for the whistle it became."""
    story = Story()
    number, call = whistled(story)
    assert story.stage(number) is Stage.ESCALATED
    assert story.owes(number) == set()
    assert [part.number for part in story.case(number).awaited_parts] == [call]
    stand_down(story, call)
    story.do(number, YUAN, base.Rate(5, 5, 5))
    story.do(number, WORKER, base.Rate(4, 4, 4))
    story.do(number, WORKER, order.CloseOrder())
    assert story.outcome(number) is Outcome.WHISTLED
    assert Note.CREDITED not in story.notes(number)


def test_an_order_whose_whistle_is_not_blown_comes_back_to_the_community() -> None:
    story = Story()
    number, call = whistled(story)
    story.do(call, TOWN_LEADER, whistle.ReturnProposal(text("do it yourselves")))
    assert story.stage(number) is Stage.DISPATCHING
    (ended,) = (fact for fact in story.facts(number, Noted) if fact.note is Note.PART_ENDED)
    assert ended.about == Outcome.PROPOSAL_RETURNED


def test_a_resident_who_sends_a_whistles_result_back_is_dispatched_for_again() -> None:
    story = Story()
    number, call = whistled(story)
    stand_down(story, call)
    story.do(number, YUAN, order.SendBack(text("still leaking")))
    assert story.stage(number) is Stage.DISPATCHING


def test_a_committee_that_names_nobody_lets_the_town_whistle() -> None:
    story = Story()
    number = reviewed(story, Service.WISH)
    story.do(number, WORKER, order.Dispatch((LIBRARY, SCHOOL)))
    story.until("2026-03-06 09:00")
    story.outlast(number, DutyKind.ORDER_ASSIGN)
    assert DutyKind.ORDER_ASSIGN in story.breaches(number)
    assert story.stage(number) is Stage.ESCALATED


def test_a_secretary_may_ask_for_the_whistle_instead_of_assigning() -> None:
    story = Story()
    number = reviewed(story, Service.WISH)
    story.do(number, WORKER, order.Dispatch((LIBRARY, SCHOOL)))
    for unit in (LIBRARY, SCHOOL):
        story.do(number, handler(unit), order.Decline(text("no hands")))
    story.do(number, SECRETARY, order.AskWhistle())
    assert story.stage(number) is Stage.ESCALATED


def test_the_hotline_blows_when_an_order_came_back_twice() -> None:
    """12345吹哨: the hotline is the blower once its order was returned twice."""
    story = Story()
    number = reviewed(story, opener=HOTLINE_DESK)
    assert story.refuses(number, HOTLINE_DESK, order.AskWhistle()) == ("whistle_too_soon", ())
    for unit in (WATER, POWER):
        story.do(number, WORKER, order.Dispatch((unit,)))
        story.do(number, handler(unit), order.Return(text("not ours")))
    assert "order.ask_whistle" in story.offered(number, HOTLINE_DESK)
    story.do(number, HOTLINE_DESK, order.AskWhistle())
    call = story.case(story.parts(number)[0])
    assert call.opening.blower == HOTLINE  # type: ignore[attr-defined]
    assert story.owes(number) == set()


def test_the_hotline_blows_when_the_resident_called_three_times() -> None:
    story = Story()
    number = reviewed(story, opener=HOTLINE_DESK)
    for _ in range(3):
        story.do(number, YUAN, base.Supplement(text("when at last?")))
    story.do(number, HOTLINE_DESK, order.AskWhistle())
    assert story.stage(number) is Stage.ESCALATED


def test_no_desk_of_the_town_blows_in_the_hotlines_place() -> None:
    story = Story()
    desk = person(Role.DISPATCHER, TOWN)
    number = reviewed(story, opener=desk)
    for _ in range(3):
        story.do(number, YUAN, base.Supplement(text("when at last?")))
    assert story.refuses(number, desk, order.AskWhistle())[0] == "no_right"


# -- d4: the work --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "due"),
    [
        (Service.WISH, end_of("2026-03-17")),
        (Service.SERVICE, end_of("2026-03-11")),
        (Service.PROJECT, end_of("2026-05-06")),
        (Service.ORDER, end_of("2026-03-09")),
        (Service.URGENT, at("2026-03-02 11:00")),
        (Service.UTILITY, at("2026-03-03 09:00")),
        (Service.HARD, end_of("2026-03-17")),
    ],
)
def test_the_limit_for_the_work_is_that_of_the_service(service: Service, due: object) -> None:
    story = Story()
    assert story.duty(at_work(story, service), DutyKind.ORDER_HANDLE).legal_due == due


def test_a_deadline_written_on_the_order_is_the_deadline_and_is_not_extended() -> None:
    """《北京市接诉即办工作条例》第13条."""
    story = Story()
    number = story.open(replace(an_order(unit=WATER), due=at("2026-03-04 12:00")))
    story.do(number, handler(WATER), order.Accept())
    held = story.duty(number, DutyKind.ORDER_HANDLE)
    assert (held.legal_due, held.duty.rule) == (at("2026-03-04 12:00"), "《北京市接诉即办工作条例》第13条")
    asked = order.RequestExtension(1, text("x"))
    assert story.refuses(number, handler(WATER), asked)[0] == "not_extendable"
    story.until("2026-03-05 09:00")
    story.do(number, handler(WATER), order.Complete(text("late")))
    assert story.breaches(number) == [DutyKind.ORDER_HANDLE]
    story.do(number, YUAN, order.SendBack(text("no")))
    assert story.duty(number, DutyKind.ORDER_HANDLE).duty.rule == "order.handle.service"


def test_an_act_at_the_very_due_instant_is_in_time() -> None:
    story = Story()
    number = at_work(story)
    story.until(story.duty(number, DutyKind.ORDER_HANDLE).legal_due)
    story.do(number, handler(WATER), order.Complete(text("mended")))
    assert story.breaches(number) == []


def test_an_act_after_it_finds_the_duty_breached_at_its_due_instant() -> None:
    story = Story()
    number = at_work(story)
    due = story.duty(number, DutyKind.ORDER_HANDLE).legal_due
    story.now = due + timedelta(days=3)  # nobody woke the case in between
    story.do(number, handler(WATER), order.Complete(text("late")))
    (breach,) = (event for event in story.events(number) if isinstance(event.fact, DutyBreached))
    assert breach.at == due
    assert story.stage(number) is Stage.RATING


def test_a_breach_is_pressed_the_next_working_day_and_made_public_five_days_later() -> None:
    story = Story()
    number = at_work(story)
    story.outlast(number, DutyKind.ORDER_HANDLE)  # Wednesday 11 March, 24:00
    story.until("2026-04-01 09:00")
    marks = [(e.fact.mark, e.at) for e in story.events(number) if isinstance(e.fact, DutyMarked)]
    assert marks == [(Mark.URGED, at("2026-03-12 17:30")), (Mark.BULLETIN, at("2026-03-19 17:30"))]


def test_who_gives_the_reason_is_not_named_in_a_bulletin() -> None:
    story = Story()
    number = at_work(story)
    assert story.refuses(number, handler(WATER), base.ExplainDelay(text("rain")))[0] == "no_right"
    story.outlast(number, DutyKind.ORDER_HANDLE)
    story.do(number, handler(WATER), base.ExplainDelay(text("rain")))
    story.until("2026-04-01 09:00")
    assert [fact.mark for fact in story.facts(number, DutyMarked)] == [Mark.URGED]


def test_one_reason_does_not_excuse_the_next_delay() -> None:
    story = Story()
    number = at_work(story)
    story.outlast(number, DutyKind.ORDER_HANDLE)
    story.do(number, handler(WATER), base.ExplainDelay(text("rain")))
    story.do(number, handler(WATER), order.Complete(text("mended")))
    story.do(number, YUAN, order.SendBack(text("no")))
    story.outlast(number, DutyKind.ORDER_HANDLE)
    story.wait(days=30)
    assert [fact.mark for fact in story.facts(number, DutyMarked)][-1] is Mark.BULLETIN


def test_the_unit_reports_how_far_it_is() -> None:
    story = Story()
    number = at_work(story)
    story.do(number, handler(WATER), order.InterimReport(text("half done")))
    assert story.owes(number) == {DutyKind.ORDER_HANDLE}


def test_the_sender_grants_more_time_once_counted_from_the_first_start() -> None:
    story = Story()
    number = at_work(story)
    story.do(number, handler(WATER), order.RequestExtension(5, text("parts")))
    story.do(number, WORKER, order.GrantExtension(5))
    (moved,) = story.facts(number, DutyMoved)
    assert (moved.why, moved.extended_days, moved.legal_due) == ("extension", 5, end_of("2026-03-16"))
    assert {Note.EXTENSION_GRANTED, Note.PARTY_TOLD} <= set(story.notes(number))
    assert (
        story.refuses(number, handler(WATER), order.RequestExtension(1, text("more")))[0] == "extension_used"
    )
    assert "order.request_extension" not in story.offered(number, handler(WATER))


def test_an_extension_is_a_week_at_most() -> None:
    story = Story()
    number = at_work(story)
    for days in (0, 8):
        asked = order.RequestExtension(days, text("parts"))
        assert story.refuses(number, handler(WATER), asked) == ("extension_too_long", ("7",))


def test_an_extension_is_asked_for_once_at_a_time() -> None:
    story = Story()
    number = at_work(story)
    story.do(number, handler(WATER), order.RequestExtension(5, text("parts")))
    assert (
        story.refuses(number, handler(WATER), order.RequestExtension(5, text("parts")))[0]
        == "extension_asked"
    )


def test_an_interim_report_does_not_take_the_request_back() -> None:
    story = Story()
    number = at_work(story)
    story.do(number, handler(WATER), order.RequestExtension(5, text("parts")))
    story.do(number, handler(WATER), order.InterimReport(text("half")))
    story.do(number, WORKER, order.GrantExtension(3))
    assert story.case(number).extensions == 1


def test_a_refused_extension_leaves_the_first_date() -> None:
    story = Story()
    number = at_work(story)
    due = story.duty(number, DutyKind.ORDER_HANDLE).legal_due
    story.do(number, handler(WATER), order.RequestExtension(5, text("parts")))
    story.do(number, WORKER, order.RefuseExtension())
    assert Note.EXTENSION_REFUSED in story.notes(number)
    assert story.duty(number, DutyKind.ORDER_HANDLE).legal_due == due


def test_a_late_answer_to_a_request_still_counts_before_expiry() -> None:
    story = Story()
    number = at_work(story)
    story.do(number, handler(WATER), order.RequestExtension(5, text("parts")))
    story.outlast(number, DutyKind.ORDER_EXTENSION_DECISION)
    story.do(number, WORKER, order.GrantExtension(5))
    assert story.breaches(number) == [DutyKind.ORDER_EXTENSION_DECISION]
    assert story.case(number).extensions == 1


def test_after_expiry_there_is_nothing_to_extend() -> None:
    story = Story()
    number = at_work(story)
    story.until("2026-03-11 12:00")
    story.do(number, handler(WATER), order.RequestExtension(5, text("parts")))
    story.outlast(number, DutyKind.ORDER_HANDLE)
    assert story.owes(number) == {DutyKind.ORDER_HANDLE}
    assert story.refuses(number, WORKER, order.GrantExtension(5))[0] == "out_of_turn"
    assert story.refuses(number, handler(WATER), order.RequestExtension(5, text("x")))[0] == "extension_late"


@pytest.mark.parametrize("service", [Service.URGENT, Service.UTILITY])
def test_hours_are_given_to_danger_and_nobody_makes_them_longer(service: Service) -> None:
    story = Story()
    number = at_work(story, service)
    assert story.refuses(number, handler(WATER), order.RequestExtension(1, text("x")))[0] == "not_extendable"


def test_a_request_is_void_once_the_work_is_done() -> None:
    story = Story()
    number = at_work(story)
    story.do(number, handler(WATER), order.RequestExtension(5, text("parts")))
    story.do(number, handler(WATER), order.Complete(text("after all")))
    assert story.owes(number) == {DutyKind.ORDER_RATE}


# -- d5: rating ----------------------------------------------------------------------------------------


def test_the_resident_rates_before_the_community() -> None:
    story = Story()
    number = done(story)
    assert story.refuses(number, WORKER, base.Rate(5, 5, 5))[0] == "no_right"
    story.do(number, YUAN, base.Rate(1, 1, 1))
    assert story.owes(number) == {DutyKind.ORDER_COMMUNITY_RATE}


def test_unrated_stays_unrated() -> None:
    story = Story()
    number = done(story)
    story.outlast(number, DutyKind.ORDER_RATE)
    story.outlast(number, DutyKind.ORDER_COMMUNITY_RATE)
    unrated = [fact.about for fact in story.facts(number, Noted) if fact.note is Note.UNRATED]
    assert unrated == [DutyKind.ORDER_RATE, DutyKind.ORDER_COMMUNITY_RATE]
    assert not any(isinstance(fact.act, base.Rate) for fact in story.facts(number, Acted))
    story.do(number, WORKER, order.CloseOrder())
    assert story.outcome(number) is Outcome.DONE


def test_a_result_is_sent_back_once_by_resident_or_community() -> None:
    story = Story()
    number = done(story)
    story.do(number, YUAN, order.SendBack(text("no")))
    assert story.stage(number) is Stage.HANDLING
    story.do(number, handler(WATER), order.Complete(text("again")))
    assert story.refuses(number, YUAN, order.SendBack(text("no"))) == ("send_back_used", ())
    story.do(number, YUAN, base.Rate(2, 2, 2))
    assert story.refuses(number, WORKER, order.SendBack(text("no"))) == ("send_back_used", ())


def test_the_community_may_send_back_what_the_resident_rated() -> None:
    story = Story()
    number = done(story)
    story.do(number, YUAN, base.Rate(5, 5, 5))
    story.do(number, WORKER, order.SendBack(text("the bill is missing")))
    assert story.stage(number) is Stage.HANDLING


def test_the_unit_does_not_write_down_what_the_resident_thinks_of_it() -> None:
    story = Story()
    number = done(story)
    for act in (base.Rate(5, 5, 5), order.SendBack(text("x"))):
        code, about = story.refuses(number, on_behalf(handler(WATER), YUAN), act)
        assert (code, about) == ("own_work", (WATER,))
    story.do(number, on_behalf(WORKER, YUAN), base.Rate(5, 5, 5))
    assert story.owes(number) == {DutyKind.ORDER_COMMUNITY_RATE}


def test_a_community_does_not_rate_its_own_work() -> None:
    story = Story()
    number = reviewed(story)
    story.do(number, WORKER, order.Dispatch((COMMUNITY,)))
    story.do(number, person(Role.HANDLER, COMMUNITY), order.Accept())
    story.do(number, person(Role.HANDLER, COMMUNITY), order.Complete(text("swept")))
    story.do(number, YUAN, base.Rate(5, 5, 5))
    assert story.owes(number) == {DutyKind.ORDER_CLOSE}


@pytest.mark.parametrize("marks", [(0, 3, 3), (3, 6, 3), (3, 3, -1)])
def test_a_rating_is_from_one_to_five_in_three_dimensions(marks: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="from 1 to 5"):
        base.Rate(*marks)


def test_an_order_nobody_asked_for_is_rated_by_the_community_alone() -> None:
    story = Story()
    number = story.open(replace(an_order(), applicant=None), WORKER)
    story.do(number, WORKER, order.AcceptNeed(Service.SERVICE))
    story.do(number, WORKER, order.Dispatch((WATER,)))
    story.do(number, handler(WATER), order.Accept())
    story.do(number, handler(WATER), order.Complete(text("mended")))
    assert story.owes(number) == {DutyKind.ORDER_COMMUNITY_RATE}


# -- standing rights -----------------------------------------------------------------------------------


def test_a_resident_may_withdraw_until_there_is_a_result() -> None:
    story = Story()
    number = at_work(story)
    story.do(number, YUAN, base.Withdraw())
    assert story.outcome(number) is Outcome.WITHDRAWN
    assert story.owes(number) == set()
    finished = done(story)
    assert story.refuses(finished, YUAN, base.Withdraw())[0] == "out_of_turn"


def test_nobody_else_withdraws_a_residents_order() -> None:
    story = Story()
    number = story.open(an_order())
    assert story.refuses(number, resident("kang"), base.Withdraw())[0] == "no_right"
    story.do(number, on_behalf(WORKER, YUAN), base.Withdraw())
    assert story.outcome(number) is Outcome.WITHDRAWN


def test_a_closed_order_takes_no_act() -> None:
    story = Story()
    number = story.open(an_order())
    story.do(number, YUAN, base.Withdraw())
    assert story.refuses(number, YUAN, base.Supplement(text("but"))) == ("case_closed", ())


def test_the_same_act_twice_is_one_event() -> None:
    story = Story()
    number = story.open(an_order())
    first = story.do(number, WORKER, order.AcceptNeed(Service.WISH), act_id="key")
    story.wait(hours=1)
    assert story.do(number, WORKER, order.AcceptNeed(Service.WISH), act_id="key") == first
    assert len(story.facts(number, Acted)) == 1


def test_hours_of_service_are_not_negative() -> None:
    with pytest.raises(ValueError, match="credit_hours"):
        order.CloseOrder(credit_hours=-1)


def test_only_the_head_of_a_unit_or_the_dispatcher_recuses_another() -> None:
    story = Story()
    number = at_work(story)
    recuse = base.Recuse(handler(WATER).account, text("his brother's house"))
    assert story.refuses(number, WORKER, recuse)[0] == "not_anothers"
    story.do(number, head(WATER), recuse)
    assert story.refuses(number, handler(WATER), order.Complete(text("x"))) == ("recused", ())
    story.do(number, head(WATER), order.Complete(text("x")))
    assert story.stage(number) is Stage.RATING


def test_a_head_does_not_send_other_units_people_away() -> None:
    story = Story()
    number = at_work(story)
    recuse = base.Recuse(WORKER.account, text("he is strict with us"))
    assert story.refuses(number, head(WATER), recuse) == ("not_anothers", (WORKER.account,))


def test_a_party_is_not_recused_from_its_own_matter() -> None:
    story = Story()
    number = at_work(story)
    assert story.refuses(number, head(WATER), base.Recuse("yuan", text("a nuisance")))[0] == "not_anothers"
