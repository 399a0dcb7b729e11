"""The journal: what the system did itself and who looked, in chained streams beside the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from activities import chain
from activities.content import Connection
from domain.codec import instant_text, read_instant


class Stream(StrEnum):
    """The chains of the journal."""

    ACCESS = "access"
    """Who looked at what, signed in, was refused, or changed accounts and organisations."""
    ARCHIVE = "archive"
    """Histories sealed, with their digests."""
    ERASURE = "erasure"
    """Content whose erasure was asked for and approved, on what basis."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it was chained."""

    stream: Stream
    seq: int
    at: datetime
    kind: str
    data: Mapping[str, Any]
    prev: str
    hash: str


_LOCK = "SELECT pg_advisory_xact_lock(hashtext('herun journal ' || $1))"
_HEAD = "SELECT seq, encode(hash, 'hex') AS hash FROM journal WHERE stream = $1 ORDER BY seq DESC LIMIT 1"
_INSERT = """
    INSERT INTO journal (stream, seq, at, kind, account, case_no, data, prev, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""
_READ = "SELECT * FROM journal WHERE stream = $1 AND seq > $2 ORDER BY seq LIMIT $3"
_OF_CASE = "SELECT * FROM journal WHERE case_no = $1 ORDER BY stream, seq"


async def append(
    connection: Connection, stream: Stream, kind: str, *,
    account: str | None = None, case_no: str | None = None, at: datetime | None = None, **data: Any,
) -> Entry:  # fmt: skip
    """Add an entry to a stream, in a transaction of its own or in the one under way; others wait their turn.

    `data` must be what RFC 8785 can write, without personal data; `account` and `case_no` are put in it,
    and beside it for questions.
    """
    said = {"account": account, "case_no": case_no} | data
    full = {name: value for name, value in said.items() if value is not None}
    async with connection.transaction():
        await hold(connection, stream)
        last = await connection.fetchrow(_HEAD, stream.value)
        seq, prev = (last["seq"] + 1, last["hash"]) if last else (1, chain.START)
        moment = read_instant(instant_text(at or datetime.now(UTC)))
        entry = Entry(stream, seq, moment, kind, full, prev, "")
        sealed = chain.event_hash(stream.value, prev, event_of(entry))
        await connection.execute(
            _INSERT, stream.value, seq, moment, kind, account, case_no, chain.canonical(full),
            bytes.fromhex(prev), sealed,
        )  # fmt: skip
    return Entry(stream, seq, moment, kind, full, prev, sealed.hex())


async def hold(connection: Connection, stream: Stream) -> None:
    """Keep others from adding to a stream until the transaction under way ends."""
    await connection.execute(_LOCK, stream.value)


async def entries(connection: Connection, stream: Stream, after: int = 0, limit: int = 1000) -> list[Entry]:
    """Entries of a stream in order, from the one after `after` on."""
    return [entry_of(row) for row in await connection.fetch(_READ, stream.value, after, limit)]


async def entries_of_case(connection: Connection, case_no: str) -> list[Entry]:
    """Every entry that names a case."""
    return [entry_of(row) for row in await connection.fetch(_OF_CASE, case_no)]


def event_of(entry: Entry) -> dict[str, Any]:
    """An entry in the shape that is hashed: an event without cause and rule."""
    return {
        "seq": entry.seq, "at": instant_text(entry.at), "kind": entry.kind, "cause": None, "rule": "",
        "data": entry.data,
    }  # fmt: skip


def entry_of(row: chain.Stored) -> Entry:
    """A row of the journal."""
    stored = chain.stored_event(
        {**{k: row[k] for k in ("seq", "at", "kind", "data")}, "cause": None, "rule": ""}
    )
    return Entry(
        Stream(row["stream"]), row["seq"], row["at"], row["kind"], stored["data"],
        row["prev"].hex(), row["hash"].hex(),
    )  # fmt: skip


def link_of(entry: Entry) -> chain.Link:
    """An entry as a link of its stream's chain, for `chain.verify_chain`."""
    return chain.Link(event_of(entry), entry.prev, entry.hash)
