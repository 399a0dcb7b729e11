"""The door over real servers, a worker beside it, the demo town inside, and a client for each account."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from doorway import Deployment, Person

from activities.migrate import migrate
from activities.settings import Role, Settings
from api.app import create_app
from rehearsal.settle import settle
from rehearsal.town import load_town
from stack import Stack
from worker import serve


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Settings]:
    """Servers with the schema and the demo town."""
    async with Stack(tmp_path_factory.mktemp("door"), durable=False) as servers:
        settings = Settings.model_validate(
            {name.removeprefix("HERUN_").lower(): value for name, value in servers.environment.items()}
        )
        await migrate(settings.url(Role.OWNER))
        await settle(settings.url(Role.OWNER), load_town())
        yield settings


@pytest.fixture(scope="session")
async def deployment(stack: Settings) -> AsyncIterator[Deployment]:
    """A worker and the door."""
    stop = asyncio.Event()
    worker = asyncio.create_task(serve(stack, stop))
    app = create_app(stack)
    owner = await asyncpg.connect(stack.url(Role.OWNER))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as http:
        yield Deployment(stack, app, http, owner)
    stop.set()
    await worker
    await app.state.door.database.close()
    await owner.close()


@pytest.fixture
async def resident(deployment: Deployment) -> Person:
    return await deployment.person("resident-01")


@pytest.fixture
async def neighbour(deployment: Deployment) -> Person:
    return await deployment.person("resident-02")


@pytest.fixture
async def worker(deployment: Deployment) -> Person:
    return await deployment.person("xingye.worker")


@pytest.fixture
async def water(deployment: Deployment) -> Person:
    return await deployment.person("shuiwu.handler")


@pytest.fixture
async def housing(deployment: Deployment) -> Person:
    return await deployment.person("zhujian.handler")


@pytest.fixture
async def auditor(deployment: Deployment) -> Person:
    return await deployment.person("shenji.auditor")


@pytest.fixture
async def officer(deployment: Deployment) -> Person:
    return await deployment.person("xinfang.officer")
