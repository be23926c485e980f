"""The one reader of JSON that callers and issuers of tokens send: a value, if it is not nested too deeply for those who
walk through it."""

from collections.abc import Iterable
from typing import cast

import orjson

from reference.errors import TrustError

# Levels of lists and objects in one another.
DEEPEST = 32


class NotReadable(TrustError, ValueError):
    """A text that is no JSON, or is nested too deeply."""


def read_json(text: bytes | str, deepest: int = DEEPEST) -> object:
    """The value of a JSON text, nested at most so deeply. Raises NotReadable."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NotReadable(f"not JSON: {error}") from error
    if _openings(text) <= deepest:
        return value
    level: list[object] = [value]
    for _ in range(deepest + 1):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return value
    raise NotReadable(f"nested more than {deepest} levels deep")


def _openings(text: bytes | str) -> int:
    """How many lists and objects a text can begin, those in strings included: no fewer than it is deep."""
    return text.count(b"[") + text.count(b"{") if isinstance(text, bytes) else text.count("[") + text.count("{")


def _inside(value: object) -> Iterable[object]:
    """The lists and objects in a list or an object."""
    values: Iterable[object] = ()
    if isinstance(value, dict):
        values = cast(dict[str, object], value).values()
    elif isinstance(value, list):
        values = cast(list[object], value)
    return [inner for inner in values if isinstance(inner, list | dict)]  # pyright: ignore[reportUnknownVariableType]
