"""Answers to table requests: the cells, read by structure, and what their notes say of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from reference.column import UNEXPLAINED, Column
from reference.errors import TrustError
from reference.figure import STATUS_INDEX, Marker, ObservationStatus
from resolvers.protocols.numbers import from_json
from resolvers.protocols.statxplore.table import Dimension, TableRequest

NOTES = {"p": Marker.p, "r": Marker.r, "rev": Marker.r}
NEGLIGIBLE = "z"
NEGLIGIBLE_TEXT = ".."
MOSTLY = 0.9


@dataclass(slots=True)
class TableAnswer:
    """An answer: cells in the order of the request's dimensions, NaN where the publisher gives no number.

    `marks`: GSS markers of each cell. `notes`: flat position -> what is to be said of a cell alone.
    """

    values: NDArray[np.float64]
    marks: NDArray[np.uint16]
    notes: dict[int, str] = field(default_factory=dict[int, str])

    @classmethod
    def empty(cls, shape: tuple[int, ...]) -> "TableAnswer":
        """An answer of this shape in which nothing is published."""
        return cls(np.full(shape, np.nan), np.zeros(shape, np.uint16))

    def put(self, part: "TableAnswer", *places: Sequence[int]) -> None:
        """Lays a smaller cube into this one, at these positions along each dimension."""
        at = np.ix_(*(np.array(place, np.intp) for place in places))
        self.values[at], self.marks[at] = part.values, part.marks
        if part.notes:
            flat = np.arange(self.values.size).reshape(self.values.shape)[at].ravel()
            self.notes.update({int(flat[cell]): text for cell, text in part.notes.items()})


class Relabelled(TrustError):
    """A value has another label in the answer than in the source file."""


def read(document: Mapping[str, Any], request: TableRequest, labels: Mapping[str, frozenset[str]]) -> TableAnswer:
    """The answer to a table request, its axes put into the order asked. Totals and other items that were not
    asked for are passed over. `labels`: value -> the labels that it may have, as `same` writes them. Raises Relabelled
    where one has another, and ValueError, KeyError or TypeError where the answer is not what was asked."""
    if (database := document.get("database", {}).get("uri", request.database)) != request.database:
        raise ValueError(f"a table of {database}")
    fields = cast(Sequence[Mapping[str, Any]], document["fields"])
    indexes = [_index(table_field["items"]) for table_field in fields]
    for item in (item for table_field in fields for item in table_field["items"] if labels):
        _check_labels(item, labels)
    shape = tuple(len(table_field["items"]) for table_field in fields)
    order = _order(fields, indexes, request.dimensions)
    cube = cast(Mapping[str, Any], document["cubes"][request.count])
    cells = _cells(_leaves(cube["values"], shape), shape)
    for axis, table_field in enumerate(fields):
        for position, item in enumerate(table_field["items"]):
            np.moveaxis(cells.marks, axis, 0)[position] |= _marker(item.get("annotationKeys") or ())
    if cube.get("annotations") is not None:
        _annotate(cells, _leaves(cube["annotations"], shape))
    picked = np.ix_(
        *(
            np.array([indexes[axis][frozenset(group)] for group in dimension.items], np.intp)
            for axis, dimension in zip(order, request.dimensions, strict=True)
        )
    )
    flat = np.arange(cells.values.size).reshape(shape).transpose(order)[picked]
    return TableAnswer(cells.values.ravel()[flat], cells.marks.ravel()[flat], _picked(cells.notes, flat))


def same(label: str) -> str:
    """A label as it is compared: case and spaces say nothing."""
    return " ".join(label.casefold().split())


def _check_labels(item: Mapping[str, Any], allowed: Mapping[str, frozenset[str]]) -> None:
    uris: Sequence[Any] = item.get("uris") or ()
    labels: Sequence[Any] = item.get("labels") or ()
    if len(uris) != len(labels):
        # A group with a name of its own says nothing of its values.
        return
    for uri, label in zip(uris, labels, strict=True):
        if uri in allowed and isinstance(label, str) and same(label) not in allowed[uri]:
            raise Relabelled(f"{uri} is {label!r:.80}")


def _index(items: Iterable[Mapping[str, Any]]) -> dict[frozenset[str], int]:
    """Values grouped -> position of the item. A total has no values and is nobody's item."""
    index: dict[frozenset[str], int] = {}
    for position, item in enumerate(items):
        group: frozenset[str] = frozenset(item.get("uris") or ())
        if group and item.get("type") != "Total":
            if group in index:
                raise ValueError(f"two items for {sorted(group)[0]}")
            index[group] = position
    return index


