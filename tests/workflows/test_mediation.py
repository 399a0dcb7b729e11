"""People's mediation under the three-level response, line by line as the rule has it (三级响应)."""

from dataclasses import replace
from datetime import date

import pytest
from builders import (
    CENTRE,
    CONFERENCE,
    DISPATCHER,
    FOUR_SEATS,
    HOUSING,
    KANG,
    OFFICES,
    POLICE,
    SEATS,
    WORKER,
    YUAN,
    Story,
    a_dispute,
    at,
    end_of,
    handler,
    mediator,
    on_behalf,
    person,
    resident,
    text,
)  # fmt: skip

from domain.actors import Actor
from domain.acts import base, order
from domain.acts import mediation as acts
from domain.duties import DutyKind, Mark
from domain.events import DutyMarked, DutyMoved, DutyPaused, Escalated, Noted, WindowClosed
from domain.openings import MediationOpening
from domain.vocabulary import CaseNo, Colour, Link, Note, Outcome, Party, Role, Stage, Unit

PARTIES = (Party("yuan"), Party("kang"))
VILLAGE, TOWNSHIP, TOP = mediator(1), mediator(2), mediator(3)


def agreement(form: acts.Form = acts.Form.WRITTEN, by: str = "2026-03-31") -> acts.Agree:
    """Kang pays two thirds of the repairs."""
    words = [text(word) for word in ("facts", "shared", "two thirds", "by transfer")]
    return acts.Agree(form, *words, date.fromisoformat(by))


def opened(story: Story, **how: bool) -> CaseNo:
    """A dispute that the community registered."""
    return story.open(a_dispute(**how), WORKER)


def visited(story: Story, colour: Colour = Colour.BLUE, **how: bool) -> CaseNo:
    """Signed for, graded and visited at the lowest level."""
    number = opened(story, **how)
    story.do(number, VILLAGE, acts.SignFor())
    story.do(number, DISPATCHER, acts.GradeRisk(colour))
    if colour is not Colour.RED:
        story.do(number, VILLAGE, acts.Visit(text("both seen")))
    return number


def told_and_willing(story: Story, number: CaseNo, who: Actor = VILLAGE) -> None:
    """Every party has its notice and consents."""
    for party in (YUAN, KANG):
        story.do(number, who, acts.ServeNotice(Party(party.account)))
        story.do(number, party, acts.Consent())


def mediating(story: Story, **how: bool) -> CaseNo:
    """Taken in at the lowest level."""
    number = visited(story, **how)
    told_and_willing(story, number)
    story.do(number, VILLAGE, acts.AcceptDispute())
    return number


def agreed(story: Story, form: acts.Form = acts.Form.WRITTEN, by: str = "2026-03-31", **how: bool) -> CaseNo:
    """The parties have agreed at the lowest level; nothing is signed."""
    number = mediating(story, **how)
    story.do(number, VILLAGE, agreement(form, by))
    return number


def performing(story: Story, by: str = "2026-03-31") -> CaseNo:
    """A written agreement in force."""
    number = agreed(story, by=by)
    for party in (YUAN, KANG):
        story.do(number, party, acts.SignAgreement())
    story.do(number, VILLAGE, acts.SealAgreement())
    return number


def at_the_top(story: Story) -> CaseNo:
    """Taken in and raised twice for want of a settlement."""
    number = mediating(story)
    for _ in range(2):
        story.outlast(number, DutyKind.MEDIATION_MEDIATE)
    return number


def raised_to(story: Story, number: CaseNo) -> list[tuple[Unit, str]]:
    """Where the dispute rose, and why."""
    return [(fact.to, fact.why) for fact in story.facts(number, Escalated)]


# -- the whole way -------------------------------------------------------------------------------------


def test_a_quarrel_over_repairs_is_settled_in_the_village_in_three_days() -> None:
    story = Story()
    number = mediating(story)
    story.wait(days=2)
    story.do(number, VILLAGE, acts.HoldSession(text("first sitting")))
    story.do(number, VILLAGE, agreement(by="2026-03-10"))
    for party in (YUAN, KANG):
        story.do(number, party, acts.SignAgreement())
    story.do(number, VILLAGE, acts.SealAgreement())
    story.until("2026-03-11 09:00")
    story.do(number, VILLAGE, acts.ReportPerformance(acts.Performance.FULL))
    story.do(number, VILLAGE, acts.ReturnVisit(satisfied=True, record=text("at peace")))
    story.do(number, VILLAGE, acts.SkipConfirmation())
    assert story.outcome(number) is Outcome.AGREED_PERFORMED
    assert story.breaches(number) == []
    assert story.stages(number) == [
        Stage.SIGNED, Stage.VISITED, Stage.CONSENTING, Stage.MEDIATING, Stage.AGREED, Stage.PERFORMING,
    ]  # fmt: skip
    assert raised_to(story, number) == []


