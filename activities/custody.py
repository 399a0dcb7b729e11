"""Keeps histories in the archive, each with an entry in the journal, and knows which closed cases lack one."""

import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

from activities import journal
from activities.content import Connection
from activities.journal import Entry, Stream

_SOURCES = ("domain", "workflows", "activities.interface")
_OURS = "herun-"

_KEEP = """
    INSERT INTO archive (case_no, run_id, events, closed, final, at, code, digest, history)
    VALUES ($1, $2, $3, $4, $5, now(), $6, $7, $8) ON CONFLICT DO NOTHING RETURNING true"""
_WHOLE = "SELECT run_id FROM archive WHERE case_no = $1 AND closed"
_SEALED = "SELECT EXISTS (SELECT FROM archive WHERE case_no = $1 AND final)"
_UNKNOWN = """
    SELECT DISTINCT r.case_no FROM unnest($1::text[], $2::text[]) r (case_no, run_id)
    WHERE NOT EXISTS (SELECT FROM archive a WHERE a.case_no = r.case_no AND a.run_id = r.run_id AND a.closed)
    ORDER BY r.case_no"""
_IS_UNSEALED = """
    e.kind = 'case_closed'
    AND NOT EXISTS (SELECT FROM archive a WHERE a.case_no = e.case_no AND a.final)
    AND NOT EXISTS (SELECT FROM journal j WHERE j.case_no = e.case_no AND j.stream = 'archive'
        AND j.kind = 'history_missing' AND NOT j.data::jsonb ? 'run_id')"""
_UNSEALED = f"""
    SELECT e.id, e.case_no FROM event e WHERE {_IS_UNSEALED} AND e.id > $1
    ORDER BY e.id LIMIT $2"""  # noqa: S608 - made of constants alone
_HOW_MANY = f"SELECT count(*) FROM event e WHERE {_IS_UNSEALED} AND e.case_no LIKE $1"  # noqa: S608
_LAST_CLOSING = "SELECT coalesce(max(id), 0) FROM event WHERE kind = 'case_closed'"
_LONG_OPEN = """
    SELECT case_no FROM case_register
    WHERE closed_at IS NULL AND NOT drill AND opened_at < $1 AND case_no > $2 ORDER BY case_no LIMIT $3"""
_SAMPLE = """
    SELECT case_no FROM archive WHERE final ORDER BY hashtext(case_no || $1), case_no LIMIT $2"""
_DOUBTS = """
    SELECT * FROM journal WHERE stream = 'archive' AND kind IN ('history_missing', 'verification_failed')
    ORDER BY seq DESC LIMIT $1"""


class Custody(StrEnum):
    """What the custodian writes in the journal."""

    HISTORY_ARCHIVED = "history_archived"
    """A run's history is in the archive, with this digest."""
    HISTORY_MISSING = "history_missing"
    """Temporal no longer had the history of a closed case, or of the earlier run that is named."""
    REVERIFIED = "reverified"
    """So many sealed cases were looked at again, and so many failed."""
    VERIFICATION_FAILED = "verification_failed"
    """A sealed case is not what it was, or was not lawful."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run's history, ready to be kept.

    `digest` is SHA-256 of the JSON that `packed` holds compressed. `closed`: the run had ended; `final`: no
    other run of the case follows it. `code` is the code version that ran it last.
    """

    run_id: str
    events: int
    closed: bool
    final: bool
    code: str
    digest: bytes
    packed: bytes


@dataclass(frozen=True, slots=True)
class Closing:
    """A closed case that is not sealed, and the id of the event that closed it."""

    id: int
    case_no: str


