"""Connections of each role to the module's database, and the ledger on it."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from activities.ledger import Ledger
from activities.settings import Role as Login


@pytest.fixture
async def pool(database: Any) -> AsyncIterator[asyncpg.Pool]:
    """Connections of the worker's writer."""
    async with asyncpg.create_pool(database.url(Login.LEDGER), min_size=1, max_size=4) as pool:
        yield pool


@pytest.fixture
async def ledger(pool: asyncpg.Pool) -> AsyncIterator[Ledger]:
    ledger = Ledger(pool)
    yield ledger
    await ledger.close()


@pytest.fixture
async def owner(database: Any) -> AsyncIterator[asyncpg.Connection]:
    connection = await database.connect(Login.OWNER)
    yield connection
    await connection.close()


@pytest.fixture
async def door(database: Any) -> AsyncIterator[asyncpg.Connection]:
    connection = await database.connect(Login.DOOR)
    yield connection
    await connection.close()
