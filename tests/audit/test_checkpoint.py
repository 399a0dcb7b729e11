"""A checkpoint signs every event and every chain's end, and names what was changed behind it (design §5)."""

import asyncio
import base64
from datetime import timedelta

import asyncpg
import pytest
import signed_ledger
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from signed_ledger import KEYS, NOW, SIGNER, add, add_many, digest, rounds, sign

from activities import journal
from activities.journal import Stream
from activities.settings import Role as Login
from audit.checkpoints import merkle, notes, signing, treehead
from audit.checkpoints.checkpoint import (
    CheckpointRefusedError,
    check_consistency,
    compare,
    latest,
    notes_before,
    opened,
    rotate,
    verify_tree,
    write_checkpoint,
)
from audit.checkpoints.notes import MalformedNoteError, Signer, UntrustedNoteError

tamperer, worker, reader = signed_ledger.tamperer, signed_ledger.worker, signed_ledger.reader


# -- what is signed -------------------------------------------------------------------------------------


async def test_a_checkpoint_says_how_many_events_there_are_and_where_every_chain_ends(worker):
    await add(worker, ("O2", 1), ("O1", 1), ("O2", 2))
    await journal.append(worker, Stream.ACCESS, "audit_viewed", account="a-1")
    checkpoint = await sign(worker)
    entry = (await journal.entries(worker, Stream.ACCESS))[0]
    heads = [
        ("O1", 1, digest("O1", 1).hex()),
        ("O2", 2, digest("O2", 2).hex()),
        ("journal/access", 1, entry.hash),
    ]
    root = merkle.tree_root([digest("O2", 1), digest("O1", 1), digest("O2", 2), bytes.fromhex(entry.hash)])
    chains_root = merkle.tree_root([f"{chain}\n{seq}\n{hashed}\n".encode() for chain, seq, hashed in heads])
    assert notes.split(checkpoint.note)[0] == (
        f"herun.yunhe\n4\n{base64.b64encode(root).decode()}\n"
        f"chains 3 {base64.b64encode(chains_root).decode()}\nat 2026-11-24T02:00:00.000+08:00\n"
    )
    assert opened(checkpoint.note, KEYS) == checkpoint == await latest(worker)


async def test_nothing_new_is_the_last_checkpoint_again(worker):
    assert await latest(worker) is None
    await add(worker, ("O1", 1))
    first = await sign(worker)
    assert await sign(worker, NOW + timedelta(days=1)) == first
    assert await notes_before(worker) == [first.note]


async def test_an_empty_ledger_can_be_signed(worker, reader):
    checkpoint = await sign(worker)
    assert (checkpoint.size, checkpoint.root, checkpoint.chains) == (0, merkle.EMPTY, 0)
    assert await verify_tree(reader, None, KEYS) == []
    await add(worker, ("O1", 1))
    await sign(worker)
    assert (await compare(reader, checkpoint.note, KEYS)).findings == []


async def test_step_by_step_gives_the_tree_that_all_at_once_gives(worker, tamperer):
    sizes = []
    for step in range(5):
        await add(worker, *rounds(170, step + 1, step + 1))
        sizes.append((await sign(worker)).size)
    stepwise = await latest(worker)
    await tamperer.execute("TRUNCATE checkpoint, tree_tile, chain_head")
    at_once = await sign(worker)
    assert sizes == [170, 340, 510, 680, 850]
    assert (stepwise.root, stepwise.chains_root) == (at_once.root, at_once.chains_root)
    assert at_once.root == merkle.tree_root(digest(*each) for each in rounds(170, 1, 5))


async def test_tiles_fill_tiles_of_the_next_level(worker, reader, tamperer):
    await add_many(worker, 1100, 1, 60)  # 66,000: one full tile of tiles
    checkpoint = await sign(worker)
    await add(worker, *rounds(10, 61, 61))
    later = await sign(worker)
    kept = await tamperer.fetch("SELECT level, count(*) FROM tree_tile GROUP BY level ORDER BY level")
    assert [tuple(row) for row in kept] == [(0, 257), (1, 1)]
    assert later.root == merkle.tree_root(digest(*each) for each in rounds(1100, 1, 60) + rounds(10, 61, 61))
    compared = await compare(reader, checkpoint.note, KEYS)
    assert compared.findings == []
    assert check_consistency(checkpoint, later, compared.proof)


