"""Trees of some leaves, kept as they would be kept."""

from collections.abc import Sequence
from typing import Self

from transparency import tree

LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]


class Kept:
    """A tree that grows as a log does: only every eighth level is kept."""

    def __init__(self) -> None:
        self.size = 0
        self.hashes: dict[tuple[int, int], bytes] = {}
        self.hash_at = tree.from_stored(self.stored)

    @classmethod
    def of(cls, leaves: Sequence[bytes]) -> Self:
        kept = cls()
        kept.append(leaves)
        return kept

    def append(self, leaves: Sequence[bytes]) -> None:
        self.hashes.update(tree.grown(self.size, [tree.leaf_hash(leaf) for leaf in leaves], self.stored))
        self.size += len(leaves)

    def stored(self, level: int, first: int, count: int) -> list[bytes]:
        return [self.hashes[level, first + at] for at in range(count)]

    def root(self, size: int | None = None) -> bytes:
        return tree.root(self.size if size is None else size, self.hash_at)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        return tree.inclusion(index, self.size if size is None else size, self.hash_at)

    def consistency(self, old: int, size: int | None = None) -> list[bytes]:
        return tree.consistency(old, self.size if size is None else size, self.hash_at)


def numbered(count: int, name: str = "leaf") -> list[bytes]:
    return [f"{name} {number}".encode() for number in range(count)]
