"""Simulated people act lawfully, the same for a seed, and not all of them in time."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from statistics import mean, median

import pytest
from town_stage import SHELF, TOWN, outcomes, play_virtually, town_scenes

from domain.calendar import CST
from domain.duties import SPECS, DutyKind
from domain.vocabulary import CaseKind, CaseNo, Party, Role, Unit
from rehearsal.habits import Habits, chance, tardiness
from rehearsal.people import CONDUCT, Accounts

HABITS = Habits(1, SHELF.calendar("cn-2026"))
MONDAY = datetime(2026, 3, 2, 9, tzinfo=CST)
EVERYTHING = [(seed, rulebook) for seed in (1, 2, 3) for rulebook in ("default-3", "gaotai-4x7")]


@pytest.mark.parametrize(("seed", "rulebook"), EVERYTHING)
def test_everything_people_do_is_lawful_and_every_case_ends(seed: int, rulebook: str) -> None:
    scenes = town_scenes(seed, 40, rulebook=rulebook)
    played = play_virtually(scenes, seed, rulebook)
    assert played.stage.refused == {}
    assert played.tally.open == set()
    assert {scene.number for scene in scenes} <= set(played.ledger)


def test_the_same_seed_gives_the_same_ledger() -> None:
    first, again = (play_virtually(town_scenes(5, 8), 5) for _ in range(2))
    assert {n: first.lines(n) for n in first.ledger} == {n: again.lines(n) for n in again.ledger}


def test_another_seed_gives_another_ledger() -> None:
    scenes = town_scenes(5, 8)
    first, other = play_virtually(scenes, 5), play_virtually(scenes, 6)
    assert {n: first.lines(n) for n in first.ledger} != {n: other.lines(n) for n in other.ledger}


def test_what_people_do_in_one_case_does_not_depend_on_other_cases() -> None:
    alone = play_virtually(town_scenes(3, 12, (CaseKind.PETITION,)), 3)
    among_others = play_virtually(town_scenes(3, 12), 3)
    assert alone.ledger
    assert {n: alone.lines(n) for n in alone.ledger} == {n: among_others.lines(n) for n in alone.ledger}


def test_a_case_under_another_number_goes_the_same_way() -> None:
    disputes = town_scenes(4, 6, (CaseKind.MEDIATION,))
    renumbered = [replace(scene, number=CaseNo(f"{scene.number}7")) for scene in disputes]
    first, other = play_virtually(disputes, 4), play_virtually(renumbered, 4)
    happened = [[(e.at, e.fact.code) for e in first.ledger[scene.number]] for scene in disputes]
    assert happened == [[(e.at, e.fact.code) for e in other.ledger[scene.number]] for scene in renumbered]


def test_some_are_late_some_object_some_are_silent_and_some_refuse() -> None:
    played = play_virtually(town_scenes(1, 120), 1)
    ends = outcomes(played)
    for code in ("duty_breached", "window_closed", "escalated"):
        assert played.count(code) > 0, code
    for act in (
        "order.return", "order.send_back", "order.request_extension", "withdraw", "mediation.refuse",
        "mediation.ask_escalation", "mediation.report_risk", "petition.ask_extension",
        "petition.refer_jurisdiction", "petition.ask_review", "whistle.object", "explain_delay",
    ):  # fmt: skip
        assert played.acts(act) > 0, act
    assert ends[CaseKind.MEDIATION, "refused"] < ends[CaseKind.MEDIATION, "agreed_performed"]
    assert played.acts("whistle.decide_escalation") > 0  # a department that did not come
    assert 0.03 < 1 - (played.tally.work.share or 0) < 0.3


def test_every_duty_somebody_can_fulfil_has_somebody_who_does() -> None:
    nobody_acts = {DutyKind.PETITION_ROUTE, DutyKind.MEDIATION_TOTAL, DutyKind.MEDIATION_SUSPENSION}
    assert set(SPECS) - set(CONDUCT) == nobody_acts


def test_units_are_late_as_in_the_record() -> None:
    rates = [tardiness(1, f"unit-{place}") for place in range(4000)]
    assert mean(rates) == pytest.approx(0.092, abs=0.01)
    assert max(rates) <= 0.63
    assert tardiness(1, "unit-1") == tardiness(1, "unit-1")


def test_answers_take_the_days_of_the_record() -> None:
    far = MONDAY + timedelta(days=3000)
    answers = [HABITS.answer(Random(place), MONDAY, far) for place in range(3000)]
    days = sorted((answer - MONDAY) / timedelta(days=1) for answer in answers)
    assert median(days) == pytest.approx(11.2, abs=1.5)
    assert days[int(len(days) * 0.9)] == pytest.approx(43, abs=6)


@pytest.mark.parametrize("place", range(0, 168, 7))
def test_work_in_days_is_done_in_office_hours_and_in_time(place: int) -> None:
    start, due = MONDAY + timedelta(hours=place), MONDAY + timedelta(hours=place, days=6)
    at = HABITS.in_time(Random(place), start, due)
    assert start <= at < due
    assert 8 <= at.hour < 18
    assert HABITS.calendar.is_workday(at.date())
    assert HABITS.late(Random(place), start, due) > due


def test_minutes_are_kept_at_night_too() -> None:
    night = datetime(2026, 3, 1, 2, tzinfo=CST)
    at = HABITS.in_time(Random(1), night, night + timedelta(minutes=30))
    assert night <= at < night + timedelta(minutes=30)


def test_dice_depend_on_the_place_alone() -> None:
    assert chance(1, "O1", 2).random() == chance(1, "O1", 2).random()
    assert chance(1, "O1", 2).random() != chance(1, "O1", 3).random()


def test_an_office_without_an_account_is_given_one() -> None:
    known = Accounts(TOWN.accounts).one_of(Random(1), Unit("yunhe/zhujian"), (Role.HANDLER, Role.UNIT_HEAD))
    assert known.account == "zhujian.handler"
    invented = Accounts(()).one_of(Random(1), Unit("a/b"), (Role.HANDLER,))
    assert (invented.account, invented.role, invented.unit) == ("a.b.handler", Role.HANDLER, "a/b")


def test_the_other_side_of_a_quarrel_is_somebody_whom_the_door_knows() -> None:
    everybody = {Party(each.id) for each in TOWN.accounts if each.role is Role.RESIDENT}
    known = Accounts(TOWN.accounts)
    found = {known.neighbour(Random(seed), (Party("resident-01"),)) for seed in range(200)}
    assert len(found) > 20
    assert found <= everybody - {"resident-01"}
    assert Accounts(()).neighbour(Random(1), ()) is None