# -- a1–a3: sign, grade, visit -------------------------------------------------------------------------


def test_the_committee_signs_within_half_an_hour_at_night_too() -> None:
    story = Story("2026-03-02 23:50")
    number = opened(story)
    assert story.duty(number, DutyKind.MEDIATION_SIGN).legal_due == at("2026-03-03 00:20")


def test_where_the_lowest_level_is_silent_the_next_one_is_asked() -> None:
    story = Story()
    number = opened(story)
    story.outlast(number, DutyKind.MEDIATION_SIGN)
    assert raised_to(story, number) == [(SEATS[1], "not_signed")]
    assert story.refuses(number, VILLAGE, acts.SignFor())[0] == "no_right"
    story.do(number, TOWNSHIP, acts.SignFor())
    assert (story.stage(number), story.case(number).level) == (Stage.SIGNED, "township")


def test_the_last_level_must_sign_however_late() -> None:
    story = Story()
    number = opened(story)
    story.wait(hours=5)
    assert story.breaches(number) == [DutyKind.MEDIATION_SIGN] * 3
    story.do(number, TOP, acts.SignFor())
    assert story.stage(number) is Stage.SIGNED


def test_the_first_visit_is_due_eight_hours_after_the_report() -> None:
    story = Story()
    number = opened(story)
    story.wait(minutes=20)
    story.do(number, VILLAGE, acts.SignFor())
    assert story.duty(number, DutyKind.MEDIATION_FIRST_VISIT).legal_due == at("2026-03-02 17:00")
    assert story.duty(number, DutyKind.MEDIATION_GRADE).legal_due == at("2026-03-02 11:20")


def test_a_risk_nobody_graded_counts_as_yellow() -> None:
    story = Story()
    number = opened(story)
    story.do(number, VILLAGE, acts.SignFor())
    story.outlast(number, DutyKind.MEDIATION_GRADE)
    (graded,) = (fact for fact in story.facts(number, Noted) if fact.note is Note.GRADED_BY_DEFAULT)
    assert graded.about == Colour.YELLOW
    assert story.refuses(number, DISPATCHER, acts.GradeRisk(Colour.BLUE))[0] == "out_of_turn"
    story.do(number, VILLAGE, acts.Visit(text("late")))
    assert story.stage(number) is Stage.CONSENTING


def test_a_late_first_visit_is_a_breach_and_still_wanted() -> None:
    story = Story()
    number = opened(story)
    story.do(number, VILLAGE, acts.SignFor())
    story.do(number, DISPATCHER, acts.GradeRisk(Colour.YELLOW))
    story.outlast(number, DutyKind.MEDIATION_FIRST_VISIT)
    assert story.breaches(number) == [DutyKind.MEDIATION_FIRST_VISIT]
    story.do(number, VILLAGE, acts.Visit(text("late")))
    assert story.stage(number) is Stage.CONSENTING


def test_red_goes_to_the_top_level_and_to_the_police() -> None:
    story = Story()
    number = visited(story, Colour.RED)
    assert raised_to(story, number) == [(SEATS[2], "graded_red")]
    (told,) = (fact for fact in story.facts(number, Noted) if fact.note is Note.POLICE_TOLD)
    assert told.unit == POLICE
    assert story.refuses(number, VILLAGE, acts.Visit(text("x")))[0] == "out_of_turn"
    story.do(number, TOP, acts.SignFor())
    told_and_willing(story, number, TOP)
    story.do(number, TOP, acts.AcceptDispute())
    assert story.case(number).level == "city"


# -- a4: notice and consent ----------------------------------------------------------------------------


def test_nobody_is_mediated_without_the_rights_notice() -> None:
    story = Story()
    number = visited(story)
    assert story.refuses(number, YUAN, acts.Consent()) == ("notice_missing", ("yuan",))
    assert story.refuses(number, VILLAGE, acts.AcceptDispute()) == ("notice_missing", PARTIES)
    assert "mediation.accept" not in story.offered(number, VILLAGE)


def test_nobody_is_mediated_without_consent_of_all() -> None:
    story = Story()
    number = visited(story)
    for party in PARTIES:
        story.do(number, VILLAGE, acts.ServeNotice(party))
    story.do(number, YUAN, acts.Consent())
    assert story.refuses(number, VILLAGE, acts.AcceptDispute()) == ("consent_missing", ("kang",))
    story.do(number, KANG, acts.Consent())
    assert "mediation.accept" in story.offered(number, VILLAGE)


