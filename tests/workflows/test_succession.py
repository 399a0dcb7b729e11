"""A body is abolished while its cases run: its successor owes what it owed and would owe (《信访工作条例》第24条)."""

from datetime import timedelta

from builders import (
    ADMIN,
    COMMUNITY,
    HOUSING,
    OFFICER,
    PETITION_OFFICE,
    POWER,
    REVIEW_OFFICE,
    SECRETARY,
    TOWN,
    TOWN_LEADER,
    WATER,
    WATER_STATION,
    WORKER,
    YUAN,
    Story,
    a_dispute,
    a_petition,
    a_whistle,
    an_order,
    handler,
    head,
    mediator,
    person,
    shelf,
    text,
)  # fmt: skip

from audit.answers.rerun import rerun
from domain.acts import base, mediation, order, petition, whistle
from domain.authority import may_see
from domain.duties import DutyKind
from domain.events import DutyHandedOver, DutyMoved
from domain.vocabulary import CaseNo, Outcome, Role, Service, Share, Stage, Unit, WhistleKind

W = text("words")
NEW = Unit("city/new")


def owners(story: Story, number: CaseNo) -> dict[DutyKind, Unit | None]:
    return {held.duty.kind: held.duty.owner.unit for held in story.case(number).duties.values()}


def reruns(story: Story, number: CaseNo) -> bool:
    """Whether the acts on the record alone give the record again."""
    return rerun(number, story.events(number), shelf()) == list(story.events(number))


def a_handled_order() -> tuple[Story, CaseNo]:
    story = Story()
    number = story.open(an_order(Service.PROJECT, WATER))
    story.do(number, handler(WATER), order.Accept())
    return story, number


def test_the_successor_owes_the_same_duty_by_the_same_date() -> None:
    story, number = a_handled_order()
    (before,) = story.case(number).duties.values()
    due = before.legal_due
    story.do(number, ADMIN, base.Succeed(WATER, POWER))
    (after,) = story.case(number).duties.values()
    assert (after.duty.owner.unit, after.legal_due) == (POWER, due)
    assert not [each for each in story.events(number) if isinstance(each.fact, DutyMoved)]
    assert story.refuses(number, handler(WATER), order.Complete(W))[0] == "no_right"
    story.do(number, handler(POWER), order.Complete(W))
    assert story.case(number).lead == POWER
    assert reruns(story, number)


def test_what_is_sent_back_goes_to_the_successor() -> None:
    story, number = a_handled_order()
    story.do(number, handler(WATER), order.Complete(W))
    story.do(number, ADMIN, base.Succeed(WATER, POWER))
    story.do(number, YUAN, order.SendBack(W))
    assert owners(story, number) == {DutyKind.ORDER_HANDLE: POWER}
    assert reruns(story, number)


def test_a_body_is_succeeded_once_by_one_that_stands_and_has_a_part() -> None:
    story, number = a_handled_order()
    assert story.refuses(number, ADMIN, base.Succeed(HOUSING, POWER))[0] == "no_succession"
    assert story.refuses(number, ADMIN, base.Succeed(WATER, WATER))[0] == "no_succession"
    story.do(number, ADMIN, base.Succeed(WATER, POWER))
    assert story.refuses(number, ADMIN, base.Succeed(WATER, HOUSING))[0] == "no_succession"
    assert story.refuses(number, ADMIN, base.Succeed(POWER, WATER))[0] == "no_succession"
    story.do(number, ADMIN, base.Succeed(POWER, HOUSING))
    assert owners(story, number) == {DutyKind.ORDER_HANDLE: HOUSING}
    assert reruns(story, number)


def test_nobody_but_the_system_administrator_says_so() -> None:
    story, number = a_handled_order()
    for who in (WORKER, head(WATER), TOWN_LEADER, YUAN, person(Role.SECURITY_ADMIN, Unit("city/data"))):
        assert story.refuses(number, who, base.Succeed(WATER, POWER))[0] == "no_right"


def test_the_administrators_own_office_gets_no_sight_of_the_case() -> None:
    story, number = a_handled_order()
    story.do(number, ADMIN, base.Succeed(WATER, POWER))
    assert ADMIN.unit not in story.case(number).units
    assert may_see(story.case(number), handler(POWER))


def test_a_successor_of_the_community_checks_rates_and_closes() -> None:
    story = Story()
    number = story.open(an_order())
    story.do(number, ADMIN, base.Succeed(COMMUNITY, NEW))
    story.do(number, person(Role.COMMUNITY_WORKER, NEW), order.AcceptNeed(Service.SERVICE))
    assert owners(story, number) == {DutyKind.ORDER_DISPATCH: NEW}
    assert story.refuses(number, SECRETARY, order.Dispatch((WATER,)))[0] == "no_right"
    assert reruns(story, number)


def test_who_takes_over_from_the_unit_that_did_the_work_does_not_rate_it() -> None:
    story, number = a_handled_order()
    story.do(number, handler(WATER), order.Complete(W))
    story.do(number, ADMIN, base.Succeed(WATER, COMMUNITY))
    story.do(number, YUAN, base.Rate(5, 5, 5))
    assert owners(story, number) == {DutyKind.ORDER_CLOSE: COMMUNITY}


def a_split_petition(accused: Unit | None = None) -> tuple[Story, CaseNo]:
    story = Story()
    number = story.open(a_petition())
    sort = petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL, accused)
    story.do(number, OFFICER, sort)
    lines = petition.OrderLine(HOUSING, Share.LEAD, W), petition.OrderLine(POWER, Share.CO_HANDLER, W)
    story.do(number, OFFICER, petition.Split(lines))
    return story, number


