"""The Trust's own keys: made once, kept in a file that only the Trust reads, public half published as a JWKS."""

import base64
import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from app.identity import sign


class Signer:
    """Signs with one Ed25519 key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.kid = hashlib.sha256(raw).hexdigest()[:16]
        x = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        self.jwks: Mapping[str, Any] = {
            "keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.kid, "alg": "EdDSA", "use": "sig"}]
        }

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A token over these claims."""
        return sign(claims, self._key, self.kid)


def signer(path: Path) -> Signer:
    """The key kept in a file, made first if there is none."""
    try:
        pem = path.read_bytes()
    except FileNotFoundError:
        pem = _made(path)
    key = load_pem_private_key(pem, None)
    assert isinstance(key, Ed25519PrivateKey), f"{path} holds no Ed25519 key"
    return Signer(key)


def _made(path: Path) -> bytes:
    """A new key in the file, unless another process was quicker."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    written = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    with suppress(FileExistsError):
        os.link(written, path)
    written.unlink()
    return path.read_bytes()
