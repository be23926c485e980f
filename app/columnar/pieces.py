"""What builders are made of: the context of one request, parts of rows, and JSON text."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from policies.agreement import Agreement
from reference.area import Area, AreaLevel, Gazetteer
from reference.errors import TrustError
from schema.rows import AnswerGrid
from schema.selection import Key, PageWindow, SelectedField, SelectionSet


class Unusual(TrustError):
    """A selection that ordinary execution must complete."""


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """What one request has to show. `made`: the rows of grids that are shown place by place."""

    grids: Mapping[Key, AnswerGrid]
    pages: Mapping[Key, PageWindow]
    areas: Mapping[Key, Sequence[Area]]
    levels: Mapping[Key, AreaLevel]
    gazetteer: Gazetteer
    agreements: Mapping[str, Agreement] = field(default_factory=dict[str, Agreement])
    made: dict[Key, list[bytes]] = field(default_factory=dict[Key, list[bytes]])


Build = Callable[[AnswerContext], bytes]
# A part of a row: its template, "%b" where a column goes and "%%" for a percent sign, and the columns.
Part = tuple[bytes, list[list[bytes]]]


def written(fields: Iterable[tuple[str, bytes]]) -> bytes:
    """An object as JSON, from its fields as JSON."""
    return b"{" + b",".join([b'"%b":%b' % (key.encode(), value) for key, value in fields]) + b"}"


def listed(items: Iterable[bytes]) -> bytes:
    """A list as JSON, from its items as JSON."""
    return b"[" + b",".join(items) + b"]"


def filled(template: bytes, columns: Sequence[Sequence[bytes]], count: int) -> list[bytes]:
    """A template for each of so many rows, filled from columns."""
    if not columns:
        return [template % ()] * count
    return [template % row for row in zip(*columns, strict=True)]


def constant(value: object) -> Callable[..., bytes]:
    """A builder of the same JSON in every answer."""
    # A copy, because orjson's own bytes hold on to the page of memory they were written in.
    text = b"%b" % orjson.dumps(value)
    return lambda *_: text


def known(selection: SelectionSet, names: Iterable[str]) -> tuple[SelectedField, ...]:
    """The fields of a selection, if they are all of these. Raises Unusual."""
    allowed = {*names, "__typename"}
    for selected in selection.fields:
        if selected.name not in allowed:
            raise Unusual(selected.name)
    return selection.fields
