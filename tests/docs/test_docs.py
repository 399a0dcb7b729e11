"""The words around the code against the code: terms, links, commands, drawings, limits, libraries.

`WRITE_DOCS=1 .venv/bin/python -m pytest tests/docs` writes what is generated anew.
"""

import ast
import functools
import importlib
import importlib.metadata
import json
import os
import pkgutil
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import typer.main

import domain
from activities.shelf import load_shelf
from api.forms import FORMS
from api.routes.openings import PATHS
from api.words import table_of
from api.writing.openings import OPENING_FORMS
from cli import app
from domain.acts import ACTS
from domain.calendar import CST
from domain.duties import SPECS, DutyKind
from domain.events import FACTS, CaseClosed, CaseOpened, DutyOpened, Event, StageEntered
from domain.rulebook import Rulebook
from domain.terms import Limit, Roll, Tag
from domain.vocabulary import CaseKind, CaseNo, Outcome, Role, Stage
from rehearsal.people import People
from rehearsal.script import Playbill, arrivals, numbered
from rehearsal.stage import Editions, VirtualStage
from rehearsal.town import load_town

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PROCEDURES = DOCS / "procedures.md"
READMES = (ROOT / "README.md", ROOT / "README.zh.md")
PAGES = (*READMES, ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md")))
REFRESH = "run: WRITE_DOCS=1 .venv/bin/python -m pytest tests/docs"

_CODE = re.compile(r"`([^`]+)`")
_SECTIONS = {
    CaseKind.ORDER: "居民点单",
    CaseKind.MEDIATION: "人民调解",
    CaseKind.PETITION: "信访",
    CaseKind.WHISTLE: "吹哨报到",
}


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def rows(text: str) -> Iterator[list[str]]:
    """The cells of every table row below its head."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and not set(line) <= set("|- "):
            yield cells


def codes(cell: str) -> list[str]:
    return _CODE.findall(cell)


# -- the glossary -------------------------------------------------------------------------------------


def code_sets() -> dict[str, tuple[str, list[str]]]:
    """Every set of codes of the law, with acts and facts: its table in the catalogue, its codes."""
    found = {"act": ("act", list(ACTS)), "fact": ("fact", list(FACTS))}
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        for each in vars(importlib.import_module(module.name)).values():
            if isinstance(each, type) and issubclass(each, StrEnum) and each.__module__ == module.name:
                found[each.__name__] = table_of(each), [code.value for code in each]
    return found


@functools.cache
def glossary() -> dict[str, list[tuple[str, str]]]:
    """For each set of codes the codes it lists and their Chinese terms."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for section in re.split(r"^### ", read(DOCS / "glossary.md"), flags=re.MULTILINE)[1:]:
        name = codes(section.splitlines()[0])[-1]
        found[name] += [(codes(cells[0])[0], cells[1]) for cells in rows(section) if codes(cells[0])]
    return found


def test_the_glossary_has_every_code_exactly_once() -> None:
    listed = {name: Counter(code for code, _ in terms) for name, terms in glossary().items()}
    assert listed == {name: Counter(wanted) for name, (_, wanted) in code_sets().items()}


def test_the_glossary_says_what_people_read() -> None:
    """A code's Chinese is the word of the catalogue; the lines of a due date's sum are sentences there."""
    words = tomllib.loads(read(ROOT / "api" / "locale" / "zh.toml"))
    tables = {name: words.get(table, {}) for name, (table, _) in code_sets().items() if name != "StepCode"}
    other = {
        f"{name} {code}": (term, tables[name][code])
        for name, terms in glossary().items()
        for code, term in terms
        if tables.get(name, {}).get(code, term) != term
    }
    assert other == {}


def test_files_named_in_the_docs_exist() -> None:
    named = re.compile(r"`((?:domain|workflows|activities|api|audit|rehearsal|tests|docs|deploy)/[\w./-]+)")
    found = {(page.name, path) for page in PAGES for path in named.findall(read(page))}
    assert {(page, path) for page, path in found if not (ROOT / path).exists()} == set()


# -- links and commands -------------------------------------------------------------------------------


def test_every_relative_link_resolves() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)\s]+)\)", read(page))
        if "://" not in target and not (page.parent / target.partition("#")[0]).resolve().exists()
    ]
    assert broken == []


