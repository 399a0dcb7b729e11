"""The door for tests: people of the demo town with their tokens, and the servers behind."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from fastapi import FastAPI

from activities.accounts import create_token
from activities.migrate import migrate
from activities.settings import Role, Settings
from api.app import create_app
from rehearsal.settle import settle
from rehearsal.town import load_town
from stack import Stack
from worker import serve
from workflows import runtime

_keys = itertools.count(1)


@asynccontextmanager
async def servers_with_town(folder: Path) -> AsyncIterator[Settings]:
    """Servers over a folder, with the schema and the demo town."""
    async with Stack(folder, durable=False) as servers:
        settings = Settings.of(servers.environment)
        await migrate(settings.url(Role.OWNER))
        await settle(settings.url(Role.OWNER), load_town())
        yield settings


@asynccontextmanager
async def door_over(settings: Settings, **different: Any) -> AsyncIterator["Deployment"]:
    """A worker, and a door of which some settings may be different."""
    stop = asyncio.Event()
    worker = asyncio.create_task(serve(settings, stop))
    app = create_app(settings.model_copy(update=different))
    owner = await asyncpg.connect(settings.url(Role.OWNER))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as http:
        yield Deployment(settings, app, http, owner)
    stop.set()
    await worker
    await app.state.door.database.close()
    await owner.close()


@dataclass
class Person:
    """One account with its token, speaking through one application."""

    http: httpx.AsyncClient
    token: str
    account: str

    async def get(self, path: str, language: str = "zh", **query: Any) -> httpx.Response:
        return await self.http.get(path, params=query, headers=self._headers(language))

    async def post(
        self, path: str, body: Any = None, *, key: str | None = None, language: str = "zh"
    ) -> httpx.Response:
        headers = {**self._headers(language), "idempotency-key": key or f"test-{next(_keys)}"}
        return await self.http.post(path, json=body if body is not None else {}, headers=headers)

    async def act(self, number: str, act: str, *, key: str | None = None, **fields: Any) -> httpx.Response:
        return await self.post(f"/v1/cases/{number}/acts/{act}", fields, key=key)

    async def done(self, number: str, act: str, **fields: Any) -> dict[str, Any]:
        """An act that must succeed."""
        answer = await self.act(number, act, **fields)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def opened(self, path: str, body: Mapping[str, Any]) -> str:
        """The number of a case that must open."""
        answer = await self.post(path, dict(body))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["number"])

    def _headers(self, language: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}", "accept-language": language}


@dataclass
class Deployment:
    """Settings of the servers, and the door's application over them."""

    settings: Settings
    app: FastAPI
    http: httpx.AsyncClient
    owner: asyncpg.Connection
    tokens: dict[str, str] = field(default_factory=dict)

    async def person(self, account: str) -> Person:
        """Somebody of the demo town, with a token of their own."""
        if account not in self.tokens:
            self.tokens[account] = await create_token(self.owner, account, timedelta(days=1))
        return Person(self.http, self.tokens[account], account)

    @asynccontextmanager
    async def through(self, settings: Settings, account: str) -> AsyncIterator[Person]:
        """The same person through a door with other settings."""
        who = await self.person(account)
        app = create_app(settings)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as http:
            yield Person(http, who.token, account)
        await app.state.door.database.close()

    async def counts(self) -> dict[str, int]:
        """How many rows each table has that a request might write to."""
        tables = ("event", "content", "party", "intake", "case_register", "duty_register", "trouble")
        return {name: await self.owner.fetchval(f"SELECT count(*) FROM {name}") for name in tables}

    async def opened(self, number: str) -> None:
        """Read until a case that another one opens is on the ledger; the test's timeout bounds it."""
        while not await self.events(number):
            pass

    async def ended(self, number: str) -> None:
        """Wait until nothing of a case runs any more."""
        client = await runtime.connect(self.settings.temporal_address, self.settings.temporal_namespace)
        await client.get_workflow_handle(number).result()

    async def events(self, number: str) -> list[asyncpg.Record]:
        """What is on the ledger of a case."""
        return await self.owner.fetch("SELECT * FROM event WHERE case_no = $1 ORDER BY seq", number)
