"""What was changed behind a checkpoint is found, and named at the event it was done to (design §6, answer 1)."""

import pytest
import signed_ledger
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from signed_ledger import KEYS, NOW, add, leaf, rounds, sign, told

from activities import journal
from activities.journal import Stream
from audit.checkpoints import notes, treehead
from audit.checkpoints.checkpoint import CheckpointRefusedError, check_consistency, compare, verify_tree
from audit.checkpoints.notes import Signer

tamperer, worker, reader = signed_ledger.tamperer, signed_ledger.worker, signed_ledger.reader

SIZE = 300 * 3 + 2
"""Three full tiles and an edge."""


@pytest.fixture
async def signed(worker):
    """Three hundred cases with three events each, two journal entries, signed, and life goes on."""
    await add(worker, *rounds(300, 1, 2))
    for account in ("a-1", "a-2"):
        await journal.append(worker, Stream.ACCESS, "audit_viewed", account=account)
    await add(worker, *rounds(300, 3, 3))
    checkpoint = await sign(worker)
    await add(worker, *rounds(20, 4, 4))
    return checkpoint


async def test_a_ledger_that_nobody_touched_is_whole(signed, reader):
    assert signed.size == SIZE
    assert await verify_tree(reader, signed.note, KEYS) == []
    assert await verify_tree(reader, None, KEYS) == []


OF = "WHERE case_no = 'O0123' AND seq ="
STILL = "(SELECT max(id) FROM event) + 1"
TAMPERED = {
    f"DELETE FROM event {OF} 3": [("O0123", "leaf_missing", 3)],
    f"DELETE FROM event {OF} 2": [("O0123", "leaf_missing", 2)],
    "DELETE FROM event WHERE case_no = 'O0123'": [("O0123", "leaf_missing", seq) for seq in (1, 2, 3)],
    "DELETE FROM event WHERE case_no = 'O0299'": [("O0299", "leaf_missing", seq) for seq in (1, 2, 3)],
    "DELETE FROM journal WHERE seq = 2": [("journal/access", "leaf_missing", 2)],
    f"UPDATE event SET hash = sha256('other') {OF} 1": [("O0123", "leaf_differs", 1)],
    f"UPDATE event SET hash = sha256('other') {OF} 3": [("O0123", "leaf_differs", 3)],
    f"UPDATE event SET id = DEFAULT {OF} 3": [("O0123", "leaf_missing", 3)],
    f"UPDATE event SET seq = 9 {OF} 3": [("O0123", "leaf_renamed", 3)],
    f"UPDATE event SET case_no = 'O9' {OF} 3": [("O0123", "leaf_renamed", 3)],
    """WITH swapped AS (DELETE FROM event WHERE case_no = 'O0123' AND seq < 3 RETURNING *)
        INSERT INTO event (id, case_no, seq, at, kind, rule, data, prev, hash) OVERRIDING SYSTEM VALUE
        SELECT (SELECT sum(id) FROM swapped) - id, case_no, seq, at, kind, rule, data, prev, hash FROM swapped
    """: [("O0123", "leaf_renamed", 1), ("O0123", "leaf_renamed", 2)],
    """INSERT INTO event (id, case_no, seq, at, kind, rule, data, prev, hash) OVERRIDING SYSTEM VALUE
        VALUES (-5, 'O9', 1, '2026-11-23', 'noted', '', '{}', '', sha256('added'))
    """: [("O9", "leaf_added", 1)],
}


@pytest.mark.parametrize("sql", TAMPERED)
async def test_a_change_behind_a_checkpoint_is_named_at_its_event(signed, reader, tamperer, sql):
    await tamperer.execute(sql)
    found = await verify_tree(reader, signed.note, KEYS)
    assert told(found) == TAMPERED[sql]
    assert all(each.about.startswith(f"checkpoint {SIZE}, leaf ") for each in found)


async def test_an_altered_hash_is_told_with_what_was_signed_and_what_stands_there(signed, reader, tamperer):
    await tamperer.execute(f"UPDATE event SET hash = sha256('other') {OF} 1")
    (finding,) = await verify_tree(reader, signed.note, KEYS)
    assert (finding.expected, finding.about) == (leaf("O0123", 1), f"checkpoint {SIZE}, leaf 123")


