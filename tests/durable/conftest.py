"""One pair of servers and one worker for the durable tests."""

from collections.abc import AsyncIterator

import pytest
from engine import Engine, engine_over, worker_on


@pytest.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    """Servers without a worker."""
    async with engine_over(tmp_path_factory.mktemp("durable")) as engine:
        yield engine


@pytest.fixture(scope="module")
async def engine(servers: Engine) -> AsyncIterator[Engine]:
    """Servers with a worker."""
    async with worker_on(servers):
        yield servers
