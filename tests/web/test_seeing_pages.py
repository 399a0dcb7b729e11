"""What people find on pages: their work, cases they may see, why a date, and nothing that is not theirs."""

import re

import pytest
from doorway import Deployment, Person
from page_stories import HEATER, LAMPS, MANHOLE, Browser, Matters, Page, browsing, open_matters

from domain.vocabulary import Role


@pytest.fixture(scope="module")
async def matters(deployment: Deployment) -> Matters:
    """Cases of every kind in the middle of their procedures."""
    return await open_matters(deployment)


async def test_whoever_is_not_signed_in_is_sent_to_sign_in_and_back(stranger: Browser) -> None:
    answer = await stranger.get("/work", colour="red")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/work%3Fcolour%3Dred")
    form = Page((await stranger.get(answer.headers["location"])).text).form("/sign-in")
    assert form.values["next"] == "/work?colour=red"


async def test_a_program_still_gets_problem_details(stranger: Browser) -> None:
    answer = await stranger.http.get("/v1/cases", headers={"accept": "text/html"})
    assert answer.headers["content-type"] == "application/problem+json"


async def test_my_work_shows_ones_own_duties_with_what_one_click_does(
    matters: Matters, deployment: Deployment
) -> None:
    async with browsing(deployment, "chengguan.handler") as browser:
        page = await browser.page("/work")
        assert f"/cases/{matters.lamps}" in page.links
        assert matters.manhole not in page.html
        form = page.form(f"/cases/{matters.lamps}/acts/order.accept")
        after = await browser.follow(await browser.send(form))
    assert "“接单”已记入台账" in after.words
    assert after.headings[0] == (1, "我的待办")


async def test_filters_live_in_the_address(matters: Matters, deployment: Deployment) -> None:
    async with browsing(deployment, "chengguan.handler") as browser:
        whistles = await browser.page("/work", kind="whistle")
        none = await browser.page("/work", colour="red")
        elsewhere = await browser.page("/work", community="蓝湾社区")
        matter = await browser.page("/work", matter="03")
    assert matters.pipe in whistles.html
    assert matters.lamps not in whistles.html
    assert "没有符合条件的待办" in none.words
    assert "没有符合条件的待办" in elsewhere.words
    assert matters.pipe in matter.html
    assert matters.lamps not in matter.html


async def test_an_empty_worklist_says_what_to_do(deployment: Deployment) -> None:
    async with browsing(deployment, "wenlv.head") as browser:
        page = await browser.page("/work")
    assert "现在没有待办" in page.words
    assert "/cases" in page.links


async def test_a_case_page_tells_what_it_is_where_it_stands_and_what_happened(
    matters: Matters, deployment: Deployment
) -> None:
    async with browsing(deployment, "xingye.mediator") as browser:
        page = await browser.page(f"/cases/{matters.heater}")
    assert page.headings[0] == (1, HEATER["title"])
    assert HEATER["text"] in page.words
    present = [given for tag, given in page.tags if given.get("aria-current") == "step"]
    assert [given["class"] for given in present] == ["present"]
    assert "双方核对了维修单据" in page.words
    assert "13800000002" in page.words
    assert page.form(f"/cases/{matters.heater}/acts/mediation.agree")


async def test_the_law_decides_which_forms_a_page_offers(matters: Matters, deployment: Deployment) -> None:
    party = await deployment.person("resident-01")
    case = (await party.get(f"/v1/cases/{matters.heater}")).json()
    async with browsing(deployment, "resident-01") as browser:
        page = await browser.page(f"/cases/{matters.heater}")
    offered = {
        each.action.partition("#")[0].rpartition("/")[2] for each in page.forms if "/acts/" in each.action
    }
    assert offered == {each["act"] for each in case["possible_acts"]}


async def test_why_this_date_shows_the_sum_and_the_rule(matters: Matters, deployment: Deployment) -> None:
    async with browsing(deployment, "xinfang.officer") as browser:
        case = await browser.page(f"/cases/{matters.wages}")
        why = next(link for link in case.links if re.fullmatch(rf"/cases/{matters.wages}/duties/\d+", link))
        page = await browser.page(why)
    assert "起算" in page.words
    assert "《信访工作条例》" in page.words
    assert "法定期限" in page.words


async def test_the_tree_leads_from_a_petition_to_its_orders_and_back(
    matters: Matters, deployment: Deployment
) -> None:
    async with browsing(deployment, "xinfang.officer") as browser:
        whole = await browser.page(f"/cases/{matters.wages}")
        part = await browser.page(f"/cases/{matters.wages}-01")
    assert {f"/cases/{matters.wages}-0{n}" for n in (1, 2, 3)} <= set(whole.links)
    assert f"/cases/{matters.wages}" in part.links


async def test_cases_are_found_by_words_and_by_number(matters: Matters, community: Browser) -> None:
    by_words = await community.page("/cases", q="路灯")
    by_number = await community.page("/cases", q=matters.manhole)
    nothing = await community.page("/cases", q="查无此事")
    assert f"/cases/{matters.lamps}" in by_words.links
    assert f"/cases/{matters.manhole}" in by_number.links
    assert "没有找到这样的案件" in nothing.words
    assert "两个字就够" in nothing.words


