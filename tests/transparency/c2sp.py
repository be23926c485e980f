"""C2SP's signed notes, cosignatures and policies written down once more from their specifications, with nothing of
ours: the judge of what is served."""

import hashlib
from base64 import b64decode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519, COSIGNATURE = b"\x01", b"\x04"


def key(vkey: str) -> tuple[str, bytes, bytes, bytes]:
    """Name, id, type and public key of a vkey, whose id must be that of the rest."""
    name, hexed, encoded = vkey.split("+", 2)
    raw = b64decode(encoded, validate=True)
    assert hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex() == hexed
    return name, bytes.fromhex(hexed), raw[:1], raw[1:]


def signed_by(note: str, vkeys: list[str]) -> set[str]:
    """Those of these keys that have signed a note. Raises InvalidSignature where one is said to have and has not."""
    at = note.rindex("\n\n")
    text, lines = note[: at + 1].encode(), note[at + 2 :].splitlines()
    found = set[str]()
    for vkey in vkeys:
        name, id, kind, public = key(vkey)
        for line in lines:
            dash, named, encoded = line.split(" ")
            assert dash == "\u2014"
            raw = b64decode(encoded, validate=True)
            if (named, raw[:4]) != (name, id):
                continue
            message, signature = text, raw[4:]
            if kind == COSIGNATURE:
                seconds, signature = int.from_bytes(raw[4:12], "big"), raw[12:]
                message = b"cosignature/v1\ntime %d\n" % seconds + text
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
            found.add(vkey)
    return found


def checkpoint(note: str) -> tuple[str, int, bytes]:
    """Origin, size and root."""
    origin, size, root = note[: note.rindex("\n\n")].split("\n")
    return origin, int(size), b64decode(root, validate=True)


def keys_of(policy: str, word: str) -> list[str]:
    """The keys of a policy's lines that begin with `log` or `witness`."""
    lines = [line.split() for line in policy.splitlines()]
    return [next(part for part in line[1:] if part.count("+") >= 2) for line in lines if line and line[0] == word]
