"""Pools of connections to Postgres, and how they are let go."""

import asyncio
from contextlib import suppress

import asyncpg

FAREWELL = 10.0
"""Seconds within which connections are given back."""


async def let_go(pool: asyncpg.Pool, within: float = FAREWELL) -> None:
    """Close every connection; those that are not given back in time are cut, and keep nobody from stopping."""
    with suppress(TimeoutError):  # the pool cuts them when its closing is cancelled
        async with asyncio.timeout(within):
            await pool.close()
