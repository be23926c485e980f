"""The content of an agreement's version: its record without its state, as plain JSON values, and the hash of it.

The content is what is signed: it never changes. Its forms are JSON, in which the Trust keeps it, and TOML, in which it
is exported, read and reviewed; dates are text in one and dates in the other, and the hash is the same.
"""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any, cast

import rfc8785
import tomli_w

Content = dict[str, Any]
# The keys whose values are dates.
DATES = (
    ("scope", "from"), ("scope", "to"), ("term", "not_before"), ("term", "not_after"), ("term", "review_by"),
    ("legal", "review", "on"), ("protection", "review", "on"), ("security", "review", "on"),
)  # fmt: skip


def content_of(table: Mapping[str, Any]) -> Content:
    """The content of a record, as plain JSON values. A moment has one form, whatever it was written as."""
    plain = cast(Content, _plain({key: value for key, value in table.items() if key != "status"}))
    return _with_dates(plain, lambda text: _date(text).isoformat())


def table_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """The record, with dates as dates; a text that is none stays, for the check to refuse."""
    return _with_dates(content, _date)


def content_hash(table: Mapping[str, Any]) -> str:
    """SHA-256 of the content as canonical JSON (RFC 8785): the same for the same words, whatever their order."""
    return hashlib.sha256(rfc8785.dumps(content_of(table))).hexdigest()


def toml_of(content: Mapping[str, Any], status: str) -> str:
    """The file that an agreement is exported as."""
    table = table_of(content)
    head = {key: table.pop(key) for key in ("id", "version", "title", "kind") if key in table}
    return tomli_w.dumps({**head, "status": status, **table})


def _with_dates(table: Mapping[str, Any], read: Callable[[str], object]) -> Content:
    """A record whose dates, where they are texts, have been read. What holds none is shared with the one given."""
    whole = dict(table)
    for *above, key in DATES:
        holder = whole
        for step in above:
            inner: object = holder.get(step)
            if not isinstance(inner, dict):
                break
            holder[step] = holder = dict(cast(Content, inner))
        else:
            if isinstance(text := holder.get(key), str):
                with suppress(ValueError):
                    holder[key] = read(text)
    return whole


def _date(text: str) -> date:
    """A day, or a moment. Raises ValueError."""
    return date.fromisoformat(text) if len(text) == len("2024-03-31") else datetime.fromisoformat(text)


def _plain(value: object) -> object:
    match value:
        case Mapping():
            table = cast(Mapping[str, object], value)
            return {str(key): _plain(item) for key, item in table.items() if item is not None}
        case list() | tuple():
            return [_plain(item) for item in cast(list[object], value)]
        case date():
            return value.isoformat()
        case _:
            return value
