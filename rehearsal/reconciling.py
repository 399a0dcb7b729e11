"""Looks where ledger and Temporal have parted and brings them together, on a running Herun or on a restored copy."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from temporalio.client import Client

from activities.migrate import migrate
from activities.pools import let_go
from activities.processes import ProcessError
from activities.settings import MissingSettingError, Role, Settings
from activities.shelf import load_shelf
from audit.replays.reconcile import Parted, parted
from domain.shelf import Shelf
from rehearsal.mending import LAGGING, Mended, rewrite, teach
from rehearsal.premises import worker
from stack import Stack, running
from workflows import runtime


@dataclass(frozen=True, slots=True)
class Reach:
    """A way to both sides; `stack` where they were started for this, and no worker runs."""

    settings: Settings
    pool: asyncpg.Pool
    client: Client
    shelf: Shelf
    stack: Stack | None = None

    async def look(self) -> list[Parted]:
        """Where they have parted now."""
        return await parted(self.pool, self.client, self.shelf)

    async def mend(self, cases: Sequence[Parted]) -> Mended:
        """Bring them together, first what must be done before a worker runs. Needs the owner's and the ledger's url."""
        owner = await asyncpg.connect(self.settings.url(Role.OWNER))
        writer = await asyncpg.create_pool(self.settings.url(Role.LEDGER), min_size=1, max_size=4)
        try:
            mended = await rewrite(writer, owner, cases)
        finally:
            await let_go(writer)
            await owner.close()
        if self.stack is not None and any(each.how in LAGGING for each in cases):
            await self.stack.add(worker(self.stack.environment)).start()
        return await teach(self.pool, self.client, self.settings.task_queue, cases, mended)


@asynccontextmanager
async def reaching(data: Path) -> AsyncIterator[Reach]:
    """The deployment of the environment, or the Herun that runs on a folder, or servers started on it for now.

    Raises ProcessError where there is neither.
    """
    async with AsyncExitStack() as open_now:
        settings, stack = _deployed(data), None
        if settings is None:
            if not (data / "postgres").exists():
                raise ProcessError(f"目录 {data} 上没有和润。/ There is no Herun in the folder {data}.")
            stack = await open_now.enter_async_context(Stack(data))
            settings = Settings.of(stack.environment)
            await migrate(settings.url(Role.OWNER))
        pool = await open_now.enter_async_context(_pool(settings))
        client = await runtime.connect(settings.temporal_address, settings.temporal_namespace)
        yield Reach(settings, pool, client, load_shelf(settings.editions_dir), stack)


@asynccontextmanager
async def _pool(settings: Settings) -> AsyncIterator[asyncpg.Pool]:
    pool = await asyncpg.create_pool(settings.url(Role.READER), min_size=1, max_size=4)
    try:
        yield pool
    finally:
        await let_go(pool)


def _deployed(data: Path) -> Settings | None:
    """What the environment names, or what runs on the folder; None where nothing does."""
    settings = Settings()
    with suppress(MissingSettingError):
        settings.url(Role.READER)
        return settings
    with suppress(ProcessError):
        return Settings.of(running(data))
    return None
