"""The stepping core: time comes in from outside, what is refused leaves no trace, dates are counted anew."""

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import (
    ADMIN,
    HOUSING,
    OFFICER,
    RECHECK_OFFICE,
    REVIEW_OFFICE,
    WATER,
    WORKER,
    YUAN,
    Story,
    a_dispute,
    a_petition,
    an_order,
    at,
    end_of,
    handler,
    mediator,
    shelf,
    text,
)  # fmt: skip

from domain.actors import office
from domain.acts import base, mediation, order, petition
from domain.duties import DutyKind
from domain.events import CaseOpened, DutyBreached, DutyMarked, DutyMoved, DutyOpened, DutyPaused
from domain.openings import OrderOpening
from domain.shelf import UnknownEdition
from domain.vocabulary import CaseKind, CaseNo, Outcome, Party, Role, Service, Share, Unit
from workflows.catalogue import PROCEDURES
from workflows.core import ActRefused, Core, Receipt, Start
from workflows.desk import Desk, Done, Interruption

NEXT = shelf().calendar("cn-2027").digest


def a_core(opening: OrderOpening | None = None, begin: str = "2026-03-02 09:00", number: str = "O1") -> Core:
    """One case without an engine."""
    opening = opening or an_order()
    rulebook, calendar = shelf().rulebook("default-3").digest, shelf().calendar("cn-2026").digest
    start = Start(CaseNo(number), opening, rulebook, calendar, YUAN, "open", at(begin), drill=True)
    return Core(PROCEDURES[opening.kind], start, shelf())


# -- acts ----------------------------------------------------------------------------------------------


def test_a_case_opens_under_pinned_editions() -> None:
    core = a_core()
    opened = core.events[0].fact
    assert isinstance(opened, CaseOpened)
    assert (opened.rulebook, opened.calendar) == (core.rules.digest, shelf().calendar("cn-2026").digest)
    assert opened.drill
    assert core.receipts["open"] == Receipt(1, 3)


def test_a_refused_act_leaves_no_trace_but_what_fell_due_before_it() -> None:
    core = a_core()
    core.drain()
    with pytest.raises(ActRefused) as refused:
        core.receive("a1", handler(WATER), order.Accept(), at("2026-03-09 09:00"))
    assert refused.value.refused.code == "out_of_turn"
    assert [type(event.fact) for event in core.events] == [DutyBreached, DutyMarked]
    assert "a1" not in core.receipts


def test_the_same_act_id_gives_the_first_receipt_however_late() -> None:
    core = a_core()
    first = core.receive("a1", WORKER, order.AcceptNeed(Service.WISH), at("2026-03-02 10:00"))
    assert core.receive("a1", WORKER, order.AcceptNeed(Service.HARD), at("2027-03-02 10:00")) == first
    assert core.now == at("2026-03-02 10:00")


def test_every_consequence_names_the_act_it_followed_from() -> None:
    core = a_core()
    core.drain()
    receipt = core.receive("a1", WORKER, order.AcceptNeed(Service.WISH), at("2026-03-02 10:00"))
    acted, *followed = core.events
    assert (acted.cause, acted.seq) == (None, receipt.first)
    assert {event.cause for event in followed} == {acted.seq}
    assert followed[-1].seq == receipt.last


def test_time_never_goes_back_within_a_case() -> None:
    core = a_core()
    core.receive("a1", WORKER, order.AcceptNeed(Service.WISH), at("2026-03-02 10:00"))
    core.receive("a2", WORKER, order.Dispatch((WATER,)), at("2026-03-02 09:30"))
    times = [event.at for event in core.events]
    assert times == sorted(times)


def test_what_follows_a_lapse_comes_after_it() -> None:
    core = a_core()
    due = core.next_due()
    assert due is not None
    assert not core.lapsed(due)
    assert core.lapsed(due + timedelta(milliseconds=1))
    core.tick(due + timedelta(milliseconds=1))
    core.receive("a1", WORKER, order.AcceptNeed(Service.WISH), due)
    assert core.events[-1].at == due + timedelta(milliseconds=1)


