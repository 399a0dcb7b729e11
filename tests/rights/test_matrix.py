"""Role × act × stage × relation: what the door lets anybody do is what the domain rules say, and nothing else."""

import copy
from collections import Counter, defaultdict
from functools import cache
from random import Random

import pytest
from builders import WATER, YUAN, handler
from forms import Pen

from api.identity import mandate
from domain import authority
from domain.actors import Actor, speaking_case
from domain.acts import ACTS
from domain.authority import Admitted, Refusal, Refused
from domain.vocabulary import CaseKind, CaseNo, Party, Role, Stage
from tests.rights.expected import SELDOM, STAGES, TABLE
from tests.rights.judging import Cell, cells_of, expected_cells
from tests.rights.lives import Moment, moments
from tests.rights.people import RESIDENTS, in_the_name_of, residents, staff

CASES_ALONE = frozenset({"part_closed", "recall", "change_checker", "join_twin"})
"""What one case tells another; no person does it."""
NO_PART = {Refusal.NO_RIGHT, Refusal.OUT_OF_TURN, Refusal.RECUSED, Refusal.ACCUSED}


@cache
def running() -> tuple[Moment, ...]:
    """Moments of cases that still run."""
    return tuple(each for each in moments() if not each.standing.closed)


@cache
def one_of_each_stage() -> tuple[Moment, ...]:
    """The first moment of each stage of each procedure."""
    return tuple({(each.kind, each.stage): each for each in reversed(running())}.values())


def trying(moment: Moment) -> tuple[Actor, ...]:
    """Everybody for themselves, and everybody in the name of each party."""
    return (*staff(), *residents(), *in_the_name_of(moment.case.parties))


@cache
def judged() -> tuple[frozenset[Cell], Counter[str]]:
    """Cells by which somebody was offered an act, and what nobody should have been offered."""
    used: set[Cell] = set()
    unexpected: Counter[str] = Counter()
    for moment in running():
        for actor in trying(moment):
            cells = defaultdict(set)
            for cell in cells_of(moment, actor):
                cells[cell.act].add(cell)
            for offer in mandate.offers(moment.case, actor, moment.rules):
                used |= cells[offer.act]
                if not cells[offer.act]:
                    unexpected[f"{moment.kind} {offer.act} @{moment.stage} by {actor}"] += 1
    return frozenset(used), unexpected


def test_every_stage_of_every_procedure_is_reached() -> None:
    reached = defaultdict(set)
    for moment in running():
        reached[moment.kind].add(moment.stage)
    assert reached == {kind: set(map(Stage, names.split())) for kind, names in STAGES.items()}


def test_nobody_is_offered_what_the_rules_give_to_others() -> None:
    assert dict(judged()[1]) == {}


def test_whatever_the_rules_give_is_offered_to_each_role_at_each_stage() -> None:
    assert sorted(map(str, expected_cells() - judged()[0])) == []


@pytest.mark.parametrize("relation", sorted(SELDOM))
def test_what_one_person_alone_may_do_is_offered_to_such_a_person(relation: str) -> None:
    lines = {(kind, line.act) for kind, table in TABLE.items() for line in table if line.relation == relation}
    assert lines == {(cell.kind, cell.act) for cell in judged()[0] if cell.relation == relation}


def test_every_act_of_people_is_given_to_somebody() -> None:
    assert {line.act for table in TABLE.values() for line in table} == set(ACTS) - CASES_ALONE


@pytest.mark.parametrize("kind", list(CaseKind))
def test_an_act_is_admitted_exactly_where_it_is_offered(kind: CaseKind) -> None:
    """Every act with its form filled in properly, at each stage, by one of those who are offered the same."""
    for moment in one_of_each_stage():
        if moment.kind is kind:
            for actor in _one_of_each(moment):
                _admits_what_it_offers(moment, actor)


def _one_of_each(moment: Moment) -> list[Actor]:
    """One of those who are offered the same: the others differ from them in nothing the law asks about."""
    found: dict[tuple[frozenset[str], bool, bool], Actor] = {}
    for actor in trying(moment):
        involved = actor.unit in moment.standing.involved
        found.setdefault((frozenset(_acts(moment, actor)), involved, bool(actor.on_behalf_of)), actor)
    return list(found.values())


