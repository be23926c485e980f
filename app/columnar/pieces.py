"""What builders are made of: the context of one request, parts of rows, and JSON text."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from policies.agreement import Agreement
from reference.area import Area, AreaLevel, Gazetteer
from reference.errors import TrustError
from schema.collected import SelectedField, SelectionSet
from schema.rows import AnswerGrid
from schema.selection import Key, PageWindow


class Unusual(TrustError):
    """A selection that ordinary execution must complete."""


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """What one request has to show. `made`: the rows of grids that are shown place by place, of all their places."""

    grids: Mapping[Key, AnswerGrid]
    pages: Mapping[Key, PageWindow]
    areas: Mapping[Key, Sequence[Area]]
    levels: Mapping[Key, AreaLevel]
    gazetteer: Gazetteer
    agreements: Mapping[str, Agreement] = field(default_factory=dict[str, Agreement])
    made: dict[Key, "Part"] = field(default_factory=dict[Key, "Part"])


Build = Callable[[AnswerContext], bytes]
# Where a column goes in a template: JSON never holds this byte, for in texts it is escaped.
HOLE = b"\0"
# A part of a row: its template, and the columns that go into its holes.
Part = tuple[bytes, list[list[bytes]]]


def written(fields: Iterable[tuple[str, bytes]]) -> bytes:
    """An object as JSON, from its fields as JSON."""
    return b"{" + b",".join([b'"%b":%b' % (key.encode(), value) for key, value in fields]) + b"}"


def listed(items: Iterable[bytes]) -> bytes:
    """A list as JSON, from its items as JSON."""
    return b"[" + b",".join(items) + b"]"


def object_part(fields: Iterable[tuple[str, Part]]) -> Part:
    """A part that is an object, from the parts that are its fields."""
    named = list(fields)
    template = written((name, inside) for name, (inside, _) in named)
    return template, [column for _, (_, columns) in named for column in columns]


def list_of(part: Part, start: int, stop: int) -> bytes:
    """A list as JSON: a part of every row from one index up to, and without, another."""
    count = stop - start
    if count <= 0:
        return b"[]"
    template, columns = part
    first, *others = template.split(HOLE)
    if not columns:
        return listed([first] * count)
    # Texts and cells in turn, whole columns at a time: the text after a row's last cell runs on into the next row.
    last = others.pop()
    width = 2 * len(columns)
    pieces = [b""] * (count * width)
    pieces[0::width] = [b"%b,%b" % (last, first)] * count
    pieces[0] = first
    for at, text in enumerate(others, 1):
        pieces[2 * at :: width] = [text] * count
    for at, column in enumerate(columns):
        pieces[2 * at + 1 :: width] = column if len(column) == count else column[start:stop]
    return b"[%b%b]" % (b"".join(pieces), last)


def repeated(texts: list[bytes], times: int) -> list[bytes]:
    """Each text so many times, one after the other."""
    if times == 1:
        return texts
    column = [b""] * (len(texts) * times)
    for at in range(times):
        column[at::times] = texts
    return column


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
