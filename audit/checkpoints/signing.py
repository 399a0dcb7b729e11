"""Signs checkpoints over the ledger and the journal, each following from the last; reads no event's data."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import asyncpg

from activities import journal
from activities.content import Connection
from activities.journal import Stream
from audit.checkpoints import heads, merkle, tiles, treehead
from audit.checkpoints.kept import Recorded, recorded
from audit.checkpoints.notes import NoteError, Signer, Verifier
from audit.checkpoints.tiles import BEFORE_ALL, Growth, Name
from audit.checkpoints.treehead import Checkpoint, Heads

PATIENCE = 30.0
"""Seconds to wait for transactions that were writing when a checkpoint began."""

_NAP = 0.01  # seconds between two looks at them
_ALONE = "SELECT pg_advisory_xact_lock(hashtext('herun checkpoint'))"
_INSERT = """
    INSERT INTO checkpoint (size, at, root, cases, cases_root, last_id, note, edges, tail)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""
_REACHED = "SELECT last_value FROM pg_sequences WHERE schemaname = 'public' AND sequencename = 'event_id_seq'"
_WRITERS = """
    SELECT array_agg(virtualtransaction) FROM pg_locks
    WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND relation IN ('event'::regclass, 'journal'::regclass)
      AND ($1::text[] IS NULL OR virtualtransaction = ANY($1))"""


class CheckpointRefusedError(RuntimeError):
    """A checkpoint that would not follow from the last one, or would miss what is being written, is not signed."""


async def write_checkpoint(
    connection: Connection, signers: Sequence[Signer], now: datetime, trusted: Sequence[Verifier] = ()
) -> Checkpoint:
    """Sign what was committed until now; where that is nothing new, the last checkpoint again.

    `signers` all sign, the first one's name is the origin; keys of former signers may be `trusted` for the
    last checkpoint. Needs the role of the ledger, and READ COMMITTED. Raises CheckpointRefusedError where
    the last checkpoint, as it is kept, is not what was signed: nothing is signed that contradicts it.
    """
    async with connection.transaction():
        await connection.execute(_ALONE)
        before = await _last(connection, [*(each.verifier for each in signers), *trusted])
        growth = Growth(before.checkpoint.size, before.edges) if before else Growth()
        after = before.last_id if before else BEFORE_ALL
        last_id, tail = await _grow(connection, growth, after, before.tail if before else ())
        if before and growth.size == before.checkpoint.size:
            return before.checkpoint
        await heads.grow(connection, after, last_id)
        chains, chains_root = await heads.over(heads.kept(connection))
        found = Heads(growth.size, growth.root(), chains, chains_root)
        checkpoint = treehead.signed(found, now, signers)
        await _keep(connection, Recorded(checkpoint, last_id, growth.edges, tail))
    return checkpoint


async def rotate(connection: Connection, old: Signer, new: Signer, now: datetime) -> Checkpoint:
    """Record that `new` follows `old`, and write the checkpoint that both sign.

    Raises ValueError where their names differ, CheckpointRefusedError as `write_checkpoint`.
    """
    if old.name != new.name:
        raise ValueError(f"{new.name} cannot follow {old.name}: the origin of a log stays the same")
    async with connection.transaction():
        await journal.append(
            connection, Stream.ARCHIVE, "key_rotated", at=now, old=str(old.verifier), new=str(new.verifier)
        )
        return await write_checkpoint(connection, [new, old], now)


async def settled(connection: Connection) -> int:
    """An id up to which every row is there that ever will be; rows being written are waited for.

    A number is taken from the sequence only by who holds the table's lock already. So whoever took one up
    to the number read here is among those who hold the lock now, or has ended. Nobody waits for us.
    """
    reached = await connection.fetchval(_REACHED)
    writers = await connection.fetchval(_WRITERS, None)
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE
    while writers:
        if loop.time() > end:
            raise CheckpointRefusedError(
                f"{PATIENCE:.0f} 秒内仍有写入未提交，请稍后重试。"
                f"/ Something written {PATIENCE:.0f} seconds ago is still not committed; try again later."
            )
        await asyncio.sleep(_NAP)
        writers = await connection.fetchval(_WRITERS, writers)
    return int(reached or 0)


async def _last(connection: Connection, trusted: Sequence[Verifier]) -> Recorded | None:
    """The last checkpoint, once what is kept of it has been seen to be what was signed."""
    try:
        before = await recorded(connection)
        if before is None:
            await _check_for_none(connection)
            return None
        treehead.opened(before.checkpoint.note, trusted)
    except NoteError as wrong:
        raise _refused(str(wrong)) from wrong
    if Growth(before.checkpoint.size, before.edges).root() != before.checkpoint.root:
        raise _refused("树的边缘与根不符。/ the edge of the tree does not give its root.")
    found = await heads.over(heads.kept(connection))
    if found != (before.checkpoint.chains, before.checkpoint.chains_root):
        raise _refused("各链末条与根不符。/ the heads of the chains do not give their root.")
    return before


async def _check_for_none(connection: Connection) -> None:
    """That there is no last checkpoint is believed only where nothing is kept of one."""
    if (await heads.over(heads.kept(connection)))[0]:
        raise _refused("检查点已不在。/ it is gone.")


async def _grow(
    connection: Connection, growth: Growth, after: int, tail: Sequence[Name]
) -> tuple[int, Sequence[Name]]:
    """Take in the leaves after an id; returns the id of the last one, and the leaves of no full tile."""
    last_id = after
    async for page in tiles.leaves(connection, after, await settled(connection)):
        filled = growth.add(merkle.leaf_hashes(b"".join(leaf.hash for leaf in page)))
        tail = [*tail, *(leaf.name for leaf in page)]
        try:
            await tiles.store(connection, filled, tail)
        except asyncpg.UniqueViolationError as wrong:
            raise _refused("树中已有更后的块。/ there are later tiles of the tree already.") from wrong
        tail, last_id = tail[len(tail) - growth.size % tiles.WIDTH :], page[-1].name.id
    return last_id, tail


async def _keep(connection: Connection, made: Recorded) -> None:
    checkpoint = made.checkpoint
    await connection.execute(
        _INSERT, checkpoint.size, checkpoint.at, checkpoint.root, checkpoint.chains, checkpoint.chains_root,
        made.last_id, checkpoint.note, list(made.edges), tiles.named(made.tail),
    )  # fmt: skip


def _refused(why: str) -> CheckpointRefusedError:
    chinese, _, english = why.partition("/ ")
    return CheckpointRefusedError(
        f"上一检查点的存档与所签不符，不再签署：{chinese}请先运行 herun audit verify --all。"
        f"/ What is kept of the last checkpoint is not what was signed, so nothing is signed after it: {english} "
        "Run herun audit verify --all first."
    )
