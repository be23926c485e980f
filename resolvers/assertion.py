"""The Trust's statement to a department of who asks for what, and why: signed by the app, for one department and one
question, once, for a minute."""

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from policies.caller import Caller
from policies.decision import Basis, Grant
from resolvers.orders import Terms
from resolvers.plan import DatasetRequest, widest
from resolvers.wire import Authorize, Vouched

LIFETIME = 60
Sign = Callable[[Mapping[str, Any]], str]


class SigningTrust(NamedTuple):
    """The Trust as share nodes know it: its name, and what signs its assertions."""

    issuer: str
    sign: Sign


def terms(request: DatasetRequest, caller: Caller, purpose: str | None, trust: SigningTrust) -> Terms:
    """On whose behalf a share node is asked; nothing for departments that publish to everyone.

    Its key holds what the node may decide by, and no more, so that callers for whom the node would answer the
    same share one answer.
    """
    source = request.holding.source
    if source.protocol != "share":
        return Terms()
    grants = request.grants.values()
    if all(grant.basis is Basis.PUBLISHED for grant in grants):
        return _on_behalf(source.name, None, None, (), trust)
    agreements = sorted({f"{ref.id} v{ref.version}" for grant in grants for ref in grant.agreements})
    return _on_behalf(source.name, caller.organisation, purpose, tuple(agreements), trust)


@lru_cache(1024)
def _on_behalf(
    source: str, organisation: str | None, purpose: str | None, agreements: tuple[str, ...], trust: SigningTrust
) -> Terms:
    behalf = {"org": organisation, "purpose": purpose, "agreements": list(agreements)}

    def assertion(requests: Sequence[DatasetRequest], operations: Sequence[str]) -> Authorize:
        named: dict[str, Grant] = {}
        for request in requests:
            for name, grant in request.grants.items():
                named[name] = widest(named.get(name), grant)
        claims = {
            **behalf,
            "grants": {name: _granted(grant) for name, grant in named.items()},
            "obligations": {name: _words(grant) for name, grant in named.items() if grant.obligations},
            "iss": trust.issuer,
            "aud": source,
            "sub": "lmdt",
            "operations": operations,
        }

        def authorize(method: str, address: str, body: bytes) -> Vouched:
            once = _once(method, address, body)
            return Vouched(f"Bearer {trust.sign({**claims, **once})}", once["jti"])

        return authorize

    return Terms(repr(behalf), assertion)


def _once(method: str, address: str, body: bytes) -> Mapping[str, Any]:
    """What makes an assertion good for one request alone, in the words of RFC 9449 as far as that has them."""
    now = int(time.time())
    return {
        "htm": method,
        "htu": address,
        "digest": hashlib.sha256(body).hexdigest(),
        "iat": now,
        "exp": now + LIFETIME,
        "jti": os.urandom(16).hex(),
    }


def _granted(grant: Grant) -> dict[str, Any]:
    """On what basis one measure is asked for, and by which agreements."""
    return {"basis": grant.basis.value, "agreements": [f"{ref.id} v{ref.version}" for ref in grant.agreements]}


def _words(grant: Grant) -> list[str]:
    return [obligation.words for obligation in grant.obligations]
