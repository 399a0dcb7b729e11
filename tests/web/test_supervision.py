"""The city on one page: every number leads to exactly its cases, and no rate stands without its coverage."""

import io
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from doorway import Deployment
from page_stories import LAMPS, MANHOLE, Browser, Matters, Page, browsing, open_matters

from activities.settings import Role as Login
from activities.shelf import load_shelf
from api.answers import Statistics
from api.identity.callers import Caller
from api.reading.counting import RESPONSES, Period, statistics
from api.reading.listing import Paging
from api.reading.overview import Behind, Grain, Overview, View, Which, behind, overview
from api.reading.tables import Format, Table, harmless, written
from api.town import TownHall
from api.voice import Voice
from api.words import Language
from domain.calendar import CST

SCHEMA = Path(__file__).parents[2] / "activities" / "migrations" / "0008_supervision.sql"


@pytest.fixture(scope="module")
async def matters(deployment: Deployment) -> Matters:
    return await open_matters(deployment)


@pytest.fixture
async def supervisor(deployment: Deployment, matters: Matters) -> AsyncIterator[Browser]:
    async with browsing(deployment, "ducha.supervisor") as browser:
        yield browser


@pytest.fixture
async def voice(deployment: Deployment) -> Voice:
    return Voice(Language.ZH, await TownHall(deployment.app.state.door.database).town(), load_shelf())


@pytest.fixture
async def door(deployment: Deployment) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(deployment.settings.url(Login.DOOR))
    yield connection
    await connection.close()


def view(grain: Grain = Grain.WEEK) -> View:
    return View(None, False, grain, None, datetime.now(CST))


async def seen(
    door: Any, deployment: Deployment, voice: Voice, of: View, wanted: Behind
) -> tuple[int, list[str]]:
    """The number, and every case found page by page."""
    from activities import accounts

    account = await accounts.account(door, "ducha.supervisor")
    assert account is not None
    caller, numbers, after = Caller(account, Language.ZH), [], None
    while True:
        total, page = await behind(door, caller, voice, of, wanted, Paging(2, after))
        numbers += [each.number for each in page.items]
        after = page.next
        if after is None:
            return total, numbers


def links(page: Page) -> list[str]:
    return [each for each in page.links if each.startswith("/city/cases?")]


async def test_every_number_of_the_page_opens_as_many_cases_as_it_says(supervisor: Browser) -> None:
    page = await supervisor.page("/city")
    found = re.findall(r'<a (?:class="tells" )?href="(/city/cases\?[^"]+)">(?:<strong>)?([\d,]+)<', page.html)
    assert len(found) > 10
    for address, number in dict(found).items():
        behind_it = await supervisor.page(address.replace("&amp;", "&"))
        assert f"共 {number} 件" in behind_it.words, address


@pytest.mark.parametrize("grain", Grain)
@pytest.mark.parametrize("which", Which)
async def test_the_pages_of_a_list_hold_what_its_count_says(
    which: Which, grain: Grain, door: Any, deployment: Deployment, voice: Voice, matters: Matters
) -> None:
    total, numbers = await seen(door, deployment, voice, view(grain), Behind(which))
    assert len(numbers) == len(set(numbers)) == total


async def counted(door: Any, voice: Voice) -> tuple[Overview, Statistics]:
    return await overview(door, voice, view(Grain.MONTH)), await statistics(door, voice, Period())


async def test_rates_are_those_of_the_statistics_where_nothing_is_confidential(
    door: Any, deployment: Deployment, voice: Voice, matters: Matters
) -> None:
    found, told = await counted(door, voice)
    assert found.hidden == 0
    assert (found.period.cases, found.period.closed) == (told.cases, told.closed)
    assert found.period.response == told.response
    assert found.period.resolution == told.resolution
    assert found.period.satisfaction == told.satisfaction


async def test_what_happens_to_a_case_is_counted_the_next_time_somebody_looks(
    deployment: Deployment, supervisor: Browser, door: Any, voice: Voice
) -> None:
    before = (await overview(door, voice, view())).period
    resident = await deployment.person("resident-01")
    number = await resident.opened("/v1/orders", LAMPS)
    after = (await overview(door, voice, view())).period
    assert (after.cases, after.closed) == (before.cases + 1, before.closed)
    await resident.done(number, "withdraw", reason="自己修好了。")
    closed = (await overview(door, voice, view())).period
    assert (closed.cases, closed.closed) == (after.cases, after.closed + 1)


async def test_a_rebuilt_register_is_counted_the_same(
    deployment: Deployment, door: Any, voice: Voice
) -> None:
    from activities.rebuild import rebuild

    before = await overview(door, voice, view(Grain.MONTH))
    await rebuild(deployment.owner)
    after = await overview(door, voice, view(Grain.MONTH))
    assert (after.period, after.by_unit, after.trend) == (before.period, before.by_unit, before.trend)


