"""What the Trust signed of a request, checked by the department for itself (RFC 9421): this question, once."""

import datetime
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures.algorithms import (
    ECDSA_P256_SHA256,  # pyright: ignore[reportPrivateImportUsage]
    ED25519,  # pyright: ignore[reportPrivateImportUsage]
    HTTPSignatureAlgorithm,  # pyright: ignore[reportPrivateImportUsage]
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException, InvalidSignature
from http_message_signatures.resolvers import HTTPSignatureKeyResolver
from http_message_signatures.signatures import HTTPMessageVerifier

from departments.share.errors import NotTrusted
from departments.share.keys import Keyring

COVERED = ("@method", "@path", "content-digest", "authorization")
TAG = "lmdt"
# Seconds for which a signature is good, by either clock.
LONGEST, LEEWAY = 60, 5
# Signatures that are remembered, so that none is good twice: more come only from who holds the Trust's key.
MOST = 100_000


@dataclass(frozen=True, slots=True)
class Message:
    """A request as it came: its headers by their names."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class MessageVerifier:
    """Checks signatures over requests to one node. Remembers those that it has seen: in this process alone."""

    def __init__(self, keys: Keyring) -> None:
        self._keys = _Resolver(keys)
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def verify(self, message: Message) -> None:
        """Raises NotTrusted."""
        try:
            results = self._checked(message)
        except (InvalidSignature, HTTPMessageSignaturesException) as error:
            raise NotTrusted(f"the request is not signed by the Trust as it stands: {error}.") from error
        nonce = results[0].nonce
        if len(results) != 1 or not nonce:
            raise NotTrusted("the request has no signature with a nonce.")
        if not self._first(nonce):
            raise NotTrusted("the request has been answered before: its signature is good once.")

    def _checked(self, message: Message) -> list[Any]:
        """Raises what the library raises."""
        kid = self._keys.kid_of(message.headers.get("signature-input", ""))
        verifier = HTTPMessageVerifier(signature_algorithm=self._keys.algorithm(kid), key_resolver=self._keys)
        verifier.max_clock_skew = datetime.timedelta(seconds=LEEWAY)
        return verifier.verify(
            message,
            max_age=datetime.timedelta(seconds=LONGEST),
            expect_tag=TAG,
            require_components=COVERED,
            body=message.body,
        )

    def _first(self, nonce: str) -> bool:
        """Whether a nonce is seen for the first time since it could have been signed."""
        now = time.monotonic()
        with self._lock:
            while self._seen and now - next(iter(self._seen.values())) > LONGEST + 2 * LEEWAY:
                del self._seen[next(iter(self._seen))]
            if nonce in self._seen or len(self._seen) >= MOST:
                return False
            self._seen[nonce] = now
            return True


class _Resolver(HTTPSignatureKeyResolver):
    """The Trust's keys, as the library asks for them."""

    def __init__(self, keys: Keyring) -> None:
        self._keys = keys

    def kid_of(self, signature_input: str) -> str:
        """The key that a signature names, before it has been checked."""
        _, _, rest = signature_input.partition('keyid="')
        return rest.partition('"')[0]

    def algorithm(self, kid: str) -> type[HTTPSignatureAlgorithm]:
        """By the kind of the key, whatever the signature says."""
        known = self._keys.get(kid)
        if known is not None and not isinstance(known.key, Ed25519PublicKey):
            return ECDSA_P256_SHA256
        return ED25519

    def resolve_public_key(self, key_id: str) -> Any:
        """The key of an id, or none."""
        known = self._keys.get(key_id)
        return known.key if known is not None else None
