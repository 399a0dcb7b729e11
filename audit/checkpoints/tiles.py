"""The tree of all leaves as it is kept: its leaves, tiles of 256 hashes, and the edge of each checkpoint's tree."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass

from activities.chain import Stored
from activities.content import Connection
from audit.checkpoints import merkle
from audit.checkpoints.merkle import HASH, Frontier, Node, Span, Subtrees

WIDTH = 256
"""Hashes in a tile."""
BLOCK = WIDTH * HASH
"""Bytes in a tile."""
PAGE = 32 * WIDTH
"""Leaves read at a time."""
BEFORE_ALL, AFTER_ALL = -(2**63), 2**63 - 1
"""Below and above every id, so that no row hides by an odd one."""

_HEIGHT = 8  # levels of the tree in one level of tiles
_KEPT = 1024  # tiles a reader holds in memory, 17 kB each

# Each half has a limit of its own: the planner does not carry one through a UNION ALL.
_ROWS = """
    (SELECT id, case_no AS chain, seq, hash FROM event WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3)
    UNION ALL
    (SELECT id, 'journal/' || stream, seq, hash FROM journal WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3)
    ORDER BY id LIMIT $3"""
_LAST_ROWS = """
    (SELECT id, case_no AS chain, seq, hash FROM event WHERE id <= $1 ORDER BY id DESC LIMIT $2)
    UNION ALL
    (SELECT id, 'journal/' || stream, seq, hash FROM journal WHERE id <= $1 ORDER BY id DESC LIMIT $2)
    ORDER BY id DESC LIMIT $2"""
_HASHES = f"""
    SELECT max(id) AS last_id, string_agg(hash, ''::bytea ORDER BY id) AS hashes
    FROM ({_ROWS}) leaf"""  # noqa: S608 - made of constants alone
_TILES = """
    SELECT t.level, t.place, t.hashes FROM tree_tile t
    JOIN unnest($1::smallint[], $2::bigint[]) AS wanted (level, place) USING (level, place)"""
_NAMED_TILES = """
    SELECT place, last_id, hashes, leaves FROM tree_tile
    WHERE level = 0 AND place >= $1 AND place < $2 ORDER BY place LIMIT 64"""
_COLUMNS = ("level", "place", "last_id", "hashes", "leaves")


@dataclass(frozen=True, slots=True)
class Name:
    """Which event or journal entry a leaf is of: its id, its chain and its number there."""

    id: int
    chain: str
    seq: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """One event or journal entry with its hash."""

    name: Name
    hash: bytes


@dataclass(frozen=True, slots=True)
class Tile:
    """256 hashes: of leaves at level 0, above it of the full tiles below."""

    level: int
    place: int
    hashes: bytes


@dataclass(frozen=True, slots=True)
class NamedTile:
    """Leaf hashes with the leaves they are of, and the id of the last; full, or a checkpoint's edge."""

    place: int
    last_id: int
    hashes: bytes
    names: Sequence[Name]


class Growth:
    """A tree that grows tile by tile; `edges` are by level the hashes of the tile that is not full."""

    def __init__(self, size: int = 0, edges: Sequence[bytes] = ()) -> None:
        self.size = size
        self.edges = list(edges) or [b""]

    def add(self, hashes: bytes) -> list[Tile]:
        """Append leaf hashes that stand one after another; returns the tiles they filled."""
        filled: list[Tile] = []
        while hashes:
            room = BLOCK - len(self.edges[0])
            part, hashes = hashes[:room], hashes[room:]
            self.size += len(part) // HASH
            filled += self._put(0, part)
        return filled

    def _put(self, level: int, hashes: bytes) -> list[Tile]:
        if level == len(self.edges):
            self.edges.append(b"")
        self.edges[level] += hashes
        if len(self.edges[level]) < BLOCK:
            return []
        tile = Tile(level, (self.size >> _HEIGHT * (level + 1)) - 1, self.edges[level])
        self.edges[level] = b""
        return [tile, *self._put(level + 1, Subtrees(tile.hashes)(_HEIGHT, 0))]

    def root(self) -> bytes:
        """The root over all that was added."""
        frontier = Frontier()
        for level in reversed(range(len(self.edges))):
            for digest in hashes_in(self.edges[level]):
                frontier.add(digest, _HEIGHT * level)
        return frontier.root()


