"""Markers of every figure, asked for where a query selects the value alone: an absent value must say why."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    SelectionSetNode,
    Visitor,
    get_location,
    parse,
    visit,
)


@dataclass(frozen=True, slots=True)
class Marked:
    """A query to send. `insertions`: line and column in the query as written before which `inserted` was added."""

    text: str
    alias: str
    inserted: str
    insertions: tuple[tuple[int, int], ...]

    def column(self, line: int, column: int) -> int:
        """The column, in the query as written, of a place in the query as sent."""
        for _, at in (place for place in self.insertions if place[0] == line):
            if column >= at + len(self.inserted):
                column -= len(self.inserted)
            elif column > at:
                column = at
        return column


def marked(text: str) -> Marked:
    """A query whose figures carry their markers: beside each `value` without them, under an alias of its own.
    What cannot be parsed is left as it is: the gateway says what is wrong with it."""
    alias = next(name for name in (f"_markers{'_' * more}" for more in count()) if name not in text)
    inserted = f" {alias}: markers"
    try:
        document = parse(text)
        finder = _Values()
        visit(document, finder)
    except (GraphQLError, RecursionError):
        return Marked(text, alias, inserted, ())
    nodes = sorted(finder.values, key=lambda node: node.loc.end if node.loc else 0)
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    written = 0
    for node in nodes:
        if node.loc is None:
            continue
        pieces += [text[written : node.loc.end], inserted]
        where = get_location(node.loc.source, node.loc.end)
        written = node.loc.end
        places.append((where.line, where.column))
    return Marked("".join([*pieces, text[written:]]), alias, inserted, tuple(places))


class _Values(Visitor):
    """Finds each `value` that has no `markers` beside it. Only figures have a field of that name."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[FieldNode] = []

    def enter_selection_set(self, node: SelectionSetNode, *_: Any) -> None:
        fields = [field for field in node.selections if isinstance(field, FieldNode)]
        has_markers = any(field.name.value == "markers" and not field.directives for field in fields)
        values = [field for field in fields if field.name.value == "value" and not field.selection_set]
        if values and not has_markers:
            self.values.append(values[0])
