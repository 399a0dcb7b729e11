"""A pool is let go, whether or not everybody gives back what they took."""

import asyncpg
from conftest import Database

from activities.pools import let_go
from activities.settings import Role


async def test_what_was_given_back_is_closed(database: Database) -> None:
    pool = await asyncpg.create_pool(database.url(Role.READER), min_size=1, max_size=1)
    async with pool.acquire() as connection:
        assert await connection.fetchval("SELECT 1") == 1
    await let_go(pool)
    assert pool.is_closing()
    assert pool.get_size() == 0


async def test_what_nobody_gives_back_is_cut(database: Database) -> None:
    pool = await asyncpg.create_pool(database.url(Role.READER), min_size=1, max_size=1)
    await pool.acquire()
    await let_go(pool, within=0)
    assert pool.get_size() == 0
