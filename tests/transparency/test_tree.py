"""The tree of RFC 6962: its published vectors, and a reading of the RFC that knows nothing of ours."""

from base64 import b64encode
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transparency import rfc6962
from tests.transparency.trees import LEAVES, Kept, numbered
from transparency import tree
from transparency.tree import ProofWrong

ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def told(hashes: list[bytes]) -> list[str]:
    return [b64encode(one).decode() for one in hashes]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size: int) -> None:
    assert Kept.of(LEAVES[:size]).root().hex() == ROOTS[size]
    assert Kept.of(LEAVES).root(size).hex() == ROOTS[size]


def test_a_leaf_is_hashed_as_published() -> None:
    assert told([tree.leaf_hash(b"hello world")]) == ["TszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0="]


def test_proofs_are_the_published_ones() -> None:
    kept = Kept.of(LEAVES)
    assert told(kept.inclusion(5)) == [
        "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=",
        "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
        "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
    ]
    assert told(kept.consistency(3)) == [
        "ApjRIpBtz8EIkstTpzmS/FufST6kybrbJ7eRtBJ6f+c=",
        "B1Bqhf2d0vEg62lPhgEeW7RmLlxBWmKRcDPUqWJEh+c=",
        "+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=",
        "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=",
    ]


def test_every_proof_of_every_small_tree_is_the_rfcs_and_holds() -> None:
    leaves = numbered(33)
    kept = Kept.of(leaves)
    for size in range(1, 34):
        root = kept.root(size)
        assert root == rfc6962.mth(leaves[:size])
        for index in range(size):
            proof = kept.inclusion(index, size)
            assert proof == rfc6962.path(index, leaves[:size])
            tree.check_inclusion(tree.leaf_hash(leaves[index]), index, size, proof, root)
        for old in range(1, size + 1):
            proof = kept.consistency(old, size)
            assert proof == rfc6962.proof(old, leaves[:size])
            tree.check_consistency(old, size, proof, kept.root(old), root)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=5), st.data())
@settings(max_examples=25, deadline=None)
def test_a_tree_that_grew_in_any_steps_is_the_rfcs(steps: list[int], data: st.DataObject) -> None:
    leaves = numbered(sum(steps) + 1)
    kept, begin = Kept(), 0
    for step in [*steps, 1]:
        kept.append(leaves[begin : begin + step])
        begin += step
    assert kept.root() == rfc6962.mth(leaves)
    index, old = data.draw(st.integers(0, len(leaves) - 1)), data.draw(st.integers(1, len(leaves)))
    assert kept.inclusion(index) == rfc6962.path(index, leaves)
    assert kept.consistency(old) == rfc6962.proof(old, leaves)


@given(st.integers(2, 70), st.data())
@settings(max_examples=150, deadline=None)
def test_nothing_else_is_proved(size: int, data: st.DataObject) -> None:
    """Another leaf, place or root, or any hash of the proof changed, left out or added. A proof says nothing of another
    size of the same shape: a root is signed together with its size."""
    leaves = numbered(size)
    kept, root = Kept.of(leaves), Kept.of(leaves).root()
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size - 1))
    leaf, path, proof, old_root = kept.hashes[0, index], kept.inclusion(index), kept.consistency(old), kept.root(old)
    tree.check_inclusion(leaf, index, size, path, root)
    tree.check_consistency(old, size, proof, old_root, root)
    another = data.draw(st.integers(-1, size).filter(lambda at: at != index))
    for claimed in (
        (flipped(leaf), index, size, path, root),
        (leaf, another, size, path, root),
        (leaf, index, size, path, flipped(root)),
        *((leaf, index, size, changed, root) for changed in mutations(path)),
    ):
        with pytest.raises(ProofWrong):
            tree.check_inclusion(*claimed)
    for offered in (
        (size, size, [], old_root, root),
        (old, size, proof, flipped(old_root), root),
        (old, size, proof, old_root, flipped(root)),
        *((old, size, changed, old_root, root) for changed in mutations(proof)),
    ):
        with pytest.raises(ProofWrong):
            tree.check_consistency(*offered)


def flipped(one: bytes) -> bytes:
    return bytes([one[0] ^ 1]) + one[1:]


def mutations(proof: list[bytes]) -> list[list[bytes]]:
    changed = [[*proof[:at], flipped(one), *proof[at + 1 :]] for at, one in enumerate(proof)]
    return [*changed, [*proof, b"\0" * 32], *([proof[:-1], proof[1:]] if proof else [])]


def test_what_a_tree_cannot_have_is_refused() -> None:
    kept = Kept.of(LEAVES)
    for index, size in ((8, 8), (-1, 8), (0, 0)):
        with pytest.raises(ValueError, match="has no leaf"):
            kept.inclusion(index, size)
        with pytest.raises(ProofWrong):
            tree.check_inclusion(kept.hashes[0, 0], index, size, [], kept.root())
    with pytest.raises(ValueError, match="does not go on from 9"):
        kept.consistency(9)
    with pytest.raises(ProofWrong):
        tree.check_consistency(9, 8, [], kept.root(), kept.root())


def test_every_tree_goes_on_from_nothing_and_none_to_nothing_else() -> None:
    root = Kept.of(LEAVES).root()
    tree.check_consistency(0, 8, [], tree.EMPTY, root)
    tree.check_consistency(0, 0, [], tree.EMPTY, tree.EMPTY)
    for arguments in ((0, 8, [root], tree.EMPTY, root), (0, 8, [], root, root), (0, 0, [], tree.EMPTY, root)):
        with pytest.raises(ProofWrong):
            tree.check_consistency(*arguments)


def test_what_is_kept_of_70_000_leaves_is_every_eighth_level() -> None:
    kept = Kept.of(numbered(70_000))
    by_level = [len([1 for level, _ in kept.hashes if level == tile]) for tile in range(4)]
    assert by_level == [70_000, 273, 1, 0]
    for old, size in pairwise((1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000)):
        tree.check_consistency(old, size, kept.consistency(old, size), kept.root(old), kept.root(size))
        tree.check_inclusion(kept.hashes[0, old], old, size, kept.inclusion(old, size), kept.root(size))
