"""The auditor's pages: who gets in, cases found and replayed, moments compared, and every look written down."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from audit_browsing import AUDITOR, log
from doorway import Deployment
from page_stories import HEATER, Browser, Matters, browsing, open_matters

import api.web
from api.web import auditing
from api.web.frame.rendering import environment
from api.words import Language, load_words

OF_A_CASE = ("", "/difference", "/verification", "/file")
OF_MANY = (
    "/audit", "/audit/verification", "/audit/whatif", "/audit/whatif.csv", "/audit/exports",
    "/audit/exports/duties.csv", "/audit/checkpoints", "/audit/checkpoints/1.txt", "/audit/access",
)  # fmt: skip
OTHERS = ("resident-01", "xingye.worker", "xinfang.officer", "shuju.system", "shuju.security", "shenji.audit")


@pytest.fixture(scope="module")
async def matters(deployment: Deployment) -> Matters:
    """Cases of every kind in the middle of their procedures."""
    return await open_matters(deployment)


@pytest.fixture
async def auditor(deployment: Deployment) -> AsyncIterator[Browser]:
    """An auditor's browser."""
    async with browsing(deployment, AUDITOR) as browser:
        yield browser


# -- who gets in, and what is written down ----------------------------------------------------------------


@pytest.mark.parametrize("account", OTHERS)
async def test_nobody_but_an_auditor_gets_in_or_learns_whether_a_case_is_there(
    account: str, matters: Matters, deployment: Deployment
) -> None:
    paths = [
        *OF_MANY,
        *(f"/audit/cases/{n}{p}" for n in (matters.lamps, "O20200101-00001") for p in OF_A_CASE),
    ]
    async with browsing(deployment, account) as browser:
        answers = [(await browser.get(path)) for path in paths]
        home = await browser.page("/account")
    assert {each.status_code for each in answers} == {403}
    assert all("只对审计员开放" in each.text for each in answers)
    assert "/audit" not in home.links


async def test_whoever_is_not_signed_in_is_sent_to_sign_in(stranger: Browser) -> None:
    answer = await stranger.get("/audit/access", kind="signed_in")
    assert (answer.status_code, answer.headers["location"]) == (
        303, "/sign-in?next=/audit/access%3Fkind%3Dsigned_in",
    )  # fmt: skip


@pytest.mark.parametrize("path", OF_A_CASE)
async def test_a_case_that_is_not_there_is_404(path: str, auditor: Browser) -> None:
    assert (await auditor.get(f"/audit/cases/O20200101-00001{path}")).status_code == 404


async def test_every_look_is_on_the_access_log_before_it_is_shown(
    matters: Matters, auditor: Browser, deployment: Deployment
) -> None:
    counts = await deployment.counts()
    before = len(await log(deployment))
    for path in ("/audit", "/audit/verification", "/audit/exports", "/audit/checkpoints", "/audit/access"):
        assert "查阅日志" in (await auditor.page(path)).words
    for path in OF_A_CASE:
        assert (await auditor.get(f"/audit/cases/{matters.lamps}{path}")).status_code == 200
    entries = (await log(deployment))[before:]
    assert [each["view"] for each in entries if "view" in each] == [
        "search", "chosen", "exports", "checkpoints", "access", "replay", "diff", "verification",
    ]  # fmt: skip
    assert {each["account"] for each in entries} == {"shenji.auditor"}
    assert await deployment.counts() == counts  # and nothing else was written


# -- search -------------------------------------------------------------------------------------------------


async def test_the_audit_is_where_an_auditor_begins(auditor: Browser) -> None:
    assert (await auditor.get("/")).headers["location"] == "/audit"


async def test_cases_are_found_by_what_the_register_says(matters: Matters, auditor: Browser) -> None:
    async def found(**query: str) -> set[str]:
        page = await auditor.page("/audit", **query)
        return {link.rpartition("/")[2] for link in page.links if re.fullmatch(r"/audit/cases/[^/]+", link)}

    assert await found(q=matters.manhole) == {matters.manhole}
    assert await found(q="路灯") == {matters.lamps}
    assert matters.wages in await found(kind="petition")
    assert matters.lamps not in await found(kind="petition")
    assert await found(status="closed", unit="市水务局") == {matters.closed}
    assert matters.pipe in await found(matter="03")
    assert matters.heater not in await found(matter="03")
    assert await found(breached="yes") == set()
    assert matters.lamps in await found(breached="no", since="2020-01-01", until="2200-01-01")
    assert await found(until="2020-01-01") == set()


async def test_two_kinds_of_nothing_say_what_to_do(auditor: Browser, matters: Matters) -> None:
    none = await auditor.page("/audit", until="2020-01-01")
    assert "没有符合条件的案件" in none.words
    assert "/audit" in none.links


async def test_a_filter_that_means_nothing_stays_as_it_was_typed_with_a_sentence(auditor: Browser) -> None:
    answer = await auditor.get("/audit", unit="没有这个局", since="前天", matter="03")
    assert answer.status_code == 422
    for words in ("没有这个单位", "须为日期", 'value="没有这个局"', 'value="前天"', 'value="03"'):
        assert words in answer.text


# -- replay and difference ----------------------------------------------------------------------------------


async def test_the_replay_shows_the_case_as_it_stood_beside_its_event(
    matters: Matters, auditor: Browser, deployment: Deployment
) -> None:
    events = await deployment.events(matters.lamps)
    opened = next(row["seq"] for row in events if row["kind"] == "duty_opened")
    page = await auditor.page(f"/audit/cases/{matters.lamps}", seq=str(opened))
    assert f"第 {opened} 条，共 {len(events)} 条" in page.words
    assert "此刻未完成的职责（1 项）" in page.words
    assert "期限算式" in page.words
    assert re.search("剩余|剩", page.words)
    assert "起因（由近及远）" in page.words
    present = [given for _, given in page.tags if given.get("aria-current") == "step"]
    assert len(present) == 1
    assert {f"/audit/cases/{matters.lamps}?seq={n}" for n in (1, opened - 1, opened + 1, len(events))} <= set(
        page.links
    )


