"""Every kind of duty: what it admits, under which limit it stands, and that some procedure opens it."""

import re
from pathlib import Path

import pytest
from builders import WATER as UNIT
from builders import at, handler, head, resident, rules

from domain.actors import Owner, office, party
from domain.acts import ACTS, base
from domain.duties import SPECS, Duty, DutyKind, Nature
from domain.rights import RIGHTS
from domain.vocabulary import Party, Role

_WORKFLOWS = Path(__file__).parents[2] / "workflows"
_PROCEDURES = "".join(
    (_WORKFLOWS / f"{name}.py").read_text(encoding="utf-8")
    for name in ("order", "mediation", "petition", "split", "whistle")
)


def test_every_kind_of_duty_says_what_it_admits() -> None:
    assert set(SPECS) == set(DutyKind)


@pytest.mark.parametrize("kind", DutyKind)
def test_every_kind_of_duty_is_opened_by_a_procedure(kind: DutyKind) -> None:
    assert f"DutyKind.{kind.name}" in _PROCEDURES


def test_every_act_of_a_person_answers_a_duty_or_rests_on_a_right() -> None:
    by_duty = {act for spec in SPECS.values() for act in (*spec.fulfilled_by, *spec.also_admits)}
    by_right = {right.act for right in RIGHTS}
    assert by_duty | by_right == set(ACTS.values())


def test_a_duty_that_nobody_acts_on_ends_by_what_others_do() -> None:
    silent = {kind for kind, spec in SPECS.items() if not spec.fulfilled_by}
    assert silent == {DutyKind.PETITION_ROUTE, DutyKind.MEDIATION_TOTAL}


def test_windows_are_the_things_nobody_is_blamed_for() -> None:
    windows = {kind for kind, spec in SPECS.items() if spec.nature is Nature.WINDOW}
    assert windows == {
        DutyKind.ORDER_CLAIM, DutyKind.ORDER_RATE, DutyKind.MEDIATION_TOTAL, DutyKind.MEDIATION_SUSPENSION,
        DutyKind.MEDIATION_CONFIRM, DutyKind.PETITION_RATE, DutyKind.PETITION_REVIEW_ASK,
        DutyKind.PETITION_RECHECK_ASK, DutyKind.WHISTLE_RATE, DutyKind.WHISTLE_RATE_BLOWER,
    }  # fmt: skip


@pytest.mark.parametrize("rule", sorted(set(re.findall(r'rule="([a-z]+\.[a-z_.]+)"', _PROCEDURES))))
def test_every_limit_a_procedure_names_is_in_the_editions(rule: str) -> None:
    assert rule in rules().limits


def test_an_office_is_met_by_its_people_in_their_roles() -> None:
    owner = office(UNIT, Role.HANDLER)
    assert owner.is_met_by(handler(UNIT))
    assert not owner.is_met_by(head(UNIT))
    assert not owner.is_met_by(resident("yuan"))


def test_a_party_meets_its_own_duty() -> None:
    owner = party(Party("yuan"))
    assert owner.is_met_by(resident("yuan"))
    assert not owner.is_met_by(resident("kang"))


def test_a_duty_knows_what_its_kind_admits() -> None:
    now = at("2026-03-02 09:00")
    duty = Duty(1, DutyKind.ORDER_RATE, Owner(party=Party("yuan")), "order.rate", now, now, now)
    assert duty.spec.admits(base.Rate)
    assert not duty.spec.admits(base.Withdraw)