def test_the_notice_goes_to_parties() -> None:
    story = Story()
    number = visited(story)
    assert story.refuses(number, VILLAGE, acts.ServeNotice(Party("wu"))) == ("not_a_party", ("wu",))


def test_consent_said_aloud_is_written_down_for_the_party() -> None:
    story = Story()
    number = visited(story)
    story.do(number, VILLAGE, acts.ServeNotice(Party("yuan")))
    story.do(number, on_behalf(VILLAGE, YUAN), acts.Consent())
    assert story.case(number).consented == {Party("yuan")}
    stranger = on_behalf(person(Role.MEDIATOR, Unit("city/other")), YUAN)
    assert story.refuses(number, stranger, acts.Consent())[0] == "no_right"


def test_without_consent_in_time_there_is_no_mediation_and_the_other_ways_are_told() -> None:
    story = Story()
    number = visited(story)
    story.do(number, VILLAGE, acts.ServeNotice(Party("yuan")))
    due = story.outlast(number, DutyKind.MEDIATION_CONSENT)
    assert due == end_of("2026-03-05")
    assert story.outcome(number) is Outcome.NOT_ACCEPTED
    assert story.closed_at(number) == due
    assert story.notes(number)[-1] is Note.REMEDIES_TOLD


def test_a_committee_that_dawdles_does_not_cost_the_parties_their_mediation() -> None:
    """Expiry never closes a case by itself: all have consented, only the committee is late."""
    story = Story()
    number = visited(story)
    told_and_willing(story, number)
    story.outlast(number, DutyKind.MEDIATION_CONSENT)
    assert story.case(number).is_open
    story.do(number, VILLAGE, acts.AcceptDispute())
    assert story.stage(number) is Stage.MEDIATING


def test_an_excluded_dispute_is_rejected_and_the_other_ways_are_told() -> None:
    story = Story()
    number = visited(story)
    story.do(number, VILLAGE, acts.RejectDispute(text("for the court alone")))
    assert story.outcome(number) is Outcome.NOT_ACCEPTED
    assert story.notes(number)[-1] is Note.REMEDIES_TOLD


# -- a5–a7: level by level -----------------------------------------------------------------------------


def test_a_dispute_not_settled_in_time_rises_with_its_file() -> None:
    story = Story()
    number = mediating(story)
    assert story.duty(number, DutyKind.MEDIATION_MEDIATE).legal_due == end_of("2026-03-05")
    story.outlast(number, DutyKind.MEDIATION_MEDIATE)
    assert raised_to(story, number) == [(SEATS[1], "not_settled_in_time")]
    assert story.duty(number, DutyKind.MEDIATION_MEDIATE).legal_due == end_of("2026-03-12")
    story.outlast(number, DutyKind.MEDIATION_MEDIATE)
    assert story.case(number).level == "city"
    assert story.breaches(number) == [DutyKind.MEDIATION_MEDIATE] * 2


def test_the_mediator_passes_a_dispute_up() -> None:
    story = Story()
    number = mediating(story)
    story.do(number, VILLAGE, acts.AskEscalation(text("beyond us")))
    assert raised_to(story, number) == [(SEATS[1], "asked")]
    assert story.breaches(number) == []


def test_a_party_may_ask_for_the_next_level() -> None:
    story = Story()
    number = mediating(story)
    story.do(number, KANG, acts.AskEscalation(text("they are cousins")))
    assert story.case(number).level == "township"
    assert story.refuses(number, VILLAGE, acts.HoldSession(text("x")))[0] == "no_right"


def test_the_month_runs_from_acceptance_and_not_from_each_level() -> None:
    story = Story()
    number = mediating(story)
    month = story.duty(number, DutyKind.MEDIATION_TOTAL)
    assert month.legal_due == end_of("2026-04-02")
    story.outlast(number, DutyKind.MEDIATION_MEDIATE)
    assert story.duty(number, DutyKind.MEDIATION_TOTAL).legal_due == end_of("2026-04-02")


def test_beyond_the_month_only_by_consent_of_all() -> None:
    story = Story()
    number = mediating(story)
    alone = acts.ExtendByConsent(10, (Party("yuan"),))
    assert story.refuses(number, VILLAGE, alone) == ("all_parties_needed", ("kang",))
    story.do(number, VILLAGE, acts.ExtendByConsent(10, PARTIES))
    (moved,) = story.facts(number, DutyMoved)
    assert moved.legal_due == end_of("2026-04-13")  # 12 April is a Sunday
    rules = [event.rule for event in story.events(number) if event.fact is moved]
    assert rules == ["mediation.total"]


@pytest.mark.parametrize("days", [0, 367])
def test_an_extension_by_consent_is_a_day_to_a_year(days: int) -> None:
    with pytest.raises(ValueError, match="days must be"):
        acts.ExtendByConsent(days, PARTIES)


