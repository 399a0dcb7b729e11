"""RFC 6962 trees, against the published vectors of Certificate Transparency and a naive reading of the RFC."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.checkpoints import merkle
from audit.checkpoints.merkle import Frontier, Subtrees

LEAVES = [
    bytes.fromhex(each)
    for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]  # fmt: skip
ROOTS = [
    bytes.fromhex(each)
    for each in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]
INCLUSION = {
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 3): ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
    (1, 5): (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
    (0, 1): (),
}
CONSISTENCY = {
    (1, 1): (),
    (1, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
    (6, 7): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
}
LARGE_ROOTS = {  # leaf i is i in two bytes, the low one first
    10: "VjWMPSYNtCuCNlF/RLnQy6HcwSk6CIipfxm+hettA+4=",
    15: "j4SulYmocFuxdeyp12xXCIgK6PekBcxzAIj4zbQzNEI=",
    16: "c+4Uc6BCMOZf/v3NZK1kqTUJe+bBoFtOhP+P3SayKRE=",
    100: "dUh9hYH88p0CMoHkdr1wC2szbhcLAXOejWpINIooKUY=",
    255: "SmdsuKUqiod3RX2jyF2M6JnbdE4QuTwwipfAowI4/i0=",
    256: "qFI0t/tZ1MdOYgyPpPzHFiZVw86koScXy9q3FU5casA=",
    1000: "RXrgb8xHd55Y48FbfotJwCbV82Kx22LZfEbmBGAvwlQ=",
    4095: "cWRFdQhPcjn9WyBXE/r1f04ejxIm5lvg40DEpRBVS0w=",
    4096: "6uU/phfHg1n/GksYT6TO9aN8EauMCCJRl3dIK0HDs2M=",
    10000: "VZcav65F9haHVRk3wre2axFoBXRNeUh/1d9d5FQfxIg=",
    65535: "iPuVYJhP6SEE4gUFp8qbafd2rYv9YTCDYqAxCj8HdLM=",
}
SOME = bytes.fromhex("abacaba000000000000000000000000000000000000000000060061e00123456")


def unhex(path):
    return [bytes.fromhex(each) for each in path]


def reader(leaves):
    return Subtrees(b"".join(map(merkle.leaf_hash, leaves)))


def naive_root(leaves):
    """RFC 6962 §2.1, as it is written."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = split_of(len(leaves))
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_inclusion(place, leaves):
    """RFC 6962 §2.1.1, as it is written."""
    if len(leaves) == 1:
        return []
    k = split_of(len(leaves))
    if place < k:
        return [*naive_inclusion(place, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_inclusion(place - k, leaves[k:]), naive_root(leaves[:k])]


def naive_consistency(old, leaves, whole=True):
    """RFC 6962 §2.1.2, as it is written."""
    if old == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = split_of(len(leaves))
    if old <= k:
        return [*naive_consistency(old, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_consistency(old - k, leaves[k:], False), naive_root(leaves[:k])]


def split_of(size):
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def inclusion(place, size, read):
    return [merkle.hash_of(span, read) for span in merkle.inclusion_spans(place, size)]


def consistency(old, new, read):
    return [merkle.hash_of(span, read) for span in merkle.consistency_spans(old, new)]


def test_the_published_hashes_of_a_leaf_and_a_node():
    assert ROOTS[0] == merkle.EMPTY
    assert merkle.leaf_hash(b"").hex() == ROOTS[1].hex()
    assert merkle.leaf_hash(b"L123456").hex() == (
        "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    )
    assert merkle.node_hash(b"N123", b"N456").hex() == (
        "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    )


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_the_published_roots(size):
    assert merkle.tree_root(LEAVES[:size]) == ROOTS[size]
    assert merkle.root_of(size, reader(LEAVES)) == ROOTS[size]


@pytest.mark.parametrize("size", LARGE_ROOTS)
def test_the_published_roots_of_larger_trees(size):
    leaves = b"".join(i.to_bytes(2, "little") for i in range(size))
    subtrees = Subtrees(merkle.leaf_hashes(leaves, 2))
    assert base64.b64encode(merkle.root_of(size, subtrees)).decode() == LARGE_ROOTS[size]


@pytest.mark.parametrize(("place", "size"), INCLUSION)
def test_the_published_inclusion_proofs(place, size):
    path = unhex(INCLUSION[place, size])
    assert inclusion(place, size, reader(LEAVES)) == path
    assert merkle.verify_inclusion(merkle.leaf_hash(LEAVES[place]), place, size, path, ROOTS[size])


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_the_published_consistency_proofs(old, new):
    path = unhex(CONSISTENCY[old, new])
    assert consistency(old, new, reader(LEAVES)) == path
    assert merkle.verify_consistency(old, new, ROOTS[old], ROOTS[new], path)


@pytest.mark.parametrize(("place", "size"), INCLUSION)
def test_no_published_corruption_of_an_inclusion_proof_verifies(place, size):
    path, root, leaf = unhex(INCLUSION[place, size]), ROOTS[size], merkle.leaf_hash(LEAVES[place])
    probes = [
        *((leaf, other, size, path, root) for other in (place - 1, place + 1, place ^ 2)),
        (leaf, place, size * 2, path, root),
        (leaf, place, size // 2, path, root),
        (b"WrongLeaf", place, size, path, root),
        (leaf, place, size, path, ROOTS[0]),
        (leaf, place, size, path, SOME),
        *((leaf, place, size, [*path, extra], root) for extra in (b"", root)),
        *((leaf, place, size, [extra, *path], root) for extra in (b"", root)),
        *((leaf, place, size, flipped(path, at), root) for at in range(len(path))),
    ]
    if path:
        probes += [
            (leaf, place, size, path[:-1], root),
            (leaf, place, size, [path[0], SOME, *path[1:]], root),
        ]
    assert [probe for probe in probes if merkle.verify_inclusion(*probe)] == []


@pytest.mark.parametrize(("old", "new"), [pair for pair, path in CONSISTENCY.items() if path])
def test_no_published_corruption_of_a_consistency_proof_verifies(old, new):
    path, was, root = unhex(CONSISTENCY[old, new]), ROOTS[old], ROOTS[new]
    probes = [
        *((other, new, was, root, path) for other in (old - 1, old + 1, old ^ 2)),
        (old, new * 2, was, root, path),
        (old, new // 2, was, root, path),
        (old, new, b"WrongRoot", root, path),
        (old, new, was, b"WrongRoot", path),
        (old, new, root, was, path),
        (old, new, was, root, []),
        *((old, new, was, root, [*path, extra]) for extra in (b"", was, root)),
        *((old, new, was, root, [extra, *path]) for extra in (b"", was, root, path[0])),
        (old, new, was, root, path[:-1]),
        *((old, new, was, root, flipped(path, at)) for at in range(len(path))),
    ]
    assert [probe for probe in probes if merkle.verify_consistency(*probe)] == []


def flipped(path, at):
    return [bytes([each[0] ^ 16]) + each[1:] if place == at else each for place, each in enumerate(path)]


@pytest.mark.parametrize(
    ("old", "new", "was", "root", "path", "holds"),
    [
        (0, 0, SOME, ROOTS[1], [], False),
        (1, 1, SOME, ROOTS[1], [], False),
        (0, 0, SOME, SOME, [], True),
        (0, 1, SOME, ROOTS[1], [], True),
        (1, 1, SOME, SOME, [], True),
        (1, 0, SOME, ROOTS[1], [], False),
        (2, 1, SOME, ROOTS[1], [], False),
        (1, 2, SOME, ROOTS[1], [], False),
        (0, 0, SOME, SOME, [ROOTS[0]], False),
        (0, 1, SOME, SOME, [ROOTS[0]], False),
        (1, 1, SOME, SOME, [ROOTS[0]], False),
        (-1, 1, SOME, SOME, [], False),
    ],
)
def test_the_published_edges_of_consistency(old, new, was, root, path, holds):
    assert merkle.verify_consistency(old, new, was, root, path) is holds


leaves_of_a_tree = st.lists(st.binary(max_size=4), min_size=1, max_size=70)


@given(leaves_of_a_tree)
def test_every_way_to_a_root_is_the_naive_one(leaves):
    assert merkle.tree_root(leaves) == naive_root(leaves) == merkle.root_of(len(leaves), reader(leaves))


@given(leaves_of_a_tree, st.data())
def test_inclusion_is_the_naive_proof_and_proves_that_leaf_alone(leaves, data):
    size = len(leaves)
    place = data.draw(st.integers(0, size - 1))
    path, root = inclusion(place, size, reader(leaves)), naive_root(leaves)
    assert path == naive_inclusion(place, leaves)
    assert merkle.verify_inclusion(merkle.leaf_hash(leaves[place]), place, size, path, root)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"other"), place, size, path, root)


@given(leaves_of_a_tree, st.data())
def test_consistency_is_the_naive_proof_and_finds_a_rewritten_past(leaves, data):
    new = len(leaves)
    old = data.draw(st.integers(1, new))
    path = consistency(old, new, reader(leaves))
    assert path == naive_consistency(old, leaves)
    assert merkle.verify_consistency(old, new, naive_root(leaves[:old]), naive_root(leaves), path)
    rewritten = [b"other", *leaves[1:]]
    assert not merkle.verify_consistency(
        old, new, naive_root(leaves[:old]), naive_root(rewritten), consistency(old, new, reader(rewritten))
    )


@given(leaves_of_a_tree, st.integers(0, 6))
def test_a_frontier_takes_whole_subtrees(leaves, level):
    read, frontier = reader(leaves), Frontier()
    whole = len(leaves) >> level
    for place in range(whole):
        frontier.add(read(level, place), level)
    for data in leaves[whole << level :]:
        frontier.add(merkle.leaf_hash(data))
    assert (frontier.size, frontier.root()) == (len(leaves), naive_root(leaves))


def test_a_subtree_stands_only_where_one_can_begin():
    frontier = Frontier()
    frontier.add(SOME)
    with pytest.raises(ValueError, match="level 1 begins at leaf 1"):
        frontier.add(SOME, 1)


@pytest.mark.parametrize(("place", "size"), [(0, 0), (1, 1), (-1, 4), (8, 7)])
def test_no_tree_proves_a_leaf_it_does_not_have(place, size):
    with pytest.raises(ValueError, match="has no leaf"):
        merkle.inclusion_spans(place, size)


def test_no_tree_begins_with_a_larger_one():
    with pytest.raises(ValueError, match="does not begin"):
        merkle.consistency_spans(3, 2)
