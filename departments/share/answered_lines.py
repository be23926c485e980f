"""The node's own log as it is read: every line held to the one before it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from departments.share.answered import NAME
from reference.errors import TrustError
from transparency.tree import leaf_hash


class LinesBroken(TrustError):
    """A log of a node that is not as it was written: says which line."""


class Line(NamedTuple):
    """A question that was answered. `jti`: the name of its assertion; `operations`: as it named them."""

    at: datetime
    department: str
    dataset: str
    jti: str
    operations: tuple[str, ...]
    organisation: str | None
    purpose: str | None
    agreements: tuple[str, ...]


class OwnLog(NamedTuple):
    """The lines of one node. `begins`: the first of them is the first that there was. `ends`: none has come later, for
    all that is known."""

    lines: Sequence[Line]
    begins: bool
    ends: bool


def read(path: Path) -> OwnLog:
    """The log in a folder, or one file of it. A last line that is not whole yet is left out. Raises LinesBroken, and
    OSError."""
    files = sorted(one for one in path.iterdir() if NAME.fullmatch(one.name)) if path.is_dir() else [path]
    lines, head, first = list[Line](), None, True
    begins = True
    for file in files:
        for number, text in _texts(file, last=file is files[-1]):
            said = _said(text, f"{file.name}, line {number}")
            if first:
                begins, first = said["before"] is None, False
            elif said["before"] != head:
                raise LinesBroken(f"{file.name}, line {number} does not go on from the line before it")
            head = leaf_hash(text).hex()
            lines.append(_line(said, f"{file.name}, line {number}"))
    return OwnLog(lines, begins, path.is_dir())


def _texts(file: Path, *, last: bool) -> Iterator[tuple[int, bytes]]:
    with file.open("rb") as opened:
        for number, text in enumerate(opened, 1):
            if text.endswith(b"\n"):
                yield number, text[:-1]
            elif not last:
                raise LinesBroken(f"{file.name}, line {number} is not whole")


def _said(text: bytes, where: str) -> dict[str, Any]:
    try:
        said: Any = orjson.loads(text)
        said["before"]
    except (ValueError, TypeError, KeyError) as error:
        raise LinesBroken(f"{where} is none of a node's log") from error
    return said


def _line(said: dict[str, Any], where: str) -> Line:
    try:
        return Line(
            datetime.fromisoformat(said["at"]),
            said["department"],
            said["dataset"],
            said["jti"],
            tuple(said["operations"]),
            said["organisation"],
            said["purpose"],
            tuple(said["agreements"]),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise LinesBroken(f"{where} does not say what was answered") from error
