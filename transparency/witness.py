"""A witness's rules: which checkpoints of a log it cosigns, so that nobody is shown another history than everybody."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from transparency import add_checkpoint, note
from transparency.checkpoint import Checkpoint
from transparency.evidence import contradicts, written
from transparency.note import Algorithm, Key, Note, NoteWrong
from transparency.signing_key import SigningKey
from transparency.tree import EMPTY, ProofWrong, check_consistency

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

    def keep_evidence(self, origin: str, evidence: str) -> None:
        """Keeps, for good, that the log has signed two histories."""
        ...


class Answer(NamedTuple):
    """What is answered over HTTP."""

    status: int
    body: str
    content_type: str = PLAIN


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
            asked = add_checkpoint.read(body)
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
        if seen and contradicts(Checkpoint(checkpoint.origin, size, root), asked):
            self.store.keep_evidence(checkpoint.origin, written(seen.signed, body.decode()))
        if seen and asked.old == checkpoint.size == size and checkpoint.root != root:
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
