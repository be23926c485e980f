"""Bearer JWT to Caller. The only reader of tokens: PyJWT lives here and nowhere else.

A request without a token is the public's. A request with a bad token is nobody's: it is turned away, never
treated as the public's.
"""

import asyncio
import hashlib
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

import httpx
import jwt

from app.denied import Denied
from app.settings import Issuer, SettingsError
from policies.caller import PUBLIC, Caller
from reference.errors import TrustError
from reference.json_text import read_json

log = logging.getLogger("lmdt")
REQUIRED = ["iss", "aud", "sub", "exp"]
# Three parts in base64url. What is signed by an issuer may be of other types, for other uses (RFC 8725); times are
# numbers.
FORM = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)
TYPES = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})
TIMES = ("exp", "nbf", "iat")
KEY_TYPES = {"RS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
# Seconds between two fetches of one issuer's keys, whatever the tokens ask for, and while there are none at all; how
# old keys may be before they are fetched again; and how old they may be at all, should the issuer not answer.
REFETCH = 30.0
RETRY = 2.0
KEPT_FOR = 120.0
KEPT_AT_MOST = 900.0
# Seconds and bytes that an issuer's keys may take to come.
PATIENCE, MOST_BYTES = 5.0, 256_000
# Seconds for which a token that was checked need not be checked again, at most: a key its issuer has withdrawn
# is believed no longer than that.
BELIEVED_FOR = 60.0
# Longest texts, in characters: of sub as OpenID Connect has it, of org as the record keeps it; of a role or a purpose,
# and how many of them.
LONGEST = {"sub": 255, "org": 64, "jti": 255, "client_id": 255, "azp": 255}
LONGEST_WORD, MOST_WORDS = 64, 64


class Unauthenticated(TrustError):
    """A token that cannot be accepted: 401, with the reason, which holds no quotation mark and nothing secret."""

    @property
    def challenge(self) -> str:
        """The value of WWW-Authenticate (RFC 6750)."""
        return f'Bearer error="invalid_token", error_description="{self}"'


class IssuerUnavailable(TrustError):
    """The issuer's keys could not be fetched, so nobody's token can be checked: 503."""


class Identity:
    """Checks tokens of the configured issuers. `issuers` may be empty: then every token is refused. `lifetime`: most
    seconds until a token expires. `denied`: who is turned away all the same. Raises SettingsError for keys that cannot
    be used."""

    def __init__(
        self,
        issuers: Sequence[Issuer],
        http: httpx.AsyncClient,
        leeway: int = 30,
        kept: int = 10_000,
        lifetime: int = 86_400,
        denied: Denied | None = None,
    ) -> None:
        self._issuers = {issuer.issuer: _Keys(issuer, http) for issuer in issuers}
        self._leeway, self._kept, self._lifetime = leeway, kept, lifetime
        self._denied = denied or Denied(None)
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    async def caller(self, authorization: Sequence[str]) -> Caller:
        """Who sends a request with these Authorization headers. Raises Unauthenticated or IssuerUnavailable."""
        if not authorization:
            return PUBLIC
        if len(authorization) > 1:
            raise Unauthenticated("the request has more than one Authorization header")
        scheme, _, token = authorization[0].strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token or " " in token:
            raise Unauthenticated("the Authorization header is not the word Bearer and one token")
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is None or time.time() >= known.until:
            known = await self._verify(token)
            self._verified[digest] = known._replace(until=min(known.until, time.time() + BELIEVED_FOR))
        self._verified.move_to_end(digest)
        if len(self._verified) > self._kept:
            self._verified.popitem(last=False)
        if self._denied.any_of(known.names):
            raise Unauthenticated("the token has been withdrawn")
        return known.caller

    async def _verify(self, token: str) -> "_Verified":
        if not FORM.fullmatch(token):
            raise Unauthenticated("the token cannot be read")
        try:
            unchecked = jwt.decode_complete(token, options={"verify_signature": False})
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise Unauthenticated("the token cannot be read") from error
        header, claims = unchecked["header"], unchecked["payload"]
        keys = self._issuers.get(str(claims.get("iss")))
        if keys is None:
            raise Unauthenticated("the token's issuer is not one the Trust accepts")
        algorithm = str(header.get("alg"))
        if algorithm not in keys.issuer.algorithms:
            raise Unauthenticated("the token is not signed with an allowed algorithm")
        if str(header.get("typ", "JWT")).lower() not in TYPES:
            raise Unauthenticated("the token is of another type than an access token")
        key = await keys.find(header.get("kid"), algorithm)
        if not all(type(claims[name]) in (int, float) for name in TIMES if claims.get(name) is not None):
            raise Unauthenticated("the token is not valid")
        try:
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[algorithm],
                audience=keys.issuer.audience,
                issuer=keys.issuer.issuer,
                leeway=self._leeway,
                options={"require": REQUIRED, "enforce_minimum_key_length": True},
            )
        except jwt.ImmatureSignatureError as error:
            raise Unauthenticated("the token is not valid yet") from error
        except jwt.ExpiredSignatureError as error:
            raise Unauthenticated("the token has expired") from error
        except jwt.InvalidAudienceError as error:
            raise Unauthenticated("the token is for another audience") from error
        except jwt.MissingRequiredClaimError as error:
            raise Unauthenticated(f"the token has no {error.claim}") from error
        except jwt.PyJWTError as error:
            raise Unauthenticated("the token is not valid") from error
        expires = float(claims["exp"])
        if expires > time.time() + self._lifetime + self._leeway:
            raise Unauthenticated(f"the token is good for longer than {self._lifetime} seconds")
        return _Verified(expires, _caller(claims, keys.issuer), tuple(_names(claims)))


