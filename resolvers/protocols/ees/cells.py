"""From the publisher's rows to columns: every row placed in the cell it answers, every symbol given its meaning."""

import re
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from reference.column import Column, Evidence, Shape, unexplained
from reference.figure import STATUS_INDEX, Marker, ObservationStatus
from resolvers.protocols.ees.clause import Clause
from resolvers.protocols.ees.metadata import Metadata
from resolvers.protocols.ees.reading import Reading
from resolvers.table import Slice

# Symbols in place of a figure, those of data files before 2020 last. Rounding to zero is not zero: `low` is no value.
SYMBOLS: Mapping[str, tuple[ObservationStatus, Marker]] = {
    "c": (ObservationStatus.Q, Marker.c),
    "z": (ObservationStatus.M, Marker.z),
    "x": (ObservationStatus.O, Marker.x),
    "low": (ObservationStatus.N, Marker.low),
    "u": (ObservationStatus.U, Marker.u),
    "~": (ObservationStatus.N, Marker.low),
    ":": (ObservationStatus.O, Marker.x),
}
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
Row = Mapping[str, Any]
# What a row is about: level, code of the place, time period, filters.
Place = tuple[str, str, tuple[str, str]]


class Misplaced(ValueError):
    """A row that was not asked for, says one thing twice, or lacks what was asked."""


class Cells:
    """Columns of every measure of every Slice, filled row by row; what no row answers stays x."""

    def __init__(
        self, reading: Reading, metadata: Metadata, slices: Sequence[Slice], asked: Sequence[Clause], evidence: bool
    ) -> None:
        self._metadata = metadata
        self._columns = [{name: Column.absent(each.shape, Marker.x) for name in each.measures} for each in slices]
        wanted = {name: reading.figures[name] for clause in asked for name in clause.measures}
        self._figures = {name: metadata.indicator(figure.indicator) for name, figure in wanted.items()}
        self._n = {name: metadata.indicator(figure.n) for name, figure in wanted.items() if evidence and figure.n}
        for columns in self._columns:
            for name in columns.keys() & self._n.keys():
                columns[name].evidence = _no_evidence(columns[name].values.shape)
        self._indicators = {*self._figures.values(), *self._n.values()}
        self._asked: dict[str, list[tuple[Clause, NDArray[np.bool_]]]] = {}
        for clause in asked:
            answered = np.zeros(slices[clause.slice_at].shape, bool)
            self._asked.setdefault(clause.level, []).append((clause, answered))
        self._groups: dict[tuple[str, ...], list[tuple[Clause, NDArray[np.bool_], int]]] = {}

    def columns(self, at: int) -> dict[str, Column]:
        """The columns of one Slice."""
        return self._columns[at]

    def put(self, row: Row) -> None:
        """Place one row. Raises Misplaced."""
        level, code, period = self._place(row)
        filters = _object(row, "filters")
        values = _object(row, "values")
        if set(values) != self._indicators:
            raise Misplaced(f"a row with figures for {sorted(values)}, not {sorted(self._indicators)}")
        key = (level, *map(str, chain.from_iterable(filters.items())))
        if (fitting := self._groups.get(key)) is None:
            fitting = self._groups[key] = self._fitting(level, filters)
        wanted = False
        for clause, answered, group in fitting:
            area, time = clause.codes.get(code), clause.periods.get(period)
            if area is None or time is None:
                continue
            wanted = True
            if group < 0:
                continue
            cell = (area, time, group)
            if answered[cell]:
                raise Misplaced(f"two rows for {level} {code} {period}")
            answered[cell] = True
            for name in clause.measures:
                self._fill(clause.slice_at, name, cell, values)
        if not wanted:
            raise Misplaced(f"a row for {level} {code} {period}, which was not asked for")

    def _fitting(self, level: str, filters: Row) -> list[tuple[Clause, NDArray[np.bool_], int]]:
        """The clauses that a row of this level and these filters may answer, and as which group."""
        if not all(isinstance(option, str) for option in filters.values()):
            raise Misplaced("a row whose filters are no identifiers")
        return [
            (clause, answered, group)
            for clause, answered in self._asked.get(level, ())
            if (group := clause.group(filters)) is not None
        ]

    def _place(self, row: Row) -> Place:
        level, period = row.get("geographicLevel"), _object(row, "timePeriod")
        located = _object(row, "locations").get(str(level))
        code = self._metadata.codes.get((str(level), str(located)))
        if code is None:
            raise Misplaced(f"a row at the unknown location {located!r} of level {level!r}")
        return str(level), code, (str(period.get("code")), str(period.get("period")))

    def _fill(self, at: int, name: str, cell: tuple[int, int, int], values: Row) -> None:
        column = self._columns[at][name]
        value, status, marker, notes = read_value(values[self._figures[name]])
        column.values[cell] = value
        column.status[cell] = STATUS_INDEX[status]
        column.markers[cell] = int(marker)
        if notes is not None:
            column.notes[int(np.ravel_multi_index(cell, column.values.shape))] = notes
        if column.evidence is not None:
            column.evidence.n[cell] = read_value(values[self._n[name]])[0]


def read_value(told: Any) -> tuple[float, ObservationStatus, Marker, str | None]:
    """Value, status, marker, and the publisher's own text where nobody has explained it."""
    if isinstance(told, int | float) and not isinstance(told, bool):
        return float(told), ObservationStatus.A, Marker(0), None
    text = told.strip() if isinstance(told, str) else ""
    if NUMBER.fullmatch(text) and np.isfinite(float(text)):
        return float(text), ObservationStatus.A, Marker(0), None
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if bare in SYMBOLS:
        return (np.nan, *SYMBOLS[bare], None)
    return np.nan, ObservationStatus.O, Marker.x, unexplained(text) if text else None


def _no_evidence(shape: Shape) -> Evidence:
    return Evidence(*(np.full(shape, np.nan) for _ in range(4)))


def _object(row: Row, key: str) -> Row:
    told = row.get(key)
    if not isinstance(told, dict):
        raise Misplaced(f"a row without {key}")
    return cast(Row, told)
