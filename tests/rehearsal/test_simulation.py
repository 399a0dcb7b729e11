"""Simulated lives: what they do, what finds a defect in them, and how it is handed to whoever mends it."""

from dataclasses import replace
from pathlib import Path

import pytest
from invariants import ALL, i07_a_part_is_due_before_the_whole
from invariants import World as Recorded
from typer.testing import CliRunner

from cli import app
from domain.acts.base import AdoptCalendar
from domain.openings import Opening
from rehearsal.benches.figures import Scale
from rehearsal.torture.lives import lots
from rehearsal.torture.lives.checks import Ended, found_in
from rehearsal.torture.lives.choosing import drawn
from rehearsal.torture.lives.pen import EVERY_ACT, FORMS, plain_fields
from rehearsal.torture.lives.shrinking import fewest, shrunk, wrongs
from rehearsal.torture.lives.steps import Brought, Life, Published, Tried, read, write
from rehearsal.torture.lives.world import World
from rehearsal.torture.resuming import keep
from rehearsal.torture.simulation import relive, virtual
from rehearsal.torture.tally import Order
from workflows import mediation, whistle
from workflows.desk import Desk

SEEDS = range(1, 31)


@pytest.fixture(scope="module")
def lived() -> dict[int, tuple[Life, World]]:
    """The lives of some seeds."""
    return {seed: drawn(seed) for seed in SEEDS}


# -- what lives are ------------------------------------------------------------------------------------


def test_nothing_goes_wrong_in_any_life(lived: dict[int, tuple[Life, World]]) -> None:
    assert {seed: list(found_in(world)) for seed, (_, world) in lived.items()} == {seed: [] for seed in SEEDS}


def test_the_invariants_of_the_tests_hold_of_every_life_too(lived: dict[int, tuple[Life, World]]) -> None:
    """But one where a calendar came out: it may pull the whole's date before that of a part opened before."""
    for _, world in lived.values():
        recorded = Recorded()
        recorded.update({str(number): events for number, events in Ended(world).records.items()})
        adopted = any(isinstance(each.act, AdoptCalendar) for each in world.accepted.values())
        asked = [holds for holds in ALL if not (adopted and holds is i07_a_part_is_due_before_the_whole)]
        for number in recorded:
            for holds in asked:
                holds(recorded, number)


def test_a_seed_is_one_life_and_its_steps_alone_live_it_again(lived: dict[int, tuple[Life, World]]) -> None:
    for seed in (3, 4):
        life, world = lived[seed]
        assert drawn(seed)[0] == life
        assert World().live(life.steps).engine.ledger == world.engine.ledger


def test_lives_are_of_all_kinds_and_people_repeat_are_late_and_are_refused(
    lived: dict[int, tuple[Life, World]],
) -> None:
    steps = [step for life, _ in lived.values() for step in life.steps]
    openings: list[Opening] = [step.opening for step in steps if isinstance(step, Brought)]
    assert {opening.kind.value for opening in openings} == {"order", "mediation", "petition", "whistle"}
    assert any(isinstance(step, Published) for step in steps)
    acts = {step.act.code for step in steps if isinstance(step, Tried)}
    assert len(acts) > 60
    worlds = [world for _, world in lived.values()]
    assert sum(world.repeated for world in worlds) > 10
    assert len({code for world in worlds for code in world.refused}) > 5
    breached = sum(
        held.breached for w in worlds for c in w.engine.cases.values() for held in c.case.duties.values()
    )
    assert breached > 10


def test_every_act_there_is_has_a_form_that_lives_can_fill_in() -> None:
    for act in EVERY_ACT:
        if act not in FORMS:
            assert plain_fields(act) is not None


# -- defects are found ---------------------------------------------------------------------------------


def test_a_planted_defect_is_found_shrunk_and_kept_in_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Parties whose mediation ended are told the other ways (《人民调解法》第26条); here somebody forgets."""
    monkeypatch.setattr(mediation, "_end", lambda desk, outcome: outcome)
    code = "law lawful_59_remedies_untold"
    seed = next(seed for seed in SEEDS if any(each.code == code for each in wrongs(drawn(seed)[0])))
    short = shrunk(drawn(seed)[0], code)
    assert len(short.steps) < 8
    write(short, tmp_path / "life.json")
    assert read(tmp_path / "life.json") == short
    assert code in {failure.what for failure in relive(tmp_path / "life.json")}
    monkeypatch.undo()
    assert relive(tmp_path / "life.json") == ()


def test_a_procedure_that_raises_is_found_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(desk: Desk, *_: object) -> None:
        raise KeyError("no rule")

    monkeypatch.setattr(whistle, "_report_absence", broken)
    codes = {each.code for seed in SEEDS for each in drawn(seed)[1].wrong}
    assert codes == {"raised KeyError test_simulation.broken"}


def test_the_command_lives_a_kept_life_again(tmp_path: Path) -> None:
    life = replace(drawn(5)[0], steps=drawn(5)[0].steps[:6])
    write(life, tmp_path / "life.json", ["nothing"])
    answer = CliRunner().invoke(app, ["torture", "--life", str(tmp_path / "life.json")])
    assert (answer.exit_code, answer.output) == (0, "")


def test_the_fewest_steps_are_those_without_which_it_does_not_fail() -> None:
    assert fewest(range(100), lambda steps: {7, 42, 43} <= set(steps)) == (7, 42, 43)
    assert list(fewest([1], lambda steps: True)) == [1]
    assert list(fewest([1, 2], lambda steps: False)) == [1, 2]


# -- a run ---------------------------------------------------------------------------------------------


def _order(folder: Path, *, resume: bool = False) -> Order:
    return Order(Scale.TINY, 1, folder, resume=resume)


def test_a_run_that_was_broken_off_goes_on_where_it_was(tmp_path: Path) -> None:
    keep(_order(tmp_path), {"next": 9, "seconds": 5.0, "counts": {"lives": 8}, "failed": {"2": [["x", "y"]]}})
    figures, failures = virtual(_order(tmp_path, resume=True), 10)
    assert figures["lives"] == 10
    assert float(figures["virtual_s"]) >= 5
    assert [(failure.what, failure.seed) for failure in failures] == [("x", 2)]
    assert virtual(_order(tmp_path), 2)[0]["lives"] == 2


def test_two_processes_come_to_what_one_does() -> None:
    apart = list(lots.in_processes(range(1, 7), 2, lot=2))
    alone = list(lots.in_processes(range(1, 7), 1, lot=2))
    assert [following for following, _ in apart] == [3, 5, 7]
    assert [count.counts for _, count in apart] == [count.counts for _, count in alone]