def test_when_the_month_is_over_the_conference_decides_wherever_the_dispute_is() -> None:
    story = Story(edition="slow")
    number = mediating(story)
    assert story.refuses(number, VILLAGE, acts.Suspend(date(2026, 3, 20), PARTIES))[0] == "not_pausable"
    story.outlast(number, DutyKind.MEDIATION_TOTAL)
    assert story.stage(number) is Stage.JOINT_CONFERENCE
    assert story.breaches(number) == []
    story.do(number, CONFERENCE, acts.DecideConference(acts.Conference.EXTEND, text("go on"), PARTIES))
    assert story.case(number).level == "city"
    assert story.refuses(number, TOP, acts.ExtendByConsent(3, PARTIES))[0] == "extension_late"
    assert raised_to(story, number)[-1] == (CONFERENCE.unit, "not_settled_at_top")


def test_the_top_level_failing_the_joint_conference_ends_it_and_tells_the_other_ways() -> None:
    story = Story()
    number = at_the_top(story)
    story.outlast(number, DutyKind.MEDIATION_MEDIATE)
    assert story.stage(number) is Stage.JOINT_CONFERENCE
    story.do(number, CONFERENCE, acts.DecideConference(acts.Conference.TERMINATE, text("no way")))
    assert story.outcome(number) is Outcome.FAILED
    assert story.notes(number)[-1] is Note.REMEDIES_TOLD


def test_an_extension_holds_though_the_month_ended_while_the_conference_sat() -> None:
    story = Story()
    number = at_the_top(story)
    story.do(number, TOP, acts.AskEscalation(text("stuck")))
    story.outlast(number, DutyKind.MEDIATION_TOTAL)
    story.do(number, CONFERENCE, acts.DecideConference(acts.Conference.EXTEND, text("go on"), PARTIES))
    assert (story.stage(number), story.case(number).level) == (Stage.MEDIATING, "city")
    assert not story.duty(number, DutyKind.MEDIATION_MEDIATE).breached


def test_the_conference_goes_on_only_with_the_consent_of_all() -> None:
    story = Story()
    number = at_the_top(story)
    story.do(number, TOP, acts.AskEscalation(text("stuck")))
    extend = acts.DecideConference(acts.Conference.EXTEND, text("once more"))
    assert story.refuses(number, CONFERENCE, extend) == ("all_parties_needed", PARTIES)
    story.do(number, CONFERENCE, replace(extend, consenting=PARTIES))
    assert (story.stage(number), story.case(number).level) == (Stage.MEDIATING, "city")
    assert story.owes(number) == {DutyKind.MEDIATION_MEDIATE}  # the month holds them no longer
    story.do(number, TOP, agreement())
    assert story.stage(number) is Stage.AGREED


def test_the_committee_ends_a_failed_mediation_and_tells_the_other_ways() -> None:
    story = Story()
    number = mediating(story)
    story.do(number, VILLAGE, acts.EndWithoutAgreement(text("no give")))
    assert story.outcome(number) is Outcome.FAILED
    assert story.notes(number)[-1] is Note.REMEDIES_TOLD


def test_levels_their_mediators_and_limits_are_data() -> None:
    """《四级七天》: grid, village, justice office, township centre; 1 + 2 + 2 + 2 working days."""
    story = Story("2026-09-24 09:00", edition="gaotai-4x7")
    number = story.open(a_dispute(seats=FOUR_SEATS), WORKER)
    grid = person(Role.GRID_WORKER, FOUR_SEATS[0])
    story.do(number, grid, acts.SignFor())
    story.do(number, DISPATCHER, acts.GradeRisk(Colour.YELLOW))
    story.do(number, grid, acts.Visit(text("seen")))
    told_and_willing(story, number, grid)
    story.do(number, grid, acts.AcceptDispute())
    dues = [story.outlast(number, DutyKind.MEDIATION_MEDIATE) for _ in range(4)]
    assert dues == [end_of(day) for day in ("2026-09-28", "2026-09-30", "2026-10-09", "2026-10-12")]
    assert [unit for unit, _ in raised_to(story, number)] == [*FOUR_SEATS[1:], CONFERENCE.unit]


def test_a_leader_mediates_where_the_edition_says_so() -> None:
    story = Story(edition="gaotai-4x7")
    number = story.open(a_dispute(seats=FOUR_SEATS), WORKER)
    story.do(number, WORKER, acts.ReportRisk(text("knives")))
    story.do(number, person(Role.TOWN_LEADER, CENTRE), acts.SignFor())
    assert story.case(number).level == "township_centre"


