"""A case as it stands is the fold of its events, and of nothing else."""

from dataclasses import replace

import pytest
from builders import (
    COMMUNITY,
    HOUSING,
    KANG,
    OFFICER,
    TOWN,
    WATER,
    WORKER,
    YUAN,
    Story,
    a_dispute,
    a_petition,
    an_order,
    at,
    handler,
    mediator,
    on_behalf,
    text,
)  # fmt: skip

from domain.actors import office, speaking_case
from domain.acts import base, mediation, order, petition
from domain.duties import Duty, DutyKind
from domain.events import (
    Acted,
    CaseLinked,
    DutyBreached,
    DutyFulfilled,
    DutyMoved,
    DutyOpened,
    DutyPaused,
    Escalated,
    Noted,
    StageEntered,
)  # fmt: skip
from domain.openings import Parent
from domain.state import Case, Part, evolve
from domain.vocabulary import CaseKind, CaseNo, Link, Note, Outcome, Party, Role, Share, Stage, Unit

NOW, LATER = at("2026-03-02 09:00"), at("2026-03-09 09:00")


def duty(number: int = 1, unit: Unit = WATER) -> DutyOpened:
    """A handler's duty."""
    owner = office(unit, Role.HANDLER)
    return DutyOpened(Duty(number, DutyKind.ORDER_HANDLE, owner, "order.handle.order", NOW, NOW, NOW))


def act(what: base.Act, who: object = YUAN) -> Acted:
    """Somebody did something."""
    return Acted(what, who, "id")  # type: ignore[arg-type]


def test_an_opened_case_knows_its_parties_units_and_opener(a_case) -> None:  # type: ignore[no-untyped-def]
    case = a_case(a_dispute(), WORKER)
    assert case.parties == (Party("yuan"), Party("kang"))
    assert case.units == {COMMUNITY, TOWN}
    assert case.holders == {COMMUNITY}
    assert (case.opener, case.stage, case.is_open) == (WORKER, Stage.REGISTERED, True)


def test_an_order_without_an_applicant_has_no_party(a_case) -> None:  # type: ignore[no-untyped-def]
    assert a_case(replace(an_order(), applicant=None), WORKER).parties == ()


def test_duties_open_move_pause_and_end(a_case) -> None:  # type: ignore[no-untyped-def]
    case = a_case(an_order(), YUAN, duty(), DutyPaused(1, "hearing"))
    assert case.duties[1].paused
    case = a_case(
        an_order(), YUAN, duty(), DutyPaused(1, "hearing"), DutyMoved(1, LATER, LATER, True, "hearing")
    )
    held = case.duties[1]
    assert (held.paused, held.legal_due, held.internal_due, held.provisional) == (False, LATER, LATER, True)
    assert a_case(an_order(), YUAN, duty(), DutyFulfilled(1)).duties == {}


def test_a_reason_excuses_what_is_overdue_and_nothing_to_come(a_case) -> None:  # type: ignore[no-untyped-def]
    explain = act(base.ExplainDelay(text("rain")), handler(WATER))
    facts = (duty(1), duty(2), duty(3, HOUSING), DutyBreached(1), DutyBreached(3), explain)
    case = a_case(an_order(), YUAN, *facts)
    assert [held.explained for held in case.duties.values()] == [True, False, False]


def test_a_unit_that_owes_something_holds_the_case(a_case) -> None:  # type: ignore[no-untyped-def]
    case = a_case(a_petition(), YUAN, duty(), StageEntered(Stage.SORTING, unit=HOUSING), Escalated(TOWN, "x"))
    assert WATER in case.holders
    assert HOUSING not in case.holders
    assert HOUSING in case.units


def test_parts_are_settled_when_they_end_unless_they_came_back() -> None:
    part = Part(CaseNo("P-01"), CaseKind.ORDER, Link.SPLIT_INTO, WATER, Share.LEAD, mandatory=True)
    assert not part.settled
    assert replace(part, outcome=Outcome.DONE).settled
    assert not replace(part, outcome=Outcome.RETURNED).settled
    assert replace(part, outcome=Outcome.RETURNED, waived=True).settled


