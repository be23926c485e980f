"""What builders are made of: the context of one request, and what they know of a selection."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from app.columnar.text import Part, Text
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
    made: dict[Key, Part] = field(default_factory=dict[Key, Part])


# Makes the columns of a field of the root, and gives its JSON.
Build = Callable[[AnswerContext], Text]


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