async def test_the_slider_works_without_javascript(matters: Matters, auditor: Browser) -> None:
    page = await auditor.page(f"/audit/cases/{matters.heater}")
    slider = next(given for tag, given in page.tags if given.get("type") == "range")
    assert (slider["name"], slider["min"], slider["value"]) == ("seq", "1", slider["max"])
    first = await auditor.page(f"/audit/cases/{matters.heater}", seq="1")
    assert "第 1 条，共" in first.words
    assert "没有未完成的职责" in first.words or "此刻未完成的职责" in first.words


async def test_who_acted_with_which_words_stands_beside_the_case(matters: Matters, auditor: Browser) -> None:
    whole = await auditor.page(f"/audit/cases/{matters.heater}")
    seqs = [int(link.rpartition("=")[2]) for link in whole.links if "?seq=" in link]
    pages = [await auditor.page(f"/audit/cases/{matters.heater}", seq=str(n)) for n in sorted(set(seqs))[-8:]]
    session = next(page for page in pages if "双方核对了维修单据" in page.words)
    assert "xingye.mediator" in session.words
    assert HEATER["title"] in session.words


async def test_the_case_at_the_end_of_a_day(matters: Matters, auditor: Browser) -> None:
    page = await auditor.page(f"/audit/cases/{matters.lamps}", at="2199-12-31")
    assert re.search(r"第 (\d+) 条，共 \1 条", page.words)


@pytest.mark.parametrize("query", [{"seq": "999"}, {"seq": "昨天"}, {"at": "2020-01-01"}, {"seq": "0"}])
async def test_a_moment_that_is_none_is_told_and_the_last_one_shown(
    query: dict[str, str], matters: Matters, auditor: Browser
) -> None:
    answer = await auditor.get(f"/audit/cases/{matters.lamps}", **query)
    assert answer.status_code == 422
    assert "下面仍是最后一条事件之后的样子" in answer.text
    assert next(iter(query.values())) in answer.text


async def test_a_refused_act_is_told_though_it_is_not_on_the_ledger(
    matters: Matters, auditor: Browser, deployment: Deployment
) -> None:
    city = await deployment.person("chengguan.handler")
    refused = await city.act(matters.lamps, "order.complete", result="修好了。")
    assert refused.status_code in (403, 409)
    page = await auditor.page(f"/audit/cases/{matters.lamps}")
    assert "被拒绝的行为" in page.words
    assert "chengguan.handler" in page.words


async def test_what_changed_between_two_moments_is_told_in_words(
    matters: Matters, auditor: Browser, deployment: Deployment
) -> None:
    page = await auditor.page(f"/audit/cases/{matters.wages}/difference")
    assert "新职责" in page.words
    assert "新关联案件" in page.words
    assert f"/audit/cases/{matters.wages}-01" in page.links
    assert "yunhe/" not in page.words
    assert "类别 申诉求决" in page.words
    same = await auditor.page(f"/audit/cases/{matters.wages}/difference", one="3", other="3")
    assert "两刻之间没有变化" in same.words
    wrong = await auditor.get(f"/audit/cases/{matters.wages}/difference", one="昨天", other="2")
    assert wrong.status_code == 422
    assert 'value="昨天"' in wrong.text


# -- who looked --------------------------------------------------------------------------------


async def test_the_access_log_is_filtered_by_who_what_and_when(
    matters: Matters, auditor: Browser, deployment: Deployment
) -> None:
    await auditor.page(f"/audit/cases/{matters.lamps}")
    of_case = await auditor.page("/audit/access", case=matters.lamps, kind="audit_viewed")
    assert "回放" in of_case.words
    assert matters.heater not in of_case.words
    assert "甲原" in of_case.words
    nobody = await auditor.page("/audit/access", account="nobody")
    assert "没有符合条件的记载" in nobody.words
    wrong = await auditor.get("/audit/access", since="上周", account="shenji.auditor")
    assert wrong.status_code == 422
    assert 'value="上周"' in wrong.text
    assert 'value="shenji.auditor"' in wrong.text


# -- words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
def test_every_sentence_of_the_audit_is_in_the_catalogue_and_none_is_idle(language: Language) -> None:
    root, made = Path(api.web.__file__).parent, environment()
    assert made.get_template("audit/replay.html")
    files = (*(root / "templates" / "audit").glob("*.html"), *Path(auditing.__path__[0]).glob("*.py"))
    text = "".join(path.read_text(encoding="utf-8") for path in files) + (
        root / "frame" / "navigation.py"
    ).read_text("utf-8")
    said = set(re.findall(r"""["']auditing\.([a-z_]+)["']""", text))
    known = set(load_words().table("auditing", language))
    starts = {code for code in said if code.endswith("_")} | {"detail_", "view_"}
    assert said - starts <= known
    looped = set(re.findall(r'\("([a-z]+)", "', text))  # tabs
    assert {c for c in known - said - looped if not any(c.startswith(start) for start in starts)} == set()


async def test_the_audit_speaks_english_too(matters: Matters, deployment: Deployment) -> None:
    async with browsing(deployment, "shenji.auditor", herun_language="en") as browser:
        pages = [await browser.page(path) for path in ("/audit", "/audit/whatif", "/audit/access")]
        pages.append(await browser.page(f"/audit/cases/{matters.lamps}/verification"))
    assert "Five answers" in pages[3].words
    assert "It does not prove" in pages[3].words
    for page in pages:
        assert "auditing." not in page.words
