"""How one case stands in a signed checkpoint: carried with the case, checked with a public key alone (design §6)."""

from dataclasses import replace

import pytest
import signed_ledger
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from signed_ledger import KEYS, NOW, SIGNER, add, add_many, digest, rounds, sign

from activities import chain
from audit.checkpoints import notes, standing
from audit.checkpoints.checkpoint import check_standing, standing_of, standings_of, write_checkpoint
from audit.checkpoints.notes import Signer
from audit.evidence import Evidence, Inclusion
from domain.shelf import Shelf

tamperer, worker, reader = signed_ledger.tamperer, signed_ledger.worker, signed_ledger.reader

SHELF = Shelf({}, {})


@pytest.fixture(autouse=True)
def _nothing_read_before():
    """The same events give the same note in every test; what was tampered with must be read again."""
    standing.forget()


@pytest.fixture
async def signed(worker):
    """Three hundred cases with three events each, signed; some go on."""
    await add(worker, *rounds(300, 1, 3))
    checkpoint = await sign(worker)
    await add(worker, *rounds(20, 4, 4))
    return checkpoint


async def evidence(connection, number):
    rows = await connection.fetch("SELECT * FROM event WHERE case_no = $1 ORDER BY seq", number)
    links = [chain.link_of(row) for row in rows]
    return Evidence(number, links, SHELF, standing=await standing_of(connection, number))


def told(findings):
    return [(each.code, each.seq) for each in findings]


@pytest.mark.parametrize("number", ["O0000", "O0007", "O0123", "O0255", "O0299"])
async def test_a_case_stands_in_the_last_checkpoint(signed, reader, number):
    found = await evidence(reader, number)
    assert found.standing.head_seq == 3
    assert sorted(found.standing.leaves) == [1, 2, 3]
    assert check_standing(found, KEYS) == []


async def test_many_cases_are_read_at_once(signed, reader):
    numbers = [f"O{place:04d}" for place in range(300)]
    found = await standings_of(reader, [*numbers, "O9"])
    assert sorted(found) == numbers
    assert found["O0123"] == await standing_of(reader, "O0123")


async def test_the_heads_are_read_once_for_each_checkpoint(signed, reader, monkeypatch):
    await standing_of(reader, "O0001")
    monkeypatch.setattr(standing.heads, "kept", None)
    assert await standing_of(reader, "O0002") is not None


async def test_a_new_checkpoint_is_taken_up(signed, worker, reader):
    assert (await standing_of(reader, "O0001")).head_seq == 3
    await sign(worker)
    after = await evidence(reader, "O0001")
    assert after.standing.head_seq == 4
    assert check_standing(after, KEYS) == []


async def test_in_a_tree_of_tiles_of_tiles_too(worker, reader):
    await add_many(worker, 1100, 1, 60)
    await sign(worker)
    assert check_standing(await evidence(reader, "O0000"), KEYS) == []
    assert check_standing(await evidence(reader, "O1099"), KEYS) == []


async def test_without_a_checkpoint_or_before_its_first_there_is_no_standing(worker, reader):
    await add(worker, ("O1", 1))
    assert await standing_of(reader, "O1") is None
    await sign(worker)
    await add(worker, ("O2", 1))
    assert await standing_of(reader, "O2") is None
    assert check_standing(await evidence(reader, "O2"), KEYS) == []


# -- what was changed in the database before the case was taken out ----------------------------------------

OF = "WHERE case_no = 'O0123' AND seq ="


@pytest.mark.parametrize(
    ("sql", "findings"),
    [
        (f"DELETE FROM event {OF} 3", [("chain_shorter", 3)]),
        (f"DELETE FROM event {OF} 2", [("leaf_missing", 2)]),
        ("DELETE FROM event WHERE case_no = 'O0123'", [("chain_shorter", 1)]),
        (f"UPDATE event SET hash = sha256('other') {OF} 1", [("leaf_differs", 1)]),
        (f"UPDATE event SET hash = sha256('other') {OF} 3", [("leaf_differs", 3), ("head_differs", 3)]),
        (f"UPDATE event SET id = DEFAULT {OF} 2", [("leaf_missing", 2)]),
        ("UPDATE chain_head SET seq = 2 WHERE chain = 'O0123'", [("head_differs", 2)]),
        ("DELETE FROM tree_tile WHERE place = 1", [("leaf_missing", 2)]),
        ("UPDATE tree_tile SET hashes = overlay(hashes placing sha256('x') from 1) WHERE place = 1", None),
        ("UPDATE checkpoint SET edges[1] = overlay(edges[1] placing sha256('x') from 1)", None),
    ],
)
async def test_what_was_changed_before_is_found_in_the_case(signed, reader, tamperer, sql, findings):
    await tamperer.execute(sql)
    found = check_standing(await evidence(reader, "O0123"), KEYS)
    assert told(found)[: len(findings or [])] == (findings or [])
    assert told(found) != []


