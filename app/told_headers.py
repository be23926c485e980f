"""What is wrong with some fields of a file, or may surprise, told in headers: structured fields (RFC 9651)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from http_sf import Token, parse, ser

from schema.warnings import Warned

ERRORS, WARNINGS = "LMDT-Errors", "LMDT-Warnings"
# Bytes that a header may have, and letters of one text in it: proxies bound how long headers may be.
MOST, LONGEST = 1_800, 240
MORE = "more"
PRINTABLE = range(0x20, 0x7F)


def told(problems: Sequence[Mapping[str, Any]], warnings: Sequence[Warned]) -> dict[str, str]:
    """The headers: lists of codes, each with the field, its owner, the places in the answer, what is wrong and what to
    do. Of those that there is no room for, how many there are."""
    headers = {ERRORS: _list([_error(error) for error in problems])}
    headers[WARNINGS] = _list([_item("WARNING", _warning(one)) for one in warnings])
    return {name: value for name, value in headers.items() if value}


def _list(items: Sequence[str]) -> str:
    length, kept = 0, list[str]()
    for item in items:
        length += len(item) + 2
        if length > MOST and kept:
            kept.append(ser([(Token(MORE), {"count": len(items) - len(kept)})]))
            break
        kept.append(item)
    return ", ".join(kept)


def _error(error: Mapping[str, Any]) -> str:
    extensions: Mapping[str, Any] = error.get("extensions") or {}
    said = {
        "field": extensions.get("coordinate"),
        "owner": extensions.get("owner"),
        "path": ".".join(str(step) for step in extensions.get("appliesTo") or error.get("path") or ()),
        "message": error.get("message"),
        "remedy": extensions.get("remedy"),
    }
    return _item(str(extensions.get("code", "ERROR")), said)


def _warning(warning: Warned) -> dict[str, Any]:
    return {"path": ".".join(warning.path), "message": warning.message, "remedy": warning.remedy}


def _item(code: str, said: Mapping[str, Any]) -> str:
    return ser([(Token(code), {name: _plain(str(value)) for name, value in said.items() if value})])


def _plain(text: str) -> str:
    """A text of the letters that a header may have."""
    return "".join(letter if ord(letter) in PRINTABLE else "?" for letter in text[:LONGEST])


class Told(NamedTuple):
    """What headers tell of, as an answer has it."""

    errors: Sequence[dict[str, Any]]
    warnings: Sequence[dict[str, Any]]


def read(headers: Mapping[str, str]) -> Told:
    """What the headers of a file tell of. One that cannot be read is told as it is."""
    return Told(list(_read(headers.get(ERRORS, ""))), list(_read(headers.get(WARNINGS, ""))))


def _read(header: str) -> Iterator[dict[str, Any]]:
    try:
        items: Any = parse(header.encode(), tltype="list") if header else ()
    except ValueError:
        yield {"message": header, "extensions": {}}
        return
    for code, said in items:
        if str(code) == MORE:
            yield {"message": f"There are {said.get('count')} more: json tells them all.", "extensions": {}}
            continue
        kept = {
            "code": str(code),
            "coordinate": said.get("field"),
            **{key: said.get(key) for key in ("owner", "remedy")},
        }
        extensions = {key: value for key, value in kept.items() if value}
        path = str(said.get("path", "")).split(".")
        yield {"message": said.get("message", ""), "path": path, "remedy": said.get("remedy"), "extensions": extensions}
