"""Merkle trees of RFC 6962: hashes, proofs and their verification; knows neither tables nor signatures."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

HASH = 32
"""Bytes of one hash."""

EMPTY = hashlib.sha256().digest()
"""The root of a tree without leaves."""

_sha256 = hashlib.sha256


class Span(NamedTuple):
    """The leaves from `start` up to, not including, `end`."""

    start: int
    end: int


class Node(NamedTuple):
    """The perfect subtree over the 2**`level` leaves from `place` * 2**`level` on."""

    level: int
    place: int


class Reader(Protocol):
    """Where hashes of perfect subtrees come from: memory, a file, a database."""

    def __call__(self, level: int, place: int, /) -> bytes: ...


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf (RFC 6962 §2.1)."""
    return _sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node (RFC 6962 §2.1)."""
    return _sha256(b"\x01" + left + right).digest()


def leaf_hashes(data: bytes, width: int = HASH) -> bytes:
    """The leaf hashes, one after another, of leaves of `width` bytes that stand one after another."""
    return b"".join([_sha256(b"\x00" + data[at : at + width]).digest() for at in range(0, len(data), width)])


def parents(hashes: bytes) -> bytes:
    """The nodes over each two of the hashes that stand one after another; an odd last one has none."""
    return b"".join(
        [_sha256(b"\x01" + hashes[at : at + 64]).digest() for at in range(0, len(hashes) - HASH, 2 * HASH)]
    )


class Subtrees:
    """All perfect subtrees over hashes that stand one after another: a `Reader` in memory.

    Of a subtree that is not there it reads nothing.
    """

    def __init__(self, hashes: bytes) -> None:
        self.levels = [hashes]
        while len(self.levels[-1]) > HASH:
            self.levels.append(parents(self.levels[-1]))

    def __call__(self, level: int, place: int, /) -> bytes:
        hashes = self.levels[level] if level < len(self.levels) else b""
        return hashes[place * HASH : (place + 1) * HASH]


class Frontier:
    """A tree that grows at its right edge and remembers one hash for each perfect subtree there."""

    def __init__(self) -> None:
        self._edge: list[tuple[int, bytes]] = []
        self.size = 0

    def add(self, digest: bytes, level: int = 0) -> None:
        """Append a leaf's hash, or that of a perfect subtree; raises ValueError where none can stand."""
        if self.size % (1 << level):
            raise ValueError(f"no subtree of level {level} begins at leaf {self.size}")
        self.size += 1 << level
        while self._edge and self._edge[-1][0] == level:
            digest = node_hash(self._edge.pop()[1], digest)
            level += 1
        self._edge.append((level, digest))

    def root(self) -> bytes:
        """The root over all that was added."""
        return fold([digest for _, digest in self._edge])


def perfect(span: Span) -> list[Node]:
    """The perfect subtrees, left to right, of which a span of a tree consists."""
    nodes, start = [], span.start
    width = span.end - start
    if not width & (width - 1) and width and not start % width:  # most spans of a proof are one
        return [Node(width.bit_length() - 1, start // width)]
    while start < span.end:
        level = (span.end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        nodes.append(Node(level, start >> level))
        start += 1 << level
    return nodes


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees of falling size, left to right."""
    if not hashes:
        return EMPTY
    root = hashes[-1]
    for digest in hashes[-2::-1]:
        root = node_hash(digest, root)
    return root


def hash_of(span: Span, read: Reader) -> bytes:
    """The hash over a span of a tree."""
    return fold([read(level, place) for level, place in perfect(span)])


def root_of(size: int, read: Reader) -> bytes:
    """The root of the tree over the first `size` leaves."""
    return hash_of(Span(0, size), read)


def tree_root(leaves: Iterable[bytes]) -> bytes:
    """The root over the data of leaves, given one by one."""
    frontier = Frontier()
    for data in leaves:
        frontier.add(leaf_hash(data))
    return frontier.root()


def inclusion_spans(place: int, size: int) -> list[Span]:
    """The spans whose hashes prove that a leaf is in a tree (RFC 6962 §2.1.1), from the leaf to the root.

    Raises ValueError where the tree has no such leaf.
    """
    if not 0 <= place < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {place}")
    spans, start, end = [], 0, size
    while end - start > 1:
        middle = _middle(start, end)
        if place < middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """The spans whose hashes prove that a tree of `new` leaves begins with that of `old` (RFC 6962 §2.1.2).

    Raises ValueError if `old` is more than `new`.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not begin with {old}")
    spans: list[Span] = []
    start, end = 0, new if old else 0
    while end > old:
        middle = _middle(start, end)
        if old <= middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(start, middle))
            start = middle
    if start:
        spans.append(Span(start, end))
    return spans[::-1]


def _middle(start: int, end: int) -> int:
    """Where a tree parts: after the largest power of two that is less than its size."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def verify_inclusion(leaf: bytes, place: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path proves that the leaf of this hash stands at `place` (RFC 9162 §2.1.3.2)."""
    if not 0 <= place < size or not _are_hashes(leaf, root, *path):
        return False
    node, last, found = place, size - 1, leaf
    for sibling in path:
        if not last:
            return False
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            node, last = _up_from_right(node, last)
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    return not last and found == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path proves that the new tree begins with the old one (RFC 9162 §2.1.4.2).

    Every tree begins with the empty one, whatever is given as its root.
    """
    if old == new or old == 0:
        return 0 <= old <= new and not path and (old != new or old_root == new_root)
    if not 0 < old < new or not path or not _are_hashes(old_root, new_root, *path):
        return False
    node, last = _up_while_right(old - 1, new - 1)
    first, *rest = path if old & (old - 1) else (old_root, *path)
    was = found = first
    for sibling in rest:
        if not last:
            return False
        if node & 1 or node == last:
            was, found = node_hash(sibling, was), node_hash(sibling, found)
            node, last = _up_from_right(node, last)
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    return not last and was == old_root and found == new_root


def _up_from_right(node: int, last: int) -> tuple[int, int]:
    """Past the levels at which a last node has no sibling."""
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def _up_while_right(node: int, last: int) -> tuple[int, int]:
    """Past the levels at which a node is a right child."""
    while node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def _are_hashes(*found: bytes) -> bool:
    return all(len(each) == HASH for each in found)
