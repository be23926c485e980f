"""The Merkle tree of RFC 6962 over SHA-256: hashes, roots, proofs, and their verification.

Proofs are made by reading hashes of perfect subtrees through a callable; what is kept is only every eighth level of
them, as C2SP's tiles have it.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from reference.errors import TrustError

# The hash of the leaves from index * 2^level to (index + 1) * 2^level, the level being a tree's and not a tile's.
HashAt = Callable[[int, int], bytes]
# (tile level, first, count) -> so many hashes of one tile level, each of 256^level leaves.
Stored = Callable[[int, int, int], Sequence[bytes]]

EMPTY = hashlib.sha256().digest()
# Levels of a tree in one tile, and hashes in a full one.
HEIGHT = 8
WIDTH = 1 << HEIGHT


class ProofWrong(TrustError):
    """A proof does not prove what it is said to."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry as a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbouring subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(size: int, hash_at: HashAt) -> bytes:
    """The root of the first `size` leaves."""
    return _range(0, size, hash_at) if size else EMPTY


def inclusion(index: int, size: int, hash_at: HashAt) -> list[bytes]:
    """That the leaf at `index` is in the tree of `size`: its sibling first."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} has no leaf {index}")
    begin, end, proof = 0, size, list[bytes]()
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            proof.append(_range(middle, end, hash_at))
            end = middle
        else:
            proof.append(_range(begin, middle, hash_at))
            begin = middle
    return proof[::-1]


def consistency(old: int, size: int, hash_at: HashAt) -> list[bytes]:
    """That the tree of `size` goes on from its first `old` leaves. Empty from nothing, and from the same size."""
    if not 0 <= old <= size:
        raise ValueError(f"a tree of {size} does not go on from {old}")
    if old in (0, size):
        return []
    begin, end, proof = 0, size, list[bytes]()
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            proof.append(_range(middle, end, hash_at))
            end = middle
        else:
            proof.append(_range(begin, middle, hash_at))
            begin = middle
    if begin:
        proof.append(_range(begin, old, hash_at))
    return proof[::-1]


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raises ProofWrong unless the leaf with this hash is at `index` in the tree of `size` with this root."""
    if not 0 <= index < size:
        raise ProofWrong(f"a tree of {size} has no leaf {index}")
    inner = (index ^ (size - 1)).bit_length()
    if len(proof) != inner + (index >> inner).bit_count():
        raise ProofWrong("the proof of inclusion has another number of hashes")
    found = leaf
    for level, beside in enumerate(proof):
        right = level < inner and not index >> level & 1
        found = node_hash(found, beside) if right else node_hash(beside, found)
    if found != root:
        raise ProofWrong("the proof of inclusion leads to another root")


def check_consistency(old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> None:
    """Raises ProofWrong unless the tree of `size` goes on from that of `old`. From nothing every tree does."""
    if not 0 <= old <= size:
        raise ProofWrong(f"a tree of {size} does not go on from {old}")
    if old in (0, size):
        if proof or old_root != (root if old else EMPTY) or (not size and root != EMPTY):
            raise ProofWrong("the roots are not the same" if not proof else "the proof is to be empty")
        return
    if proved(old, size, proof, old_root) != (old_root, root):
        raise ProofWrong("the proof of consistency leads to other roots")


def proved(old: int, size: int, proof: Sequence[bytes], old_root: bytes) -> tuple[bytes, bytes]:
    """The roots of `old` leaves and of all `size` that a proof of consistency leads to, where 0 < old < size. One from
    a power of two goes out from `old_root` itself. Raises ProofWrong where it has another number of hashes."""
    zeros = (old & -old).bit_length() - 1
    changed = ((old - 1) ^ (size - 1)).bit_length()
    inner, border, path = changed - zeros, ((old - 1) >> changed).bit_count(), (old - 1) >> zeros
    given = 0 if old & (old - 1) == 0 else 1
    if len(proof) != given + inner + border:
        raise ProofWrong("the proof of consistency has another number of hashes")
    first = second = proof[0] if given else old_root
    for level, beside in enumerate(proof[given:]):
        if level >= inner or path >> level & 1:
            first, second = node_hash(beside, first), node_hash(beside, second)
        else:
            second = node_hash(second, beside)
    return first, second


def from_stored(stored: Stored) -> HashAt:
    """Hashes of every level, made from those that are kept."""

    def hash_at(level: int, index: int) -> bytes:
        tile, inside = divmod(level, HEIGHT)
        return perfect(stored(tile, index << inside, 1 << inside))

    return hash_at


def grown(size: int, leaves: Sequence[bytes], stored: Stored) -> Mapping[tuple[int, int], bytes]:
    """What is to be kept more when leaves with these hashes come after the first `size`: by (tile level, index)."""
    new = {(0, size + at): leaf for at, leaf in enumerate(leaves)}
    level, before, after = 0, size, size + len(leaves)
    while after >= WIDTH:
        for index in range(before // WIDTH, after // WIDTH):
            begin, end = index * WIDTH, (index + 1) * WIDTH
            there = min(max(before, begin), end)
            hashes = [*stored(level, begin, there - begin)] if there > begin else []
            hashes += [new[level, at] for at in range(there, end)]
            new[level + 1, index] = perfect(hashes)
        level, before, after = level + 1, before // WIDTH, after // WIDTH
    return new


def perfect(hashes: Sequence[bytes]) -> bytes:
    """The hash over neighbouring subtrees of one size, as many as a power of two."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def _split(size: int) -> int:
    """The largest power of two smaller than a size above 1."""
    return 1 << (size - 1).bit_length() - 1


def _range(begin: int, end: int, hash_at: HashAt) -> bytes:
    """The hash of a subtree: its perfect parts, joined from the right."""
    parts = [hash_at(level, index) for level, index in _parts(begin, end)]
    found = parts.pop()
    while parts:
        found = node_hash(parts.pop(), found)
    return found


def _parts(begin: int, end: int) -> Iterator[tuple[int, int]]:
    while begin < end:
        level = (end - begin).bit_length() - 1
        yield level, begin >> level
        begin += 1 << level
