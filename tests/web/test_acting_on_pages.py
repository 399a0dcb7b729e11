"""Every act works as a plain form: done and told, or handed back with what was typed and why not."""

from doorway import Deployment, Person
from page_stories import MANHOLE, PIPE, WAGES, Browser, Page, browsing


async def test_an_act_is_done_by_a_form_and_its_receipt_says_what_follows(
    resident: Person, community: Browser
) -> None:
    number = await resident.opened("/v1/orders", MANHOLE)
    case = await community.page(f"/cases/{number}")
    form = case.form(f"/cases/{number}/acts/order.accept_need")
    after = await community.follow(await community.send(form, service="service"))
    assert "“列入需求清单”已记入台账" in after.words
    assert "社区下单" in after.words
    assert after.form(f"/cases/{number}/acts/order.dispatch")


async def test_a_reload_of_the_receipt_does_nothing_again(
    resident: Person, community: Browser, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/orders", MANHOLE)
    form = (await community.page(f"/cases/{number}")).form(f"/cases/{number}/acts/order.accept_need")
    first = await community.send(form, service="service")
    again = await community.send(form, service="service")
    assert (again.status_code, again.headers["location"]) == (303, first.headers["location"])
    acts = [each["act"] for each in await deployment.events(number) if each["act"] == "order.accept_need"]
    assert len(acts) == 1


async def test_a_mistake_keeps_what_was_typed_and_stands_at_its_field(
    resident: Person, community: Browser
) -> None:
    number = await resident.opened("/v1/orders", MANHOLE)
    form = (await community.page(f"/cases/{number}")).form(f"/cases/{number}/acts/order.divert")
    answer = await community.send(form, reason="应当向物业反映。")
    page = Page(answer.text)
    assert answer.status_code == 422
    assert page.form(form.action).values["reason"] == "应当向物业反映。"
    assert "缺少此项" in page.words
    assert ("details", True) in [(tag, "open" in given) for tag, given in page.tags]


async def test_an_unknown_unit_is_named_at_its_field(resident: Person, community: Browser) -> None:
    number = await resident.opened("/v1/orders", MANHOLE)
    form = (await community.page(f"/cases/{number}")).form(f"/cases/{number}/acts/order.accept_need")
    await community.send(form, service="service")
    form = (await community.page(f"/cases/{number}")).form(f"/cases/{number}/acts/order.dispatch")
    answer = await community.send(form, units=["没有这个局"])
    assert answer.status_code == 422
    assert "没有这个单位" in Page(answer.text).words
    assert Page(answer.text).form(form.action).values["units"] == "没有这个局"


async def test_what_is_wrong_with_the_form_as_a_whole_stands_above_it_and_is_read_out(
    resident: Person, community: Browser
) -> None:
    """No single field is to blame for a unit that is named twice."""
    number = await resident.opened("/v1/orders", MANHOLE)
    form = (await community.page(f"/cases/{number}")).form(f"/cases/{number}/acts/order.accept_need")
    await community.send(form, service="service")
    form = (await community.page(f"/cases/{number}")).form(f"/cases/{number}/acts/order.dispatch")
    answer = await community.send(form, units=["市城管局", "市城管局"])
    page = Page(answer.text)
    assert answer.status_code == 422
    alerts = [given for tag, given in page.tags if given.get("role") == "alert"]
    assert [("autofocus" in given, given.get("tabindex")) for given in alerts] == [(True, "-1")]
    told = answer.text.partition('role="alert"')[2].partition("<label")[0]
    assert "重复" in told
    assert page.form(form.action).values["units"] == "市城管局"


async def test_an_act_out_of_turn_says_so_and_lists_what_is_possible(
    resident: Person, community: Browser
) -> None:
    number = await resident.opened("/v1/orders", MANHOLE)
    form = (await community.page(f"/cases/{number}")).form(f"/cases/{number}/acts/order.divert")
    await community.send(form, channel="police")
    late = await community.send(form, channel="mediation", key="another-key")
    page = Page(late.text)
    assert late.status_code == 409
    assert "案件已经办结" in page.words
    assert "本案已结" in page.words


async def test_one_more_row_needs_no_script_and_keeps_the_rows(
    resident: Person, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/petitions", WAGES)
    async with browsing(deployment, "xinfang.officer") as officer:
        sort = (await officer.page(f"/cases/{number}")).form(f"/cases/{number}/acts/petition.sort")
        await officer.send(sort, category="claim", path="residual")
        split = (await officer.page(f"/cases/{number}")).form(f"/cases/{number}/acts/petition.split")
        rows = {
            "orders.0.unit": "市人社局", "orders.0.share": "lead", "orders.0.claim": "督促支付工资。",
            "orders.1.unit": "市住建局", "orders.1.share": "co_handler", "orders.1.claim": "核实分包。",
        }  # fmt: skip
        more = await officer.send(split, **rows, _more="orders")
        form = Page(more.text).form(split.action)
        assert more.status_code == 200
        assert form.values["orders.1.claim"] == "核实分包。"
        assert form.values["orders.2.unit"] == ""
        after = await officer.follow(await officer.send(form))
        assert f"/cases/{number}-02" in after.links


async def test_staff_record_what_a_party_says_and_the_course_tells_for_whom(
    resident: Person, community: Browser
) -> None:
    number = await resident.opened("/v1/orders", MANHOLE)
    page = await community.page(f"/cases/{number}", on_behalf_of="resident-01")
    form = page.form(f"/cases/{number}/acts/supplement")
    after = await community.follow(await community.send(form, text="来电补充：井盖在公交站旁。"))
    assert "代 甲禾" in after.words
    assert "来电补充：井盖在公交站旁。" in after.words


async def test_a_form_without_its_token_is_refused_in_the_frame(
    resident: Person, community: Browser, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/orders", MANHOLE)
    form = (await community.page(f"/cases/{number}")).form(f"/cases/{number}/acts/order.divert")
    before = await deployment.counts()
    answer = await community.send(form, csrf="guess", channel="police")
    assert answer.status_code == 403
    assert Page(answer.text).headings[0][0] == 1
    assert await deployment.counts() == before


async def test_a_photograph_comes_with_a_form_and_stands_on_the_page(
    resident: Person, community: Browser
) -> None:
    number = await resident.opened("/v1/orders", MANHOLE)
    form = (await community.page(f"/cases/{number}")).form(f"/cases/{number}/acts/attach")
    files = {"files": ("井盖.png", PNG, "image/png")}
    answer = await community.http.post(form.action, data=form.values, files=files)
    after = await community.follow(answer)
    shown = [given["src"] for tag, given in after.tags if tag == "img"]
    assert len(shown) == 1
    picture = await community.get(str(shown[0]))
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000"
    "050001a5f645400000000049454e44ae426082"
)


async def test_departments_of_a_whistle_stand_in_its_tree_and_are_chosen_from_a_list(
    resident: Person, deployment: Deployment
) -> None:
    worker = await deployment.person("xingye.worker")
    secretary = await deployment.person("binhu.secretary")
    water = await deployment.person("shuiwu.handler")
    number = await worker.opened("/v1/whistles", PIPE)
    await secretary.done(number, "whistle.blow", departments=["市水务局", "市住建局"])
    await water.done(number, "whistle.object", reason="产权不属水务。")
    async with browsing(deployment, "binhu.secretary") as browser:
        page = await browser.page(f"/cases/{number}")
    assert "现场报到 · 进行中" in page.words
    offered = [given["value"] for tag, given in page.tags if given.get("name") == "department"]
    assert "yunhe/shuiwu" in offered
