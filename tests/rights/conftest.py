"""The door over real servers with the demo town inside, and matters of every kind that are not everybody's."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from doorway import Deployment
from page_stories import open_matters

from activities.migrate import migrate
from activities.settings import Role, Settings
from api.app import create_app
from rehearsal.settle import settle
from rehearsal.town import load_town
from stack import Stack
from tests.rights.probing import Scene, set_scene
from worker import serve


@pytest.fixture(scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """Servers, a worker and a door that counts nobody's requests."""
    async with Stack(tmp_path_factory.mktemp("rights"), durable=False) as servers:
        settings = Settings.model_validate(
            {name.removeprefix("HERUN_").lower(): value for name, value in servers.environment.items()}
        )
        await migrate(settings.url(Role.OWNER))
        await settle(settings.url(Role.OWNER), load_town())
        stop = asyncio.Event()
        worker = asyncio.create_task(serve(settings, stop))
        many = "1000000/minute"
        app = create_app(
            settings.model_copy(update={"rate_sign_in": many, "rate_search": many, "rate_filing": many})
        )
        owner = await asyncpg.connect(settings.url(Role.OWNER))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as http:
            yield Deployment(settings, app, http, owner)
        stop.set()
        await worker
        await app.state.door.database.close()
        await owner.close()


@pytest.fixture(scope="module")
async def scene(deployment: Deployment) -> Scene:
    """Cases in the middle of their procedures, some of them confidential."""
    return await set_scene(deployment, await open_matters(deployment))