def test_make_targets_named_in_the_docs_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), flags=re.MULTILINE))
    make = re.compile(r"(?:`|^)make ([a-z-]+)", re.MULTILINE)
    named = {target for page in PAGES for target in make.findall(read(page))}
    assert named
    assert named <= targets


def test_herun_commands_named_in_the_docs_exist() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    named = {words for page in PAGES for words in re.findall(r"\bherun ([a-z]+)(?: ([a-z]+))?", read(page))}
    assert named
    for first, second in named:
        assert first in commands
        below = getattr(commands[first], "commands", None)
        assert below is None or second in below


def test_both_readmes_show_the_same_commands() -> None:
    english, chinese = (re.findall(r"```sh\n(.*?)```", read(page), re.DOTALL) for page in READMES)
    assert english == chinese
    assert [read(page).count("\n## ") for page in READMES] == [read(READMES[0]).count("\n## ")] * 2


def test_the_walk_sends_what_the_door_takes() -> None:
    """Each `post` of the walk goes to an address of the door, with a body its form accepts."""
    walk = "\n".join(re.findall(r"```sh\n(.*?)```", read(READMES[0]), re.DOTALL))
    sent = re.findall(r'post "\$\w+" (\S+)(?: \'(\{.*?\})\')?', walk, re.DOTALL)
    openings = {path.strip("/"): OPENING_FORMS[kind] for kind, path in PATHS.items()}
    assert len(sent) > 8
    for path, body in sent:
        form = openings.get(path) or FORMS[path.removeprefix("cases/$NO/acts/")]
        form.model_validate(json.loads(body or "{}"))


# -- decisions ----------------------------------------------------------------------------------------


def decisions() -> list[Path]:
    return sorted((DOCS / "adr").glob("*.md"))


_PARTS = ["Context", "Decision", "Consequences", "Alternatives"]


@pytest.mark.parametrize("page", decisions(), ids=lambda page: page.stem)
def test_a_decision_is_one_page_with_its_line_and_its_sections(page: Path) -> None:
    text = read(page)
    assert re.match(rf"# {page.name[:4]} · \S", text)
    assert re.search(r"^> \S.*\n> \S", text, re.MULTILINE), "the line people will quote, in both languages"
    assert re.findall(r"^## (.*)", text, re.MULTILINE) == _PARTS
    assert len(text.splitlines()) <= 60


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(page.name[:4]) for page in decisions()] == list(range(1, len(decisions()) + 1))


def test_the_libraries_are_those_pinned() -> None:
    pinned = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", read(ROOT / "requirements" / "main.txt"), re.MULTILINE))
    chosen = {name: version for name, version, *_ in rows(read(DOCS / "adr" / "0010-libraries.md"))}
    del chosen["package"]
    assert len(chosen) > 8
    assert chosen == {name: pinned.get(name) for name in chosen}


def test_no_library_is_under_a_licence_that_binds_those_who_use_it() -> None:
    binding = re.compile(r"\b(?:A|L)?GPL|GNU ", re.IGNORECASE)
    found = [name for name, licence in _licences() if binding.search(licence)]
    assert found == []


def _licences() -> Iterator[tuple[str, str]]:
    for each in importlib.metadata.distributions():
        said = each.metadata
        stated = [said.get("License-Expression"), (said.get("License") or "")[:80]]
        stated += [line for line in said.get_all("Classifier", []) if line.startswith("License")]
        yield str(said["Name"]), " ".join(filter(None, stated))


# -- the procedures -----------------------------------------------------------------------------------


def section(kind: CaseKind) -> str:
    found = re.search(rf"^## {_SECTIONS[kind]}.*?(?=^## )", read(PROCEDURES), re.MULTILINE | re.DOTALL)
    assert found
    return found[0]


