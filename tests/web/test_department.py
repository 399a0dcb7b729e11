"""The department desk: sign, accept, return, ask for more time, report, finish with a photograph, decide."""

import re

import pytest
from doorway import Deployment
from page_stories import HTML, LAMPS, PIPE, WAGES, Browser, Page, browsing

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
    b"\x00\x00\x00\x0cIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\r\xefF\xb8\x00\x00\x00\x00IEND\xaeB`\x82"
)


async def _dispatched(deployment: Deployment, *acts: str) -> str:
    """An order at the city bureau, on which it has done some acts."""
    resident, worker = await deployment.person("resident-01"), await deployment.person("xingye.worker")
    handler = await deployment.person("chengguan.handler")
    number = await resident.opened("/v1/orders", LAMPS)
    await worker.done(number, "order.accept_need", service="service")
    await worker.done(number, "order.dispatch", units=["市城管局"])
    for act in acts:
        await handler.done(number, act)
    return number


@pytest.fixture
async def desk(deployment: Deployment):
    """The browser of somebody at the city bureau."""
    async with browsing(deployment, "chengguan.handler") as browser:
        yield browser


async def _acts(deployment: Deployment, number: str) -> list[str]:
    return [each["act"] for each in await deployment.events(number) if each["act"]]


async def test_an_order_is_accepted_with_one_click_from_the_desk(
    desk: Browser, deployment: Deployment
) -> None:
    number = await _dispatched(deployment)
    form = (await desk.page("/desk")).form(f"/desk/{number}/acts/order.accept")
    answer = await desk.send(form)
    assert answer.headers["location"].startswith("/desk")
    after = await desk.follow(answer)
    assert "“接单”已记入台账" in after.words
    assert after.form(f"/desk/{number}/acts/order.complete")


async def test_a_return_says_until_when_and_asks_why(desk: Browser, deployment: Deployment) -> None:
    resident, officer = await deployment.person("resident-01"), await deployment.person("xinfang.officer")
    petition = await resident.opened("/v1/petitions", WAGES)
    await officer.done(petition, "petition.sort", category="claim", path="residual")
    lines = [
        {"unit": "市人社局", "share": "lead", "claim": "督促支付。"},
        {"unit": "市城管局", "share": "co_handler", "claim": "清理工棚。"},
    ]
    await officer.done(petition, "petition.split", orders=lines)
    part = f"{petition}-02"
    await deployment.opened(part)
    page = await desk.page("/desk", tray="sign")
    assert "到期不退即视为接单" in page.words
    assert re.search(r"最迟 .* 退单", page.words)
    empty = await desk.send(page.form(f"/desk/{part}/acts/order.return"))
    assert empty.status_code == 422
    assert "缺少此项" in Page(empty.text).words
    form = Page(empty.text).form(f"/desk/{part}/acts/order.return")
    await desk.follow(await desk.send(form, reason="工棚不在城管职责内。"))
    async with browsing(deployment, "xinfang.officer") as browser:
        told = await browser.page("/dispatch", tray="back")
    assert "工棚不在城管职责内。" in told.words


async def test_done_comes_with_its_photograph_in_one_form(desk: Browser, deployment: Deployment) -> None:
    number = await _dispatched(deployment, "order.accept")
    form = (await desk.page("/desk")).form(f"/desk/{number}/acts/order.complete")
    answer = await desk.http.post(
        form.action, data={**form.values, "result": "六盏灯已换。", "resolved": "yes"},
        files={"photos": ("灯.png", PNG, "image/png")}, headers=HTML,
    )  # fmt: skip
    await desk.follow(answer)
    assert (await _acts(deployment, number))[-2:] == ["attach", "order.complete"]
    case = await desk.page(f"/cases/{number}")
    assert any(tag == "img" for tag, _ in case.tags)


async def test_what_is_no_photograph_stops_the_whole_form_and_keeps_the_words(
    desk: Browser, deployment: Deployment
) -> None:
    number = await _dispatched(deployment, "order.accept")
    form = (await desk.page("/desk")).form(f"/desk/{number}/acts/order.complete")
    answer = await desk.http.post(
        form.action, data={**form.values, "result": "六盏灯已换。", "resolved": "yes"},
        files={"photos": ("x.png", b"MZ\x90\x00 not a picture", "image/png")}, headers=HTML,
    )  # fmt: skip
    page = Page(answer.text)
    assert answer.status_code == 422
    assert page.form(form.action).values["result"] == "六盏灯已换。"
    assert (await _acts(deployment, number))[-1] == "order.accept"


