"""A receipt: what the log says of something, each entry with its proof, in one file that is checked without asking
anybody.

    {"entries": [{"entry": TEXT, "opened": [TEXT, ...], "proof": TEXT}, ...]}

Every TEXT is to be taken as it stands, as UTF-8: `entry` is what the leaf is the hash of, each of `opened` a part whose
SHA-256 is in the entry (`trust/log/sealed.py`), and `proof` is a file of C2SP's tlog-proof.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import orjson

from transparency.policy import Policy, Trusted
from transparency.proof import Proof
from transparency.tree import ProofWrong
from trust.log.sealed import commitments


class Receipt(NamedTuple):
    """One entry: its text, the parts of it that are opened, and the text of its proof."""

    entry: str
    opened: Sequence[str]
    proof: str

    @property
    def said(self) -> Mapping[str, Any]:
        """What the entry says."""
        return orjson.loads(self.entry)

    def parts(self, name: str) -> list[Mapping[str, Any]]:
        """The opened parts of a name."""
        known: list[Mapping[str, Any]] = [orjson.loads(one) for one in self.opened]
        return [one for one in known if one["part"] == name]

    def check(self, policy: Policy) -> tuple[int, Trusted]:
        """That the entry, with what is opened of it, is in the log whose checkpoint a policy believes: its place, and
        that checkpoint. Raises ProofWrong, NotTrusted."""
        proof = Proof.read(self.proof)
        trusted = proof.check(self.entry.encode(), policy)
        known = commitments(self.said)
        if not all(hashlib.sha256(one.encode()).hexdigest() in known for one in self.opened):
            raise ProofWrong("a part that is opened is not one that the entry commits to")
        return proof.index, trusted


def written(receipts: Iterable[Receipt]) -> bytes:
    """The file."""
    return orjson.dumps({"entries": [one._asdict() for one in receipts]})


def read(data: bytes) -> list[Receipt]:
    """Receipts from a file, not yet believed. Raises ProofWrong."""
    try:
        body: object = orjson.loads(data)
        entries = cast(dict[str, Any], body)["entries"]
        receipts = [Receipt(one["entry"], one["opened"], one["proof"]) for one in entries]
        for one in receipts:
            texts: list[object] = [one.entry, one.proof, *one.opened]
            said = [orjson.loads(text) for text in (one.entry, *one.opened)]
            if not all(isinstance(text, str) for text in texts) or not all(isinstance(part, dict) for part in said):
                raise ProofWrong("a receipt is of texts, each but the proof a JSON object")
            if not all(isinstance(part.get("part"), str) for part in said[1:]):
                raise ProofWrong("a part that is opened does not say which it is")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ProofWrong('a receipt is {"entries": [{"entry", "opened", "proof"}, ...]}') from error
    if not receipts:
        raise ProofWrong("the receipt has no entry")
    return receipts
