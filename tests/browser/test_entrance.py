"""The residents' entrance in a real browser: on a telephone, with and without a script, by keyboard alone."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from doorway import Deployment
from page_stories import MANHOLE, Matters
from playwright.async_api import Page, expect

Opened = Callable[..., AbstractAsyncContextManager[Page]]

expect.set_options(timeout=20_000)  # a shared machine may be slow, and nobody waits longer than needed

WIDTHS = (375, 1280)
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAGES = {
    "entrance": (None, "/file"),
    "entrance-mend": (None, "/file/mend"),
    "entrance-quarrel": (None, "/file/quarrel"),
    "entrance-complaint": (None, "/file/complaint"),
    "entrance-staff": ("xingye.worker", "/file/unsure"),
    "my-order": ("resident-01", "/my/{lamps}"),
    "my-closed": ("resident-01", "/my/{closed}"),
    "my-mediation": ("resident-01", "/my/{heater}"),
    "my-petition": ("resident-01", "/my/{wages}"),
}
"""Name → who looks, and the address."""


async def looked_at(page: Page, width: int, album: Path | None, name: str) -> None:
    await page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true })")
    found = await Axe().run(page, options=WCAG)
    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    if album is not None:
        await page.screenshot(path=album / f"{name}.png", full_page=True)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
async def test_axe_finds_nothing_in_either_language_or_theme(
    name: str, width: int, opened: Opened, matters: Matters, album: Path | None
) -> None:
    account, path = PAGES[name]
    for language, scheme in (("zh", "light"), ("zh", "dark"), ("en", "light")):
        where = path.format(**vars(matters))
        async with opened(where, account, width=width, scheme=scheme, language=language) as page:
            suffix = "en" if language == "en" else scheme
            await looked_at(page, width, album, f"{name}-{width}-{suffix}")


async def filled(page: Page, text: str) -> None:
    await page.get_by_label("什么坏了，怎么了？").fill(text)
    await page.get_by_label("在哪个社区或村？").fill("星叶社区")
    await page.get_by_label("怎么称呼您").fill("甲禾")
    await page.locator("#phone").fill("13800000311")


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_from_the_first_tap_to_the_receipt_and_on(
    script: bool, language: str, opened: Opened, album: Path | None
) -> None:
    async with opened("/file", width=375, script=script, language=language) as page:
        await page.locator("a[href='/file/mend']").click()
        await page.locator("#text").fill("楼道配电箱冒火花。旁边是木头楼梯。")
        await page.locator("#place").fill("没有这里")
        await page.locator("#name").fill("甲禾")
        await page.locator("#phone").fill("13800000311")
        await page.locator("form .main.large").click()
        await expect(page.locator("#place-wrong")).to_be_visible()
        await expect(page.locator("a[href='tel:119']")).to_be_visible()
        await expect(page.locator("#text")).to_have_value("楼道配电箱冒火花。旁边是木头楼梯。")
        if script:
            await looked_at(page, 375, album, f"entrance-wrong-375-{language}")
        await page.locator("#place_listed").select_option(index=1)
        await page.locator("form .main.large").click()
        await expect(page.locator(".big-number")).to_be_visible()
        if script:
            await looked_at(page, 375, album, f"filed-375-{language}")
        await page.reload()
        await expect(page.locator(".qr svg")).to_be_visible()
        await page.locator("form[action^='/follow/'] button").click()
        await expect(page.locator(".standing .sentence")).to_be_visible()
        form = page.locator("#act-supplement")
        await form.locator("summary").click()
        await form.locator("textarea").fill("火花更大了。")
        await form.get_by_role("button").click()
        await expect(page.get_by_role("status").first).to_be_visible()
        if script:
            await looked_at(page, 375, album, f"my-new-375-{language}")


async def test_filing_takes_one_form_by_keyboard_alone(opened: Opened) -> None:
    async with opened("/file/mend") as page:
        await page.locator("#text").focus()
        await page.keyboard.type("垃圾三天没清。")
        await page.keyboard.press("Tab")
        await page.keyboard.type("星叶社区")
        for _ in range(20):
            await page.keyboard.press("Tab")
            if await page.evaluate("document.activeElement.textContent.trim()") == "提交":
                break
        outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        await page.keyboard.press("Enter")
        await expect(page.locator(".big-number")).to_be_visible()


async def test_pressing_send_twice_files_once(opened: Opened, deployment: Deployment) -> None:
    counted = "SELECT count(*) FROM case_register"
    async with opened("/file/mend", width=375) as page:
        before = await deployment.owner.fetchval(counted)
        await filled(page, "下水道堵了。")
        await page.locator("form .main.large").dblclick()
        await expect(page.locator(".big-number")).to_be_visible()
    assert await deployment.owner.fetchval(counted) == before + 1


@pytest.mark.parametrize("script", [True, False])
async def test_the_work_is_rated_by_keyboard_alone(
    script: bool, opened: Opened, deployment: Deployment, album: Path | None
) -> None:
    number = await (await deployment.person("resident-01")).opened("/v1/orders", MANHOLE)
    worker, water = await deployment.person("xingye.worker"), await deployment.person("shuiwu.handler")
    await worker.done(number, "order.accept_need", service="service")
    await worker.done(number, "order.dispatch", units=["市水务局"])
    await water.done(number, "order.accept")
    await water.done(number, "order.complete", result="已换好新的井盖，现场照片见附件。")
    async with opened(f"/my/{number}", "resident-01", width=375, script=script) as page:
        if script and album is not None:
            await page.screenshot(path=album / "my-rating-375-light.png", full_page=True)
        for name, mark in (("speed", 5), ("attitude", 4), ("resolution", 3)):
            await page.locator(f"#act-rate input[name={name}]").first.focus()
            await page.keyboard.press("Space")
            for _ in range(mark - 1):
                await page.keyboard.press("ArrowRight")
            assert await page.locator(f"#act-rate input[name={name}]:checked").input_value() == str(mark)
        await page.locator("#act-rate button.main").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("已记下")).to_be_visible()
        await expect(page.locator("#act-rate")).to_have_count(0)
