"""Histories of released versions replay under today's code, and a broken procedure is caught."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from activities.shelf import load_shelf
from domain.vocabulary import CaseKind, Outcome
from workflows import durable, provisions, runtime
from workflows.desk import Desk

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))
PATIENCE = 30  # seconds; a history cut at the wrong event can hang the replayer


async def replay(path: Path) -> None:
    """Raises when a command differs from the history."""
    provisions.lay(load_shelf())
    replayer = Replayer(
        workflows=runtime.WORKFLOWS, workflow_runner=runtime.runner(), data_converter=runtime.DATA_CONVERTER
    )
    history = WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))
    async with asyncio.timeout(PATIENCE):
        await replayer.replay_workflow(history)


def test_every_kind_of_case_has_a_golden_history() -> None:
    kinds = {path.stem.partition("_")[0] for path in HISTORIES}
    assert kinds == {kind.value for kind in CaseKind}


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_released_history_replays(path: Path) -> None:
    await replay(path)


async def test_a_broken_procedure_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    async def closes_at_once(desk: Desk, opening: Any) -> Outcome:
        return Outcome.DONE

    monkeypatch.setattr(durable, "PROCEDURES", {**durable.PROCEDURES, CaseKind.ORDER: closes_at_once})
    with pytest.raises(Exception, match=r"(?i)nondetermin|TMPRL1100|order"):
        await replay(Path(__file__).parent / "histories" / "order_overdue.json")
