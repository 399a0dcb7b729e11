"""What no single case can show: the journal's streams, the archive against them, cases the ledger lost, the tree."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from activities import journal
from activities.chain import Stored
from activities.content import Connection
from activities.custody import Custody
from activities.journal import Entry, Stream
from audit.answers.sealed import hash_of
from audit.codes import IntactCode, against
from audit.findings import Finding

PAGE = 5_000

_STREAM = "SELECT * FROM journal WHERE stream = $1 AND seq > $2 ORDER BY seq LIMIT $3"
_ARCHIVE = """
    SELECT case_no, run_id, events, encode(digest, 'hex') AS digest FROM archive
    WHERE (case_no, run_id, events) > ($1, $2, $3) ORDER BY case_no, run_id, events LIMIT $4"""
_LOST = """
    SELECT case_no FROM case_register
    UNION SELECT case_no FROM archive UNION SELECT case_no FROM duty_register
    EXCEPT SELECT case_no FROM event ORDER BY 1"""

Seals = dict[tuple[str, str, int], str]
"""Case, run and number of events of each archived history → the digest (hex) it was sealed with."""


async def whole(connection: Connection) -> AsyncIterator[Finding]:
    """Everything wrong with the journal, the archive and the set of cases."""
    seals: Seals = {}
    for stream in Stream:
        async for finding in _stream(connection, stream, seals):
            yield finding
    async for finding in _archive(connection, seals):
        yield finding
    for row in await connection.fetch(_LOST):
        yield against(row["case_no"], IntactCode.NO_EVENTS)


async def _stream(connection: Connection, stream: Stream, seals: Seals) -> AsyncIterator[Finding]:
    """The first break of a stream, page by page; the seals in it are gathered by the way."""
    seq, head = 0, ""
    is_whole = True
    while rows := await connection.fetch(_STREAM, stream.value, seq, PAGE):
        for row in rows:
            entry = _entry(row)
            for finding in _breaks(stream, row, entry, seq + 1, head) if is_whole else ():
                is_whole = False
                yield finding
            seq, head = row["seq"], row["hash"].hex()
            if entry is not None and entry.kind == Custody.HISTORY_ARCHIVED:
                seals[_place(entry.data)] = str(entry.data.get("digest"))


def _entry(row: Stored) -> Entry | None:
    try:
        return journal.entry_of(row)
    except (ValueError, TypeError, RecursionError):
        return None


def _breaks(stream: Stream, row: Stored, entry: Entry | None, seq: int, head: str) -> Iterator[Finding]:
    """What is wrong with one entry, the first thing alone."""
    name = f"journal/{stream}"
    held = row["prev"].hex(), row["hash"].hex()
    computed = hash_of(entry) if entry is not None else None
    said = {each: entry.data.get(each) if entry is not None else None for each in ("account", "case_no")}
    if row["seq"] != seq:
        yield against(name, IntactCode.CHAIN_SEQ, seq, seq, row["seq"])
    elif held[0] != head:
        yield against(name, IntactCode.CHAIN_PREV, seq, head, held[0])
    elif held[1] != computed:
        yield against(name, IntactCode.CHAIN_HASH, seq, computed, held[1])
    elif said != (found := {each: row[each] for each in said}):
        yield against(name, IntactCode.COLUMN_DIFFERS, seq, said, found, "account, case_no")


def _place(data: Mapping[str, Any]) -> tuple[str, str, int]:
    events = data.get("events")
    return str(data.get("case_no")), str(data.get("run_id")), events if isinstance(events, int) else 0


async def _archive(connection: Connection, seals: Seals) -> AsyncIterator[Finding]:
    """Each archived history against its seal, and each seal against the archive; texts are read case by case."""
    after: Sequence[Any] = ("", "", 0)
    while rows := await connection.fetch(_ARCHIVE, *after, PAGE):
        for row in rows:
            after = row["case_no"], row["run_id"], row["events"]
            digest = seals.pop((after[0], after[1], after[2]), None)
            if digest is None:
                yield against(after[0], IntactCode.ARCHIVE_UNSEALED, None, None, row["digest"], after[1])
            elif digest != row["digest"]:
                yield against(after[0], IntactCode.ARCHIVE_DIFFERS, None, digest, row["digest"], after[1])
    for (case_no, run_id, _), digest in seals.items():
        yield against(case_no, IntactCode.ARCHIVE_MISSING, None, digest, None, run_id)
