"""The Trust's signed statement of who asks and why, checked by the department for itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwt
import orjson

from departments.share.config import ConfigError, Refuse

ALGORITHMS = ["EdDSA", "ES256"]
LONGEST = 300


class NotTrusted(Exception):
    """A request without a valid assertion of the Trust: 401."""


class Declined(Exception):
    """A request that the department declines to answer, whatever the Trust says: 403."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """On whose behalf the Trust asks. `grants`: measure -> basis (PUBLISHED, OWN or AGREEMENT)."""

    organisation: str | None
    purpose: str | None
    agreements: tuple[str, ...]
    grants: Mapping[str, str]
    leaf: str


class Verifier:
    """Checks assertions against the Trust's public keys."""

    def __init__(self, node: str, issuer: str, keys: Mapping[str, Any]) -> None:
        self._node, self._issuer = node, issuer
        found = jwt.PyJWKSet.from_dict(dict(keys)).keys
        self._keys = {key.key_id: key for key in found}
        if not self._keys:
            raise ConfigError("trust.keys holds no key.")

    def verify(self, authorization: str | None) -> Assertion:
        """The assertion of an Authorization header. Raises NotTrusted."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotTrusted("the request has no bearer assertion of the Trust.")
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = self._keys.get(kid)
            if key is None:
                raise NotTrusted("the assertion is signed with a key that is not the Trust's.")
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self._node,
                issuer=self._issuer,
                options={"require": ["exp", "iat", "iss", "aud", "sub", "jti"]},
            )
        except jwt.PyJWTError as error:
            raise NotTrusted(f"the assertion is not valid: {error}.") from error
        if claims["exp"] - claims["iat"] > LONGEST:
            raise NotTrusted(f"the assertion is valid for longer than {LONGEST} seconds.")
        grants = claims.get("grants", {})
        if not isinstance(grants, dict):
            raise NotTrusted("the assertion's grants are not an object.")
        return Assertion(
            organisation=claims.get("org"),
            purpose=claims.get("purpose"),
            agreements=tuple(claims.get("agreements", ())),
            grants=grants,  # pyright: ignore[reportUnknownArgumentType]
            leaf=str(claims["jti"]),
        )


def check(told: Assertion, refuse: Refuse) -> None:
    """Raises Declined where the department's own file says no."""
    if told.organisation in refuse.organisations:
        raise Declined(f"this department does not answer {told.organisation}.")
    if told.purpose in refuse.purposes:
        raise Declined(f"this department does not answer for the purpose {told.purpose}.")
    for agreement in told.agreements:
        if agreement.partition(" ")[0] in refuse.agreements:
            raise Declined(f"this department does not answer under {agreement.partition(' ')[0]}.")


def read_keys(where: str) -> Mapping[str, Any]:
    """A JWKS from a file or an https address. Raises ConfigError."""
    try:
        if where.startswith("https://"):
            return httpx.get(where, timeout=10).raise_for_status().json()
        return _json(Path(where).read_bytes())
    except (OSError, httpx.HTTPError, ValueError) as error:
        raise ConfigError(f"trust.keys: {where} cannot be read: {error}.") from error


def _json(content: bytes) -> Mapping[str, Any]:
    return orjson.loads(content)
