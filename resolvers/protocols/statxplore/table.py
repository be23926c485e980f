"""Table requests and their answers: what is asked in one cross-tabulation, and where each cell of it belongs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from reference.column import Column
from reference.figure import STATUS_INDEX, Marker, ObservationStatus
from resolvers.table import Slice

Group = tuple[str, ...]
ITEM_MARKERS = {"p": Marker.p, "r": Marker.r, "rev": Marker.r}


@dataclass(frozen=True, slots=True)
class Dimension:
    """One field of the table: its items, each a group of the publisher's values counted as one."""

    field: str
    items: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """A table to ask for. `dimensions`: places, months, then facets in order, then one for each filter."""

    database: str
    count: str
    dimensions: tuple[Dimension, ...]

    def json(self) -> dict[str, Any]:
        """The request body."""
        return {
            "database": self.database,
            "measures": [self.count],
            "recodes": {
                each.field: {"map": [list(item) for item in each.items], "total": False} for each in self.dimensions
            },
            "dimensions": [[each.field] for each in self.dimensions],
        }


@dataclass(frozen=True, slots=True)
class Cube:
    """An answer: cells in the order of the request's dimensions. `marks`: GSS markers of each cell."""

    values: NDArray[np.float64]
    marks: NDArray[np.uint16]
    raw: Mapping[tuple[int, ...], str]
    release: str | None


def read(told: Mapping[str, Any], asked: Ready) -> Cube:
    """The answer to a table request, its axes put into the order asked. Raises ValueError if it holds anything
    but what was asked."""
    fields = cast(Sequence[Mapping[str, Any]], told["fields"])
    if len(fields) != len(asked.dimensions):
        raise ValueError(f"{len(fields)} fields for {len(asked.dimensions)} dimensions")
    by_uri = {str(each["uri"]): at for at, each in enumerate(fields)}
    order = [by_uri.get(each.field, at) for at, each in enumerate(asked.dimensions)]
    if sorted(order) != list(range(len(fields))):
        raise ValueError("the fields are not those asked")
    cubes = cast(Mapping[str, Mapping[str, Any]], told["cubes"])
    cube = cubes[asked.count] if asked.count in cubes else _only(cubes)
    values, raw = numbers(cube["values"], tuple(len(each["items"]) for each in fields))
    marks = np.zeros(values.shape, np.uint16)
    annotated = cube.get("annotations")
    if annotated is not None:
        _annotate(marks, values, np.array(annotated, dtype=object))
    takes: list[list[int]] = []
    for at, dimension in zip(order, asked.dimensions, strict=True):
        items = cast(Sequence[Mapping[str, Any]], fields[at]["items"])
        takes.append([_position(items, group) for group in dimension.items])
        for position, item in enumerate(items):
            for key in item.get("annotationKeys", ()):
                if key in ITEM_MARKERS:
                    np.moveaxis(marks, at, 0)[position] |= int(ITEM_MARKERS[key])
    picked = np.ix_(*takes)
    values, marks = values.transpose(order)[picked], marks.transpose(order)[picked]
    moved = _moved(raw, order, takes)
    return Cube(values, marks, moved, None)


def _only(cubes: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    if len(cubes) != 1:
        raise ValueError("the cube asked for is not in the answer")
    return next(iter(cubes.values()))


def _position(items: Sequence[Mapping[str, Any]], group: Group) -> int:
    """Where the item is that groups exactly these values. A total has no uris and is nobody's item."""
    wanted = set(group)
    for position, item in enumerate(items):
        if item.get("type") != "Total" and set(item.get("uris") or ()) == wanted:
            return position
    raise ValueError(f"no item for {group[0]}")


def numbers(told: Any, shape: tuple[int, ...]) -> tuple[NDArray[np.float64], dict[tuple[int, ...], str]]:
    """Nested cells as an array: NaN where there is no number, and the text where there was one instead."""
    raw: dict[tuple[int, ...], str] = {}
    try:
        values = np.array(told, np.float64)
    except (TypeError, ValueError):
        cells = np.array(told, object)
        if cells.shape != shape:
            raise ValueError(f"cells of shape {cells.shape} for items {shape}") from None
        values = np.full(shape, np.nan)
        for at in np.ndindex(*shape):
            cell: object = cells[at]
            if isinstance(cell, int | float):
                values[at] = cell
            elif cell is not None:
                raw[at] = str(cell)
    if values.shape != shape:
        raise ValueError(f"cells of shape {values.shape} for items {shape}")
    return values, raw


def _annotate(marks: NDArray[np.uint16], values: NDArray[np.float64], notes: NDArray[Any]) -> None:
    if notes.shape != values.shape:
        raise ValueError("the annotations are not of the cells' shape")
    for at in np.argwhere(np.vectorize(bool, otypes=[bool])(notes)):
        cell = tuple(int(index) for index in at)
        for key in str(notes[cell]).replace(",", " ").split():
            if key in ITEM_MARKERS:
                marks[cell] |= int(ITEM_MARKERS[key])
            elif key == "z" and values[cell] == 0:
                # The publisher's "..": nil or negligible, which is not a true zero.
                values[cell] = np.nan
                marks[cell] |= int(Marker.low)


def _moved(
    raw: Mapping[tuple[int, ...], str], order: Sequence[int], takes: Sequence[Sequence[int]]
) -> dict[tuple[int, ...], str]:
    moved: dict[tuple[int, ...], str] = {}
    for cell, text in raw.items():
        placed = [cell[at] for at in order]
        if all(index in take for index, take in zip(placed, takes, strict=True)):
            moved[tuple(take.index(index) for index, take in zip(placed, takes, strict=True))] = text
    return moved


def column(cube: Cube, asked: Slice, cells: tuple[Any, ...], unknown: tuple[Any, ...] | None) -> Column:
    """One measure of one Slice. `cells` picks its array (areas, periods, groups) out of the cube; `unknown` that
    of the values which say the measure is not known yet."""
    values, marks = cube.values[cells].reshape(asked.shape), cube.marks[cells].reshape(asked.shape)
    values, marks = values.copy(), marks.copy()
    if unknown is not None:
        waiting = cube.values[unknown].reshape(asked.shape)
        values[(waiting > 0) & (waiting > 9 * np.nan_to_num(values))] = np.nan
    missing = np.isnan(values)
    low = missing & ((marks & int(Marker.low)) != 0)
    status = np.full(asked.shape, STATUS_INDEX[ObservationStatus.A], np.uint8)
    status[(marks & int(Marker.p)) != 0] = STATUS_INDEX[ObservationStatus.P]
    status[missing] = STATUS_INDEX[ObservationStatus.O]
    status[low] = STATUS_INDEX[ObservationStatus.N]
    marks[missing & ~low] |= int(Marker.x)
    texts = (
        {at: cube.raw[cell] for at, cell in _cells(cells, cube.values.shape) if cell in cube.raw} if cube.raw else {}
    )
    return Column(values, status, marks, None, texts)


def _cells(picked: tuple[Any, ...], shape: tuple[int, ...]) -> list[tuple[int, tuple[int, ...]]]:
    flat = np.arange(int(np.prod(shape))).reshape(shape)[picked].ravel()
    return [(at, tuple(int(i) for i in np.unravel_index(int(cell), shape))) for at, cell in enumerate(flat)]