def _admits_what_it_offers(moment: Moment, actor: Actor) -> None:
    duties = {offer.act: offer.duty for offer in mandate.offers(moment.case, actor, moment.rules)}
    for code, act in ACTS.items():
        if code == "succeed":  # whom it is about decides: pinned where bodies are abolished
            continue
        written = Pen(moment.case, actor, duties.get(code), Random(0)).write(act)
        verdict = mandate.may(moment.case, actor, written, moment.rules)
        if code in duties:
            assert isinstance(verdict, Admitted), (moment.kind, moment.stage, actor, written, verdict)
        else:
            assert isinstance(verdict, Refused), (moment.kind, moment.stage, actor, written)
            known = code in {cell.act for cell in cells_of(moment, actor)}
            assert known or verdict.code in NO_PART, (moment.kind, moment.stage, actor, written, verdict)


# -- who has no part ----------------------------------------------------------------------------------


def test_a_name_that_is_no_party_opens_nothing_to_those_who_use_it() -> None:
    for moment in one_of_each_stage():
        others = set(RESIDENTS) - set(moment.case.parties)
        for actor in in_the_name_of(sorted(others)):
            assert mandate.offers(moment.case, actor, moment.rules) == (), (moment.kind, moment.stage, actor)


def test_whoever_stepped_aside_does_nothing_more() -> None:
    for moment in one_of_each_stage():
        case = copy.deepcopy(moment.case)
        case.recused = {actor.account for actor in staff()}
        for actor in (*staff(), *in_the_name_of(case.parties)):
            if actor.role is not Role.RESIDENT:
                assert mandate.offers(case, actor, moment.rules) == ()
                found = authority.may(case, actor, ACTS["mediation.sign"](), moment.rules)
                assert found == Refused(Refusal.RECUSED)


def test_nothing_is_offered_in_a_closed_case() -> None:
    closed = [each for each in moments() if each.standing.closed]
    assert {each.kind for each in closed} == set(CaseKind)
    for moment in closed:
        for actor in trying(moment):
            assert mandate.offers(moment.case, actor, moment.rules) == ()


def test_the_accused_and_whoever_is_below_them_have_no_part_in_case_or_parts() -> None:
    accusing = [each for each in running() if each.standing.accused is not None]
    assert {CaseKind.PETITION, CaseKind.ORDER} <= {each.kind for each in accusing}
    for moment in accusing:
        accused = [actor for actor in staff() if moment.standing.is_accused(actor.unit)]
        assert accused
        for actor in accused:
            assert mandate.offers(moment.case, actor, moment.rules) == ()
            assert not authority.may_see(moment.case, actor)


def test_one_case_tells_another_nothing_but_what_is_its_own_to_tell() -> None:
    stranger = speaking_case(CaseNo("O-elsewhere"))
    for moment in one_of_each_stage():
        for code in CASES_ALONE - {"join_twin"}:
            act = Pen(moment.case, stranger, None, Random(0)).write(ACTS[code])
            assert isinstance(authority.may(moment.case, stranger, act, moment.rules), Refused)


# -- the law and the door -----------------------------------------------------------------------------


def test_the_door_leaves_out_of_the_law_only_what_nobody_was_meant_to_use() -> None:
    """Work of an office in a party's name, and a task released by others than those who blew."""
    for moment in one_of_each_stage():
        for actor in trying(moment):
            lawful = set(authority.offers(moment.case, actor, moment.rules))
            admitted = set(mandate.offers(moment.case, actor, moment.rules))
            assert admitted <= lawful
            left_out = {each.act for each in lawful - admitted}
            assert actor.on_behalf_of is not None or left_out <= {"whistle.release_task"}


def test_staff_write_down_what_a_party_says_and_do_not_do_their_own_work_in_its_name() -> None:
    rating = next(each for each in running() if "order.complete" in _acts(each, handler(WATER)))
    spoken = Actor(handler(WATER).account, Role.HANDLER, WATER, Party(YUAN.account))
    assert "order.complete" not in _acts(rating, spoken)
    assert "withdraw" in _acts(rating, spoken)


def _acts(moment: Moment, actor: Actor) -> set[str]:
    return {offer.act for offer in mandate.offers(moment.case, actor, moment.rules)}