def duties(kind: CaseKind) -> dict[str, list[str]]:
    """Duty → the row that tells of it."""
    table = [cells for cells in rows(section(kind)) if len(cells) == 6 and codes(cells[1])]
    assert max(Counter(codes(cells[1])[0] for cells in table).values()) == 1
    return {codes(cells[1])[0]: cells for cells in table}


def edges(kind: CaseKind) -> set[tuple[str, str]]:
    """Drawn steps; an end is the outcome that its label begins with."""
    drawn = re.findall(r"^ +(\S+) --> ([^\s:]+)(?:: (\w+))?", section(kind), re.MULTILINE)
    return {
        (_named(source), f"={label}" if target == "[*]" else target)
        for source, target, label in drawn
        if target != Stage.REGISTERED
    }


def _named(stage: str) -> str:
    return Stage.REGISTERED.value if stage == "[*]" else stage


class Seen:
    """What a play of the demo town in the virtual engine shows."""

    def __init__(self) -> None:
        self.steps: defaultdict[CaseKind, set[tuple[str, str]]] = defaultdict(set)
        self.roles: defaultdict[DutyKind, set[str]] = defaultdict(set)
        self.rules: defaultdict[DutyKind, set[str]] = defaultdict(set)
        self._at: dict[CaseNo, tuple[CaseKind, str]] = {}

    def note(self, number: CaseNo, event: Event) -> None:
        match event.fact:
            case CaseOpened(kind=kind):
                self._at[number] = kind, Stage.REGISTERED.value
            case StageEntered(stage=stage):
                self._step(number, stage.value)
            case CaseClosed(outcome=outcome):
                self._step(number, f"={outcome.value}")
            case DutyOpened(duty=duty):
                party = {"party"} if duty.owner.party else set()
                self.roles[duty.kind] |= party | {role.value for role in duty.owner.roles}
                self.rules[duty.kind].add(duty.rule)

    def _step(self, number: CaseNo, to: str) -> None:
        kind, at = self._at[number]
        self.steps[kind].add((at, to))
        self._at[number] = kind, to


@functools.cache
def seen() -> Seen:
    """Sixty matters of each kind, under each edition that has levels."""
    found, town, origin = Seen(), load_town(), datetime(2026, 3, 2, tzinfo=CST)
    for seed, edition in enumerate(("default-3", "gaotai-4x7"), start=1):
        editions = Editions(load_shelf(), edition)
        bill = Playbill(town, editions.rules)
        scenes = numbered(
            scene for kind in CaseKind for scene in bill.scenes(kind, 60, arrivals(seed, kind, origin, 60))
        )
        people = People(seed, town.accounts, editions.rules, editions.days)
        VirtualStage(editions, people, (found.note,)).play(scenes, origin + timedelta(days=400))
    return found


@pytest.mark.parametrize("kind", CaseKind)
def test_every_step_that_the_demo_town_takes_is_drawn(kind: CaseKind) -> None:
    assert len(seen().steps[kind]) > 8
    assert seen().steps[kind] - edges(kind) == set()


def test_drawings_hold_stages_and_outcomes_of_the_vocabulary() -> None:
    places = {place for kind in CaseKind for edge in edges(kind) for place in edge}
    stages = {place for place in places if not place.startswith("=")}
    assert stages == {stage.value for stage in Stage} - {Stage.CLOSED}
    assert places - stages == {f"={outcome.value}" for outcome in Outcome}


def test_every_duty_stands_in_one_row_with_its_acts() -> None:
    told = {duty: cells for kind in CaseKind for duty, cells in duties(kind).items()}
    acts = {duty: [codes(part) for part in (*cells[3].split("+"), "")[:2]] for duty, cells in told.items()}
    assert acts == {
        kind.value: [[act.code for act in spec.fulfilled_by], [act.code for act in spec.also_admits]]
        for kind, spec in SPECS.items()
    }


