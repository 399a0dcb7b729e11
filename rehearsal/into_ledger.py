"""Virtual lives on a real ledger, words included, through the ledger's own door: much to audit, and soon."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from random import Random
from typing import TypeVar

import asyncpg

from activities.commitments import ContentKind, commit, references
from activities.grams import grams
from activities.intake import fingerprint, take_number
from activities.interface import RecordRequest
from activities.ledger import LARGEST_BATCH, Ledger
from activities.settings import Role, Settings
from activities.shelf import load_shelf
from domain.codec import event_json
from domain.events import Event
from domain.vocabulary import CaseKind, CaseNo, Content
from rehearsal.people import People
from rehearsal.play import ORIGIN
from rehearsal.script import Playbill, Scene, arrivals, numbered
from rehearsal.stage import Editions, VirtualStage
from rehearsal.town import Town, load_town

ARRIVAL_DAYS, LIFETIME = 200, timedelta(days=900)
PARTS = 2.0
"""Cases that come of one that is brought, its parts included; a guess to aim by."""

_KEEP = """
    INSERT INTO content (commitment, kind, salt, body, account, grams)
    VALUES ($1, 'text', $2, $3, $4, array_to_tsvector($5::text[]))
    ON CONFLICT (commitment) DO NOTHING"""

T = TypeVar("T")


class Inkwell:
    """Makes commitments and remembers what was committed to; the salts are drawn from a seed."""

    def __init__(self, seed: int) -> None:
        self.kept: dict[Content, tuple[bytes, str]] = {}
        self._chance = Random(seed)

    def __call__(self, text: str) -> Content:
        """The commitment to a text, another one each time."""
        salt = self._chance.randbytes(16)
        commitment = commit(ContentKind.TEXT, text, salt)
        self.kept[commitment] = salt, text
        return commitment


@dataclass(frozen=True, slots=True)
class Lives:
    """What came of virtual cases: the events of each, and the words they refer to with their salts."""

    events: Mapping[CaseNo, Sequence[Event]]
    words: Mapping[Content, tuple[bytes, str]]


def town_scenes(town: Town, editions: Editions, seed: int, cases: int) -> tuple[Scene, ...]:
    """Matters of the demo town, the four kinds in equal parts, from which about so many cases come."""
    playbill = Playbill(town, editions.rules)
    each = max(1, round(cases / PARTS / len(CaseKind)))
    return numbered(
        scene
        for kind in CaseKind
        for scene in playbill.scenes(kind, each, arrivals(seed, kind, ORIGIN, ARRIVAL_DAYS))
    )


def live(town: Town, editions: Editions, scenes: Sequence[Scene], seed: int) -> Lives:
    """Play scenes to their end in the virtual engine."""
    events: dict[CaseNo, list[Event]] = defaultdict(list)
    ink = Inkwell(seed)
    people = People(seed, town.accounts, editions.rules, editions.days)
    witness = lambda number, event: events[number].append(event)  # noqa: E731
    stage = VirtualStage(editions, people, (witness,), ink)
    stage.play(scenes, ORIGIN + LIFETIME)
    said = {each for lines in events.values() for event in lines for each in references(event.fact)}
    return Lives(events, {each: ink.kept[each] for each in sorted(said) if each in ink.kept})


async def populate(settings: Settings, cases: int, seed: int, rulebook: str) -> tuple[int, int]:
    """Write about so many virtual cases; how many there were and their events.

    The same seed again finds its numbers and its events there and writes nothing. Cases get training
    numbers (X…). Organisations and accounts are not loaded: `herun up` or `herun demo` did that.
    """
    editions = Editions(load_shelf(settings.editions_dir), rulebook)
    town = load_town()
    async with asyncpg.create_pool(settings.url(Role.DOOR), min_size=1, max_size=2) as door:
        scenes = await _take_numbers(door, town_scenes(town, editions, seed, cases), seed)
        lives = live(town, editions, scenes, seed)
        await keep(door, lives)
    async with ledger_at(settings.url(Role.LEDGER)) as ledger:
        await write(ledger, lives)
    return len(lives.events), sum(map(len, lives.events.values()))


async def keep(door: asyncpg.Pool, lives: Lives, account: str = "rehearsal") -> None:
    """Content first, as at the door."""
    rows = [
        (commitment, salt, body, account, grams(body)) for commitment, (salt, body) in lives.words.items()
    ]
    for some in _some(iter(rows), 5_000):
        await door.executemany(_KEEP, some)


async def write(ledger: Ledger, lives: Lives) -> None:
    """Every case in one request, many in one transaction."""
    requests = (request(number, events) for number, events in lives.events.items())
    for some in _some(requests, LARGEST_BATCH):
        await asyncio.gather(*map(ledger.record, some))


@asynccontextmanager
async def ledger_at(url: str) -> AsyncIterator[Ledger]:
    """The one writer of the ledger, at the url of its role."""
    async with asyncpg.create_pool(url, min_size=1, max_size=2) as pool:
        ledger = Ledger(pool)
        try:
            yield ledger
        finally:
            await ledger.close()


def request(number: CaseNo, events: Sequence[Event]) -> RecordRequest:
    return RecordRequest(case_no=number, events=[event_json(event) for event in events])


async def _take_numbers(door: asyncpg.Pool, scenes: Sequence[Scene], seed: int) -> tuple[Scene, ...]:
    """Training numbers from the office, the same for the same seed."""
    found: list[Scene] = []
    async with door.acquire() as connection:
        for scene in scenes:
            key = f"populate {seed} {len(scenes)} {scene.key}"
            taken = await take_number(
                connection, scene.opener.account, key, fingerprint({"scene": key}), scene.opening.kind,
                scene.at, drill=True,
            )  # fmt: skip
            found.append(replace(scene, number=taken.case_no))
    return tuple(found)


def _some(things: Iterator[T], many: int) -> Iterator[list[T]]:
    while some := list(islice(things, many)):
        yield some
