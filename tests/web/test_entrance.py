"""The residents' entrance: filed in one form, once; nothing typed is lost; the link alone leads back to it."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from doorway import Deployment
from page_stories import HTML, Browser, Form, Page, browsing

from activities import credentials
from api.app import create_app
from api.web.resident.dangers import Danger, dangers_in
from api.web.resident.filing import title_of

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
    b"\x00\x00\x00\x0cIDATx\x9cc\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)
LEAK = {
    "text": "楼道的水管漏了两天。地上都是水，老人不敢下楼。", "place": "星叶社区", "spot": "3号楼2单元",
    "name": "甲禾", "phone": "138 0000 0301",
}  # fmt: skip
QUARREL = {
    "text": "楼上夜里一直敲，说了几次不听。", "place": "星叶社区", "name": "甲禾", "phone": "13800000302",
    "other": "乙槐",
}  # fmt: skip
WAGES = {
    "text": "干了三个月没发工资。", "place": "星叶社区", "name": "甲禾", "phone": "13800000303",
    "address": "星叶路2号",
}  # fmt: skip


@pytest.fixture
async def door(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """A door that does not count, with quick codes."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(credentials, "_HASHER", quick)
    monkeypatch.setattr(credentials, "_NOBODYS", quick.hash("nobody"))
    often = {"rate_filing": "100000/minute", "rate_sign_in": "100000/minute"}
    app = create_app(deployment.settings.model_copy(update=often))
    yield app
    await app.state.door.database.close()


@pytest.fixture
async def phone(door: Any) -> AsyncIterator[Browser]:
    """The browser of somebody whom nobody knows."""
    transport = httpx.ASGITransport(door)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as http:
        yield Browser(http, "")


async def written(browser: Browser, sort: str = "mend") -> Form:
    return (await browser.page(f"/file/{sort}")).form(f"/file/{sort}")


async def sent_with(browser: Browser, form: Form, data: bytes, **values: str) -> httpx.Response:
    files = [("photos", ("a.jpg", data, "image/jpeg"))]
    return await browser.http.post(
        form.action, data={**form.values, **values, "photos": []}, files=files, headers=HTML
    )


def number_on(page: Page) -> str:
    found = re.search(r"[OMP]\d{8}-\d{5}", page.words)
    assert found, page.words
    return found[0]


async def filed(browser: Browser, sort: str = "mend", said: Mapping[str, str] = LEAK) -> tuple[Page, str]:
    page = await browser.follow(await browser.send(await written(browser, sort), **said))
    return page, number_on(page)


async def test_a_resident_files_and_learns_the_number_who_acts_next_by_when_and_how_to_come_back(
    phone: Browser,
) -> None:
    assert "/file/mend" in (await phone.page("/file")).links
    page, number = await filed(phone)
    assert page.headings[0] == (1, "收到了")
    assert "星叶社区" in page.words
    assert "最迟" in page.words
    assert any(given.get("class") == "qr" and given.get("role") == "img" for _, given in page.tags)
    link = next(str(given["value"]) for _, given in page.tags if given.get("id") == "link")
    assert "/follow/" in link
    assert f"/sign-in/case?case={number}" in page.links


async def test_what_was_said_becomes_a_title_and_keeps_the_exact_spot(phone: Browser) -> None:
    page, _ = await filed(phone)
    assert "具体位置：3号楼2单元" in page.words
    assert (3, "楼道的水管漏了两天") in page.headings


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("灯不亮", "灯不亮"),
        ("  。。灯不亮了！快来", "灯不亮了"),
        ("。。", "。。"),
        ("长" * 40, "长" * 29 + "…"),
        ("Building 3.2 leaks. Please come.", "Building 3.2 leaks"),
    ],
)
def test_the_first_sentence_is_the_title(text: str, title: str) -> None:
    assert title_of(text) == title


async def test_a_double_tap_files_once(phone: Browser, deployment: Deployment) -> None:
    form = await written(phone)
    answers = await asyncio.gather(*(phone.send(form, **LEAK) for _ in range(2)))
    again = await phone.send(form, **LEAK)
    pages = [await phone.follow(each) for each in (*answers, again)]
    assert len({number_on(each) for each in pages}) == 1
    account = await deployment.owner.fetchval(
        "SELECT opener FROM case_register WHERE case_no = $1", number_on(pages[0])
    )
    opened = await deployment.owner.fetchval("SELECT count(*) FROM case_register WHERE opener = $1", account)
    assert opened == 1


async def test_a_second_matter_on_the_same_form_is_asked_about_and_then_filed(phone: Browser) -> None:
    form = await written(phone)
    first = number_on(await phone.follow(await phone.send(form, **LEAK)))
    other = {**LEAK, "text": "还有一件：路灯不亮。"}
    asked = Page((await phone.send(form, **other)).text)
    assert "刚才已经提交过一件事" in asked.words
    assert asked.form("/file/mend").values["text"] == other["text"]
    page = await phone.follow(await phone.send(asked.form("/file/mend")))
    assert number_on(page) != first


