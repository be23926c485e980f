"""A key of the Trust, as far as those who sign with it need to know it."""

from typing import Protocol


class SigningKey(Protocol):
    """An Ed25519 key of the Trust. `public`: its public half, 32 bytes."""

    kid: str
    public: bytes

    def sign_bytes(self, message: bytes) -> bytes:
        """The signature over some bytes."""
        ...