class Tree:
    """Reads subtree hashes of a checkpoint's tree: a `merkle.Reader` of what was fetched before."""

    def __init__(self, size: int, edges: Sequence[bytes]) -> None:
        self.size = size
        self._edges = [Subtrees(edge) for edge in edges]
        self._tiles: dict[tuple[int, int], Subtrees] = {}

    def __call__(self, level: int, place: int, /) -> bytes:
        kept, within = divmod(level, _HEIGHT)
        in_tile = WIDTH >> within
        tile = self._tiles.get((kept, place // in_tile))
        if not self._is_full(level, place):
            tile = self._edges[kept] if kept < len(self._edges) else None
        return tile(within, place % in_tile) if tile else b""

    async def fetch(self, connection: Connection, spans: Iterable[Span]) -> None:
        """Read what the hashes over these spans need. Of a tile that is gone nothing is read."""
        wanted = {self._key(node) for span in spans for node in merkle.perfect(span) if self._is_full(*node)}
        if len(self._tiles) > _KEPT:
            self._tiles.clear()
        while missing := wanted - self._tiles.keys():
            levels, places = zip(*missing, strict=True)
            rows = await connection.fetch(_TILES, levels, places)
            found = {(row["level"], row["place"]): row["hashes"] for row in rows}
            self._tiles |= {key: Subtrees(found.get(key, b"")) for key in missing}

    def _key(self, node: Node) -> tuple[int, int]:
        kept, within = divmod(node.level, _HEIGHT)
        return kept, node.place // (WIDTH >> within)

    def _is_full(self, level: int, place: int) -> bool:
        kept, tile = self._key(Node(level, place))
        return (tile + 1) << _HEIGHT * (kept + 1) <= self.size


def hashes_in(block: bytes) -> Iterator[bytes]:
    """The hashes that stand one after another."""
    return (block[at : at + HASH] for at in range(0, len(block), HASH))


def names_in(text: str) -> list[Name]:
    """The leaves that lines beside a tile name; a line that names none is none."""
    found = []
    for line in text.splitlines():
        number, _, rest = line.partition(" ")
        chain, _, seq = rest.rpartition(" ")
        if number.lstrip("-").isdecimal() and seq.isdecimal():
            found.append(Name(int(number), chain, int(seq)))
    return found


def place_of(number: int, text: str) -> int | None:
    """Which of the lines beside a tile is that of the leaf with this id."""
    at = f"\n{text}".find(f"\n{number} ")
    return None if at < 0 else text.count("\n", 0, at)


async def leaves(connection: Connection, after: int, upto: int) -> AsyncIterator[list[Leaf]]:
    """The leaves with ids above `after` up to `upto`, in order, page by page."""
    while rows := await connection.fetch(_ROWS, after, upto, PAGE):
        yield [leaf_of(row) for row in rows]
        after = rows[-1]["id"]


async def few_leaves(connection: Connection, after: int, upto: int, most: int) -> list[Leaf]:
    """The first leaves with ids above `after` up to `upto`."""
    return [leaf_of(row) for row in await connection.fetch(_ROWS, after, upto, most)]


async def last_leaves(connection: Connection, upto: int, many: int) -> list[Leaf]:
    """The last leaves with ids up to `upto`, in order."""
    return [leaf_of(row) for row in reversed(await connection.fetch(_LAST_ROWS, upto, many))]


def leaf_of(row: Stored) -> Leaf:
    """A row of the ledger or the journal as a leaf."""
    return Leaf(Name(row["id"], row["chain"], row["seq"]), row["hash"])


async def hashes(connection: Connection, size: int) -> AsyncIterator[tuple[bytes, int]]:
    """The hashes of the first `size` leaves, as many as there are, each page with the id of its last."""
    after = BEFORE_ALL
    while size > 0:
        row = await connection.fetchrow(_HASHES, after, AFTER_ALL, min(PAGE, size))
        if row is None or row["hashes"] is None:
            return
        after = row["last_id"]
        size -= PAGE
        yield row["hashes"], after


async def store(connection: Connection, tiles: Iterable[Tile], names: Sequence[Name]) -> None:
    """Keep full tiles; `names` are those of the leaves in the tiles of level 0, in order."""
    rows, start = [], 0
    for tile in tiles:
        last_id, lines = None, None
        if tile.level == 0:
            mine = names[start : start + WIDTH]
            last_id, lines, start = mine[-1].id, named(mine), start + WIDTH
        rows.append((tile.level, tile.place, last_id, tile.hashes, lines))
    await connection.copy_records_to_table("tree_tile", records=rows, columns=_COLUMNS)


def named(names: Iterable[Name]) -> str:
    """The lines that stand for leaves beside their tile."""
    return "".join(f"{each.id} {each.chain} {each.seq}\n" for each in names)


async def stored(connection: Connection, tiles: Sequence[Tile]) -> dict[tuple[int, int], bytes]:
    """The hashes that are kept for tiles, by level and place."""
    rows = await connection.fetch(_TILES, [t.level for t in tiles], [t.place for t in tiles])
    return {(row["level"], row["place"]): row["hashes"] for row in rows}


async def named_tiles(connection: Connection, first: int, end: int) -> AsyncIterator[NamedTile]:
    """The full tiles of leaves from place `first` up to, not including, `end`."""
    while rows := await connection.fetch(_NAMED_TILES, first, end):
        for row in rows:
            yield NamedTile(row["place"], row["last_id"], row["hashes"], names_in(row["leaves"]))
        first = rows[-1]["place"] + 1
