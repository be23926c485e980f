"""What stands for a person in the Trust's books: a pseudonym by a key of the installation, which is kept elsewhere. Who
has the books and not the key can try any names, and learns nothing."""

import hashlib
import hmac
from functools import lru_cache

from policies.caller import Caller

KEY = 32
# Pseudonyms that are kept in memory: that of one caller is wanted with each of their requests.
_KEPT = 10_000
_FINGERPRINT = b"fingerprint"


class People:
    """Pseudonyms by one key, of 32 bytes. The only place where they are made."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cached = lru_cache(_KEPT)(self._made)

    @property
    def fingerprint(self) -> str:
        """Tells the key from others, and says nothing of it."""
        return hmac.digest(self._key, _FINGERPRINT, "sha256").hex()

    def of(self, caller: Caller) -> str:
        """The pseudonym of a caller: 64 hexadecimal digits, the same as long as the key is."""
        return self._cached(caller.issuer, caller.subject)

    def named(self, issuer: str, subject: str) -> str:
        """The pseudonym of whom an issuer's tokens call so."""
        return self._cached(issuer, subject)

    def keyed(self, plain: str) -> str:
        """The pseudonym that takes the place of a hash without a key, as it stood for a person before."""
        return hmac.digest(self._key, plain.encode(), "sha256").hex()

    def _made(self, issuer: str | None, subject: str) -> str:
        return self.keyed(plain(issuer, subject))


def plain(issuer: str | None, subject: str) -> str:
    """What stood for a person before there was a key, and what is keyed now: whoever can guess the name can make it."""
    return hashlib.sha256(f"{issuer}|{subject}".encode()).hexdigest()
