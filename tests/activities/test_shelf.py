"""The shelf: the package's editions and the operator's own, or the file and line that is wrong."""

from pathlib import Path

import pytest

from activities.shelf import BrokenEdition, load_shelf

PACKAGED = {"statutory-2026", "default-3", "gaotai-4x7"}
OWN = """
edition = "our-town"
title_zh = "本市规则"
title_en = "Our town"
released = 2026-11-21
extends = "{base}"

[limits]
"order.review" = {{ n = 2, unit = "working_day", starts_at = "filed", source = "本市", tag = "PROPOSED" }}
"""


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_the_package_has_its_editions():
    shelf = load_shelf()
    assert {each.edition for each in shelf.rulebooks} == PACKAGED
    assert {each.edition for each in shelf.calendars} == {"cn-2026"}


def test_an_operator_adds_an_edition_without_touching_code(tmp_path):
    shelf = load_shelf(write(tmp_path, "a.toml", OWN.format(base="default-3")))
    assert {each.edition for each in shelf.rulebooks} == PACKAGED | {"our-town"}
    assert shelf.rulebook("our-town").limits["order.review"].n == 2


def test_editions_may_extend_one_another_in_any_order(tmp_path):
    write(tmp_path, "a.toml", OWN.format(base="second"))
    write(tmp_path, "z.toml", OWN.format(base="default-3").replace("our-town", "second"))
    assert load_shelf(tmp_path).rulebook("our-town").extends == "second"


def test_a_broken_edition_is_refused_with_file_and_line(tmp_path):
    write(tmp_path, "a.toml", OWN.format(base="default-3").replace("working_day", "fortnight"))
    with pytest.raises(BrokenEdition, match=r"fortnight|working_day") as refused:
        load_shelf(tmp_path)
    assert refused.value.file.endswith("a.toml")
    assert refused.value.line == 9


def test_a_file_that_is_no_toml_is_refused_with_its_line(tmp_path):
    write(tmp_path, "a.toml", 'edition = "x"\n\noops\n')
    with pytest.raises(BrokenEdition, match=r"a\.toml:3"):
        load_shelf(tmp_path)


def test_an_edition_that_extends_nothing_known_is_refused(tmp_path):
    write(tmp_path, "a.toml", OWN.format(base="default-9"))
    with pytest.raises(BrokenEdition, match="default-9"):
        load_shelf(tmp_path)


def test_a_name_that_is_taken_is_refused(tmp_path):
    write(tmp_path, "a.toml", OWN.format(base="default-3"))
    write(tmp_path, "b.toml", OWN.format(base="default-3"))
    with pytest.raises(BrokenEdition, match=r"b\.toml.*our-town is already in .*a\.toml"):
        load_shelf(tmp_path)


def test_a_released_edition_with_other_content_is_refused(tmp_path, monkeypatch):
    released = 'calendars = {}\n[rulebooks]\n"our-town" = "' + "0" * 64 + '"\n'
    monkeypatch.setattr("activities.shelf._released_text", lambda: released)
    write(tmp_path, "a.toml", OWN.format(base="default-3"))
    with pytest.raises(BrokenEdition, match="was released as 000"):
        load_shelf(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BrokenEdition, match="gone"):
        load_shelf(tmp_path / "gone")
