"""Signatures of events: the Trust's word that somebody made a move over exactly this content. What they prove is that
content and signatures fit together; who holds the key could make others."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# What of an event is signed.
SIGNED = (
    "id", "version", "move", "after", "person", "organisation", "party", "content_hash", "simulation_hash",
)  # fmt: skip


class SigningKey(Protocol):
    """An Ed25519 key of the Trust."""

    kid: str

    @property
    def public(self) -> bytes:
        """Its public half, 32 bytes."""
        ...

    def sign_bytes(self, message: bytes) -> bytes:
        """The signature over some bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Seal:
    """Signs events with one key, and checks them with every key of the Trust."""

    key: SigningKey

    def sign(self, event: Mapping[str, Any]) -> str:
        """The signature of an event, with the name of the key."""
        return f"{self.key.kid}:{base64.b64encode(self.key.sign_bytes(_statement(event))).decode()}"


def holds(event: Mapping[str, Any], signature: str | None, keys: Mapping[str, bytes]) -> bool:
    """Whether an event is as it was when a key of the Trust signed it."""
    kid, _, signed = (signature or "").partition(":")
    if kid not in keys:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(keys[kid]).verify(base64.b64decode(signed), _statement(event))
    except (InvalidSignature, ValueError):
        return False
    return True


def _statement(event: Mapping[str, Any]) -> bytes:
    return rfc8785.dumps({key: None if event[key] is None else _text(event[key]) for key in SIGNED})


def _text(value: object) -> Any:
    return value if isinstance(value, int) else str(value)
