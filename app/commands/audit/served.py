"""The Trust's log as a gateway serves it to a department, held to what was signed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from transparency.checkpoint import Checkpoint
from transparency.frontier import Held
from transparency.note import Key, NoteWrong
from transparency.tiles import Tile, TileWrong, read_hashes
from transparency.tree import WIDTH, ProofWrong, leaf_hash
from trust.log.kept import LogBroken

# Entries that are asked for at a time.
AT_A_TIME = 1000


class ServedEntry(NamedTuple):
    """An entry in its place, and the parts of it that its reader may see."""

    position: int
    text: bytes
    opened: Sequence[bytes]


def served(get: Callable[[str], bytes], keys: Sequence[Key], held: Iterable[str]) -> Iterator[ServedEntry]:
    """The entries that a caller may read, each of them one of those that were signed. `get`: what a path answers.
    `held`: checkpoints that somebody kept elsewhere. Raises LogBroken."""
    try:
        last, *others = (Checkpoint.believed(text, keys) for text in (get("/checkpoint"), *held))
        hashes = _hashes(get, last.size)
        tree = Held(last, others)
        for hashed in hashes:
            tree.add(hashed)
    except (NoteWrong, TileWrong, ProofWrong) as error:
        raise LogBroken(str(error)) from error
    for first in range(0, last.size, AT_A_TIME):
        for line in get(f"/audit/entries?first={first}&count={AT_A_TIME}").splitlines():
            one = _entry(line)
            if one.position >= last.size:
                return
            if leaf_hash(one.text) != hashes[one.position]:
                raise LogBroken(f"entry {one.position} is another than was signed")
            yield one


def _entry(line: bytes) -> ServedEntry:
    try:
        said: dict[str, Any] = orjson.loads(line)
        one = ServedEntry(int(said["index"]), said["entry"].encode(), [part.encode() for part in said["opened"]])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise LogBroken(f"a line of entries cannot be read: {line[:60]!r}") from error
    if one.position < 0:
        raise LogBroken(f"there is no entry {one.position}")
    return one


def _hashes(get: Callable[[str], bytes], size: int) -> list[bytes]:
    """The hashes of all entries, from the lowest tiles. Raises TileWrong."""
    tiles = [Tile(0, number, min(WIDTH, size - WIDTH * number)) for number in range(-(-size // WIDTH))]
    return [hashed for tile in tiles for hashed in read_hashes(tile, get(f"/{tile.path}"))]
