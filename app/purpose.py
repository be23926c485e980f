"""Why a request is made: its Purpose header, as far as the caller's token allows it."""

from collections.abc import Sequence

from policies.caller import PURPOSES, Caller
from reference.errors import TrustError


class PurposeRefused(TrustError):
    """A purpose that the caller's token does not allow, or that does not exist."""


def purpose_of(caller: Caller, headers: Sequence[str]) -> str | None:
    """The purpose of a request with these Purpose headers, or else the token's only purpose. Raises PurposeRefused."""
    if len(headers) > 1:
        raise PurposeRefused(f"Send one Purpose: this request has {len(headers)}.")
    purpose = "".join(headers).strip()
    if not purpose:
        return next(iter(caller.purposes)) if len(caller.purposes) == 1 else None
    if purpose not in PURPOSES:
        raise PurposeRefused(f'"{purpose[:60]}" is not a purpose: there are {", ".join(PURPOSES)}.')
    if purpose not in caller.purposes:
        allowed = ", ".join(sorted(caller.purposes)) or "none"
        raise PurposeRefused(f'Your token does not allow the purpose "{purpose}": it allows {allowed}.')
    return purpose
