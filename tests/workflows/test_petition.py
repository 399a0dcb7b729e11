"""Petitions that are split into orders, line by line as 《信访工作条例》 has them (信访 · 订单分包)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import (
    CABINET,
    CITY,
    COMMUNITY,
    CONFERENCE,
    DISCIPLINE,
    GOVERNMENT,
    HOUSING,
    JOINT_OFFICE,
    KANG,
    OFFICER,
    OFFICES,
    PETITION_OFFICE,
    POWER,
    RECHECK_OFFICE,
    REVIEW_OFFICE,
    SUPERVISOR,
    TOWN,
    TOWN_LEADER,
    WATER,
    WATER_STATION,
    WORKER,
    YUAN,
    Story,
    a_petition,
    at,
    end_of,
    handler,
    head,
    mediator,
    on_behalf,
    text,
)  # fmt: skip

from domain.acts import base, mediation, order
from domain.acts import petition as acts
from domain.authority import may_see
from domain.duties import DutyKind
from domain.events import CaseLinked, DutyMoved, DutyPaused, Escalated, Noted
from domain.openings import PetitionOpening
from domain.vocabulary import CaseNo, Link, Note, Outcome, Party, Service, Share, Stage, Unit

CLAIM = acts.Sort(acts.Category.CLAIM, acts.Path.RESIDUAL)
OPINION = acts.IssueOpinion(text("claims"), text("facts"), acts.Opinion.SUPPORT, text("basis"))
YES = acts.GiveNotice(accepted=True, text=text("we take it"))


def line(unit: Unit, share: Share = Share.CO_HANDLER, *, mandatory: bool = True) -> acts.OrderLine:
    """One order of a split."""
    return acts.OrderLine(unit, share, text(f"claim for {unit}"), mandatory, Service.HARD)


def plan(lead: Unit, *others: Unit) -> acts.Split:
    """One lead and its co-handlers."""
    return acts.Split((line(lead, Share.LEAD), *(line(unit) for unit in others)))


def split(story: Story, *others: Unit, sort: acts.Sort = CLAIM) -> CaseNo:
    """Sorted and split: the water company leads."""
    number = story.open(a_petition())
    story.do(number, OFFICER, sort)
    story.do(number, OFFICER, plan(WATER, *others))
    return number


def accepted(story: Story, *others: Unit, sort: acts.Sort = CLAIM) -> CaseNo:
    """The lead gave notice that it takes the petition."""
    number = split(story, *others, sort=sort)
    story.do(number, handler(WATER), YES)
    return number


def do_part(story: Story, part: CaseNo, unit: Unit, lead: Unit = WATER) -> None:
    """A unit does its order, and the lead takes the result."""
    story.do(part, handler(unit), order.Accept())
    story.do(part, handler(unit), order.Complete(text("done")))
    story.do(part, handler(lead), order.AcceptResult())


def answered(story: Story) -> CaseNo:
    """The opinion is served; the petitioner may ask for a review."""
    number = accepted(story)
    do_part(story, story.parts(number)[0], WATER)
    story.do(number, handler(WATER), OPINION)
    story.do(number, handler(WATER), acts.Serve())
    return number


def returned(story: Story, number: CaseNo, place: int, unit: Unit) -> CaseNo:
    """A unit objects to its order, and the office agrees that it is not its own."""
    part = story.parts(number)[place]
    story.do(part, handler(unit), order.Return(text("not ours")))
    story.do(part, OFFICER, order.UpholdReturn())
    return part


# -- the whole way -------------------------------------------------------------------------------------


def test_a_petition_is_split_rejoined_and_answered_once() -> None:
    story = Story()
    number = accepted(story, HOUSING)
    lead_part, other = story.parts(number)
    do_part(story, other, HOUSING)
    do_part(story, lead_part, WATER)
    story.do(number, handler(WATER), OPINION)
    story.do(number, handler(WATER), acts.Serve())
    story.do(number, YUAN, base.Rate(4, 5, 5))
    story.outlast(number, DutyKind.PETITION_REVIEW_ASK)
    assert story.outcome(number) is Outcome.ANSWERED
    assert story.breaches(number) == []
    assert story.stages(number) == [
        Stage.SORTING, Stage.SPLITTING, Stage.ACCEPTING, Stage.HANDLING, Stage.SERVING, Stage.REVIEW_WINDOW,
    ]  # fmt: skip


# -- b0, b1: registration and sorting ------------------------------------------------------------------


def test_a_petition_is_routed_within_fifteen_natural_days() -> None:
    story = Story("2026-02-05 09:00")
    number = story.open(a_petition())
    assert story.duty(number, DutyKind.PETITION_ROUTE).legal_due == end_of("2026-02-24")
    assert story.duty(number, DutyKind.PETITION_SORT).legal_due == end_of("2026-02-09")
    story.outlast(number, DutyKind.PETITION_ROUTE)
    assert story.breaches(number) == [DutyKind.PETITION_SORT, DutyKind.PETITION_ROUTE]
    story.do(number, OFFICER, CLAIM)
    assert story.stage(number) is Stage.SPLITTING


def test_the_same_matter_in_hand_is_not_accepted_and_both_know_of_it() -> None:
    story = Story()
    first, second = split(story), story.open(a_petition())
    story.do(second, OFFICER, acts.RefuseIntake(first, text("in hand")))
    assert story.outcome(second) is Outcome.NOT_ACCEPTED
    assert story.facts(second, CaseLinked)[0].link is Link.DUPLICATE_OF
    assert story.facts(first, CaseLinked)[-1].number == second
    assert story.notes(second) == [Note.REMEDIES_TOLD]
    assert story.refuses(first, OFFICER, acts.RefuseIntake(first, text("x")))[0] == "out_of_turn"


def test_a_petition_is_not_its_own_duplicate() -> None:
    story = Story()
    number = story.open(a_petition())
    assert story.refuses(number, OFFICER, acts.RefuseIntake(number, text("x"))) == ("same_case", (number,))


@pytest.mark.parametrize("path", [path for path in acts.Path if path is not acts.Path.RESIDUAL])
def test_a_claim_with_a_way_of_its_own_is_shown_to_it(path: acts.Path) -> None:
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, acts.Sort(acts.Category.CLAIM, path))
    assert story.outcome(number) is Outcome.DIVERTED
    assert [fact.about for fact in story.facts(number, Noted)] == [path]
    assert story.breaches(number) == []


def test_a_claim_says_its_way_and_an_accusation_whom_it_names() -> None:
    story = Story()
    number = story.open(a_petition())
    assert story.refuses(number, OFFICER, acts.Sort(acts.Category.CLAIM)) == ("path_needed", ())
    assert story.refuses(number, OFFICER, acts.Sort(acts.Category.ACCUSATION)) == ("accused_needed", ())


def test_grave_and_urgent_matters_are_reported_at_once() -> None:
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, replace(CLAIM, urgent=True))
    told = [fact.unit for fact in story.facts(number, Noted) if fact.note is Note.URGENT_REPORTED]
    assert told == [GOVERNMENT, JOINT_OFFICE]
    assert [fact.to for fact in story.facts(number, Escalated)] == told


@pytest.mark.parametrize("representatives", [0, 6])
def test_a_group_sends_at_most_five(representatives: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 5"):
        replace(a_petition(), representatives=representatives)
    with pytest.raises(ValueError, match="named"):
        PetitionOpening(OFFICES, "0201", text("a"), text("b"))


# -- suggestions and accusations -----------------------------------------------------------------------


def test_a_suggestion_is_transferred_and_answered() -> None:
    """人民建议征集: every one is answered."""
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, acts.Sort(acts.Category.SUGGESTION))
    story.do(number, OFFICER, acts.Transfer(POWER))
    assert DutyKind.PETITION_ROUTE not in story.owes(number)
    assert story.duty(number, DutyKind.PETITION_REPLY).legal_due == end_of("2026-04-01")
    story.do(number, handler(POWER), acts.Reply(text("adopted"), adopted=True))
    assert story.outcome(number) is Outcome.ANSWERED
    assert story.notes(number)[-1] is Note.PARTY_TOLD


def accusation(story: Story, accused: Unit) -> CaseNo:
    """A petition that accuses a unit."""
    number = story.open(a_petition())
    story.do(number, OFFICER, acts.Sort(acts.Category.ACCUSATION, accused=accused))
    return number


@pytest.mark.parametrize("unit", [WATER, WATER_STATION])
def test_an_accusation_never_reaches_the_accused_or_its_subordinates(unit: Unit) -> None:
    story = Story()
    number = accusation(story, WATER)
    assert story.refuses(number, OFFICER, acts.Transfer(unit)) == ("accused_unit", (unit,))
    story.do(number, OFFICER, acts.Transfer(DISCIPLINE))
    assert not may_see(story.case(number), handler(unit))
    assert story.refuses(number, handler(unit), base.Supplement(text("x"))) == ("accused", ())
    assert story.offered(number, handler(unit)) == set()
    story.do(number, handler(DISCIPLINE), acts.Reply(text("looked into")))
    assert story.outcome(number) is Outcome.TRANSFERRED


def test_an_accusation_is_seen_by_those_who_hold_it_alone() -> None:
    story = Story()
    number = accusation(story, WATER)
    story.do(number, OFFICER, acts.Transfer(DISCIPLINE))
    case = story.case(number)
    sees = {actor.account for actor in (YUAN, OFFICER, handler(DISCIPLINE)) if may_see(case, actor)}
    assert sees == {YUAN.account, OFFICER.account, handler(DISCIPLINE).account}
    for outsider in (WORKER, TOWN_LEADER, SUPERVISOR, CABINET, handler(HOUSING), KANG):
        assert not may_see(case, outsider)
        assert story.refuses(number, outsider, base.Urge())[0] == "no_right"


def test_nobody_in_the_village_reads_a_petition_before_it_is_sorted() -> None:
    """It may turn out to accuse them."""
    story = Story()
    number = story.open(a_petition())
    assert not any(may_see(story.case(number), who) for who in (WORKER, TOWN_LEADER, SUPERVISOR))
    story.do(number, OFFICER, CLAIM)
    assert all(may_see(story.case(number), who) for who in (WORKER, TOWN_LEADER, SUPERVISOR))


def test_where_the_petition_office_is_accused_the_discipline_office_takes_over() -> None:
    story = Story()
    number = accusation(story, PETITION_OFFICE)
    assert story.duty(number, DutyKind.PETITION_REPLY).duty.owner.unit == DISCIPLINE
    assert story.refuses(number, OFFICER, base.Supplement(text("x"))) == ("accused", ())


def test_nobody_is_accused_without_whom_nobody_could_decide() -> None:
    story = Story()
    number = story.open(a_petition())
    whole_city = acts.Sort(acts.Category.ACCUSATION, accused=CITY)
    assert story.refuses(number, OFFICER, whole_city) == ("accused_unit", (DISCIPLINE,))
    reviewer = replace(CLAIM, accused=REVIEW_OFFICE)
    assert story.refuses(number, OFFICER, reviewer) == ("accused_unit", (REVIEW_OFFICE,))


def test_an_urgent_accusation_is_not_reported_to_those_it_names() -> None:
    story = Story()
    first = story.open(a_petition())
    story.do(first, OFFICER, acts.Sort(acts.Category.ACCUSATION, accused=GOVERNMENT, urgent=True))
    assert [fact.to for fact in story.facts(first, Escalated)] == [JOINT_OFFICE]


def test_a_claim_that_names_a_unit_gives_it_nothing() -> None:
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, replace(CLAIM, accused=WATER))
    assert story.refuses(number, OFFICER, plan(HOUSING, WATER_STATION)) == ("accused_unit", (WATER_STATION,))
    story.do(number, OFFICER, plan(HOUSING, POWER))
    parts = story.parts(number)
    assert not any(may_see(story.case(part), handler(WATER)) for part in (number, *parts))
    part = returned(story, number, 1, POWER)
    for act in (
        acts.Reassign(part, WATER),
        acts.ReferJurisdiction(part, (POWER, WATER), TOWN),
        acts.ReferJurisdiction(part, (POWER, HOUSING), WATER),
    ):
        assert story.refuses(number, OFFICER, act) == ("accused_unit", (WATER,))


def test_the_orders_of_a_claim_that_accuses_stay_among_those_who_do_them() -> None:
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, replace(CLAIM, accused=TOWN))
    story.do(number, OFFICER, plan(HOUSING, POWER))
    part = story.parts(number)[1]
    assert story.case(part).accused == TOWN
    assert may_see(story.case(part), handler(POWER))
    assert not any(may_see(story.case(part), who) for who in (WORKER, TOWN_LEADER, CABINET))


# -- b2, b3: the split ---------------------------------------------------------------------------------


def test_a_split_has_exactly_one_lead() -> None:
    with pytest.raises(ValueError, match="exactly one lead"):
        acts.Split((line(WATER), line(HOUSING)))
    with pytest.raises(ValueError, match="exactly one lead"):
        acts.Split((line(WATER, Share.LEAD), line(HOUSING, Share.LEAD)))


def test_a_community_never_leads_a_petition() -> None:
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, CLAIM)
    assert story.refuses(number, OFFICER, plan(COMMUNITY, WATER)) == ("community_as_lead", (COMMUNITY,))
    story.do(number, OFFICER, plan(WATER, COMMUNITY))


def test_every_order_is_linked_both_ways_and_due_before_the_whole() -> None:
    story = Story()
    number = split(story, HOUSING)
    whole = end_of("2026-05-06")  # sixty days: 1 May to 5 May rest
    for part, share in zip(story.parts(number), (Share.LEAD, Share.CO_HANDLER), strict=True):
        parent = story.case(part).parent
        assert parent is not None
        assert (parent.number, parent.link, parent.share) == (number, Link.SPLIT_INTO, share)
        assert parent.cap == whole - timedelta(days=10)
    assert [(f.link, f.share, f.mandatory) for f in story.facts(number, CaseLinked)] == [
        (Link.SPLIT_INTO, Share.LEAD, True),
        (Link.SPLIT_INTO, Share.CO_HANDLER, True),
    ]


def test_an_order_never_falls_due_after_the_whole_less_the_buffer() -> None:
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, CLAIM)
    slow = acts.OrderLine(POWER, Share.CO_HANDLER, text("wires"), service=Service.PROJECT)
    story.do(number, OFFICER, acts.Split((line(WATER, Share.LEAD), slow)))
    part = story.parts(number)[1]
    story.wait(days=3)
    story.do(part, handler(POWER), order.Accept())
    held = story.duty(part, DutyKind.ORDER_HANDLE)
    assert held.legal_due == end_of("2026-05-06") - timedelta(days=10)
    story.do(part, handler(POWER), order.RequestExtension(7, text("more")))
    story.do(part, OFFICER, order.GrantExtension(7))
    assert story.duty(part, DutyKind.ORDER_HANDLE).legal_due == held.legal_due


# -- b5: objection -------------------------------------------------------------------------------------


def test_a_unit_objects_within_five_working_days() -> None:
    story = Story("2026-02-13 09:00")
    number = split(story, HOUSING)
    part = story.parts(number)[1]
    held = story.duty(part, DutyKind.ORDER_ACCEPT)
    assert (held.legal_due, held.duty.rule) == (end_of("2026-02-27"), "petition.objection")
    story.outlast(part, DutyKind.ORDER_ACCEPT)
    assert story.case(part).lead == HOUSING  # silence is taking it
    assert story.refuses(part, handler(HOUSING), order.Return(text("late")))[0] == "out_of_turn"


def test_an_objection_changes_nothing_until_the_sender_agrees() -> None:
    story = Story()
    number = split(story, HOUSING)
    part = story.parts(number)[1]
    story.do(part, handler(HOUSING), order.Return(text("not ours")))
    assert story.duty(part, DutyKind.ORDER_RETURN_RULING).duty.owner.unit == PETITION_OFFICE
    assert story.case(number).parts[part].outcome is None
    assert DutyKind.PETITION_REASSIGN not in story.owes(number)
    story.do(part, OFFICER, order.UpholdReturn())
    assert story.outcome(part) is Outcome.RETURNED
    assert story.duty(number, DutyKind.PETITION_REASSIGN).duty.about == part


def test_a_refused_objection_settles_it() -> None:
    story = Story()
    number = split(story, HOUSING)
    part = story.parts(number)[1]
    story.do(part, handler(HOUSING), order.Return(text("not ours")))
    story.do(part, OFFICER, order.RefuseReturn(text("it is")))
    assert story.duty(part, DutyKind.ORDER_HANDLE).duty.owner.unit == HOUSING
    assert story.refuses(part, handler(HOUSING), order.Return(text("still")))[0] == "out_of_turn"


def test_objection_does_not_stop_the_parents_clock() -> None:
    story = Story()
    number = split(story, HOUSING)
    notice = story.duty(number, DutyKind.PETITION_NOTICE).legal_due
    part = story.parts(number)[1]
    story.do(part, handler(HOUSING), order.Return(text("not ours")))
    assert story.duty(number, DutyKind.PETITION_NOTICE).legal_due == notice == end_of("2026-03-17")
    story.do(number, handler(WATER), YES)
    due = story.duty(number, DutyKind.PETITION_HANDLE).legal_due
    story.wait(days=3)
    story.do(part, OFFICER, order.UpholdReturn())
    story.wait(days=3)
    story.do(number, OFFICER, acts.Reassign(part, POWER))
    assert story.duty(number, DutyKind.PETITION_HANDLE).legal_due == due
    assert story.facts(number, DutyMoved) == story.facts(number, DutyPaused) == []


def test_a_returned_order_goes_to_another_unit() -> None:
    story = Story()
    number = split(story, HOUSING)
    part = returned(story, number, 1, HOUSING)
    story.do(number, OFFICER, acts.Reassign(part, POWER))
    again = story.parts(number)[2]
    assert story.case(again).opening.unit == POWER  # type: ignore[attr-defined]
    assert [p.number for p in story.case(number).awaited_parts] == [story.parts(number)[0], again]
    assert story.refuses(number, OFFICER, acts.Reassign(part, HOUSING))[0] == "out_of_turn"
    assert story.duty(again, DutyKind.ORDER_ACCEPT).duty.rule == "petition.objection"


def test_a_return_nobody_ruled_on_is_a_breach_and_still_awaited() -> None:
    story = Story()
    number = split(story, HOUSING)
    returned(story, number, 1, HOUSING)
    story.outlast(number, DutyKind.PETITION_REASSIGN)
    assert DutyKind.PETITION_REASSIGN in story.breaches(number)
    assert DutyKind.PETITION_REASSIGN in story.owes(number)


# -- b6: jurisdiction ----------------------------------------------------------------------------------


def disputed(story: Story, superior: Unit | None = GOVERNMENT) -> tuple[CaseNo, CaseNo]:
    """Two units quarrel about an order that came back."""
    number = split(story, HOUSING)
    part = returned(story, number, 1, HOUSING)
    story.do(number, OFFICER, acts.ReferJurisdiction(part, (HOUSING, POWER), superior))
    return number, part


def test_units_that_quarrel_negotiate_first() -> None:
    story = Story()
    number, part = disputed(story)
    assert story.owes(number) == {DutyKind.PETITION_NOTICE, DutyKind.PETITION_NEGOTIATE}
    story.do(number, head(POWER), acts.SettleJurisdiction(part, POWER))
    assert story.owes(number) == {DutyKind.PETITION_NOTICE}
    assert story.case(story.parts(number)[2]).opening.unit == POWER  # type: ignore[attr-defined]


def test_who_negotiates_can_only_take_it_upon_itself() -> None:
    story = Story()
    number, part = disputed(story)
    assert story.refuses(number, head(POWER), acts.SettleJurisdiction(part, HOUSING)) == ("only_itself", ())


def test_then_the_superior_decides_then_the_conference_designates() -> None:
    story = Story()
    number, part = disputed(story)
    story.until(story.now + timedelta(days=3))  # two working days of negotiation
    assert story.owes(number) == {DutyKind.PETITION_NOTICE, DutyKind.PETITION_DECIDE}
    decide = story.duty(number, DutyKind.PETITION_DECIDE)
    assert (decide.duty.owner.unit, decide.legal_due) == (GOVERNMENT, end_of("2026-03-09"))
    assert story.refuses(number, head(POWER), acts.SettleJurisdiction(part, POWER))[0] == "no_right"
    story.outlast(number, DutyKind.PETITION_DECIDE)
    designate = story.duty(number, DutyKind.PETITION_DESIGNATE)
    assert (designate.duty.owner.unit, designate.legal_due) == (JOINT_OFFICE, end_of("2026-03-11"))
    assert [fact.to for fact in story.facts(number, Escalated)] == [GOVERNMENT, JOINT_OFFICE]
    story.outlast(number, DutyKind.PETITION_DESIGNATE)
    story.do(number, CONFERENCE, acts.SettleJurisdiction(part, HOUSING))
    assert DutyKind.PETITION_DESIGNATE not in story.owes(number)


def test_the_superior_names_any_unit() -> None:
    story = Story()
    number, part = disputed(story)
    story.until(story.now + timedelta(days=3))
    story.do(number, CABINET, acts.SettleJurisdiction(part, HOUSING))
    assert story.case(story.parts(number)[2]).opening.unit == HOUSING  # type: ignore[attr-defined]


def test_without_a_common_superior_the_conference_decides() -> None:
    story = Story()
    number, _ = disputed(story, superior=None)
    story.until(story.now + timedelta(days=3))
    assert story.owes(number) == {DutyKind.PETITION_NOTICE, DutyKind.PETITION_DESIGNATE}


def test_what_was_determined_is_not_returned() -> None:
    story = Story()
    number, part = disputed(story)
    story.do(number, head(POWER), acts.SettleJurisdiction(part, POWER))
    settled = story.parts(number)[2]
    assert story.duty(settled, DutyKind.ORDER_ACCEPT).duty.rule == "petition.sign"
    assert story.refuses(settled, handler(POWER), order.Return(text("no"))) == ("return_settled", ())
    story.do(settled, handler(POWER), order.Accept())


def test_jurisdiction_is_about_an_order_that_came_back() -> None:
    story = Story()
    number = split(story, HOUSING, POWER)
    part = returned(story, number, 1, HOUSING)
    running = story.parts(number)[2]
    assert story.refuses(number, OFFICER, acts.Reassign(running, WATER))[0] == "out_of_turn"
    story.do(number, OFFICER, acts.Reassign(part, WATER))
    with pytest.raises(ValueError, match="two units"):
        acts.ReferJurisdiction(part, (HOUSING,))
    with pytest.raises(ValueError, match="superior"):
        acts.ReferJurisdiction(part, (HOUSING, POWER), POWER)


def test_the_lead_passes_on_with_its_order_and_its_clock_runs_on() -> None:
    story = Story()
    number = split(story, HOUSING)
    lead_part, other = story.parts(number)
    due = story.duty(number, DutyKind.PETITION_NOTICE).legal_due
    story.wait(days=1)
    story.do(lead_part, handler(WATER), order.Return(text("not ours")))
    story.do(lead_part, OFFICER, order.UpholdReturn())
    assert story.refuses(number, OFFICER, acts.Reassign(lead_part, COMMUNITY))[0] == "community_as_lead"
    story.do(number, OFFICER, acts.Reassign(lead_part, POWER))
    assert story.case(number).lead == POWER
    notice = story.duty(number, DutyKind.PETITION_NOTICE)
    assert (notice.duty.owner.unit, notice.legal_due) == (POWER, due)
    story.do(other, handler(HOUSING), order.Accept())
    story.do(other, handler(HOUSING), order.Complete(text("done")))
    assert story.refuses(other, handler(WATER), order.AcceptResult())[0] == "no_right"
    story.do(other, handler(POWER), order.AcceptResult())


def test_a_result_waiting_to_be_checked_goes_to_the_new_lead() -> None:
    story = Story()
    number = split(story, HOUSING)
    lead_part, other = story.parts(number)
    story.do(other, handler(HOUSING), order.Accept())
    story.do(other, handler(HOUSING), order.Complete(text("done")))
    returned(story, number, 0, WATER)
    story.do(number, OFFICER, acts.Reassign(lead_part, POWER))
    assert story.duty(other, DutyKind.ORDER_CHECK).duty.owner.unit == POWER
    story.do(other, handler(POWER), order.AcceptResult())
    assert story.outcome(other) is Outcome.DONE


def test_a_result_nobody_checks_is_taken() -> None:
    story = Story()
    number = split(story, HOUSING)
    part = story.parts(number)[1]
    story.do(part, handler(HOUSING), order.Accept())
    story.do(part, handler(HOUSING), order.Complete(text("done")))
    story.outlast(part, DutyKind.ORDER_CHECK)
    assert story.outcome(part) is Outcome.DONE
    assert story.breaches(part) == [DutyKind.ORDER_CHECK]


def test_the_lead_sends_a_result_back_once() -> None:
    story = Story()
    number = split(story, HOUSING)
    part = story.parts(number)[1]
    story.do(part, handler(HOUSING), order.Accept())
    story.do(part, handler(HOUSING), order.Complete(text("done")))
    story.do(part, handler(WATER), order.SendBack(text("thin")))
    story.do(part, handler(HOUSING), order.Complete(text("done")))
    assert story.refuses(part, handler(WATER), order.SendBack(text("thin")))[0] == "send_back_used"


# -- b7: notice ----------------------------------------------------------------------------------------


def test_notice_is_given_within_fifteen_days_even_late() -> None:
    story = Story()
    number = split(story)
    story.outlast(number, DutyKind.PETITION_NOTICE)
    assert story.breaches(number) == [DutyKind.PETITION_NOTICE]
    story.do(number, handler(WATER), YES)
    assert story.duty(number, DutyKind.PETITION_HANDLE).legal_due == end_of("2026-05-18")


def test_what_is_not_accepted_is_shown_its_way_and_its_orders_are_called_off() -> None:
    story = Story()
    number = split(story, HOUSING)
    story.do(number, head(WATER), acts.GiveNotice(accepted=False, text=text("no")))
    assert story.outcome(number) is Outcome.NOT_ACCEPTED
    assert story.notes(number)[-1] is Note.REMEDIES_TOLD
    assert {story.outcome(part) for part in story.parts(number)} == {Outcome.RECALLED}


# -- b9: one answer ------------------------------------------------------------------------------------


def test_the_answer_is_due_sixty_natural_days_after_acceptance() -> None:
    story = Story("2026-07-01 09:00")
    number = accepted(story)
    assert story.duty(number, DutyKind.PETITION_HANDLE).legal_due == end_of("2026-08-31")


def test_a_petition_closes_only_when_every_mandatory_order_is_closed_or_waived() -> None:
    story = Story()
    number = accepted(story, HOUSING, POWER)
    own, second, third = story.parts(number)
    assert story.refuses(number, handler(WATER), OPINION) == ("parts_open", (own, second, third))
    do_part(story, own, WATER)
    do_part(story, second, HOUSING)
    assert story.refuses(number, handler(WATER), OPINION) == ("parts_open", (third,))
    assert "petition.issue_opinion" not in story.offered(number, handler(WATER))
    story.do(number, handler(WATER), acts.WaiveOrder(third, text("mended meanwhile")))
    assert story.outcome(third) is Outcome.RECALLED
    story.do(number, handler(WATER), OPINION)
    assert story.stage(number) is Stage.SERVING


def test_a_returned_order_still_holds_up_the_answer() -> None:
    story = Story()
    number = accepted(story, HOUSING)
    do_part(story, story.parts(number)[0], WATER)
    part = returned(story, number, 1, HOUSING)
    assert story.refuses(number, handler(WATER), OPINION) == ("parts_open", (part,))


def test_an_order_that_is_not_mandatory_does_not_hold_up_the_answer() -> None:
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, CLAIM)
    story.do(number, OFFICER, acts.Split((line(WATER, Share.LEAD), line(POWER, mandatory=False))))
    story.do(number, handler(WATER), YES)
    own, extra = story.parts(number)
    do_part(story, own, WATER)
    story.do(number, handler(WATER), OPINION)
    story.do(number, handler(WATER), acts.Serve())
    story.outlast(number, DutyKind.PETITION_REVIEW_ASK)
    assert story.outcome(extra) is Outcome.RECALLED


def test_an_order_is_waived_once_and_only_if_it_belongs_here() -> None:
    story = Story()
    number = accepted(story, HOUSING)
    _, part = story.parts(number)
    stranger = acts.WaiveOrder(CaseNo("P9-09"), text("x"))
    assert story.refuses(number, handler(WATER), stranger) == ("unknown_order", ("P9-09",))
    story.do(number, handler(WATER), acts.WaiveOrder(part, text("x")))
    assert story.refuses(number, handler(WATER), acts.WaiveOrder(part, text("x")))[0] == "unknown_order"
    do_part(story, story.parts(number)[0], WATER)
    assert "petition.waive_order" not in story.offered(number, handler(WATER))


def test_the_office_waives_the_order_it_was_asked_about_and_no_other() -> None:
    story = Story()
    number = split(story, HOUSING, POWER)
    first = returned(story, number, 1, HOUSING)
    story.wait(days=1)
    second = returned(story, number, 2, POWER)
    story.do(number, OFFICER, acts.WaiveOrder(second, text("not needed")))
    assert story.duty(number, DutyKind.PETITION_REASSIGN).duty.about == first
    story.do(number, OFFICER, acts.WaiveOrder(first, text("not needed")))
    assert DutyKind.PETITION_REASSIGN not in story.owes(number)


def test_what_the_lead_waives_nobody_need_reassign() -> None:
    story = Story()
    number = accepted(story, HOUSING)
    part = returned(story, number, 1, HOUSING)
    story.do(number, handler(WATER), acts.WaiveOrder(part, text("not needed")))
    assert story.owes(number) == {DutyKind.PETITION_HANDLE}


def test_a_petition_of_a_thousand_orders_rejoins() -> None:
    story = Story()
    number = accepted(story, *([HOUSING] * 999))
    own, *others = story.parts(number)
    assert len(set(others)) == 999
    do_part(story, own, WATER)
    for part in others[:-1]:
        do_part(story, part, HOUSING)
    assert story.refuses(number, handler(WATER), OPINION) == ("parts_open", (others[-1],))
    do_part(story, others[-1], HOUSING)
    story.do(number, handler(WATER), OPINION)
    assert story.stage(number) is Stage.SERVING


def test_the_lead_reports_how_far_the_petition_is() -> None:
    story = Story()
    number = accepted(story)
    story.do(number, handler(WATER), acts.ReportInterim(text("half")))
    assert story.owes(number) == {DutyKind.PETITION_HANDLE}


# -- b10: extension ------------------------------------------------------------------------------------


def test_the_head_extends_once_by_at_most_thirty_days_and_the_petitioner_is_told_why() -> None:
    story = Story("2026-07-01 09:00")
    number = accepted(story)
    story.do(number, handler(WATER), acts.AskExtension(30, text("experts")))
    grant = acts.GrantHandlingExtension(30, text("experts"))
    assert story.refuses(number, handler(WATER), grant)[0] == "no_right"
    assert story.refuses(number, head(WATER), replace(grant, days=31)) == ("extension_too_long", ("30",))
    story.do(number, head(WATER), grant)
    assert story.duty(number, DutyKind.PETITION_HANDLE).legal_due == end_of("2026-09-29")
    assert story.notes(number)[-2:] == [Note.EXTENSION_GRANTED, Note.PARTY_TOLD]
    again = acts.AskExtension(1, text("more"))
    assert story.refuses(number, handler(WATER), again) == ("extension_used", ())
    assert "petition.ask_extension" not in story.offered(number, handler(WATER))


def test_an_extension_is_granted_before_expiry_or_not_at_all() -> None:
    story = Story()
    number = accepted(story)
    story.until(story.duty(number, DutyKind.PETITION_HANDLE).legal_due - timedelta(hours=1))
    story.do(number, handler(WATER), acts.AskExtension(10, text("late thought")))
    assert story.refuses(number, handler(WATER), acts.AskExtension(9, text("x")))[0] == "extension_asked"
    story.outlast(number, DutyKind.PETITION_HANDLE)
    assert story.owes(number) == {DutyKind.PETITION_HANDLE}
    assert story.refuses(number, handler(WATER), acts.AskExtension(10, text("x")))[0] == "extension_late"


def test_a_refused_extension_leaves_the_date() -> None:
    story = Story()
    number = accepted(story)
    due = story.duty(number, DutyKind.PETITION_HANDLE).legal_due
    story.do(number, handler(WATER), acts.AskExtension(10, text("why not")))
    story.do(number, head(WATER), acts.RefuseHandlingExtension())
    assert story.duty(number, DutyKind.PETITION_HANDLE).legal_due == due
    assert story.notes(number)[-1] is Note.EXTENSION_REFUSED


def test_a_new_lead_keeps_the_extension_and_asks_its_own_head() -> None:
    story = Story()
    number = accepted(story, HOUSING)
    lead_part = story.parts(number)[0]
    story.do(number, handler(WATER), acts.AskExtension(20, text("experts")))
    story.do(lead_part, handler(WATER), order.Return(text("not ours")))
    story.do(number, head(WATER), acts.GrantHandlingExtension(20, text("experts")))
    due = story.duty(number, DutyKind.PETITION_HANDLE).legal_due
    story.do(lead_part, OFFICER, order.UpholdReturn())
    story.do(number, OFFICER, acts.Reassign(lead_part, POWER))
    held = story.duty(number, DutyKind.PETITION_HANDLE)
    assert (held.duty.owner.unit, held.legal_due) == (POWER, due)
    assert story.refuses(number, handler(POWER), acts.AskExtension(5, text("x")))[0] == "extension_used"


def test_a_request_to_the_old_head_ends_with_the_old_lead() -> None:
    story = Story()
    number = accepted(story, HOUSING)
    story.do(number, handler(WATER), acts.AskExtension(20, text("experts")))
    part = returned(story, number, 0, WATER)
    story.do(number, OFFICER, acts.Reassign(part, POWER))
    assert story.owes(number) == {DutyKind.PETITION_HANDLE}
    story.do(number, handler(POWER), acts.AskExtension(20, text("experts")))
    story.do(number, head(POWER), acts.GrantHandlingExtension(20, text("experts")))


def test_orders_placed_late_are_due_with_the_whole_and_later_still_by_their_own_limit() -> None:
    story = Story()
    number = accepted(story, HOUSING)
    part = story.parts(number)[1]
    story.do(part, handler(HOUSING), order.Return(text("not ours")))
    due = story.duty(number, DutyKind.PETITION_HANDLE).legal_due
    story.until(due - timedelta(days=5))
    story.do(part, OFFICER, order.UpholdReturn())
    story.do(number, OFFICER, acts.Reassign(part, POWER))
    late = story.parts(number)[2]
    assert story.case(late).parent.cap == due  # type: ignore[union-attr]
    story.do(late, handler(POWER), order.Return(text("nor ours")))
    story.until(due + timedelta(days=1))
    story.do(late, OFFICER, order.UpholdReturn())
    story.do(number, OFFICER, acts.Reassign(late, HOUSING))
    assert story.case(story.parts(number)[3]).parent.cap is None  # type: ignore[union-attr]


# -- 简易办理 ------------------------------------------------------------------------------------------

SIMPLE = replace(CLAIM, simple=True)


def test_a_simple_petition_is_noticed_in_three_and_answered_in_ten_working_days() -> None:
    story = Story("2026-04-29 09:00")
    number = split(story, sort=SIMPLE)
    assert story.duty(number, DutyKind.PETITION_NOTICE).legal_due == end_of("2026-05-07")
    story.do(number, handler(WATER), YES)
    assert story.duty(number, DutyKind.PETITION_HANDLE).legal_due == end_of("2026-05-15")


def test_what_needs_several_units_is_not_simple() -> None:
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, SIMPLE)
    several = plan(WATER, HOUSING)
    assert story.refuses(number, OFFICER, several) == ("simple_needs_one_unit", (WATER, HOUSING))


@pytest.mark.parametrize("noticed", [True, False])
def test_a_simple_case_becomes_ordinary_counted_from_the_first_acceptance(noticed: bool) -> None:
    story = Story()
    number = accepted(story, sort=SIMPLE) if noticed else split(story, sort=SIMPLE)
    story.wait(days=1)
    assert story.refuses(number, handler(WATER), acts.SwitchToOrdinary(text("x")))[0] == "no_right"
    story.do(number, head(WATER), acts.SwitchToOrdinary(text("harder than it looked")))
    kind, due = (
        (DutyKind.PETITION_HANDLE, "2026-05-06") if noticed else (DutyKind.PETITION_NOTICE, "2026-03-17")
    )
    assert story.duty(number, kind).legal_due == end_of(due)
    assert story.refuses(number, head(WATER), acts.SwitchToOrdinary(text("x"))) == ("not_simple", ())


def test_a_simple_case_is_not_extended() -> None:
    story = Story()
    number = accepted(story, sort=SIMPLE)
    assert story.refuses(number, handler(WATER), acts.AskExtension(5, text("x"))) == ("not_extendable", ())
    story.do(number, head(WATER), acts.SwitchToOrdinary(text("harder")))
    story.do(number, handler(WATER), acts.AskExtension(5, text("x")))


# -- mediation inside a petition -----------------------------------------------------------------------


def test_a_dispute_inside_a_petition_is_mediated_and_the_clock_runs_on() -> None:
    story = Story()
    number = accepted(story)
    due = story.duty(number, DutyKind.PETITION_HANDLE).legal_due
    story.do(number, handler(WATER), acts.OpenMediation(text("who pays"), Party("kang")))
    dispute = story.parts(number)[1]
    parent = story.case(dispute).parent
    assert parent is not None
    assert (parent.number, parent.link) == (number, Link.MEDIATED_IN)
    assert story.case(dispute).parties == (Party("yuan"), Party("kang"))
    story.do(dispute, KANG, mediation.Refuse())
    assert story.case(number).parts[dispute].outcome is Outcome.REFUSED
    assert story.duty(number, DutyKind.PETITION_HANDLE).legal_due == due
    assert dispute not in {part.number for part in story.case(number).awaited_parts}


def test_a_dispute_has_another_side() -> None:
    story = Story()
    number = accepted(story)
    for nobody in ("", "yuan"):
        act = acts.OpenMediation(text("x"), Party(nobody))
        assert story.refuses(number, handler(WATER), act) == ("not_a_party", (nobody,))


def test_nothing_is_mediated_where_no_body_sits() -> None:
    story = Story()
    number = story.open(replace(a_petition(), offices=replace(OFFICES, seats=())))
    story.do(number, OFFICER, CLAIM)
    story.do(number, OFFICER, plan(WATER))
    story.do(number, handler(WATER), YES)
    assert (
        story.refuses(number, handler(WATER), acts.OpenMediation(text("x"), Party("kang")))[0] == "no_seats"
    )


def test_a_mediation_outlives_the_petition_it_came_from() -> None:
    story = Story()
    number = accepted(story)
    story.do(number, handler(WATER), acts.OpenMediation(text("who pays"), Party("kang")))
    dispute = story.parts(number)[1]
    story.do(number, YUAN, base.Withdraw())
    assert story.case(dispute).is_open
    story.do(dispute, mediator(1), mediation.SignFor())


# -- b11: service and rating ---------------------------------------------------------------------------


def test_the_opinion_is_served_within_five_working_days_and_rated_for_fifteen() -> None:
    story = Story()
    number = accepted(story)
    do_part(story, story.parts(number)[0], WATER)
    story.do(number, handler(WATER), OPINION)
    assert story.duty(number, DutyKind.PETITION_SERVE).legal_due == end_of("2026-03-09")
    story.do(number, handler(WATER), acts.Serve())
    assert story.duty(number, DutyKind.PETITION_RATE).legal_due == end_of("2026-03-17")
    assert story.duty(number, DutyKind.PETITION_REVIEW_ASK).legal_due == end_of("2026-04-01")
    story.outlast(number, DutyKind.PETITION_RATE)
    assert story.notes(number)[-1] is Note.UNRATED


def test_the_unit_does_not_rate_itself_in_the_petitioners_name() -> None:
    story = Story()
    number = answered(story)
    forged = on_behalf(handler(WATER), YUAN)
    assert story.refuses(number, forged, base.Rate(5, 5, 5)) == ("own_work", (WATER,))
    story.do(number, on_behalf(OFFICER, YUAN), base.Rate(5, 5, 5))


def test_a_petitioner_who_asks_for_a_review_may_leave_the_answer_unrated() -> None:
    story = Story()
    number = answered(story)
    story.do(number, YUAN, acts.AskReview(text("no")))
    story.outlast(number, DutyKind.PETITION_RATE)
    assert story.notes(number)[-1] is Note.UNRATED
    assert story.stage(number) is Stage.REVIEW


# -- b12, b13: review and re-review --------------------------------------------------------------------


def test_who_does_not_ask_for_a_review_in_thirty_days_has_a_final_answer() -> None:
    story = Story()
    number = answered(story)
    due = story.outlast(number, DutyKind.PETITION_REVIEW_ASK)
    assert story.outcome(number) is Outcome.ANSWERED
    assert story.closed_at(number) == due
    assert story.notes(number)[-1] is Note.FINAL


def reviewed(story: Story) -> CaseNo:
    """The body above upheld the opinion."""
    number = answered(story)
    story.do(number, YUAN, acts.AskReview(text("no")))
    reviewer = handler(REVIEW_OFFICE)
    story.do(number, reviewer, acts.DecideReview(acts.Ruling.UPHOLD, text("as it was")))
    return number


def test_a_review_is_decided_in_thirty_days_by_the_body_above() -> None:
    story = Story()
    number = answered(story)
    story.do(number, YUAN, acts.AskReview(text("no")))
    assert story.duty(number, DutyKind.PETITION_REVIEW).legal_due == end_of("2026-04-01")
    decide = acts.DecideReview(acts.Ruling.CHANGE, text("half of it"))
    assert story.refuses(number, handler(WATER), decide)[0] == "no_right"
    story.outlast(number, DutyKind.PETITION_REVIEW)
    story.do(number, handler(REVIEW_OFFICE), decide)
    assert story.breaches(number) == [DutyKind.PETITION_REVIEW]
    assert story.stage(number) is Stage.RECHECK_WINDOW


def test_who_does_not_ask_again_has_a_final_answer() -> None:
    story = Story()
    number = reviewed(story)
    story.outlast(number, DutyKind.PETITION_RECHECK_ASK)
    assert story.outcome(number) is Outcome.ANSWERED


def rechecked(story: Story) -> CaseNo:
    """The petitioner asked for the last look."""
    number = reviewed(story)
    story.do(number, YUAN, acts.AskRecheck(text("no")))
    return number


def test_the_last_look_is_final() -> None:
    story = Story()
    number = rechecked(story)
    assert story.duty(number, DutyKind.PETITION_RECHECK).duty.owner.unit == RECHECK_OFFICE
    story.do(number, head(RECHECK_OFFICE), acts.DecideRecheck(acts.Ruling.REVOKE, text("wrong")))
    assert story.outcome(number) is Outcome.FINAL
    assert story.notes(number)[-1] is Note.FINAL


def test_a_hearing_pauses_only_the_recheck() -> None:
    story = Story()
    number = rechecked(story)
    examiner = handler(RECHECK_OFFICE)
    due = story.duty(number, DutyKind.PETITION_RECHECK).legal_due
    rate = story.duty(number, DutyKind.PETITION_RATE).legal_due
    assert due == end_of("2026-04-01")
    assert story.refuses(number, examiner, acts.EndHearing(text("x"))) == ("out_of_turn", ())
    story.until("2026-03-10 09:00")
    hearing = acts.StartHearing(planned_end=at("2026-03-20 17:00"))
    story.do(number, examiner, hearing)
    assert story.refuses(number, examiner, hearing) == ("hearing_runs", ())
    decide = acts.DecideRecheck(acts.Ruling.UPHOLD, text("x"))
    assert story.refuses(number, examiner, decide) == ("hearing_runs", ())
    story.until("2026-03-14 17:00")
    assert story.duty(number, DutyKind.PETITION_RATE).legal_due == rate
    story.do(number, examiner, acts.EndHearing(text("heard")))
    assert story.duty(number, DutyKind.PETITION_RECHECK).legal_due == end_of(
        "2026-04-07"
    )  # five days, Qingming
    story.do(number, examiner, decide)
    assert story.outcome(number) is Outcome.FINAL


@pytest.mark.parametrize("stage", [Stage.HANDLING, Stage.REVIEW])
def test_no_hearing_pauses_the_sixty_days_nor_the_review(stage: Stage) -> None:
    story = Story()
    if stage is Stage.HANDLING:
        number, who = accepted(story), handler(WATER)
    else:
        number, who = answered(story), handler(REVIEW_OFFICE)
        story.do(number, YUAN, acts.AskReview(text("no")))
    assert story.stage(number) is stage
    hearing = acts.StartHearing(planned_end=at("2026-12-31 17:00"))
    assert story.refuses(number, who, hearing)[0] == "out_of_turn"


def test_a_hearing_that_nobody_ends_stops_the_clock_no_longer_than_planned() -> None:
    story = Story()
    number = rechecked(story)
    examiner = handler(RECHECK_OFFICE)
    story.until("2026-03-10 09:00")
    story.do(number, examiner, acts.StartHearing(planned_end=at("2026-03-14 17:00")))
    story.until("2026-03-16 09:00")
    held = story.duty(number, DutyKind.PETITION_RECHECK)
    assert (held.paused, held.legal_due) == (False, end_of("2026-04-07"))
    assert story.breaches(number) == [DutyKind.PETITION_HEARING]
    decide = acts.DecideRecheck(acts.Ruling.UPHOLD, text("x"))
    assert story.refuses(number, examiner, decide) == ("hearing_runs", ())
    story.do(number, examiner, acts.EndHearing(text("heard")))
    story.do(number, examiner, decide)
    assert story.outcome(number) is Outcome.FINAL


def test_a_hearing_after_expiry_takes_no_day_back() -> None:
    story = Story()
    number = rechecked(story)
    examiner = handler(RECHECK_OFFICE)
    story.outlast(number, DutyKind.PETITION_RECHECK)
    story.do(number, examiner, acts.StartHearing(planned_end=at("2026-12-31 17:00")))
    story.wait(days=3)
    story.do(number, examiner, acts.EndHearing(text("heard")))
    assert story.facts(number, DutyPaused) == story.facts(number, DutyMoved) == []
    story.do(number, examiner, acts.DecideRecheck(acts.Ruling.UPHOLD, text("x")))
    assert story.breaches(number) == [DutyKind.PETITION_RECHECK]


# -- standing rights -----------------------------------------------------------------------------------


def test_the_petitioner_withdraws_until_there_is_an_opinion() -> None:
    story = Story()
    number = accepted(story, HOUSING)
    story.do(number, YUAN, base.Withdraw())
    assert story.outcome(number) is Outcome.WITHDRAWN
    assert {story.outcome(part) for part in story.parts(number)} == {Outcome.RECALLED}
    late = answered(story)
    assert story.refuses(late, YUAN, base.Withdraw())[0] == "out_of_turn"


def test_a_supervisor_presses_and_no_clock_changes() -> None:
    story = Story()
    number = accepted(story)
    owed = story.owes(number)
    story.do(number, SUPERVISOR, base.Urge(text("hurry")))
    assert story.owes(number) == owed
    assert story.refuses(number, handler(HOUSING), base.Urge())[0] == "no_right"


def test_a_recused_handler_does_nothing_more() -> None:
    story = Story()
    number = accepted(story)
    story.do(number, handler(WATER), base.Recuse(handler(WATER).account, text("my uncle")))
    assert story.refuses(number, handler(WATER), acts.ReportInterim(text("x"))) == ("recused", ())
    assert story.offered(number, handler(WATER)) == set()


def test_what_a_case_says_is_not_silenced_by_a_recusal() -> None:
    story = Story()
    number = accepted(story, HOUSING)
    part = story.parts(number)[1]
    story.do(number, OFFICER, base.Recuse(part, text("a slip")))
    do_part(story, part, HOUSING)
    assert story.case(number).parts[part].outcome is Outcome.DONE
