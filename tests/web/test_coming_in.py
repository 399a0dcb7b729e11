"""Coming in and going out by forms alone: password, second factor, one-time code, link."""

import re
import time
from collections.abc import AsyncIterator

import httpx
import pyotp
import pytest
from argon2 import PasswordHasher
from doorway import Deployment, Person
from page_stories import MANHOLE, Browser, Page

from activities import credentials
from api.app import create_app
from api.identity import signing_in
from domain.vocabulary import CaseNo, Party

GOOD, OTHER = "漏水就报修-2026", "灯不亮也报修-2027"
WORKER, AUDITOR = "xingye.worker", "shenji.auditor"


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(credentials, "_HASHER", quick)
    monkeypatch.setattr(credentials, "_NOBODYS", quick.hash("nobody"))


@pytest.fixture
async def browser(deployment: Deployment) -> AsyncIterator[Browser]:
    """A browser nobody has signed in with, at a door that does not count attempts."""
    app = create_app(deployment.settings.model_copy(update={"rate_sign_in": "100000/minute"}))
    for table in ("session", "recovery_code", "credential"):
        await deployment.owner.execute(f"DELETE FROM {table}")
    for who in (WORKER, AUDITOR):
        await credentials.set_password(deployment.owner, who, GOOD)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as http:
        yield Browser(http, "")
    await app.state.door.database.close()


async def test_name_and_password_lead_where_one_wanted_to_go(browser: Browser) -> None:
    asked = await browser.get("/cases", status="open")
    form = (await browser.page(asked.headers["location"])).form("/sign-in")
    wrong = await browser.send(form, name=WORKER, password="guess")
    page = Page(wrong.text)
    assert wrong.status_code == 401
    assert page.form("/sign-in").values["name"] == WORKER
    assert page.form("/sign-in").values["password"] == ""
    inside = await browser.follow(await browser.send(page.form("/sign-in"), password=GOOD))
    assert inside.headings[0] == (1, "案件")


async def test_signing_out_ends_the_session_and_says_so(browser: Browser) -> None:
    form = (await browser.page("/sign-in")).form("/sign-in")
    home = await browser.follow(await browser.send(form, name=WORKER, password=GOOD))
    assert home.headings[0] == (1, "我的待办")
    token = browser.http.cookies["herun_session"]
    out = await browser.follow(await browser.send(home.form("/sign-out")))
    assert "您已退出登录" in out.words
    browser.http.cookies.set("herun_session", token)
    assert (await browser.get("/work")).status_code == 303


async def test_an_auditor_sets_up_a_second_factor_before_anything_opens(browser: Browser) -> None:
    form = (await browser.page("/sign-in")).form("/sign-in")
    owed = await browser.send(form, name=AUDITOR, password=GOOD)
    assert owed.headers["location"].startswith("/sign-in/enrolment")
    assert (await browser.get("/cases")).status_code == 303
    assert (await browser.get("/")).headers["location"] == "/sign-in/enrolment"
    page = await browser.follow(owed)
    shown = Page((await browser.send(page.form("/sign-in/enrolment"))).text)
    secret = re.search(r"[A-Z2-7]{32}", shown.words)
    assert secret
    code = pyotp.TOTP(secret[0]).at(time.time())
    codes = Page((await browser.send(shown.form("/sign-in/enrolment"), code=code)).text)
    assert "恢复码" in codes.words
    assert len([tag for tag, _ in codes.tags if tag == "code"]) == 10
    assert (await browser.page("/cases")).headings[0] == (1, "案件")


async def test_another_password_needs_the_old_one_and_is_told_what_is_wrong(browser: Browser) -> None:
    form = (await browser.page("/sign-in")).form("/sign-in")
    await browser.send(form, name=WORKER, password=GOOD)
    change = (await browser.page("/sign-in/password")).form("/sign-in/password")
    weak = await browser.send(change, old=GOOD, password="short")
    assert weak.status_code == 422
    assert any(given.get("aria-invalid") == "true" for _, given in Page(weak.text).tags)
    done = await browser.follow(await browser.send(change, old=GOOD, password=OTHER))
    assert "口令已修改" in done.words


async def test_the_link_with_a_receipt_opens_one_matter_by_a_button(
    browser: Browser, resident: Person, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/orders", MANHOLE)
    other = await resident.opened("/v1/orders", MANHOLE)
    link = await signing_in.make_link(deployment.app.state.door, CaseNo(number), Party("resident-01"))
    page = await browser.page(f"/follow/{link}")
    assert MANHOLE["title"] not in page.words
    case = await browser.follow(await browser.send(page.form(f"/follow/{link}")))
    assert case.headings[0] == (1, MANHOLE["title"])
    assert (await browser.get(f"/cases/{other}")).status_code == 404
    assert (await browser.get("/")).headers["location"] == f"/my/{number}"


async def test_a_code_is_asked_for_and_nobody_learns_whether_the_case_is_there(browser: Browser) -> None:
    form = (await browser.page("/sign-in/case")).form("/sign-in/case")
    answer = await browser.send(form, case="O20010101-00001", phone="13800000000")
    page = Page(answer.text)
    assert answer.status_code == 200
    wrong = await browser.send(page.form("/sign-in/case"), code="123456")
    assert wrong.status_code == 401
    assert Page(wrong.text).form("/sign-in/case").values["case"] == "O20010101-00001"


async def test_ones_sessions_are_listed_and_another_can_be_ended(browser: Browser) -> None:
    form = (await browser.page("/sign-in")).form("/sign-in")
    await browser.send(form, name=WORKER, password=GOOD)
    first = browser.http.cookies["herun_session"]
    browser.http.cookies.clear()
    await browser.send(form, name=WORKER, password=GOOD)
    account = await browser.page("/account")
    ends = [each for each in account.forms if each.action.endswith("/end")]
    assert len(ends) == 1
    after = await browser.follow(await browser.send(ends[0]))
    assert "那台设备上的登录已结束" in after.words
    browser.http.cookies.set("herun_session", first)
    assert (await browser.get("/work")).status_code == 303
