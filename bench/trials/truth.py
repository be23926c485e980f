"""An answer held against the right one: every cell the same, or lost with an error that names its measure."""

from collections.abc import Collection, Iterator
from typing import Any, cast

import orjson

LOST = frozenset({"DEPARTMENT_UNAVAILABLE", "DEPARTMENT_REFUSED", "DEPARTMENT_MISANSWERED"})
Path = tuple[str | int, ...]


class Wrong(Exception):
    """An answer that is not the right one, and does not say so: where, and what is there."""


def lost(body: bytes, right: bytes) -> frozenset[str]:
    """The measures that an answer has lost to departments that failed; of the others every cell is right. Raises
    Wrong."""
    if body == right:
        return frozenset()
    answer, truth = orjson.loads(body), orjson.loads(right)
    errors = _beyond(answer.get("errors", []), truth.get("errors", []))
    if strange := [error for error in errors if error["extensions"]["code"] not in LOST]:
        raise Wrong(f"errors of another kind: {strange}")
    measures = frozenset(error["extensions"]["coordinate"].rpartition(".")[2] for error in errors)
    missing = frozenset(path[-1] for path in _missing(answer["data"], truth["data"], ()))
    if missing != measures:
        raise Wrong(f"null is {sorted(map(str, missing))}, and errors are of {sorted(measures)}")
    if answer.get("extensions") != truth.get("extensions"):
        raise Wrong(f"extensions: {answer.get('extensions')}, not {truth.get('extensions')}")
    return measures


def _beyond(errors: Collection[Any], right: Collection[Any]) -> list[Any]:
    """Errors besides those that belong to the answer, each of which has to be there."""
    if absent := [error for error in right if error not in errors]:
        raise Wrong(f"errors that are not there: {absent}")
    return [error for error in errors if error not in right]


def _missing(there: object, right: object, path: Path) -> Iterator[Path]:
    """Where null is in the place of what is right."""
    if there == right:
        return
    if there is None:
        yield path
    elif isinstance(there, dict) and isinstance(right, dict) and there.keys() == right.keys():
        for key, value in cast(dict[str, object], there).items():
            yield from _missing(value, right[key], (*path, key))
    elif isinstance(there, list) and isinstance(right, list) and len(cast(Any, there)) == len(cast(Any, right)):
        for at, (one, other) in enumerate(zip(cast(Any, there), cast(Any, right), strict=True)):
            yield from _missing(one, other, (*path, at))
    else:
        raise Wrong(f"{'.'.join(map(str, path))} is {there!r}, not {right!r}")
