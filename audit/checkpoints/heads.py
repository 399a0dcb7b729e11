"""The heads of all chains, by name: the second tree of a checkpoint, by which no chain can lose its end."""

from bisect import bisect_left
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from activities.content import Connection
from audit.checkpoints import merkle
from audit.checkpoints.merkle import Frontier, Subtrees

_PAGE = 5000

_GROW = """
    INSERT INTO chain_head AS kept (chain, seq, hash)
    SELECT DISTINCT ON (chain) chain, seq, hash FROM (
        SELECT case_no AS chain, seq, hash FROM event WHERE id > $1 AND id <= $2
        UNION ALL
        SELECT 'journal/' || stream, seq, hash FROM journal WHERE id > $1 AND id <= $2
    ) grown ORDER BY chain, seq DESC
    ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash"""
_KEPT = "SELECT chain, seq, hash FROM chain_head WHERE chain > $1 ORDER BY chain LIMIT $2"
# From one chain's name to the next by the index, and to the last row of each: rows between are not read.
_COUNTED = """
    WITH RECURSIVE chain (name) AS (
        (SELECT {name} FROM {table} WHERE {name} > $1 ORDER BY {name} LIMIT 1)
        UNION ALL
        SELECT (SELECT t.{name} FROM {table} t WHERE t.{name} > chain.name ORDER BY t.{name} LIMIT 1)
        FROM chain WHERE chain.name IS NOT NULL
    )
    SELECT page.name, head.seq, head.hash
    FROM (SELECT name FROM chain WHERE name IS NOT NULL LIMIT $3) page
    LEFT JOIN LATERAL (
        SELECT t.seq, t.hash FROM {table} t WHERE t.{name} = page.name AND t.id <= $2
        ORDER BY t.seq DESC LIMIT 1
    ) head ON true ORDER BY page.name"""
_COUNTED_CASES = _COUNTED.format(name="case_no", table="event")
_COUNTED_STREAMS = _COUNTED.format(name="stream", table="journal")


@dataclass(frozen=True, slots=True)
class Head:
    """The last of a chain: its number in the chain, and its hash."""

    chain: str
    seq: int
    hash: bytes

    @property
    def leaf(self) -> bytes:
        """The hash of the leaf that stands for it."""
        return leaf(self.chain, self.seq, self.hash.hex())


class HeadTree:
    """All heads at a checkpoint, in memory: some 150 bytes for each chain."""

    def __init__(self, heads: Sequence[Head]) -> None:
        self._heads = heads
        self._names = [head.chain for head in heads]
        self.read = Subtrees(b"".join(head.leaf for head in heads))

    def __len__(self) -> int:
        return len(self._heads)

    @property
    def root(self) -> bytes:
        """The root over all of them."""
        return merkle.root_of(len(self), self.read)

    def find(self, chain: str) -> tuple[int, Head] | None:
        """The head of a chain with its place in the tree."""
        place = bisect_left(self._names, chain)
        if place == len(self) or self._names[place] != chain:
            return None
        return place, self._heads[place]

    def path(self, place: int) -> list[bytes]:
        """The inclusion proof of a head."""
        return [merkle.hash_of(span, self.read) for span in merkle.inclusion_spans(place, len(self))]


def leaf(chain: str, seq: int, digest: str) -> bytes:
    """The hash of the leaf that says that a chain ended with this number and this hash (hex)."""
    return merkle.leaf_hash(f"{chain}\n{seq}\n{digest}\n".encode())


async def grow(connection: Connection, after: int, upto: int) -> None:
    """Take the ends of all chains that grew among these ids into the heads that are kept."""
    await connection.execute(_GROW, after, upto)


async def kept(connection: Connection) -> AsyncIterator[list[Head]]:
    """The heads as they were kept at the last checkpoint, by name, page by page."""
    after = ""
    while rows := await connection.fetch(_KEPT, after, _PAGE):
        yield [Head(row["chain"], row["seq"], row["hash"]) for row in rows]
        after = rows[-1]["chain"]


async def counted(connection: Connection, upto: int) -> AsyncIterator[list[Head]]:
    """The heads that the rows up to an id give, by name, page by page."""
    streams = [
        Head(f"journal/{head.chain}", head.seq, head.hash)
        async for page in _counted(connection, _COUNTED_STREAMS, upto)
        for head in page
    ]
    async for page in _counted(connection, _COUNTED_CASES, upto):
        earlier = [head for head in streams if page and head.chain < page[-1].chain]
        streams = streams[len(earlier) :]
        yield sorted(page + earlier, key=lambda head: head.chain)
    yield streams


async def _counted(connection: Connection, query: str, upto: int) -> AsyncIterator[list[Head]]:
    after = ""
    while rows := await connection.fetch(query, after, upto, _PAGE):
        yield [Head(row["name"], row["seq"], row["hash"]) for row in rows if row["seq"] is not None]
        after = rows[-1]["name"]


async def over(pages: AsyncIterator[list[Head]]) -> tuple[int, bytes]:
    """How many heads there are, and the root over them."""
    frontier = Frontier()
    async for page in pages:
        for head in page:
            frontier.add(head.leaf)
    return frontier.size, frontier.root()
