"""The proof on pages: the five answers, studies, files to take away, checkpoints that somebody kept."""

import csv
import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from audit_browsing import AUDITOR, altered, log, signed
from doorway import Deployment
from page_stories import MANHOLE, Browser, Matters, browsing, open_matters

from activities.access import Access
from api.web.auditing import checkpoints, proving


@pytest.fixture(scope="module")
async def matters(deployment: Deployment) -> Matters:
    """Cases of every kind in the middle of their procedures."""
    return await open_matters(deployment)


@pytest.fixture
async def auditor(deployment: Deployment) -> AsyncIterator[Browser]:
    """An auditor's browser."""
    async with browsing(deployment, AUDITOR) as browser:
        yield browser


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the key of the checkpoints lies."""
    return tmp_path_factory.mktemp("keys") / "key.pem"


# -- the five answers ---------------------------------------------------------------------------------------


async def test_each_of_the_five_answers_says_what_it_proves_and_what_not(
    matters: Matters, auditor: Browser
) -> None:
    page = await auditor.page(f"/audit/cases/{matters.lamps}/verification")
    titles = [text for level, text in page.headings if level == 2]
    assert [title[1:].strip() for title in titles] == ["完整", "步骤一致", "内容一致", "依规复算", "合法"]
    assert page.words.count("不能证明") == 5
    assert "尚无检查点覆盖" in page.words or "最近检查点之后" in page.words
    assert "案件未结" in page.words
    assert "处发现" not in page.words


async def test_a_finding_leads_to_its_event(
    matters: Matters, auditor: Browser, deployment: Deployment
) -> None:
    number = await (await deployment.person("resident-01")).opened("/v1/orders", MANHOLE)
    await altered(deployment, number, 2, 1)
    page = await auditor.page(f"/audit/cases/{number}/verification")
    assert "有发现" in page.words
    assert f"/audit/cases/{number}?seq=2" in page.links
    many = await auditor.page("/audit/verification", q=number, run="1")
    assert "1 案有发现" in re.sub(r"\s+", " ", many.words)
    assert f"/audit/cases/{number}?seq=2" in many.links
    await altered(deployment, number, 2, -1)


async def test_many_cases_are_verified_beside_the_door_and_counted_by_question(
    matters: Matters, auditor: Browser, deployment: Deployment
) -> None:
    chosen = await auditor.page("/audit/verification", kind="whistle")
    assert "选定" in chosen.words
    page = await auditor.page("/audit/verification", kind="whistle", run="1")
    assert "均无发现" in page.words
    assert f"/audit/cases/{matters.pipe}/verification" in page.links
    (entry,) = (await log(deployment, view="verification"))[-1:]
    assert entry["cases"] >= 1
    nothing = await auditor.page("/audit/verification", until="2020-01-01", run="1")
    assert "没有符合条件的案件" in nothing.words


async def test_more_than_a_page_can_verify_is_said_with_the_command_that_can(
    matters: Matters, auditor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "MOST", 1)
    page = await auditor.page("/audit/verification", kind="order", since="2020-01-01", run="1")
    assert "只看了最近办结的 1 案" in page.words
    assert "herun audit verify --kind order --since 2020-01-01" in page.words


async def test_a_verification_whose_time_is_up_says_how_far_it_came(
    matters: Matters, auditor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "SECONDS", 0.0)
    page = await auditor.page("/audit/verification", kind="order", run="1")
    assert "时间到了，没有查完" in page.words
    assert "已查 0 案" in page.words


# -- what if, exports ---------------------------------------------------------------------------------------


async def test_a_study_is_a_table_a_chart_and_a_file(matters: Matters, auditor: Browser) -> None:
    empty = await auditor.page("/audit/whatif")
    assert "还没有选规则书" in empty.words
    page = await auditor.page("/audit/whatif", rulebook="gaotai-4x7")
    assert "按职责" in page.words
    assert any(tag == "svg" and "dumbbell" in (given.get("class") or "") for tag, given in page.tags)
    assert "/audit/whatif.csv?rulebook=gaotai-4x7" in page.links
    file = await auditor.get("/audit/whatif.csv", rulebook="gaotai-4x7")
    rows = list(csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff"))))
    assert {row["group"] for row in rows} == {"duty", "unit", "matter"}
    none = await auditor.page("/audit/whatif", rulebook="gaotai-4x7", until="2020-01-01")
    assert "没有符合条件的已结案件" in none.words


@pytest.mark.parametrize("content", [False, True])
async def test_words_leave_with_a_case_file_only_where_that_was_chosen(
    content: bool, matters: Matters, auditor: Browser, deployment: Deployment
) -> None:
    page = await auditor.page(f"/audit/cases/{matters.heater}")
    form = page.form(f"/audit/cases/{matters.heater}/file")
    assert form.values["content"] == ""
    answer = await auditor.get(form.action, **({"content": "yes"} if content else {"content": ""}))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        said = b"".join(packed.read(name) for name in packed.namelist()).decode()
    assert ("热水器" in said) is content
    (entry,) = (await log(deployment, case_no=matters.heater, kind=Access.FILE_EXPORTED))[-1:]
    assert entry["content"] is content


async def test_tables_and_logs_are_taken_away_without_words_and_written_down(
    matters: Matters, auditor: Browser, deployment: Deployment
) -> None:
    page = await auditor.page("/audit/exports", kind="mediation")
    links = [link for link in page.links if link.startswith("/audit/exports/")]
    assert links == [f"/audit/exports/{n}?kind=mediation" for n in ("duties.csv", "ocel.json", "ocel.sqlite")]
    duties, ocel, sqlite = [(await auditor.get(link)).content for link in links]
    assert matters.heater in duties.decode("utf-8-sig")
    assert json.loads(ocel)["events"]
    assert sqlite.startswith(b"SQLite format 3")
    assert b"resident-01" not in duties + ocel + sqlite
    assert "热水器".encode() not in duties + ocel + sqlite
    assert [each["view"] for each in await log(deployment, kind=Access.TABLE_EXPORTED)][-3:] == [
        "duties", "ocel_json", "ocel_sqlite",
    ]  # fmt: skip
    assert (await auditor.get("/audit/exports/everything.zip")).status_code == 404


# -- checkpoints --------------------------------------------------------------------------------


async def test_a_kept_note_is_compared_with_the_record(
    matters: Matters, auditor: Browser, deployment: Deployment, key: Path
) -> None:
    note = await signed(deployment, key)
    page = await auditor.page("/audit/checkpoints")
    assert note.splitlines()[2] in page.words
    link = next(link for link in page.links if link.endswith(".txt"))
    assert (await auditor.get(link)).text == note
    form = page.form("/audit/checkpoints")
    good = await auditor.send(form, note=note.replace("\n", "\r\n"))
    assert good.status_code == 200
    assert "从这个检查点延续而来" in good.text
    assert "未指明受信公钥" in good.text
    lines = note.split("\n")
    lines[2] = ("A" if lines[2][0] != "A" else "B") + lines[2][1:]
    bad = await auditor.send(form, note="\n".join(lines))
    assert "不是从这个检查点延续下来的" in bad.text
    assert (await log(deployment, view="comparison"))[-1]["account"] == "shenji.auditor"


async def test_what_is_no_note_comes_back_as_it_was_pasted(auditor: Browser) -> None:
    form = (await auditor.page("/audit/checkpoints")).form("/audit/checkpoints")
    answer = await auditor.send(form, note="这不是检查点\n12")
    assert answer.status_code == 422
    assert "这不是检查点" in answer.text
    assert "签名文书格式有误" in answer.text
    unasked = await auditor.http.post(
        "/audit/checkpoints", data={"note": "x"}, headers={"accept": "text/html"}
    )
    assert unasked.status_code == 403


async def test_a_comparison_that_cannot_end_names_the_command(
    matters: Matters,
    auditor: Browser,
    deployment: Deployment,
    key: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    note = await signed(deployment, key)
    monkeypatch.setattr(checkpoints, "SECONDS", 0.0)
    form = (await auditor.page("/audit/checkpoints")).form("/audit/checkpoints")
    answer = await auditor.send(form, note=note)
    assert "时间到了，没有查完" in answer.text
    assert "herun audit verify --all --against" in answer.text