async def test_a_case_one_may_not_see_is_as_if_it_were_not_there(
    matters: Matters, neighbour: Browser
) -> None:
    hidden = await neighbour.get(f"/cases/{matters.manhole}")
    absent = await neighbour.get("/cases/O20010101-00001")
    assert hidden.status_code == absent.status_code == 404
    assert MANHOLE["title"] not in hidden.text
    assert re.sub(r"[OM]\d+-\d+", "", Page(hidden.text).words) == re.sub(
        r"[OM]\d+-\d+", "", Page(absent.text).words
    )
    assert (await neighbour.get(f"/events?case={matters.manhole}")).status_code == 404


async def test_an_error_page_stands_in_the_frame_and_says_what_is_possible_now(community: Browser) -> None:
    answer = await community.get("/no/such/page")
    page = Page(answer.text)
    assert answer.status_code == 404
    assert "现在可以" in page.words
    assert {"/work", "/cases"} <= set(page.links)


async def test_english_is_complete_and_chosen_once(community: Browser, matters: Matters) -> None:
    switch = (await community.page("/work")).form("/preferences")
    answer = await community.send(switch, language="en")
    assert answer.headers["location"] == "/work"
    for path in ("/work", "/cases", f"/cases/{matters.manhole}", "/account"):
        page = await community.page(path)
        assert page.tags[0][1].get("lang") == "en" or page.tags[1][1].get("lang") == "en"
        assert "{" not in page.words, path
        frame = page.words.replace(MANHOLE["title"], "").replace(MANHOLE["text"], "")
        labels = [text for _, text in page.headings if re.search("[一-鿿]", text)]
        assert set(labels) <= {MANHOLE["title"], LAMPS["title"], "甲岚"}, path
        assert "Cases" in frame


async def test_a_theme_is_remembered_and_nobody_is_led_away(community: Browser) -> None:
    await community.http.post("/preferences", data={"theme": "dark", "back": "/work"})
    page = await community.page("/work")
    assert any(given.get("data-theme") == "dark" for _, given in page.tags)
    away = await community.http.post("/preferences", data={"theme": "auto", "back": "//elsewhere.example/"})
    assert away.headers["location"] == "/"


async def test_nothing_on_a_page_is_inline(matters: Matters, community: Browser) -> None:
    for path in ("/work", "/cases", f"/cases/{matters.pipe}", "/account"):
        page = await community.page(path)
        assert not [tag for tag, given in page.tags if "style" in given or tag == "style"], path
        assert not [name for _, given in page.tags for name in given if name.startswith("on")], path
        scripts = [given for tag, given in page.tags if tag == "script"]
        assert all(given.get("src") for given in scripts)
        assert len(page.ids) == len(set(page.ids)), path


async def test_headings_descend_one_step_at_a_time(matters: Matters, community: Browser) -> None:
    for path in ("/work", "/cases", f"/cases/{matters.manhole}", "/account"):
        levels = [level for level, _ in (await community.page(path)).headings]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False)), path


async def test_every_role_has_a_home(deployment: Deployment) -> None:
    rows = await deployment.owner.fetch("SELECT DISTINCT ON (role) id, role FROM account ORDER BY role, id")
    assert {row["role"] for row in rows} >= {Role.MEDIATOR, Role.HANDLER, Role.RESIDENT}
    for row in rows:
        async with browsing(deployment, row["id"]) as browser:
            home = await browser.follow(await browser.get("/"))
            assert home.headings[0][0] == 1, row["role"]


async def test_supervisors_press_many_at_once_and_what_is_refused_of_one_stops_no_other(
    matters: Matters, deployment: Deployment
) -> None:
    async with browsing(deployment, "xinfang.officer") as browser:
        page = await browser.page("/work", scope="watched")
        form = page.form("/work/acts/urge")
        answer = await browser.send(form, chosen=[matters.pipe, "O20010101-00001"], text="请抓紧。")
        result = Page(answer.text)
        assert answer.status_code == 200
        assert "已办 1 件" in result.words
        assert "O20010101-00001" in result.words
        case = await browser.page(f"/cases/{matters.pipe}")
    assert "请抓紧。" in case.words


async def test_a_community_dispatches_many_at_once(resident: Person, community: Browser) -> None:
    worker = await _two_needs(resident, community)
    page = await community.page("/work", duty="order.dispatch")
    form = page.form("/work/acts/order.dispatch")
    answer = await community.send(form, chosen=worker, units="市城管局")
    assert "已办 2 件" in Page(answer.text).words
    nobody = await community.send(form, units="市城管局")
    assert (nobody.status_code, "至少勾选一件" in nobody.text) == (422, True)


async def _two_needs(resident: Person, community: Browser) -> list[str]:
    numbers = [await resident.opened("/v1/orders", MANHOLE) for _ in range(2)]
    for number in numbers:
        form = (await community.page(f"/cases/{number}")).form(f"/cases/{number}/acts/order.accept_need")
        await community.send(form, service="service")
    return numbers
