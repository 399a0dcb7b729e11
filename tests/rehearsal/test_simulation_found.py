"""What simulated lives found out, each by the name of the rule that was broken."""

from datetime import date, timedelta
from random import Random

from builders import (
    ADMIN,
    COMMUNITY,
    DISCIPLINE,
    DISPATCHER,
    HOUSING,
    KANG,
    LIBRARY,
    OFFICER,
    POWER,
    SEATS,
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
    mediator,
    person,
    text,
)  # fmt: skip
from lawful_lives import judge, taken_in, world_of

from domain.acts import base, mediation, order, petition, whistle
from domain.duties import DutyKind
from domain.events import Acted, Escalated
from domain.vocabulary import CaseNo, Colour, Party, Role, Service, Share, Stage, Unit
from rehearsal.torture.lives.pen import Pen
from rehearsal.torture.lives.place import DEPARTMENTS, place_at

W = text("words")
NEW = Unit("city/new")


def test_no_community_answers_alone_for_a_suggestion_or_an_accusation() -> None:
    """《北京市接诉即办工作条例》第17条第2款: a transfer makes its unit the lead, as a split does."""
    for category, accused in (
        (petition.Category.SUGGESTION, None),
        (petition.Category.ACCUSATION, Unit("city/x")),
    ):
        story = Story()
        number = story.open(a_petition())
        story.do(number, OFFICER, petition.Sort(category, accused=accused))
        for unit in (COMMUNITY, LIBRARY):
            refused = story.refuses(number, OFFICER, petition.Transfer(unit))
            assert refused == ("community_as_lead", (unit,))
        story.do(number, OFFICER, petition.Transfer(DISCIPLINE))


def test_a_party_that_consented_is_not_asked_again_though_it_may_say_so() -> None:
    story = Story()
    number = story.open(a_dispute(), WORKER)
    own = mediator(1)
    story.do(number, own, mediation.SignFor())
    story.do(number, DISPATCHER, mediation.GradeRisk(Colour.BLUE))
    story.do(number, own, mediation.Visit(W))
    for party in (YUAN, KANG):
        assert "mediation.serve_notice" in story.offered(number, own)
        story.do(number, own, mediation.ServeNotice(Party(party.account)))
    assert "mediation.serve_notice" not in story.offered(number, own)
    assert "mediation.consent" in story.offered(number, YUAN)
    story.do(number, YUAN, mediation.Consent())
    assert "mediation.consent" not in story.offered(number, YUAN)
    assert "mediation.consent" in story.offered(number, KANG)
    assert story.may(number, YUAN, mediation.Consent())


def test_a_party_is_asked_to_sign_until_the_signature_holds() -> None:
    """《电子签名法》第3条: where only paper holds, a signature without it is asked for again."""
    for paper_only in (False, True):
        story = Story()
        number = CaseNo(taken_in(story, paper_only=paper_only))
        story.do(number, mediator(1), mediation.Agree(mediation.Form.WRITTEN, W, W, W, W, date(2026, 4, 1)))
        story.do(number, YUAN, mediation.SignAgreement())
        assert ("mediation.sign_agreement" in story.offered(number, YUAN)) is paper_only
        story.do(number, YUAN, mediation.SignAgreement(W))
        assert "mediation.sign_agreement" not in story.offered(number, YUAN)
        assert "mediation.sign_agreement" in story.offered(number, KANG)


def test_danger_reported_while_the_conference_sits_gives_the_top_level_days_of_its_own() -> None:
    """《人民调解法》第25条: danger goes before everything; what the level had before the conference is used up."""
    story = Story()
    number = CaseNo(taken_in(story))
    for level in (1, 2, 3):
        story.do(number, mediator(level), mediation.AskEscalation(W))
        story.wait(hours=2)
    assert story.stage(number) is Stage.JOINT_CONFERENCE
    story.wait(hours=3)
    story.do(number, KANG, mediation.ReportRisk(W))
    sitting = story.duty(number, DutyKind.MEDIATION_MEDIATE).duty
    assert (sitting.owner.unit, sitting.counted_from) == (SEATS[2], story.now)
    assert judge(str(number), world_of(story)[number]) == []


def test_danger_reported_at_the_top_level_lets_its_days_run_on() -> None:
    story = Story()
    number = CaseNo(taken_in(story))
    for level in (1, 2):
        story.do(number, mediator(level), mediation.AskEscalation(W))
    since = story.now
    story.wait(hours=3)
    story.do(number, KANG, mediation.ReportRisk(W))
    assert story.duty(number, DutyKind.MEDIATION_MEDIATE).duty.counted_from == since
    assert judge(str(number), world_of(story)[number]) == []


def test_a_whistle_asked_for_after_the_town_was_abolished_goes_to_its_successor() -> None:
    """《信访工作条例》第24条: who answers for the town now is the higher hand, and no other rule is broken."""
    story = Story()
    number = story.open(an_order())
    story.do(number, WORKER, order.AcceptNeed(Service.SERVICE))
    story.do(number, ADMIN, base.Succeed(TOWN, HOUSING))
    story.do(number, WORKER, order.AskWhistle())
    assert [fact.to for fact in story.facts(number, Escalated)] == [HOUSING]
    assert judge(str(number), world_of(story)[number]) == []