def test_what_came_out_is_taken_once() -> None:
    core = a_core()
    assert core.has_news
    events, letters, new_cases = core.drain()
    assert (len(events), letters, new_cases) == (3, [], [])
    assert not core.has_news


def test_a_part_begins_under_the_editions_and_in_the_name_of_the_whole() -> None:
    core = a_core()
    core.receive("a1", WORKER, order.AcceptNeed(Service.WISH), at("2026-03-02 10:00"))
    core.receive("a2", WORKER, order.AskWhistle(), at("2026-03-02 11:00"))
    (new,) = core.drain()[2]
    start = core.start_of(new)
    assert (start.number, start.at, start.drill) == ("O1-01", at("2026-03-02 11:00"), True)
    assert (start.rulebook, start.calendar) == (core.case.rulebook, core.case.calendar)
    assert (start.actor.account, start.actor.role) == ("O1", Role.CASE)


def test_a_letter_says_who_it_is_for_and_counts_once() -> None:
    core = a_core(number="O2")
    core.receive("a1", WORKER, order.Merge(CaseNo("O1")), at("2026-03-02 10:00"))
    (letter,) = core.drain()[1]
    assert (letter.to, letter.act) == ("O1", base.JoinTwin(core.case.kind))
    assert letter.id.startswith("O2:")


def test_a_mark_without_an_event_leaves_the_rest_to_come() -> None:
    story = Story()
    number = story.open(a_petition())
    story.outlast(number, DutyKind.PETITION_SORT)
    story.do(number, OFFICER, base.ExplainDelay(text("two were ill")))
    story.until("2026-04-01 09:00")
    assert story.breaches(number) == [DutyKind.PETITION_SORT, DutyKind.PETITION_ROUTE]


# -- dates ---------------------------------------------------------------------------------------------


def provisional_petition(story: Story) -> CaseNo:
    """A petition whose dates lie in a year without a published schedule."""
    number = story.open(a_petition())
    assert story.duty(number, DutyKind.PETITION_ROUTE).provisional
    return number


def test_a_published_calendar_counts_provisional_dates_anew() -> None:
    story = Story("2027-01-25 09:00")
    number = provisional_petition(story)
    assert story.duty(number, DutyKind.PETITION_ROUTE).legal_due == end_of("2027-02-09")
    story.do(number, ADMIN, base.AdoptCalendar(NEXT))
    held = story.duty(number, DutyKind.PETITION_ROUTE)
    assert (held.legal_due, held.provisional) == (end_of("2027-02-12"), False)
    assert {fact.why for fact in story.facts(number, DutyMoved)} == {"calendar_adopted"}
    assert story.case(number).calendar == NEXT


def test_a_calendar_changes_no_settled_date_and_no_breach() -> None:
    story = Story("2026-03-02 09:00")
    number = story.open(a_petition())
    story.do(number, ADMIN, base.AdoptCalendar(NEXT))
    assert story.facts(number, DutyMoved) == []
    late = Story("2027-01-25 09:00")
    number = provisional_petition(late)
    late.until("2027-03-01 09:00")
    late.do(number, ADMIN, base.AdoptCalendar(NEXT))
    assert late.facts(number, DutyMoved) == []


def test_later_duties_count_by_the_calendar_adopted() -> None:
    story = Story("2027-01-25 09:00")
    number = provisional_petition(story)
    story.do(number, ADMIN, base.AdoptCalendar(NEXT))
    story.do(number, OFFICER, petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL))
    story.do(number, OFFICER, petition.Split((petition.OrderLine(WATER, Share.LEAD, text("x")),)))
    assert not story.duty(number, DutyKind.PETITION_NOTICE).provisional
    assert story.case(story.parts(number)[0]).calendar == NEXT


