"""The whole canary: a Herun of its own, lives in it, and a search of everything that is not the content store."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path

import asyncpg
import httpx

from activities import sessions
from activities.accounts import create_token
from activities.migrate import migrate
from activities.processes import HOST, Environment, free_port
from activities.sessions import Beginning, Lifetime, Step, Way
from activities.settings import Role, Settings
from rehearsal.canary import living, misplaced, places
from rehearsal.canary.living import Life, Lived, canary_town
from rehearsal.canary.places import Leak, Piece
from rehearsal.canary.tokens import Canaries, traces
from rehearsal.premises import UNCOUNTED, whole
from rehearsal.seals import until_sealed
from rehearsal.settle import settle
from rehearsal.town import Town, load_town
from stack import Stack
from workflows import runtime

METRICS_TOKEN = "canary-metrics"  # noqa: S105 - of a stack that lives for minutes
AUDITOR, SUPERVISOR, ASTRAY = "shenji.auditor", "ducha.supervisor", "resident-05"
EXPORTED = 40
"""Cases whose files and views an auditor takes; of the rest the same tables and histories are searched."""
ASTRAYS = 12
"""Times that every wrong place is written in."""
_DAY = Lifetime(timedelta(hours=10), timedelta(hours=10))

Say = Callable[[str], None]


@dataclass
class Found:
    """What was done and searched, and what leaked."""

    lived: Lived
    canaries: int
    pieces: Counter[str] = field(default_factory=Counter)
    searched: int = 0
    leaks: list[Leak] = field(default_factory=list)
    sealed: int = 0

    def lines(self, seconds: float) -> Iterator[str]:
        """The summary."""
        lived = self.lived
        acts = sum(n for code, n in lived.done.items() if not code.startswith("open "))
        yield f"{len(lived.cases)} cases, {acts} acts of {len(lived.done)} kinds taken in"
        usual = ", ".join(f"{why} {n}" for why, n in lived.refused.most_common(8))
        yield f"refused, and their words with them: {lived.refused.total()}, most often {usual}"
        yield f"acts with words that no case came to: {', '.join(lived.unreached) or 'none'}"
        yield f"{self.canaries} canaries written, {self.sealed} histories in the sealed archive"
        yield "answers: " + ", ".join(f"{status} {n}" for status, n in sorted(lived.statuses.items()))
        yield "searched: " + ", ".join(f"{place} {n}" for place, n in sorted(self.pieces.items()))
        yield f"{self.searched / 1e6:.0f} MB in {self.pieces.total()} pieces, {len(self.leaks)} leaks, {seconds:.0f} s"
        for each in list({_place(leak): leak for leak in reversed(self.leaks)}.values())[:60]:
            yield f"LEAK {each.place}: {each.what}"


def _place(leak: Leak) -> str:
    """Where it was, whatever the case: one example of each is enough to read."""
    return re.sub(r"[A-Z]?\d+(-\d+)*", "…", leak.place)


def quiet(_: str) -> None:
    """For tests."""


async def run(folder: Path, cases: int, seed: int, say: Say = quiet) -> Found:
    """Live so many cases over a folder and search. Raises ProcessError, RuntimeError for a place that is not there."""
    canaries = Canaries()
    town = canary_town(load_town(), canaries)
    async with Stack(folder, durable=False) as stack:
        environment = _environment(stack.environment, folder)
        settings = Settings.of(environment)
        await migrate(settings.url(Role.OWNER))
        await settle(settings.url(Role.OWNER), town)
        for part in whole(environment):
            await stack.add(part).start()
        url = f"http://{settings.api_host}:{settings.api_port}"
        async with httpx.AsyncClient(base_url=url, timeout=60) as http:
            found = await _lived(http, settings, town, canaries, cases, seed, say)
            await _searched(http, settings, folder, found, environment, say)
    for piece in places.files(folder):  # again, with what was written while stopping
        _search(found, piece)
    return found


def _environment(own: Environment, folder: Path) -> Environment:
    """With metrics and every line of the logs."""
    return {
        **own, **UNCOUNTED, "HERUN_LOG_LEVEL": "debug",
        "HERUN_METRICS_TOKEN": METRICS_TOKEN,
        "HERUN_METRICS_BIND": f"{HOST}:{free_port()}",
    }  # fmt: skip


async def _lived(
    http: httpx.AsyncClient,
    settings: Settings,
    town: Town,
    canaries: Canaries,
    cases: int,
    seed: int,
    say: Say,
) -> Found:
    tokens = await _tokens(settings, [each.id for each in town.accounts])
    life = Life(http, tokens, town, canaries, seed)
    async with asyncpg.create_pool(settings.url(Role.READER), min_size=1, max_size=living.AT_ONCE) as reader:
        watch = asyncio.create_task(_told(life.lived, cases, say))
        await life.file_as_visitors(max(4, cases // 10))
        await life.live(cases, reader)
        watch.cancel()
    found = Found(life.lived, 0)
    for number in life.lived.cases[: min(ASTRAYS, max(1, cases // 20))]:
        astray = await misplaced.send(http, canaries, tokens[ASTRAY], number)
        found.leaks += [Leak(place, str(trace)) for place, trace in astray]
    found.leaks += [Leak("error body", each) for each in life.lived.in_errors]
    found.canaries = len(canaries.put)
    return found


async def _told(lived: Lived, cases: int, say: Say) -> None:
    for seconds in count(10, 10):
        await asyncio.sleep(10)
        doings = f"{lived.done.total()} done, {lived.refused.total()} refused"
        say(f"{seconds:5} s  {len(lived.cases)}/{cases} cases, {doings}")


async def _tokens(settings: Settings, accounts: Sequence[str]) -> Mapping[str, str]:
    owner = await asyncpg.connect(settings.url(Role.OWNER))
    try:
        return {who: await create_token(owner, who, timedelta(days=1)) for who in accounts}
    finally:
        await owner.close()


async def _searched(
    http: httpx.AsyncClient,
    settings: Settings,
    folder: Path,
    found: Found,
    environment: Environment,
    say: Say,
) -> None:
    await until_sealed(settings)
    owner = await asyncpg.connect(settings.url(Role.OWNER))
    try:
        found.sealed = await owner.fetchval("SELECT count(*) FROM archive")
        async for place, piece in _everything(http, settings, folder, found, environment, owner):
            if place not in found.pieces:
                say(f"searching {place}")
            found.pieces[place] += 1
            _search(found, piece)
    finally:
        await owner.close()


def _search(found: Found, piece: Piece) -> None:
    found.searched += len(piece.data)
    found.leaks += [Leak(piece.place, str(trace)) for trace in traces(piece.data)]


async def _everything(
    http: httpx.AsyncClient, settings: Settings, folder: Path, found: Found, environment: Environment,
    owner: asyncpg.Connection,
) -> AsyncIterator[tuple[str, Piece]]:  # fmt: skip
    tokens = await _tokens(settings, [AUDITOR])
    out = folder / "out"
    out.mkdir()
    client = await runtime.connect(settings.temporal_address, settings.temporal_namespace)
    yield "metrics", await places.metrics(http, "/metrics", METRICS_TOKEN)
    yield "metrics", await places.metrics(http, f"http://{environment['HERUN_METRICS_BIND']}/metrics", "none")
    async for piece in places.answers(http, tokens[AUDITOR], found.lived.cases[:EXPORTED]):
        yield "views and files of the audit", piece
    async for piece in places.saved_tables(http, await _session(settings, SUPERVISOR)):
        yield "tables saved", piece
    async for piece in places.commands(folder, out):
        yield "exports of commands", piece
    async for piece in places.histories(client):
        yield "histories", piece
    async for piece in places.tables(owner):
        yield "tables of the database", piece
    for piece in places.files(folder):
        yield "logs and Temporal's files", piece


async def _session(settings: Settings, account: str) -> str:
    door = await asyncpg.connect(settings.url(Role.DOOR))
    try:
        return await sessions.begin(door, Beginning(account, Way.PASSWORD, Step.OPEN, _DAY))
    finally:
        await door.close()