@cache
def code_version() -> str:
    """What is running: `herun-`, the version, and 12 hex digits of SHA-256 over the law and the procedures.

    Two checkouts that can come to other commands or events have other digits; the door's pages do not matter.
    """
    total = hashlib.sha256()
    for name, path in _sources():
        total.update(f"{name}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return f"{_OURS}{importlib.metadata.version('herun')}+{total.hexdigest()[:12]}"


def is_version_of_ours(build: str) -> bool:
    """Whether a build id in a history is a `code_version`, and not one the SDK made up."""
    return build.startswith(_OURS)


def _sources() -> Iterator[tuple[str, Path]]:
    """The sources that decide what a case does, by names that are the same wherever they are installed."""
    for module in _SOURCES:
        spec = importlib.util.find_spec(module)
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        found = sorted(origin.parent.rglob("*.py")) if spec.submodule_search_locations else [origin]
        for path in found:
            yield f"{module}/{path.relative_to(origin.parent).as_posix()}", path


async def keep(connection: Connection, case_no: str, runs: Sequence[Run]) -> int:
    """Put runs into the archive and say so in the journal, in one transaction; returns how many were new.

    What is there already stays, so several workers may keep the same run. As `herun_ledger`.
    """
    async with connection.transaction():
        new = [run for run in runs if await _insert(connection, case_no, run)]
        for run in new:  # after all rows: whoever waits for the stream holds no row that we still need
            await journal.append(
                connection, Stream.ARCHIVE, Custody.HISTORY_ARCHIVED, case_no=case_no, run_id=run.run_id,
                events=run.events, closed=run.closed, digest=run.digest.hex(), code=run.code,
            )  # fmt: skip
    return len(new)


async def _insert(connection: Connection, case_no: str, run: Run) -> bool:
    return bool(
        await connection.fetchval(
            _KEEP, case_no, run.run_id, run.events, run.closed, run.final, run.code, run.digest, run.packed
        )
    )


async def note_missing(connection: Connection, case_no: str, run_id: str | None) -> None:
    """Say in the journal that a history is lost, or with `run_id` that of one earlier run; once."""
    async with connection.transaction():
        await journal.hold(connection, Stream.ARCHIVE)
        said = await journal.entries_of_case(connection, case_no)
        if not any(e.kind == Custody.HISTORY_MISSING and e.data.get("run_id") == run_id for e in said):
            await journal.append(
                connection, Stream.ARCHIVE, Custody.HISTORY_MISSING, case_no=case_no, run_id=run_id
            )


async def whole_runs(connection: Connection, case_no: str) -> frozenset[str]:
    """The runs of a case whose whole histories are in the archive."""
    return frozenset(row["run_id"] for row in await connection.fetch(_WHOLE, case_no))


async def is_sealed(connection: Connection, case_no: str) -> bool:
    """Whether the last run of a case is in the archive."""
    return bool(await connection.fetchval(_SEALED, case_no))


async def unsealed(connection: Connection, after: int, limit: int) -> list[Closing]:
    """Closed cases that are not sealed and not known to be lost, in the order of writing, from an id on."""
    return [Closing(row["id"], row["case_no"]) for row in await connection.fetch(_UNSEALED, after, limit)]


async def count_unsealed(connection: Connection, prefix: str = "") -> int:
    """How many closed cases wait for their seal, of all or of those whose number begins so."""
    return int(await connection.fetchval(_HOW_MANY, prefix.replace("%", "") + "%"))


async def last_closing(connection: Connection) -> int:
    """The id of the event that closed a case last; 0 if none is closed."""
    return int(await connection.fetchval(_LAST_CLOSING))


async def with_unkept_runs(connection: Connection, runs: Sequence[tuple[str, str]]) -> list[str]:
    """Those cases among (case, run) pairs of which the run is not in the archive as a whole."""
    if not runs:
        return []
    numbers, ids = zip(*runs, strict=True)
    return [row["case_no"] for row in await connection.fetch(_UNKNOWN, list(numbers), list(ids))]


async def long_open(connection: Connection, before: datetime, after: str, limit: int) -> list[str]:
    """Cases in operation that opened before an instant and are still open, in the order of their numbers."""
    return [row["case_no"] for row in await connection.fetch(_LONG_OPEN, before, after, limit)]


async def sample(connection: Connection, seed: str, size: int) -> list[str]:
    """Some sealed cases; the same seed gives the same ones as long as no other is sealed."""
    return [row["case_no"] for row in await connection.fetch(_SAMPLE, seed, size)]


async def doubts(connection: Connection, limit: int = 100) -> list[Entry]:
    """What somebody has to look at, the latest first: histories that are gone, cases that failed a look."""
    return [journal.entry_of(row) for row in await connection.fetch(_DOUBTS, limit)]