async def test_photographs_come_with_the_matter(phone: Browser) -> None:
    page = await phone.follow(await sent_with(phone, await written(phone), PNG, **LEAK))
    mine = await phone.page(f"/my/{number_on(page)}")
    assert [tag for tag, given in mine.tags if tag == "img" and "/attachments/" in str(given.get("src"))]


async def test_a_mistake_loses_neither_words_nor_photographs(phone: Browser) -> None:
    bad = {**LEAK, "place": "没有这个社区"}
    answer = await sent_with(phone, await written(phone), PNG, **bad)
    page = Page(answer.text)
    again = page.form("/file/mend")
    assert answer.status_code == 422
    assert "没有找到这个社区或村" in page.words
    assert "已收到1张照片" in page.words
    assert {name: again.values[name] for name in bad} == bad
    done = await phone.follow(await phone.send(again, place_listed="星叶社区"))
    mine = await phone.page(f"/my/{number_on(done)}")
    assert [tag for tag, given in mine.tags if tag == "img" and "/attachments/" in str(given.get("src"))]


async def test_a_file_that_is_no_photograph_is_said_at_its_place_and_nothing_is_filed(
    phone: Browser, deployment: Deployment
) -> None:
    before = await deployment.owner.fetchval("SELECT count(*) FROM case_register")
    answer = await sent_with(phone, await written(phone), b"MZ no photograph", **LEAK)
    page = Page(answer.text)
    assert answer.status_code == 422
    assert "photos-wrong" in page.ids
    assert page.form("/file/mend").values["text"] == LEAK["text"]
    assert await deployment.owner.fetchval("SELECT count(*) FROM case_register") == before


@pytest.mark.parametrize(
    ("sort", "said", "letter"),
    [("mend", LEAK, "O"), ("unsure", LEAK, "O"), ("quarrel", QUARREL, "M"), ("complaint", WAGES, "P")],
)
async def test_each_choice_leads_to_its_procedure(
    phone: Browser, sort: str, said: dict[str, str], letter: str
) -> None:
    _, number = await filed(phone, sort, said)
    assert number.startswith(letter)
    assert (await phone.page(f"/my/{number}")).headings


@pytest.mark.parametrize(
    ("sort", "said", "missing"),
    [
        ("mend", {"place": "星叶社区"}, "text"),
        ("mend", {"text": "灯不亮"}, "place"),
        ("mend", {**LEAK, "phone": "abc"}, "phone"),
        ("mend", {**LEAK, "name": ""}, "name"),
        ("mend", {**LEAK, "matter": "20.03.01"}, "matter"),
        ("quarrel", {**QUARREL, "other": ""}, "other"),
        ("complaint", {**WAGES, "address": ""}, "address"),
    ],
)
async def test_what_is_missing_is_said_at_its_place(
    phone: Browser, sort: str, said: dict[str, str], missing: str
) -> None:
    answer = await phone.send(await written(phone, sort), **said)
    page = Page(answer.text)
    assert answer.status_code == 422
    assert f"{missing}-wrong" in page.ids
    assert f"#{missing}" in page.links


async def test_nobody_need_say_who_he_is_to_report_a_broken_lamp(phone: Browser) -> None:
    page, number = await filed(phone, "mend", {"text": "路灯不亮", "place": "星叶社区"})
    assert "只能凭上面的链接回来" in page.words
    assert (await phone.page(f"/my/{number}")).headings[0] == (1, "路灯不亮")


async def test_changing_ones_mind_about_the_sort_keeps_what_was_written(phone: Browser) -> None:
    changed = Page((await phone.send(await written(phone), **LEAK, switch="quarrel")).text)
    form = changed.form("/file/quarrel")
    assert {name: form.values[name] for name in LEAK} == LEAK
    assert form.values["other"] == ""


async def test_danger_in_the_words_shows_whom_to_ring(phone: Browser) -> None:
    page, _ = await filed(phone, "quarrel", {**QUARREL, "text": "他说要动手，还拿了刀，我不想活了。"})
    assert {"tel:110", "tel:12356"} <= set(page.links)
    calm, _ = await filed(phone)
    assert "tel:110" not in calm.links


def test_every_danger_has_its_signs_in_both_languages() -> None:
    chinese = dangers_in("他持刀威胁", "屋里起火了，有人受伤，她说不想活")
    english = dangers_in("he has a knife, sparks, bleeding, suicidal", None)
    assert set(chinese) == set(english) == set(Danger)
    assert dangers_in("路灯不亮", None) == ()


