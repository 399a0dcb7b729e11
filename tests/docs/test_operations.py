"""The operator's page against the code: every metric is explained there, and what is explained there exists."""

import re
import tomllib
from pathlib import Path

from activities.settings import Settings, variable_of
from api.measures.metrics import METRICS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
LOGGED = ("case_stuck", "bug", "seal_failed", "history_missing", "signing_key_unusable", "sweep_failed")
SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for path in (*ROOT.glob("*.py"), *(ROOT / "api").rglob("*.py"), *(ROOT / "activities").rglob("*.py"))
)


def test_every_metric_of_ours_is_in_the_table_and_none_else() -> None:
    named = set(re.findall(r"\bherun_[a-z_]+", PAGE))
    assert named == {metric.name for metric in METRICS}


def test_every_setting_that_is_named_exists() -> None:
    known = {variable_of(field) for field in Settings.model_fields}
    named = set(re.findall(r"\bHERUN_[A-Z_]+\b", PAGE)) - {"HERUN_RATE_"}
    assert named <= known
    assert {"HERUN_METRICS_TOKEN", "HERUN_METRICS_BIND", "HERUN_ACTS_AT_ONCE"} <= named


def test_every_code_of_a_problem_that_is_named_has_words() -> None:
    words = tomllib.loads((ROOT / "api" / "locale" / "en.toml").read_text(encoding="utf-8"))["problem"]
    codes = {"busy", "sign_in_failed", "wrong_code"}
    assert {code for code in codes if code in PAGE} == codes <= words.keys()


def test_every_line_of_the_log_that_is_named_is_written_somewhere() -> None:
    assert {line for line in LOGGED if f"`{line}`" in PAGE} == set(LOGGED)
    assert {line for line in LOGGED if f'"{line}"' not in SOURCES} == set()
