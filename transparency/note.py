"""Signed notes of C2SP: a text, and under it who signed it. Keys as text, signatures, and what is believed of them."""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from reference.errors import TrustError
from transparency.signing_key import SigningKey

# Signatures that a note may have: C2SP wants at least 16 to be accepted.
SIGNATURES = 100
_MARK = "\N{EM DASH} "


class NoteWrong(TrustError):
    """A note, a key or a checkpoint is not what C2SP's specifications allow, or is not to be believed."""


class Algorithm(IntEnum):
    """What a key signs: a note's text as it is, or a checkpoint with the time at which a witness saw it."""

    ED25519 = 1
    COSIGNATURE = 4


@dataclass(frozen=True)
class Key:
    """The public half of a key (32 bytes, Ed25519), under the name that its holder signs with."""

    name: str
    algorithm: Algorithm
    public: bytes

    @cached_property
    def id(self) -> bytes:
        """Four bytes which, with the name, say which key made a signature."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:4]

    @cached_property
    def _public_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(bytes([self.algorithm]) + self.public).decode()}"

    @classmethod
    def read(cls, text: str) -> Self:
        """A key from its text. Raises NoteWrong."""
        name, plus, rest = text.partition("+")
        hexed, plus, encoded = rest.partition("+")
        raw = unbase64(encoded)
        if not plus or not is_name(name) or len(raw) != 33 or raw[0] not in tuple(Algorithm):
            raise NoteWrong(f"{text!r} is no key: NAME+ID+BASE64, of Ed25519 (type 1) or a witness's (type 4)")
        key = cls(name, Algorithm(raw[0]), raw[1:])
        if hexed.lower() != key.id.hex():
            raise NoteWrong(f"{text!r} is no key: its id would be {key.id.hex()}")
        return key

    def made(self, signature: bytes, text: str) -> bool:
        """Whether a signature of this key, without its id, is one of this text."""
        message = text.encode()
        if self.algorithm is Algorithm.COSIGNATURE:
            if len(signature) != 72:
                return False
            message, signature = cosigned(text, seen_at(signature)), signature[8:]
        try:
            self._public_key.verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class Signature(NamedTuple):
    """One line under a note. `signature`: without the key's id."""

    name: str
    id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_MARK}{self.name} {b64encode(self.id + self.signature).decode()}\n"


class Note(NamedTuple):
    """A text that ends in a newline, and the signatures under it, not yet believed."""

    text: str
    signatures: Sequence[Signature]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"


def read(data: bytes | str) -> Note:
    """A note from what was received. Raises NoteWrong."""
    try:
        note = data.decode() if isinstance(data, bytes) else data
    except UnicodeDecodeError as error:
        raise NoteWrong("a note is in UTF-8") from error
    if any(character < " " and character != "\n" for character in note):
        raise NoteWrong("a note has no control characters but newlines")
    text, gap, under = note.rpartition("\n\n")
    if not gap or not text or not under.endswith("\n"):
        raise NoteWrong("a note has a text, an empty line, and lines with signatures")
    lines = under[:-1].split("\n")
    if len(lines) > SIGNATURES:
        raise NoteWrong(f"a note has at most {SIGNATURES} signatures")
    return Note(text + "\n", [signature_of(line) for line in lines])


def signature_of(line: str) -> Signature:
    """A signature from its line, without the newline. Raises NoteWrong."""
    name, space, encoded = line.removeprefix(_MARK).partition(" ")
    raw = unbase64(encoded)
    if not line.startswith(_MARK) or not space or not is_name(name) or len(raw) < 5:
        raise NoteWrong(f"{line!r} is no line with a signature")
    return Signature(name, raw[:4], raw[4:])


def believed(note: Note, keys: Iterable[Key]) -> list[tuple[Key, Signature]]:
    """The signatures of these keys. What other keys signed is passed over. Raises NoteWrong where one of these fails,
    or there is none."""
    known = {(key.name, key.id): key for key in keys}
    found: list[tuple[Key, Signature]] = []
    for one in note.signatures:
        key = known.get((one.name, one.id))
        if key is None:
            continue
        if not key.made(one.signature, note.text):
            raise NoteWrong(f"the signature of {one.name} does not fit")
        found.append((key, one))
    if not found:
        raise NoteWrong("no key that is trusted has signed")
    return found


def key_of(name: str, key: SigningKey, algorithm: Algorithm = Algorithm.ED25519) -> Key:
    """The public half of a key under a name. Raises NoteWrong where it is no name for a key."""
    if not is_name(name):
        raise NoteWrong(f"{name!r} cannot name a key: it is empty, or has spaces or a +")
    return Key(name, algorithm, key.public)


def sign(text: str, name: str, key: SigningKey) -> Signature:
    """The signature of a note's text."""
    return Signature(name, key_of(name, key).id, key.sign_bytes(text.encode()))


def cosign(text: str, name: str, key: SigningKey, seconds: int) -> Signature:
    """A witness's signature of a checkpoint's text. `seconds`: of POSIX time, when it was seen."""
    signed = seconds.to_bytes(8, "big") + key.sign_bytes(cosigned(text, seconds))
    return Signature(name, key_of(name, key, Algorithm.COSIGNATURE).id, signed)


def cosigned(text: str, seconds: int) -> bytes:
    """What a witness signs: when it saw this text."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def seen_at(signature: bytes) -> int:
    """The seconds of POSIX time that a witness's signature tells."""
    return int.from_bytes(signature[:8], "big")


def is_name(name: str) -> bool:
    """Whether a key may have this name."""
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)


def unbase64(text: str) -> bytes:
    """Bytes from standard base64 written in the one way that there is. Raises NoteWrong."""
    try:
        raw = b64decode(text.encode("ascii"), validate=True)
    except ValueError as error:
        raise NoteWrong(f"{text[:100]!r} is no base64") from error
    if b64encode(raw).decode() != text:
        raise NoteWrong(f"{text[:100]!r} is no base64 as it is to be written")
    return raw