def test_third_persons_sit_in_only_by_consent() -> None:
    story = Story()
    number = mediating(story)
    uninvited = acts.HoldSession(text("x"), third_persons=1)
    assert story.refuses(number, VILLAGE, uninvited)[0] == "third_person_consent_missing"
    story.do(number, VILLAGE, replace(uninvited, third_persons_consented=True))
    with pytest.raises(ValueError, match="third_persons"):
        acts.HoldSession(text("x"), third_persons=-1)


def test_the_mediator_looks_into_the_facts() -> None:
    story = Story()
    number = mediating(story)
    story.do(number, VILLAGE, acts.Investigate(text("the pipe is old")))
    assert story.owes(number) == {DutyKind.MEDIATION_MEDIATE, DutyKind.MEDIATION_TOTAL}


def test_a_mediator_whom_all_parties_chose_sits_alone() -> None:
    story = Story()
    number = visited(story)
    other = mediator(1, "-2")
    told_and_willing(story, number)
    story.do(number, YUAN, acts.ChooseMediator(other.account))
    story.do(number, VILLAGE, acts.AcceptDispute())
    story.do(number, VILLAGE, acts.HoldSession(text("one party alone chose")))
    story.do(number, KANG, acts.ChooseMediator(other.account))
    assert story.refuses(number, VILLAGE, acts.HoldSession(text("x"))) == ("not_chosen", (other.account,))
    story.do(number, other, acts.HoldSession(text("x")))
    story.do(number, other, acts.AskEscalation(text("up")))
    story.do(number, TOWNSHIP, acts.HoldSession(text("their choice was below")))
    assert story.case(number).mediator is None


# -- resting by consent --------------------------------------------------------------------------------


def resting(story: Story, until: date = date(2026, 3, 20)) -> CaseNo:
    """All parties let the matter rest."""
    number = mediating(story)
    story.wait(days=1)
    story.do(number, VILLAGE, acts.Suspend(until, PARTIES))
    return number


def test_by_consent_of_all_the_matter_rests_and_its_clocks_with_it() -> None:
    story = Story()
    number = resting(story)
    assert [fact.why for fact in story.facts(number, DutyPaused)] == ["consent", "consent"]
    story.until("2026-03-20 12:00")
    assert story.breaches(number) == []
    story.until("2026-03-21 00:01")
    assert story.duty(number, DutyKind.MEDIATION_MEDIATE).legal_due == end_of("2026-03-25")
    assert story.duty(number, DutyKind.MEDIATION_TOTAL).legal_due == end_of("2026-04-20")


def test_while_it_rests_nobody_sits() -> None:
    story = Story()
    number = resting(story)
    for act in (acts.HoldSession(text("x")), agreement(), acts.AskEscalation(text("x"))):
        assert story.refuses(number, VILLAGE, act)[0] == "suspended"
    assert story.refuses(number, VILLAGE, acts.Suspend(date(2026, 4, 1), PARTIES))[0] == "suspended"
    assert story.offered(number, VILLAGE) & {"mediation.session", "mediation.agree"} == set()


@pytest.mark.parametrize("who", [VILLAGE, KANG])
def test_a_mediator_or_any_party_wakes_it_sooner(who: Actor) -> None:
    story = Story()
    number = resting(story)
    story.until("2026-03-05 09:00")
    story.do(number, who, acts.Resume())
    assert story.duty(number, DutyKind.MEDIATION_MEDIATE).legal_due == end_of("2026-03-10")
    assert story.refuses(number, KANG, acts.Resume())[0] == "not_suspended"


def test_nothing_rests_without_everybodys_consent_nor_for_ever() -> None:
    story = Story()
    number = mediating(story)
    alone = acts.Suspend(date(2026, 3, 20), (Party("kang"),))
    assert story.refuses(number, VILLAGE, alone) == ("all_parties_needed", ("yuan",))
    assert story.refuses(number, VILLAGE, acts.Suspend(date(2030, 1, 1), PARTIES))[0] == "too_far"


def test_danger_wakes_a_resting_matter() -> None:
    story = Story()
    number = resting(story)
    story.wait(days=1)
    story.do(number, KANG, acts.ReportRisk(text("he has a hammer")))
    assert story.case(number).level == "city"
    assert story.duty(number, DutyKind.MEDIATION_TOTAL).legal_due == end_of("2026-04-07")  # 4 to 6 April rest
    story.do(number, TOP, acts.HoldSession(text("at once")))


# -- orders placed for a dispute -----------------------------------------------------------------------


