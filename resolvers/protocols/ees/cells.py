"""From the publisher's rows to columns: every row placed in the cell it answers, every text given its meaning."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, cast

import numpy as np

from reference.column import Column, Evidence, Shape
from reference.errors import TrustError
from reference.figure import STATUS_INDEX, Marker, ObservationStatus
from resolvers.protocols.ees.clause import Clause, levelless
from resolvers.protocols.ees.in_year import Standing, standing
from resolvers.protocols.ees.mapping import EesMapping
from resolvers.protocols.ees.metadata import Metadata
from resolvers.protocols.ees.symbols import Observation
from resolvers.protocols.ees.symbols import read as read_symbol
from resolvers.table import Slice

Row = Mapping[str, Any]
Cell = tuple[int, int, int]
# A row of the publisher's: its location, its level and its filters. Where one place or one option is under several
# identifiers, several rows answer one cell.
Origin = tuple[str, tuple[str, ...]]
Answered = dict[Cell, list[Origin]]
NOTHING = int(Marker.x | Marker.z)
NO_LEVEL = "The department's data set has no places of this level: shown as not available"
DISAGREEING = "The department gives this place or group twice, with figures that differ: shown as not available"


class Misplaced(TrustError, ValueError):
    """A row that was not asked for, says one thing twice, or lacks what was asked."""


class EesCells:
    """Columns of every measure of every Slice, filled row by row; what no row answers stays x. `unexplained`: texts
    in place of figures that nobody has explained."""

    def __init__(
        self, mapping: EesMapping, metadata: Metadata, slices: Sequence[Slice], wanted: Sequence[Clause], evidence: bool
    ) -> None:
        self.unexplained: set[str] = set()
        self._metadata = metadata
        self._columns = [{name: Column.absent(part.shape, Marker.x) for name in part.measures} for part in slices]
        self._standing = [
            {at: said for at, period in enumerate(part.periods) if (said := standing(mapping, metadata, period))}
            for part in slices
        ]
        for part, columns in zip(slices, self._columns, strict=True):
            if without := levelless(mapping, metadata, part):
                for column in columns.values():
                    _note_places(column, without)
        figures = {name: mapping.figures[name] for clause in wanted for name in clause.measures}
        self._figures = {name: metadata.indicator(figure.indicator) for name, figure in figures.items()}
        self._n = {name: metadata.indicator(figure.n) for name, figure in figures.items() if evidence and figure.n}
        for columns in self._columns:
            for name in columns.keys() & self._n.keys():
                columns[name].evidence = _no_evidence(columns[name].values.shape)
        self._indicators = {*self._figures.values(), *self._n.values()}
        self._clauses: dict[str, list[tuple[Clause, Answered]]] = {}
        for clause in wanted:
            self._clauses.setdefault(clause.level, []).append((clause, {}))
        self._groups: dict[tuple[str, ...], list[tuple[Clause, Answered, int]]] = {}
        self._disagreeing: set[tuple[int, str, Cell]] = set()

    def columns(self, slice_at: int) -> dict[str, Column]:
        """The columns of one Slice, its provisional periods marked. To be called once all rows are placed."""
        columns = self._columns[slice_at]
        for period_at, said in self._standing[slice_at].items():
            for column in columns.values():
                _mark(column, period_at, said)
        return columns

    def put(self, row: Row) -> None:
        """Place one row. Raises Misplaced, or NotANumber for a value of the wrong type."""
        level, location, code, period = self._place(row)
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
            if (origins := answered.get(cell)) is None:
                answered[cell] = [(location, key)]
                for name in clause.measures:
                    self._fill(clause.slice_at, name, cell, values)
            elif (location, key) in origins:
                raise Misplaced(f"two rows for {level} {code} {period}")
            else:
                origins.append((location, key))
                for name in clause.measures:
                    self._reconcile(clause.slice_at, name, cell, values)
        if not wanted:
            raise Misplaced(f"a row for {level} {code} {period}, which was not asked for")

    def _fitting(self, level: str, filters: Row) -> list[tuple[Clause, Answered, int]]:
        """The clauses that a row of this level and these filters may answer, and as which group."""
        if not all(isinstance(option, str) for option in filters.values()):
            raise Misplaced("a row whose filters are no identifiers")
        return [
            (clause, answered, group)
            for clause, answered in self._clauses.get(level, ())
            if (group := clause.group(filters)) is not None
        ]

    def _place(self, row: Row) -> tuple[str, str, str, tuple[str, str]]:
        """Level, identifier of the location, code of the place, and time period."""
        level, period = str(row.get("geographicLevel")), _object(row, "timePeriod")
        location = str(_object(row, "locations").get(level))
        code = self._metadata.codes.get((level, location))
        if code is None:
            raise Misplaced(f"a row at the unknown location {location!r:.40} of level {level!r:.40}")
        return level, location, code, (str(period.get("code")), str(period.get("period")))

    def _fill(self, slice_at: int, name: str, cell: Cell, values: Row) -> None:
        column = self._columns[slice_at][name]
        _write(column, cell, self._read(values[self._figures[name]]))
        if column.evidence is not None:
            column.evidence.n[cell] = self._read(values[self._n[name]]).value

    def _reconcile(self, slice_at: int, name: str, cell: Cell, values: Row) -> None:
        """A further row for a cell: the same figure is the figure, and where only one row has a figure it is that.
        Two figures that differ are none."""
        column = self._columns[slice_at][name]
        further = self._read(values[self._figures[name]])
        n = self._read(values[self._n[name]]).value if column.evidence is not None else np.nan
        disagreeing = (slice_at, name, cell) in self._disagreeing
        if disagreeing or int(further.marker) & NOTHING:
            return
        value, marker = float(column.values[cell]), int(column.markers[cell])
        if marker & NOTHING:
            _write(column, cell, further)
        elif not (int(further.marker) == marker and (further.value == value or np.isnan([further.value, value]).all())):
            self._disagreeing.add((slice_at, name, cell))
            _write(column, cell, Observation(np.nan, ObservationStatus.O, Marker.x, DISAGREEING))
            n = np.nan
        elif column.evidence is not None:
            # The same figure, of two counts: protected as the smaller of them.
            n = float(np.fmin(n, column.evidence.n[cell]))
        if column.evidence is not None:
            column.evidence.n[cell] = n

    def _read(self, text: object) -> Observation:
        observation = read_symbol(text)
        if not observation.known:
            self.unexplained.add(str(text).strip())
        return observation


def _write(column: Column, cell: Cell, observation: Observation) -> None:
    column.values[cell] = observation.value
    column.status[cell] = STATUS_INDEX[observation.status]
    column.markers[cell] = int(observation.marker)
    at = _flat(column, cell)
    if observation.note is not None:
        column.notes[at] = observation.note
    elif column.notes:
        column.notes.pop(at, None)


def _mark(column: Column, period_at: int, said: Standing) -> None:
    """Every figure of a period as provisional, with the note that says why."""
    markers, status = column.markers[:, period_at, :], column.status[:, period_at, :]
    present = (markers & NOTHING) == 0
    markers[present] |= int(Marker.p)
    status[present & (status == STATUS_INDEX["A"])] = STATUS_INDEX["P"]
    for area, group in np.argwhere(present).tolist():
        at = _flat(column, (area, period_at, group))
        column.notes[at] = f"{column.notes[at]}. {said.note}" if at in column.notes else said.note
    if said.part:
        column.partial |= {period_at}


def _note_places(column: Column, places: Iterable[int]) -> None:
    """Says of places of a level that the data set does not have why they have no figures."""
    _, periods, groups = column.values.shape
    for at in places:
        column.notes |= dict.fromkeys(range(at * periods * groups, (at + 1) * periods * groups), NO_LEVEL)


def _flat(column: Column, cell: Cell) -> int:
    _, periods, groups = column.values.shape
    return (cell[0] * periods + cell[1]) * groups + cell[2]


def _no_evidence(shape: Shape) -> Evidence:
    return Evidence(*(np.full(shape, np.nan) for _ in range(4)))


def _object(row: Row, key: str) -> Row:
    value = row.get(key)
    if not isinstance(value, dict):
        raise Misplaced(f"a row without {key}")
    return cast(Row, value)
