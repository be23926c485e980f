"""What a witness is asked with, as C2SP's tlog-witness has it: from what on, the proof, and the checkpoint."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from transparency import note
from transparency.checkpoint import Checkpoint, number_of
from transparency.note import Note, NoteWrong

HASHES = 63
# Bytes of a request with so many hashes, and a checkpoint with all the signatures that a note may have.
MOST = 65_536


class Request(NamedTuple):
    """`old`: the size that the witness cosigned last; `proof`: that the checkpoint goes on from there."""

    old: int
    proof: Sequence[bytes]
    signed: Note
    checkpoint: Checkpoint


def request(old: int, proof: Iterable[bytes], signed: str) -> str:
    """The body of a request."""
    return "\n".join((f"old {old}", *(b64encode(one).decode() for one in proof), "", signed))


def read(body: bytes) -> Request:
    """A request from its body. Raises NoteWrong."""
    try:
        head, gap, signed = body.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise NoteWrong("a request is in UTF-8") from error
    first, *lines = head.split("\n")
    if not gap or not first.startswith("old ") or len(lines) > HASHES:
        raise NoteWrong(f"a request is: old SIZE, at most {HASHES} hashes, an empty line, a checkpoint")
    received = note.read(signed)
    old, proof = number_of(first.removeprefix("old ")), [note.unbase64(line) for line in lines]
    return Request(old, proof, received, Checkpoint.read(received.text))
