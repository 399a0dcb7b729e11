"""Who may read a case, at every stage of it: parties, who holds it, who stands above or presses, and auditors."""

from dataclasses import replace

import pytest
from builders import (
    HOUSING,
    KANG,
    SUPERVISOR,
    TOWN_LEADER,
    WATER,
    WORKER,
    YUAN,
    Story,
    a_dispute,
    handler,
    head,
    mediator,
    on_behalf,
    text,
)  # fmt: skip

from domain.acts import mediation
from domain.authority import may_see
from domain.state import Case
from domain.vocabulary import CaseKind
from tests.rights.judging import sees
from tests.rights.lives import Moment, moments
from tests.rights.people import in_the_name_of, residents, staff


@pytest.mark.parametrize("kind", list(CaseKind))
def test_a_case_is_read_by_those_whom_the_rules_let_read_it(kind: CaseKind) -> None:
    looked_at = [each for each in moments() if each.kind is kind]
    assert looked_at
    for moment in looked_at:
        wrong = [
            actor
            for actor in (*staff(), *residents())
            if may_see(moment.case, actor) is not sees(moment.standing, actor)
        ]
        assert wrong == [], (moment.number, moment.stage)


def test_to_say_that_one_speaks_for_somebody_shows_nothing_more() -> None:
    for moment in _of_each_kind():
        for actor in in_the_name_of(moment.case.parties):
            if may_see(moment.case, actor):
                assert may_see(moment.case, replace(actor, on_behalf_of=None)), (moment.number, actor)


def _of_each_kind() -> list[Moment]:
    return list({each.kind: each for each in moments()}.values())


def _with_an_order(*, public: bool) -> Case:
    """A dispute being mediated for which the water company does a piece of work."""
    story = Story()
    number = story.open(replace(a_dispute(), public=public), WORKER)
    story.do(number, mediator(1), mediation.SignFor())
    story.do(number, mediator(1), mediation.Visit(text("x")))
    story.outlast(number, next(h.duty.kind for h in story.case(number).duties.values()))
    for party in (YUAN, KANG):
        story.do(number, mediator(1), mediation.ServeNotice(story.case(number).parties[party is KANG]))
        story.do(number, party, mediation.Consent())
    story.do(number, mediator(1), mediation.AcceptDispute())
    story.do(number, mediator(1), mediation.PlaceOrder(WATER, text("mend the heater")))
    return story.case(number)


def test_who_does_a_piece_of_work_for_a_private_dispute_does_not_read_it() -> None:
    case = _with_an_order(public=False)
    assert WATER in case.units
    assert not any(may_see(case, who) for who in (handler(WATER), head(WATER), handler(HOUSING)))
    readers = (YUAN, KANG, WORKER, mediator(1), TOWN_LEADER, SUPERVISOR, on_behalf(mediator(1), KANG))
    assert all(may_see(case, who) for who in readers)


def test_a_dispute_held_in_public_is_open_to_them() -> None:
    assert may_see(_with_an_order(public=True), handler(WATER))
    assert not may_see(_with_an_order(public=True), handler(HOUSING))