async def test_what_was_done_to_another_case_is_not_this_ones_matter(signed, reader, tamperer):
    await tamperer.execute("DELETE FROM event WHERE case_no = 'O0122'")
    await tamperer.execute(f"UPDATE event SET hash = sha256('other') {OF.replace('123', '124')} 3")
    assert check_standing(await evidence(reader, "O0123"), KEYS) == []


# -- what was changed in the case afterwards, by whoever carried it ----------------------------------------


@pytest.fixture
async def carried(signed, reader):
    return await evidence(reader, "O0123")


def with_standing(found, **changes):
    return replace(found, standing=replace(found.standing, **changes))


def forged_link(link):
    return replace(link, hash=digest("other", 1).hex())


async def test_a_chain_that_lost_its_end_is_found_off_line(carried):
    shorter = replace(carried, links=carried.links[:-1])
    (finding,) = check_standing(shorter, KEYS)
    assert (finding.code, finding.seq, finding.expected, finding.found) == ("chain_shorter", 3, 3, 2)


async def test_a_chain_put_together_anew_is_found_at_its_first_event(carried):
    forged = replace(carried, links=[carried.links[0], *map(forged_link, carried.links[1:])])
    assert told(check_standing(forged, KEYS)) == [("leaf_differs", 2), ("head_differs", 3)]


async def test_events_that_changed_places_are_found(carried):
    one, two, three = carried.links
    assert told(check_standing(replace(carried, links=[two, one, three]), KEYS)) == [("leaf_differs", 1)]


async def test_events_after_the_checkpoint_are_no_finding(carried):
    longer = replace(carried, links=[*carried.links, forged_link(carried.links[0])])
    assert check_standing(longer, KEYS) == []


async def test_a_standing_made_for_a_shorter_chain_is_found(carried):
    links = carried.links[:2]
    shorter = with_standing(replace(carried, links=links), head_seq=2, head_hash=links[1].hash)
    assert told(check_standing(shorter, KEYS)) == [("head_differs", 2)]


async def test_the_standing_of_another_case_is_found(carried, reader):
    other = await standing_of(reader, "O0124")
    assert told(check_standing(replace(carried, standing=other), KEYS)) == [
        ("leaf_differs", 1), ("head_differs", 3),
    ]  # fmt: skip


async def test_a_checkpoint_signed_by_another_key_is_found(carried, worker, tamperer, reader):
    """Whoever has the database and a key of his own can make a checkpoint; not one that is trusted."""
    forger = Signer(SIGNER.name, Ed25519PrivateKey.generate())
    text = notes.split(carried.standing.note)[0]
    forged = with_standing(carried, note=notes.sign(text, [forger]))
    assert told(check_standing(forged, KEYS)) == [("untrusted_key", None)]
    assert check_standing(forged, [forger.verifier]) == []
    await tamperer.execute("TRUNCATE checkpoint, tree_tile, chain_head")
    await write_checkpoint(worker, [forger], NOW)
    assert told(check_standing(await evidence(reader, "O0123"), KEYS)) == [("untrusted_key", None)]


async def test_an_altered_note_is_found(carried):
    altered = with_standing(carried, note=carried.standing.note.replace("chains 300", "chains 299"))
    assert told(check_standing(altered, KEYS))[0] == ("note_unsigned", None)
    assert told(check_standing(with_standing(carried, note="nonsense"), KEYS)) == [("note_malformed", None)]


@pytest.mark.parametrize(
    "inclusion",
    [
        Inclusion(-1, ()),
        Inclusion(10**30, ("00" * 32,) * 80),
        Inclusion(0, ()),
        Inclusion(0, ("nonsense",)),
        Inclusion(0, ("zz" * 32,)),
    ],
)
async def test_no_inclusion_from_a_strange_hand_raises(carried, inclusion):
    leaves = {**carried.standing.leaves, 2: inclusion}
    assert told(check_standing(with_standing(carried, leaves=leaves), KEYS)) == [("leaf_differs", 2)]
    assert told(check_standing(with_standing(carried, head=inclusion), KEYS)) == [("head_differs", 3)]


@pytest.mark.parametrize("changes", [{"head_seq": 0}, {"head_seq": -3}, {"head_hash": "zz"}, {"leaves": {}}])
async def test_no_standing_from_a_strange_hand_raises(carried, changes):
    assert check_standing(with_standing(carried, **changes), KEYS) != []