async def test_an_event_slipped_in_between_is_named(worker, reader, tamperer):
    await add(worker, ("O1", 1))
    await tamperer.execute("SELECT nextval('event_id_seq')")
    await add(worker, ("O1", 2))
    await sign(worker)
    await tamperer.execute(
        """INSERT INTO event (id, case_no, seq, at, kind, rule, data, prev, hash) OVERRIDING SYSTEM VALUE
        VALUES (2, 'O9', 1, '2026-11-23', 'noted', '', '{}', '', sha256('added'))"""
    )
    assert told(await verify_tree(reader, None, KEYS)) == [("O9", "leaf_added", 1)]


async def test_a_case_wiped_out_of_everything_is_still_named(signed, reader, tamperer):
    for table in ("event", "case_register", "duty_register"):
        await tamperer.execute(f"DELETE FROM {table} WHERE case_no = 'O0007'")
    await tamperer.execute("DELETE FROM chain_head WHERE chain = 'O0007'")
    assert told(await verify_tree(reader, None, KEYS))[0] == ("O0007", "leaf_missing", 1)


async def test_everything_gone_is_told_in_part(signed, reader, tamperer):
    await tamperer.execute("DELETE FROM event")
    found = await verify_tree(reader, signed.note, KEYS, most=5)
    assert told(found) == [(f"O{chain:04d}", "leaf_missing", 1) for chain in range(5)]


# -- what is kept beside the events ------------------------------------------------------------------------

RECORDS = {
    "UPDATE tree_tile SET hashes = overlay(hashes placing sha256('x') from 33) WHERE place = 1": "tile 0/1",
    "DELETE FROM tree_tile WHERE place = 2": "tile 0/2",
    "UPDATE checkpoint SET edges[1] = overlay(edges[1] placing sha256('x') from 1)": "edge",
    "UPDATE checkpoint SET tail = replace(tail, 'O0299', 'O9999')": "edge",
    "UPDATE checkpoint SET last_id = last_id + 1": "edge",
    "UPDATE chain_head SET seq = 2 WHERE chain = 'O0123'": "heads",
    "DELETE FROM chain_head WHERE chain = 'O0299'": "heads",
}


@pytest.mark.parametrize("sql", RECORDS)
async def test_what_is_kept_for_proofs_is_held_against_the_rows(signed, reader, tamperer, sql):
    await tamperer.execute(sql)
    found = await verify_tree(reader, signed.note, KEYS)
    assert {(each.code, each.about) for each in found} == {
        ("record_differs", f"checkpoint {SIZE}, {RECORDS[sql]}")
    }


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("DELETE FROM tree_tile WHERE place = 0", ["record_differs", "leaf_missing"]),
        ("DELETE FROM tree_tile", ["record_differs"]),
        ("UPDATE tree_tile SET leaves = 'nonsense'", ["leaf_added"]),
        ("DELETE FROM checkpoint", ["checkpoint_missing", "leaf_missing"]),
    ],
)
async def test_two_things_tampered_with_are_found_all_the_same(signed, reader, tamperer, sql, named):
    await tamperer.execute("DELETE FROM event WHERE case_no = 'O0123' AND seq = 2")
    await tamperer.execute(sql)
    found = await verify_tree(reader, signed.note, KEYS)
    assert [each.code for each in found][: len(named)] == named


async def test_a_row_that_was_swapped_for_another_checkpoint_is_found(signed, worker, reader, tamperer):
    heads = treehead.Heads(SIZE, bytes(32), 301, bytes(32))
    forged = treehead.signed(heads, NOW, [Signer("herun.yunhe", Ed25519PrivateKey.generate())])
    await tamperer.execute("UPDATE checkpoint SET note = $1", forged.note)
    assert [each.code for each in await verify_tree(reader, None, KEYS)] == [
        "untrusted_key",
        "root_differs",
        "heads_differ",
    ]
    assert [each.code for each in await verify_tree(reader, signed.note, KEYS)] == ["record_differs"]


