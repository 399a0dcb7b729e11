"""The door over real servers with the demo town inside, and matters of every kind that are not everybody's."""

from collections.abc import AsyncIterator

import pytest
from doorway import Deployment, door_over, servers_with_town
from page_stories import open_matters

from tests.rights.probing import Scene, set_scene


@pytest.fixture(scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """Servers, a worker and a door that counts nobody's requests."""
    many = "1000000/minute"
    async with (
        servers_with_town(tmp_path_factory.mktemp("rights")) as settings,
        door_over(settings, rate_sign_in=many, rate_search=many, rate_filing=many) as deployment,
    ):
        yield deployment


@pytest.fixture(scope="module")
async def scene(deployment: Deployment) -> Scene:
    """Cases in the middle of their procedures, some of them confidential."""
    return await set_scene(deployment, await open_matters(deployment))
