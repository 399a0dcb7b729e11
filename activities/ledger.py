"""Writes events on the ledger with everything that follows from them, many cases in one transaction."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
import structlog
from pydantic import ValidationError
from temporalio.exceptions import ApplicationError

from activities import chain
from activities.interface import LEDGER_CONFLICT, Conflict, RecordRequest, RecordResult
from activities.rows import Row, rows_of
from domain.codec import instant_text, load_event, read_instant

MALFORMED = "ledger_malformed"
"""Type of the error for a request that no ledger would take, whatever it says."""

LARGEST_BATCH = 256  # cases in one transaction
PATIENCE = 8.0  # seconds for one transaction; less than its activity has, which is told why then
RACES = 3  # another worker may be writing the same events: look again this often

_RECORD = "SELECT * FROM herun_record($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
_STORED = """
    SELECT seq, at, kind, cause, rule, data, hash FROM event
    WHERE case_no = $1 AND seq >= $2 ORDER BY seq"""
_TROUBLE = """
    INSERT INTO trouble (case_no, since, last_seen, error) VALUES ($1, now(), now(), $2)
    ON CONFLICT (case_no) DO UPDATE SET last_seen = excluded.last_seen, error = excluded.error"""
_RACED = (
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)
_REFUSED = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
    ValueError,
)
"""What is wrong with a request itself, whether Postgres or the driver says so."""

log = structlog.get_logger("ledger")


class LedgerConflict(ApplicationError):
    """The ledger already says something else; its only detail is a `Conflict`. Trying again is no use."""

    def __init__(self, conflict: Conflict) -> None:
        self.conflict = conflict
        super().__init__(
            f"{conflict.case_no}: 台账第 {conflict.seq} 条与请求不符。"
            f"/ {conflict.case_no}: the ledger differs at event {conflict.seq}.",
            conflict,
            type=LEDGER_CONFLICT,
            non_retryable=True,
        )


_AFTER = """
    SELECT seq, at, kind, cause, rule, data FROM event WHERE case_no = $1 AND seq > $2 ORDER BY seq"""


@dataclass(slots=True)
class Entry:
    """A request made ready: its head as the ledger must have it, its lines, and the rows they change."""

    request: RecordRequest
    head: Row
    lines: list[Row]
    rows: tuple[list[Row], ...]
    done: asyncio.Future[RecordResult] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @property
    def case_no(self) -> str:
        return self.request.case_no

    @property
    def result(self) -> RecordResult:
        seq, digest = _place(self.lines[-1])
        return RecordResult(head=digest.hex(), seq=seq)


def entry_of(request: RecordRequest) -> Entry:
    """A request with its chain computed. Raises ApplicationError `ledger_malformed`."""
    try:
        first = request.events[0]["seq"]
        lines = _lines(request, first)
        rows = rows_of(request.case_no, map(load_event, request.events))
    except (AttributeError, LookupError, TypeError, ValueError) as wrong:
        raise _malformed(request.case_no, wrong) from wrong
    return Entry(request, (request.case_no, first - 1, bytes.fromhex(request.head)), lines, rows)


def _malformed(case_no: str, wrong: Exception) -> ApplicationError:
    """Says what is wrong without the values: an error travels into histories and logs."""
    match wrong:
        case ValidationError():
            faults = wrong.errors(include_input=False, include_url=False, include_context=False)
            what = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['type']}" for each in faults)
        case asyncpg.PostgresError():
            what = " ".join(filter(None, (type(wrong).__name__, getattr(wrong, "constraint_name", ""))))
        case _:
            what = repr(wrong)
    return ApplicationError(f"{case_no}: {what}", type=MALFORMED, non_retryable=True)


def _lines(request: RecordRequest, first: int) -> list[Row]:
    if (first == 1) != (request.head == chain.START):
        raise ValueError(f"event {first} follows on head {request.head!r}")
    lines: list[Row] = []
    head = request.head
    for seq, event in enumerate(request.events, start=first):
        if event["seq"] != seq:
            raise ValueError(f"event {event['seq']} stands where {seq} belongs")
        line = _line(request.case_no, head, event)
        head = line[-1].hex()
        lines.append(line)
    return lines


def _line(case_no: str, prev: str, event: dict[str, Any]) -> Row:
    """One row of type `ledger_line`."""
    written = chain.canonical(event["data"])
    digest = chain.digest(chain.sealed(case_no, prev, event, written))
    columns = chain.columns_of(event)
    return (
        case_no, event["seq"], _instant(event["at"]), event["kind"], *columns.values(), event["cause"],
        event["rule"], written, bytes.fromhex(prev), digest,
    )  # fmt: skip


def _instant(text: str) -> datetime:
    """An instant that the ledger will write just so again: the hash is of its text."""
    at = read_instant(text)
    if instant_text(at) != text:
        raise ValueError(f"{text} is not in China Standard Time with milliseconds")
    return at


def _place(line: Row) -> tuple[int, bytes]:
    return line[1], line[-1]


class Ledger:
    """The one writer of the ledger in a process.

    While one transaction is under way, requests that arrive gather; then all of them go in the next. A
    request that cannot be written fails alone. The pool logs in as `herun_ledger`; one of its connections
    is kept until `close`.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._connection: asyncpg.pool.PoolConnectionProxy | None = None
        self._waiting: list[Entry] = []
        self._writing: asyncio.Task[None] | None = None

    async def record(self, request: RecordRequest) -> RecordResult:
        """Append events; returns once they are committed, with the hash and number of the last one.

        The same events again give the same result and write nothing. Where the ledger has the first of
        them already, the others are added. Raises LedgerConflict where it has other events or others are
        missing, ApplicationError `ledger_malformed`, and whatever Postgres raises while it is down.
        """
        entry = entry_of(request)
        self._waiting.append(entry)
        if self._writing is None:
            self._writing = asyncio.create_task(self._drain())
        return await entry.done

    async def events_after(self, case_no: str, seq: int) -> list[dict[str, Any]]:
        """Events of a case from the one after `seq` on, as `event_json`."""
        rows = await self._pool.fetch(_AFTER, case_no, seq, timeout=PATIENCE)
        return [chain.stored_event(row) for row in rows]

    async def trouble(self, case_no: str, error: str) -> None:
        """Mark a case that cannot go on; its next event clears the mark. `error` names no person."""
        await self._pool.execute(_TROUBLE, case_no, error, timeout=PATIENCE)

    async def close(self) -> None:
        """Finish what was begun and let the connection go."""
        if self._writing is not None:
            await self._writing
        await self._disconnect()

    async def _drain(self) -> None:
        try:
            while self._waiting:
                batch = self._next_batch()
                try:
                    await self._write(batch)
                except Exception as bug:  # nobody must wait for ever for an answer
                    _fail(batch, bug)
        finally:
            self._writing = None

    def _next_batch(self) -> list[Entry]:
        """The first request of each case; a second one of the same case waits for it."""
        batch: dict[str, Entry] = {}
        later: list[Entry] = []
        for entry in self._waiting:
            if entry.case_no in batch or len(batch) == LARGEST_BATCH:
                later.append(entry)
            else:
                batch[entry.case_no] = entry
        self._waiting = later
        return [batch[case_no] for case_no in sorted(batch)]  # one order everywhere: no deadlock

    async def _write(self, batch: Sequence[Entry], races: int = RACES) -> None:
        try:
            unfit = await self._call(batch)
        except _RACED as raced:
            await self._again(batch, races, raced)
        except _REFUSED as refused:
            await self._apart(batch, refused)
        except Exception as failure:  # Postgres is away: every request is tried again by its activity
            await self._hang_up()
            _fail(batch, failure)
        else:
            await self._settle(batch, unfit)

    async def _call(self, batch: Sequence[Entry]) -> set[str]:
        """One round trip: all written and committed, or nothing and the cases that do not fit."""
        connection = await self._connect()
        heads = [entry.head for entry in batch]
        lines = [line for entry in batch for line in entry.lines]
        rows = ([row for entry in batch for row in entry.rows[place]] for place in range(len(batch[0].rows)))
        found = await connection.fetch(_RECORD, heads, lines, *rows, timeout=PATIENCE)
        return {row[0] for row in found}

    async def _settle(self, batch: Sequence[Entry], unfit: set[str]) -> None:
        fit = [entry for entry in batch if entry.case_no not in unfit]
        if not unfit:
            for entry in fit:
                _succeed(entry)
            return
        if fit:
            await self._write(fit)
        for entry in batch:
            if entry.case_no in unfit:
                await self._reconcile(entry)

    async def _again(self, batch: Sequence[Entry], races: int, raced: Exception) -> None:
        if races:
            await self._write(batch, races - 1)
        else:
            await self._apart(batch, raced)

    async def _apart(self, batch: Sequence[Entry], refused: Exception) -> None:
        """One of the batch is refused: it fails alone."""
        if len(batch) == 1:
            _fail(batch, _refusal(batch[0], refused))
            return
        for entry in batch:
            await self._write([entry])

    async def _reconcile(self, entry: Entry) -> None:
        """What the ledger has already is compared, what it lacks is added, what differs is a conflict."""
        try:
            rest = await self._rest(entry)
        except Exception as failure:
            _fail([entry], failure)
            return
        if rest is None:
            _succeed(entry)
        else:
            await self._write([rest])

    async def _rest(self, entry: Entry) -> Entry | None:
        """What the ledger lacks of a request, None if nothing. Raises LedgerConflict."""
        before = entry.head[1]
        found = await (await self._connect()).fetch(_STORED, entry.case_no, max(before, 1), timeout=PATIENCE)
        stored = {row["seq"]: row for row in found}
        for place, line in enumerate(entry.lines):
            seq, digest = _place(line)
            if seq not in stored and (place > 0 or _follows(entry, stored)):
                return _tail(entry, place)
            if seq not in stored or stored[seq]["hash"] != digest:
                raise LedgerConflict(_conflict(entry, seq, digest, stored))
        return None

    async def _connect(self) -> asyncpg.pool.PoolConnectionProxy:
        if self._connection is not None and _is_lost(self._connection):
            await self._hang_up()
        if self._connection is None:
            self._connection = await self._pool.acquire(timeout=PATIENCE)
        return self._connection

    async def _hang_up(self) -> None:
        """Nothing is waited for on a line that has failed: whoever does not answer takes no leave either."""
        if self._connection is not None:
            with suppress(asyncpg.InterfaceError, asyncpg.InternalClientError):
                self._connection.terminate()
            await self._disconnect()

    async def _disconnect(self) -> None:
        if self._connection is not None:
            held, self._connection = self._connection, None
            await self._pool.release(held)