async def test_a_note_that_is_none_says_so(reader, tamperer, signed):
    assert [each.code for each in await verify_tree(reader, "nonsense", KEYS)] == ["note_malformed"]
    await tamperer.execute("UPDATE checkpoint SET note = 'nonsense'")
    assert [each.code for each in await verify_tree(reader, None, KEYS)] == ["note_malformed"]
    compared = await compare(reader, signed.note, KEYS)
    assert "note_malformed" in [each.code for each in compared.findings]


async def test_an_altered_note_is_not_one_the_key_signed(signed, reader):
    altered = signed.note.replace("chains 301", "chains 300")
    assert (await verify_tree(reader, altered, KEYS))[0].code == "note_unsigned"


async def test_without_a_checkpoint_there_is_nothing_to_hold_the_ledger_against(reader):
    assert [each.code for each in await verify_tree(reader, None, KEYS)] == ["checkpoint_missing"]


# -- nothing is signed on top of a forgery -----------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE checkpoint SET edges[1] = overlay(edges[1] placing sha256('x') from 1)",
        "UPDATE checkpoint SET note = 'nonsense'",
        "DELETE FROM chain_head WHERE chain = 'O0299'",
        "DELETE FROM checkpoint",
    ],
)
async def test_nothing_is_signed_where_the_last_checkpoint_is_not_what_was_signed(
    signed, worker, tamperer, sql
):
    await tamperer.execute(sql)
    with pytest.raises(CheckpointRefusedError, match="audit verify --all"):
        await sign(worker)


async def test_nothing_is_signed_as_the_first_where_there_was_one_before(worker, tamperer):
    await add(worker, ("O1", 1))
    await sign(worker)
    await tamperer.execute("DELETE FROM checkpoint")
    with pytest.raises(CheckpointRefusedError, match="it is gone"):
        await sign(worker)


# -- an old checkpoint that an auditor kept outside --------------------------------------------------------


async def test_an_old_checkpoint_holds_against_the_last_one(signed, worker, reader):
    await add(worker, *rounds(300, 5, 5))
    last = await sign(worker)
    compared = await compare(reader, signed.note, KEYS)
    assert (compared.old.size, compared.new.size, compared.findings) == (SIZE, last.size, [])
    assert check_consistency(compared.old, compared.new, compared.proof)
    assert not check_consistency(compared.old, compared.new, compared.proof[:-1])
    assert not check_consistency(compared.old, compared.new, ("nonsense",))


async def test_a_past_that_was_rewritten_and_signed_anew_is_named_by_an_old_checkpoint(
    signed, worker, reader, tamperer
):
    """Whoever holds the key and the database can sign a new past; not one that an old checkpoint is part of."""
    await tamperer.execute("DELETE FROM event WHERE case_no = 'O0123'")
    await tamperer.execute("TRUNCATE checkpoint, tree_tile, chain_head")
    await sign(worker)
    assert await verify_tree(reader, None, KEYS) == []
    compared = await compare(reader, signed.note, KEYS)
    codes = [each.code for each in compared.findings]
    assert codes == ["checkpoint_missing", "root_differs", "heads_differ", "inconsistent"]


async def test_a_database_older_than_the_checkpoint_is_found(signed, worker, reader, tamperer):
    """A backup brought back from before the checkpoint."""
    await tamperer.execute("DELETE FROM event WHERE seq > 2")
    await tamperer.execute("TRUNCATE checkpoint, tree_tile, chain_head")
    await sign(worker)
    compared = await compare(reader, signed.note, KEYS)
    assert [each.code for each in compared.findings][-1] == "inconsistent"


async def test_a_checkpoint_cosigned_by_a_witness_is_the_same_checkpoint(signed, reader):
    witness = Signer("witness.example", Ed25519PrivateKey.generate())
    line = notes.sign(notes.split(signed.note)[0], [witness]).rpartition("\n\n")[2]
    assert (await compare(reader, signed.note + line, KEYS)).findings == []
