"""A whole Herun for the fuzzers: real processes, people of every role, matters under way, and what they are called."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Protocol

import asyncpg
import httpx
from doorway import Deployment
from page_stories import HEATER, LAMPS, MANHOLE, WAGES, open_matters

from activities import sessions
from activities.accounts import create_token
from activities.migrate import migrate
from activities.sessions import Beginning, Lifetime, Step, Way
from activities.settings import Role, Settings
from api.identity.sessions import csrf_of
from domain.vocabulary import Role as Office
from rehearsal.demo_accounts import cast, let_in
from rehearsal.premises import UNCOUNTED, whole
from rehearsal.settle import settle
from rehearsal.town import Account, Town, load_town
from stack import Stack

_DAY = Lifetime(timedelta(hours=20), timedelta(hours=20))
_SPARE = ("resident-09", "resident-10", "yunqi-1.grid", "lanwan.grid", "xiqiao.handler")
"""Accounts that administrators may spoil: nobody acts in their name."""
_SPARE_UNITS = ("yunhe/fangguan", "yunhe/pingli-beiwan", "yunhe/qinghe/shuikou/committee")


class Noted(Protocol):
    """Where answers are counted."""

    def note(self, operation: str, role: str, status: int) -> None: ...

    def surprise(self, operation: str, what: str, example: str) -> None: ...


@dataclass(frozen=True)
class Someone:
    """An account with a token; None for nobody."""

    account: str
    role: str
    token: str | None


NOBODY = Someone("", "anonymous", None)


@dataclass
class Things:
    """What the record holds, by the names that requests use."""

    cases: list[str] = field(default_factory=list)
    duties: dict[str, int] = field(default_factory=dict)
    parties: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    matters: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)

    def one(self, kind: str, chance: Random) -> str | None:
        """Something of a kind, if there is any."""
        known: list[str] = getattr(self, kind)
        return chance.choice(known) if known else None


@dataclass
class Site:
    """How to reach it, as whom, and what is there. Its methods may be called from another thread."""

    url: str
    settings: Settings
    logs: Path
    people: tuple[Someone, ...]
    things: Things
    loop: asyncio.AbstractEventLoop

    def session(self, account: str, step: Step = Step.OPEN) -> str:
        """The token of a new session."""
        return asyncio.run_coroutine_threadsafe(self._begin(account, step), self.loop).result(30)

    async def _begin(self, account: str, step: Step) -> str:
        connection = await asyncpg.connect(self.settings.url(Role.DOOR))
        try:
            return await sessions.begin(connection, Beginning(account, Way.PASSWORD, step, _DAY))
        finally:
            await connection.close()

    def troubles(self) -> list[str]:
        """Cases that a bug holds up."""
        return asyncio.run_coroutine_threadsafe(self._troubles(), self.loop).result(30)

    async def _troubles(self) -> list[str]:
        connection = await asyncpg.connect(self.settings.url(Role.OWNER))
        try:
            rows = await connection.fetch("SELECT case_no, error FROM trouble")
            return [f"{row['case_no']}: {row['error']}" for row in rows]
        finally:
            await connection.close()


def cookies_of(token: str) -> Mapping[str, str]:
    """What a browser with the session sends."""
    return {"herun_session": token}


def csrf_headers(token: str) -> Mapping[str, str]:
    """What a form of our own pages proves itself with."""
    return {"x-csrf-token": csrf_of(token)}


@asynccontextmanager
async def site(folder: Path) -> AsyncIterator[Site]:
    """Servers, a worker and a door in processes of their own over a folder, with the demo town at work."""
    async with Stack(folder, durable=False) as stack:
        environment = {**stack.environment, **UNCOUNTED}
        settings = Settings.of(environment)
        town = load_town()
        await migrate(settings.url(Role.OWNER))
        await settle(settings.url(Role.OWNER), town)
        await let_in(settings.url(Role.OWNER), folder, town)
        for part in whole(environment):
            await stack.add(part).start()
        yield await _populated(settings, town, folder / "logs")


async def _populated(settings: Settings, town: Town, logs: Path) -> Site:
    url = f"http://{settings.api_host}:{settings.api_port}"
    owner = await asyncpg.connect(settings.url(Role.OWNER))
    try:
        people = [Someone(each.id, each.role.value, await _token(owner, each)) for each in cast(town)]
        people += [
            Someone(name, role.value, await create_token(owner, name, timedelta(days=1)))
            for name, role in (("shuiwu.handler", Office.HANDLER), ("resident-02", Office.RESIDENT))
        ]
        async with httpx.AsyncClient(base_url=url, timeout=60) as http:
            things = await _at_work(Deployment(settings, None, http, owner), town)  # type: ignore[arg-type]
    finally:
        await owner.close()
    return Site(url, settings, logs, (NOBODY, *people), things, asyncio.get_running_loop())


async def _token(owner: asyncpg.Connection, who: Account) -> str:
    return await create_token(owner, who.id, timedelta(days=1))


async def _at_work(deployment: Deployment, town: Town) -> Things:
    """Matters of every kind in the middle of their procedures, and more that have only just come in."""
    matters = await open_matters(deployment)
    resident = await deployment.person("resident-01")
    fresh = [await resident.opened(path, body) for path, body in _FRESH]
    known = Things(cases=[*vars(matters).values(), *fresh])
    known.files.append(await _kept_file(deployment, fresh[0]))
    await _look_around(deployment.owner, known)
    page = (await (await deployment.person("xinfang.officer")).get("/v1/cases", limit=1)).json()
    known.cursors += [page["next"]] if page["next"] else []
    known.units += [*(str(each.unit) for each in town.tree), "市水务局", "星叶社区"]
    known.accounts += [*_SPARE]
    return replace(known, matters=[each.code for each in town.catalogue])


_FRESH: Iterable[tuple[str, dict[str, Any]]] = (
    ("/v1/orders", dict(MANHOLE)), ("/v1/orders", dict(LAMPS)), ("/v1/mediations", dict(HEATER)),
    ("/v1/petitions", dict(WAGES)),
)  # fmt: skip


async def _kept_file(deployment: Deployment, number: str) -> str:
    resident = await deployment.person("resident-01")
    answer = await resident.http.post(
        "/v1/attachments", files={"file": ("a.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n")},
        headers={"authorization": f"Bearer {resident.token}"},
    )  # fmt: skip
    commitment = str(answer.json()["commitment"])
    await resident.done(number, "attach", files=[commitment])
    return commitment


async def _look_around(owner: asyncpg.Connection, known: Things) -> None:
    """Parts that other cases opened, open duties and the pseudonyms of parties."""
    rows = await owner.fetch("SELECT case_no FROM case_register ORDER BY case_no")
    known.cases = sorted({*known.cases, *(str(row["case_no"]) for row in rows)})
    duties = await owner.fetch("SELECT case_no, min(number) AS duty FROM duty_register GROUP BY case_no")
    known.duties.update({row["case_no"]: row["duty"] for row in duties})
    parties = await owner.fetch("SELECT party_id FROM party ORDER BY party_id")
    known.parties += ["resident-01", "resident-02", *(str(row["party_id"]) for row in parties)]


def spare_unit(chance: Random) -> str:
    """A unit that may be abolished and nobody here belongs to."""
    return chance.choice(_SPARE_UNITS)
