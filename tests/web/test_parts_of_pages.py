"""What pages are made of, without servers: words, forms read back, addresses, dates, templates."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import FormData

import api.web
from activities.shelf import load_shelf
from api.forms import BLANKS, FORMS
from api.town import Town
from api.voice import Voice
from api.web.cases.actforms import GRAVE, fields_of
from api.web.cases.drawing import _ALWAYS, _DETOURS
from api.web.frame.charts import bars
from api.web.frame.fields import Drawn, draw
from api.web.frame.links import changed, href, local
from api.web.frame.reading import typed_in, values_of
from api.web.frame.rendering import asset, environment
from api.web.frame.speech import SPEECHES
from api.words import Language, load_words
from domain.acts import ACTS
from domain.calendar import CST
from domain.vocabulary import CaseKind
from rehearsal.town import load_town

ROOT = Path(api.web.__file__).parent
TABLES = ("ui", "page", "sign", "said")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
VOICE = Voice(Language.ZH, Town(load_town().tree, {}), load_shelf())
MADE_UP = {
    "text": "已经核实。", "unit": "市水务局", "party": "resident-01", "case": "O20260302-00001",
    "account": "xingye.mediator", "matter": "01.01.01", "calendar": "cn-2026", "integer": "3", "number": "1.5",
    "flag": "no", "date": "2026-12-01", "instant": "2026-12-01T09:30", "file": "c1:" + "a" * 52,
}  # fmt: skip


def filled(fields: tuple[Drawn, ...]) -> list[tuple[str, str]]:
    """Every control of a form with something fitting in it, as a browser sends it."""
    sent: list[tuple[str, str]] = []
    for each in fields:
        for row in each.rows[:1]:
            sent += filled(row)
        if each.choices:
            sent.append((each.name, each.choices[0].code))
        elif not each.rows:
            kind = {"scale": "integer", "parties": "party"}.get(each.control, each.control)
            sent.append((each.name, MADE_UP[kind]))
    return sent


@pytest.mark.parametrize("act", sorted(FORMS))
def test_what_a_page_posts_is_what_the_api_takes(act: str) -> None:
    fields = fields_of(act, VOICE)
    drawn = draw(fields, ACTS[act])
    typed = typed_in(fields, FormData(filled(drawn)))
    form = FORMS[act].model_validate(values_of(fields, typed.raw))
    assert set(form.model_dump(exclude_unset=True)) == {blank.name for blank in BLANKS[act]}


@pytest.mark.parametrize("act", sorted(FORMS))
def test_a_form_comes_back_as_it_was_typed(act: str) -> None:
    fields = fields_of(act, VOICE)
    sent = filled(draw(fields, ACTS[act]))
    again = draw(fields, ACTS[act], typed_in(fields, FormData(sent)))
    assert [pair for pair in filled_in(again) if not pair[1].startswith("c1:")] == [
        pair for pair in sent if not pair[1].startswith("c1:")
    ]


def filled_in(fields: tuple[Drawn, ...]) -> list[tuple[str, str]]:
    """What stands in the controls."""
    found: list[tuple[str, str]] = []
    for each in fields:
        for row in each.rows:
            found += filled_in(row)
        if not each.rows:
            found += [(each.name, value) for value in each.values or (each.value,)]
    return found


def test_what_was_left_empty_is_left_to_the_default() -> None:
    fields = fields_of("rate", VOICE)
    typed = typed_in(fields, FormData({"speed": "5", "attitude": "4", "resolution": "", "text": "  "}))
    assert values_of(fields, typed.raw) == {"speed": 5, "attitude": 4}


def test_what_means_no_number_is_left_for_the_model_to_refuse() -> None:
    fields = fields_of("order.request_extension", VOICE)
    typed = typed_in(fields, FormData({"days": "五天", "reason": "下雨。"}))
    assert values_of(fields, typed.raw) == {"days": "五天", "reason": "下雨。"}


def test_nobody_said_may_be_said() -> None:
    fields = fields_of("mediation.return_visit", VOICE)
    satisfied = draw(fields, ACTS["mediation.return_visit"])[0]
    assert satisfied.optional_flag
    typed = typed_in(fields, FormData({"satisfied": "unsaid", "record": "三次未接通。"}))
    assert values_of(fields, typed.raw)["satisfied"] is None


def test_rows_left_empty_do_not_count_and_the_order_is_kept() -> None:
    fields = fields_of("petition.split", VOICE)
    form = {"orders.0.share": "lead", "orders.2.unit": "市水务局", "orders.2.share": "lead",
            "orders.2.claim": "查漏。", "orders.10.unit": "住建局", "orders.10.claim": "修路。"}  # fmt: skip
    rows: list[dict[str, Any]] = values_of(fields, typed_in(fields, FormData(form)).raw)["orders"]
    assert [row["unit"] for row in rows] == ["市水务局", "住建局"]


def test_a_browser_insists_on_the_first_row_of_a_list_alone() -> None:
    rows = draw(fields_of("whistle.fix_tasks", VOICE), ACTS["whistle.fix_tasks"])[0].rows
    assert [any(each.required for each in row) for row in rows] == [True, False]


@pytest.mark.parametrize("language", Language)
def test_every_sentence_a_page_says_is_in_the_catalogue_and_none_is_idle(language: Language) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (*TEMPLATES, *ROOT.rglob("*.py")))
    said = set(re.findall(r"""["']((?:ui|page|sign|said)\.[a-z0-9_]+)["']""", text))
    starts = {code for code in said if code.endswith("_")}
    known = {f"{table}.{code}" for table in TABLES for code in load_words().table(table, language)}
    assert said - starts <= known
    idle = {
        code for code in known - said
        if not any(code.startswith(start) for start in starts) and not code.startswith("said.")
    }  # fmt: skip
    assert idle == set()


def test_sentences_a_page_is_sent_back_with_are_all_known() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py"))
    named = set(re.findall(r"\?said=([a-z_]+)", text))
    assert named
    assert named <= set(load_words().table("said", Language.ZH))


def test_no_template_has_script_or_style_in_its_text() -> None:
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text), path
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), path


