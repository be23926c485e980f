"""The Trust's own keys: made once, kept in files that only the Trust reads. What it signs with has a public half, which
is published as a JWKS."""

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reference.secret_file import SecretUnusable, secret
from transparency.own_key import OwnKey
from trust.people import KEY


class Signer(OwnKey):
    """Signs tokens as well."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        super().__init__(key)
        x = _base64url(self.public).decode()
        # The beginning of every token: RFC 7515's header.
        self._head = _base64url(orjson.dumps({"alg": "EdDSA", "kid": self.kid, "typ": "JWT"}))
        self.jwks: Mapping[str, Any] = {
            "keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.kid, "alg": "EdDSA", "use": "sig"}]
        }

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A token over these claims: RFC 7515's compact form, whose header is the same each time."""
        signed = b"%b.%b" % (self._head, _base64url(orjson.dumps(claims)))
        return f"{signed.decode()}.{_base64url(self.sign_bytes(signed)).decode()}"


def _base64url(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def signer(path: Path) -> Signer:
    """The key kept in a file, made first if there is none. Raises SecretUnusable."""
    return Signer.at(path)


def people_key(path: Path) -> bytes:
    """The key by which people are told, as hexadecimal digits in a file, made first if there is none. Raises
    SecretUnusable."""
    held = secret(path, lambda: os.urandom(KEY).hex().encode() + b"\n")
    try:
        key = bytes.fromhex(held.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY:
        raise SecretUnusable(f"{path} does not hold a key that can be read: {2 * KEY} hexadecimal digits are needed.")
    return key
