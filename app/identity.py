"""Bearer JWT to Caller. The only reader of tokens: PyJWT lives here and nowhere else.

A request without a token is the public's. A request with a bad token is nobody's: it is turned away, never
treated as the public's.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, cast

import httpx
import jwt

from app.settings import Issuer
from policies.caller import PUBLIC, PURPOSES, Caller

REQUIRED = ["iss", "aud", "sub", "exp"]
REFETCH = 30.0
KEPT_FOR = 3600.0
KEY_TYPES = {"RS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}


class Unauthenticated(Exception):
    """A token that cannot be accepted: 401, with the reason."""


class IssuerUnavailable(Exception):
    """The issuer's keys could not be fetched, so nobody's token can be checked: 503."""


class PurposeRefused(Exception):
    """A purpose that the caller's token does not allow, or that does not exist."""


class Identity:
    """Checks tokens of the configured issuers. `issuers` may be empty: then every token is refused."""

    def __init__(
        self, issuers: Sequence[Issuer], http: httpx.AsyncClient, leeway: int = 30, kept: int = 10_000
    ) -> None:
        self._issuers = {each.issuer: _Keys(each, http) for each in issuers}
        self._leeway, self._kept = leeway, kept
        self._verified: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    async def caller(self, authorization: Sequence[str]) -> Caller:
        """Who sends a request with these Authorization headers. Raises Unauthenticated or IssuerUnavailable."""
        if not authorization:
            return PUBLIC
        if len(authorization) > 1:
            raise Unauthenticated("the request has more than one Authorization header")
        scheme, _, token = authorization[0].strip().partition(" ")
        if scheme.lower() != "bearer" or not token.strip() or " " in token.strip():
            raise Unauthenticated('the Authorization header is not "Bearer" and one token')
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is not None and time.time() < known[0]:
            return known[1]
        expires, caller = await self._verify(token.strip())
        self._verified[digest] = (expires, caller)
        if len(self._verified) > self._kept:
            self._verified.popitem(last=False)
        return caller

    async def _verify(self, token: str) -> tuple[float, Caller]:
        try:
            header = jwt.get_unverified_header(token)
            unchecked = jwt.decode(token, options={"verify_signature": False})
        except jwt.PyJWTError as error:
            raise Unauthenticated("the token cannot be read") from error
        keys = self._issuers.get(str(unchecked.get("iss")))
        if keys is None:
            raise Unauthenticated("the token's issuer is not one the Trust accepts")
        algorithm = str(header.get("alg"))
        if algorithm not in keys.issuer.algorithms:
            raise Unauthenticated("the token is not signed with an allowed algorithm")
        key = await keys.find(header.get("kid"), algorithm)
        try:
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[algorithm],
                audience=keys.issuer.audience,
                issuer=keys.issuer.issuer,
                leeway=self._leeway,
                options={"require": REQUIRED, "strict_aud": False},
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthenticated("the token has expired") from error
        except jwt.InvalidAudienceError as error:
            raise Unauthenticated("the token is for another audience") from error
        except jwt.MissingRequiredClaimError as error:
            raise Unauthenticated(f"the token has no {error.claim}") from error
        except jwt.PyJWTError as error:
            raise Unauthenticated("the token is not valid") from error
        return float(claims["exp"]), _caller(claims, keys.issuer.issuer)


class _Keys:
    """One issuer's keys: fetched when needed, kept, and fetched again for an unknown key at a limited rate."""

    def __init__(self, issuer: Issuer, http: httpx.AsyncClient) -> None:
        self.issuer = issuer
        self._http = http
        self._lock = asyncio.Lock()
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._fetched = self._tried = float("-inf")
        if isinstance(issuer.jwks, Mapping):
            self._read(issuer.jwks)

    async def find(self, kid: object, algorithm: str) -> jwt.PyJWK:
        """The key of a token. Raises Unauthenticated or IssuerUnavailable."""
        if not isinstance(kid, str):
            raise Unauthenticated("the token does not name its key")
        if isinstance(self.issuer.jwks, str) and (kid not in self._keys or time.monotonic() - self._fetched > KEPT_FOR):
            await self._refresh(kid)
        key = self._keys.get(kid)
        if key is None:
            raise Unauthenticated("the token is signed with a key its issuer does not publish")
        if key.key_type != KEY_TYPES[algorithm]:
            raise Unauthenticated("the token's algorithm does not fit its key")
        return key

    async def _refresh(self, kid: str) -> None:
        async with self._lock:
            now = time.monotonic()
            fresh = now - self._fetched <= KEPT_FOR
            if (kid in self._keys and fresh) or now - self._tried < REFETCH:
                if not self._keys:
                    raise IssuerUnavailable("the issuer's keys could not be fetched")
                return
            self._tried = now
            try:
                reply = await self._http.get(str(self.issuer.jwks), timeout=5.0)
                self._read(reply.raise_for_status().json())
                self._fetched = now
            except (httpx.HTTPError, ValueError, TypeError, KeyError, jwt.PyJWTError) as error:
                if not self._keys:
                    raise IssuerUnavailable("the issuer's keys could not be fetched") from error

    def _read(self, told: Mapping[str, Any]) -> None:
        found = jwt.PyJWKSet.from_dict(dict(told)).keys
        self._keys = {key.key_id: key for key in found}


def _caller(claims: Mapping[str, Any], issuer: str) -> Caller:
    organisation = claims.get("org")
    if organisation is not None and not isinstance(organisation, str):
        raise Unauthenticated("the token's org is not text")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise Unauthenticated("the token's sub is not text")
    return Caller(claims["sub"], organisation, _texts(claims, "roles"), _texts(claims, "purposes"), issuer)


def _texts(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    value = claims.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in cast(list[object], value)):
        raise Unauthenticated(f"the token's {name} are not a list of texts")
    return frozenset(cast(list[str], value))


def purpose_of(caller: Caller, header: str | None) -> str | None:
    """The purpose of a request: the Purpose header, or the token's only purpose. Raises PurposeRefused."""
    if header is None or not header.strip():
        return next(iter(caller.purposes)) if len(caller.purposes) == 1 else None
    purpose = header.strip()
    if purpose not in PURPOSES:
        raise PurposeRefused(f'"{purpose[:60]}" is not a purpose: there are {", ".join(PURPOSES)}.')
    if purpose not in caller.purposes:
        allowed = ", ".join(sorted(caller.purposes)) or "none"
        raise PurposeRefused(f'Your token does not allow the purpose "{purpose}": it allows {allowed}.')
    return purpose


def sign(claims: Mapping[str, Any], key: Any, kid: str) -> str:
    """A token over claims, signed with an Ed25519 private key."""
    return jwt.encode(dict(claims), key, algorithm="EdDSA", headers={"kid": kid})
