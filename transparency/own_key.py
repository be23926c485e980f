"""An Ed25519 key in a file, that its holder signs with."""

import hashlib
from pathlib import Path
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from reference.secret_file import SecretUnusable, secret


class OwnKey:
    """Signs. `public`: its public half, 32 bytes; `kid`: by which it is told from others."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes_raw()
        self.kid = hashlib.sha256(self.public).hexdigest()[:16]

    def sign_bytes(self, message: bytes) -> bytes:
        """The signature over some bytes."""
        return self._key.sign(message)

    @classmethod
    def at(cls, path: Path) -> Self:
        """The key that a file holds, as PEM; made first if there is none. Raises SecretUnusable."""
        held = secret(path, _made)
        try:
            key = load_pem_private_key(held, None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise SecretUnusable(f"{path} does not hold a key that can be read: {error}.") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise SecretUnusable(f"{path} holds a key of another kind: an Ed25519 key is needed.")
        return cls(key)


def _made() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
