"""What ties one case to a checkpoint: made from what is kept of the checkpoint, checked with nothing but a key."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from activities.chain import Link
from activities.content import Connection
from audit.checkpoints import heads, merkle, tiles, treehead
from audit.checkpoints.heads import HeadTree
from audit.checkpoints.kept import Recorded, recorded
from audit.checkpoints.merkle import HASH
from audit.checkpoints.notes import NoteError, Verifier
from audit.checkpoints.tiles import Tree
from audit.checkpoints.treehead import Checkpoint
from audit.evidence import Evidence, Inclusion, Standing
from audit.findings import Answer, Finding

_TRIES = 3  # a checkpoint may be written while the heads of the one before are read
_KEPT = 2  # checkpoints held in memory

_IDS = """
    SELECT case_no, '' AS stream, seq, id FROM event WHERE case_no = ANY($1::text[]) AND id <= $2
    UNION ALL SELECT case_no, stream, seq, id FROM journal
    WHERE case_no = ANY($1::text[]) AND stream <> 'access' AND id <= $2"""
_TILES_OF = """
    SELECT place, last_id, leaves FROM tree_tile WHERE level = 0 AND place IN (
        SELECT t.place FROM unnest($1::bigint[]) wanted (id) CROSS JOIN LATERAL (
            SELECT place FROM tree_tile WHERE level = 0 AND last_id >= wanted.id ORDER BY last_id LIMIT 1
        ) t
    ) ORDER BY last_id"""


@dataclass(frozen=True, slots=True)
class _Held:
    """A checkpoint with its two trees, as far as they were read."""

    kept: Recorded
    tree: Tree
    heads: HeadTree


_held: dict[str, _Held] = {}
"""By note; so that a process that exports many cases reads the heads once."""


async def standing_of(connection: Connection, case_no: str) -> Standing | None:
    """What ties a case to the last checkpoint; None where there is none, or the case came after it.

    Raises NoteError where what is kept as the last checkpoint is none.
    """
    return (await standings_of(connection, [case_no])).get(case_no)


async def standings_of(connection: Connection, numbers: Sequence[str]) -> dict[str, Standing]:
    """What ties each of the cases to the last checkpoint, of those that have a standing there."""
    held = await _hold(connection)
    if held is None:
        return {}
    rows = await connection.fetch(_IDS, list(numbers), held.kept.last_id)
    places = await _places(connection, held.kept, [row["id"] for row in rows])
    proofs = await _proofs(connection, held.tree, places.values())
    leaves: dict[str, dict[int, Inclusion]] = {number: {} for number in numbers}
    entries: dict[str, dict[str, Inclusion]] = {number: {} for number in numbers}
    for row in (each for each in rows if each["id"] in places):
        proof = proofs[places[row["id"]]]
        if row["stream"]:
            entries[row["case_no"]][f"{row['stream']}/{row['seq']}"] = proof
        else:
            leaves[row["case_no"]][row["seq"]] = proof
    made = {number: _standing(held, number, leaves[number], entries[number]) for number in numbers}
    return {number: standing for number, standing in made.items() if standing is not None}


def _standing(
    held: _Held, number: str, leaves: Mapping[int, Inclusion], entries: Mapping[str, Inclusion]
) -> Standing | None:
    found = held.heads.find(number)
    if found is None:
        return None
    place, head = found
    return Standing(
        note=held.kept.checkpoint.note,
        leaves=dict(sorted(leaves.items())),
        head=Inclusion(place, _hex(held.heads.path(place))),
        head_seq=head.seq,
        head_hash=head.hash.hex(),
        entries=dict(sorted(entries.items())),
    )


async def _hold(connection: Connection) -> _Held | None:
    """The last checkpoint with its heads; what was altered by hand is held too, and will prove nothing."""
    for last_try in (*[False] * (_TRIES - 1), True):
        kept = await recorded(connection)
        if kept is None:
            return None
        if found := _held.get(kept.checkpoint.note):
            return found
        ends = HeadTree([head async for page in heads.kept(connection) for head in page])
        if last_try or ends.root == kept.checkpoint.chains_root:
            return _hold_on(_Held(kept, Tree(kept.checkpoint.size, kept.edges), ends))
    raise AssertionError("the last try returns")


def forget() -> None:
    """Read what is kept of checkpoints again when next asked."""
    _held.clear()


def _hold_on(held: _Held) -> _Held:
    while len(_held) >= _KEPT:
        _held.pop(next(iter(_held)))
    _held[held.kept.checkpoint.note] = held
    return held


async def _places(connection: Connection, kept: Recorded, ids: Sequence[int]) -> dict[int, int]:
    """The places of leaves by their ids; an id that no checkpoint knows has none."""
    edge = kept.edge.place * tiles.WIDTH
    last = {name.id: edge + offset for offset, name in enumerate(kept.tail)}
    rows = await connection.fetch(_TILES_OF, ids)
    ends = [row["last_id"] for row in rows]
    found = {}
    for number in ids:
        at = bisect_left(ends, number)
        within = tiles.place_of(number, rows[at]["leaves"]) if at < len(rows) else None
        if number in last:
            found[number] = last[number]
        elif within is not None:
            found[number] = rows[at]["place"] * tiles.WIDTH + within
    return {number: place for number, place in found.items() if place < kept.checkpoint.size}


async def _proofs(connection: Connection, tree: Tree, places: Collection[int]) -> dict[int, Inclusion]:
    spans = {place: merkle.inclusion_spans(place, tree.size) for place in places}
    await tree.fetch(connection, (span for these in spans.values() for span in these))
    return {
        place: Inclusion(place, _hex([merkle.hash_of(span, tree) for span in these]))
        for place, these in spans.items()
    }


def _hex(path: Sequence[bytes]) -> tuple[str, ...]:
    return tuple(digest.hex() for digest in path)


def check_standing(evidence: Evidence, keys: Sequence[Verifier]) -> list[Finding]:
    """What is wrong in how a case stands in its checkpoint; needs no database. Of events, the first alone.

    A note that no trusted key signed is a finding, and the rest is looked at all the same.
    """
    standing = evidence.standing
    if standing is None:
        return []
    found = []
    try:
        treehead.opened(standing.note, keys)
    except NoteError as wrong:
        found.append(note_finding(wrong, evidence.case_no))
    try:
        checkpoint = treehead.read(standing.note)
    except NoteError:
        return found
    found += _first(_leaf_findings(evidence.case_no, evidence.links, standing, checkpoint))
    return found + _first(_head_findings(evidence.case_no, evidence.links, standing, checkpoint))


def note_finding(wrong: NoteError, case_no: str = "") -> Finding:
    """A note that proves nothing, as a finding."""
    return Finding(case_no, Answer.INTACT, wrong.code, found=str(wrong))


def _first(found: Iterator[Finding]) -> list[Finding]:
    first = next(found, None)
    return [first] if first else []


def _leaf_findings(
    case_no: str, links: Sequence[Link], standing: Standing, checkpoint: Checkpoint
) -> Iterator[Finding]:
    about = about_of(checkpoint)
    for seq in range(1, standing.head_seq + 1):
        if seq > len(links):
            yield Finding(case_no, Answer.INTACT, "chain_shorter", seq, standing.head_seq, len(links), about)
            return
        link, inclusion = links[seq - 1], standing.leaves.get(seq)
        if inclusion is None:
            yield Finding(case_no, Answer.INTACT, "leaf_missing", seq, None, link.hash, about)
        elif not _holds(_leaf(link.hash), inclusion, checkpoint.size, checkpoint.root):
            where = f"{about}, leaf {inclusion.place}"
            yield Finding(
                case_no, Answer.INTACT, "leaf_differs", seq, checkpoint.root.hex(), link.hash, where
            )


def _head_findings(
    case_no: str, links: Sequence[Link], standing: Standing, checkpoint: Checkpoint
) -> Iterator[Finding]:
    about, seq = about_of(checkpoint), standing.head_seq
    leaf = heads.leaf(case_no, seq, standing.head_hash)
    if seq < 1 or not _holds(leaf, standing.head, checkpoint.chains, checkpoint.chains_root):
        yield Finding(
            case_no,
            Answer.INTACT,
            "head_differs",
            seq,
            checkpoint.chains_root.hex(),
            standing.head_hash,
            about,
        )
    if 0 < seq <= len(links) and links[seq - 1].hash != standing.head_hash:
        yield Finding(
            case_no, Answer.INTACT, "head_differs", seq, standing.head_hash, links[seq - 1].hash, about
        )


def about_of(checkpoint: Checkpoint) -> str:
    """How findings call a checkpoint."""
    return f"checkpoint {checkpoint.size}"


def _leaf(digest: str) -> bytes:
    return merkle.leaf_hash(_unhex(digest))


def _holds(leaf: bytes, inclusion: Inclusion, size: int, root: bytes) -> bool:
    path = [_unhex(digest) for digest in inclusion.path]
    return merkle.verify_inclusion(leaf, inclusion.place, size, path, root)


def _unhex(digest: str) -> bytes:
    """The bytes of a hash; nothing where a hand wrote something else."""
    try:
        return bytes.fromhex(digest) if len(digest) == 2 * HASH else b""
    except ValueError:
        return b""
