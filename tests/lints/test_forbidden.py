"""Workflow code and the law stay deterministic; the sandbox no longer sees to it, so this does."""

from pathlib import Path

import pytest
from lints.forbidden import offences, offences_in

ROOT = Path(__file__).parents[2]


def test_workflow_code_reads_no_clock_no_chance_no_environment() -> None:
    assert offences_in(ROOT / "workflows") == []


def test_the_law_reads_no_clock_no_chance_no_environment() -> None:
    assert offences_in(ROOT / "domain") == []


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\nnow = datetime.now()",
        "import random",
        "from os import environ",
        "for unit in {1, 2}: pass",
        "units: set[str] = set()\nx = [u for u in units]",
        "found = {u for u in ()}\nfor u in found: pass",
        "import asyncio\nasync def f(): await asyncio.sleep(1)",
        "key = hash('a')",
    ],
)
def test_a_stray_clock_or_unordered_walk_is_found(source: str) -> None:
    assert list(offences(source))