def test_the_lead_passes_on_with_its_main_duty_and_the_check_of_every_part() -> None:
    story, number = a_split_petition()
    own, other = story.parts(number)
    for case in (number, own, other):
        story.do(case, ADMIN, base.Succeed(HOUSING, NEW))
    assert story.case(number).lead == NEW
    assert owners(story, number)[DutyKind.PETITION_NOTICE] == NEW
    story.do(other, handler(POWER), order.Accept())
    story.do(other, handler(POWER), order.Complete(W))
    assert owners(story, other) == {DutyKind.ORDER_CHECK: NEW}
    story.do(number, handler(NEW), petition.GiveNotice(True, W))
    assert owners(story, number)[DutyKind.PETITION_HANDLE] == NEW
    assert all(reruns(story, case) for case in (number, own, other))


def test_a_part_opened_after_the_abolition_is_sent_by_the_successor() -> None:
    story, number = a_split_petition()
    _, other = story.parts(number)
    story.do(number, ADMIN, base.Succeed(PETITION_OFFICE, NEW))
    story.do(other, handler(POWER), order.Return(W))
    story.do(other, OFFICER, order.UpholdReturn())
    story.do(number, person(Role.PETITION_OFFICER, NEW), petition.Reassign(other, WATER))
    third = story.case(story.parts(number)[-1])
    assert third.opening.offices.petition_office == NEW
    assert third.parent is not None
    assert third.parent.sender == NEW


def test_an_office_that_has_not_had_its_turn_is_succeeded_all_the_same() -> None:
    story, number = a_split_petition()
    story.do(number, ADMIN, base.Succeed(REVIEW_OFFICE, NEW))
    assert not [each for each in story.events(number) if isinstance(each.fact, DutyHandedOver)]
    assert story.case(number).standing(REVIEW_OFFICE) == NEW


def test_an_accusation_does_not_reach_the_accused_by_succession() -> None:
    story, number = a_split_petition(accused=WATER)
    for near in (WATER, WATER_STATION):
        assert story.refuses(number, ADMIN, base.Succeed(HOUSING, near))[0] == "accused_unit"
    assert story.refuses(number, ADMIN, base.Succeed(WATER, HOUSING)) == ("accused_unit", (HOUSING,))


def test_who_took_over_from_the_accused_is_kept_out_like_the_accused() -> None:
    story, number = a_split_petition(accused=WATER)
    story.do(number, ADMIN, base.Succeed(WATER, NEW))
    assert not may_see(story.case(number), handler(NEW))
    assert not may_see(story.case(number), handler(WATER))
    assert story.refuses(number, ADMIN, base.Succeed(HOUSING, NEW))[0] == "accused_unit"


def test_sight_of_a_confidential_case_goes_with_the_duty() -> None:
    story = Story()
    number = story.open(a_petition())
    assert story.case(number).is_confidential
    story.do(number, ADMIN, base.Succeed(PETITION_OFFICE, NEW))
    assert may_see(story.case(number), person(Role.PETITION_OFFICER, NEW))
    assert not may_see(story.case(number), OFFICER)


def a_sounded_whistle() -> tuple[Story, CaseNo]:
    story = Story()
    opening = a_whistle(WhistleKind.EMERGENCY, departments=(WATER, POWER))
    return story, story.open(opening, TOWN_LEADER)


def test_an_objection_of_the_abolished_department_is_ruled_on_under_either_name() -> None:
    for name in (WATER, NEW):
        story, number = a_sounded_whistle()
        story.do(number, handler(WATER), whistle.ObjectWhistle(W))
        story.do(number, ADMIN, base.Succeed(WATER, NEW))
        story.do(number, TOWN_LEADER, whistle.RuleObjection(name, released=True))
        left = {held.duty.owner.unit for held in story.case(number).duties.values()}
        assert NEW not in left
        story.do(number, handler(POWER), whistle.ReportOnSite(W))
        assert story.case(number).stage is Stage.MEETING
        assert reruns(story, number)


def test_blower_and_department_stay_two() -> None:
    story, number = a_sounded_whistle()
    assert story.refuses(number, ADMIN, base.Succeed(WATER, TOWN))[0] == "blower_reports"
    assert story.refuses(number, ADMIN, base.Succeed(TOWN, POWER))[0] == "blower_reports"


def test_a_dispute_rises_to_the_successor_of_the_seat_above() -> None:
    story = Story()
    number = story.open(a_dispute())
    top = mediator(2).unit
    assert top is not None
    story.do(number, ADMIN, base.Succeed(top, NEW))
    (sign,) = story.case(number).duties.values()
    story.until(sign.legal_due + timedelta(seconds=1))
    assert owners(story, number) == {DutyKind.MEDIATION_SIGN: NEW}
    story.do(number, person(Role.MEDIATOR, NEW), mediation.SignFor())
    assert reruns(story, number)


def test_a_whole_order_ends_as_it_would_have() -> None:
    story, number = a_handled_order()
    story.do(number, ADMIN, base.Succeed(WATER, POWER))
    story.do(number, handler(POWER), order.Complete(W))
    story.do(number, YUAN, base.Rate(5, 5, 5))
    story.do(number, WORKER, base.Rate(5, 5, 5))
    story.do(number, SECRETARY, order.CloseOrder(1.0))
    assert story.case(number).outcome is Outcome.DONE
    assert reruns(story, number)