def test_work_that_would_dissolve_the_dispute_is_ordered_from_a_unit() -> None:
    story = Story()
    number = mediating(story)
    story.do(number, VILLAGE, acts.PlaceOrder(HOUSING, text("look at the pipe")))
    (part,) = story.parts(number)
    parent = story.case(part).parent
    assert parent is not None
    assert (parent.number, parent.link) == (number, Link.SPLIT_INTO)
    assert story.duty(part, DutyKind.ORDER_ACCEPT).duty.rule == "order.accept"
    story.do(part, handler(HOUSING), order.Accept())
    story.do(part, handler(HOUSING), order.Complete(text("mended")))
    story.do(part, VILLAGE, order.AcceptResult())
    assert story.outcome(part) is Outcome.DONE
    assert story.case(number).parts[part].outcome is Outcome.DONE


def test_the_next_level_takes_over_the_orders_too() -> None:
    story = Story()
    number = mediating(story)
    story.do(number, VILLAGE, acts.PlaceOrder(HOUSING, text("look at the pipe")))
    (part,) = story.parts(number)
    story.do(number, VILLAGE, acts.AskEscalation(text("up")))
    story.do(part, handler(HOUSING), order.Accept())
    story.do(part, handler(HOUSING), order.Complete(text("mended")))
    assert story.refuses(part, VILLAGE, order.AcceptResult())[0] == "no_right"
    story.do(number, TOWNSHIP, acts.AskEscalation(text("up")))
    story.do(part, TOP, order.SendBack(text("again")))
    assert story.stage(part) is Stage.HANDLING


def test_orders_are_called_off_when_the_mediation_ends() -> None:
    story = Story()
    number = mediating(story)
    story.do(number, VILLAGE, acts.PlaceOrder(HOUSING, text("look")))
    (part,) = story.parts(number)
    story.do(number, YUAN, acts.Refuse())
    assert story.outcome(part) is Outcome.RECALLED


# -- refusal, withdrawal, danger -----------------------------------------------------------------------


def reach(stage: str, story: Story) -> CaseNo:
    """A dispute at each of the places from which it can be refused."""
    match stage:
        case "opened":
            return opened(story)
        case "signed":
            number = opened(story)
            story.do(number, VILLAGE, acts.SignFor())
            return number
        case "consenting":
            return visited(story)
        case "mediating":
            return mediating(story)
        case "conference":
            number = at_the_top(story)
            story.outlast(number, DutyKind.MEDIATION_MEDIATE)
            return number
        case _:
            return agreed(story)


STAGES = ("opened", "signed", "consenting", "mediating", "conference", "agreed")


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("who", [YUAN, KANG])
def test_refusal_by_any_party_from_any_state_ends_mediation(stage: str, who: Actor) -> None:
    story = Story()
    number = reach(stage, story)
    story.do(number, who, acts.Refuse())
    assert story.outcome(number) is Outcome.REFUSED
    assert story.notes(number)[-1] is Note.REMEDIES_TOLD
    assert story.owes(number) == set()
    assert story.refuses(number, VILLAGE, acts.SignFor())[0] == "case_closed"


def test_an_agreement_in_force_is_not_refused_any_more() -> None:
    story = Story()
    number = performing(story)
    assert story.refuses(number, KANG, acts.Refuse())[0] == "out_of_turn"


def test_only_a_party_refuses() -> None:
    story = Story()
    number = mediating(story)
    assert story.refuses(number, resident("wu"), acts.Refuse())[0] == "no_right"
    story.do(number, on_behalf(VILLAGE, KANG), acts.Refuse())
    assert story.outcome(number) is Outcome.REFUSED


def test_a_refused_dispute_is_brought_again_as_a_new_case() -> None:
    story = Story()
    first = mediating(story)
    story.do(first, KANG, acts.Refuse())
    again = opened(story)
    assert again != first
    assert story.owes(again) == {DutyKind.MEDIATION_SIGN}


def test_the_applicant_withdraws_before_there_is_an_agreement() -> None:
    story = Story()
    number = mediating(story)
    assert story.refuses(number, KANG, base.Withdraw())[0] == "no_right"
    story.do(number, YUAN, base.Withdraw())
    assert story.outcome(number) is Outcome.WITHDRAWN


@pytest.mark.parametrize("stage", STAGES[:-1])
def test_danger_pre_empts_every_timer(stage: str) -> None:
    story = Story()
    number = reach(stage, story)
    before = {held.duty.number for held in story.case(number).duties.values()}
    story.do(number, KANG, acts.ReportRisk(text("he has a hammer")))
    assert Note.POLICE_TOLD in story.notes(number)
    assert raised_to(story, number)[-1] == (SEATS[2], "risk_reported")
    left = {n: h.duty.kind for n, h in story.case(number).duties.items() if n in before}
    assert set(left.values()) <= {DutyKind.MEDIATION_TOTAL}
    assert {h.duty.owner.unit for h in story.case(number).duties.values()} <= {SEATS[2], CONFERENCE.unit}


