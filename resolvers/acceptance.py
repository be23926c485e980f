"""What a connector answers is checked here, once for every protocol, before anything is kept or shown of it."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.column import Column, Evidence, Pattern, Shape
from reference.errors import TrustError
from reference.figure import RANGES, STATUSES, Marker, Range, Unit
from reference.measure import Measures
from resolvers.protocols.numbers import NotANumber, check_range, check_within
from resolvers.table import Slice, Table

FLOATS, STATUS, MARKERS = np.dtype(np.float64), np.dtype(np.uint8), np.dtype(np.uint16)
BOOLEANS, PATTERN = np.dtype(np.bool_), re.compile("sha256:[0-9a-f]{64}", re.ASCII)
KNOWN_MARKERS = np.uint16(sum(Marker))
# Markers that say why there is no figure: where one stands there is none.
NO_FIGURE = np.uint16(Marker.c | Marker.x | Marker.z)
# Evidence: how many units and contributors; and what the largest two contribute, in the unit of the figure.
COUNTED, CONTRIBUTED = RANGES[Unit.PERSONS], Range(0, 1e9, whole=False)
# Characters of the name of a release.
RELEASE = 160


class NotAccepted(TrustError, ValueError):
    """An answer that is not one Table for each Slice, or a Table that no department can have meant."""


def accept(tables: Sequence[Table], slices: Sequence[Slice], measures: Measures) -> tuple[Table, ...]:
    """The tables, if they are one for each Slice in order, whose columns have its shape, known statuses and markers,
    and figures that their measures can have. Raises NotAccepted."""
    if len(tables) != len(slices):
        raise NotAccepted(f"{len(tables)} tables for {len(slices)} slices")
    for table, part in zip(tables, slices, strict=True):
        _check_table(table, part, measures)
    return tuple(tables)


def _check_table(table: Table, part: Slice, measures: Measures) -> None:
    # It is shown as it stands, on every figure.
    if table.release is not None and not (table.release.isprintable() and 0 < len(table.release) <= RELEASE):
        raise NotAccepted(f"a release that is not a line of at most {RELEASE} characters")
    if table.slice != part:
        raise NotAccepted("a table of another slice than was asked for")
    if sorted((*table.columns, *table.failures)) != sorted(part.measures):
        raise NotAccepted(f"{', '.join(table.columns)} in place of {', '.join(part.measures)}")
    for name in table.columns:
        try:
            _check_column(table.columns[name], part.shape, measures[name].unit)
        except (NotAccepted, NotANumber) as error:
            raise NotAccepted(f"{name}: {error}") from error


def _check_column(column: Column, shape: Shape, unit: Unit) -> None:
    """Raises NotAccepted or NotANumber."""
    _check_array(column.values, FLOATS, shape, "values")
    whole = check_range(column.values, unit)
    if not column.as_usual:
        _check_array(column.status, STATUS, shape, "status")
        _check_array(column.markers, MARKERS, shape, "markers")
        if column.status.max(initial=0) >= len(STATUSES):
            raise NotAccepted("an unknown status")
    if not column.as_usual and column.markers.any():
        _check_markers(column.markers, np.isnan(column.values))
    elif not whole:
        raise NotAccepted("no figure, and no marker that says why")
    cells, periods = column.values.size, shape[1]
    if not all(0 <= cell < cells for cell in column.notes) or not all(0 <= at < periods for at in column.partial):
        raise NotAccepted("a note or a part of a period outside the grid")
    if column.evidence is not None:
        _check_evidence(column.evidence, shape)
    if column.pattern is not None:
        _check_pattern(column.pattern, shape)


def _check_markers(markers: NDArray[np.uint16], missing: NDArray[np.bool_]) -> None:
    """Raises NotAccepted."""
    if (markers & ~KNOWN_MARKERS).any():
        raise NotAccepted("an unknown marker")
    if (missing & (markers == 0)).any():
        raise NotAccepted("no figure, and no marker that says why")
    if (~missing & ((markers & NO_FIGURE) != 0)).any():
        raise NotAccepted("a figure beside a marker that says there is none")


def _check_pattern(pattern: Pattern, shape: Shape) -> None:
    """Raises NotAccepted. Its name is shown as it stands, on every figure."""
    if not PATTERN.fullmatch(pattern.name):
        raise NotAccepted("a pattern whose name is not a SHA-256")
    if pattern.hidden is not None:
        _check_array(pattern.hidden, BOOLEANS, shape, "hidden cells")


def _check_evidence(evidence: Evidence, shape: Shape) -> None:
    """Raises NotAccepted or NotANumber."""
    parts = (
        ((evidence.n, evidence.contributors), COUNTED, "numbers of units and contributors"),
        ((evidence.top1, evidence.top2), CONTRIBUTED, "largest contributions"),
    )
    for pair, allowed, what in parts:
        for values in pair:
            _check_array(values, FLOATS, shape, what)
        # Both in one go: where there are few values, it is the steps that cost.
        check_within(np.concatenate([values.ravel() for values in pair]), allowed, what)


def _check_array(values: NDArray[np.generic], kind: np.dtype[Any], shape: Shape, what: str) -> None:
    if values.dtype != kind or values.shape != shape:
        raise NotAccepted(f"{what} are not an array of {kind.name} in the shape {shape}")
