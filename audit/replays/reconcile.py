"""Where the ledger and Temporal have parted, as after a restore: case by case, act by act; reads only.

Both are right in what they hold. The ledger is ahead where a history was restored to an earlier moment, the
history is ahead where the ledger was; what was in neither is told only by somebody who kept it outside.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import asyncpg
from temporalio.client import Client

from activities import chain, custody
from audit.replays.believed import Belief, belief_of, written
from domain.events import Acted, CaseOpened
from domain.shelf import Shelf
from domain.vocabulary import CaseKind, CaseNo

AT_ONCE = 8  # histories fetched at a time
PAGE = 1_000

_KINDS = ", ".join(f"'{kind.value}'" for kind in CaseKind)
_ALL = f"WorkflowType IN ({_KINDS})"
_OPEN = "SELECT case_no FROM case_register WHERE closed_at IS NULL"
_CLOSED = "SELECT case_no FROM case_register WHERE closed_at IS NOT NULL AND case_no = ANY($1::text[])"
_HAS_ENDED = "SELECT closed_at IS NOT NULL FROM case_register WHERE case_no = $1"
_LAST = "SELECT seq, hash FROM event WHERE case_no = $1 ORDER BY seq DESC LIMIT 1"
_AT = "SELECT hash FROM event WHERE case_no = $1 AND seq = $2"
_AFTER = "SELECT seq, at, kind, cause, rule, data FROM event WHERE case_no = $1 AND seq > $2 ORDER BY seq"
_KNOWN = "SELECT DISTINCT case_no, act_id FROM event WHERE act_id = ANY($1::text[])"


class Apart(StrEnum):
    """How the ledger and the history of a case can have parted."""

    LEDGER_AHEAD = "ledger_ahead"
    """The history lacks acts or lapses that are on the ledger; the case learns them from it."""
    NO_HISTORY = "no_history"
    """The ledger has an open case of which Temporal knows nothing; it can be begun again from the ledger."""
    HISTORY_GONE = "history_gone"
    """The case ended, and Temporal lost its history before it was sealed: nothing is owed, its steps are unproved."""
    HISTORY_AHEAD = "history_ahead"
    """The ledger lacks events that were on it; the history, run again, gives the very same."""
    FORKED = "forked"
    """They went on in different ways from one event: somebody has to look. Nothing is done to it."""


@dataclass(frozen=True, slots=True)
class ActBeyond:
    """An act that only one of the two holds."""

    case_no: CaseNo
    seq: int
    act: str
    act_id: str


@dataclass(frozen=True, slots=True)
class Parted:
    """One case: the last event of either, and what only one of them holds.

    `lacking` are the events that the ledger lacks and the history gives, ready to be written.
    """

    case_no: CaseNo
    how: Apart
    ledger: int
    history: int
    acts: tuple[ActBeyond, ...] = ()
    lacking: tuple[dict[str, Any], ...] = ()
    head: str = ""
    """The hash (hex) of the last event on the ledger."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The last event of a case on the ledger; 0 where it is not there."""

    seq: int
    head: str


async def parted(
    pool: asyncpg.Pool,
    client: Client,
    shelf: Shelf,
    count: Callable[[int, int], None] = lambda done, all: None,
) -> list[Parted]:
    """Every case of which ledger and history have parted, by number. Raises what either raises while away.

    Cases that have ended in both or are sealed are not looked at: `herun audit verify` does that.
    """
    numbers = await _numbers(pool, client)
    found: list[Parted] = []
    done = 0
    async for each in _all(pool, client, shelf, numbers):
        done += 1
        count(done, len(numbers))
        if each is not None:
            found.append(each)
    return sorted(found, key=lambda each: each.case_no)