def test_an_unknown_calendar_is_refused_and_changes_nothing() -> None:
    story = Story()
    number = story.open(a_petition())
    for unknown in ("cn-1999", "cn-2027"):  # a name may mean another content tomorrow
        assert story.refuses(number, ADMIN, base.AdoptCalendar(unknown)) == ("unknown_calendar", (unknown,))
    assert story.refuses(number, OFFICER, base.AdoptCalendar(NEXT))[0] == "no_right"


def test_a_clock_that_stands_is_counted_by_the_new_calendar_when_it_runs_again() -> None:
    story = Story("2027-01-11 09:00")
    number = story.open(a_petition())
    story.do(number, OFFICER, petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL))
    story.do(number, OFFICER, petition.Split((petition.OrderLine(WATER, Share.LEAD, text("x")),)))
    story.do(number, handler(WATER), petition.GiveNotice(True, text("x")))
    (part,) = story.parts(number)
    story.do(part, handler(WATER), order.Accept())
    story.do(part, handler(WATER), order.Complete(text("x")))
    story.do(part, handler(WATER), order.AcceptResult())
    fields = [text("x"), text("x"), petition.Opinion.EXPLAIN, text("x")]
    story.do(number, handler(WATER), petition.IssueOpinion(*fields))  # type: ignore[arg-type]
    story.do(number, handler(WATER), petition.Serve())
    story.do(number, YUAN, petition.AskReview(text("x")))
    story.do(number, handler(REVIEW_OFFICE), petition.DecideReview(petition.Ruling.UPHOLD, text("x")))
    story.do(number, YUAN, petition.AskRecheck(text("x")))
    story.do(number, handler(RECHECK_OFFICE), petition.StartHearing(at("2027-03-31 09:00")))
    story.do(number, ADMIN, base.AdoptCalendar(NEXT))
    assert story.duty(number, DutyKind.PETITION_RECHECK).paused
    story.until("2027-03-01 09:00")
    assert DutyKind.PETITION_RECHECK not in story.breaches(number)
    story.do(number, handler(RECHECK_OFFICE), petition.EndHearing(text("x")))
    held = story.duty(number, DutyKind.PETITION_RECHECK)
    assert (held.paused, held.provisional) == (False, False)
    assert held.legal_due == end_of("2027-03-31")  # day 0 to 1 March not counted: 30 days after 1 March


def test_a_capped_date_is_the_cap_and_the_warning_comes_no_later() -> None:
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL))
    lines = (
        petition.OrderLine(WATER, Share.LEAD, text("x")),
        petition.OrderLine(HOUSING, Share.CO_HANDLER, text("x"), service=Service.PROJECT),
    )
    story.do(number, OFFICER, petition.Split(lines))
    part = story.parts(number)[1]
    story.do(part, handler(HOUSING), order.Accept())
    held = story.duty(part, DutyKind.ORDER_HANDLE)
    assert held.legal_due == held.duty.cap
    assert held.internal_due <= held.legal_due


def test_a_limit_that_follows_a_lapse_at_midnight_counts_from_the_day_that_ended() -> None:
    story = Story()
    number = story.open(an_order())
    story.do(number, WORKER, order.AcceptNeed(Service.WISH))
    story.do(number, WORKER, order.Dispatch((WATER,)))
    due = story.outlast(number, DutyKind.ORDER_ACCEPT)
    dispatch = story.duty(number, DutyKind.ORDER_DISPATCH).duty
    assert due == end_of("2026-03-05")
    assert dispatch.counted_from.date() == at("2026-03-05").date()
    assert dispatch.legal_due == end_of("2026-03-06")


def test_a_matter_filed_at_midnight_counts_from_its_own_day() -> None:
    story = Story("2026-03-03 00:00")
    number = story.open(an_order())
    review = story.duty(number, DutyKind.ORDER_REVIEW).duty
    assert (review.counted_from, review.legal_due) == (at("2026-03-03 00:00"), end_of("2026-03-04"))


