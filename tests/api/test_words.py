"""Every code has its words in both languages, and no words are left without a code."""

import ast
import importlib
import inspect
import pkgutil
import re
import string
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

import activities.commitments
import domain
from activities.access import Access
from activities.custody import Custody
from activities.erasure import Erasure
from activities.shelf import load_shelf
from api.forms import BLANKS, Blank
from api.words import Language, Words, language_of, load_words, table_of
from api.writing.openings import OPENING_FORMS, OpeningForm
from audit.answers.same_content import SameContentCode
from audit.answers.same_law import SameLawCode
from audit.answers.same_steps import SameStepsCode
from audit.casefiles.exporting import Refusal as ExportRefusal
from audit.codes import IntactCode, Why
from audit.findings import Answer
from audit.lawfulness.codes import LawCode
from domain.acts import ACTS
from domain.events import FACTS

ROOT = Path(__file__).parents[2]
CODE = re.compile("[a-z_]+")
GIVING = {"relieve", "_relieve", "escalate", "_raise", "_raise_to_top", "extend", "pause", "resume"}
"""Calls by which procedures and their core say why."""

TABLES = {
    language: tomllib.loads((ROOT / "api" / "locale" / f"{language}.toml").read_text(encoding="utf-8"))
    for language in Language
}


def enumerations() -> Iterator[type[StrEnum]]:
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        for each in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(each) and issubclass(each, StrEnum) and each.__module__.startswith("domain"):
                yield each
    yield activities.commitments.ContentKind
    yield from (Access, Custody, Erasure, Answer)


def audit_codes() -> set[str]:
    """Every code that a check of the audit finds something by: enumerations, and literals in a finding."""
    known = (IntactCode, SameStepsCode, SameContentCode, SameLawCode, LawCode)
    found = {code.value for codes in known for code in codes}
    for path in (ROOT / "audit").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Finding" | "_finding"), args=args):
                    texts = [each for each in args[:3] if isinstance(each, ast.Constant)]
                    found |= {t.value for t in texts if isinstance(t.value, str) and CODE.fullmatch(t.value)}
                case ast.Assign(
                    targets=[ast.Name(id="code" | "CHECK_FAILED")], value=ast.Constant(value=str() as text)
                ):
                    found.add(text)
    return found


def fields(blanks: tuple[Blank, ...]) -> Iterator[str]:
    for blank in blanks:
        yield blank.name
        yield from fields(blank.blanks)


def reasons() -> set[str]:
    """Every code that a procedure gives for what it does to a duty or a case, read from its text."""
    found = {"calendar_adopted"}
    for path in (ROOT / "workflows").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=args) if name in GIVING:
                    found |= {text for each in args for text in codes_in(each)}
                case ast.Return(value=ast.expr() as value) if path.name == "mediation.py":
                    found |= set(codes_in(value))
    return found


def codes_in(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str() as text) if CODE.fullmatch(text):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from (*codes_in(body), *codes_in(other))


def expected() -> dict[str, set[str]]:
    tables = {table_of(codes): {each.value for each in codes} for codes in enumerations()}
    own = {name for form in OPENING_FORMS.values() for name in form.model_fields}
    tables["finding"] = audit_codes()
    tables["unlooked"] = {why.value for why in Why}
    tables["export_refusal"] = {each.value for each in ExportRefusal}
    tables["act"] = set(ACTS)
    tables["fact"] = set(FACTS)
    tables["field"] = {name for blanks in BLANKS.values() for name in fields(blanks)}
    tables["field"] |= own - set(OpeningForm.model_fields)
    tables["starts_at"] = {
        limit.starts_at
        for rules in load_shelf().rulebooks
        for limit in (*rules.limits.values(), rules.warn.urge_after, rules.warn.bulletin_after)
    }
    return tables


@pytest.mark.parametrize("language", Language)
def test_every_code_has_words_and_no_words_are_without_a_code(language: Language) -> None:
    tables = TABLES[language]
    wrong = {
        name: (codes - set(tables.get(name, {})), set(tables.get(name, {})) - codes)
        for name, codes in expected().items()
        if set(tables.get(name, {})) != codes
    }
    assert wrong == {}


@pytest.mark.parametrize("language", Language)
def test_every_reason_a_procedure_gives_has_words(language: Language) -> None:
    assert set(TABLES[language]["why"]) == reasons()


def test_both_languages_have_the_same_tables_and_codes() -> None:
    chinese, english = ({name: set(table) for name, table in TABLES[each].items()} for each in Language)
    assert chinese == english


def test_no_words_are_empty_and_sentences_mention_the_same_values() -> None:
    for name, table in TABLES[Language.ZH].items():
        for code, words in table.items():
            other = TABLES[Language.EN][name][code]
            assert words.strip(), (name, code)
            assert other.strip(), (name, code)
            assert _mentioned(words) == _mentioned(other), (name, code)


def test_every_rule_between_fields_is_told_in_both_languages() -> None:
    said: set[str] = set()
    for path in (*(ROOT / "domain" / "acts").glob("*.py"), ROOT / "domain" / "openings.py",
                 ROOT / "api" / "writing" / "persons.py"):  # fmt: skip
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="ValueError"), args=[ast.Constant(value=str() as text)]):
                    said.add(text)
    assert said == set(TABLES[Language.ZH]["rule"])


def _mentioned(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def test_every_problem_the_door_raises_has_words() -> None:
    raised: set[str] = set()
    for path in (ROOT / "api").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Problem", "unavailable"):
                raised |= {
                    each.value
                    for argument in node.args
                    for each in ast.walk(argument)
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                }
    assert len(raised) > 10
    assert raised <= set(TABLES[Language.ZH]["problem"])


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, Language.ZH),
        ("", Language.ZH),
        ("en", Language.EN),
        ("en-GB,en;q=0.9,zh;q=0.8", Language.EN),
        ("zh-CN,zh;q=0.9,en;q=0.8", Language.ZH),
        ("fr", Language.ZH),
        ("fr, en;q=0.1", Language.EN),
        ("en;q=nonsense", Language.ZH),
        ("en;q=0", Language.ZH),
    ],
)
def test_the_language_asked_for_is_spoken_and_chinese_otherwise(
    header: str | None, language: Language
) -> None:
    assert language_of(header) is language


def test_a_code_without_words_is_shown_as_itself() -> None:
    assert Words({Language.ZH: {}, Language.EN: {}}).say("act", "new.act", Language.ZH) == "new.act"
    assert load_words().say("act", "order.accept", Language.EN) == "Accept"