class _Verified(NamedTuple):
    """A token that was checked: until when that holds, whose it is, and the names it can be denied by."""

    until: float
    caller: Caller
    names: tuple[str, ...]


class _Keys:
    """One issuer's keys: fetched when needed, kept, and fetched again for an unknown key at a limited rate."""

    def __init__(self, issuer: Issuer, http: httpx.AsyncClient) -> None:
        self.issuer = issuer
        self._http = http
        self._lock = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = self._tried = float("-inf")
        if isinstance(issuer.jwks, Mapping):
            try:
                self._keys, self._fetched = _usable(issuer.jwks), float("inf")
            except (ValueError, TypeError, AttributeError, jwt.PyJWTError) as error:
                raise SettingsError(f"the keys of the issuer {issuer.issuer} are not a usable JWKS") from error
            if not self._keys:
                raise SettingsError(f"the keys of the issuer {issuer.issuer} are not a usable JWKS: there are none")

    async def find(self, kid: object, algorithm: str) -> jwt.PyJWK:
        """The key of a token. Raises Unauthenticated or IssuerUnavailable."""
        if not isinstance(kid, str):
            raise Unauthenticated("the token does not name its key")
        await self._freshen(kid)
        key = self._keys.get(kid)
        if key is None:
            raise Unauthenticated("the token is signed with a key its issuer does not publish")
        if key.key_type != KEY_TYPES[algorithm] or key.algorithm_name != algorithm:
            raise Unauthenticated("the token's algorithm does not fit its key")
        return key

    def _age(self) -> float:
        return time.monotonic() - self._fetched

    async def _freshen(self, kid: str) -> None:
        """A key that is known does not wait for its issuer, unless the issuer has been silent for too long."""
        if kid in self._keys and self._age() <= KEPT_FOR:
            return
        if kid in self._keys and self._age() <= KEPT_AT_MOST:
            if self._renewing is None or self._renewing.done():
                self._renewing = asyncio.create_task(self._fetch())
            return
        async with self._lock:
            if kid not in self._keys or self._age() > KEPT_FOR:
                await self._fetch()
        if self._age() > KEPT_AT_MOST:
            raise IssuerUnavailable("the keys of the token's issuer could not be fetched")

    async def _fetch(self) -> None:
        """The keys anew, unless that was tried a moment ago or they do not come over the network. A failure
        leaves those that are known."""
        now = time.monotonic()
        if isinstance(self.issuer.jwks, Mapping) or now - self._tried < (REFETCH if self._keys else RETRY):
            return
        self._tried = now
        try:
            async with asyncio.timeout(PATIENCE):
                self._keys = _usable(read_json(await self._document(self.issuer.jwks)))
            self._fetched = now
        except (httpx.HTTPError, ValueError, TypeError, AttributeError, TimeoutError, jwt.PyJWTError) as error:
            line = {"event": "issuer", "issuer": self.issuer.issuer, "cause": error.__class__.__name__}
            log.warning("an issuer's keys could not be fetched", extra=line)

    async def _document(self, address: str) -> bytes:
        """The body that is at an address. Raises httpx.HTTPError, or ValueError where it is too large."""
        async with self._http.stream("GET", address, timeout=PATIENCE) as reply:
            reply.raise_for_status()
            body = b""
            async for piece in reply.aiter_bytes(16_384):
                body += piece
                if len(body) > MOST_BYTES:
                    raise ValueError(f"more than {MOST_BYTES} bytes")
        return body


