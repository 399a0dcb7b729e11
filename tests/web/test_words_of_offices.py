"""Words of supervision and administration: every sentence a page says is in both catalogues, and none is idle."""

import re
from pathlib import Path

import pytest

import api.web
from api.reading.overview import Grain, Which
from api.web.supervision import DIMENSIONS
from api.words import Language, load_words

ROOT = Path(api.web.__file__).parent
EDITIONS = ROOT.parent / "reading" / "editions.py"
SOURCES = [*(ROOT / "templates").rglob("*.html"), *ROOT.rglob("*.py"), EDITIONS]
FIELD = re.compile(r"""Field\(\s*"([a-z_]+)\"""")
GROUP = re.compile(r"""yield "([a-z]+)", (?:"([a-z_]+)")?""")
BUILT = {
    *(f"city.{each}" for each in Which), *(f"city.by_{each}" for each in (*DIMENSIONS, "trend")),
    *(f"city.{name}_{each}" for name in ("grain", "rates_note") for each in Grain),
    *(f"city.see_{each}" for each in ("response_late", "unresolved", "dissatisfied", "unrated")),
    "city.save_csv", "city.save_xlsx", "admin.organisations", "admin.matters", "admin.editions", "admin.accounts",
    "admin.access", "admin.auditors", "admin.field_urgent", "admin.field_paper_only", "edition.soft",
    "edition.pausable_consent", "edition.pausable_hearing", "edition.satisfaction",
    "edition.published", "edition.day", "edition.calendar", "edition.rulebook",
}  # fmt: skip
"""Sentences whose code is put together."""


@pytest.mark.parametrize("language", Language)
def test_every_sentence_is_there_and_none_is_idle(language: Language) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    said = set(re.findall(r"""["']((?:city|admin|edition)\.[a-z0-9_]*[a-z0-9])["']""", text)) | BUILT
    said = {each for each in said if not each.endswith((".html", ".css"))}
    said |= {f"admin.field_{name}" for name in FIELD.findall(text)}
    said |= {
        f"edition.{name}"
        for pair in GROUP.findall(EDITIONS.read_text(encoding="utf-8"))
        for name in pair
        if name
    }
    known = {
        f"{table}.{code}"
        for table in ("city", "admin", "edition")
        for code in load_words().table(table, language)
    }
    assert said - known == set()
    assert known - said == set()
