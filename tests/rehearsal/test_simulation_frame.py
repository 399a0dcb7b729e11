"""The frame of torture: parts by name, each in its own folder, failures counted, progress that survives."""

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from cli import app
from rehearsal.benches.figures import Scale
from rehearsal.torture import running
from rehearsal.torture.resuming import begun, keep
from rehearsal.torture.running import Part, tortured
from rehearsal.torture.tally import Failure, Order, Tally, table
from rehearsal.torture.telling import Telling


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> list[Order]:
    """Parts that only say that they were asked; kill finds a failure."""
    asked: list[Order] = []

    async def torture(order: Order) -> Tally:
        asked.append(order)
        part = order.folder.name
        failures = (Failure("an act was lost", 7, "XO7"),) if part == "kill" else ()
        return Tally(part, {"kills": 3}, failures)

    monkeypatch.setattr(running, "_PARTS", dict.fromkeys(Part, torture))
    return asked


async def test_every_part_has_a_folder_of_its_own(pretended: list[Order], tmp_path: Path) -> None:
    for part in Part:
        assert (await tortured(part, Order(Scale.TINY, 1, tmp_path))).tally.part == part
    assert [order.folder for order in pretended] == [tmp_path / part.value for part in Part]
    assert all(order.folder.is_dir() for order in pretended)


def test_the_command_ends_with_one_if_anything_failed_and_says_how_to_do_it_again(
    pretended: list[Order], tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    common = ["--scale", "tiny", "--seed", "4", "--folder", str(tmp_path), "--out", str(out)]
    assert CliRunner().invoke(app, ["torture", "cut", *common, "--lives", "5"]).exit_code == 0
    assert CliRunner().invoke(app, ["torture", *common]).exit_code == 1
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["part"] for line in lines] == ["cut", *Part]
    assert lines[0]["command"] == "herun torture cut --scale tiny --seed 4 --count 5"
    assert lines[2]["failures"] == [{"what": "an act was lost", "seed": 7, "detail": "XO7"}]


def test_a_part_or_scale_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for words in (["fire"], ["kill", "--scale", "endless"]):
        answer = CliRunner().invoke(app, ["torture", *words, "--folder", str(tmp_path)])
        assert answer.exit_code == 2


async def test_failures_stand_in_the_table(pretended: list[Order], tmp_path: Path) -> None:
    shown = StringIO()
    done = await tortured(Part.KILL, Order(Scale.TINY, 1, tmp_path))
    Console(file=shown, width=160).print(table([done]))
    assert "an act was lost" in shown.getvalue()
    assert "seed 7: XO7" in shown.getvalue()


def test_progress_counts_for_the_same_seed_and_scale_alone(tmp_path: Path) -> None:
    keep(Order(Scale.SHORT, 3, tmp_path), {"next": 5})
    assert begun(Order(Scale.SHORT, 3, tmp_path, resume=True)) == {"next": 5}
    assert begun(Order(Scale.SHORT, 3, tmp_path)) is None
    assert begun(Order(Scale.SHORT, 4, tmp_path, resume=True)) is None
    assert begun(Order(Scale.LONG, 3, tmp_path, resume=True)) is None


def test_what_is_told_is_in_both_languages_and_not_too_often() -> None:
    said = StringIO()
    telling = Telling(Console(file=said, width=80))
    for done in range(1, 1001):
        telling.count(done, 1000, "次", "times")
    assert said.getvalue().splitlines() == [
        "次 1/1,000 / times 1/1,000",
        "次 1,000/1,000 / times 1,000/1,000",
    ]