def _is_lost(connection: asyncpg.pool.PoolConnectionProxy) -> bool:
    """Whether it is closed, or the pool has taken it back because it broke."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        return True


def _follows(entry: Entry, stored: dict[int, asyncpg.Record]) -> bool:
    _, before, digest = entry.head
    return not stored if before == 0 else before in stored and stored[before]["hash"] == digest


def _tail(entry: Entry, place: int) -> Entry:
    head = entry.lines[place - 1][-1].hex() if place else entry.request.head
    rest = entry_of(entry.request.model_copy(update={"head": head, "events": entry.request.events[place:]}))
    rest.done = entry.done
    return rest


def _conflict(entry: Entry, seq: int, digest: bytes, stored: dict[int, asyncpg.Record]) -> Conflict:
    log.error("ledger_conflict", case_no=entry.case_no, seq=seq)
    return Conflict(
        case_no=entry.case_no,
        seq=seq,
        expected=digest.hex(),
        found=stored[seq]["hash"].hex() if seq in stored else "",
        head=stored[seq - 1]["hash"].hex() if seq - 1 in stored else "",
        stored=[chain.stored_event(row) for number, row in stored.items() if number >= seq],
    )


def _refusal(entry: Entry, refused: Exception) -> ApplicationError:
    """An error of the request itself: trying again would not help."""
    log.error("ledger_refused", case_no=entry.case_no, error=type(refused).__name__)
    return _malformed(entry.case_no, refused)


def _succeed(entry: Entry) -> None:
    if not entry.done.done():
        entry.done.set_result(entry.result)


def _fail(batch: Sequence[Entry], failure: Exception) -> None:
    for entry in batch:
        if not entry.done.done():
            entry.done.set_exception(failure)
