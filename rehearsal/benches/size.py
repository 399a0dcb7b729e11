"""A register that grows: what lists, search, a case and statistics cost at each size, and what one more case does."""

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from activities.interface import RecordRequest
from activities.settings import Role
from api.database import Database
from domain.calendar import CST
from rehearsal.benches.copies import Originals, bytes_on_disk, copy, count_anew, write_originals
from rehearsal.benches.figures import Figures, Scale, spread
from rehearsal.benches.ground import Ground, at_the_door, door, get, over, tokens
from rehearsal.benches.pages import pages
from rehearsal.into_ledger import ledger_at

INSERTS = 15


@dataclass(frozen=True, slots=True)
class _Amount:
    originals: int
    sizes: tuple[int, ...]
    asked: int
    """How often each page is asked for."""


AMOUNTS = {
    Scale.TINY: _Amount(40, (60, 120), 2),
    Scale.SHORT: _Amount(1_000, (1_000, 10_000, 100_000), 40),
    Scale.LONG: _Amount(1_000, (1_000, 100_000, 1_000_000), 200),
}

_MONTHS = timedelta(days=100)
"""Begins within a month and within a day, so that every grain is asked for."""
_UNIT = "市水务局"
_ANY = "SELECT case_no FROM case_register WHERE NOT drill AND kind = 'order' ORDER BY md5(case_no) LIMIT $1"


async def measure(scale: Scale) -> Figures:
    """Milliseconds of every page at each size, of writing one more case, and bytes on disk for each case."""
    return await over(lambda ground: _grow(ground, AMOUNTS[scale]), lambda environment: (door(environment),))


async def _grow(ground: Ground, amount: _Amount) -> Figures:
    people = await tokens(ground)
    originals = await write_originals(ground, amount.originals)
    spare = iter(originals.spare)
    figures: Figures = {"events_a_case": round(originals.events / originals.cases, 1)}
    copies = 0
    database = Database(ground.settings)
    async with at_the_door(ground) as http, ground.connection(Role.OWNER) as owner:
        for size in amount.sizes:
            wanted = max(copies + 1, size // originals.cases)
            began = time.perf_counter()
            await copy(owner, copies + 1, wanted)
            copies = wanted
            figures[f"{size}_loaded_s"] = round(time.perf_counter() - began, 1)
            began = time.perf_counter()
            await count_anew(database, owner)
            figures[f"{size}_counted_s"] = round(time.perf_counter() - began, 1)
            numbers = [row["case_no"] for row in await owner.fetch(_ANY, amount.asked)]
            figures.update(await _at(http, people, size, numbers))
            figures.update(await pages(ground, size, numbers))
            figures.update(await _inserts(ground, spare, size))
            figures[f"{size}_bytes_a_case"] = await bytes_on_disk(owner) // _cases(originals, copies)
    await database.close()
    return figures


def _cases(originals: Originals, copies: int) -> int:
    return originals.cases * (copies + 1)


async def _at(http: httpx.AsyncClient, people: Mapping[str, str], size: int, numbers: list[str]) -> Figures:
    since = (datetime.now(CST) - _MONTHS).isoformat()
    officer, worker = people["xinfang.officer"], people["xingye.worker"]
    page: dict[str, Callable[[str], Awaitable[float]]] = {
        "worklist": lambda _: get(http, worker, "/v1/worklist"),
        "list": lambda _: get(http, officer, "/v1/cases"),
        "search": lambda _: get(http, officer, "/v1/search", q="井盖"),
        "case": lambda number: get(http, people["zhujian.handler"], f"/v1/cases/{number}"),
        "statistics": lambda _: get(http, officer, "/v1/statistics"),
        "statistics_since": lambda _: get(http, officer, "/v1/statistics", since=since),
        "statistics_of_unit": lambda _: get(http, officer, "/v1/statistics", unit=_UNIT, since=since),
    }
    figures: Figures = {}
    for name, ask in page.items():
        taken = await _taken(ask, numbers)
        figures.update(spread(f"{size}_{name}", taken[1:] or taken))
    return figures


async def _taken(ask: Callable[[str], Awaitable[float]], numbers: list[str]) -> list[float]:
    """A case that this person may not see costs what any other does, and counts."""
    taken = []
    for number in numbers:
        began = time.perf_counter()
        try:
            taken.append(await ask(number))
        except httpx.HTTPStatusError as refused:
            if refused.response.status_code != httpx.codes.NOT_FOUND:
                raise
            taken.append((time.perf_counter() - began) * 1000)
    return taken


async def _inserts(ground: Ground, spare: Iterator[RecordRequest], size: int) -> Figures:
    """A whole life in one request, one at a time, each committed."""
    taken = []
    async with ledger_at(ground.url(Role.LEDGER)) as ledger:
        for request, _ in zip(spare, range(INSERTS), strict=False):
            began = time.perf_counter()
            await ledger.record(request)
            taken.append((time.perf_counter() - began) * 1000)
    return spread(f"{size}_insert", taken) if taken else {}