def test_only_what_the_limit_names_stops_a_clock() -> None:
    async def stops(desk: Desk, opening: OrderOpening) -> Outcome:
        desk.pause(desk.open(DutyKind.ORDER_REVIEW, office(Unit("a"), Role.HANDLER)), "lunch")
        raise AssertionError

    start = replace(_start(), opening=an_order())
    with pytest.raises(ValueError, match=r"order\.review is not paused by lunch"):
        Core(stops, start, shelf())


def _start() -> Start:
    rulebook, calendar = shelf().rulebook("default-3").digest, shelf().calendar("cn-2026").digest
    return Start(CaseNo("O1"), an_order(), rulebook, calendar, YUAN, "open", at("2026-03-02 09:00"))


def test_a_procedure_may_break_off_at_once_into_what_already_lies_in_the_mail() -> None:
    """An interruption whose next wait is already answered goes on without another act."""
    seen: list[str] = []

    async def waits(desk: Desk, opening: OrderOpening) -> Outcome:
        owner = office(WORKER.unit, Role.COMMUNITY_WORKER)  # type: ignore[arg-type]
        first = desk.open(DutyKind.ORDER_REVIEW, owner)
        second = desk.open(DutyKind.ORDER_DISPATCH, owner)
        try:
            await desk.next(second)
        except Interruption as broken:
            seen.append(broken.act.code)
        seen.append(type(await desk.next(first)).__name__)
        desk.relieve_all("over", but=second)
        desk.relieve(second, "over")
        return Outcome.DONE

    core = Core(waits, _start(), shelf())
    core.receive("a1", WORKER, order.AcceptNeed(Service.WISH), at("2026-03-02 10:00"))
    core.receive("a2", YUAN, base.Withdraw(), at("2026-03-02 11:00"))
    assert seen == ["withdraw", "Done"]
    assert core.case.outcome is Outcome.DONE


def test_an_act_that_a_duty_only_admits_does_not_end_the_wait_for_it() -> None:
    async def waits(desk: Desk, opening: OrderOpening) -> Outcome:
        done = await desk.duty(DutyKind.ORDER_HANDLE, office(WATER, Role.HANDLER), rule="order.handle.order")
        assert isinstance(done, Done)
        assert isinstance(done.act, order.Complete)
        return Outcome.DONE

    core = Core(waits, _start(), shelf())
    core.receive("a1", handler(WATER), order.InterimReport(text("half")), at("2026-03-02 10:00"))
    assert core.case.is_open
    core.receive("a2", handler(WATER), order.Complete(text("done")), at("2026-03-02 11:00"))
    assert core.case.outcome is Outcome.DONE


def test_a_case_asks_for_editions_that_are_on_the_shelf() -> None:
    with pytest.raises(UnknownEdition):
        Core(PROCEDURES[CaseKind.ORDER], replace(_start(), rulebook="lost"), shelf())
    assert {book.edition for book in shelf().rulebooks} >= {"default-3", "gaotai-4x7"}
    assert [each.edition for each in shelf().calendars] == ["cn-2026", "cn-2027"]


def test_a_due_instant_may_be_set_outright() -> None:
    story = Story()
    number = story.open(a_dispute(), WORKER)
    story.do(number, mediator(1), mediation.SignFor())
    story.do(number, WORKER, mediation.ReportRisk(text("x")))
    story.do(number, mediator(3), mediation.SignFor())
    for name in ("yuan", "kang"):
        story.do(number, mediator(3), mediation.ServeNotice(Party(name)))
        story.do(number, replace(YUAN, account=name), mediation.Consent())
    story.do(number, mediator(3), mediation.AcceptDispute())
    rest = mediation.Suspend(at("2026-03-10").date(), (Party("yuan"), Party("kang")))
    story.do(number, mediator(3), rest)
    opened = story.facts(number, DutyOpened)[-1].duty
    assert (opened.legal_due, opened.internal_due, opened.provisional) == (end_of("2026-03-10"),) * 2 + (
        False,
    )
    assert len(story.facts(number, DutyPaused)) == 2
