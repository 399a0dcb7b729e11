"""The pages over real servers: a worker and the door beside them, the demo town inside."""

from collections.abc import AsyncIterator

import httpx
import pytest
from doorway import Deployment, Person, door_over, servers_with_town
from page_stories import Browser, browsing


@pytest.fixture(scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """Servers, a worker and the door, anew for each file: what one does to the town is nothing to the next."""
    async with (
        servers_with_town(tmp_path_factory.mktemp("pages")) as settings,
        door_over(settings) as deployment,
    ):
        yield deployment


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
