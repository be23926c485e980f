"""The Trust's log as a gateway serves it to a department, held to what was signed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from transparency import note
from transparency.checkpoint import Checkpoint
from transparency.frontier import Frontier
from transparency.note import Key, NoteWrong
from transparency.tiles import Tile, TileWrong, read_hashes
from transparency.tree import WIDTH, leaf_hash

# Entries that are asked for at a time.
AT_A_TIME = 1000


class NotTheLog(Exception):
    """What is served is not the log that was signed: says what."""


class ServedEntry(NamedTuple):
    """An entry in its place, and the parts of it that its reader may see."""

    position: int
    text: bytes
    opened: Sequence[bytes]


def served(get: Callable[[str], bytes], keys: Sequence[Key], held: Iterable[str]) -> Iterator[ServedEntry]:
    """The entries that a caller may read, each of them one of those that were signed. `get`: what a path answers.
    `held`: checkpoints that somebody kept elsewhere. Raises NotTheLog."""
    last, *others = (_believed(text, keys) for text in (get("/checkpoint").decode(), *held))
    hashes = _hashes(get, last.size)
    _check(hashes, [last, *others])
    for first in range(0, last.size, AT_A_TIME):
        for line in get(f"/audit/entries?first={first}&count={AT_A_TIME}").splitlines():
            one = _entry(line)
            if one.position >= last.size:
                return
            if leaf_hash(one.text) != hashes[one.position]:
                raise NotTheLog(f"entry {one.position} is another than was signed")
            yield one


def _entry(line: bytes) -> ServedEntry:
    try:
        said: dict[str, Any] = orjson.loads(line)
        one = ServedEntry(int(said["index"]), said["entry"].encode(), [part.encode() for part in said["opened"]])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotTheLog(f"a line of entries cannot be read: {line[:60]!r}") from error
    if one.position < 0:
        raise NotTheLog(f"there is no entry {one.position}")
    return one


def _hashes(get: Callable[[str], bytes], size: int) -> list[bytes]:
    """The hashes of all entries, from the lowest tiles."""
    hashes = list[bytes]()
    for number in range(-(-size // WIDTH)):
        tile = Tile(0, number, min(WIDTH, size - WIDTH * number))
        try:
            hashes += read_hashes(tile, get(f"/{tile.path}"))
        except TileWrong as error:
            raise NotTheLog(str(error)) from error
    return hashes


def _check(hashes: Sequence[bytes], checkpoints: Sequence[Checkpoint]) -> None:
    """That the tree over the hashes is the one of every checkpoint."""
    if larger := [one.size for one in checkpoints if one.size > len(hashes)]:
        raise NotTheLog(f"a checkpoint of {max(larger)} entries was signed, and {len(hashes)} are there")
    frontier, ends = Frontier(), sorted(checkpoints, key=lambda one: one.size)
    for one in ends:
        for hashed in hashes[frontier.size : one.size]:
            frontier.add(hashed)
        if frontier.root != one.root:
            raise NotTheLog(f"the first {one.size} entries have another root than was signed")


def _believed(text: str, keys: Sequence[Key]) -> Checkpoint:
    try:
        received = note.read(text)
        note.believed(received, keys)
        return Checkpoint.read(received.text)
    except NoteWrong as error:
        raise NotTheLog(f"a checkpoint is not to be believed: {error}: {text[:60]!r}") from error
