"""Who may do, see and blow what, and why not."""

from dataclasses import replace

import pytest
from builders import (
    ADMIN,
    AUDITOR,
    CABINET,
    COMMUNITY,
    DISPATCHER,
    HOTLINE,
    HOTLINE_DESK,
    HOUSING,
    KANG,
    OFFICER,
    SECRETARY,
    SUPERVISOR,
    TOWN,
    TOWN_LEADER,
    TOWN_SECRETARY,
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
    on_behalf,
    person,
    resident,
    rules,
    text,
)  # fmt: skip

from domain.actors import Actor, speaking_case
from domain.acts import base, order, petition, whistle
from domain.authority import Admitted, Offer, Refusal, Refused, may, may_blow, may_see, offers
from domain.duties import DutyKind
from domain.rights import Effect
from domain.state import Case
from domain.vocabulary import CaseNo, Outcome, Party, Role, Service, Share, Unit, WhistleKind

RULES = rules()


def reviewing() -> Case:
    """An order at the community's desk."""
    story = Story()
    return story.case(story.open(an_order()))


# -- turn and right ------------------------------------------------------------------------------------


def test_an_act_is_admitted_under_the_duty_it_answers() -> None:
    verdict = may(reviewing(), WORKER, order.AcceptNeed(Service.WISH), RULES)
    assert verdict == Admitted(duty=1)


def test_or_by_a_standing_right_with_its_effect() -> None:
    assert may(reviewing(), YUAN, base.Withdraw(), RULES) == Admitted(None, Effect.INTERRUPT)
    assert may(reviewing(), YUAN, base.Supplement(text("x")), RULES) == Admitted(None, Effect.RECORD)


def test_what_is_somebody_elses_turn_is_no_right_and_what_is_nobodys_is_out_of_turn() -> None:
    nobodys = may(reviewing(), handler(WATER), order.Complete(text("x")), RULES)
    others = may(reviewing(), handler(WATER), order.AcceptNeed(Service.WISH), RULES)
    assert isinstance(nobodys, Refused)
    assert isinstance(others, Refused)
    assert (nobodys.code, nobodys.forbidden) == (Refusal.OUT_OF_TURN, False)
    assert (others.code, others.forbidden) == (Refusal.NO_RIGHT, True)


def test_an_act_about_another_department_is_out_of_turn_for_its_own_blower() -> None:
    story = Story()
    number = story.open(a_whistle(), WORKER)
    story.do(number, TOWN_LEADER, whistle.Blow((WATER,)))
    story.do(number, handler(WATER), whistle.ObjectWhistle(text("no")))
    verdict = may(story.case(number), TOWN_LEADER, whistle.RuleObjection(HOUSING, True), RULES)
    assert verdict == Refused(Refusal.OUT_OF_TURN)


def test_of_two_duties_that_admit_an_act_it_answers_the_one_due_first() -> None:
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL))
    lines = tuple(
        petition.OrderLine(unit, share, text("x"))
        for unit, share in ((WATER, Share.LEAD), (HOUSING, Share.CO_HANDLER))
    )
    story.do(number, OFFICER, petition.Split(lines))
    for part, unit in zip(story.parts(number), (WATER, HOUSING), strict=True):
        story.do(part, handler(unit), order.Return(text("no")))
        story.do(part, OFFICER, order.UpholdReturn())
        story.wait(days=1)
    reassign = [o for o in offers(story.case(number), OFFICER, RULES) if o.act == "petition.reassign"]
    assert len(reassign) == 2
    second = story.parts(number)[1]
    admitted = may(story.case(number), OFFICER, petition.Reassign(second, WATER_STATION), RULES)
    assert isinstance(admitted, Admitted)
    assert admitted.duty is not None
    assert story.case(number).duties[admitted.duty].duty.about == second


def test_a_closed_case_admits_and_offers_nothing() -> None:
    story = Story()
    number = story.open(an_order())
    story.do(number, YUAN, base.Withdraw())
    assert may(story.case(number), YUAN, base.Withdraw(), RULES) == Refused(Refusal.CASE_CLOSED)
    assert offers(story.case(number), YUAN, RULES) == ()