async def test_what_is_being_written_is_waited_for_and_writers_wait_for_nothing(database, worker):
    early = await database.connect(Login.LEDGER)
    await add(worker, ("O1", 1))
    writing = early.transaction()
    await writing.start()
    await add(early, ("O2", 1))  # takes its number, and is not committed
    await add(worker, ("O3", 1))  # commits a later number
    checkpoint = asyncio.create_task(sign(worker))
    other = await database.connect(Login.LEDGER)
    await add(other, ("O4", 1))
    assert not checkpoint.done()
    await writing.commit()
    assert (await checkpoint).size >= 3
    assert await verify_tree(other, None, KEYS) == []
    await other.close()
    await early.close()


async def test_who_writes_for_too_long_is_not_waited_for(database, worker, monkeypatch):
    early = await database.connect(Login.LEDGER)
    monkeypatch.setattr(signing, "PATIENCE", 0.0)
    async with early.transaction():
        await add(early, ("O2", 1))
        with pytest.raises(CheckpointRefusedError, match="not committed"):
            await sign(worker)
    await early.close()
    assert (await sign(worker)).size == 1


async def test_two_who_sign_at_once_sign_the_same(database, worker):
    await add(worker, *rounds(300, 1, 1))
    other = await database.connect(Login.LEDGER)
    first, second = await asyncio.gather(sign(worker), sign(other))
    assert first == second
    await other.close()


@pytest.mark.parametrize("login", [Login.DOOR, Login.READER])
async def test_only_the_worker_writes_checkpoints(database, worker, login):
    await add(worker, ("O1", 1))
    connection = await database.connect(login)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await sign(connection)
    await connection.close()


# -- keys -----------------------------------------------------------------------------------------------


async def test_old_and_new_key_both_sign_across_a_change(worker, reader):
    await add(worker, ("O1", 1))
    before = await sign(worker)
    new = Signer("herun.yunhe", Ed25519PrivateKey.generate())
    across = await rotate(worker, SIGNER, new, NOW)
    assert opened(across.note, KEYS) == opened(across.note, [new.verifier])
    (entry,) = await journal.entries(worker, Stream.ARCHIVE)
    assert (entry.kind, entry.data["new"]) == ("key_rotated", str(new.verifier))
    await add(worker, ("O1", 2))
    after = await write_checkpoint(worker, [new], NOW)
    with pytest.raises(UntrustedNoteError):
        opened(after.note, KEYS)
    assert (await compare(reader, before.note, [*KEYS, new.verifier])).findings == []


async def test_a_key_without_a_rotation_signs_nothing_after_another_ones_checkpoint(worker):
    await add(worker, ("O1", 1))
    await sign(worker)
    await add(worker, ("O1", 2))
    stranger = Signer("herun.yunhe", Ed25519PrivateKey.generate())
    with pytest.raises(CheckpointRefusedError, match="trusted keys"):
        await write_checkpoint(worker, [stranger], NOW)
    assert (await write_checkpoint(worker, [stranger], NOW, trusted=KEYS)).size == 2


async def test_the_origin_of_a_log_stays_the_same(worker):
    with pytest.raises(ValueError, match="origin"):
        await rotate(worker, SIGNER, Signer("herun.elsewhere", Ed25519PrivateKey.generate()), NOW)


async def test_a_trusted_key_of_another_log_is_not_trusted_for_this_one():
    elsewhere = Signer("herun.elsewhere", Ed25519PrivateKey.generate())
    heads = treehead.Heads(0, merkle.EMPTY, 0, merkle.EMPTY)
    note = treehead.signed(heads, NOW, [SIGNER]).note
    cosigned = notes.sign(notes.split(note)[0], [elsewhere])
    with pytest.raises(UntrustedNoteError):
        opened(cosigned, [elsewhere.verifier])


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("\n4\n", "\n04\n"),
        ("\n4\n", "\n-4\n"),
        ("\n4\n", "\n"),
        ("chains 3 ", "chains x "),
        ("chains 3 ", "chain 3 "),
        ("at 2026-11-24T02:00:00.000+08:00\n", "at noon\n"),
        ("herun.yunhe\n", "\n"),
        ("=\nchains", "\nchains"),
    ],
)
def test_what_is_no_checkpoint_is_refused(line, other):
    heads = treehead.Heads(4, bytes(32), 3, bytes(32))
    text, _ = notes.split(treehead.signed(heads, NOW, [SIGNER]).note)
    assert line in text
    with pytest.raises(MalformedNoteError):
        treehead.read(notes.sign(text.replace(line, other), [SIGNER]))


def test_extension_lines_of_others_are_passed_over():
    heads = treehead.Heads(4, bytes(32), 3, bytes(32))
    text, _ = notes.split(treehead.signed(heads, NOW, [SIGNER]).note)
    assert treehead.read(notes.sign(f"{text}more to say\n", [SIGNER])).chains == 3
