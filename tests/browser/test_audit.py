"""The auditor's pages in a real browser: axe at two widths in both languages, the slider, by keyboard, printed."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from audit_browsing import AUDITOR, altered, signed
from axe_playwright_python.async_playwright import Axe
from doorway import Deployment
from page_stories import MANHOLE, Matters
from playwright.async_api import Page, expect

Opened = Callable[..., AbstractAsyncContextManager[Page]]

PAGES = {
    "audit-search": "/audit",
    "audit-search-none": "/audit?until=2020-01-01",
    "audit-search-wrong": "/audit?unit=没有这个局&since=前天",
    "audit-replay": "/audit/cases/{heater}?seq=14",
    "audit-replay-last": "/audit/cases/{wages}",
    "audit-difference": "/audit/cases/{wages}/difference",
    "audit-verification": "/audit/cases/{lamps}/verification",
    "audit-finding": "/audit/cases/{altered}/verification",
    "audit-many-before": "/audit/verification",
    "audit-many": "/audit/verification?kind=whistle&run=1",
    "audit-whatif": "/audit/whatif?rulebook=gaotai-4x7",
    "audit-exports": "/audit/exports",
    "audit-checkpoints": "/audit/checkpoints",
    "audit-access": "/audit/access",
}
"""Name → the address."""

WIDTHS = (375, 1280)
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
async def names(
    matters: Matters, deployment: Deployment, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The cases of the addresses, with one that somebody altered and a checkpoint over them all."""
    number = await (await deployment.person("resident-01")).opened("/v1/orders", MANHOLE)
    await signed(deployment, tmp_path_factory.mktemp("keys") / "key.pem")
    await altered(deployment, number, 2, 1)
    return {**vars(matters), "altered": number}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
async def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    name: str, width: int, opened: Opened, names: dict[str, str], album: Path | None
) -> None:
    for language, scheme in (("zh", "light"), ("en", "dark")):
        path = PAGES[name].format(**names)
        async with opened("/account", AUDITOR, width=width, scheme=scheme, language=language) as page:
            await page.goto(path, timeout=90_000)  # a verification may take its time
            if album is not None:
                shot = album / f"{name}-{width}-{language}-{scheme}.png"
                await page.screenshot(path=shot, full_page=True)
            await page.evaluate(
                "document.querySelectorAll('main details').forEach(each => { each.open = true })"
            )
            found = await Axe().run(page, options=WCAG)
            assert found.violations_count == 0, found.generate_report()
            assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_the_slider_moves_the_case_and_not_the_page(
    opened: Opened, names: dict[str, str], matters: Matters
) -> None:
    async with opened(f"/audit/cases/{matters.heater}", AUDITOR) as page:
        slider = page.get_by_role("slider")
        await slider.focus()
        await page.keyboard.press("Home")
        await expect(page.locator(".now-at")).to_contain_text("第 1 条，共")
        await expect(slider).to_be_focused()
        assert page.url.endswith("?seq=1")
        for _ in range(3):
            await page.keyboard.press("ArrowRight")
        await expect(page.locator(".now-at")).to_contain_text("第 4 条，共")
        await page.get_by_role("link", name="下一条").click()
        await expect(page.locator(".now-at")).to_contain_text("第 5 条，共")
        await expect(page.get_by_role("link", name="下一条")).to_be_focused()
        await expect(slider).to_have_value("5")


@pytest.mark.parametrize("script", [True, False])
async def test_an_audit_by_mouse_from_search_to_the_five_answers(
    script: bool, opened: Opened, names: dict[str, str], matters: Matters
) -> None:
    async with opened("/audit", AUDITOR, script=script) as page:
        await page.get_by_label("字词或编号").fill(matters.heater)
        await page.locator("main").get_by_role("button", name="查找").click()
        await page.locator("main a.title").first.click()
        await page.get_by_role("spinbutton", name="事件序号").fill("2")
        await page.get_by_role("button", name="前往").first.click()
        await expect(page.locator(".now-at")).to_contain_text("第 2 条，共")
        await page.get_by_role("link", name="这一条改变了什么").click()
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await page.get_by_role("link", name="五问核验").click()
        await expect(page.locator(".answer")).to_have_count(5)


async def test_a_report_on_paper_has_the_answers_and_no_buttons(
    opened: Opened, names: dict[str, str], matters: Matters, album: Path | None
) -> None:
    async with opened(f"/audit/cases/{matters.closed}/verification", AUDITOR, scheme="dark") as page:
        await page.emulate_media(media="print")
        await expect(page.get_by_role("heading", name="核验报告")).to_be_visible()
        await expect(page.locator(".answer")).to_have_count(5)
        await expect(page.locator(".tabs")).to_be_hidden()
        assert await page.locator("button:visible").count() == 0
        if album is not None:
            await page.pdf(path=album / "audit-report.pdf", format="A4")


async def test_touch_targets_are_large_enough_on_a_telephone(
    opened: Opened, names: dict[str, str], matters: Matters
) -> None:
    for path in (f"/audit/cases/{matters.heater}", "/audit", "/audit/checkpoints"):
        async with opened(path, AUDITOR, width=375) as page:
            small = await page.evaluate(
                "[...document.querySelectorAll('button, .button, select, input:not([type=hidden])')]"
                ".filter(e => e.checkVisibility() && e.type !== 'radio' && e.type !== 'checkbox'"
                " && e.getBoundingClientRect().height > 0 && e.getBoundingClientRect().height < 43.5)"
                ".map(e => e.outerHTML.slice(0, 120))"
            )
            assert small == []
