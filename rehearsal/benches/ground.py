"""The servers a benchmark runs on, in a folder that is gone afterwards, and the people who act there."""

import json
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import httpx
from temporalio.client import Client

from activities import accounts
from activities.migrate import migrate
from activities.processes import Environment, Part
from activities.settings import Role, Settings
from rehearsal import premises
from rehearsal.premises import UNCOUNTED, worker
from rehearsal.settle import settle
from rehearsal.town import load_town
from stack import STATE, up
from workflows import runtime

T = TypeVar("T")
Parts = Callable[[Environment], Sequence[Part]]
PEOPLE = ("xingye.worker", "zhujian.handler", "xinfang.officer", "resident-01")

_keys = count(1)
_run = f"{time.time_ns():x}"[-8:]


@dataclass(frozen=True)
class Ground:
    """A Herun that runs: how to reach its parts, and where its state lies."""

    environment: Environment
    data: Path
    client: Client

    @property
    def settings(self) -> Settings:
        """The same as the settings of one of its processes."""
        return Settings.of(self.environment)

    def url(self, role: Role) -> str:
        """Where a role logs in to Postgres."""
        return self.settings.url(role)

    @property
    def pids(self) -> dict[str, int]:
        """The processes that run, by name."""
        state = json.loads((self.data / STATE).read_text(encoding="utf-8"))
        return {name: pid for name, pid in state["parts"].items() if pid}

    @asynccontextmanager
    async def connection(self, role: Role) -> AsyncIterator[asyncpg.Connection]:
        """One connection to Postgres."""
        connection = await asyncpg.connect(self.url(role))
        try:
            yield connection
        finally:
            await connection.close()


async def over(measure: Callable[[Ground], Awaitable[T]], parts: Parts) -> T:
    """Start servers, load the demo town, start these parts, measure, and stop everything."""
    found: list[T] = []

    async def prepare(environment: Environment) -> None:
        await migrate(environment["HERUN_OWNER_URL"])
        await settle(environment["HERUN_OWNER_URL"], load_town())

    with tempfile.TemporaryDirectory(prefix="herun-") as folder:
        data = Path(folder)

        async def during(environment: Environment) -> int:
            address, namespace = (
                environment["HERUN_TEMPORAL_ADDRESS"],
                environment["HERUN_TEMPORAL_NAMESPACE"],
            )
            client = await runtime.connect(address, namespace)
            found.append(await measure(Ground(environment, data, client)))
            return 0

        await up(data, parts, prepare=prepare, during=during)
    if not found:
        raise KeyboardInterrupt
    return found[0]


def worker_alone(environment: Environment) -> tuple[Part, ...]:
    """No door."""
    return (worker(environment),)


def nothing(environment: Environment) -> tuple[Part, ...]:
    """Servers only."""
    return ()


def door_too(environment: Environment) -> tuple[Part, ...]:
    """A worker and a door that counts nobody's requests."""
    return worker(environment), door(environment)


def door(environment: Environment) -> Part:
    """A door that counts nobody's requests."""
    return premises.door({**environment, **UNCOUNTED})


async def tokens(ground: Ground) -> Mapping[str, str]:
    """A bearer token for each of the people."""
    async with ground.connection(Role.OWNER) as connection:
        return {who: await accounts.create_token(connection, who, timedelta(days=1)) for who in PEOPLE}


@asynccontextmanager
async def at_the_door(ground: Ground) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API."""
    url = f"http://{ground.environment['HERUN_API_HOST']}:{ground.environment['HERUN_API_PORT']}"
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        yield http


async def post(http: httpx.AsyncClient, token: str, path: str, body: dict[str, Any]) -> httpx.Response:
    """One request under a key of its own. Raises httpx.HTTPStatusError."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"{_run}-{next(_keys)}"}
    answer = await http.post(path, json=body, headers=headers)
    answer.raise_for_status()
    return answer


async def get(http: httpx.AsyncClient, token: str, path: str, **query: str) -> float:
    """Milliseconds until a page has come whole. Raises httpx.HTTPStatusError."""
    began = time.perf_counter()
    answer = await http.get(path, params=query, headers={"Authorization": f"Bearer {token}"})
    answer.raise_for_status()
    return (time.perf_counter() - began) * 1000
