"""The mediation room in a real browser: axe at two widths, in two themes and languages, and a day's work in it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Literal

import dispute_stories as disputes
import pytest
from axe_playwright_python.async_playwright import Axe
from doorway import Deployment
from playwright.async_api import Page, expect

Opened = Callable[..., AbstractAsyncContextManager[Page]]

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SCHEMES: dict[str, tuple[Literal["light", "dark"], ...]] = {"zh": ("light", "dark"), "en": ("light",)}
PLACES = {
    "room-intake": ("xingye.mediator", "new", "room"),
    "room-consent": ("xingye.mediator", "visited", "room"),
    "room-sessions": ("xingye.mediator", "sat", "room"),
    "room-signing": ("xingye.mediator", "agreed", "room"),
    "room-performing": ("xingye.mediator", "sealed", "room"),
    "room-settled": ("xingye.mediator", "settled", "room"),
    "room-party": ("resident-01", "agreed", "room"),
    "documents": ("xingye.mediator", "settled", "documents"),
    "documents-party": ("resident-01", "sat", "documents"),
}
"""Name → who looks, at a dispute at which place, at which page."""


@pytest.fixture(scope="session")
async def disputed(deployment: Deployment) -> dict[str, str]:
    """A dispute at every place of the procedure: place → number."""
    found: dict[str, str] = {}
    for last in range(7):
        mine = await disputes.table(deployment)
        ways = (mine.visited, mine.consented, mine.sat, mine.agreed, mine.sealed, mine.settled)
        for way in ways[:last]:
            await way()
        found[("new", *(way.__name__ for way in ways))[last]] = mine.number
    return found


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("name", PLACES)
async def test_axe_finds_nothing_in_the_room(
    name: str, width: int, opened: Opened, disputed: dict[str, str], album: Path | None
) -> None:
    account, place, page_name = PLACES[name]
    path = f"/cases/{disputed[place]}/{page_name}"
    for language in ("zh", "en"):
        async with opened(path, account, width=width, language=language) as page:
            if album is not None and language == "zh":
                await page.screenshot(path=album / f"{name}-{width}.png", full_page=True)
            await page.evaluate("document.querySelectorAll('main details').forEach(e => { e.open = true })")
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
            for scheme in SCHEMES[language]:
                await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                found = await Axe().run(page, options=WCAG)
                assert found.violations_count == 0, found.generate_report()
                if album is not None:
                    picture = album / f"{name}-{width}-{language}-{scheme}.png"
                    await page.screenshot(path=picture, full_page=True)


@pytest.mark.parametrize("script", [True, False])
async def test_a_dispute_from_notice_to_agreement_by_mouse(
    script: bool, opened: Opened, deployment: Deployment, tmp_path: Path
) -> None:
    mine = await disputes.table(deployment)
    await mine.visited()
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(disputes.SCAN)
    async with opened(f"/cases/{mine.number}/room", "xingye.mediator", script=script) as page:
        for _ in range(2):
            await page.get_by_role("button", name="送达权利义务告知书").first.click()
        for _ in range(2):
            await page.get_by_role("button", name="同意调解").first.click()
        await page.locator("#step-consent").get_by_role("button", name="受理", exact=True).click()
        session = page.locator("#act-mediation-session")
        await session.locator("summary").click()
        await session.get_by_label("记录").fill("双方核对了单据。")
        await session.get_by_role("button", name="组织调解").click()
        await expect(page.locator("#step-sessions")).to_contain_text("双方核对了单据。")
        agree = page.locator("#act-mediation-agree")
        await agree.locator("summary").click()
        await agree.get_by_text("书面").click()
        for name, text in disputes.TERMS.items():
            await agree.locator(f"[name={name}]").fill(text)
        await agree.locator("[name=perform_by]").fill("2027-01-15")
        await agree.get_by_role("button", name="达成协议").click()
        for place in (1, 2):
            row = page.locator(f"#sign-{place}")
            await row.locator("summary").click()
            await row.locator("input[type=file]").set_input_files(scan)
            await row.locator("button.main").click()
        await page.get_by_role("button", name="签章生效").click()
        await expect(page.locator("#step-confirmation")).to_contain_text("截止")
        await expect(page.locator("#papers").locator("..")).to_contain_text("人民调解协议书")
