"""An audit of the whole log: every leaf, every hash and every checkpoint made again from the entries alone."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson
import rfc8785
from sqlalchemy import Connection

from transparency import note, tree
from transparency.checkpoint import Checkpoint
from transparency.note import Key, NoteWrong
from trust.log.kept import Kept, LogBroken


class Audited(NamedTuple):
    """What was found to be as it was signed."""

    entries: int
    checkpoints: int


def verify(connection: Connection, keys: Sequence[Key], held: Iterable[str] = ()) -> Audited:
    """Raises LogBroken at the first thing that is not what the log's `keys` have signed. `held`: checkpoints that
    somebody kept elsewhere: without one, a log that was cut and signed anew from the beginning is not seen."""
    kept = Kept(connection)
    # Read first: what is written while this goes on is not looked at.
    notes = list(kept.checkpoints())
    signed = [_believed(one, keys) for one in notes]
    size = signed[-1].size if signed else 0
    origins = {one.origin for one in signed}
    if len(origins) > 1:
        raise LogBroken(f"checkpoints are of several logs: {', '.join(sorted(origins))}")
    wanted = {one.size: one.root for one in signed}
    for one in (_believed(text, keys) for text in held):
        if one.size > size:
            raise LogBroken(f"a checkpoint of {one.size} entries was signed, and {size} are there")
        if wanted.setdefault(one.size, one.root) != one.root:
            raise LogBroken(f"two roots of the first {one.size} entries were signed")
    _check_tree(kept, size, wanted)
    return Audited(size, len(signed))


def _believed(text: str, keys: Sequence[Key]) -> Checkpoint:
    try:
        received = note.read(text)
        note.believed(received, keys)
        return Checkpoint.read(received.text)
    except NoteWrong as error:
        raise LogBroken(f"a checkpoint is not to be believed: {error}: {text[:60]!r}") from error


def _check_tree(kept: Kept, size: int, wanted: dict[int, bytes]) -> None:
    """Makes the tree from its entries, leaf by leaf: `peaks` are its perfect parts, the largest first."""
    peaks = list[tuple[int, bytes]]()
    count = 0
    _check_root(0, peaks, wanted)
    for leaf in kept.leaves(0, size):
        if leaf.position != count:
            break
        if leaf.hash != tree.leaf_hash(leaf.entry):
            raise LogBroken(f"entry {count} has another hash than is kept")
        if not _is_canonical(leaf.entry):
            raise LogBroken(f"entry {count} is no canonical JSON")
        level, hashed = 0, leaf.hash
        while peaks and peaks[-1][0] == level:
            level, hashed = level + 1, tree.node_hash(peaks.pop()[1], hashed)
            if not level % tree.HEIGHT and kept.stored(level // tree.HEIGHT, count >> level, 1) != [hashed]:
                raise LogBroken(f"the hash of level {level} over entry {count} is another than is kept")
        peaks.append((level, hashed))
        count += 1
        _check_root(count, peaks, wanted)
    if count != size:
        raise LogBroken(f"entry {count} is lacking: {size} were signed")


def _check_root(count: int, peaks: Sequence[tuple[int, bytes]], wanted: dict[int, bytes]) -> None:
    if count not in wanted:
        return
    root = peaks[-1][1] if peaks else tree.EMPTY
    for _, left in reversed(peaks[:-1]):
        root = tree.node_hash(left, root)
    if root != wanted[count]:
        raise LogBroken(f"the first {count} entries have another root than was signed")


def _is_canonical(entry: bytes) -> bool:
    try:
        return rfc8785.dumps(orjson.loads(entry)) == entry
    except ValueError:
        return False
