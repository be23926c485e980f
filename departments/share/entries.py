"""The Trust's log as an owner reads it: what its entries say of how one department was asked."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

import orjson

from reference.errors import TrustError


class EntryWrong(TrustError):
    """An entry of the Trust's log that cannot be read, or a part that is none of it."""


class Called(NamedTuple):
    """A call to the department. `jti`: the name of the assertion it went with. `shared`: it was made for others, and
    the operation had its answer too."""

    dataset: str
    status: int
    jti: str
    shared: bool


class Entry(NamedTuple):
    """What an entry says of an operation, and of how the department was asked for it. `kind`: `operation`, or `asked`
    for calls that it did not wait for, which says nothing of who it was."""

    position: int
    kind: str
    operation: str
    at: datetime
    organisation: str | None
    purpose: str | None
    calls: Sequence[Called]


def read(position: int, text: bytes, opened: Iterable[bytes], departments: Collection[str]) -> Entry | None:
    """An entry of an operation; None for one of something else. `opened`: parts that the entry commits to. Raises
    EntryWrong."""
    try:
        said = cast(dict[str, Any], orjson.loads(text))
        if said["kind"] not in ("operation", "asked"):
            return None
        calls = [call for call in _calls(said, opened) if call["department"] in departments]
        return Entry(
            position,
            said["kind"],
            said["operation_id"],
            datetime.fromisoformat(said["at"]),
            said.get("organisation"),
            said.get("purpose"),
            [Called(c["dataset"], c["status"], c.get("jti", ""), c.get("shared", False)) for c in calls],
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise EntryWrong(f"entry {position} is not one that can be read") from error


def _calls(said: Mapping[str, Any], opened: Iterable[bytes]) -> Iterable[Mapping[str, Any]]:
    """Calls by their department. Those of an early entry are in itself, of a later one in parts of their own."""
    if isinstance(inside := said.get("calls"), list):
        yield from cast(list[Mapping[str, Any]], inside)
    for text in opened:
        part = cast(dict[str, Any], orjson.loads(text))
        if hashlib.sha256(text).hexdigest() not in (said.get("caller"), said.get("answer"), *said.get("parts", ())):
            raise KeyError("a part that the entry does not commit to")
        if part.get("part") == "calls":
            yield from ({**call, "department": part["owner"]} for call in part["calls"])
