"""Secrets of authenticators: sealed for one account, under a key in a file for its owner alone."""

from pathlib import Path

import pytest

from activities.safe import BARE, Safe, SafeError, make_key, open_safe


@pytest.fixture
def key(tmp_path: Path) -> Path:
    make_key(tmp_path / "keys" / "second-factor.key")
    return tmp_path / "keys" / "second-factor.key"


def test_what_is_sealed_says_nothing_and_opens_for_its_account_alone(key: Path) -> None:
    safe = open_safe(key)
    kept = safe.seal("JBSWY3DP", "wu")
    assert "JBSWY3DP" not in kept
    assert kept != safe.seal("JBSWY3DP", "wu")
    assert safe.open(kept, "wu") == "JBSWY3DP"
    with pytest.raises(SafeError):
        safe.open(kept, "li")


def test_another_key_and_no_key_open_nothing(key: Path, tmp_path: Path) -> None:
    kept = open_safe(key).seal("JBSWY3DP", "wu")
    make_key(tmp_path / "other.key")
    for safe in (open_safe(tmp_path / "other.key"), BARE):
        with pytest.raises(SafeError, match="HERUN_SECOND_FACTOR_KEY"):
            safe.open(kept, "wu")


def test_without_a_key_secrets_stay_as_they_are_until_there_is_one(key: Path) -> None:
    assert BARE.seal("JBSWY3DP", "wu") == "JBSWY3DP"
    safe = open_safe(key)
    assert safe.open("JBSWY3DP", "wu") == "JBSWY3DP"
    assert safe.is_bare("JBSWY3DP")
    assert not safe.is_bare(safe.seal("JBSWY3DP", "wu"))
    assert not BARE.is_bare("JBSWY3DP")


def test_a_key_is_made_once_and_for_its_owner_alone(key: Path) -> None:
    before = key.read_text()
    make_key(key)
    assert key.read_text() == before
    assert key.stat().st_mode & 0o077 == 0
    assert before.strip() not in repr(open_safe(key))


@pytest.mark.parametrize(("text", "mode"), [("c2hvcnQ=", 0o600), ("no base64!", 0o600), (None, 0o644)])
def test_a_key_that_is_short_unreadable_or_open_to_others_is_refused(
    key: Path, text: str | None, mode: int
) -> None:
    if text is not None:
        key.write_text(text)
    key.chmod(mode)
    with pytest.raises(SafeError, match=r"second-factor\.key"):
        open_safe(key)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SafeError, match=r"gone\.key"):
        open_safe(tmp_path / "gone.key")


def test_no_file_is_no_key() -> None:
    assert open_safe(None) is BARE
    assert Safe() == BARE
