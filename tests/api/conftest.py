"""The door over real servers, a worker beside it, the demo town inside, and a client for each account."""

from collections.abc import AsyncIterator

import pytest
from doorway import Deployment, Person, door_over, servers_with_town

from activities.settings import Settings


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Settings]:
    """Servers with the schema and the demo town."""
    async with servers_with_town(tmp_path_factory.mktemp("door")) as settings:
        yield settings


@pytest.fixture(scope="session")
async def deployment(stack: Settings) -> AsyncIterator[Deployment]:
    """A worker and the door."""
    async with door_over(stack) as deployment:
        yield deployment


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