def _order(
    fields: Sequence[Mapping[str, Any]],
    indexes: Sequence[Mapping[frozenset[str], int]],
    dimensions: Sequence[Dimension],
) -> list[int]:
    """Which field of the answer is each dimension: by its id or, where a value set was asked and its field is
    named, by its items."""
    if len(fields) != len(dimensions):
        raise ValueError(f"{len(fields)} fields for {len(dimensions)} dimensions")
    by_uri = {str(table_field["uri"]): axis for axis, table_field in enumerate(fields)}
    order: list[int] = []
    for dimension in dimensions:
        missing = [group for group in dimension.items if not any(frozenset(group) in index for index in indexes)]
        if missing:
            raise ValueError(f"no item for {missing[0][0]}")
        axis = by_uri.get(dimension.field)
        if axis is None:
            axis = next(at for at, index in enumerate(indexes) if frozenset(dimension.items[0]) in index)
        if axis in order or any(frozenset(group) not in indexes[axis] for group in dimension.items):
            raise ValueError(f"the items of {dimension.field} are not those asked")
        order.append(axis)
    return order


def _leaves(value: Any, shape: tuple[int, ...]) -> list[Any]:
    """Nested lists as one, row-major. Raises ValueError where they are not of this shape."""
    level: list[Any] = [value]
    for size in shape:
        if not all(isinstance(item, list) and len(cast(list[Any], item)) == size for item in level):
            raise ValueError(f"cells that are not {' by '.join(map(str, shape))}")
        level = [inner for item in level for inner in item]
    return level


def _cells(leaves: Sequence[Any], shape: tuple[int, ...]) -> TableAnswer:
    """Numbers as numbers. Other text is no number, and kept; null says nothing. Raises NotANumber for a number that
    comes as text, and for anything else."""
    if set(map(type, leaves)) <= {int, float}:
        return TableAnswer(np.array(leaves, np.float64).reshape(shape), np.zeros(shape, np.uint16))
    cube = TableAnswer.empty(shape)
    values, marks = cube.values.reshape(-1), cube.marks.reshape(-1)
    for at, leaf in enumerate(leaves):
        if leaf == NEGLIGIBLE_TEXT:
            marks[at] |= int(Marker.low)
        elif isinstance(leaf, str) and not _numeric(leaf):
            cube.notes[at] = UNEXPLAINED
        elif leaf is not None:
            values[at] = from_json(leaf)
    return cube


def _numeric(text: str) -> bool:
    """Whether somebody would read a text as a number: digits of any kind, and no letters but those of an exponent."""
    letters = {character for character in text if character.isalpha()}
    digits = any(character.isnumeric() for character in text)
    return (digits and letters <= {"e", "E"}) or text.strip(" +-").casefold() in {"nan", "inf", "infinity"}


def _annotate(cube: TableAnswer, notes: Sequence[Any]) -> None:
    """Notes on single cells: nothing, a key, several keys in one text, or a list of keys.

    A nil that carries a note is not known to be nil: where the note is not one of ours, the cell has no number
    and keeps the note as its text.
    """
    values, marks = cube.values.reshape(-1), cube.marks.reshape(-1)
    for at, note in enumerate(notes):
        if not note:
            continue
        keys = note.replace(",", " ").split() if isinstance(note, str) else [str(key) for key in note]
        marks[at] |= _marker(keys)
        if NEGLIGIBLE in keys:
            values[at] = np.nan
            marks[at] |= int(Marker.low)
        elif values[at] == 0 and not NOTES.keys() >= set(keys):
            values[at] = np.nan
            cube.notes[at] = UNEXPLAINED


def _marker(keys: Iterable[str]) -> int:
    marker = 0
    for key in keys:
        marker |= int(NOTES.get(key, 0))
    return marker


def column(cube: TableAnswer, cells: NDArray[np.intp], unknown: NDArray[np.intp] | None) -> Column:
    """One measure of one Slice. `cells`: where its figures are in the cube; `unknown`: where the values are that
    say the measure is not known yet."""
    values, marks = cube.values.ravel()[cells], cube.marks.ravel()[cells]
    if unknown is not None:
        values[:, _awaited(values, cube.values.ravel()[unknown])] = np.nan
    missing = np.isnan(values)
    low = missing & ((marks & int(Marker.low)) != 0)
    marks[missing] = int(Marker.x)
    marks[low] = int(Marker.low)
    status = np.full(cells.shape, STATUS_INDEX[ObservationStatus.A], np.uint8)
    status[(marks & int(Marker.p)) != 0] = STATUS_INDEX[ObservationStatus.P]
    status[missing] = STATUS_INDEX[ObservationStatus.O]
    status[low] = STATUS_INDEX[ObservationStatus.N]
    return Column(values, status, marks, None, _picked(cube.notes, cells))


def _picked(notes: Mapping[int, str], cells: NDArray[np.intp]) -> dict[int, str]:
    """The notes of some cells, by their new position."""
    return {at: notes[cell] for at, cell in enumerate(cells.ravel().tolist()) if cell in notes} if notes else {}


def _awaited(values: NDArray[np.float64], unknown: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The months in which the measure is not known of most people: it arrives one release later than the rest."""
    counted, waiting = (np.nansum(numbers, axis=(0, 2)) for numbers in (values, unknown))
    return waiting > MOSTLY * (counted + waiting)