# -- offers --------------------------------------------------------------------------------------------


def test_what_is_offered_names_the_duty_it_answers() -> None:
    case = reviewing()
    assert Offer("order.accept_need", 1) in offers(case, WORKER, RULES)
    assert Offer("withdraw", None) in offers(case, YUAN, RULES)
    assert {offer.act for offer in offers(case, resident("wu"), RULES)} == set()


def test_an_act_by_duty_and_by_right_is_offered_once_each() -> None:
    story = Story()
    number = story.open(a_dispute(), WORKER)
    found = [offer.act for offer in offers(story.case(number), WORKER, RULES)]
    assert len(found) == len(set(found))


def test_nothing_is_offered_to_a_case() -> None:
    story = Story()
    number = story.open(an_order())
    assert offers(story.case(number), speaking_case(number), RULES) == ()


# -- speaking for others -------------------------------------------------------------------------------


def test_staff_of_the_case_write_down_what_a_party_says() -> None:
    assert isinstance(may(reviewing(), on_behalf(WORKER, YUAN), base.Withdraw(), RULES), Admitted)


@pytest.mark.parametrize(
    "actor",
    [
        on_behalf(WORKER, KANG),  # no party of this case
        on_behalf(handler(WATER), YUAN),  # a unit the case has not touched
        on_behalf(TOWN_LEADER, YUAN),  # no recorder
        on_behalf(resident("wu"), YUAN),
    ],
)
def test_nobody_else_speaks_for_a_party(actor: Actor) -> None:
    assert may(reviewing(), actor, base.Withdraw(), RULES) == Refused(Refusal.NO_RIGHT)
    assert offers(reviewing(), actor, RULES) == ()


def test_the_desk_that_took_the_call_writes_down_what_the_caller_says() -> None:
    story = Story()
    number = story.open(an_order(), HOTLINE_DESK)
    caller = on_behalf(HOTLINE_DESK, YUAN)
    assert isinstance(may(story.case(number), caller, base.Withdraw(), RULES), Admitted)


# -- seeing --------------------------------------------------------------------------------------------


def test_parties_opener_and_auditors_see_a_case() -> None:
    case = reviewing()
    assert all(may_see(case, who) for who in (YUAN, AUDITOR, WORKER, SECRETARY))
    assert not may_see(case, KANG)


def test_those_above_see_and_those_beside_do_not() -> None:
    case = reviewing()
    assert may_see(case, TOWN_LEADER)
    assert may_see(case, person(Role.UNIT_HEAD, Unit("city")))
    assert not may_see(case, handler(WATER))
    assert not may_see(case, person(Role.GRID_WORKER, Unit("city/town/village/grid-1")))


def test_those_who_press_see_what_they_press_for() -> None:
    case = reviewing()
    assert all(may_see(case, who) for who in (SUPERVISOR, CABINET, OFFICER))


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_administrators_of_the_machinery_read_no_case(role: Role) -> None:
    case = reviewing()
    assert not may_see(case, person(role, Unit("city")))
    assert not may_see(case, person(role, COMMUNITY))


def test_an_administrator_adopts_a_calendar_all_the_same() -> None:
    story = Story()
    number = story.open(a_petition())
    assert isinstance(may(story.case(number), ADMIN, base.AdoptCalendar("cn-2027"), RULES), Admitted)


def test_saying_that_one_speaks_for_a_party_opens_no_file() -> None:
    assert not may_see(reviewing(), on_behalf(handler(WATER), YUAN))


def test_who_holds_an_unsorted_petition_sees_it() -> None:
    story = Story()
    number = story.open(a_petition(), WORKER)
    case = story.case(number)
    assert case.is_confidential
    assert [who for who in (WORKER, YUAN, OFFICER, AUDITOR) if not may_see(case, who)] == []
    assert not may_see(case, person(Role.MEDIATOR, Unit("city/town/village/committee")))
    # who stands in the same office as the worker that wrote it down holds it too
    assert may_see(case, SECRETARY)