async def test_the_link_leads_back_from_any_telephone_and_a_false_one_nowhere(
    phone: Browser, door: Any
) -> None:
    page, number = await filed(phone)
    link = next(str(given["value"]) for _, given in page.tags if given.get("id") == "link")
    transport = httpx.ASGITransport(door)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as http:
        other = Browser(http, "")
        path = "/follow/" + link.rpartition("/")[2]
        mine = await other.follow(await other.send((await other.page(path)).form(path)))
        assert mine.headings[0] == (1, "楼道的水管漏了两天")
        assert (await other.get("/filed/" + link.rpartition("/")[2])).status_code == 200
        assert (await other.get("/filed/" + "A" * 22)).status_code == 404
        assert (await other.get("/")).headers["location"] == f"/my/{number}"


async def test_number_and_telephone_lead_back_too(phone: Browser, door: Any, deployment: Deployment) -> None:
    _, number = await filed(phone)
    transport = httpx.ASGITransport(door)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as http:
        other = Browser(http, "")
        form = (await other.page("/sign-in/case", case=number)).form("/sign-in/case")
        asked = Page((await other.send(form, phone="13800000301")).text)
        body = await deployment.owner.fetchval("SELECT body FROM outbox_message ORDER BY id DESC LIMIT 1")
        code = re.search(r"验证码(\d{6})", body)
        assert code
        mine = await other.follow(await other.send(asked.form("/sign-in/case"), code=code[1]))
    assert mine.headings[0] == (1, "楼道的水管漏了两天")


async def test_who_filed_reaches_this_matter_and_no_other(phone: Browser, neighbour: Browser) -> None:
    _, first = await filed(phone)
    _, second = await filed(phone)
    assert (await phone.get(f"/my/{second}")).status_code == 200
    assert (await phone.get(f"/my/{first}")).status_code == 404
    assert (await neighbour.get(f"/my/{second}")).status_code == 404


async def test_staff_write_down_for_a_resident_and_stay_who_they_are(deployment: Deployment) -> None:
    async with browsing(deployment, "xingye.worker") as worker:
        page = await worker.follow(await worker.send(await written(worker), **LEAK))
        number = number_on(page)
        assert "请把这个码或链接交给居民本人" in page.words
        assert (await worker.get("/work")).status_code == 200
    party = f"{number}.1"
    parties = await deployment.owner.fetchval("SELECT parties FROM case_register WHERE case_no = $1", number)
    assert parties == [party]


async def test_who_may_bring_nothing_is_told_so(deployment: Deployment) -> None:
    async with browsing(deployment, "shenji.auditor") as auditor:
        answer = await auditor.send(await written(auditor), **LEAK)
    assert answer.status_code == 403
    assert "您的角色不能提出这类事项" in Page(answer.text).words


async def test_too_many_forms_wait_and_keep_what_was_written(deployment: Deployment) -> None:
    app = create_app(deployment.settings.model_copy(update={"rate_filing": "1/hour"}))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as http:
        browser = Browser(http, "")
        await filed(browser)
        answer = await browser.send(await written(browser), **LEAK)
    await app.state.door.database.close()
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert Page(answer.text).form("/file/mend").values["text"] == LEAK["text"]


async def test_another_site_cannot_file(phone: Browser) -> None:
    form = await written(phone)
    answer = await phone.http.post(
        form.action, data={**form.values, **LEAK}, headers={**HTML, "origin": "https://elsewhere.example"}
    )
    assert answer.status_code == 403


async def test_nothing_typed_reaches_the_ledger_or_becomes_markup(
    phone: Browser, deployment: Deployment
) -> None:
    page, number = await filed(phone, "mend", {**LEAK, "text": "<b>漏水</b> 找甲禾"})
    assert "<b>漏水" not in page.html
    rows = await deployment.owner.fetch("SELECT data FROM event WHERE case_no = $1", number)
    told = str([row["data"] for row in rows])
    for word in ("漏水", "甲禾", "13800000301", "138 0000"):
        assert word not in told


async def test_a_resident_with_an_account_need_not_say_who_he_is(deployment: Deployment) -> None:
    async with browsing(deployment, "resident-01") as known:
        form = await written(known, "complaint")
        assert "name" not in form.values
        said = {"text": WAGES["text"], "place": WAGES["place"]}
        page = await known.follow(await known.send(form, **said))
        mine = await known.page(f"/my/{number_on(page)}")
    assert mine.headings[0] == (1, "干了三个月没发工资")


async def test_a_sign_at_a_door_may_name_its_place(phone: Browser) -> None:
    page = await phone.page("/file", place="木街社区")
    path = next(each for each in page.links if each.startswith("/file/mend"))
    assert (await phone.page(path)).form("/file/mend").values["place"] == "木街社区"