def test_danger_before_acceptance_still_needs_notice_and_consent_at_the_top() -> None:
    story = Story()
    number = opened(story)
    story.do(number, WORKER, acts.ReportRisk(text("shouting")))
    story.do(number, TOP, acts.SignFor())
    assert story.owes(number) == {DutyKind.MEDIATION_CONSENT}
    told_and_willing(story, number, TOP)
    story.do(number, TOP, acts.AcceptDispute())
    assert story.case(number).level == "city"


def test_danger_does_not_give_the_dispute_another_month() -> None:
    story = Story()
    number = mediating(story)
    due = story.duty(number, DutyKind.MEDIATION_TOTAL).legal_due
    story.wait(days=2)
    story.do(number, YUAN, acts.ReportRisk(text("threats")))
    assert story.duty(number, DutyKind.MEDIATION_TOTAL).legal_due == due


def test_danger_told_again_gives_the_top_level_no_more_time() -> None:
    story = Story()
    number = mediating(story)
    story.do(number, YUAN, acts.ReportRisk(text("threats")))
    due = story.duty(number, DutyKind.MEDIATION_MEDIATE).legal_due
    story.wait(days=3)
    story.do(number, YUAN, acts.ReportRisk(text("threats again")))
    assert story.duty(number, DutyKind.MEDIATION_MEDIATE).legal_due == due


def test_danger_while_the_conference_sits_gives_the_top_level_days_of_its_own() -> None:
    story = Story(edition="slow")
    number = mediating(story)
    story.outlast(number, DutyKind.MEDIATION_TOTAL)
    assert story.stage(number) is Stage.JOINT_CONFERENCE
    story.do(number, YUAN, acts.ReportRisk(text("threats")))
    assert story.duty(number, DutyKind.MEDIATION_MEDIATE).legal_due > story.now


@pytest.mark.parametrize("build", [agreed, performing])
def test_danger_after_an_agreement_is_told_and_takes_nothing_away(build: object) -> None:
    story = Story()
    number = build(story)  # type: ignore[operator]
    owed = story.owes(number)
    story.do(number, YUAN, acts.ReportRisk(text("threats")))
    assert Note.POLICE_TOLD in story.notes(number)
    assert raised_to(story, number) == [(SEATS[2], "risk_reported")]
    assert story.owes(number) == owed


# -- a8: the agreement ---------------------------------------------------------------------------------


def test_a_written_agreement_holds_only_when_all_have_signed_and_it_is_sealed() -> None:
    story = Story()
    number = agreed(story)
    assert story.refuses(number, VILLAGE, acts.SealAgreement()) == ("signature_missing", PARTIES)
    story.do(number, YUAN, acts.SignAgreement())
    assert story.refuses(number, VILLAGE, acts.SealAgreement()) == ("signature_missing", ("kang",))
    assert "mediation.seal" not in story.offered(number, VILLAGE)
    story.do(number, KANG, acts.SignAgreement())
    assert Note.AGREEMENT_EFFECTIVE not in story.notes(number)
    story.do(number, VILLAGE, acts.SealAgreement())
    assert Note.AGREEMENT_EFFECTIVE in story.notes(number)
    assert story.stage(number) is Stage.PERFORMING


def test_an_agreement_not_sealed_the_next_working_day_is_a_breach_and_still_wanted() -> None:
    story = Story()
    number = agreed(story)
    assert story.outlast(number, DutyKind.MEDIATION_AGREEMENT) == end_of("2026-03-03")
    assert story.stage(number) is Stage.AGREED
    assert story.breaches(number) == [DutyKind.MEDIATION_AGREEMENT]


def test_an_oral_agreement_holds_the_day_it_is_made() -> None:
    story = Story()
    number = agreed(story, acts.Form.ORAL)
    assert story.stage(number) is Stage.PERFORMING
    assert Note.AGREEMENT_EFFECTIVE in story.notes(number)


def test_family_agreements_are_signed_on_paper() -> None:
    """《电子签名法》第3条: marriage, adoption, inheritance."""
    story = Story()
    number = agreed(story, paper_only=True)
    story.do(number, YUAN, acts.SignAgreement())
    story.do(number, KANG, acts.SignAgreement(scan=text("paper")))
    assert story.refuses(number, VILLAGE, acts.SealAgreement()) == ("paper_missing", ("yuan",))
    story.do(number, on_behalf(VILLAGE, YUAN), acts.SignAgreement(scan=text("paper")))
    story.do(number, VILLAGE, acts.SealAgreement())
    assert story.stage(number) is Stage.PERFORMING


def test_staff_record_a_signature_only_from_the_paper_that_bears_it() -> None:
    story = Story()
    number = agreed(story)
    staff = on_behalf(VILLAGE, YUAN)
    assert story.refuses(number, staff, acts.SignAgreement()) == ("paper_missing", ("yuan",))


