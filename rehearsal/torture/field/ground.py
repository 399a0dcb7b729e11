"""A Herun whose every process can be killed and started by itself: servers, workers and a door over one folder."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import asyncpg

from activities import accounts
from activities.migrate import migrate
from activities.processes import Child, Environment
from activities.settings import Role, Settings
from rehearsal.premises import UNCOUNTED, door, worker
from rehearsal.settle import settle_people
from rehearsal.staff import staff
from rehearsal.town import Account, Town, load_town
from stack import Stack

_OPEN: Environment = {
    **UNCOUNTED,
    "HERUN_DRILL": "true",
    "HERUN_LOG_LEVEL": "warning",
}
"""A few clients do the work of a town, in drill time."""

_A_WEEK = timedelta(days=7)

Reroute = Callable[[Settings], Awaitable[tuple[Environment, Environment]]]
"""By which ways workers and door reach the servers: what is different in the environment of either."""


async def straight(settings: Settings) -> tuple[Environment, Environment]:
    """The usual ways."""
    return {}, {}


@dataclass(frozen=True, slots=True)
class Plan:
    """How many workers there are, what is different about all, and how they and the door reach the servers."""

    workers: int = 2
    different: Environment = field(default_factory=dict)
    reroute: Reroute = straight


class Ground:
    """The processes of one Herun, and how to reach them."""

    def __init__(self, stack: Stack, settings: Settings, workers: list[Child], door: Child) -> None:
        self.stack, self.settings = stack, settings
        self.workers, self.door = workers, door
        self.temporal, self.postgres = stack.temporal, stack.postgres
        self.tokens: Mapping[str, str] = {}

    @property
    def url(self) -> str:
        """Where the door listens."""
        return f"http://{self.settings.api_host}:{self.settings.api_port}"

    async def start(self) -> None:
        """Whatever does not run, in the order in which they need one another."""
        for child in (self.postgres, self.temporal, *self.workers, self.door):
            await child.start()

    async def stop_ours(self) -> None:
        """Workers and door; the servers stay."""
        for child in (self.door, *self.workers):
            await child.stop()

    def connect(self, role: Role) -> Awaitable[asyncpg.Connection]:
        """A connection to Postgres by the usual way."""
        connecting: Awaitable[asyncpg.Connection] = asyncpg.connect(
            self.settings.url(role), timeout=5, command_timeout=30
        )
        return connecting


@asynccontextmanager
async def ground_over(folder: Path, plan: Plan) -> AsyncIterator[Ground]:
    """Servers, town, tokens, workers and door over a folder; all are stopped at the end."""
    async with Stack(folder) as stack:
        usual = {**stack.environment, **_OPEN, **plan.different}
        settings = Settings.of(usual)
        await _settle(settings, load_town())
        for_worker, for_door = await plan.reroute(settings)
        workers = [
            stack.add(worker({**usual, **for_worker}, f"worker-{n}")) for n in range(1, plan.workers + 1)
        ]
        ground = Ground(stack, settings, workers, stack.add(door({**usual, **for_door})))
        ground.tokens = await _tokens(ground)
        await ground.start()
        yield ground


def everybody(town: Town) -> Iterable[Account]:
    """The town's accounts, and one for each office's each role, so that no desk is empty."""
    return (*town.accounts, *staff(town.tree))


async def _settle(settings: Settings, town: Town) -> None:
    await migrate(settings.url(Role.OWNER))
    await settle_people(settings.url(Role.OWNER), town.tree, everybody(town), town.catalogue)


async def _tokens(ground: Ground) -> Mapping[str, str]:
    """A bearer token for each account."""
    owner = await ground.connect(Role.OWNER)
    try:
        people = sorted({each.id for each in everybody(load_town())})
        return {who: await accounts.create_token(owner, who, _A_WEEK) for who in people}
    finally:
        await owner.close()
