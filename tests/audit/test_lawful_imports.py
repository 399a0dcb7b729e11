"""The checks share no code with what ran the case: what they import is asserted, not promised."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKS = Path(__file__).parents[2] / "audit" / "lawfulness"
FILES = sorted(CHECKS.rglob("*.py"))
OURS = ("audit.findings", "audit.lawfulness")


def imported(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, level=level):
                yield "." * level + (module or "")


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_a_check_imports_the_standard_library_and_its_own_kind_alone(path: Path) -> None:
    foreign = [
        name
        for name in imported(path)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not any(name == own or name.startswith(own + ".") for own in OURS)
    ]
    assert foreign == []


def test_no_check_imports_by_name_at_run_time() -> None:
    calls = [
        (path.name, node.lineno)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("__import__", "importlib.import_module")
    ]
    assert calls == []


def test_what_the_checks_report_in_imports_nothing_of_ours_either() -> None:
    findings = CHECKS.parent / "findings.py"
    assert [
        name for name in imported(findings) if name.partition(".")[0] not in sys.stdlib_module_names
    ] == []