def test_terms_are_performed_within_a_working_life() -> None:
    story = Story()
    number = mediating(story)
    assert story.refuses(number, VILLAGE, agreement(by="2099-12-31"))[0] == "too_far"


# -- a9, a10: confirmation, performance, return visit --------------------------------------------------


def test_the_court_may_be_asked_for_thirty_days_with_three_reminders() -> None:
    story = Story()
    number = performing(story, by="2026-06-30")
    confirm = story.duty(number, DutyKind.MEDIATION_CONFIRM)
    assert confirm.legal_due == end_of("2026-04-01")
    story.until("2026-04-02 09:00")
    marks = [(e.fact.mark, e.at) for e in story.events(number) if isinstance(e.fact, DutyMarked)]
    days = [end_of(day) for day in ("2026-03-12", "2026-03-22", "2026-03-29")]
    assert marks == [(Mark.REMINDED, day) for day in days]


def test_a_lapse_of_the_courts_window_is_only_noted_at_its_instant() -> None:
    story = Story()
    number = performing(story, by="2026-06-30")
    due = story.outlast(number, DutyKind.MEDIATION_CONFIRM)
    assert story.breaches(number) == []
    noted = [e.at for e in story.events(number) if e.fact == Noted(Note.CONFIRMATION_LAPSED)]
    assert noted == [due]
    assert len(story.facts(number, WindowClosed)) == 1


def test_confirmation_is_applied_for_together() -> None:
    story = Story()
    number = performing(story)
    alone = acts.ApplyConfirmation((Party("kang"),))
    assert story.refuses(number, VILLAGE, alone) == ("all_parties_needed", ("yuan",))
    story.do(number, VILLAGE, acts.ApplyConfirmation(PARTIES))
    applied = [e.at for e in story.events(number) if e.fact == Noted(Note.CONFIRMATION_APPLIED)]
    assert applied == [story.now]


def test_performance_is_looked_at_three_working_days_after_the_date_agreed() -> None:
    story = Story()
    number = performing(story, by="2026-04-02")
    look = story.duty(number, DutyKind.MEDIATION_PERFORMANCE)
    assert look.legal_due == end_of("2026-04-08")  # the festival of Qingming lies between


def test_what_is_not_performed_is_urged_and_looked_at_again() -> None:
    story = Story()
    number = performing(story, by="2026-03-10")
    story.until("2026-03-11 09:00")
    story.do(number, VILLAGE, acts.ReportPerformance(acts.Performance.PARTIAL))
    assert Note.PERFORMANCE_URGED in story.notes(number)
    assert story.duty(number, DutyKind.MEDIATION_PERFORMANCE).legal_due == end_of("2026-04-10")
    story.do(number, VILLAGE, acts.ReportPerformance(acts.Performance.FULL))
    story.do(number, VILLAGE, acts.ReturnVisit(satisfied=True, record=text("well")))
    story.do(number, VILLAGE, acts.SkipConfirmation())
    assert story.outcome(number) is Outcome.AGREED_PERFORMED


def test_who_does_not_perform_is_told_of_the_court() -> None:
    story = Story()
    number = performing(story, by="2026-03-10")
    story.do(number, VILLAGE, acts.SkipConfirmation())
    for _ in range(2):
        story.do(number, VILLAGE, acts.ReportPerformance(acts.Performance.NONE))
    story.do(number, VILLAGE, acts.ReturnVisit(satisfied=False, record=text("nothing came")))
    assert story.outcome(number) is Outcome.AGREED_UNPERFORMED
    assert story.notes(number)[-1] is Note.REMEDIES_TOLD


def test_the_case_waits_for_the_courts_window_after_the_return_visit() -> None:
    story = Story()
    number = performing(story, by="2026-03-02")
    story.do(number, VILLAGE, acts.ReportPerformance(acts.Performance.FULL))
    story.do(number, VILLAGE, acts.ReturnVisit(satisfied=None, record=text("not at home")))
    assert story.owes(number) == {DutyKind.MEDIATION_CONFIRM}
    story.do(number, YUAN, acts.ReportRisk(text("threats")))
    story.outlast(number, DutyKind.MEDIATION_CONFIRM)
    assert story.outcome(number) is Outcome.AGREED_PERFORMED


def test_a_dispute_has_two_sides() -> None:
    with pytest.raises(ValueError, match="at least one"):
        MediationOpening(OFFICES, "0301", text("a"), text("b"), applicants=(Party("yuan"),))
    with pytest.raises(ValueError, match="twice"):
        MediationOpening(
            OFFICES, "0301", text("a"), text("b"), applicants=(Party("yuan"),), respondents=(Party("yuan"),)
        )
