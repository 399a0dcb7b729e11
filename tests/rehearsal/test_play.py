"""A drill on the real engine: every case goes lawfully, and the ledger says what the virtual engine says."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path

import asyncpg
import pytest
from engine import Engine, engine_on, worker_on
from rich.console import Console
from town_stage import TOWN, play_virtually, town_scenes

from activities.content import get
from activities.settings import Role, Settings
from domain.acts import order
from domain.events import Acted, Event
from domain.vocabulary import CaseKind, CaseNo
from rehearsal.mapping import Label, load_mapping
from rehearsal.play import ORIGIN, Script, demo_script, file_script, play
from rehearsal.progress import LiveBoard, PlainBoard, board_for
from rehearsal.script import Scene
from stack import Stack

pytestmark = pytest.mark.timeout(170)
DATA = Path(__file__).parents[3] / "shared" / "data"


@dataclass
class Premises:
    """Servers with a worker, and how to reach them."""

    engine: Engine
    settings: Settings


@pytest.fixture(scope="module")
async def premises(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Premises]:
    """Servers and a worker for the drills of this module."""
    stack = Stack(tmp_path_factory.mktemp("play"), durable=False)
    async with stack, engine_on(stack) as engine, worker_on(engine):
        yield Premises(engine, Settings.of(stack.environment))


def town_script(scenes: tuple[Scene, ...]) -> Script:
    return Script(scenes, tuple(TOWN.tree), TOWN.accounts, tuple(TOWN.catalogue))


class Noticeboard(PlainBoard):
    """Keeps what was shown."""

    every = 0.5

    def __init__(self) -> None:
        super().__init__(Console(quiet=True))
        self.shown: list[Mapping[str, str]] = []

    def show(self, figures: dict[str, str]) -> None:
        self.shown.append(figures)
        super().show(figures)


async def test_a_drill_of_every_kind_goes_lawfully_and_its_chains_hold(premises: Premises) -> None:
    scenes = town_scenes(2, 3)
    board = Noticeboard()
    summary = await play(
        town_script(scenes), premises.settings, seed=2, speed=400_000, grace=2, board=board,
        horizon=timedelta(days=60),
    )  # fmt: skip
    found = summary.json()
    assert summary.unlawful == ()
    assert (found["cases"], found["unanswered"]) == (12, {})
    assert found["chains_verified"] == found["played"] == found["closed"] + found["open"]
    assert set(found["opened"]) == {kind.value for kind in CaseKind}
    assert found["closed"] > found["open"]
    assert board.shown[-1]["到件 Arrivals"] == "12/12"
    assert premises.engine.troubles == {}


async def test_the_durable_ledger_is_the_virtual_one(premises: Premises) -> None:
    """Orders wait for no other case, so that every line must agree but numbers, commitments and chains."""
    scenes = town_scenes(9, 8, (CaseKind.ORDER,))
    virtual = play_virtually(scenes, 9, days=40)
    summary = await play(
        town_script(scenes), premises.settings, seed=9, speed=100_000, grace=6, horizon=timedelta(days=18)
    )
    assert summary.unlawful == ()
    rows = await premises.engine.pool.fetch("SELECT DISTINCT case_no FROM event WHERE case_no LIKE 'XO%'")
    brought = [CaseNo(row["case_no"]) for row in rows if row["case_no"].count("-") == 1]
    for number, scene in zip(sorted(brought, key=_place)[-len(scenes) :], scenes, strict=True):
        durable = [_line(e) for e in await premises.engine.record(number)]
        wanted = [_line(e) for e in virtual.ledger[scene.number]]
        assert len(durable) > 3
        assert durable[: len(wanted)] == wanted[: len(durable)]


def _place(number: CaseNo) -> int:
    return int(number.rpartition("-")[2])


def _line(event: Event) -> tuple[object, ...]:
    act = event.fact.act.code if isinstance(event.fact, Acted) else ""
    return event.seq, event.at, event.fact.code, act, event.cause, event.rule


async def test_texts_are_kept_apart_and_found_by_their_commitments(premises: Premises) -> None:
    scenes = town_scenes(4, 2, (CaseKind.ORDER,))
    await play(
        town_script(scenes), premises.settings, seed=4, speed=800_000, grace=2, horizon=timedelta(days=30)
    )
    acts = await premises.engine.pool.fetch("SELECT data FROM event WHERE act = 'order.complete'")
    assert acts
    opened = await premises.engine.pool.fetch("SELECT data FROM event WHERE kind = 'case_opened'")
    assert not any(scene.text in row["data"] for scene in scenes for row in (*opened, *acts))
    reader = await asyncpg.connect(premises.settings.url(Role.READER))
    try:
        results = [
            e.fact.act.result
            for row in await premises.engine.pool.fetch("SELECT DISTINCT case_no FROM event")
            for e in await premises.engine.record(CaseNo(row["case_no"]))
            if isinstance(e.fact, Acted) and isinstance(e.fact.act, order.Complete)
        ]
        kept = await get(reader, results)
    finally:
        await reader.close()
    assert set(kept) == set(results)
    assert all(each.holds and each.body for each in kept.values())


async def test_a_drill_that_is_broken_off_leaves_nothing_running(premises: Premises) -> None:
    script = town_script(town_scenes(1, 4))
    board = Noticeboard()
    drill = asyncio.create_task(play(script, premises.settings, speed=100_000, board=board))
    while not any(not figures["到件 Arrivals"].startswith("0/") for figures in board.shown):
        await asyncio.wait({drill}, timeout=0.05)
        assert not drill.done()
    drill.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drill
    assert not [name for name in map(_running, asyncio.all_tasks()) if "DurableStage" in name]


def _running(task: "asyncio.Task[object]") -> str:
    return task.get_coro().__qualname__


@pytest.mark.skipif(not DATA.exists(), reason="the real records are not here")
async def test_the_record_decides_who_is_late(premises: Premises) -> None:
    rules = premises.engine.shelf.rulebook("default-3")
    path = DATA / "cn_hotline_pingshan_2018_02_to_10.csv"
    script = file_script(path, load_mapping("pingshan"), rules, limit=40)
    labelled = tuple(s for s in script.scenes if s.label is Label.OVERDUE)[:3]
    chosen = labelled + tuple(s for s in script.scenes if s.label is Label.ON_TIME)[:3]
    summary = await play(
        Script(chosen, (), script.accounts, ()), premises.settings, speed=150_000, grace=6,
        horizon=timedelta(days=25),
    )  # fmt: skip
    assert summary.unlawful == ()
    assert (summary.agreements > 0, summary.disagreements) == (True, 0)
    assert summary.tally.breaches.total() >= len(labelled) > 0
    assert any(kind.value == "order.handle" for kind in summary.tally.breaches)


def test_the_demo_takes_real_records_and_falls_back_to_the_town(tmp_path: Path) -> None:
    rules = play_virtually((), 1).stage.engine._shelf.rulebook("default-3")
    alone = demo_script(tmp_path, rules, seed=1)
    sizes = {kind: sum(s.opening.kind is kind for s in alone.scenes) for kind in CaseKind}
    assert sizes == {
        CaseKind.ORDER: 200, CaseKind.PETITION: 40, CaseKind.MEDIATION: 20, CaseKind.WHISTLE: 10,
    }  # fmt: skip
    assert len({scene.number for scene in alone.scenes}) == 270
    assert all(scene.number.startswith("X") and scene.at >= ORIGIN for scene in alone.scenes)


def test_a_terminal_gets_a_live_table_and_a_log_plain_lines() -> None:
    assert isinstance(board_for(Console(force_terminal=True)), LiveBoard)
    log, terminal = StringIO(), StringIO()
    for board in (board_for(Console(file=log)), LiveBoard(Console(file=terminal, force_terminal=True))):
        with board:
            board.show({"在办 Open": "3", "办结 Closed": "4"})
    assert log.getvalue() == "在办 Open 3  办结 Closed 4\n"
    assert "办结" in terminal.getvalue()
