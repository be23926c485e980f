"""Why a field is null, in a few words, wherever an error of the answer says so."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Path = tuple[str | int, ...]


class Reasons:
    """The errors of one answer, looked up by the place of a field in it."""

    def __init__(self, errors: Iterable[Mapping[str, Any]]) -> None:
        self._by_keys: dict[Path, list[tuple[Path, str]]] = {}
        for error in errors:
            place = _place(error)
            keys = tuple(step for step in place if isinstance(step, str) and step != "*")
            if keys:
                self._by_keys.setdefault(keys, []).append((place, in_brief(error)))

    def at(self, path: Path) -> str | None:
        """Why the field at a response path, list indices included, is null. None: no error covers it."""
        if not self._by_keys:
            return None
        keys = tuple(step for step in path if isinstance(step, str))
        for length in range(1, len(keys) + 1):
            for place, reason in self._by_keys.get(keys[:length], ()):
                if _covers(place, path):
                    return reason
        return None


def _place(error: Mapping[str, Any]) -> Path:
    extensions: Mapping[str, Any] = error.get("extensions") or {}
    if applies := extensions.get("appliesTo"):
        return tuple(applies)
    path: Sequence[str | int] = error.get("path") or ()
    # An error about a measure stands for the whole selection, not for the first row alone.
    return tuple("*" if "coordinate" in extensions and isinstance(step, int) else step for step in path)


def _covers(place: Path, path: Path) -> bool:
    return len(place) <= len(path) and all(
        step == at or (step == "*" and isinstance(at, int)) for step, at in zip(place, path, strict=False)
    )


def in_brief(error: Mapping[str, Any]) -> str:
    """What a cell says of an error: "withheld: BEIS"."""
    extensions: Mapping[str, Any] = error.get("extensions") or {}
    match extensions.get("code"):
        case "UNAUTHORIZED_FIELD_OR_TYPE":
            words = "withheld"
        case "DEPARTMENT_UNAVAILABLE" | "DEPARTMENT_REFUSED" | "DEPARTMENT_MISANSWERED":
            words = "unavailable"
        case "NOT_OFFERED":
            words = "not offered"
        case _:
            words = "error"
    owner = extensions.get("owner")
    return f"{words}: {owner}" if isinstance(owner, str) else words
