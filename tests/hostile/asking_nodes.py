"""How requests to a share node are made: as the Trust makes them, and otherwise."""

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.departments.share_desk import PATH, TRUST, assertion, claims, question
from tests.hostile.making import signed_token

STRANGER = Ed25519PrivateKey.generate()
GOOD = {"alg": "EdDSA", "kid": "k0"}
NOW = int(time.time())
OK, NOT_VOUCHED_FOR, DECLINED = 200, 401, 403


class Sent(NamedTuple):
    """A request to a node: headers may come twice. `before`: sent first, and answered."""

    body: bytes
    headers: list[tuple[str, str]]
    path: str = PATH
    method: str = "POST"
    before: bool = False

    def having(self, **changed: str | None) -> "Sent":
        """With other headers, their names with underscores; None takes one away."""
        names = {name.replace("_", "-"): value for name, value in changed.items()}
        kept = [(name, value) for name, value in self.headers if name not in names]
        return self._replace(headers=kept + [(name, value) for name, value in names.items() if value is not None])

    def header(self, name: str) -> str:
        """The header of a name."""
        return dict(self.headers)[name]


Line = tuple[int, Callable[[], Sent]]


def sent(token: str | None = None, key: Any = TRUST, kid: str = "k0", algorithm: str = "EdDSA", **asked: Any) -> Sent:
    """A question with an assertion, signed as the Trust signs; another token, signer or question may be given."""
    body = orjson.dumps(question(**asked))
    bearer = assertion(key, kid, algorithm, asked=body) if token is None else token
    return Sent(body, [("Authorization", f"Bearer {bearer}")])


def said(**changed: Any) -> Callable[[], Sent]:
    """An assertion with other claims, rightly signed, in a request that is."""
    return lambda: sent(signed_token(GOOD, claims(**changed), TRUST))


def asking(claimed: Mapping[str, Any], **asked: Any) -> Callable[[], Sent]:
    """Another question, with other claims for it."""
    return lambda: sent(assertion(asked=question(**asked), **claimed), **asked)


def headed(header: object) -> Callable[[], Sent]:
    """An assertion under another header, rightly signed."""
    return lambda: sent(signed_token(header, claims(), TRUST))


def granted(basis: object, *agreements: object, named: Any = ("DSA-001 v2",), **more: Any) -> dict[str, Any]:
    """Claims that grant payrolledEmployees on this basis alone."""
    grants = {"payrolledEmployees": {"basis": basis, "agreements": list(agreements)}}
    return {"grants": grants, "agreements": list(named), **more}


def changed(change: Callable[[Sent], Sent]) -> Callable[[], Sent]:
    """A good request, changed after it was signed."""
    return lambda: change(sent())
