"""The pages over real servers: a worker and the door beside them, the demo town inside."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from doorway import Deployment, Person
from page_stories import Browser, browsing

from activities.migrate import migrate
from activities.settings import Role, Settings
from api.app import create_app
from rehearsal.settle import settle
from rehearsal.town import load_town
from stack import Stack
from worker import serve


@pytest.fixture(scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """Servers, a worker and the door, anew for each file: what one does to the town is nothing to the next."""
    async with Stack(tmp_path_factory.mktemp("pages"), durable=False) as servers:
        settings = Settings.model_validate(
            {name.removeprefix("HERUN_").lower(): value for name, value in servers.environment.items()}
        )
        await migrate(settings.url(Role.OWNER))
        await settle(settings.url(Role.OWNER), load_town())
        stop = asyncio.Event()
        worker = asyncio.create_task(serve(settings, stop))
        app = create_app(settings)
        owner = await asyncpg.connect(settings.url(Role.OWNER))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as http:
            yield Deployment(settings, app, http, owner)
        stop.set()
        await worker
        await app.state.door.database.close()
        await owner.close()


@pytest.fixture
async def resident(deployment: Deployment) -> Person:
    return await deployment.person("resident-01")


@pytest.fixture
async def community(deployment: Deployment) -> AsyncIterator[Browser]:
    """A community worker's browser."""
    async with browsing(deployment, "xingye.worker") as browser:
        yield browser


@pytest.fixture
async def neighbour(deployment: Deployment) -> AsyncIterator[Browser]:
    """The browser of a resident who has nothing to do with the matter."""
    async with browsing(deployment, "resident-02") as browser:
        yield browser


@pytest.fixture
async def stranger(deployment: Deployment) -> AsyncIterator[Browser]:
    """A browser in which nobody has signed in."""
    transport = httpx.ASGITransport(deployment.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as http:
        yield Browser(http, "")
