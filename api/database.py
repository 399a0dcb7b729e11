"""The door's way to Postgres: as `herun_door`, which reads everything and inserts content and intake."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg

from activities.pools import let_go
from activities.settings import Role, Settings
from api.problems import unavailable

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy"

PATIENCE = 5.0  # seconds for a connection, and for one that is free
LONGEST_STATEMENT = 10.0  # seconds until a server that took a statement and does not answer counts as away

_DOWN = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what the driver calls a connection that broke in the middle of a word
    asyncpg.InvalidCachedStatementError,  # the schema was brought forward in the middle of a transaction
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)


class Database:
    """A pool that is made when first needed, so that the door opens before Postgres does."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.url(Role.DOOR)
        self._sizes = settings.pool_min, settings.pool_max
        self._pool: asyncpg.Pool | None = None
        self._making = asyncio.Lock()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for a few statements. Raises Problem `record_unavailable` (503)."""
        try:
            pool = self._pool or await self._make()
            async with pool.acquire(timeout=PATIENCE) as connection:
                yield connection
        except _DOWN as absent:
            raise unavailable("record_unavailable") from absent

    async def is_up(self) -> bool:
        """Whether Postgres answers."""
        try:
            pool = self._pool or await self._make()
            return bool(await pool.fetchval("SELECT true", timeout=PATIENCE))
        except _DOWN:
            return False

    @property
    def connections(self) -> tuple[int, int]:
        """How many there are, and how many of them are idle."""
        return (self._pool.get_size(), self._pool.get_idle_size()) if self._pool is not None else (0, 0)

    async def close(self) -> None:
        """Let every connection go."""
        if self._pool is not None:
            await let_go(self._pool)
            self._pool = None

    async def _make(self) -> asyncpg.Pool:
        async with self._making:
            if self._pool is None:
                least, most = self._sizes
                self._pool = await asyncpg.create_pool(
                    self._url, min_size=least, max_size=most, timeout=PATIENCE, reset=_keep,
                    command_timeout=LONGEST_STATEMENT,
                )  # fmt: skip
            return self._pool


async def _keep(connection: asyncpg.Connection) -> None:
    """Nothing here leaves a mark on a session, so nothing has to be undone between two uses."""
