"""The Trust's own keys: made once, kept in a file that only the Trust reads, public half published as a JWKS."""

import base64
import hashlib
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
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

from app.settings import SettingsError


class KeyUnusable(SettingsError):
    """A file that should hold the Trust's key does not, or anyone may read it: says which file and what to do."""


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
    try:
        if not path.exists():
            _make(path)
        mode = path.stat().st_mode
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnusable(f"{path} does not hold a key that can be read: {error}.") from error
    if mode & 0o007:
        raise KeyUnusable(f"{path} may be read by anyone: make it its owner's alone (chmod 600 {path}).")
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(f"{path} holds a key of another kind: an Ed25519 key is needed.")
    return Signer(key)


def _make(path: Path) -> None:
    """A new key in the file, unless another process is quicker: the file is never there half written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    handle, written = tempfile.mkstemp(dir=path.parent)  # which only its owner may read
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(written, path)
    finally:
        os.unlink(written)