async def test_an_unsorted_petition_is_counted_apart_and_listed_to_nobody_who_supervises(
    deployment: Deployment, supervisor: Browser, door: Any, voice: Voice
) -> None:
    before = await overview(door, voice, view())
    resident = await deployment.person("resident-01")
    body = {"title": "举报某单位", "text": "请查。", "place": "星叶社区", "matter": "04.01.01"}
    number = await resident.opened("/v1/petitions", body)
    after = await overview(door, voice, view())
    assert (after.hidden, after.period.cases) == (before.hidden + 1, before.period.cases)
    _, numbers = await seen(door, deployment, voice, view(), Behind(Which.OPENED))
    assert number not in numbers
    assert "保密案件" in (await supervisor.page("/city")).words
    await resident.done(number, "withdraw", reason="另行反映。")


async def test_no_rate_is_shown_without_its_coverage(supervisor: Browser) -> None:
    page = await supervisor.page("/city")
    for shown in re.findall(r'<p class="big">.*?</p>\s*<p>(.*?)</p>', page.html, re.DOTALL):
        assert "覆盖率" in shown
    assert page.html.count('<p class="big') == 3


async def test_leaders_of_a_town_see_their_town(deployment: Deployment, matters: Matters) -> None:
    async with browsing(deployment, "binhu.leader") as own, browsing(deployment, "haixing.leader") as other:
        assert f"/cases/{matters.lamps}" in (await own.page("/city/cases", which="opened")).links
        assert f"/cases/{matters.lamps}" not in (await other.page("/city/cases", which="opened")).links


@pytest.mark.parametrize(
    "account", ["resident-01", "xingye.worker", "chengguan.handler", "shenji.auditor", "shuju.system"]
)
@pytest.mark.parametrize("path", ["/city", "/city/cases?which=open", "/city/by/unit?save=csv"])
async def test_who_does_not_supervise_finds_nothing(deployment: Deployment, account: str, path: str) -> None:
    async with browsing(deployment, account) as browser:
        assert (await browser.get(path)).status_code == 404


@pytest.mark.parametrize(
    "path", ["/city/cases?which=nonsense", "/city/by/nonsense", "/city/by/unit?save=pdf"]
)
async def test_addresses_that_mean_nothing_are_not_found(supervisor: Browser, path: str) -> None:
    assert (await supervisor.get(path)).status_code == 404


async def test_a_saved_table_is_on_the_access_log(supervisor: Browser, deployment: Deployment) -> None:
    answer = await supervisor.get("/city/by/matter?save=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "覆盖率" in answer.text
    entry = await deployment.owner.fetchrow(
        "SELECT kind, account, data FROM journal WHERE stream = 'access' ORDER BY seq DESC LIMIT 1"
    )
    assert (entry["kind"], entry["account"]) == ("table_exported", "ducha.supervisor")


async def test_saved_cases_carry_nobodys_words(supervisor: Browser, matters: Matters) -> None:
    answer = await supervisor.get("/city/cases?which=opened&save=csv")
    assert matters.manhole in answer.text
    assert MANHOLE["title"] not in answer.text
    book = await supervisor.get("/city/cases?which=opened&save=xlsx")
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        assert matters.manhole in parts.read("xl/sharedStrings.xml").decode()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1"])
def test_what_a_spreadsheet_would_run_goes_out_as_text(text: str) -> None:
    assert harmless(text) == f"'{text}"
    table = Table("t", "表", ("头",), [(text,), (datetime(2026, 3, 5, tzinfo=UTC),), (None,), (1.5,)])
    assert f"'{text.strip()}" in written(table, Format.CSV).decode("utf-8-sig").replace("'\t", "'")
    with zipfile.ZipFile(io.BytesIO(written(table, Format.XLSX))) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet


def test_the_schema_counts_the_responses_that_the_statistics_count() -> None:
    text = SCHEMA.read_text(encoding="utf-8")
    kinds = set(re.findall(r"'((?:order|mediation|petition|whistle)\.[a-z_]+)'", text))
    assert kinds == {each.value for each in RESPONSES}


def test_months_and_weeks_begin_where_they_begin_in_china() -> None:
    at = datetime(2025, 12, 31, 17, 0, tzinfo=UTC)  # 1 January in China
    months = View(None, False, Grain.MONTH, None, at).buckets
    assert (months[0].isoformat(), months[-1].isoformat()) == ("2025-02-01", "2026-01-01")
    weeks = View(None, False, Grain.WEEK, None, at).buckets
    assert all(each.weekday() == 0 for each in weeks)
    assert weeks[-1].isoformat() == "2025-12-29"
