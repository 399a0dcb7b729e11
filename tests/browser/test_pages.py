"""Every page in a real browser: no axe violation, no sideways scroll, by keyboard, by mouse, without a script."""

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from doorway import Deployment
from page_stories import LAMPS, MANHOLE, Matters
from playwright.async_api import Page, expect

Opened = Callable[..., AbstractAsyncContextManager[Page]]

PAGES = {
    "sign-in": (None, "/sign-in"),
    "sign-in-case": (None, "/sign-in/case"),
    "second-factor": (None, "/sign-in/second-factor"),
    "new-password": (None, "/sign-in/password"),
    "enrolment": (None, "/sign-in/enrolment"),
    "follow": (None, "/follow/abc"),
    "not-found": ("xingye.worker", "/no/such/page"),
    "work": ("chengguan.handler", "/work"),
    "work-community": ("xingye.worker", "/work"),
    "work-watched": ("xinfang.officer", "/work?scope=watched"),
    "work-resident": ("resident-01", "/work"),
    "work-empty": ("wenlv.head", "/work"),
    "cases": ("xingye.worker", "/cases"),
    "search": ("xingye.worker", "/cases?q=路灯"),
    "order": ("xingye.worker", "/cases/{manhole}"),
    "order-closed": ("resident-01", "/cases/{closed}"),
    "mediation": ("xingye.mediator", "/cases/{heater}"),
    "petition": ("xinfang.officer", "/cases/{wages}"),
    "part": ("renshe.handler", "/cases/{wages}-01"),
    "whistle": ("shuiwu.handler", "/cases/{pipe}"),
    "duty": ("xinfang.officer", "/cases/{wages}/duties/1"),
    "account": ("xingye.worker", "/account"),
    "city": ("ducha.supervisor", "/city"),
    "city-months": ("binhu.leader", "/city?grain=month"),
    "city-cases": ("ducha.supervisor", "/city/cases?which=opened"),
    "city-table": ("ducha.supervisor", "/city/by/unit"),
    "admin-organisations": ("shuju.system", "/admin/organisations"),
    "admin-organisation": ("shuju.system", "/admin/organisations/edit?unit=yunhe/shuiwu"),
    "admin-matters": ("shuju.system", "/admin/matters"),
    "admin-matter": ("shuju.system", "/admin/matters/edit?code=01.01.01"),
    "admin-editions": ("shuju.system", "/admin/editions"),
    "admin-compare": (
        "shuju.system",
        "/admin/editions/compare?edition=rulebook:default-3&other=rulebook:gaotai-4x7",
    ),
    "admin-accounts": ("shuju.security", "/admin/accounts?q=xingye"),
    "admin-account": ("shuju.security", "/admin/accounts/xingye.worker"),
    "admin-account-new": ("shuju.security", "/admin/accounts/new"),
    "admin-access": ("shenji.audit", "/admin/access"),
    "admin-auditors": ("shenji.audit", "/admin/auditors"),
}
"""Name → who looks, and the address; a new page adds its line."""

WIDTHS = (375, 1280)
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
async def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    name: str, width: int, opened: Opened, matters: Matters, album: Path | None
) -> None:
    account, path = PAGES[name]
    for scheme in ("light", "dark"):
        async with opened(path.format(**vars(matters)), account, width=width, scheme=scheme) as page:
            await _unfold(page)
            found = await Axe().run(page, options=WCAG)
            assert found.violations_count == 0, found.generate_report()
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
            if album is not None:
                await page.screenshot(path=album / f"{name}-{width}-{scheme}.png", full_page=True)


@pytest.mark.parametrize("name", ["work", "mediation", "petition", "duty", "sign-in"])
async def test_english_pages_pass_too(
    name: str, opened: Opened, matters: Matters, album: Path | None
) -> None:
    account, path = PAGES[name]
    async with opened(path.format(**vars(matters)), account, width=375, language="en") as page:
        await _unfold(page)
        found = await Axe().run(page, options=WCAG)
        assert found.violations_count == 0, found.generate_report()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 375
        if album is not None:
            await page.screenshot(path=album / f"{name}-375-en.png", full_page=True)


