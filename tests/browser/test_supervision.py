"""Supervision in a real browser: from a number to its cases by mouse and by keyboard, in English, without a script."""

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from axe_playwright_python.async_playwright import Axe
from page_stories import Matters
from playwright.async_api import Page, expect

Opened = Callable[..., AbstractAsyncContextManager[Page]]

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.mark.parametrize("script", [True, False])
async def test_a_number_leads_to_its_cases_and_back(script: bool, opened: Opened, matters: Matters) -> None:
    async with opened("/city", "ducha.supervisor", width=375, script=script) as page:
        tile = page.locator(".tile a").first
        number = await tile.locator("strong").inner_text()
        await tile.click()
        await expect(page.get_by_text(f"共 {number} 件")).to_be_visible()
        await page.get_by_role("link", name="回到督办总览").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("督办总览")


async def test_the_period_is_chosen_and_a_file_taken_by_keyboard(opened: Opened, matters: Matters) -> None:
    async with opened("/city", "ducha.supervisor") as page:
        await page.get_by_role("link", name="近十二个月").focus()
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile("grain=month"))
        link = page.get_by_role("link", name="Excel").first
        await link.focus()
        async with page.expect_download() as waiting:
            await page.keyboard.press("Enter")
        assert (await waiting.value).suggested_filename == "herun-trend.xlsx"


async def test_charts_say_what_they_are_and_stand_beside_a_table(opened: Opened, matters: Matters) -> None:
    async with opened("/city", "ducha.supervisor") as page:
        await expect(page.get_by_role("img", name="立案与其中曾逾期的件数")).to_be_visible()
        await page.get_by_text("走势表", exact=True).click()
        await expect(page.get_by_role("table", name="走势")).to_be_visible()


@pytest.mark.parametrize("path", ["/city", "/city/cases?which=opened", "/city/by/matter"])
@pytest.mark.parametrize("width", [375, 1280])
async def test_in_english_too(path: str, width: int, opened: Opened, matters: Matters) -> None:
    async with opened(path, "ducha.supervisor", width=width, language="en") as page:
        found = await Axe().run(page, options=WCAG)
        assert found.violations_count == 0, found.generate_report()
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