async def test_a_result_that_is_missing_keeps_the_photograph_with_the_case_once(
    desk: Browser, deployment: Deployment
) -> None:
    number = await _dispatched(deployment, "order.accept")
    form = (await desk.page("/desk")).form(f"/desk/{number}/acts/order.complete")
    files = {"photos": ("灯.png", PNG, "image/png")}
    for _ in range(2):
        answer = await desk.http.post(form.action, data=form.values, files=files, headers=HTML)
        assert answer.status_code == 422
    assert (await _acts(deployment, number)).count("attach") == 1


async def test_more_time_is_asked_for_and_the_community_reads_why(
    desk: Browser, community: Browser, deployment: Deployment
) -> None:
    number = await _dispatched(deployment, "order.accept")
    page = await desk.page("/desk")
    assert "最多 7 个自然日" in page.words
    form = page.form(f"/desk/{number}/acts/order.request_extension")
    await desk.follow(await desk.send(form, days="3", reason="灯杆要定制。"))
    asked = await community.page("/dispatch", tray="asked")
    assert "申请 3 天" in asked.words
    assert "灯杆要定制。" in asked.words
    grant = asked.form(f"/dispatch/{number}/acts/order.grant_extension")
    await community.follow(await community.send(grant, days="3"))
    assert "order.grant_extension" in await _acts(deployment, number)


async def test_too_many_days_are_refused_with_what_was_typed(desk: Browser, deployment: Deployment) -> None:
    number = await _dispatched(deployment, "order.accept")
    form = (await desk.page("/desk")).form(f"/desk/{number}/acts/order.request_extension")
    answer = await desk.send(form, days="30", reason="灯杆要定制。")
    page = Page(answer.text)
    assert answer.status_code == 409
    assert page.form(form.action).values["reason"] == "灯杆要定制。"


async def test_a_whistle_stands_first_with_its_countdown(desk: Browser, deployment: Deployment) -> None:
    worker, leader = await deployment.person("xingye.worker"), await deployment.person("binhu.secretary")
    number = await worker.opened("/v1/whistles", PIPE)
    await leader.done(number, "whistle.blow", departments=["市城管局"], place="星叶路口")
    page = await desk.page("/desk", tray="whistle")
    countdowns = [given for tag, given in page.tags if tag == "time" and given.get("data-due")]
    assert countdowns
    assert "剩 " in page.words
    form = page.form(f"/desk/{number}/acts/whistle.sign")
    await desk.follow(await desk.send(form))
    assert "whistle.sign" in await _acts(deployment, number)
    assert page.form(f"/desk/{number}/acts/whistle.report").values["person"] == ""


async def test_the_most_urgent_is_on_top(desk: Browser, deployment: Deployment) -> None:
    await _dispatched(deployment)
    page = await desk.page("/desk")
    dues = [str(given["data-due"]) for tag, given in page.tags if tag == "time" and given.get("data-due")]
    assert len(dues) > 1
    assert dues == sorted(dues)


async def test_an_act_out_of_turn_says_so_on_the_desk(desk: Browser, deployment: Deployment) -> None:
    number = await _dispatched(deployment)
    form = (await desk.page("/desk")).form(f"/desk/{number}/acts/order.return")
    await desk.follow(await desk.send((await desk.page("/desk")).form(f"/desk/{number}/acts/order.accept")))
    answer = await desk.send(form, reason="不是我们的。")
    page = Page(answer.text)
    assert answer.status_code in (403, 409)
    assert f"查看 {number}" in page.words


async def test_one_may_not_do_anothers_act_from_ones_desk(deployment: Deployment) -> None:
    number = await _dispatched(deployment)
    async with browsing(deployment, "wenlv.handler") as other:
        answer = await other.http.post(
            f"/desk/{number}/acts/order.accept", headers=HTML,
            data={"csrf": _csrf(await other.page("/cases")), "key": "k1"},
        )  # fmt: skip
    assert answer.status_code in (403, 404)
    assert "order.accept" not in await _acts(deployment, number)


def _csrf(page: Page) -> str:
    return next(str(form.values["csrf"]) for form in page.forms if "csrf" in form.values)


@pytest.mark.parametrize("account", ["resident-01", "shenji.auditor", "xingye.worker"])
async def test_the_desk_is_closed_to_others(account: str, deployment: Deployment) -> None:
    async with browsing(deployment, account) as browser:
        assert (await browser.get("/desk")).status_code == 403


async def test_an_empty_desk_says_what_will_come(deployment: Deployment) -> None:
    async with browsing(deployment, "wenlv.head") as browser:
        assert "现在没有要办的事项" in (await browser.page("/desk")).words


async def test_the_desk_speaks_english_throughout(deployment: Deployment) -> None:
    await _dispatched(deployment)
    async with browsing(deployment, "chengguan.handler", herun_language="en") as browser:
        page = await browser.page("/desk")
    assert "Department desk" in page.words
    assert "desk." not in page.words
