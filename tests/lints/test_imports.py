"""The single-file rooms at the top: who may import them, which the package contracts cannot say."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("domain", "workflows", "activities", "api", "audit", "rehearsal")
ALLOWED = {
    "cli": set(),  # nothing imports the command
    "worker": {"cli.py"},
    "stack": {
        "cli.py",
        "rehearsal/premises.py",
        "rehearsal/benches/ground.py",
        "rehearsal/torture/field/ground.py",
        "rehearsal/keeping.py",
        "rehearsal/reconciling.py",
        "rehearsal/canary/running.py",
    },
    "rehearsal": {"cli.py"},
}


def imported_roots(path: Path) -> set[str]:
    """Top-level names a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                found.update(alias.name.partition(".")[0] for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                found.add(module.partition(".")[0])
    return found


@pytest.mark.parametrize("room", ALLOWED)
def test_who_may_import(room: str) -> None:
    files = [ROOT / name for name in ("cli.py", "worker.py", "stack.py")]
    files += [path for each in ROOMS for path in (ROOT / each).rglob("*.py")]
    importers = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if room in imported_roots(path) and path.relative_to(ROOT).parts[0] != room
    }
    assert importers - ALLOWED[room] == set()