def _usable(document: object) -> dict[str, jwt.PyJWK]:
    """The keys of a JWKS that may verify tokens: those that have a name and are for signatures. There may be none: an
    issuer may withdraw them all. Raises ValueError or one of PyJWT's errors where it is no JWKS, or no key is usable
    though there are some."""
    keys = cast(dict[str, Any], document).get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise ValueError("not a JWKS")
    if not keys:
        return {}
    known = jwt.PyJWKSet.from_dict(cast(dict[str, Any], document)).keys
    usable = {key.key_id: key for key in known if key.key_id and key.public_key_use in (None, "sig")}
    if not usable:
        raise ValueError("no key has a name and is for signatures")
    return usable


def _names(claims: Mapping[str, Any]) -> Iterator[str]:
    """What a token can be denied by."""
    yield f"sub {claims['sub']}"
    if claims.get("jti") is not None:
        yield f"jti {_text(claims, 'jti')}"
    for client in _clients(claims):
        yield f"client {client}"


def _clients(claims: Mapping[str, Any]) -> frozenset[str]:
    """The clients that a token was issued to, by either claim that says so."""
    return frozenset(_text(claims, name) for name in ("client_id", "azp") if claims.get(name) is not None)


def _caller(claims: Mapping[str, Any], issuer: Issuer) -> Caller:
    subject, organisation = _text(claims, "sub"), None
    if claims.get("org") is not None:
        organisation = _text(claims, "org")
        if organisation not in issuer.organisations:
            raise Unauthenticated("the token's issuer may not speak for the organisation it names")
    roles, purposes = _texts(claims, "roles"), _texts(claims, "purposes")
    return Caller(subject, organisation, roles, purposes, issuer.issuer, _clients(claims))


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims[name]
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST[name] or not value.isprintable():
        raise Unauthenticated(f"the token's {name} is not a text of 1 to {LONGEST[name]} characters")
    return value


def _texts(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    value = claims.get(name, [])
    words = cast(list[object], value) if isinstance(value, list) else [None]
    if len(words) > MOST_WORDS or not all(isinstance(word, str) and _is_word(word) for word in words):
        raise Unauthenticated(f"the token's {name} are not a list of at most {MOST_WORDS} words")
    return frozenset(cast(list[str], words))


def _is_word(text: str) -> bool:
    """Whether a text can be a role or a purpose: printable, which half of a surrogate pair is not."""
    return 0 < len(text) <= LONGEST_WORD and text.isprintable()
