"""Signatures of events: the Trust's word that somebody made a move over exactly this content. What they prove is that
content and signatures fit together; who holds the key could make others."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from policies.agreement_content import content_hash
from transparency.signing_key import SigningKey
from trust.agreements.version import Event, Version, fields_of

# What of an event is signed.
SIGNED = (
    "id", "version", "move", "after", "person", "organisation", "party", "content_hash", "simulation_hash",
)  # fmt: skip


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


def signatures(events: Sequence[Event]) -> list[Event]:
    """The signatures of a version since it was last submitted, in order."""
    signed: list[Event] = []
    for event in events:
        if event.move in ("submit", "return"):
            signed = []
        elif event.move in ("sign", "approve"):
            signed.append(event)
    return signed


def signatures_hold(events: Sequence[Event], one: Version, keys: Mapping[str, bytes]) -> bool:
    """Whether a version may be in force: its content is the one that everybody who must has signed, or that its owner
    narrowed it to, or that the Trust began with."""
    if not events:
        return False
    given = [events[0]] if events[0].move in ("import", "narrow") else signatures(events)
    people = {event.person for event in given}
    return (
        bool(given)
        and len(people) == len(given)
        and (given[-1].move != "sign")
        and (given[0].move in ("import", "narrow") or one.proposer not in people)
        and as_signed(given, one, keys)
    )


def as_signed(given: Sequence[Event], one: Version, keys: Mapping[str, bytes]) -> bool:
    """Whether a version's content is the one that each of these signatures is over."""
    return content_hash(one.content) == one.content_hash and all(
        event.content_hash == one.content_hash and holds(fields_of(event), event.signature, keys) for event in given
    )
