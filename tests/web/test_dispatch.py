"""The dispatch desk: what is suggested and why, accept and dispatch in one form, many at once, split, whistle."""

from typing import Any

import pytest
from doorway import Deployment, Person
from page_stories import LAMPS, MANHOLE, PIPE, WAGES, Browser, Page, browsing

CHENG = "云河市城市管理局（综合行政执法局）"
HOLE: dict[str, Any] = {
    "title": "南门外井盖松动", "place": "星叶社区", "matter": "01.01.01",
    "text": "星叶小区南门外人行道上的井盖松了，车一压就翘起来，老人差点踩空，请快来人。",
}  # fmt: skip


async def _acts(deployment: Deployment, number: str) -> list[str]:
    return [each["act"] for each in await deployment.events(number) if each["act"]]


async def test_a_new_matter_stands_beside_the_one_it_may_repeat_with_the_reason(
    resident: Person, community: Browser
) -> None:
    first = await resident.opened("/v1/orders", MANHOLE)
    second = await resident.opened("/v1/orders", HOLE)
    desk = await community.page("/dispatch")
    assert f"/cases/{second}" in desk.links
    assert "同社区同小类" in desk.words
    assert "用语相似" in desk.words
    merges = [b["value"] for form in desk.forms for b in form.buttons if b.get("name") == "merge"]
    assert f"order.merge|{second}|{first}" in merges
    assert not any(each.startswith(f"order.merge|{first}|{second}") for each in merges)


async def test_one_click_merges_a_duplicate(
    resident: Person, community: Browser, deployment: Deployment
) -> None:
    first = await resident.opened("/v1/orders", MANHOLE)
    second = await resident.opened("/v1/orders", HOLE)
    form = (await community.page("/dispatch")).form("/dispatch")
    after = await community.follow(await community.send(form, merge=f"order.merge|{second}|{first}"))
    assert "并入" in after.words
    assert "order.merge" in await _acts(deployment, second)
    await deployment.ended(second)


async def test_a_merge_that_is_no_merge_is_not_found(community: Browser) -> None:
    form = (await community.page("/dispatch")).form("/dispatch")
    answer = await community.send(form, merge="withdraw|O1|O2")
    assert answer.status_code == 404


async def test_past_orders_of_the_community_name_the_unit_and_say_how_many(
    resident: Person, community: Browser, deployment: Deployment
) -> None:
    worker, water = await deployment.person("xingye.worker"), await deployment.person("shuiwu.handler")
    for _ in range(2):
        done = await resident.opened("/v1/orders", {**LAMPS, "matter": "01.03.01"})
        await worker.done(done, "order.accept_need", service="service")
        await worker.done(done, "order.dispatch", units=["市水务局"])
        await water.done(done, "order.accept")
    number = await resident.opened("/v1/orders", {**LAMPS, "matter": "01.03.01", "title": "球架锈了"})
    page = await community.page(f"/dispatch/{number}")
    assert "本社区近半年同小类 2 件，2 件由其办理" in page.words
    assert page.words.index("云河市水务局") < page.words.index("目录所列主办单位")


