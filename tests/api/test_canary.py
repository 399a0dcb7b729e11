"""Personal data stays where it belongs: canaries in every field of every form, and a search of everything else."""

import re
from pathlib import Path

import pytest

from rehearsal.canary.running import Found, run

CASES = 24
PLACES = {
    "metrics", "views and files of the audit", "tables saved", "exports of commands", "histories",
    "tables of the database", "logs and Temporal's files",
}  # fmt: skip


@pytest.mark.timeout(400)
async def test_no_name_number_address_or_word_leaves_the_content_store(tmp_path: Path) -> None:
    found = await run(tmp_path, CASES, seed=20261122)
    assert not found.leaks, "\n".join(sorted({f"{leak.place}: {leak.what}" for leak in found.leaks}))
    _something_was_searched(found, tmp_path)


def _something_was_searched(found: Found, folder: Path) -> None:
    """A search of nothing finds nothing: cases lived, in words, and every place had something in it."""
    lived = found.lived
    assert len(lived.cases) == CASES
    assert {code for code in lived.done if code.startswith("open ")} == {
        "open order", "open mediation", "open petition", "open whistle",
    }  # fmt: skip
    assert lived.done["file at the entrance"] == 4
    assert len(lived.done) > 20
    assert found.canaries > 10 * CASES
    assert not [status for status in lived.statuses if status >= 500]
    assert set(found.pieces) == PLACES
    assert found.pieces["histories"] > 10 * CASES
    logs = {path.name: path.read_text(errors="replace") for path in (folder / "logs").glob("*.log")}
    assert {"api.log", "worker.log", "temporal.log", "postgres.log"} <= set(logs)
    assert len(re.findall("request", logs["api.log"])) > 10 * CASES
