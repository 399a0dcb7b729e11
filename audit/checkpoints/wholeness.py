"""Whether ledger and journal are what was signed: recounts every row, and names the first that differs."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

from activities.content import Connection
from audit.checkpoints import heads, merkle, tiles, treehead
from audit.checkpoints.kept import Recorded, latest_note, recorded
from audit.checkpoints.merkle import Span
from audit.checkpoints.notes import NoteError, Verifier
from audit.checkpoints.standing import about_of, note_finding
from audit.checkpoints.tiles import BEFORE_ALL, WIDTH, Growth, Leaf, Name, NamedTile, Tile, Tree
from audit.checkpoints.treehead import Checkpoint
from audit.findings import Answer, Finding

MOST_FINDINGS = 100
"""Findings that are told of one tree; a ledger put together anew would give as many as it has events."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """An old checkpoint against the last one: the proof that the one begins with the other, or what speaks against.

    `proof` is the RFC 6962 consistency proof (hex); `check_consistency` verifies it with the two notes alone.
    """

    old: Checkpoint | None
    new: Checkpoint | None
    proof: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Count:
    """What the rows themselves give for the leaves of a checkpoint; `unlike` are tiles that say otherwise."""

    growth: Growth
    last_id: int
    unlike: Sequence[Tile]


async def verify_tree(
    connection: Connection, note: str | None, keys: Sequence[Verifier], most: int = MOST_FINDINGS
) -> list[Finding]:
    """What is wrong with ledger and journal up to a checkpoint: its note, or None for the last one kept.

    Every row is read; of what is kept beside them nothing is believed. Findings that are of no one event
    have an empty case number.
    """
    note = note if note is not None else await latest_note(connection)
    if note is None:
        return [_finding("checkpoint_missing")]
    found, checkpoint = _opened(note, keys)
    if checkpoint is None:
        return found
    kept = await _kept(connection, checkpoint, found)
    count = await _count(connection, checkpoint.size)
    upto = kept.last_id if kept and count.growth.root() != checkpoint.root else count.last_id
    chains = await heads.over(heads.counted(connection, upto))
    wrong = list(_root_findings(checkpoint, count, chains))
    if wrong:
        named = [each async for each in _first(_differences(connection, checkpoint, kept, count), most)]
        return found + (named or wrong)
    return found + await _record_findings(connection, checkpoint, kept, count)


async def compare(connection: Connection, old_note: str, keys: Sequence[Verifier]) -> Comparison:
    """Whether the last checkpoint, and the ledger as it stands, still begin with what `old_note` signed."""
    _, old = _opened(old_note, keys)
    found = await verify_tree(connection, old_note, keys)
    note = await latest_note(connection)
    if old is None or note is None:
        return Comparison(old, None, (), found or [_finding("checkpoint_missing")])
    said, new = _opened(note, keys)
    found += said
    if new is None or new.size < old.size:
        return Comparison(old, new, (), [*found, _inconsistent(old, new)])
    proof = await _consistency(connection, old, new)
    if not check_consistency(old, new, proof):
        found.append(_inconsistent(old, new))
    return Comparison(old, new, proof, found)


def check_consistency(old: Checkpoint, new: Checkpoint, proof: Sequence[str]) -> bool:
    """Whether the proof (hex) shows that the new tree begins with the old one, of the same log."""
    try:
        path = [bytes.fromhex(digest) for digest in proof]
    except ValueError:
        return False
    if old.size == 0 and old.root != merkle.EMPTY:
        return False
    return old.origin == new.origin and merkle.verify_consistency(
        old.size, new.size, old.root, new.root, path
    )


async def _consistency(connection: Connection, old: Checkpoint, new: Checkpoint) -> tuple[str, ...]:
    kept = await recorded(connection, new.size)
    spans: list[Span] = merkle.consistency_spans(old.size, new.size)
    tree = Tree(new.size, kept.edges if kept else ())
    await tree.fetch(connection, spans)
    return tuple(merkle.hash_of(span, tree).hex() for span in spans)


def _opened(note: str, keys: Sequence[Verifier]) -> tuple[list[Finding], Checkpoint | None]:
    """What is wrong with a note, and what it says all the same."""
    try:
        return [], treehead.opened(note, keys)
    except NoteError as wrong:
        found = [note_finding(wrong)]
    try:
        return found, treehead.read(note)
    except NoteError:
        return found, None


async def _kept(connection: Connection, checkpoint: Checkpoint, found: list[Finding]) -> Recorded | None:
    """The checkpoint as it is kept here, if it is; that it is not, or says something else, is a finding."""
    try:
        kept = await recorded(connection, checkpoint.size)
    except NoteError:
        kept = None
    if kept is None:
        found.append(_finding("checkpoint_missing", checkpoint))
        return None
    if heads_of(kept.checkpoint) != heads_of(checkpoint):
        found.append(_record_finding(checkpoint, "note"))
        return None
    return kept


def heads_of(checkpoint: Checkpoint) -> tuple[str, int, bytes, int, bytes]:
    """What two checkpoints of the same state agree in, whoever signed them and when."""
    return (checkpoint.origin, checkpoint.size, checkpoint.root, checkpoint.chains, checkpoint.chains_root)


async def _count(connection: Connection, size: int) -> _Count:
    growth, last_id, unlike = Growth(), BEFORE_ALL, list[Tile]()
    async for page, last in tiles.hashes(connection, size):
        last_id = last
        filled = growth.add(merkle.leaf_hashes(page))
        if len(unlike) < MOST_FINDINGS:
            kept = await tiles.stored(connection, filled)
            unlike += [tile for tile in filled if kept.get((tile.level, tile.place)) != tile.hashes]
    return _Count(growth, last_id, unlike)


def _root_findings(checkpoint: Checkpoint, count: _Count, chains: tuple[int, bytes]) -> Iterator[Finding]:
    signed = f"{checkpoint.size} {checkpoint.root.hex()}"
    found = f"{count.growth.size} {count.growth.root().hex()}"
    if signed != found:
        yield _finding("root_differs", checkpoint, signed, found)
    signed = f"{checkpoint.chains} {checkpoint.chains_root.hex()}"
    found = f"{chains[0]} {chains[1].hex()}"
    if signed != found:
        yield _finding("heads_differ", checkpoint, signed, found)


async def _record_findings(
    connection: Connection, checkpoint: Checkpoint, kept: Recorded | None, count: _Count
) -> list[Finding]:
    """Where the rows are what was signed, and what is kept beside them for proofs is not."""
    found = [_record_finding(checkpoint, f"tile {tile.level}/{tile.place}") for tile in count.unlike]
    if kept is None:
        return found
    names = await _names_of_edge(connection, kept, count)
    if kept.last_id != count.last_id or list(kept.edges) != count.growth.edges or list(kept.tail) != names:
        found.append(_record_finding(checkpoint, "edge"))
    if await latest_note(connection) == kept.checkpoint.note:
        ends = await heads.over(heads.kept(connection))
        if ends != (checkpoint.chains, checkpoint.chains_root):
            found.append(_record_finding(checkpoint, "heads"))
    return found


async def _names_of_edge(connection: Connection, kept: Recorded, count: _Count) -> list[Name]:
    """The leaves of no full tile, as the rows name them."""
    rows = await tiles.last_leaves(connection, count.last_id, kept.checkpoint.size % WIDTH)
    return [leaf.name for leaf in rows]


async def _differences(
    connection: Connection, checkpoint: Checkpoint, kept: Recorded | None, count: _Count
) -> AsyncIterator[Finding]:
    """Every leaf that is gone, altered or added, by the names that are kept beside the tiles."""
    place, after = _start(checkpoint, count), BEFORE_ALL
    async for tile in _named(connection, place - 1, checkpoint, kept):
        if tile.place < place:
            after = tile.last_id
            continue
        if tile.place > place and tile.names:
            yield _record_finding(checkpoint, f"tile 0/{place}")
            after = tile.names[0].id - 1
        rows = await tiles.few_leaves(connection, after, tile.last_id, 4 * WIDTH)
        for each in _parted(tile, rows, about_of(checkpoint)):
            yield each
        place, after = tile.place + 1, tile.last_id


def _start(checkpoint: Checkpoint, count: _Count) -> int:
    """The first tile of leaves worth a look: what stands before it is what was signed."""
    if count.growth.root() == checkpoint.root:
        return 0  # the leaves are right, their names are not
    return min((tile.place for tile in count.unlike if tile.level == 0), default=count.growth.size // WIDTH)


async def _named(
    connection: Connection, first: int, checkpoint: Checkpoint, kept: Recorded | None
) -> AsyncIterator[NamedTile]:
    async for tile in tiles.named_tiles(connection, first, checkpoint.size // WIDTH):
        yield tile
    if kept is not None:
        yield kept.edge


def _parted(tile: NamedTile, rows: Sequence[Leaf], about: str) -> Iterator[Finding]:
    """Where the rows of a tile part from what was signed, in the order of writing."""
    signed = {
        name.id: (name, digest)
        for name, digest in zip(tile.names, tiles.hashes_in(tile.hashes), strict=False)
    }
    found = {leaf.name.id: (leaf.name, merkle.leaf_hash(leaf.hash)) for leaf in rows}
    if signed == found:
        return
    places = {number: tile.place * WIDTH + offset for offset, number in enumerate(signed)}
    for number in sorted({*signed, *found}):
        was, now = signed.get(number), found.get(number)
        if was != now:
            yield _leaf_finding(was, now, f"{about}, leaf {places.get(number, '-')}")


def _leaf_finding(was: tuple[Name, bytes] | None, now: tuple[Name, bytes] | None, about: str) -> Finding:
    match was, now:
        case (name, digest), None:
            return Finding(name.chain, Answer.INTACT, "leaf_missing", name.seq, digest.hex(), None, about)
        case None, (name, digest):
            return Finding(name.chain, Answer.INTACT, "leaf_added", name.seq, None, digest.hex(), about)
        case (name, digest), (other, another) if name == other:
            return Finding(
                name.chain, Answer.INTACT, "leaf_differs", name.seq, digest.hex(), another.hex(), about
            )
        case (name, _), (other, _):
            return Finding(
                name.chain, Answer.INTACT, "leaf_renamed", name.seq,
                f"{name.chain} {name.seq}", f"{other.chain} {other.seq}", about,
            )  # fmt: skip
    raise AssertionError("neither was nor is")


async def _first(found: AsyncIterator[Finding], most: int) -> AsyncIterator[Finding]:
    left = most
    async for each in found:
        if not left:
            return
        left -= 1
        yield each


def _inconsistent(old: Checkpoint, new: Checkpoint | None) -> Finding:
    found = f"{new.size} {new.root.hex()}" if new else None
    return _finding("inconsistent", old, f"{old.size} {old.root.hex()}", found)


def _record_finding(checkpoint: Checkpoint, what: str) -> Finding:
    return Finding("", Answer.INTACT, "record_differs", about=f"{about_of(checkpoint)}, {what}")


def _finding(
    code: str, checkpoint: Checkpoint | None = None, expected: str | None = None, found: str | None = None
) -> Finding:
    about = about_of(checkpoint) if checkpoint else ""
    return Finding("", Answer.INTACT, code, None, expected, found, about)