def test_templates_escape_by_themselves_and_only_qr_codes_are_let_through() -> None:
    unescaped = {path.name for path in TEMPLATES if "| safe" in path.read_text(encoding="utf-8")}
    assert unescaped == {"sign_in_enrolment.html", "filed.html"}
    assert environment().from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"


def test_a_static_file_changes_its_address_with_its_content() -> None:
    assert re.fullmatch(r"/static/herun\.css\?v=[0-9a-f]{12}", asset("herun.css"))


@pytest.mark.parametrize(
    "address",
    ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)", "",
     "/\t/elsewhere.example", None],
)  # fmt: skip
def test_nobody_is_led_away(address: str | None) -> None:
    assert local(address, "/home") == "/home"


def test_addresses_keep_their_query() -> None:
    assert href("/work", kind="order", colour=None, after="") == "/work?kind=order"
    assert changed("/work?kind=order&after=x", after=None, colour="red") == "/work?kind=order&colour=red"
    assert local("/work?kind=order") == "/work?kind=order"


def test_midnight_is_the_end_of_the_day_before() -> None:
    at = datetime(2026, 3, 5, tzinfo=CST)
    assert SPEECHES[Language.ZH].due(at).endswith("3月4日 周三 24:00")
    assert SPEECHES[Language.EN].due(at).endswith("24:00")


@pytest.mark.parametrize(
    ("seconds", "chinese", "english"),
    [(93_600, "剩 1天2小时", "1d 2h left"), (-3_660, "已逾期 1小时1分钟", "1h 1m overdue"),
     (86_400, "剩 1天", "1d left"), (59, "剩 0分钟", "0m left")],
)  # fmt: skip
def test_time_left_is_said_in_its_two_greatest_units(seconds: int, chinese: str, english: str) -> None:
    assert SPEECHES[Language.ZH].left(seconds) == chinese
    assert SPEECHES[Language.EN].left(seconds) == english


@pytest.mark.parametrize("most", [0, 1, 4, 5, 11, 37, 99, 101, 410_000])
def test_no_bar_stands_above_its_chart_and_half_of_the_axis_is_whole(most: int) -> None:
    chart = bars(["w"] * 3, [0, most // 2, most], [0, 0, most], ["", "", ""])
    zero, half, full = (int(tick.text.replace(",", "")) for tick in chart.across)
    assert (zero, half * 2) == (0, full)
    assert most <= full <= max(4, 2 * most)
    assert min(min(bar.y, bar.part_y) for bar in chart.bars) >= chart.across[-1].at


def test_a_matter_that_nobody_sorted_has_a_name() -> None:
    assert VOICE.matter("unsorted").text == "未分类"


def test_grave_acts_are_acts() -> None:
    assert set(FORMS) >= GRAVE


def test_every_procedure_is_drawn_with_every_stage_it_enters() -> None:
    """Stages are read from the text of the procedures, so that a new one cannot be forgotten."""
    workflows = ROOT.parents[1] / "workflows"
    files = {CaseKind.ORDER: "order", CaseKind.MEDIATION: "mediation", CaseKind.PETITION: "petition",
             CaseKind.WHISTLE: "whistle"}  # fmt: skip
    for kind, name in files.items():
        text = (workflows / f"{name}.py").read_text(encoding="utf-8")
        entered = {stage.lower() for stage in re.findall(r"Stage\.([A-Z_]+)", text)}
        drawn = {stage.value for stage in (*_ALWAYS[kind], *_DETOURS[kind])}
        assert entered <= drawn, kind
