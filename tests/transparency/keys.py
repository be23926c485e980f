"""Keys made from seeds, so that what they sign is known in advance."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from transparency import note
from transparency.checkpoint import Checkpoint
from transparency.note import Algorithm, Key, Note

ORIGIN = "lmdt.example/record"


class Seeded:
    """A key from a seed of one byte, 32 times."""

    def __init__(self, seed: int) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.public = self._key.public_key().public_bytes_raw()
        self.kid = self.public.hex()[:16]

    def sign_bytes(self, message: bytes) -> bytes:
        return self._key.sign(message)


LOG = Seeded(0)
LOG_KEY = note.key_of(ORIGIN, LOG)
DEPARTMENTS = ("ons", "hmrc", "dwp", "dfe", "dbt")
WITNESSES = {name: Seeded(at) for at, name in enumerate(DEPARTMENTS, 1)}


def witness_name(name: str) -> str:
    return f"{name}.example/witness"


def witness_key(name: str) -> Key:
    return note.key_of(witness_name(name), WITNESSES[name], Algorithm.COSIGNATURE)


def signed(checkpoint: Checkpoint, *witnesses: str, seconds: int = 1_750_000_000) -> str:
    """A checkpoint as the log signs it, cosigned by some of the departments."""
    text = str(checkpoint)
    cosignatures = [note.cosign(text, witness_name(name), WITNESSES[name], seconds) for name in witnesses]
    return str(Note(text, [note.sign(text, ORIGIN, LOG), *cosignatures]))
