"""Administration in a real browser: an account handed over, an edition scheduled, in English, without a script."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from page_stories import Matters
from playwright.async_api import Page, expect

from domain.calendar import CST

Opened = Callable[..., AbstractAsyncContextManager[Page]]

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PLACES = [
    ("shuju.system", "/admin/organisations"), ("shuju.system", "/admin/organisations/edit?unit=yunhe/shuiwu"),
    ("shuju.system", "/admin/matters/edit"), ("shuju.system", "/admin/editions"),
    ("shuju.system", "/admin/editions/compare?edition=rulebook:default-3&other=rulebook:gaotai-4x7"),
    ("shuju.security", "/admin/accounts"), ("shuju.security", "/admin/accounts/xingye.worker"),
    ("shenji.audit", "/admin/access"), ("shenji.audit", "/admin/auditors"),
]  # fmt: skip


@pytest.mark.parametrize("script", [True, False])
async def test_an_account_is_made_and_its_password_handed_over(script: bool, opened: Opened) -> None:
    async with opened("/admin/accounts", "shuju.security", width=375, script=script) as page:
        await page.get_by_role("link", name="新建账号").click()
        await page.get_by_label("账号代号").fill(f"xingye.worker-{'js' if script else 'plain'}")
        await page.get_by_label("姓名或名称").fill("甲新")
        await page.get_by_label("职责").select_option("community_worker")
        await page.get_by_label("机构").fill("没有这个社区")
        await page.get_by_role("button", name="建立账号").click()
        await expect(page.get_by_text("没有这个单位")).to_be_visible()
        await expect(page.get_by_label("姓名或名称")).to_have_value("甲新")
        await page.get_by_label("机构").fill("星叶社区")
        await page.get_by_role("button", name="建立账号").click()
        await expect(page.get_by_text("口令只显示这一次")).to_be_visible()


async def test_an_edition_is_scheduled_and_taken_out_again_by_keyboard(opened: Opened) -> None:
    tomorrow = (datetime.now(CST) + timedelta(days=1)).date().isoformat()
    async with opened("/admin/editions", "shuju.system") as page:
        await expect(page.get_by_label("自哪日起")).to_have_value(tomorrow)
        await page.get_by_label("版本", exact=False).last.select_option(index=2)
        await page.get_by_role("button", name="安排").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("已安排。")).to_be_visible()
        await page.get_by_role("button", name="取消").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("已取消。")).to_be_visible()


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize(("account", "path"), PLACES)
async def test_in_english_too(account: str, path: str, width: int, opened: Opened, matters: Matters) -> None:
    async with opened(path, account, width=width, language="en") as page:
        found = await Axe().run(page, options=WCAG)
        assert found.violations_count == 0, found.generate_report()
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