@pytest.mark.parametrize("script", [True, False])
async def test_a_day_at_the_counter_by_mouse(script: bool, opened: Opened, deployment: Deployment) -> None:
    number = await (await deployment.person("resident-01")).opened("/v1/orders", MANHOLE)
    async with opened("/work", "xingye.worker", script=script) as page:
        await page.locator(f"a.title[href='/cases/{number}']").first.click()
        need = page.locator("#act-order-accept_need")
        await need.locator("summary").click()
        await need.get_by_label(re.compile("服务类别")).select_option("service")
        await need.get_by_role("button").click()
        await expect(page.get_by_role("status").filter(has_text="已记入台账")).to_be_visible()
        send = page.locator("#act-order-dispatch")
        await send.locator("summary").click()
        await send.get_by_label(re.compile("单位")).fill("没有这个局")
        await send.get_by_role("button", name="下单").click()
        await expect(page.get_by_text("没有这个单位")).to_be_visible()
        await page.locator("#act-order-dispatch input[name=units]").first.fill("市城管局")
        await page.locator("#act-order-dispatch").get_by_role("button", name="下单").click()
        await expect(page.locator(".steps [aria-current=step]")).to_contain_text("待接收")


async def test_a_department_accepts_by_keyboard_alone(opened: Opened, deployment: Deployment) -> None:
    number = await (await deployment.person("resident-01")).opened("/v1/orders", LAMPS)
    worker = await deployment.person("xingye.worker")
    await worker.done(number, "order.accept_need", service="service")
    await worker.done(number, "order.dispatch", units=["市城管局"])
    async with opened(f"/cases/{number}", "chengguan.handler") as page:
        await page.keyboard.press("Tab")
        await expect(page.get_by_text("跳到正文")).to_be_focused()
        await page.keyboard.press("Enter")
        for _ in range(60):
            await page.keyboard.press("Tab")
            if await page.evaluate("document.activeElement.textContent.trim()") == "接单":
                break
        outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        await page.keyboard.press("Enter")
        await expect(page.locator(".steps [aria-current=step]")).to_contain_text("办理中")


async def test_a_grave_act_is_asked_once_more(opened: Opened, deployment: Deployment) -> None:
    number = await (await deployment.person("resident-01")).opened("/v1/orders", MANHOLE)
    async with opened(f"/cases/{number}", "resident-01", width=375) as page:
        form = page.locator("#act-withdraw")
        await form.locator("summary").click()
        await form.get_by_role("button").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("确定要“撤回”吗")
        await dialog.get_by_role("button", name="取消").click()
        await expect(dialog).to_be_hidden()
        await form.get_by_role("button").click()
        await dialog.get_by_role("button", name="撤回").click()
        await expect(page.locator(".steps [aria-current=step]")).to_contain_text("已办结")


async def test_an_open_page_hears_what_others_do(opened: Opened, deployment: Deployment) -> None:
    resident = await deployment.person("resident-01")
    number = await resident.opened("/v1/orders", MANHOLE)
    async with opened(f"/cases/{number}", "xingye.worker") as page:
        await resident.done(number, "supplement", text="又响了。")
        await expect(page.locator("#news")).to_contain_text("有新进展", timeout=15_000)
        await page.locator("#news a").click()
        await expect(page.get_by_text("又响了。")).to_be_visible()


async def test_touch_targets_are_large_enough_on_a_telephone(opened: Opened, matters: Matters) -> None:
    async with opened(f"/cases/{matters.heater}", "xingye.mediator", width=375) as page:
        small = await page.evaluate(
            "[...document.querySelectorAll('button, summary, .button, select, input:not([type=hidden])')]"
            ".filter(e => e.checkVisibility() && e.type !== 'radio' && e.type !== 'checkbox'"
            " && e.getBoundingClientRect().height > 0 && e.getBoundingClientRect().height < 43.5)"
            ".map(e => e.outerHTML.slice(0, 120))"
        )
        assert small == []


async def _unfold(page: Page) -> None:
    """What is folded away is looked at too."""
    await page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true })")
