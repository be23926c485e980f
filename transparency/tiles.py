"""Tiles of C2SP: the tree and the entries as files that never change, and where each is."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Self

from reference.errors import TrustError
from transparency.tree import WIDTH, Stored

# The highest level of tiles that a tree of 2^63 leaves has.
LEVELS = 8
ENTRY_BYTES = 65_535
HASH_BYTES = 32
_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_GROUPS = 6


class TileWrong(TrustError):
    """A tile is not one that there can be, or does not hold what it is to hold."""


class Tile(NamedTuple):
    """So many hashes of one level, or so many entries (level None), from number * 256 on. A full tile has 256."""

    level: int | None
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where the tile is, without a slash before it."""
        digits = str(self.number)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        place = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        level = "entries" if self.level is None else self.level
        return f"tile/{level}/{place}" + ("" if self.width == WIDTH else f".p/{self.width}")

    @classmethod
    def at(cls, path: str) -> Self:
        """The tile at a path, written in the one way that there is. Raises TileWrong."""
        found = _PATH.fullmatch(path)
        if not found or found[2].count("/") >= _GROUPS:
            raise TileWrong(f"{path[:100]!r} is no path of a tile")
        level = None if found[1] == "entries" else int(found[1])
        tile = cls(level, int(found[2].replace("/", "").replace("x", "")), int(found[3] or WIDTH))
        if tile.path != path or tile.width > WIDTH or (level or 0) >= LEVELS * 8:
            raise TileWrong(f"{path[:100]!r} is no path of a tile")
        return tile

    @property
    def first(self) -> int:
        """The first hash or entry of it, by its place in the whole level."""
        return self.number * WIDTH

    def within(self, size: int) -> bool:
        """Whether a tree of this size has the tile."""
        return self.first + self.width <= size >> 8 * (self.level or 0)


def tiles(size: int) -> Iterator[Tile]:
    """All tiles of hashes that a tree has, the lowest level first. None is empty."""
    level, count = 0, size
    while count:
        yield from (Tile(level, number) for number in range(count // WIDTH))
        if count % WIDTH:
            yield Tile(level, count // WIDTH, count % WIDTH)
        level, count = level + 1, count // WIDTH


def hashes(tile: Tile, stored: Stored) -> bytes:
    """A tile of hashes, as it is served."""
    assert tile.level is not None, "entries have no hashes"
    return b"".join(stored(tile.level, tile.first, tile.width))


def read_hashes(tile: Tile, data: bytes) -> list[bytes]:
    """The hashes in a tile that was received. Raises TileWrong where they are not as many as it says."""
    if len(data) != tile.width * HASH_BYTES:
        raise TileWrong(f"{tile.path} has {len(data)} bytes, not {tile.width * HASH_BYTES}")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def bundle(entries: Sequence[bytes]) -> bytes:
    """A tile of entries, as it is served."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def read_bundle(tile: Tile, data: bytes) -> list[bytes]:
    """The entries in a tile that was received. Raises TileWrong where they are not as many as it says."""
    entries, at = list[bytes](), 0
    while at + 2 <= len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        entries.append(data[at + 2 : end])
        at = end
    if at != len(data) or len(entries) != tile.width:
        raise TileWrong(f"{tile.path} does not hold {tile.width} whole entries")
    return entries
