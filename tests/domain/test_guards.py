"""Rules of single acts that no procedure leads to by itself; the others are pinned with their procedure."""

from dataclasses import replace

from builders import (
    HOUSING,
    OFFICER,
    POWER,
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
    rules,
    text,
)  # fmt: skip

from domain.acts import ACTS, base, mediation, order, petition, whistle
from domain.authority import offers
from domain.guards import FORMS, READY, GuardCode, objection, objection_before_form
from domain.vocabulary import CaseNo, Party, Service

RULES = rules()


def test_rules_belong_to_acts_that_exist() -> None:
    assert set(READY) | set(FORMS) <= set(ACTS.values())


def test_an_act_without_a_rule_meets_no_objection() -> None:
    story = Story()
    case = story.case(story.open(an_order()))
    assert objection(case, base.Withdraw(), YUAN, RULES) is None
    assert objection_before_form(case, base.Withdraw, YUAN, RULES) is None


def test_what_stands_against_an_act_whatever_its_form_says_comes_first() -> None:
    story = Story()
    number = story.open(an_order(Service.URGENT, WATER))
    story.do(number, handler(WATER), order.Accept())
    too_long = order.RequestExtension(99, text("x"))
    assert objection(story.case(number), too_long, handler(WATER), RULES) == (GuardCode.NOT_EXTENDABLE, ())
    assert "order.request_extension" not in {o.act for o in offers(story.case(number), handler(WATER), RULES)}


def test_nothing_is_extended_where_no_work_is_under_way() -> None:
    story = Story()
    number = story.open(an_order())
    asked = order.GrantExtension(1)
    assert objection(story.case(number), asked, WORKER, RULES) == (GuardCode.EXTENSION_LATE, ())
    petition_no = story.open(a_petition())
    granted = petition.GrantHandlingExtension(1, text("x"))
    assert objection(story.case(petition_no), granted, OFFICER, RULES) == (GuardCode.EXTENSION_LATE, ())


def test_nothing_rests_where_nobody_sits() -> None:
    story = Story()
    case = story.case(story.open(a_dispute(), WORKER))
    rest = mediation.Suspend(story.now.date(), case.parties)
    assert objection(case, rest, mediator(1), RULES) == (GuardCode.NOT_PAUSABLE, ())


def test_only_petitions_are_sorted_simple() -> None:
    story = Story()
    case = story.case(story.open(a_petition()))
    assert objection_before_form(case, petition.SwitchToOrdinary, OFFICER, RULES) == (
        GuardCode.NOT_SIMPLE,
        (),
    )


def test_an_unknown_order_is_given_to_nobody() -> None:
    story = Story()
    case = story.case(story.open(a_petition()))
    nowhere = CaseNo("P9-01")
    for act in (
        petition.Reassign(nowhere, WATER),
        petition.ReferJurisdiction(nowhere, (HOUSING, POWER)),
        petition.SettleJurisdiction(nowhere, WATER),
    ):
        assert objection(case, act, OFFICER, RULES) == (GuardCode.UNKNOWN_ORDER, (nowhere,))


def test_a_respondent_is_not_the_petitioner_whatever_the_case() -> None:
    story = Story()
    case = story.case(story.open(an_order()))
    act = petition.OpenMediation(text("x"), Party("kang"))
    assert FORMS[petition.OpenMediation](case, act, OFFICER, RULES) is None


def test_rules_of_a_whistle_ask_for_its_blower() -> None:
    story = Story()
    order_case = story.case(story.open(an_order()))
    assert FORMS[whistle.Blow](order_case, whistle.Blow((WATER,)), TOWN_LEADER, RULES) is None
    whistle_case = story.case(story.open(a_whistle(), WORKER))
    blown = whistle.Blow((TOWN_LEADER.unit,))  # type: ignore[arg-type]
    assert objection(whistle_case, blown, TOWN_LEADER, RULES) == (
        GuardCode.BLOWER_REPORTS,
        (TOWN_LEADER.unit,),
    )


def test_an_edition_may_allow_more() -> None:
    """How often a result goes back is a figure, not code."""
    story = Story()
    number = story.open(an_order(unit=WATER))
    story.do(number, handler(WATER), order.Accept())
    story.do(number, handler(WATER), order.Complete(text("x")))
    story.do(number, YUAN, order.SendBack(text("x")))
    twice = replace(
        RULES,
        figures={**RULES.figures, "order.send_back_max": replace(RULES.figures["order.send_back_max"], n=2)},
    )
    case = story.case(number)
    assert objection_before_form(case, order.SendBack, YUAN, RULES) == (GuardCode.SEND_BACK_USED, ())
    assert objection_before_form(case, order.SendBack, YUAN, twice) is None
