"""Whistles, line by line as the rule has them (街乡吹哨、部门报到; 12345吹哨)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import (
    CABINET,
    COMMUNITY,
    GOVERNMENT,
    HOTLINE,
    HOTLINE_DESK,
    HOUSING,
    OFFICES,
    POWER,
    SECRETARY,
    TOWN,
    TOWN_LEADER,
    TOWN_SECRETARY,
    WATER,
    WORKER,
    YUAN,
    Story,
    a_whistle,
    at,
    end_of,
    handler,
    head,
    text,
)  # fmt: skip

from domain.acts import base, order
from domain.acts import whistle as acts
from domain.duties import DutyKind
from domain.events import CaseLinked, Escalated, Noted
from domain.openings import WhistleOpening
from domain.vocabulary import CaseNo, Link, Note, Outcome, Share, Stage, Unit, WhistleKind

EVERYDAY, TOUGH, EMERGENCY = WhistleKind.EVERYDAY, WhistleKind.TOUGH, WhistleKind.EMERGENCY


def tasks(lead: Unit, *others: Unit) -> acts.FixTasks:
    """What the joint consultation fixes."""
    return acts.FixTasks(
        (
            acts.Task(lead, Share.LEAD, text(f"work of {lead}")),
            *(acts.Task(unit, Share.CO_HANDLER, text(f"work of {unit}")) for unit in others),
        )
    )


def blown(story: Story, *departments: Unit, kind: WhistleKind = EVERYDAY) -> CaseNo:
    """A whistle that sounds for water and power, or for those named."""
    units = departments or (WATER, POWER)
    if kind is EMERGENCY:
        return story.open(a_whistle(kind, departments=units), TOWN_LEADER)
    number = story.open(a_whistle(kind), WORKER)
    story.do(number, TOWN_SECRETARY if kind is TOUGH else TOWN_LEADER, acts.Blow(units))
    return number


def report(story: Story, number: CaseNo, *units: Unit) -> None:
    """Departments come."""
    for unit in units or (WATER, POWER):
        story.do(number, handler(unit), acts.ReportOnSite(text("Wu"), 24.7, 118.6))


def at_work(story: Story, *departments: Unit, kind: WhistleKind = EVERYDAY) -> CaseNo:
    """The consultation fixed who does what; the first department leads."""
    units = departments or (WATER, POWER)
    number = blown(story, *units, kind=kind)
    report(story, number, *units)
    story.do(number, TOWN_LEADER, tasks(*units))
    return number


def do_parts(story: Story, number: CaseNo) -> None:
    """Every order of the whistle is done and taken."""
    for part in story.parts(number):
        unit = story.case(part).opening.unit  # type: ignore[attr-defined]
        story.do(part, handler(unit), order.Accept())
        story.do(part, handler(unit), order.Complete(text("done")))
        story.do(part, TOWN_LEADER, order.AcceptResult())


def handled(story: Story, kind: WhistleKind = EVERYDAY) -> CaseNo:
    """The lead reports the matter handled."""
    number = at_work(story, kind=kind)
    do_parts(story, number)
    story.do(number, handler(WATER), acts.ReportHandled(text("dry again")))
    return number


# -- the whole way -------------------------------------------------------------------------------------


def test_departments_report_consult_work_and_both_sides_are_rated() -> None:
    story = Story()
    number = handled(story)
    story.do(number, TOWN_LEADER, acts.StandDown())
    for unit in (WATER, POWER):
        story.do(number, TOWN_LEADER, acts.RateDepartment(unit, 5, 4))
        story.do(number, handler(unit), acts.RateBlower(5, 4))
    assert story.outcome(number) is Outcome.STOOD_DOWN
    assert story.breaches(number) == []
    assert story.stages(number) == [
        Stage.APPROVING, Stage.REPORTING, Stage.MEETING, Stage.HANDLING, Stage.STANDING_DOWN, Stage.RATING,
    ]  # fmt: skip


def test_a_co_handler_that_stays_silent_does_not_hold_the_whistle_for_ever() -> None:
    story = Story()
    number = at_work(story)
    lead_part, silent = story.parts(number)
    story.do(lead_part, handler(WATER), order.Accept())
    story.do(lead_part, handler(WATER), order.Complete(text("done")))
    story.do(lead_part, TOWN_LEADER, order.AcceptResult())
    handled_ = acts.ReportHandled(text("dry again"))
    assert story.refuses(number, handler(WATER), handled_)[0] == "parts_open"
    release = acts.ReleaseTask(silent, text("nobody came"))
    assert story.refuses(number, handler(WATER), release)[0] == "no_right"
    assert story.refuses(number, TOWN_LEADER, replace(release, order=lead_part))[0] == "unknown_order"
    story.do(number, TOWN_LEADER, release)
    assert story.outcome(silent) is Outcome.RECALLED
    story.do(number, handler(WATER), handled_)
    assert story.stage(number) is Stage.STANDING_DOWN


# -- c0, c1: who may blow ------------------------------------------------------------------------------


def test_a_leader_blows_the_everyday_whistle_within_four_working_hours() -> None:
    story = Story("2026-03-02 16:30")
    number = story.open(a_whistle(), WORKER)
    assert story.duty(number, DutyKind.WHISTLE_APPROVE).legal_due == at("2026-03-03 11:30")
    assert story.refuses(number, TOWN_SECRETARY, acts.Blow((WATER,)))[0] == "no_right"
    assert story.refuses(number, WORKER, acts.Blow((WATER,)))[0] == "no_right"
    story.do(number, TOWN_LEADER, acts.Blow((WATER,)))


def test_the_secretary_blows_the_tough_one() -> None:
    story = Story()
    number = story.open(a_whistle(TOUGH), WORKER)
    assert story.duty(number, DutyKind.WHISTLE_APPROVE).legal_due == end_of("2026-03-03")
    assert story.refuses(number, TOWN_LEADER, acts.Blow((WATER,)))[0] == "no_right"
    story.do(number, TOWN_SECRETARY, acts.Blow((WATER,)))


def test_where_the_leader_is_silent_the_secretary_is_asked() -> None:
    story = Story()
    number = story.open(a_whistle(), WORKER)
    story.outlast(number, DutyKind.WHISTLE_APPROVE)
    assert [fact.why for fact in story.facts(number, Escalated)] == ["not_approved_in_time"]
    assert story.refuses(number, TOWN_LEADER, acts.Blow((WATER,)))[0] == "no_right"
    story.do(number, TOWN_SECRETARY, acts.Blow((WATER,)))
    assert story.stage(number) is Stage.REPORTING


def test_what_the_town_can_do_by_itself_is_returned() -> None:
    story = Story()
    number = story.open(a_whistle(), WORKER)
    story.do(number, TOWN_LEADER, acts.ReturnProposal(text("do it yourselves")))
    assert story.outcome(number) is Outcome.PROPOSAL_RETURNED


def test_an_emergency_sounds_without_approval_and_is_ratified_after() -> None:
    story = Story()
    number = blown(story, kind=EMERGENCY)
    assert story.stage(number) is Stage.REPORTING
    assert story.duty(number, DutyKind.WHISTLE_RATIFY).legal_due == at("2026-03-02 11:00")
    story.do(number, TOWN_SECRETARY, acts.Ratify())
    assert DutyKind.WHISTLE_RATIFY not in story.owes(number)


def test_an_emergency_does_not_end_unratified() -> None:
    story = Story()
    number = handled(story, EMERGENCY)
    assert story.refuses(number, TOWN_LEADER, acts.StandDown()) == ("not_ratified", ())
    story.wait(hours=3)
    assert DutyKind.WHISTLE_RATIFY in story.breaches(number)
    story.do(number, TOWN_LEADER, acts.Ratify())
    story.do(number, TOWN_LEADER, acts.StandDown())
    assert story.stage(number) is Stage.RATING


def test_an_emergency_names_its_departments_and_never_the_blower() -> None:
    with pytest.raises(ValueError, match="for an emergency"):
        a_whistle(EMERGENCY)
    with pytest.raises(ValueError, match="nor the blower"):
        a_whistle(EMERGENCY, departments=(WATER, TOWN))
    with pytest.raises(ValueError, match="blower must be named"):
        WhistleOpening(OFFICES, "0401", text("a"), text("b"))


def test_who_blows_does_not_report_to_itself() -> None:
    story = Story()
    number = story.open(a_whistle(), WORKER)
    assert story.refuses(number, TOWN_LEADER, acts.Blow((WATER, TOWN))) == ("blower_reports", (TOWN,))
    with pytest.raises(ValueError, match="at least one"):
        acts.Blow(())
    with pytest.raises(ValueError, match="twice"):
        acts.Blow((WATER, WATER))


def test_the_hotline_blows_as_a_town_does() -> None:
    """12345吹哨、部门报到: the head of the hotline approves, its desk stands down."""
    story = Story()
    number = story.open(a_whistle(blower=HOTLINE), HOTLINE_DESK)
    assert story.refuses(number, TOWN_LEADER, acts.Blow((WATER,)))[0] == "no_right"
    story.outlast(number, DutyKind.WHISTLE_APPROVE)
    story.do(number, head(HOTLINE), acts.Blow((WATER,)))
    report(story, number, WATER)
    story.do(number, HOTLINE_DESK, tasks(WATER))
    assert story.stage(number) is Stage.HANDLING


# -- c2–c4: sign, contact, report ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "sign", "contact", "on_site"),
    [
        (EVERYDAY, at("2026-03-02 10:00"), at("2026-03-03 09:00"), end_of("2026-03-05")),
        (TOUGH, at("2026-03-02 10:00"), at("2026-03-03 09:00"), end_of("2026-03-09")),
        (EMERGENCY, at("2026-03-02 09:10"), at("2026-03-02 09:10"), at("2026-03-02 09:30")),
    ],
)
def test_each_kind_has_its_limits(kind: WhistleKind, sign: object, contact: object, on_site: object) -> None:
    story = Story()
    number = blown(story, WATER, kind=kind)
    dues = [
        story.duty(number, duty).legal_due
        for duty in (DutyKind.WHISTLE_SIGN, DutyKind.WHISTLE_CONTACT, DutyKind.WHISTLE_REPORT)
    ]
    assert dues == [sign, contact, on_site]


def test_a_department_signs_contacts_and_reports() -> None:
    story = Story()
    number = blown(story, WATER)
    story.do(number, handler(WATER), acts.SignWhistle())
    story.do(number, head(WATER), acts.ContactBlower())
    assert story.owes(number) == {DutyKind.WHISTLE_REPORT}
    report(story, number, WATER)
    assert story.stage(number) is Stage.MEETING


def test_who_comes_at_once_need_not_sign_any_more() -> None:
    story = Story()
    number = blown(story, WATER, POWER)
    report(story, number, WATER)
    assert {held.duty.about for held in story.case(number).duties.values()} == {POWER}


def test_a_department_acts_for_itself_alone() -> None:
    story = Story()
    number = blown(story, WATER, POWER)
    assert story.refuses(number, handler(HOUSING), acts.ReportOnSite(text("x")))[0] == "no_right"
    story.do(number, handler(POWER), acts.SignWhistle())
    assert story.duty(number, DutyKind.WHISTLE_SIGN).duty.about == WATER


def test_signing_late_is_a_breach_and_no_reason_to_stay_away() -> None:
    story = Story()
    number = blown(story, WATER)
    story.outlast(number, DutyKind.WHISTLE_CONTACT)
    assert story.breaches(number) == [DutyKind.WHISTLE_SIGN, DutyKind.WHISTLE_CONTACT]
    story.do(number, handler(WATER), acts.SignWhistle())
    report(story, number, WATER)
    assert story.stage(number) is Stage.MEETING


def test_a_place_is_on_the_globe() -> None:
    for place in ({"latitude": 91.0}, {"longitude": -181.0}):
        with pytest.raises(ValueError, match="must be from"):
            acts.ReportOnSite(text("x"), **place)


def test_a_department_objects_once_and_its_clocks_run_on() -> None:
    story = Story()
    number = blown(story, WATER, POWER)
    due = story.duty(number, DutyKind.WHISTLE_REPORT, WATER).legal_due
    story.do(number, handler(WATER), acts.ObjectWhistle(text("not ours")))
    assert story.refuses(number, handler(WATER), acts.ObjectWhistle(text("no!"))) == ("objected_before", ())
    assert story.duty(number, DutyKind.WHISTLE_REPORT, WATER).legal_due == due
    story.do(number, TOWN_LEADER, acts.RuleObjection(WATER, released=False))
    assert story.duty(number, DutyKind.WHISTLE_REPORT, WATER).legal_due == due


def test_a_released_department_owes_nothing_and_is_not_rated() -> None:
    story = Story()
    number = blown(story, WATER, POWER)
    story.do(number, handler(WATER), acts.ObjectWhistle(text("not ours")))
    story.do(number, TOWN_LEADER, acts.RuleObjection(WATER, released=True))
    assert {held.duty.about for held in story.case(number).duties.values()} == {POWER}
    report(story, number, POWER)
    story.do(number, TOWN_LEADER, tasks(POWER))
    do_parts(story, number)
    story.do(number, handler(POWER), acts.ReportHandled(text("light again")))
    story.do(number, TOWN_LEADER, acts.StandDown())
    assert {held.duty.about for held in story.case(number).duties.values()} == {POWER}


def test_when_all_are_rightly_released_the_leader_names_others() -> None:
    story = Story()
    number = blown(story, WATER)
    story.do(number, handler(WATER), acts.ObjectWhistle(text("not ours")))
    story.do(number, TOWN_LEADER, acts.RuleObjection(WATER, released=True))
    assert story.stage(number) is Stage.APPROVING
    story.do(number, TOWN_LEADER, acts.Blow((POWER,)))
    assert {held.duty.about for held in story.case(number).duties.values()} == {POWER}


def test_an_objection_nobody_ruled_on_releases_nobody() -> None:
    story = Story()
    number = blown(story, WATER)
    story.do(number, handler(WATER), acts.ObjectWhistle(text("not ours")))
    story.outlast(number, DutyKind.WHISTLE_OBJECTION_RULING)
    assert DutyKind.WHISTLE_OBJECTION_RULING in story.breaches(number)
    report(story, number, WATER)
    assert story.owes(number) == {DutyKind.WHISTLE_MEET}


# -- c4, c8: absence -----------------------------------------------------------------------------------


def absent(story: Story) -> CaseNo:
    """Water came, power did not."""
    number = blown(story, WATER, POWER)
    report(story, number, WATER)
    story.outlast(number, DutyKind.WHISTLE_REPORT)
    return number


def test_a_department_that_does_not_report_is_reported_to_the_government() -> None:
    story = Story()
    number = absent(story)
    (reported,) = (fact for fact in story.facts(number, Noted) if fact.note is Note.REPORTED_TO_GOVERNMENT)
    assert reported.unit == POWER
    assert [(fact.to, fact.why) for fact in story.facts(number, Escalated)] == [
        (GOVERNMENT, "department_absent")
    ]
    escalation = story.duty(number, DutyKind.WHISTLE_ESCALATION)
    assert (escalation.duty.owner.unit, escalation.legal_due) == (GOVERNMENT, end_of("2026-03-12"))


def test_an_absent_department_still_owes_its_report() -> None:
    story = Story()
    number = absent(story)
    assert story.duty(number, DutyKind.WHISTLE_REPORT).breached
    report(story, number, POWER)
    assert DutyKind.WHISTLE_REPORT not in story.owes(number)
    assert story.stage(number) is Stage.ESCALATED


def test_what_the_government_decides_is_not_returned() -> None:
    story = Story()
    number = absent(story)
    for lead in (COMMUNITY, TOWN):
        decide = acts.DecideEscalation(lead, text("you"))
        assert story.refuses(number, CABINET, decide)[0] in ("community_as_lead", "blower_reports")
    story.do(number, CABINET, acts.DecideEscalation(POWER, text("you")))
    assert story.case(number).lead == POWER
    assert story.refuses(number, TOWN_LEADER, tasks(WATER, POWER)) == ("lead_decided", (POWER,))
    story.do(number, TOWN_LEADER, tasks(POWER, WATER))
    part = story.parts(number)[0]
    assert story.refuses(part, handler(POWER), order.Return(text("no"))) == ("return_settled", ())


def test_the_absent_are_rated_too() -> None:
    story = Story()
    number = absent(story)
    story.do(number, CABINET, acts.DecideEscalation(POWER, text("you")))
    story.do(number, TOWN_LEADER, tasks(POWER))
    do_parts(story, number)
    story.do(number, handler(POWER), acts.ReportHandled(text("done")))
    story.do(number, TOWN_LEADER, acts.StandDown())
    assert story.offered(number, TOWN_LEADER) >= {"whistle.rate_department"}
    story.do(number, TOWN_LEADER, acts.RateDepartment(POWER, 1, 3))


# -- c5, c6: consultation and work ---------------------------------------------------------------------


def test_the_blower_fixes_one_lead_and_an_order_for_each() -> None:
    story = Story()
    number = at_work(story)
    assert story.case(number).lead == WATER
    links = [(f.link, f.unit, f.share, f.mandatory) for f in story.facts(number, CaseLinked)]
    assert links == [
        (Link.SPLIT_INTO, WATER, Share.LEAD, True),
        (Link.SPLIT_INTO, POWER, Share.CO_HANDLER, True),
    ]
    for part in story.parts(number):
        parent = story.case(part).parent
        assert parent is not None
        assert (parent.number, parent.returnable) == (number, False)
    with pytest.raises(ValueError, match="exactly one lead"):
        acts.FixTasks((acts.Task(WATER, Share.CO_HANDLER, text("x")),))


def test_a_task_is_signed_for_as_fast_as_its_whistle() -> None:
    story = Story()
    number = at_work(story, kind=EMERGENCY)
    part = story.parts(number)[0]
    assert story.outlast(part, DutyKind.ORDER_ACCEPT) == at("2026-03-02 09:10")
    assert story.duty(part, DutyKind.ORDER_HANDLE).legal_due == at("2026-03-02 11:10")


def test_neither_the_community_nor_the_blower_leads() -> None:
    story = Story()
    number = blown(story, WATER)
    report(story, number, WATER)
    assert story.refuses(number, TOWN_LEADER, tasks(COMMUNITY, WATER)) == ("community_as_lead", (COMMUNITY,))
    assert story.refuses(number, TOWN_LEADER, tasks(TOWN, WATER)) == ("blower_reports", (TOWN,))
    assert story.refuses(number, handler(WATER), tasks(WATER))[0] == "no_right"


def test_the_lead_reports_only_when_every_order_is_done() -> None:
    story = Story()
    number = at_work(story)
    assert story.refuses(number, handler(WATER), acts.ReportHandled(text("x"))) == (
        "parts_open",
        tuple(story.parts(number)),
    )
    do_parts(story, number)
    assert story.refuses(number, handler(POWER), acts.ReportHandled(text("x")))[0] == "no_right"
    story.do(number, head(WATER), acts.ReportHandled(text("x")))


@pytest.mark.parametrize(
    ("kind", "due"),
    [(EVERYDAY, end_of("2026-03-16")), (TOUGH, end_of("2026-05-06")), (EMERGENCY, at("2026-03-03 09:00"))],
)
def test_work_not_done_in_time_goes_to_the_government(kind: WhistleKind, due: object) -> None:
    story = Story()
    number = at_work(story, kind=kind)
    assert story.outlast(number, DutyKind.WHISTLE_HANDLE) == due
    last = story.facts(number, Escalated)[-1]
    assert (last.to, last.why) == (GOVERNMENT, "not_handled_in_time")
    assert story.stage(number) is Stage.HANDLING


# -- c7, c9: standing down and rating ------------------------------------------------------------------


def test_only_the_blower_stands_the_whistle_down() -> None:
    story = Story()
    number = handled(story)
    for other in (handler(WATER), head(POWER), WORKER, SECRETARY, CABINET, YUAN):
        assert story.refuses(number, other, acts.StandDown())[0] == "no_right"
    story.do(number, TOWN_SECRETARY, acts.StandDown())
    assert story.stage(number) is Stage.RATING


def test_the_blower_sends_back_at_most_twice() -> None:
    story = Story()
    number = handled(story)
    for _ in range(2):
        story.do(number, TOWN_LEADER, acts.SendBackWhistle(text("still wet")))
        assert story.stage(number) is Stage.HANDLING
        story.do(number, handler(WATER), acts.ReportHandled(text("dry")))
    assert story.refuses(number, TOWN_LEADER, acts.SendBackWhistle(text("x"))) == ("send_back_used", ())
    assert "whistle.send_back" not in story.offered(number, TOWN_LEADER)


def test_silence_does_not_stand_a_whistle_down() -> None:
    story = Story()
    number = handled(story)
    story.outlast(number, DutyKind.WHISTLE_STAND_DOWN)
    story.wait(days=60)
    assert story.stage(number) is Stage.STANDING_DOWN
    assert story.breaches(number) == [DutyKind.WHISTLE_STAND_DOWN]


def test_both_sides_are_rated_and_unrated_stays_unrated() -> None:
    story = Story()
    number = handled(story)
    story.do(number, TOWN_LEADER, acts.StandDown())
    story.do(number, TOWN_LEADER, acts.RateDepartment(POWER, 2, 2))
    story.do(number, handler(WATER), acts.RateBlower(4, 4))
    assert story.refuses(number, TOWN_LEADER, acts.RateDepartment(POWER, 5, 5))[0] == "out_of_turn"
    story.outlast(number, DutyKind.WHISTLE_RATE)
    unrated = [(fact.unit, fact.about) for fact in story.facts(number, Noted) if fact.note is Note.UNRATED]
    assert unrated == [(WATER, DutyKind.WHISTLE_RATE), (POWER, DutyKind.WHISTLE_RATE_BLOWER)]
    assert story.outcome(number) is Outcome.STOOD_DOWN
    assert story.closed_at(number) - story.now < timedelta(seconds=1)


def test_a_department_does_not_rate_itself() -> None:
    story = Story()
    number = handled(story)
    story.do(number, TOWN_LEADER, acts.StandDown())
    assert story.refuses(number, handler(WATER), acts.RateDepartment(WATER, 5, 5))[0] == "no_right"
    for bad in (acts.RateDepartment, acts.RateBlower):
        with pytest.raises(ValueError, match="from 1 to 5"):
            bad(WATER, 0, 5) if bad is acts.RateDepartment else bad(6, 1)  # type: ignore[arg-type,call-arg]


def test_nobody_recalls_or_withdraws_a_whistle() -> None:
    story = Story()
    number = blown(story, WATER)
    for who in (WORKER, TOWN_LEADER):
        assert story.refuses(number, who, base.Withdraw())[0] == "out_of_turn"