@pytest.mark.parametrize("kind", CaseKind)
def test_owners_and_limits_in_a_row_are_those_the_procedure_uses(kind: CaseKind) -> None:
    limits = {limit for rules in load_shelf().rulebooks for limit in rules.limits}
    for duty, cells in duties(kind).items():
        keys = codes(cells[4])
        assert set(codes(cells[2])) <= {*Role, "party"}
        assert seen().roles[DutyKind(duty)] <= set(codes(cells[2])), duty
        assert all(any(fnmatchcase(limit, key) for limit in limits) for key in keys), duty
        assert all(any(fnmatchcase(rule, key) for key in keys) for rule in seen().rules[DutyKind(duty)]), duty


@pytest.mark.parametrize("kind", CaseKind)
def test_steps_named_in_a_row_are_functions_of_the_procedure(kind: CaseKind) -> None:
    modules = re.findall(r"`(workflows/\w+\.py)`", section(kind).split("```")[0])
    defined = {
        node.name
        for module in modules
        for node in ast.walk(ast.parse(read(ROOT / module)))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    named = {step for cells in duties(kind).values() for step in codes(cells[0])}
    assert named
    assert named <= defined


# -- limits -------------------------------------------------------------------------------------------

_BLOCK = re.compile(r"(<!-- limits:begin -->\n).*?(<!-- limits:end -->)", re.DOTALL)
_UNITS = {
    "minute": "分钟 min", "hour": "小时 h", "working_hour": "工作小时 office h", "natural_day": "自然日 days",
    "working_day": "工作日 working days", "month": "个月 month",
}  # fmt: skip
_TAGS = {
    Tag.FOUND: "原文 FOUND", Tag.FOUND_WEAK: "二手 FOUND_WEAK", Tag.KNOWN: "未复核 KNOWN",
    Tag.PROPOSED: "**本地默认 local default**",
}  # fmt: skip


def rendered() -> str:
    """Every limit of the base edition, then what other editions add or change."""
    rulebooks = sorted(load_shelf().rulebooks, key=lambda rules: (rules.extends is not None, rules.edition))
    used = {key for kind in CaseKind for cells in duties(kind).values() for key in codes(cells[4])}
    parts: list[str] = []
    for rules in rulebooks:
        base = next((each for each in rulebooks if each.edition == rules.extends), None)
        parts += _edition(rules, base, used)
    return "\n".join(parts) + "\n"


def _edition(rules: Rulebook, base: Rulebook | None, used: Iterable[str]) -> Iterator[str]:
    keys = [key for key, limit in rules.limits.items() if base is None or base.limits.get(key) != limit]
    yield from ("", f"### `{rules.edition}` {rules.title_zh} {rules.title_en}", "")
    yield "| 键 Key | 时限 Limit | 起算 From | 依据 Tag | 出处 Source |"
    yield "| --- | --- | --- | --- | --- |"
    for key in keys:
        yield _limit(rules.limits[key], any(fnmatchcase(key, pattern) for pattern in used))


def _limit(limit: Limit, is_used: bool) -> str:
    length = f"{limit.n:g} {_UNITS[limit.unit]}"
    length += "，末日顺延 rolls" if limit.roll is Roll.NEXT_WORKDAY else ""
    length += f"，可因 {' '.join(limit.pausable_by)} 中止 pausable" if limit.pausable_by else ""
    length += "，软性 soft" if limit.soft else ""
    unused = "" if is_used else "（尚无步骤使用 no step yet）"
    source = f"{limit.source}（{limit.note}）" if limit.note else limit.source
    return f"| `{limit.key}`{unused} | {length} | `{limit.starts_at}` | {_TAGS[limit.tag]} | {source} |"


def test_limits_printed_are_those_of_the_editions() -> None:
    text = read(PROCEDURES)
    fresh = _BLOCK.sub(lambda found: found[1] + rendered() + found[2], text)
    if "WRITE_DOCS" in os.environ:
        PROCEDURES.write_text(fresh, encoding="utf-8")
    elif fresh != text:
        pytest.fail(f"docs/procedures.md differs from the editions; {REFRESH}")