def test_no_community_comes_to_lead_as_a_successor() -> None:
    """《北京市接诉即办工作条例》第17条第2款 holds for who takes over as for who is named; a co-handler it may be."""
    story = Story()
    number = story.open(a_whistle(), WORKER)
    story.do(number, TOWN_LEADER, whistle.Blow((WATER,)))
    story.do(number, handler(WATER), whistle.ReportOnSite(W, 25.4, 119.0))
    tasks = whistle.Task(HOUSING, Share.LEAD, W), whistle.Task(POWER, Share.CO_HANDLER, W)
    story.do(number, TOWN_LEADER, whistle.FixTasks(tasks))
    lead, co_handler = story.case(number).parts
    for case_no in (number, lead):
        refused = story.refuses(case_no, ADMIN, base.Succeed(HOUSING, COMMUNITY))
        assert refused == ("community_as_lead", (COMMUNITY,))
    story.do(co_handler, ADMIN, base.Succeed(POWER, COMMUNITY))
    for case_no in (number, lead):
        story.do(case_no, ADMIN, base.Succeed(HOUSING, NEW))
        assert judge(str(case_no), world_of(story)[case_no]) == []


def test_a_community_that_was_abolished_leads_nothing_under_its_old_name() -> None:
    """A unit named as it was called stands for who answers for it now, and is no less a community."""
    story = Story()
    number = story.open(a_whistle(), WORKER)
    story.do(number, TOWN_LEADER, whistle.Blow((WATER,)))
    story.do(number, handler(WATER), whistle.ReportOnSite(W, 25.4, 119.0))
    story.do(number, ADMIN, base.Succeed(COMMUNITY, HOUSING))
    for unit in (COMMUNITY, LIBRARY, HOUSING):
        refused = story.refuses(number, TOWN_LEADER, whistle.FixTasks((whistle.Task(unit, Share.LEAD, W),)))
        assert refused == ("community_as_lead", (unit,))
    story.do(number, ADMIN, base.Succeed(TOWN, NEW))
    for unit in (TOWN, NEW):
        tasks = whistle.FixTasks((whistle.Task(unit, Share.LEAD, W),))
        assert story.refuses(number, person(Role.TOWN_LEADER, NEW), tasks) == ("blower_reports", (NEW,))


def test_the_lead_does_not_come_to_answer_for_the_community() -> None:
    story = Story()
    number = story.open(a_whistle(), WORKER)
    story.do(number, TOWN_LEADER, whistle.Blow((WATER,)))
    story.do(number, handler(WATER), whistle.ReportOnSite(W, 25.4, 119.0))
    story.do(number, TOWN_LEADER, whistle.FixTasks((whistle.Task(HOUSING, Share.LEAD, W),)))
    for case_no in (number, *story.case(number).parts):
        refused = story.refuses(case_no, ADMIN, base.Succeed(COMMUNITY, HOUSING))
        assert refused == ("community_as_lead", (HOUSING,))
        story.do(case_no, ADMIN, base.Succeed(COMMUNITY, NEW))
        assert judge(str(case_no), world_of(story)[case_no]) == []


def test_who_will_check_does_not_take_over_from_the_accused() -> None:
    """《信访工作条例》第30条第3款: in a part the lead owes nothing yet, and will see the result."""
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL, accused=WATER))
    lines = [petition.OrderLine(unit, share, W) for unit, share in _ONE_LEADS]
    story.do(number, OFFICER, petition.Split(tuple(lines)))
    part = list(story.case(number).parts)[1]
    assert HOUSING not in story.case(part).holders
    assert story.refuses(part, ADMIN, base.Succeed(WATER, HOUSING)) == ("accused_unit", (HOUSING,))
    story.do(part, ADMIN, base.Succeed(WATER, NEW))
    assert judge(str(part), world_of(story)[part]) == []


_ONE_LEADS = ((HOUSING, Share.LEAD), (POWER, Share.CO_HANDLER))


def test_an_act_stamped_by_a_clock_behind_comes_after_what_lapses_before_it() -> None:
    """What was opened too late lapses first, and the act counts a moment after that, not at the same one."""
    story = Story()
    number = CaseNo(taken_in(story))
    story.wait(hours=1)
    yesterday = story.now.date() - timedelta(days=1)
    story.do(number, mediator(1), mediation.Suspend(yesterday, story.case(number).parties))
    story.now -= timedelta(seconds=90)
    receipt = story.do(number, KANG, base.Supplement(W))
    lapse, act = story.events(number)[receipt.first - 2], story.events(number)[receipt.first - 1]
    assert isinstance(act.fact, Acted)
    assert act.at - lapse.at == timedelta(milliseconds=1)
    assert judge(str(number), world_of(story)[number]) == []


def test_a_careful_hand_hands_nothing_to_who_answers_for_the_blower_now() -> None:
    """Nobody reports to itself: what the blower's successor may not take over is not tried in earnest."""
    story = Story()
    number = story.open(a_whistle(), WORKER)
    story.do(number, TOWN_LEADER, whistle.Blow((WATER,)))
    blower_now = DEPARTMENTS[0]
    story.do(number, ADMIN, base.Succeed(TOWN, blower_now))
    refused = story.refuses(number, ADMIN, base.Succeed(WATER, blower_now))
    assert refused == ("blower_reports", (blower_now,))
    place = place_at("yunhe/gucheng/mujie", "default-3")
    pen = Pen(place, story.case(number), ADMIN, None, story.now, Random(1))
    assert pen.free(DEPARTMENTS) == [unit for unit in DEPARTMENTS if unit != blower_now]


def test_an_act_about_a_department_counts_for_who_answered_for_it_then() -> None:
    """Its successor was abolished later: what was said of that one before stays said of the right one."""
    story = Story()
    number = story.open(a_whistle(), WORKER)
    story.do(number, TOWN_LEADER, whistle.Blow((WATER,)))
    story.do(number, ADMIN, base.Succeed(WATER, HOUSING))
    story.do(number, handler(HOUSING), whistle.ObjectWhistle(W))
    story.do(number, TOWN_LEADER, whistle.RuleObjection(HOUSING, released=False))
    story.do(number, ADMIN, base.Succeed(HOUSING, POWER))
    assert judge(str(number), world_of(story)[number]) == []
