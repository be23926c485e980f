"""The Trust's signed statement of who asks for what and why, checked by the department for itself: good for one
question, once."""

import hashlib
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import jwt

from departments.share.config import Refuse
from departments.share.errors import Declined, NotTrusted
from departments.share.keys import ALGORITHMS, Keyring
from departments.share.question import NodeQuery

# Seconds: the longest an assertion may be valid, and by how much our clock may differ from the Trust's.
LONGEST, LEEWAY = 120, 5
TIMES = ("exp", "iat", "nbf")
REQUIRED = ("exp", "iat", "iss", "aud", "sub", "jti", "htm", "htu", "digest")
# Assertions that are remembered, so that none is good twice: more come only from who holds the Trust's key.
MOST = 200_000
BASES = ("PUBLISHED", "OWN", "AGREEMENT")


@dataclass(frozen=True, slots=True)
class Assertion:
    """On whose behalf the Trust asks. `name`: the assertion's own; `digest`: SHA-256 of the question. `organisation`
    and `purpose`: none for figures that are open to everyone. `agreements`: as in "DSA-001 v2". `grants`: by measure.
    `operations`: the entries in the Trust's record that this request will be part of."""

    name: str
    digest: str
    organisation: str | None
    purpose: str | None
    agreements: tuple[str, ...]
    grants: Mapping[str, "MeasureGrant"]
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeasureGrant:
    """On what basis one measure is asked for: PUBLISHED, OWN or AGREEMENT, and by which agreements."""

    basis: str
    agreements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A request as it came: its headers by their names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Verifier:
    """Checks assertions to one node against the Trust's public keys. Remembers those that it has seen: in this process
    alone."""

    def __init__(self, node: str, issuer: str, keys: Keyring) -> None:
        self._node, self._issuer, self._keys = node, issuer, keys
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def verify(self, message: Message) -> Assertion:
        """The assertion that came with a request. May wait for the Trust's keys. Raises NotTrusted."""
        claims = self._claims(message.headers.get("authorization", ""))
        _same_request(claims, message)
        assertion = _read(claims)
        if not self._first(claims["jti"]):
            raise NotTrusted("the request has been answered before: its assertion is good once.")
        return assertion

    def _claims(self, authorization: str) -> Mapping[str, Any]:
        """What an assertion says, once it is seen to be the Trust's, to this node and of now. Raises NotTrusted."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotTrusted("the request has no bearer assertion of the Trust.")
        try:
            key = self._keys.get(jwt.get_unverified_header(token).get("kid"))
            if key is None:
                raise NotTrusted("the assertion is signed with a key that is not the Trust's.")
            claims = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=self._node,
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": list(REQUIRED)},
            )
        except jwt.PyJWTError as error:
            raise NotTrusted(f"the assertion is not valid: {error}.") from error
        if not all(type(claims.get(name, 0)) in (int, float) for name in TIMES):
            raise NotTrusted("the assertion's times are not numbers.")
        if claims["exp"] - claims["iat"] > LONGEST:
            raise NotTrusted(f"the assertion is valid for longer than {LONGEST} seconds.")
        return claims

    def _first(self, name: str) -> bool:
        """Whether an assertion is seen for the first time since it could have been signed."""
        now = time.monotonic()
        with self._lock:
            while self._seen and now - next(iter(self._seen.values())) > LONGEST + 2 * LEEWAY:
                del self._seen[next(iter(self._seen))]
            if name in self._seen or len(self._seen) >= MOST:
                return False
            self._seen[name] = now
            return True


def _same_request(claims: Mapping[str, Any], message: Message) -> None:
    """Raises NotTrusted where an assertion was not signed for this very request: its method, its path and its body. The
    host may be another, where something stands before the node, whose name is in `aud`."""
    if claims["htm"] != message.method or claims["digest"] != hashlib.sha256(message.body).hexdigest():
        raise NotTrusted("the assertion is not for this question: it names another method or digest.")
    if _path(claims["htu"]) != message.path:
        raise NotTrusted("the assertion is not for this question: it names another address.")
    if not claims["jti"]:
        raise NotTrusted("the assertion has no name of its own.")


def _path(address: object) -> str | None:
    """The path of an address, as a server reads it; None of what is no address."""
    try:
        return unquote(urlsplit(address).path) if isinstance(address, str) else None
    except ValueError:
        return None


def _read(claims: Mapping[str, Any]) -> Assertion:
    """Claims whose signature has been checked, as an Assertion. Raises NotTrusted where one is of the wrong type."""
    organisation, purpose = claims.get("org"), claims.get("purpose")
    agreements: object = claims.get("agreements", [])
    grants: object = claims.get("grants", {})
    if not isinstance(organisation, str | None) or not isinstance(purpose, str | None):
        raise NotTrusted("the assertion's org and purpose are not texts.")
    if not isinstance(agreements, list) or not _texts(cast(list[object], agreements)):
        raise NotTrusted("the assertion's agreements are not a list of texts.")
    operations: object = claims.get("operations", [claims["jti"]])
    if not isinstance(operations, list) or not _texts(cast(list[object], operations)):
        raise NotTrusted("the assertion's operations are not a list of texts.")
    if not isinstance(grants, dict):
        raise NotTrusted("the assertion's grants are not a table.")
    granted = {name: _grant(name, grant) for name, grant in cast(dict[str, object], grants).items()}
    named, of = cast(list[str], agreements), cast(list[str], operations)
    return Assertion(claims["jti"], claims["digest"], organisation, purpose, tuple(named), granted, tuple(of))


def _grant(name: str, grant: object) -> MeasureGrant:
    """The grant of one measure. Raises NotTrusted where it is of the wrong type."""
    table = cast(dict[str, object], grant) if isinstance(grant, dict) else {}
    basis, agreements = table.get("basis"), table.get("agreements", [])
    if basis not in BASES or not isinstance(agreements, list) or not _texts(cast(list[object], agreements)):
        raise NotTrusted(f"the assertion's grant of {name} has no basis of {', '.join(BASES)}, with its agreements.")
    return MeasureGrant(cast(str, basis), tuple(cast(list[str], agreements)))


def _texts(values: Iterable[object]) -> bool:
    """Whether all of them are texts."""
    return all(isinstance(value, str) for value in values)


def allow(query: NodeQuery, claims: Assertion, department: str) -> None:
    """Raises Declined where the Trust does not grant what is asked, measure by measure. `department`: the code of the
    one whose figures these are."""
    for name in query.measures:
        grant = claims.grants.get(name)
        if grant is None:
            raise Declined(f"{name} is asked for, but the assertion does not grant it.")
        if grant.basis == "PUBLISHED" and query.evidence:
            raise Declined(f"{name} is asked for with evidence, but the assertion does not grant it.")
        if grant.basis == "OWN" and (not department or claims.organisation != department):
            raise Declined(f"{name} is asked for as the department's own, by {claims.organisation or 'nobody'}.")
        if grant.basis == "AGREEMENT" and not (claims.organisation and grant.agreements):
            raise Declined(f"{name} is asked for under an agreement, and the assertion names none, or no party to it.")
        if not set(grant.agreements) <= set(claims.agreements):
            raise Declined(f"{name} is granted by an agreement that the assertion does not name.")


def check(claims: Assertion, refuse: Refuse) -> None:
    """Raises Declined where the department's own file says no."""
    if claims.organisation in refuse.organisations:
        raise Declined(f"this department does not answer {claims.organisation}.")
    if claims.purpose in refuse.purposes:
        raise Declined(f"this department does not answer for the purpose {claims.purpose}.")
    for agreement in claims.agreements:
        name = agreement.partition(" ")[0]
        if {name, agreement} & refuse.agreements:
            raise Declined(f"this department does not answer under {agreement}.")
