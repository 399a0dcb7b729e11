"""`docs/rights.md` says what the table of expectations says; `WRITE_DOCS=1` writes it anew."""

import os
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

import pytest

from api.words import Language, load_words, table_of
from domain.vocabulary import CaseKind, Role, Stage
from tests.rights.expected import RESIDENT, STAFF, TABLE, Line
from tests.rights.standing import Rel

PAGE = Path(__file__).parents[2] / "docs" / "rights.md"
REFRESH = "run: WRITE_DOCS=1 .venv/bin/python -m pytest tests/rights/test_rights_page.py"

RELATIONS: dict[Rel, str] = {
    Rel.COMMUNITY: "事发社区", Rel.TOWN: "所在镇街", Rel.CENTRE: "镇街综治中心", Rel.PETITION_OFFICE: "信访局",
    Rel.JOINT_OFFICE: "联席会议办公室", Rel.GOVERNMENT: "政府办公室", Rel.REVIEW_OFFICE: "复查机关",
    Rel.RECHECK_OFFICE: "复核机关", Rel.SEAT: "现在办理的调解组织", Rel.FIRST_SEAT: "同上，且为最低一级",
    Rel.TOP_SEAT: "同上，且为最高一级", Rel.ASKED: "被派单或可认领的单位", Rel.LEAD: "主办单位",
    Rel.SENDER: "派单方", Rel.CHECKER: "要这件分单的一方", Rel.TOOK_THE_CALL: "接听来电的热线",
    Rel.BLOWER: "吹哨方", Rel.EVERYDAY_BLOWER: "吹日常哨、应急哨的镇街", Rel.TOUGH_BLOWER: "吹攻坚哨的镇街",
    Rel.HOTLINE_BLOWER: "吹哨的热线", Rel.DEPARTMENT: "被吹哨的部门", Rel.DISPUTANT: "管辖争议各方及共同上级",
    Rel.LATE: "逾期职责的承担者", Rel.INVOLVED: "涉案单位", Rel.ABOVE: "涉案单位的上级", Rel.HOLDER: "承担过职责的单位",
    Rel.OPENER: "提出人", Rel.APPLICANT: "提出事项的当事人", Rel.RESPONDENT: "另一方当事人",
    Rel.ANYBODY: "任何单位", Rel.FINDER: "发现该事的工作人员（无当事人时）",
}  # fmt: skip

PREFACE = """# Who may do what, and when 谁在何时可以做什么

Written from the rules of the field, not from the code; a test holds the two against each other for every role in
every relation at every stage (`tests/rights/test_matrix.py`), and this page is generated from the same table. An act
that no line gives to somebody is refused to them. A § is a section of the project's collection of those rules.

- 代录 on behalf: a line of a party also lets staff of a unit in the case who may write down what a party says do the
  act in its name (《信访工作条例》第19条). They do nothing else in its name, least of all their own office's work.
- 回避 recusal: whoever stepped aside does nothing more and reads nothing more (第28条第3款).
- 检举控告 accusation: the accused and whoever is below them have no part in the petition or its orders and cannot
  tell it from one that does not exist; what is not sorted yet or accuses somebody is for its petitioner, the offices
  that hold it and auditors (第30条第3款).
- 不公开的调解 private mediation: a unit that only does a piece of work for a dispute does not read it
  (《人民调解法》第15、23条).
- 查阅 reading otherwise: parties, whoever brought the matter, units the case touched and those above them, the offices
  that press 督办, auditors. Administrators of the machinery read no case.
- 只看一案 a visit by code or link reaches its one case and the parts of it.

Where the law in code lets more through than this page, the door leaves it out (`api/identity/mandate.py`,
`api/reading/casefile.py`), so that every record still reruns. All staff below means every role but residents,
auditors and administrators.
"""


def _say(code: StrEnum) -> str:
    return load_words().say(table_of(type(code)), code.value, Language.ZH)


def _roles(roles: frozenset[Role]) -> str:
    if roles == STAFF:
        return "全体工作人员"
    return "、".join(_say(role) for role in Role if role in roles) + (
        "（可代录）" if roles == RESIDENT else ""
    )


def _stages(kind: CaseKind, stages: frozenset[Stage]) -> str:
    every = {stage for line in TABLE[kind] for stage in line.stages}
    return "办结前" if stages == every else "、".join(_say(stage) for stage in Stage if stage in stages)


def _row(kind: CaseKind, line: Line) -> str:
    act = f"{load_words().say('act', line.act, Language.ZH)} `{line.act}`"
    cells = act, RELATIONS[line.relation], _roles(line.roles), _stages(kind, line.stages), line.source
    return f"| {' | '.join(cells)} |"


def _sections() -> Iterator[str]:
    for kind, lines in TABLE.items():
        yield f"\n## {_say(kind)} {kind.value}\n"
        yield "| 行为 act | 谁 relation | 角色 role | 阶段 stage | 依据 source |"
        yield "| --- | --- | --- | --- | --- |"
        yield from (_row(kind, line) for line in _in_order(lines))


def _in_order(lines: Iterable[Line]) -> list[Line]:
    order = list(Rel)
    return sorted(
        lines, key=lambda line: (line.act.partition(".")[2] != "", line.act, order.index(line.relation))
    )


def test_the_page_of_rights_is_what_the_table_says() -> None:
    fresh = PREFACE + "\n".join(_sections()) + "\n"
    if "WRITE_DOCS" in os.environ:
        PAGE.write_text(fresh, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != fresh:
        pytest.fail(f"docs/rights.md differs from the table; {REFRESH}")


def test_every_relation_of_the_table_has_words() -> None:
    assert {line.relation for lines in TABLE.values() for line in lines} <= set(RELATIONS)
