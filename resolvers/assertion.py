"""The Trust's statement to a department of who asks and why: short-lived, for one department, signed by the app."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from policies.caller import Caller
from policies.decision import Basis, Grant
from resolvers.dispatch import Terms
from resolvers.plan import Errand

LIFETIME = 60
Sign = Callable[[Mapping[str, Any]], str]


def terms(errand: Errand, caller: Caller, purpose: str | None, leaf: str, *, issuer: str, sign: Sign) -> Terms:
    """On whose behalf a share node is asked; nothing for departments that publish to everyone.

    Its key holds what the node may decide by, and no more, so that callers for whom the node would answer the
    same share one answer.
    """
    source = errand.holding.source
    if source.protocol != "share":
        return Terms()
    bases = {grant.basis for grant in errand.grants.values()}
    published = bases == {Basis.PUBLISHED}
    claims: dict[str, Any] = {
        "org": None if published else caller.organisation,
        "purpose": None if published else purpose,
        "agreements": sorted(
            {f"{ref.id} v{ref.version}" for grant in errand.grants.values() for ref in grant.agreements}
        ),
        "grants": {name: grant.basis.value for name, grant in sorted(errand.grants.items())},
        "obligations": {name: _words(grant) for name, grant in sorted(errand.grants.items()) if grant.obligations},
    }

    def assertion() -> str:
        now = int(time.time())
        stamped = {"iss": issuer, "aud": source.name, "sub": "lmdt", "iat": now, "exp": now + LIFETIME, "jti": leaf}
        return sign({**claims, **stamped})

    return Terms(repr((claims["org"], claims["purpose"], claims["agreements"])), assertion)


def _words(grant: Grant) -> list[str]:
    return [each.words for each in grant.obligations]
