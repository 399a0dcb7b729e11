"""The four procedures from first form to end, on the pages alone: by mouse, by keyboard, on a telephone, plain."""

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import dispute_stories as disputes
import pytest
from page_walks import WALKS, Step, Walk
from playwright.async_api import Locator, Page, expect

Opened = Callable[..., AbstractAsyncContextManager[Page]]
NUMBER = re.compile(r"[OMPW]\d{8}-\d{5}")
_MOST_TABS = 200


class Hand:
    """How somebody fills in a form."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self.folder = folder

    async def fill(self, form: Locator, values: Mapping[str, str]) -> None:
        """Write every value into its control, and send the form; a second question is answered with yes."""
        for name, value in values.items():
            if value == "scan.pdf":
                scan = self.folder / value
                scan.write_bytes(disputes.SCAN)
                await form.locator(f"input[type=file][name='{name}']").set_input_files(scan)
            else:
                await self.write(form, name, value)
        await self.press(form.locator("button.main, button:not([name])").last)
        if await self.page.get_by_role("dialog").count():
            await self.press(self.page.get_by_role("dialog").get_by_role("button").last)

    @abstractmethod
    async def write(self, form: Locator, name: str, value: str) -> None:
        """One value."""

    @abstractmethod
    async def press(self, control: Locator) -> None:
        """A button, or the heading of a fold."""


class Mouse(Hand):
    """Clicks."""

    async def write(self, form: Locator, name: str, value: str) -> None:
        control = form.locator(f"[name='{name}']").first
        if await control.get_attribute("type") in ("radio", "checkbox"):
            chosen = form.locator(f"[name='{name}'][value='{value}']")
            await chosen.locator("xpath=ancestor::label").click()
        elif await control.evaluate("e => e.tagName") == "SELECT":
            await control.select_option(value)
        else:
            await control.fill(value)

    async def press(self, control: Locator) -> None:
        await control.click()


class Keyboard(Hand):
    """Touches nothing but Tab, arrows, Space, Enter and letters."""

    async def write(self, form: Locator, name: str, value: str) -> None:
        control = form.locator(f"[name='{name}']").first
        kind = await control.get_attribute("type")
        if kind == "radio":
            await self._reach(form.locator(f"[name='{name}']:checked, [name='{name}']"))
            await self.page.keyboard.press("Space")
            await self._turn("ArrowDown", form.locator(f"[name='{name}'][value='{value}']"), "e => e.checked")
        elif await control.evaluate("e => e.tagName") == "SELECT":
            await self._reach(control)
            await self._turn("ArrowDown", control, f"e => e.value === {value!r}")
        else:
            await self._reach(control)
            await self.page.keyboard.type(value)

    async def press(self, control: Locator) -> None:
        await self._reach(control)
        await self.page.keyboard.press("Enter")

    async def _reach(self, controls: Locator) -> None:
        for _ in range(_MOST_TABS):
            if await controls.evaluate_all("all => all.includes(document.activeElement)"):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"no way by Tab to {controls}")

    async def _turn(self, key: str, control: Locator, until: str) -> None:
        for _ in range(40):
            if await control.evaluate(until):
                return
            await self.page.keyboard.press(key)
        raise AssertionError(f"{key} never makes {control} {until}")


WAYS: Mapping[str, tuple[type[Hand], int, bool]] = {
    "mouse": (Mouse, 1280, True),
    "keyboard": (Keyboard, 1280, True),
    "telephone": (Mouse, 375, True),
    "plain": (Mouse, 1280, False),
}


@pytest.mark.parametrize(
    ("way", "name"),
    [*(("mouse", each) for each in WALKS), ("keyboard", "order"), ("keyboard", "whistle"),
     ("telephone", "mediation"), ("plain", "petition")],
)  # fmt: skip
@pytest.mark.timeout(600)
async def test_a_procedure_is_walked_to_its_end_on_the_pages_alone(
    way: str, name: str, opened: Opened, tmp_path: Path
) -> None:
    walk = WALKS[name]
    number = await _file(walk, way, opened, tmp_path)
    for step in walk.steps:
        await _take(step, number, way, opened, tmp_path)
    async with opened(f"/cases/{number}", "shenji.auditor") as page:
        await expect(page.locator(".steps [aria-current=step]")).to_contain_text(walk.ends)


async def _file(walk: Walk, way: str, opened: Opened, folder: Path) -> str:
    """Fill in the form at the entrance; the number stands on what follows."""
    hand, width, script = WAYS[way]
    async with opened(walk.door, walk.who, width=width, script=script) as page:
        await hand(page, folder).fill(page.locator(f"form[action='{walk.door}']"), walk.opening)
        await expect(page.locator("main")).to_contain_text(NUMBER)
        found = NUMBER.search(await page.locator("main").inner_text())
        assert found is not None
        return found.group()


async def _take(step: Step, number: str, way: str, opened: Opened, folder: Path) -> None:
    """Find the act's form on the case's page, fill it in, and read the receipt."""
    hand, width, script = WAYS[way]
    async with opened(step.place(number), step.who, width=width, script=script) as page:
        form = page.locator(f"form[action$='/acts/{step.act}'], form[action*='/acts/{step.act}#']").first
        assert await form.count(), (step, await page.locator("main").inner_text())
        at_work = hand(page, folder)
        fold = form.locator("xpath=ancestor::details[not(@open)]")
        if await fold.count():
            await at_work.press(fold.locator("summary").first)
        values = {name: each.format(case=number) for name, each in step.values.items()}
        await at_work.fill(form, values)
        await expect(page.get_by_role("status").first, step.act).to_be_visible()
