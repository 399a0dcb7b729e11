"""A real browser before the real pages: Debian's Chromium, a worker and the door on a port. By `make browser`."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn
from doorway import Deployment, door_over, servers_with_town
from page_stories import Matters, open_matters, session_for

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

IS_WANTED = "HERUN_BROWSER" in os.environ
collect_ignore_glob = [] if IS_WANTED else ["test_*.py"]

CHROMIUM = os.environ.get("HERUN_CHROMIUM", "/usr/bin/chromium")

Opened = Callable[..., AbstractAsyncContextManager["Page"]]


@pytest.fixture(scope="session")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """Servers, a worker, and the door listening."""
    async with (
        servers_with_town(tmp_path_factory.mktemp("browser")) as settings,
        door_over(settings) as inside,
    ):
        config = uvicorn.Config(
            inside.app, host=settings.api_host, port=settings.api_port, log_config=None, access_log=False
        )
        server = uvicorn.Server(config)
        inside.app.state.is_stopping = lambda: server.should_exit
        listening = asyncio.create_task(server.serve())
        base = f"http://{settings.api_host}:{settings.api_port}"
        async with httpx.AsyncClient(base_url=base, transport=httpx.AsyncHTTPTransport(retries=20)) as http:
            await http.get("/healthz")
            yield replace(inside, http=http)
        server.should_exit = True
        await listening


@pytest.fixture(scope="session")
async def matters(deployment: Deployment) -> Matters:
    """Cases of every kind in the middle of their procedures."""
    return await open_matters(deployment)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator["Browser"]:
    """The browser itself."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture
def opened(deployment: Deployment, chromium: "Browser") -> Opened:
    """`async with opened("/work", account, width=375, scheme="dark", language="en", script=True)`."""

    @asynccontextmanager
    async def open_page(
        path: str, account: str | None = None, *, width: int = 1280, scheme: Any = "light",
        language: str = "zh", script: bool = True,
    ) -> AsyncIterator["Page"]:  # fmt: skip
        base = str(deployment.http.base_url)
        context = await chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, locale="zh-CN",
            java_script_enabled=script, base_url=base, reduced_motion="reduce",
        )  # fmt: skip
        cookies = {"herun_language": language}
        if account:
            cookies["herun_session"] = await session_for(deployment.settings, account)
        await context.add_cookies(
            [{"name": name, "value": value, "url": base} for name, value in cookies.items()]
        )
        page = await context.new_page()
        page.set_default_timeout(20_000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        await page.goto(path)
        yield page
        await context.close()
        assert [each for each in errors if "Failed to load resource" not in each] == []

    return open_page


@pytest.fixture
def album() -> Path | None:
    """Where `make screenshots` wants pictures; None when nobody asked for any."""
    folder = os.environ.get("HERUN_SCREENSHOTS")
    if folder is None:
        return None
    Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder)
