"""Files of C2SP's tlog-proof: that an entry is in the log, checked without asking anybody."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from transparency.checkpoint import number_of
from transparency.note import NoteWrong, unbase64
from transparency.policy import Policy, Trusted
from transparency.tree import ProofWrong, check_inclusion, leaf_hash

FIRST = "c2sp.org/tlog-proof@v1"
# Hashes that a proof in a tree of 2^63 leaves may have.
_HASHES = 63


@dataclass(frozen=True, slots=True)
class Proof:
    """The place of an entry, the hashes beside its path to the root, and the checkpoint as a signed note. `extra` is
    nobody's word."""

    index: int
    hashes: Sequence[bytes]
    checkpoint: str
    extra: bytes | None = None

    def __str__(self) -> str:
        extra = () if self.extra is None else (f"extra {b64encode(self.extra).decode()}",)
        hashes = (b64encode(one).decode() for one in self.hashes)
        return "\n".join((FIRST, *extra, f"index {self.index}", *hashes, "", self.checkpoint))

    @classmethod
    def read(cls, text: str) -> Self:
        """A proof from a file's text. Raises ProofWrong."""
        head, gap, checkpoint = text.partition("\n\n")
        first, *lines = head.split("\n")
        if first != FIRST or not gap:
            raise ProofWrong(f"a proof begins with {FIRST}, and its checkpoint comes after an empty line")
        try:
            extra = unbase64(lines.pop(0).removeprefix("extra ")) if lines and lines[0].startswith("extra ") else None
            if not lines or not lines[0].startswith("index "):
                raise ProofWrong("a proof says the index of its entry")
            index = number_of(lines[0].removeprefix("index "))
            hashes = [unbase64(line) for line in lines[1:]]
        except NoteWrong as error:
            raise ProofWrong(str(error)) from error
        if len(hashes) > _HASHES or any(len(one) != 32 for one in hashes):
            raise ProofWrong(f"a proof has at most {_HASHES} hashes, each of 32 bytes")
        return cls(index, hashes, checkpoint, extra)

    def check(self, entry: bytes, policy: Policy) -> Trusted:
        """That the entry is in a log whose checkpoint the policy believes. Raises ProofWrong and NotTrusted."""
        trusted = policy.check(self.checkpoint)
        checkpoint = trusted.checkpoint
        check_inclusion(leaf_hash(entry), self.index, checkpoint.size, self.hashes, checkpoint.root)
        return trusted
