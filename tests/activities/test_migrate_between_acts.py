"""A migration beside acts: it never makes them wait longer than a moment, and says so when it gets no turn."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from activities import migrate as module
from activities.migrate import Migration, MigrationError, migrate, migrations, version
from activities.settings import Role as Login

NEXT = Migration(len(migrations()) + 1, "9999_wider.sql", "ALTER TABLE party ADD COLUMN more text", "ab")


@pytest.fixture
async def owner(empty_database, monkeypatch) -> AsyncIterator[asyncpg.Connection]:
    monkeypatch.setattr(module, "LOCK_PATIENCE", 50)
    monkeypatch.setattr(module, "PAUSE", 0.01)
    await migrate(empty_database.url(Login.OWNER))
    connection = await empty_database.connect(Login.OWNER)
    yield connection
    await connection.close()


@asynccontextmanager
async def somebody_reads(empty_database) -> AsyncIterator[None]:
    """A long query: it holds the table as a report of an hour would."""
    reader = await empty_database.connect(Login.READER)
    async with reader.transaction():
        await reader.execute("SELECT count(*) FROM party")
        yield
    await reader.close()


async def test_a_migration_that_gets_no_turn_changes_nothing_and_says_so(
    empty_database, owner, monkeypatch
) -> None:
    monkeypatch.setattr(module, "ATTEMPTS", 2)
    async with somebody_reads(empty_database):
        with pytest.raises(MigrationError, match=r"9999_wider\.sql"):
            await migrate(empty_database.url(Login.OWNER), (*migrations(), NEXT))
    assert await version(owner) == len(migrations())


async def test_a_migration_comes_back_until_the_table_is_free(empty_database, owner, monkeypatch) -> None:
    monkeypatch.setattr(module, "ATTEMPTS", 10_000)
    async with somebody_reads(empty_database):
        under_way = asyncio.create_task(migrate(empty_database.url(Login.OWNER), (*migrations(), NEXT)))
        await asyncio.wait([under_way], timeout=0.2)
        assert not under_way.done()
        async with asyncio.timeout(30):  # whoever comes behind it is let through
            await owner.execute("INSERT INTO party (party_id) VALUES ('while-it-waits')")
    assert await under_way == ("9999_wider.sql",)
    assert await owner.fetchval("SELECT count(*) FROM party WHERE more IS NULL") == 1