async def test_accept_and_dispatch_are_one_form_and_two_acts(
    resident: Person, community: Browser, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/orders", MANHOLE)
    form = (await community.page(f"/dispatch/{number}")).form(f"/dispatch/{number}")
    assert form.values["service"] == "urgent"
    answer = await community.send(form, units=["市城管局"])
    again = await community.send(form, units=["市城管局"])
    after = await community.follow(answer)
    assert "下单" in after.words
    assert again.status_code == 303
    assert [a for a in await _acts(deployment, number) if a.startswith("order.")] == [
        "order.accept_need", "order.dispatch",
    ]  # fmt: skip


async def test_where_the_dispatch_is_refused_the_need_stands_and_the_page_says_so(
    resident: Person, community: Browser, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/orders", MANHOLE)
    form = (await community.page(f"/dispatch/{number}")).form(f"/dispatch/{number}")
    answer = await community.send(form, units=["没有这个局"])
    page = Page(answer.text)
    assert answer.status_code == 422
    assert "已列入需求清单并记入台账；派单没有办成" in page.words
    assert "没有这个单位" in page.words
    assert page.form(form.action).values["units"] == "没有这个局"
    assert await _acts(deployment, number) == ["order.accept_need"]
    await community.follow(await community.send(page.form(form.action), units=["市城管局"]))
    assert await _acts(deployment, number) == ["order.accept_need", "order.dispatch"]


async def test_without_a_unit_nothing_is_done_and_what_was_typed_is_kept(
    resident: Person, community: Browser, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/orders", {**MANHOLE, "matter": "01.01.02"})
    form = (await community.page(f"/dispatch/{number}")).form(f"/dispatch/{number}")
    answer = await community.send(form, units="", service="hard")
    assert answer.status_code == 422
    assert Page(answer.text).form(form.action).values["service"] == "hard"
    assert await _acts(deployment, number) == []


async def test_one_more_unit_needs_no_script(resident: Person, community: Browser) -> None:
    number = await resident.opened("/v1/orders", MANHOLE)
    form = (await community.page(f"/dispatch/{number}")).form(f"/dispatch/{number}")
    answer = await community.send(form, units=["市水务局", "市住建局"], _more="units")
    fields = [g for tag, g in Page(answer.text).tags if tag == "input" and g.get("name") == "units"]
    typed = [each.get("value") for each in fields if each.get("type") != "checkbox"]
    assert [each for each in typed if each] == ["市水务局", "市住建局"]
    assert "" in typed


async def test_many_are_dispatched_each_by_itself_and_one_refused_stops_no_other(
    resident: Person, community: Browser, deployment: Deployment
) -> None:
    one, two = [await resident.opened("/v1/orders", MANHOLE) for _ in range(2)]
    form = (await community.page("/dispatch")).form("/dispatch")
    units = {f"unit.{one}": "yunhe/chengguan", f"unit.{two}": "yunhe/nobody"}
    services = {f"service.{one}": "urgent", f"service.{two}": "urgent"}
    answer = await community.send(form, chosen=[one, two], **units, **services)
    page = Page(answer.text)
    assert answer.status_code == 200
    assert "已派 1 件" in page.words
    assert "1 件未派成" in page.words
    assert "已列入需求清单" in page.words
    assert await _acts(deployment, one) == ["order.accept_need", "order.dispatch"]
    assert await _acts(deployment, two) == ["order.accept_need"]


async def test_nothing_chosen_is_said(resident: Person, community: Browser) -> None:
    await resident.opened("/v1/orders", MANHOLE)
    form = (await community.page("/dispatch")).form("/dispatch")
    answer = await community.send(form)
    assert answer.status_code == 422
    assert "还没有勾选事项" in Page(answer.text).words


async def test_a_petition_is_split_on_one_screen_with_its_dates(
    resident: Person, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/petitions", WAGES)
    async with browsing(deployment, "xinfang.officer") as officer:
        sort = (await officer.page("/dispatch")).form(f"/dispatch/{number}/acts/petition.sort")
        await officer.follow(await officer.send(sort, category="claim", path="residual"))
        page = await officer.page(f"/dispatch/{number}/split")
        assert "提前 10 个自然日" in page.words
        assert "各单最迟" in page.words
        form = page.form(f"/dispatch/{number}/split")
        assert form.values["orders.0.share"] == "lead"
        rows = {
            "orders.0.unit": "市人社局", "orders.0.claim": "督促支付工资。",
            "orders.1.unit": "市住建局", "orders.1.share": "lead", "orders.1.claim": "核实分包。",
        }  # fmt: skip
        two_leads = await officer.send(form, **rows)
        assert two_leads.status_code == 422
        again = Page(two_leads.text)
        assert "分单须有且只有一个主办单位" in again.words
        assert again.form(form.action).values["orders.1.claim"] == "核实分包。"
        more = await officer.send(again.form(form.action), _more="orders", **{"orders.1.share": "co_handler"})
        assert more.status_code == 200
        await officer.follow(await officer.send(Page(more.text).form(form.action)))
    assert "petition.split" in await _acts(deployment, number)
    await deployment.opened(f"{number}-02")


async def test_the_accused_and_those_below_are_never_suggested(
    resident: Person, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/petitions", {**WAGES, "matter": "01.01.01"})
    officer = await deployment.person("xinfang.officer")
    before = Page((await _page(deployment, "xinfang.officer", "/dispatch")).html)
    assert CHENG in before.words
    await officer.done(number, "petition.sort", category="claim", path="residual", accused="市城管局")
    page = await _page(deployment, "xinfang.officer", f"/dispatch/{number}/split")
    units = [v for k, v in page.form(f"/dispatch/{number}/split").values.items() if k.endswith(".unit")]
    assert CHENG not in units
    assert "不得派给该单位及其下属" in page.words


async def _page(deployment: Deployment, account: str, path: str) -> Page:
    async with browsing(deployment, account) as browser:
        return await browser.page(path)


async def test_a_whistle_is_proposed_and_the_leader_sees_the_departments_named(
    deployment: Deployment,
) -> None:
    async with browsing(deployment, "xingye.worker") as worker:
        form = (await worker.page("/dispatch/whistle")).form("/dispatch/whistle")
        filled = {**PIPE, "place": "yunhe/binhu/xingye", "matter": "03.01.01", "whistle": "everyday"}
        wrong = await worker.send(form, **{**filled, "departments": ["没有这个局"]})
        assert wrong.status_code == 422
        kept = Page(wrong.text).form("/dispatch/whistle")
        assert kept.values["title"] == PIPE["title"]
        after = await worker.follow(await worker.send(kept, departments=["市水务局", "市住建局"]))
        number = next(each for each in after.words.split() if each.startswith("W2"))
    async with browsing(deployment, "binhu.leader") as leader:
        page = await leader.page("/dispatch")
        form = page.form(f"/dispatch/{number}/acts/whistle.blow")
        named = [
            g.get("value") for tag, g in page.tags
            if tag == "input" and g.get("name") == "departments" and g.get("value")
        ]  # fmt: skip
        assert {"云河市水务局", "云河市住房和城乡建设局"} <= set(named)
        await leader.follow(await leader.send(form, departments=["市水务局", "市住建局"]))
    assert "whistle.blow" in await _acts(deployment, number)


@pytest.mark.parametrize(
    ("account", "kinds"),
    [
        ("xingye.worker", {"everyday", "tough"}),
        ("binhu.leader", {"everyday", "tough", "emergency"}),
        ("xingye.grid", {"everyday", "tough"}),
    ],
)
async def test_only_the_kinds_of_whistle_that_are_ones_right_are_offered(
    account: str, kinds: set[str], deployment: Deployment
) -> None:
    page = await _page(deployment, account, "/dispatch/whistle")
    assert {g["value"] for tag, g in page.tags if g.get("name") == "whistle"} == kinds


@pytest.mark.parametrize("account", ["resident-01", "shenji.auditor", "chengguan.handler", "xingye.grid"])
async def test_the_desk_is_closed_to_others(account: str, deployment: Deployment, resident: Person) -> None:
    number = await resident.opened("/v1/orders", MANHOLE)
    async with browsing(deployment, account) as browser:
        for path in ("/dispatch", f"/dispatch/{number}", f"/dispatch/{number}/split"):
            assert (await browser.get(path)).status_code == 403, path


async def test_a_matter_of_another_town_is_not_found(deployment: Deployment, resident: Person) -> None:
    number = await resident.opened("/v1/orders", MANHOLE)
    async with browsing(deployment, "gucheng.dispatcher") as browser:
        assert (await browser.get(f"/dispatch/{number}")).status_code == 404


@pytest.mark.parametrize("account", ["resident-01", "shenji.auditor"])
async def test_who_may_blow_no_whistle_is_not_shown_the_form(account: str, deployment: Deployment) -> None:
    async with browsing(deployment, account) as browser:
        assert (await browser.get("/dispatch/whistle")).status_code == 403


async def test_the_desk_speaks_english_throughout(resident: Person, deployment: Deployment) -> None:
    await resident.opened("/v1/orders", MANHOLE)
    async with browsing(deployment, "xingye.worker", herun_language="en") as browser:
        page = await browser.page("/dispatch")
    assert "Likely duplicates" in page.words or "No likely duplicate" in page.words
    assert "dispatch." not in page.words
