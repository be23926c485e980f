"""What stops the Trust from starting with these policies."""

from collections.abc import Iterable
from difflib import get_close_matches


class PolicyError(ValueError):
    """A policy, agreement, profile or gateway that cannot be used: names the file, the key and what is allowed."""


def one_of(value: object, allowed: Iterable[str], what: str) -> str:
    """The value, if it is one of those allowed. Raises PolicyError saying which are, and the nearest."""
    known = [str(each) for each in allowed]
    if value in known:
        return str(value)
    near = get_close_matches(str(value), known, n=1)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    shown = ", ".join(known if len(known) <= 20 else [*known[:20], "..."])
    raise PolicyError(f'{what} "{value}" is not known: allowed are {shown}.{hint}')