def test_the_joint_answer_awaits_mandatory_parts(a_case) -> None:  # type: ignore[no-untyped-def]
    first = CaseLinked(CaseNo("P-01"), CaseKind.ORDER, Link.SPLIT_INTO, WATER, Share.LEAD, True)
    second = replace(first, number=CaseNo("P-02"), mandatory=False)
    closed = act(base.PartClosed(CaseNo("P-01"), Outcome.DONE), speaking_case(CaseNo("P-01")))
    assert [p.number for p in a_case(a_petition(), YUAN, first, second).awaited_parts] == ["P-01"]
    assert a_case(a_petition(), YUAN, first, second, closed).awaited_parts == ()
    waived = Noted(Note.ORDER_WAIVED, about="P-01")
    assert a_case(a_petition(), YUAN, first, second, waived).awaited_parts == ()


def test_new_terms_are_signed_anew(a_case) -> None:  # type: ignore[no-untyped-def]
    terms = mediation.Agree(mediation.Form.WRITTEN, *[text("x")] * 4, LATER.date())
    signed = act(mediation.SignAgreement(text("paper")), YUAN)
    case = a_case(a_dispute(), WORKER, act(terms, mediator(1)), signed)
    assert case.signed == case.on_paper == {Party("yuan")}
    case = a_case(a_dispute(), WORKER, act(terms, mediator(1)), signed, act(terms, mediator(1)))
    assert case.signed == case.on_paper == set()


def test_a_mediator_is_chosen_when_all_parties_chose_the_same(a_case) -> None:  # type: ignore[no-untyped-def]
    yuan = act(mediation.ChooseMediator("m"), YUAN)
    assert a_case(a_dispute(), WORKER, yuan).mediator is None
    both = (yuan, act(mediation.ChooseMediator("m"), KANG))
    assert a_case(a_dispute(), WORKER, *both).mediator == "m"
    assert a_case(a_dispute(), WORKER, *both, act(mediation.ChooseMediator("n"), KANG)).mediator is None
    assert a_case(a_dispute(), WORKER, *both, Escalated(TOWN, "asked")).mediator is None
    assert Case().mediator is None


def test_consent_written_down_is_the_partys_consent(a_case) -> None:  # type: ignore[no-untyped-def]
    case = a_case(a_dispute(), WORKER, act(mediation.Consent(), on_behalf(mediator(1), KANG)))
    assert case.consented == {Party("kang")}


def test_calls_are_those_of_the_person_concerned(a_case) -> None:  # type: ignore[no-untyped-def]
    facts = (act(base.Supplement(text("x")), YUAN), act(base.Supplement(text("x")), WORKER))
    assert a_case(an_order(), YUAN, *facts).calls == 1


def test_returns_are_counted_with_who_returned(a_case) -> None:  # type: ignore[no-untyped-def]
    case = a_case(an_order(), YUAN, act(order.Return(text("x")), handler(WATER)))
    assert (case.returns, case.returned) == (1, {WATER})


def test_sorting_decides_who_is_accused_and_who_may_look(a_case) -> None:  # type: ignore[no-untyped-def]
    unsorted = a_case(a_petition(), YUAN)
    assert (unsorted.is_confidential, unsorted.accused) == (True, None)
    claim = petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL)
    assert not a_case(a_petition(), YUAN, act(claim, OFFICER)).is_confidential
    accusing = a_case(a_petition(), YUAN, act(replace(claim, accused=WATER), OFFICER))
    assert (accusing.is_confidential, accusing.accused) == (True, WATER)


def test_a_part_of_what_accuses_accuses_too(a_case) -> None:  # type: ignore[no-untyped-def]
    parent = Parent(CaseNo("P"), Link.SPLIT_INTO, HOUSING, OFFICER.unit, accused=WATER)  # type: ignore[arg-type]
    part = a_case(replace(an_order(unit=HOUSING), parent=parent), speaking_case(CaseNo("P")))
    assert (part.accused, part.is_confidential, part.checker) == (WATER, True, HOUSING)
    changed = act(base.ChangeChecker(TOWN), speaking_case(CaseNo("P")))
    again = a_case(replace(an_order(unit=HOUSING), parent=parent), speaking_case(CaseNo("P")), changed)
    assert again.checker == TOWN


@pytest.mark.parametrize("steps", [1, 3, 100])
def test_the_record_told_in_pieces_is_the_same_case(steps: int) -> None:
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL))
    story.wait(days=20)
    events, case = story.events(number), None
    for start in range(0, len(events), steps):
        case = evolve(events[start : start + steps], case)
    assert case == story.case(number) == evolve(events)
