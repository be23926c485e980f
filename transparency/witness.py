"""A witness's rules: which checkpoints of a log it cosigns, so that nobody is shown another history than everybody."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from transparency import note
from transparency.checkpoint import Checkpoint, number_of
from transparency.note import Algorithm, Key, Note, NoteWrong
from transparency.signing_key import SigningKey
from transparency.tree import EMPTY, ProofWrong, check_consistency

HASHES = 63
SIZE = "text/x.tlog.size"
PLAIN = "text/plain; charset=utf-8"


class Seen(NamedTuple):
    """The largest tree that a witness has seen of a log, and the checkpoint as the log and the witness signed it."""

    size: int
    root: bytes
    signed: str


class Store(Protocol):
    """What a witness remembers."""

    def latest(self, origin: str) -> Seen | None:
        """What it cosigned last."""
        ...

    def put(self, origin: str, before: Seen | None, after: Seen) -> bool:
        """Remembers `after`, durably, only if `before` is still the latest: one step, whoever else does the same."""
        ...

    def keep_evidence(self, origin: str, one: str, other: str) -> None:
        """Keeps two checkpoints that the log has signed and that cannot both be true."""
        ...


class Answer(NamedTuple):
    """What is answered over HTTP."""

    status: int
    body: str
    content_type: str = PLAIN


def request(old: int, proof: Iterable[bytes], signed: str) -> str:
    """The body that a witness is asked with. `old`: the size that it cosigned last; `proof`: from there."""
    return "\n".join((f"old {old}", *(b64encode(one).decode() for one in proof), "", signed))


class _Request(NamedTuple):
    old: int
    proof: Sequence[bytes]
    signed: Note
    checkpoint: Checkpoint


def _read(body: bytes) -> _Request:
    """Raises NoteWrong."""
    try:
        head, gap, signed = body.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise NoteWrong("a request is in UTF-8") from error
    first, *lines = head.split("\n")
    if not gap or not first.startswith("old ") or len(lines) > HASHES:
        raise NoteWrong(f"a request is: old SIZE, at most {HASHES} hashes, an empty line, a checkpoint")
    received = note.read(signed)
    old, proof = number_of(first.removeprefix("old ")), [note.unbase64(line) for line in lines]
    return _Request(old, proof, received, Checkpoint.read(received.text))


@dataclass(frozen=True)
class Witness:
    """Cosigns under its own name, with its one key. `logs`: keys by origin. `now`: seconds of POSIX time."""

    name: str
    key: SigningKey
    logs: Mapping[str, Sequence[Key]]
    store: Store
    now: Callable[[], float]

    @property
    def public(self) -> Key:
        """The key that its cosignatures are checked with."""
        return note.key_of(self.name, self.key, Algorithm.COSIGNATURE)

    def add_checkpoint(self, body: bytes) -> Answer:
        """What a request to cosign is answered with."""
        try:
            asked = _read(body)
        except NoteWrong as error:
            return Answer(400, f"{error}\n")
        checkpoint = asked.checkpoint
        keys = self.logs.get(checkpoint.origin)
        if not keys:
            return Answer(404, "this log is not known here\n")
        try:
            by = note.believed(asked.signed, keys)
        except NoteWrong as error:
            return Answer(403, f"{error}\n")
        if asked.old > checkpoint.size:
            return Answer(400, "the old size is larger than the checkpoint's\n")
        seen = self.store.latest(checkpoint.origin)
        size, root = (seen.size, seen.root) if seen else (0, EMPTY)
        if seen and checkpoint.size == size and checkpoint.root != root:
            self.store.keep_evidence(checkpoint.origin, seen.signed, str(asked.signed))
            if asked.old == size:
                return Answer(409, "another root of this size has been cosigned\n")
        if asked.old != size:
            return Answer(409, f"{size}\n", SIZE)
        try:
            check_consistency(size, checkpoint.size, asked.proof, root, checkpoint.root)
        except ProofWrong as error:
            return Answer(422, f"{error}\n")
        cosignature = note.cosign(asked.signed.text, self.name, self.key, int(self.now()))
        signed = str(Note(asked.signed.text, [*(one for _, one in by), cosignature]))
        if not self.store.put(checkpoint.origin, seen, Seen(checkpoint.size, checkpoint.root, signed)):
            latest = self.store.latest(checkpoint.origin)
            return Answer(409, f"{latest.size if latest else 0}\n", SIZE)
        return Answer(200, str(cosignature))
