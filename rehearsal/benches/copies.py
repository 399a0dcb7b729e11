"""Many cases soon: lawful virtual lives written once through the ledger, then copied in SQL under new numbers.

Numbers and commitments are new in every copy, within the events too. In the register the instants of every
copied case are its own, spread over two years that end today; within the events instants and hashes are those
of the original, so that copies serve reading and writing and are of no use to an audit.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from activities.interface import RecordRequest
from activities.settings import Role
from activities.shelf import load_shelf
from api.database import Database
from api.reading.counting import settle
from domain.events import Event
from domain.vocabulary import CaseNo
from rehearsal.benches.ground import Ground
from rehearsal.into_ledger import Inkwell, Lives, keep, ledger_at, request, town_scenes, write
from rehearsal.people import People
from rehearsal.play import ORIGIN
from rehearsal.stage import Editions, VirtualStage
from rehearsal.town import load_town

YEAR = timedelta(days=190)
"""The last of those that arrive over 200 days are still open then."""

SPREAD = timedelta(days=730)
"""How long before the youngest copy the oldest may have been opened."""

_NUMBER = "substr(IT, 2, 10) || lpad(copy::text, 5, '0') || substr(IT, 12)"
_WORDS = "regexp_replace(IT, 'c1:.{6}', 'c1:' || lpad(to_hex(copy), 6, '0'), 'g')"
_DATA = f"regexp_replace({_WORDS}, '\"X([OMPW][0-9]{{8}}-)', '\"\\1' || lpad(copy::text, 5, '0'), 'g')"

# A case and its parts are moved together, by as many seconds as their number and the copy's say.
_SECONDS = f"(hashtextextended(left(o.case_no, 16), copy) & 2147483647) % {int(SPREAD.total_seconds())}"
_TODAY = f"make_interval(days => current_date - date '{(ORIGIN + YEAR).date()}')"
_AT = f"IT + {_TODAY} - make_interval(secs => {_SECONDS})"

_CHANGED: Mapping[str, Mapping[str, str]] = {
    "event": {"case_no": _NUMBER, "data": _DATA},
    "case_register": {
        "case_no": _NUMBER, "parent_no": _NUMBER, "title": _WORDS, "body": _WORDS, "drill": "false",
        "opened_at": _AT, "closed_at": _AT, "responded_at": _AT, "last_at": _AT,
    },
    "duty_register": {
        "case_no": _NUMBER, "drill": "false", "counted_from": _AT, "internal_due": _AT, "legal_due": _AT,
        "breached_at": _AT, "settled_at": _AT, "opened_at": _AT,
    },
    "link_register": {"case_no": _NUMBER, "number": _NUMBER, "at": _AT},
    "rating_register": {"case_no": _NUMBER, "at": _AT},
    "content": {"commitment": _WORDS},
    "content_ref": {"case_no": _NUMBER, "commitment": _WORDS},
}  # fmt: skip
"""Which columns of a copy differ from the original's, and how they are made of them."""

_SEARCHED = "content_by_grams"
_COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = ''
    ORDER BY attnum"""
_BYTES = "SELECT sum(pg_total_relation_size(name::text::regclass))::bigint FROM unnest($1::text[]) name"


@dataclass(frozen=True, slots=True)
class Originals:
    """What is copied: lives on the ledger, and a few more that are not there yet."""

    cases: int
    events: int
    spare: tuple[RecordRequest, ...]


def some_lives(cases: int, seed: int) -> Lives:
    """Cases of all four kinds with their parts, as they stand when the last of them are still open."""
    town, editions, ink = load_town(), Editions(load_shelf(), "default-3"), Inkwell(seed)
    events: dict[CaseNo, list[Event]] = {}
    witness = lambda number, event: events.setdefault(number, []).append(event)  # noqa: E731
    people = People(seed, town.accounts, editions.rules, editions.days)
    stage = VirtualStage(editions, people, (witness,), ink)
    stage.play(town_scenes(town, editions, seed, cases), ORIGIN + YEAR)
    return Lives(events, dict(ink.kept))


async def write_originals(ground: Ground, cases: int) -> Originals:
    """Put lives on the ledger through its own door; every tenth is kept back."""
    lives = some_lives(cases, seed=1)
    spare = [
        number for place, number in enumerate(lives.events) if place % 10 == 0 and "-01" not in number[10:]
    ]
    kept = {number: events for number, events in lives.events.items() if number not in spare}
    async with asyncpg.create_pool(ground.url(Role.DOOR), min_size=1, max_size=2) as door:
        await keep(door, lives)
    async with ledger_at(ground.url(Role.LEDGER)) as ledger:
        await write(ledger, Lives(kept, lives.words))
    requests = tuple(request(number, lives.events[number]) for number in spare)
    return Originals(len(kept), sum(map(len, kept.values())), requests)


async def copy(owner: asyncpg.Connection, first: int, last: int) -> None:
    """Copies numbered from the first to the last, in one transaction; Postgres' statistics are brought up to date."""
    async with owner.transaction(), _without_index(owner):
        for table, changed in _CHANGED.items():
            columns = [row["attname"] for row in await owner.fetch(_COLUMNS, table)]
            await owner.execute(_copying(table, columns, changed, first, last), timeout=7200)
    for table in _CHANGED:
        await owner.execute(f"VACUUM ANALYZE {table}", timeout=7200)


@asynccontextmanager
async def _without_index(owner: asyncpg.Connection) -> AsyncIterator[None]:
    """The index of words is made anew at the end: term by term it would take longer than everything else."""
    definition = await owner.fetchval("SELECT pg_get_indexdef($1::text::regclass)", _SEARCHED)
    await owner.execute(f"DROP INDEX {_SEARCHED}")
    yield
    await owner.execute("SET LOCAL maintenance_work_mem = '512MB'")
    await owner.execute(definition, timeout=7200)


async def count_anew(database: Database, owner: asyncpg.Connection) -> None:
    """Settle the tallies of what was copied, as whoever looks next would have to."""
    async with database.connection() as door:
        await settle(door)
    for table in _COUNTS:
        await owner.execute(f"VACUUM ANALYZE {table}", timeout=7200)


def _copying(table: str, columns: Sequence[str], changed: Mapping[str, str], first: int, last: int) -> str:
    """Copies of the originals, which alone carry training numbers or the commitments they began with."""
    values = ", ".join(
        changed[each].replace("IT", f"o.{each}") if each in changed else f"o.{each}" for each in columns
    )
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608 - names of our own tables and columns
        f"SELECT {values} FROM {_ORIGINALS.get(table, _TRAINING).replace('TABLE', table)} o "
        f"CROSS JOIN generate_series({first}, {last}) copy"
    )


_TRAINING = "(SELECT * FROM TABLE WHERE case_no ^@ 'X')"
_ORIGINALS = {"content": "(SELECT * FROM TABLE WHERE account = 'rehearsal' AND NOT commitment ^@ 'c1:00')"}


_COUNTS = ("tally_due", "tally", "case_tally", "case_obligations", "obligation_tally")


async def bytes_on_disk(reader: asyncpg.Connection) -> int:
    """Tables and indexes of ledger, register, content and counts together."""
    return int(await reader.fetchval(_BYTES, [*_CHANGED, *_COUNTS]))
