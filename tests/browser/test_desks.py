"""The two desks in a real browser: axe, no sideways scroll, a day at each by mouse, by keyboard, without a script."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from doorway import Deployment
from page_stories import LAMPS, MANHOLE, PIPE, WAGES, Matters
from playwright.async_api import Page, expect

Opened = Callable[..., AbstractAsyncContextManager[Page]]

PAGES = {
    "dispatch": ("xingye.worker", "/dispatch"),
    "dispatch-order": ("xingye.worker", "/dispatch/{twin}"),
    "dispatch-officer": ("xinfang.officer", "/dispatch"),
    "dispatch-split": ("xinfang.officer", "/dispatch/{petition}/split"),
    "dispatch-leader": ("binhu.leader", "/dispatch"),
    "dispatch-whistle": ("binhu.leader", "/dispatch/whistle"),
    "dispatch-empty": ("yunqi.worker", "/dispatch"),
    "desk": ("chengguan.handler", "/desk"),
    "desk-whistle": ("zhujian.handler", "/desk?tray=whistle"),
    "desk-empty": ("wenlv.head", "/desk"),
}
LOOKS = (("light", "zh"), ("dark", "zh"), ("light", "en"))
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@dataclass
class Laid:
    """What lies on the desks: a matter told twice, one that nobody sorted, a petition to split."""

    twin: str
    petition: str


@pytest.fixture(scope="session")
async def laid(deployment: Deployment, matters: Matters) -> Laid:
    """Work for both desks, besides the matters of the other pages."""
    resident, officer = await deployment.person("resident-01"), await deployment.person("xinfang.officer")
    worker, city = await deployment.person("xingye.worker"), await deployment.person("chengguan.handler")
    done = await resident.opened("/v1/orders", {**MANHOLE, "title": "东门井盖响"})
    await worker.done(done, "order.accept_need", service="service")
    await worker.done(done, "order.dispatch", units=["市城管局"])
    await city.done(done, "order.accept")
    text = "南门外人行道井盖松了，车一压就翘起来，老人差点踩空。"
    twin = await resident.opened("/v1/orders", {**MANHOLE, "title": "南门外井盖翘起来", "text": text})
    await resident.opened("/v1/orders", {**LAMPS, "matter": "unsorted", "title": "菜市场路灯不亮"})
    petition = await resident.opened("/v1/petitions", {**WAGES, "title": "二期工地欠薪"})
    await officer.done(petition, "petition.sort", category="claim", path="residual")
    await resident.opened("/v1/petitions", {**WAGES, "title": "三期工地欠薪"})
    await worker.opened("/v1/whistles", {**PIPE, "whistle": "everyday", "title": "排水管又爆"})
    return Laid(twin, petition)


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("name", PAGES)
async def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    name: str, width: int, opened: Opened, laid: Laid, album: Path | None
) -> None:
    account, path = PAGES[name]
    for scheme, language in LOOKS:
        async with opened(
            path.format(**vars(laid)), account, width=width, scheme=scheme, language=language
        ) as page:
            if album is not None:
                look = f"{name}-{width}-{scheme if language == 'zh' else language}"
                await page.screenshot(path=album / f"{look}.png", full_page=True)
            await page.evaluate(
                "document.querySelectorAll('main details').forEach(each => { each.open = true })"
            )
            found = await Axe().run(page, options=WCAG)
            assert found.violations_count == 0, found.generate_report()
            assert await page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("script", [True, False])
async def test_a_matter_is_placed_from_the_desk_with_one_click(
    script: bool, opened: Opened, deployment: Deployment
) -> None:
    number = await (await deployment.person("resident-01")).opened("/v1/orders", MANHOLE)
    async with opened("/dispatch?tray=new", "xingye.worker", script=script) as page:
        await _find(page, number)
        card = page.locator(".desk-card").filter(has=page.locator(f"a.title[href='/cases/{number}']"))
        await expect(
            card.get_by_text("目录所列主办单位").or_(card.get_by_text("由其办理")).first
        ).to_be_visible()
        await card.locator(f"button[name=one][value={number}]").click()
        await expect(page.get_by_role("status").filter(has_text="已记入台账")).to_contain_text("下单")


async def test_many_are_chosen_and_dispatched_together(opened: Opened, deployment: Deployment) -> None:
    resident = await deployment.person("resident-01")
    numbers = [await resident.opened("/v1/orders", MANHOLE) for _ in range(2)]
    async with opened("/dispatch?tray=new", "xingye.worker") as page:
        for number in numbers:
            await _find(page, number)
        for number in numbers:
            await page.locator(f"input[name=chosen][value={number}]").check()
        await page.get_by_role("button", name="批量派单").click()
        await expect(page.get_by_text("已派 2 件")).to_be_visible()


async def test_a_department_accepts_and_finishes_by_keyboard_alone(
    opened: Opened, deployment: Deployment
) -> None:
    resident, worker = await deployment.person("resident-01"), await deployment.person("xingye.worker")
    number = await resident.opened("/v1/orders", LAMPS)
    await worker.done(number, "order.accept_need", service="service")
    await worker.done(number, "order.dispatch", units=["文旅局"])
    async with opened("/desk", "wenlv.handler") as page:
        await _tab_to(page, f"接单 {number}")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status").filter(has_text="已记入台账")).to_be_visible()
        await _tab_to(page, "办结")
        await page.keyboard.press("Enter")
        for _ in range(6):
            await page.keyboard.press("Tab")
            if await page.evaluate("document.activeElement.name") == "result":
                break
        await page.keyboard.type("六盏灯已换。")
        await page.keyboard.press("Control+Enter")
        await page.locator(f"form[action^='/desk/{number}/acts/order.complete'] button.main").press("Enter")
        await expect(page.get_by_role("status").filter(has_text="已记入台账")).to_be_visible()


async def test_touch_targets_are_large_enough_on_a_telephone(opened: Opened, laid: Laid) -> None:
    for account, path in (("xingye.worker", "/dispatch"), ("chengguan.handler", "/desk")):
        async with opened(path, account, width=375) as page:
            small = await page.evaluate(
                "[...document.querySelectorAll('main button, main summary, main .button, main select')]"
                ".filter(e => e.checkVisibility() && e.getBoundingClientRect().height > 0"
                " && e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 120))"
            )
            assert small == [], path


async def _find(page: Page, number: str) -> None:
    """Leaf through the desk until the matter is there."""
    while not await page.locator(f"a.title[href='/cases/{number}']").count():
        await page.locator("a[rel=next]").click()


async def _tab_to(page: Page, name: str) -> None:
    for _ in range(80):
        await page.keyboard.press("Tab")
        told = "(e => e.getAttribute('aria-label') || e.textContent.trim())(document.activeElement)"
        if str(await page.evaluate(told)).startswith(name):
            return
    raise AssertionError(name)
