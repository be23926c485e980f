"""The Trust's public keys, read anew when it signs with one that is not known yet."""

import logging
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import jwt
import orjson

from departments.share.config import Keys
from departments.share.errors import ConfigError

ALGORITHMS = ("EdDSA", "ES256")
# Seconds between two readings: whoever invents key ids cannot make the node ask the Trust all day.
PAUSE = 60.0

log = logging.getLogger("share")


class Keyring:
    """Key id -> public key. Raises ConfigError where there is none at the start."""

    def __init__(self, keys: Keys) -> None:
        self._where = keys if isinstance(keys, str) else None
        self._reading = threading.Lock()
        self._read_at = time.monotonic()
        self._keys = _usable(keys if isinstance(keys, Mapping) else _read(keys))

    def get(self, kid: str | None) -> jwt.PyJWK | None:
        """The key of this id, or none."""
        if kid not in self._keys and self._where is not None:
            self._read_again(self._where)
        return self._keys.get(kid)

    def _read_again(self, where: str) -> None:
        """At most once in PAUSE seconds; where it fails, the keys stay and the log says why."""
        with self._reading:
            if time.monotonic() - self._read_at < PAUSE:
                return
            self._read_at = time.monotonic()
            try:
                self._keys = _usable(_read(where))
            except ConfigError as error:
                log.warning(orjson.dumps({"event": "keys", "cause": str(error)}).decode())


def _read(where: str) -> Mapping[str, Any]:
    """A JWKS from a file or an address."""
    try:
        if "://" not in where:
            return orjson.loads(Path(where).read_bytes())
        address = urlsplit(where)
        if address.scheme != "https" and address.hostname not in ("127.0.0.1", "localhost"):
            raise ConfigError("trust.keys: an address must begin with https.")
        return httpx.get(where, timeout=10.0).raise_for_status().json()
    except (OSError, httpx.HTTPError, ValueError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"trust.keys: {where} cannot be read: {error}.") from error


def _usable(jwks: object) -> dict[str | None, jwt.PyJWK]:
    """Its public keys for the algorithms we allow: a shared secret or a private key among them is passed over."""
    document: object = cast(Mapping[str, Any], jwks).get("keys") if isinstance(jwks, Mapping) else None
    keys: dict[str | None, jwt.PyJWK] = {}
    for jwk in cast(list[Any], document) if isinstance(document, list) else ():
        try:
            key = jwt.PyJWK.from_dict(jwk)
        except (jwt.PyJWTError, AttributeError, TypeError):
            continue
        if key.algorithm_name in ALGORITHMS and "d" not in jwk:
            keys[key.key_id] = key
    if not keys:
        raise ConfigError(f"trust.keys holds no public key for {' or '.join(ALGORITHMS)}.")
    return keys