async def unknown(pool: asyncpg.Pool, kept: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of (case, act id) pairs that somebody kept outside, those that the ledger does not have."""
    wanted = list(kept)
    rows = await pool.fetch(_KNOWN, [act_id for _, act_id in wanted])
    known = {(row["case_no"], row["act_id"]) for row in rows}
    return [each for each in wanted if each not in known]


async def _numbers(pool: asyncpg.Pool, client: Client) -> list[CaseNo]:
    """Cases that are open on the ledger, that still run, or that the ledger does not know to have ended."""
    on_ledger = {row["case_no"] for row in await pool.fetch(_OPEN)}
    running, ended = set[str](), set[str]()
    async for execution in client.list_workflows(_ALL):
        (running if execution.close_time is None else ended).add(execution.id)
    closed = {row["case_no"] for row in await pool.fetch(_CLOSED, list(ended))}
    unsealed = await _unsealed(pool) - ended
    return [CaseNo(number) for number in sorted(on_ledger | running | unsealed | (ended - closed))]


async def _unsealed(pool: asyncpg.Pool) -> set[str]:
    """Ended cases that no seal keeps, and of which nobody has said yet that their history is missing."""
    found: set[str] = set()
    after = 0
    async with pool.acquire() as connection:
        while page := await custody.unsealed(connection, after, PAGE):
            found |= {closing.case_no for closing in page}
            after = page[-1].id
    return found


async def _all(
    pool: asyncpg.Pool, client: Client, shelf: Shelf, numbers: Sequence[CaseNo]
) -> AsyncIterator[Parted | None]:
    """A few at a time; replays, which are rare, one after another."""
    for place in range(0, len(numbers), AT_ONCE):
        some = numbers[place : place + AT_ONCE]
        for number, belief in zip(
            some, await asyncio.gather(*(belief_of(client, n) for n in some)), strict=True
        ):
            yield await _compared(pool, client, shelf, number, belief)


async def _compared(
    pool: asyncpg.Pool, client: Client, shelf: Shelf, number: CaseNo, belief: Belief | None
) -> Parted | None:
    row = await pool.fetchrow(_LAST, number)
    ledger = Standing(row["seq"], row["hash"].hex()) if row else Standing(0, chain.START)
    if belief is None:
        how = Apart.HISTORY_GONE if await pool.fetchval(_HAS_ENDED, number) else Apart.NO_HISTORY
        return await _ahead(pool, number, how, ledger, Belief(0, chain.START, False))
    if belief.seq > ledger.seq:
        return await _behind(client, shelf, number, ledger, belief)
    held = await pool.fetchval(_AT, number, belief.seq) if belief.seq else b""
    if held is None or held.hex() != belief.head:
        return Parted(number, Apart.FORKED, ledger.seq, belief.seq)
    if belief.seq < ledger.seq:
        return await _ahead(pool, number, Apart.LEDGER_AHEAD, ledger, belief)
    return None


async def _ahead(pool: asyncpg.Pool, number: CaseNo, how: Apart, ledger: Standing, belief: Belief) -> Parted:
    events = [chain.stored_event(row) for row in await pool.fetch(_AFTER, number, belief.seq)]
    return Parted(number, how, ledger.seq, belief.seq, _acts(number, events), head=ledger.head)


async def _behind(client: Client, shelf: Shelf, number: CaseNo, ledger: Standing, belief: Belief) -> Parted:
    """The ledger lacks the end: what the history gives must follow on what it has, to the hash."""
    try:
        events = [dict(event) for event in await written(client, number, shelf) if event["seq"] > ledger.seq]
    except ValueError:
        events = []
    head = ledger.head
    for event in events:
        head = chain.event_hash(number, head, event).hex()
    if head != belief.head or [event["seq"] for event in events] != list(
        range(ledger.seq + 1, belief.seq + 1)
    ):
        return Parted(number, Apart.FORKED, ledger.seq, belief.seq)
    return Parted(
        number, Apart.HISTORY_AHEAD, ledger.seq, belief.seq, _acts(number, events), tuple(events), ledger.head
    )


def _acts(number: CaseNo, events: Sequence[dict[str, Any]]) -> tuple[ActBeyond, ...]:
    """Acts and openings among events; what merely lapsed comes by itself."""
    return tuple(
        ActBeyond(number, event["seq"], _code(event), event["data"]["act_id"])
        for event in events
        if event["kind"] in (Acted.code, CaseOpened.code)
    )


def _code(event: dict[str, Any]) -> str:
    return str(event["data"].get("act", event["kind"]))
