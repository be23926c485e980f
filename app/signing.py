"""The Trust's own keys: made once, kept in files that only the Trust reads. What it signs with has a public half, which
is published as a JWKS."""

import base64
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from app.secret_files import KeyUnusable, secret
from trust.people import KEY


class Signer:
    """Signs with one Ed25519 key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.kid = hashlib.sha256(raw).hexdigest()[:16]
        self.public = raw
        x = _base64url(raw).decode()
        # The beginning of every token: RFC 7515's header.
        self._head = _base64url(orjson.dumps({"alg": "EdDSA", "kid": self.kid, "typ": "JWT"}))
        self.jwks: Mapping[str, Any] = {
            "keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.kid, "alg": "EdDSA", "use": "sig"}]
        }

    def sign_bytes(self, message: bytes) -> bytes:
        """The signature over some bytes."""
        return self._key.sign(message)

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A token over these claims: RFC 7515's compact form, whose header is the same each time."""
        signed = b"%b.%b" % (self._head, _base64url(orjson.dumps(claims)))
        return f"{signed.decode()}.{_base64url(self.sign_bytes(signed)).decode()}"


def _base64url(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def signer(path: Path) -> Signer:
    """The key kept in a file, made first if there is none. Raises KeyUnusable."""
    held = secret(path, _new_key)
    try:
        key = load_pem_private_key(held, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnusable(f"{path} does not hold a key that can be read: {error}.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(f"{path} holds a key of another kind: an Ed25519 key is needed.")
    return Signer(key)


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def people_key(path: Path) -> bytes:
    """The key by which people are told, as hexadecimal digits in a file, made first if there is none. Raises
    KeyUnusable."""
    held = secret(path, lambda: os.urandom(KEY).hex().encode() + b"\n")
    try:
        key = bytes.fromhex(held.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY:
        raise KeyUnusable(f"{path} does not hold a key that can be read: {2 * KEY} hexadecimal digits are needed.")
    return key
