"""The repository speaks of the product alone, and every module says where its boundary is."""

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = ("domain", "workflows", "activities", "api", "audit", "rehearsal")
HOSTS = re.compile(
    r"(--(extra-)?index-url [^ ]*:|files\.pythonhosted|pypi\.org/simple|registry\.npmjs|/root/|/home/[a-z]+/)"
)


def _tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT, capture_output=True, check=True, text=True,
    )  # fmt: skip
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def test_no_download_host_and_no_path_of_a_machine_is_committed() -> None:
    found = [
        path.relative_to(ROOT)
        for path in _tracked()
        if path != Path(__file__).resolve()
        and HOSTS.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert found == []


def test_every_module_opens_with_its_boundary() -> None:
    modules = [path for room in OURS for path in _tracked(f"{room}/*.py", f"{room}/**/*.py")]
    mute = [
        p.relative_to(ROOT)
        for p in modules
        if not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))
    ]
    assert modules
    assert mute == []


def test_no_file_is_two_rooms() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for room in OURS
        for path in _tracked(f"{room}/*.py", f"{room}/**/*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}