def test_an_auditor_of_the_accused_does_not_see_the_accusation() -> None:
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, petition.Sort(petition.Category.ACCUSATION, accused=WATER))
    assert not may_see(story.case(number), person(Role.AUDITOR, WATER_STATION))
    assert may_see(story.case(number), AUDITOR)


def test_a_mediation_inside_a_petition_that_accuses_is_as_closed_as_the_petition() -> None:
    story = Story()
    number = story.open(a_petition())
    sort = petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL, accused=WATER)
    story.do(number, OFFICER, sort)
    story.do(number, OFFICER, petition.Split((petition.OrderLine(HOUSING, Share.LEAD, text("x")),)))
    story.do(number, handler(HOUSING), petition.GiveNotice(True, text("x")))
    story.do(number, handler(HOUSING), petition.OpenMediation(text("x"), Party("kang")))
    dispute = story.parts(number)[1]
    assert story.case(dispute).accused == WATER
    assert may_see(story.case(dispute), KANG)
    assert may_see(story.case(dispute), mediator(1))
    assert not may_see(story.case(dispute), TOWN_LEADER)


def test_no_dispute_is_mediated_before_the_accused() -> None:
    story = Story()
    number = story.open(a_petition())
    sort = petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL, accused=TOWN)
    story.do(number, OFFICER, sort)
    story.do(number, OFFICER, petition.Split((petition.OrderLine(HOUSING, Share.LEAD, text("x")),)))
    story.do(number, handler(HOUSING), petition.GiveNotice(True, text("x")))
    opening = petition.OpenMediation(text("x"), Party("kang"))
    assert story.refuses(number, handler(HOUSING), opening)[0] == "accused_unit"


# -- cases speaking ------------------------------------------------------------------------------------


def test_only_its_own_part_tells_a_case_that_it_ended() -> None:
    case = reviewing()
    stranger = speaking_case(CaseNo("O-other"))
    assert isinstance(may(case, stranger, base.PartClosed(CaseNo("O-other"), Outcome.DONE), RULES), Refused)


def test_only_its_parent_recalls_an_order() -> None:
    case = reviewing()
    assert isinstance(may(case, speaking_case(CaseNo("P-other")), base.Recall("waived"), RULES), Refused)
    assert isinstance(may(case, OFFICER, base.Recall("waived"), RULES), Refused)


# -- blowing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "who", [WORKER, SECRETARY, TOWN_LEADER, DISPATCHER, person(Role.GRID_WORKER, COMMUNITY)]
)
def test_who_works_in_the_town_proposes_its_whistle(who: Actor) -> None:
    assert may_blow(who, a_whistle())
    assert may_blow(who, a_whistle(WhistleKind.TOUGH))


@pytest.mark.parametrize("who", [YUAN, handler(WATER), mediator(1), HOTLINE_DESK, CABINET])
def test_nobody_else_proposes_it(who: Actor) -> None:
    assert not may_blow(who, a_whistle())


def test_the_hotline_proposes_its_own() -> None:
    assert may_blow(HOTLINE_DESK, a_whistle(blower=HOTLINE))
    assert not may_blow(WORKER, a_whistle(blower=HOTLINE))


def test_an_emergency_is_blown_by_a_leader_alone() -> None:
    alarm = a_whistle(WhistleKind.EMERGENCY, departments=(WATER,))
    assert may_blow(TOWN_LEADER, alarm)
    assert may_blow(TOWN_SECRETARY, alarm)
    assert not may_blow(WORKER, alarm)
    assert may_blow(head(HOTLINE), replace(alarm, blower=HOTLINE))


def test_an_open_duty_is_its_owners_alone() -> None:
    story = Story()
    number = story.open(a_dispute(), WORKER)
    held = story.duty(number, DutyKind.MEDIATION_SIGN)
    assert held.duty.owner.is_met_by(mediator(1))
    assert not held.duty.owner.is_met_by(mediator(2))
    assert not held.duty.owner.is_met_by(handler(held.duty.owner.unit))  # type: ignore[arg-type]
