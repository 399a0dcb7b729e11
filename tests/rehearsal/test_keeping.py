"""Copies: never over something, never taken for one before they are whole."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from activities.processes import ProcessError
from cli import app
from rehearsal import keeping


def test_a_copy_is_not_laid_over_anything(tmp_path: Path) -> None:
    (tmp_path / "somebodys").write_text("work")
    with pytest.raises(ProcessError, match="not empty"):
        keeping.claim(tmp_path)
    keeping.claim(tmp_path / "new" / "folder")
    assert (tmp_path / "new" / "folder").is_dir()


def test_a_copy_that_was_broken_off_is_not_restored(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with pytest.raises(ProcessError, match="no complete backup"):
        keeping.lay_out(tmp_path, tmp_path.with_name("new"))
    (tmp_path / keeping.MANIFEST).write_text('{"temporal_at": "2026-11-22"')
    with pytest.raises(ProcessError, match="no complete backup"):
        keeping.read_manifest(tmp_path)


async def test_temporals_database_is_copied_while_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "temporal").mkdir()
    with sqlite3.connect(tmp_path / "temporal" / "temporal.db") as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE t (n integer)")
        writer.execute("INSERT INTO t VALUES (1)")
        writer.commit()
        writer.execute("INSERT INTO t VALUES (2)")  # under way, and not in the copy
        (tmp_path / "copy").mkdir()
        async with asyncio.timeout(30):
            await keeping.copy_temporal(tmp_path, tmp_path / "copy")
        copied = sqlite3.connect(tmp_path / "copy" / "temporal" / "temporal.db")
        assert copied.execute("SELECT n FROM t").fetchall() == [(1,)]
        copied.close()
        writer.commit()
    writer.close()


@pytest.mark.parametrize("command", ["reconcile", "replay"])
def test_a_folder_without_a_herun_is_refused(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in ("OWNER", "READER", "LEDGER", "DOOR"):
        monkeypatch.delenv(f"HERUN_{role}_URL", raising=False)
    outcome = CliRunner().invoke(app, [command, "--data", str(tmp_path)])
    assert isinstance(outcome.exception, ProcessError)
    assert "no Herun in the folder" in str(outcome.exception)
