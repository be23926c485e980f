"""Evidence against a log: a checkpoint that it has signed, and a request of its own, with another, that contradicts it.
It convinces whoever has the log's key, and nobody need be asked."""

from collections.abc import Sequence

from transparency import add_checkpoint, note
from transparency.add_checkpoint import Request
from transparency.checkpoint import Checkpoint
from transparency.note import Key, NoteWrong
from transparency.tree import ProofWrong, proved

# Between the two, in a file.
_OLD = "\n\nold "


def contradicts(seen: Checkpoint, asked: Request) -> bool:
    """Whether a log that has signed both has signed two trees: of one size, with two roots; or, by the proof in its
    request, a larger one over other first entries. From a size that is a power of two a proof cannot tell."""
    new = asked.checkpoint
    if seen.origin != new.origin or seen.size == new.size:
        return seen.origin == new.origin and seen.root != new.root
    if asked.old != seen.size or not 0 < seen.size < new.size:
        return False
    try:
        first, whole = proved(seen.size, new.size, asked.proof, seen.root)
    except ProofWrong:
        return False
    return whole == new.root and first != seen.root


def written(seen: str, request: str) -> str:
    """A file of evidence: the checkpoint as it was cosigned, an empty line, and the request as it came."""
    return f"{seen}\n{request}"


def convicted(evidence: str, keys: Sequence[Key]) -> tuple[Checkpoint, Checkpoint]:
    """The two checkpoints in a file of evidence, if one of the log's keys has signed each and they contradict one
    another. Raises NoteWrong."""
    before, found, after = evidence.partition(_OLD)
    if not found:
        raise NoteWrong("evidence is a checkpoint, an empty line, and a request with another")
    seen, asked = note.read(f"{before}\n"), add_checkpoint.read(f"old {after}".encode())
    for one in (seen, asked.signed):
        note.believed(one, keys)
    checkpoint = Checkpoint.read(seen.text)
    if not contradicts(checkpoint, asked):
        raise NoteWrong("both checkpoints can be of one log")
    return checkpoint, asked.checkpoint
