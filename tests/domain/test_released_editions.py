"""A released edition never changes: what ships is what the register says, digest for digest."""

from pathlib import Path

import pytest

from domain.calendar import parse_calendar
from domain.edition import EditionError, parse_released
from domain.rulebook import Rulebook, base_of, parse_rulebook

DOMAIN = Path(__file__).parents[2] / "domain"
REGISTER = (DOMAIN / "editions/released.toml").read_text(encoding="utf-8")
RELEASED = parse_released(REGISTER)
RULEBOOKS = sorted(path for path in (DOMAIN / "editions").glob("*.toml") if path.name != "released.toml")
CALENDARS = sorted((DOMAIN / "calendars").glob("*.toml"))


def rulebook(path: Path) -> Rulebook:
    text = path.read_text(encoding="utf-8")
    base = base_of(text)
    return parse_rulebook(text, rulebook(path.with_name(f"{base}.toml")) if base else None)


@pytest.mark.parametrize("path", RULEBOOKS, ids=lambda path: path.stem)
def test_a_released_rulebook_is_unchanged(path: Path) -> None:
    parsed = rulebook(path)
    assert parsed.edition == path.stem
    assert RELEASED.rulebooks[parsed.edition] == parsed.digest


@pytest.mark.parametrize("path", CALENDARS, ids=lambda path: path.stem)
def test_a_released_calendar_is_unchanged(path: Path) -> None:
    parsed = parse_calendar(path.read_text(encoding="utf-8"))
    assert parsed.edition == path.stem
    assert RELEASED.calendars[parsed.edition] == parsed.digest


def test_nothing_released_has_gone() -> None:
    assert set(RELEASED.rulebooks) == {path.stem for path in RULEBOOKS}
    assert set(RELEASED.calendars) == {path.stem for path in CALENDARS}


def test_a_register_with_half_a_digest_is_refused_at_its_line() -> None:
    broken = REGISTER.replace(RELEASED.rulebooks["default-3"], "7f7fc8")
    with pytest.raises(EditionError, match="64 hexadecimal digits") as refused:
        parse_released(broken)
    assert broken.splitlines()[refused.value.line - 1] == '"default-3" = "7f7fc8"'
    assert refused.value.path == "rulebooks.default-3"
