"""Errors that take nothing but some fields from a file, told in a header: a structured field (RFC 9651)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from http_sf import Token, parse, ser

NAME = "LMDT-Errors"
# Bytes that the header may have, and letters of one text in it: proxies bound how long headers may be.
MOST, LONGEST = 2_400, 240
MORE = "more"
PRINTABLE = range(0x20, 0x7F)


def told(problems: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The header: a list of codes, each with the field, its owner, the places in the answer, what is wrong and what to
    do. Of those that there is no room for, how many there are."""
    items: list[str] = []
    length = 0
    for number, error in enumerate(problems):
        item = _item(error)
        length += len(item) + 2
        if length > MOST and items:
            items.append(ser([(Token(MORE), {"count": len(problems) - number})]))
            break
        items.append(item)
    return {NAME: ", ".join(items)} if items else {}


def _item(error: Mapping[str, Any]) -> str:
    extensions: Mapping[str, Any] = error.get("extensions") or {}
    said = {
        "field": extensions.get("coordinate"),
        "owner": extensions.get("owner"),
        "path": ".".join(str(step) for step in extensions.get("appliesTo") or error.get("path") or ()),
        "message": error.get("message"),
        "remedy": extensions.get("remedy"),
    }
    return ser([(Token(str(extensions.get("code", "ERROR"))), {k: _plain(str(v)) for k, v in said.items() if v})])


def _plain(text: str) -> str:
    """A text of the letters that a header may have."""
    return "".join(letter if ord(letter) in PRINTABLE else "?" for letter in text[:LONGEST])


def read(header: str) -> Iterator[dict[str, Any]]:
    """The errors that a header tells of, as an answer has them. Raises ValueError where it is no such header."""
    items: Any = parse(header.encode(), tltype="list")
    for code, said in items:
        if str(code) == MORE:
            yield {"message": f"There are {said.get('count')} errors more: json tells them all.", "extensions": {}}
            continue
        extensions = {
            "code": str(code),
            "coordinate": said.get("field"),
            **{k: said.get(k) for k in ("owner", "remedy")},
        }
        yield {"message": said.get("message", ""), "extensions": {k: v for k, v in extensions.items() if v}}
