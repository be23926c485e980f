"""An audit of the whole log: every leaf, every hash and every checkpoint made again from the entries alone."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import orjson
import rfc8785
from sqlalchemy import Connection

from transparency import tree
from transparency.checkpoint import Checkpoint
from transparency.note import Key, NoteWrong
from trust.log.kept import Kept, Leaf
from trust.log.sealed import agree

# Leaves that are looked at between two words of progress: as many as there are in so many tiles.
AT_A_TIME = 16 * tree.WIDTH
# Numbers that RFC 8785 may write otherwise than orjson: with a fraction or an exponent, or beyond what JSON's readers
# agree on, after whatever a number can come after. Each pattern begins with fixed bytes: so it takes microseconds. What
# looks like such a number inside a text is looked at more slowly, and nothing else is lost.
_ODD = rb"-?[0-9](?:[0-9]{15}|[0-9]*[.eE])"
_ODD_NUMBERS = [re.compile(before + _ODD).search for before in (rb'":', rb",", rb"\[")]
# What an entry of this kind says somewhere.
EXPIRED = b'"kind":"expired"'
# (leaves done, leaves in all)
Progress = Callable[[int, int], None]
# What else is looked at in the same pass: leaves in order, each once, those that are not what was signed among them.
Seen = Callable[[Sequence[Leaf]], None]


@dataclass
class Audited:
    """What was found. `wrong`: what is not as it was signed, in the order of the log, the first as it is to be told.
    `bare`: entries whose text was let go, so that their hash alone is held to the tree; `before`: all those are before
    this moment, as the log itself says."""

    entries: int = 0
    checkpoints: int = 0
    bare: int = 0
    before: str | None = None
    wrong: list[str] = field(default_factory=list[str])


def verify(
    connection: Connection, keys: Sequence[Key], held: Iterable[str] = (), *, progress: Progress | None = None,
    seen: Seen | None = None,
) -> Audited:  # fmt: skip
    """Whether the log is what its `keys` have signed, and witnesses have cosigned. `held`: checkpoints that somebody
    kept elsewhere: without one, a log that was cut and signed anew from the beginning is not seen."""
    kept = Kept(connection)
    # Read in this order: what is written while this goes on is under a checkpoint that is read.
    cosigned, there = list(kept.cosigned()), kept.size()
    audit = _Audit(kept, progress or _nothing, seen or _nothing)
    audit.run(there, list(kept.checkpoints()), [*held, *cosigned], keys)
    return audit.found


def _nothing(*_: object) -> None:
    pass


class _Audit:
    """One pass over the log: `peaks` are the perfect parts of the tree so far, the largest first."""

    def __init__(self, kept: Kept, progress: Progress, seen: Seen) -> None:
        self._kept, self._progress, self._seen = kept, progress, seen
        self._peaks: list[tuple[int, bytes]] = []
        self._wanted: dict[int, bytes] = {}
        self._let_go, self._last_bare = LetGo(), -1
        self.found = Audited()

    def run(self, there: int, notes: Sequence[str], held: Sequence[str], keys: Sequence[Key]) -> None:
        signed = [one for one in (self._believed(text, keys) for text in notes) if one]
        size = signed[-1].size if signed else 0
        origins = sorted({one.origin for one in signed})
        if len(origins) > 1:
            self._tell(f"checkpoints are of several logs: {', '.join(origins)}")
        self._wanted = {one.size: one.root for one in signed}
        for one in (self._believed(text, keys) for text in held):
            if one is None:
                continue
            if one.origin not in (origins or [one.origin]):
                self._tell(f"a checkpoint that was kept is of {one.origin}, and the log is {origins[0]}")
            elif one.size > size:
                self._tell(f"a checkpoint of {one.size} entries was signed, and {size} are there")
            elif self._wanted.setdefault(one.size, one.root) != one.root:
                self._tell(f"two roots of the first {one.size} entries were signed")
        self.found.entries, self.found.checkpoints = size, len(notes)
        self._check_tree(size)
        if there > size:
            self._tell(f"there are {there} leaves, and {size} were signed")
        self._check_bare()

    def _tell(self, what: str) -> None:
        self.found.wrong.append(what)

    def _believed(self, text: str, keys: Sequence[Key]) -> Checkpoint | None:
        try:
            return Checkpoint.believed(text, keys)
        except NoteWrong as error:
            self._tell(str(error))
            return None

    def _check_tree(self, size: int) -> None:
        self._check_root(0, ())
        for begin in range(0, size, AT_A_TIME):
            end = min(begin + AT_A_TIME, size)
            leaves = list(self._kept.leaves(begin, end))
            self._seen(leaves)
            places = leaves if len(leaves) == end - begin else _placed(leaves, begin, end)
            above = self._kept.hashes(1, begin // tree.WIDTH, end // tree.WIDTH)
            for first in range(begin, end, tree.WIDTH):
                tile = places[first - begin : first - begin + tree.WIDTH]
                self._check_tile(first, tile, above.get(first // tree.WIDTH))
            self._progress(end, size)

    def _check_tile(self, first: int, leaves: Sequence[Leaf | None], above: bytes | None) -> None:
        """Up to 256 leaves from `first` on; `above` is the hash over them that is kept, where they are as many. It is
        gone on with where the leaves are not what was signed: so what else is wrong is seen as well."""
        inside, told = list[tuple[int, bytes]](), len(self.found.wrong)
        lacking = False
        for at, leaf in enumerate(leaves, first):
            if leaf is None:
                self._tell(f"entry {at} is lacking")
                lacking = True
            elif not lacking:
                self._check_leaf(leaf)
                _push(inside, 0, leaf.hash)
                if at + 1 in self._wanted and at + 1 - first < tree.WIDTH:
                    self._check_root(at + 1, inside)
        if len(leaves) < tree.WIDTH:
            return
        last = first + tree.WIDTH - 1
        made = None if lacking else inside[0][1]
        if above is None:
            self._tell(f"the hash of level 8 over entry {last} is lacking")
        elif made not in (None, above):
            self._tell(f"the hash of level 8 over entry {last} is another than is kept")
        if goes_on := above if len(self.found.wrong) > told + 1 or made is None else made:
            self._push_tile(last, goes_on)
            self._check_root(last + 1, ())

    def _check_leaf(self, leaf: Leaf) -> None:
        if not leaf.entry:
            self.found.bare += 1
            self._last_bare = leaf.position
            if leaf.parts:
                self._tell(f"entry {leaf.position} has no text, and has parts")
        elif leaf.hash != tree.leaf_hash(leaf.entry):
            self._tell(f"entry {leaf.position} has another hash than is kept")
        elif not is_canonical(leaf.entry):
            self._tell(f"entry {leaf.position} is no canonical JSON")
        elif not agree(leaf.entry, leaf.opened):
            self._tell(f"entry {leaf.position} commits to other parts than are kept")
        elif EXPIRED in leaf.entry:
            self._let_go.hear(leaf.entry)

    def _push_tile(self, last: int, hashed: bytes) -> None:
        """A whole tile: one more perfect part, with those before it that are as large."""
        level = tree.HEIGHT
        while self._peaks and self._peaks[-1][0] == level:
            level, hashed = level + 1, tree.node_hash(self._peaks.pop()[1], hashed)
            if not level % tree.HEIGHT:
                at = last >> level
                if self._kept.hashes(level // tree.HEIGHT, at, at + 1) != {at: hashed}:
                    self._tell(f"the hash of level {level} over entry {last} is another than is kept, or lacking")
        self._peaks.append((level, hashed))

    def _check_root(self, count: int, inside: Sequence[tuple[int, bytes]]) -> None:
        if count not in self._wanted:
            return
        parts = [hashed for _, hashed in (*self._peaks, *inside)]
        root = parts.pop() if parts else tree.EMPTY
        while parts:
            root = tree.node_hash(parts.pop(), root)
        if root != self._wanted[count]:
            self._tell(f"the first {count} entries have another root than was signed")

    def _check_bare(self) -> None:
        """Only what the log says was let go may be there without its text."""
        self.found.before = self._let_go.before
        if self._last_bare >= self._let_go.until:
            self._tell(f"entry {self._last_bare} has no text, and the log does not say that it was let go")
        elif self.found.bare > (count := self._let_go.count):
            self._tell(f"{self.found.bare} entries have no text, and the log says that {count} were let go")


@dataclass
class LetGo:
    """What the log says of entries whose text was let go: how many, all before which place, and which moment."""

    count: int = 0
    until: int = 0
    before: str | None = None

    def hear(self, entry: bytes) -> None:
        """What an entry that may be of this kind says."""
        body = orjson.loads(entry)
        if body.get("kind") == "expired":
            self.count += body["counts"]["entries"]
            self.until, self.before = max(self.until, body["until"]), max(self.before or "", body["before"])


def _placed(leaves: Iterable[Leaf], begin: int, end: int) -> list[Leaf | None]:
    """Leaves in their places, none where one is lacking."""
    by_place = {leaf.position: leaf for leaf in leaves}
    return [by_place.get(at) for at in range(begin, end)]


def _push(peaks: list[tuple[int, bytes]], level: int, hashed: bytes) -> None:
    while peaks and peaks[-1][0] == level:
        level, hashed = level + 1, tree.node_hash(peaks.pop()[1], hashed)
    peaks.append((level, hashed))


def is_canonical(entry: bytes) -> bool:
    """Whether it is canonical JSON (RFC 8785). Where it has ASCII characters and whole numbers alone, that is what
    orjson makes of it, sorted; where it may have others, it is held to the standard's own form."""
    try:
        body = orjson.loads(entry)
        if entry.isascii() and entry[:1] == b"{" and not any(search(entry) for search in _ODD_NUMBERS):
            return orjson.dumps(body, option=orjson.OPT_SORT_KEYS) == entry
        return rfc8785.dumps(body) == entry
    except ValueError:
        return False
