"""The Trust's signed statement of who asks and why, checked by the department for itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import jwt

from departments.share.config import Refuse
from departments.share.errors import Declined, NotTrusted
from departments.share.keys import ALGORITHMS, Keyring
from departments.share.question import NodeQuery

# Seconds: the longest an assertion may be valid, and by how much our clock may differ from the Trust's.
LONGEST, LEEWAY = 120, 5
TIMES = ("exp", "iat", "nbf")
REQUIRED = ("exp", "iat", "iss", "aud", "sub", "jti")
BASES = ("PUBLISHED", "OWN", "AGREEMENT")


@dataclass(frozen=True, slots=True)
class Assertion:
    """On whose behalf the Trust asks. `organisation` and `purpose`: none for figures that are open to everyone.
    `agreements`: as in "DSA-001 v2". `grants`: by measure. `operations`: the
    entries in the Trust's record that this request will be part of."""

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


class Verifier:
    """Checks assertions to one node against the Trust's public keys."""

    def __init__(self, node: str, issuer: str, keys: Keyring) -> None:
        self._node, self._issuer, self._keys = node, issuer, keys

    def verify(self, authorization: str | None) -> Assertion:
        """The assertion of an Authorization header. May wait for the Trust's keys. Raises NotTrusted."""
        scheme, _, token = (authorization or "").partition(" ")
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
        return _read(claims)


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
    return Assertion(organisation, purpose, tuple(named), granted, tuple(of))


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
