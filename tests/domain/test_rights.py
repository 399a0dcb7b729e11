"""Standing rights: who holds them, where they apply, and what the procedure notices of them."""

from dataclasses import replace

import pytest
from builders import (
    ADMIN,
    AUDITOR,
    CONFERENCE,
    HOTLINE_DESK,
    KANG,
    OFFICER,
    SUPERVISOR,
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
    head,
    on_behalf,
    person,
    resident,
)  # fmt: skip

from domain.actors import Actor, speaking_case
from domain.acts import base, mediation
from domain.openings import Opening
from domain.rights import (
    RIGHTS,
    Effect,
    is_applicant,
    is_hotline_desk,
    is_involved_staff,
    is_party,
    is_party_or_staff,
    owes_overdue,
)  # fmt: skip
from domain.state import Case
from domain.vocabulary import CaseKind, CaseNo, Role, Stage


def opened(opening: Opening, opener: Actor = YUAN) -> Case:
    """A case that was just opened."""
    story = Story()
    return story.case(story.open(opening, opener))


def rights_to(act: type[base.Act]) -> list[Effect]:
    """What a procedure notices of an act by right."""
    return [right.effect for right in RIGHTS if right.act is act]


def test_who_brought_a_matter_may_take_it_back() -> None:
    assert is_applicant(opened(an_order()), YUAN)
    assert is_applicant(opened(a_petition()), on_behalf(WORKER, YUAN))
    assert is_applicant(opened(a_dispute(), WORKER), YUAN)
    assert not is_applicant(opened(a_dispute(), WORKER), KANG)


def test_what_a_worker_found_is_the_workers_to_take_back() -> None:
    found = opened(replace(an_order(), applicant=None), WORKER)
    assert is_applicant(found, WORKER)
    assert not is_applicant(found, person(Role.COMMUNITY_WORKER, WORKER.unit, "-2"))
    assert is_applicant(opened(a_whistle(), WORKER), WORKER)


def test_administrators_and_auditors_have_no_part_in_a_case() -> None:
    case = opened(an_order())
    for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.AUDITOR):
        assert not is_involved_staff(case, person(role, WORKER.unit))
    assert is_involved_staff(case, WORKER)
    assert is_involved_staff(case, TOWN_LEADER)
    assert not is_involved_staff(case, handler(WATER))


def test_parties_and_staff_have_a_part() -> None:
    case = opened(an_order())
    assert is_party(case, YUAN)
    assert is_party_or_staff(case, WORKER)
    assert not is_party_or_staff(case, resident("wu"))


def test_only_who_is_late_explains() -> None:
    story = Story()
    number = story.open(an_order())
    assert not owes_overdue(story.case(number), WORKER)
    story.wait(days=5)
    assert owes_overdue(story.case(number), WORKER)
    assert not owes_overdue(story.case(number), head(WATER))


def test_the_hotlines_desk_is_the_one_that_took_the_call() -> None:
    assert is_hotline_desk(opened(an_order(), HOTLINE_DESK), HOTLINE_DESK)
    assert not is_hotline_desk(opened(an_order()), HOTLINE_DESK)
    assert not is_hotline_desk(opened(an_order(), WORKER), WORKER)


def test_refusal_and_danger_break_off_whatever_is_awaited_until_there_is_an_agreement() -> None:
    assert rights_to(mediation.Refuse) == [Effect.INTERRUPT]
    assert rights_to(mediation.ReportRisk) == [Effect.INTERRUPT, Effect.DELIVER]
    (refuse,) = (right for right in RIGHTS if right.act is mediation.Refuse)
    assert refuse.stages is not None
    assert refuse.stages == {
        Stage.REGISTERED, Stage.SIGNED, Stage.VISITED, Stage.CONSENTING, Stage.MEDIATING, Stage.JOINT_CONFERENCE,
        Stage.AGREED,
    }  # fmt: skip


@pytest.mark.parametrize("who", [SUPERVISOR, CONFERENCE, OFFICER])
def test_offices_that_supervise_press_any_case(who: Actor) -> None:
    (press,) = (right for right in RIGHTS if right.act is base.Urge)
    case = opened(an_order())
    assert press.applies(case)
    assert press.holder(case, who)
    assert not press.holder(case, AUDITOR)
    assert not press.holder(case, ADMIN)


def test_only_orders_are_recalled_by_the_case_that_opened_them() -> None:
    for act in (base.Recall, base.ChangeChecker):
        (right,) = (each for each in RIGHTS if each.act is act)
        assert right.kinds == {CaseKind.ORDER}
        assert not right.holder(opened(an_order()), speaking_case(CaseNo("P1")))


def test_a_right_ends_with_its_stage() -> None:
    (consent,) = (right for right in RIGHTS if right.act is mediation.Consent)
    assert not consent.applies(opened(a_dispute(), WORKER))
    assert not consent.applies(opened(a_petition()))
