"""A list of rows as SDMX has it: an observation for each figure, by area, measure, group and period."""

# pyarrow comes without types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import pyarrow as pa

from app.columnar import AnswerColumns
from app.render.coded import MadeColumn, coded, constant, marks_of, numbers_of
from app.render.columns import batches
from app.render.items import GridRows, Indices, ItemList, lists_of
from app.render.table import AnswerColumn, AnswerTable, schema_of
from app.tabular.columns import Level
from reference.facets import Facet
from reference.figure import STATUSES, Marker
from reference.period import Period, PeriodKind
from resolvers.stitch import Figures
from schema.collected import SelectionSet

STRUCTURE = {"STRUCTURE": "dataflow", "STRUCTURE_ID": "LMDT:LABOUR_MARKET(1.0)", "ACTION": "I"}
# Of a facet that was not asked for: all of it together.
TOTAL = "_T"
FREQUENCIES = {PeriodKind.MONTH: "M", PeriodKind.QUARTER: "Q", PeriodKind.YEAR: "A", PeriodKind.ACADEMIC_YEAR: "A"}
VALUE = "OBS_VALUE"
DIMENSIONS = ("FREQ", "REF_AREA", "MEASURE", *(facet.value for facet in Facet), "TIME_PERIOD")
HEADINGS = (*STRUCTURE, *DIMENSIONS, VALUE, "OBS_STATUS", "UNIT_MEASURE", "MARKERS")


def rows_of(columns: AnswerColumns, level: Level) -> ItemList | None:
    """The rows that a list holds; None where it holds something else."""
    found = lists_of(columns.selection, columns.context).get(level.path)
    return found if found is not None and isinstance(found.items, GridRows) else None


def observations_of(columns: AnswerColumns, level: Level, name: str) -> AnswerTable:
    """The observations of a list of rows, measure by measure. A figure that cannot exist, for none ends with its row's
    period, is none; one that is shown on several rows is one observation; and of a refused measure there are none."""
    found = rows_of(columns, level)
    assert found is not None
    rows = found.items
    assert isinstance(rows, GridRows)
    shown = rows.grid.sheet.figures
    figures = [shown[measure] for measure in dict.fromkeys(_measures(found.below, rows)) if measure in shown]
    heads = [AnswerColumn(heading, pa.float64() if heading == VALUE else pa.string()) for heading in HEADINGS]
    kept = [(one, _kept(rows, one)) for one in figures]
    schema, count = schema_of(heads), sum(items.size for _, items in kept)
    return AnswerTable(name, heads, _batches(schema, rows, kept), count)


def _batches(schema: pa.Schema, rows: GridRows, kept: Sequence[tuple[Figures, Indices]]) -> Iterator[pa.RecordBatch]:
    for figures, items in kept:
        yield from batches(schema, [(column, items) for column in _columns(rows, figures)], items.size)


def _measures(below: SelectionSet, rows: GridRows) -> Iterator[str]:
    """The measures that are selected of a row."""
    for field in below.fields:
        if field.name == "node":
            yield from _measures(field.below, rows)
        elif field.name in rows.grid.demand.measures:
            yield field.name


def _kept(rows: GridRows, figures: Figures) -> Indices:
    """The items of a list of rows that show an observation, and show it first."""
    column, at = figures.column, rows.at
    exists = (column.markers.reshape(-1)[at] & np.uint16(Marker.z)) == 0
    exists |= ~np.isnan(column.values.reshape(-1)[at])
    periods = figures.periods.at
    first = np.ones(periods.shape, np.bool_)
    first[:, 1:] = periods[:, 1:] != periods[:, :-1]
    return np.flatnonzero(exists & first.reshape(-1)[at]).astype(np.int32)


def _columns(rows: GridRows, figures: Figures) -> list[MadeColumn]:
    """The columns of a measure's observations, as HEADINGS has them."""
    grid, column, shown = rows.grid, figures.column, figures.periods
    period_at = shown.at.reshape(-1)[rows.at]
    values, markers = column.values.reshape(-1), column.markers.reshape(-1)
    facets = {facet: [group.codes.get(facet, TOTAL) for group in grid.groups] for facet in Facet}
    return [
        *(constant(value) for value in STRUCTURE.values()),
        coded([FREQUENCIES[period.kind] for period in shown.periods], period_at),
        coded([area.code for area in grid.areas], rows.area_at),
        constant(figures.measure.name),
        *(coded(codes, rows.group_at) for codes in facets.values()),
        coded([_time(period) for period in shown.periods], period_at),
        MadeColumn(pa.float64(), partial(numbers_of, values, rows.at)),
        coded([status.value for status in STATUSES], column.status.reshape(-1)[rows.at]),
        constant(figures.measure.unit.value),
        MadeColumn(pa.string(), partial(marks_of, values, markers, rows.at)),
    ]


def _time(period: Period) -> str:
    """A period as SDMX has it: an academic year is a year from August."""
    return f"{period.start}/P1Y" if period.kind is PeriodKind.ACADEMIC_YEAR else period.code
