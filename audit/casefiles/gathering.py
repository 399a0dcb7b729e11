"""Reads what the database holds of cases, and lays it out as evidence; reads only."""

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import asyncpg

from activities import chain, journal
from activities.chain import Link
from activities.content import Connection
from audit.casefiles.editions import Library
from audit.evidence import ArchivedRun, Commitment, Evidence, Standing

Row = chain.Stored
"""An asyncpg.Record, or a dict."""

_EVENTS = """
    SELECT case_no, seq, at, kind, act, account, role, unit, on_behalf_of, act_id, cause, rule, data, prev, hash
    FROM event WHERE case_no = ANY($1::text[]) ORDER BY case_no, seq"""
_CONTENT = """
    SELECT commitment, kind, salt, body, erased_at, erased_by, erase_basis
    FROM content WHERE commitment = ANY($1::text[])"""
_RUNS = """
    SELECT DISTINCT ON (case_no, run_id) case_no, run_id, events, closed, code, digest, history
    FROM archive WHERE case_no = ANY($1::text[]) ORDER BY case_no, run_id, closed DESC, events DESC"""
_JOURNAL = """
    SELECT case_no, stream, seq, at, kind, data, prev, hash FROM journal
    WHERE case_no = ANY($1::text[]) AND stream <> 'access' ORDER BY case_no, stream, seq"""

LARGEST_HISTORY = 256 * 1024 * 1024
"""Bytes; Temporal ends a history at 50 MB (design §9)."""

_COMMITMENT = re.compile(r'c1:[^"\\]{1,80}')
_STARTED = re.compile(r'"eventTime"\s*:\s*"([^"]{1,40})"')


@dataclass(frozen=True, slots=True)
class Held:
    """Rows of one case as they lie in the tables, each by its column names."""

    case_no: str
    events: Sequence[Row]
    content: Sequence[Row] = ()
    runs: Sequence[Row] = ()
    journal: Sequence[Row] = ()
    standing: Standing | None = None


async def hold(connection: Connection, numbers: Sequence[str]) -> list[Held]:
    """The rows of so many cases, in the order asked for; of one that the ledger lacks, no events."""
    events = by_case(await connection.fetch(_EVENTS, list(numbers)))
    said = {number: sorted(commitments(events.get(number, ()))) for number in numbers}
    wanted = {each for these in said.values() for each in these}
    content = {row["commitment"]: row for row in await connection.fetch(_CONTENT, list(wanted))}
    runs = by_case(await connection.fetch(_RUNS, list(numbers)))
    entries = by_case(await connection.fetch(_JOURNAL, list(numbers)))
    return [
        Held(
            number, events.get(number, ()), [content[each] for each in said[number] if each in content],
            runs.get(number, ()), entries.get(number, ()),
        )
        for number in numbers
    ]  # fmt: skip


def evidence_of(held: Held, library: Library) -> Evidence:
    """Rows laid out as evidence. Nothing a hand may have put into a row makes it raise."""
    links = [_link(row) for row in held.events]
    return Evidence(
        case_no=held.case_no,
        links=links,
        shelf=library.shelf,
        commitments={row["commitment"]: _commitment(row) for row in held.content},
        runs=sorted((_run(row) for row in held.runs), key=_began),
        journal=[entry for row in held.journal if (entry := _entry(row)) is not None],
        standing=held.standing,
        editions=library.texts_of(links),
    )


def commitments(events: Iterable[Row]) -> set[str]:
    """Every commitment that the text of events mentions, whatever else is wrong with it."""
    return {found for row in events for found in _COMMITMENT.findall(row["data"])}


def unreadable(row: chain.Stored) -> dict[str, Any]:
    """What stands for an event whose data is no JSON object; its hash holds for nothing."""
    bare = chain.stored_event({**{name: row[name] for name in _FRAME}, "data": "{}"})
    return bare | {"data": {"unreadable": row["data"]}}


def by_case(rows: Iterable[asyncpg.Record]) -> dict[str, list[Row]]:
    """Rows that come ordered by case, apart."""
    return {number: list(these) for number, these in _grouped(rows)}


_FRAME = ("seq", "at", "kind", "cause", "rule")


def _link(row: Row) -> Link:
    try:
        return chain.link_of(row)
    except (ValueError, TypeError, AttributeError, RecursionError):
        columns = {name: row[name] for name in chain.columns_of({"data": {}})}
        return Link(unreadable(row), row["prev"].hex(), row["hash"].hex(), columns)


def _commitment(row: Row) -> Commitment:
    return Commitment(
        row["commitment"], row["kind"], row["salt"], row["body"], row["erased_at"], row["erased_by"],
        row["erase_basis"],
    )  # fmt: skip


def _run(row: Row) -> ArchivedRun:
    return ArchivedRun(
        row["run_id"],
        row["events"],
        row["closed"],
        row["code"],
        row["digest"].hex(),
        inflated(row["history"]),
    )


def inflated(packed: bytes) -> str:
    """A history from the archive; what is no such thing comes as what can be read of it, or nothing."""
    worker = zlib.decompressobj()
    try:
        return worker.decompress(packed, LARGEST_HISTORY).decode(errors="replace")
    except zlib.error:
        return ""


def _began(run: ArchivedRun) -> tuple[str, str]:
    """The instant of a history's first event, in an order that does not mind how many digits were written."""
    found = _STARTED.search(run.history)
    seconds, _, fraction = (found[1] if found else "").rstrip("Z").partition(".")
    return seconds, fraction.ljust(9, "0")


def _entry(row: Row) -> journal.Entry | None:
    try:
        return journal.entry_of(row)
    except (ValueError, TypeError, RecursionError):
        return None


def _grouped(rows: Iterable[asyncpg.Record]) -> Iterator[tuple[str, Iterator[asyncpg.Record]]]:
    yield from groupby(rows, key=lambda row: str(row["case_no"]))
