"""The columns of one list of an answer, read straight from the columns that departments gave, batch by batch."""

# pyarrow comes without types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from app.columnar import AnswerColumns, AnswerContext
from app.columnar.dimensions import group_builder, period_builder
from app.columnar.figures import AGREEMENT_FIELDS, ORIGIN, plain
from app.columnar.rows import WORDS
from app.render.coded import MadeColumn, coded, constant, marks_of, none, numbers_of
from app.render.items import GridRows, Indices, ItemList, Items, Places, lists_of, wider
from app.render.table import AnswerColumn, AnswerTable, schema_of
from app.tabular.columns import NO_VALUE, ColumnSource, Level, headings
from app.tabular.known_shape import KnownTables
from app.tabular.reasons import Path, Reasons
from app.tabular.tables import Value, cell_value
from reference.figure import STATUSES
from resolvers.stitch import Figures
from schema import origin
from schema.catalogue import department
from schema.collected import SelectedField, SelectionSet
from schema.rows import markers
from schema.selection import Key

# Cells of a batch, about, and its rows at least.
CELLS, ROWS = 160_000, 512


def shown(columns: AnswerColumns, known: KnownTables) -> list[str]:
    """The lists of which some row would be missed if they were not shown."""
    lists = lists_of(columns.selection, columns.context)

    def repeated(level: Level) -> bool:
        return any(
            _all_have(lists[level.path].count, lists[inner.path]) and (bool(inner.sources) or repeated(inner))
            for inner in level.inner
        )

    return [name for name, (_, level) in known.levels.items() if not repeated(level)]


def _all_have(count: int, inner: ItemList) -> bool:
    return np.unique(inner.around).size == count


def table_of(columns: AnswerColumns, known: KnownTables, name: str, reasons: Reasons) -> AnswerTable:
    """The table of a list. `reasons`: why a field is null."""
    context = columns.context
    lists = lists_of(columns.selection, context)
    around, own = known.levels[name]
    chain = [*around, own]
    # Of each level, the item that each row stands in.
    items: list[Indices] = [np.arange(lists[own.path].count, dtype=np.int32)]
    for level in reversed(chain[1:]):
        items.insert(0, lists[level.path].around[items[0]])
    found: list[tuple[MadeColumn, Indices]] = []
    for at, (level, of_rows) in enumerate(zip(chain, items, strict=True)):
        one, place = lists[level.path], _place(chain[: at + 1], known)
        found += [(_column(context, one, level, source, place, reasons), of_rows) for source in level.sources]
    heads = [
        AnswerColumn(heading.name, column.kind, heading.markers if column.marks else None)
        for heading, (column, _) in zip(headings(around, own), found, strict=True)
    ]
    count = lists[own.path].count
    return AnswerTable(name, heads, batches(schema_of(heads), found, count), count)


def batches(schema: pa.Schema, columns: Sequence[tuple[MadeColumn, Indices]], count: int) -> Iterator[pa.RecordBatch]:
    """Rows in batches. `columns`: each with the item of its list that every row shows."""
    rows = max(ROWS, CELLS // max(1, len(schema)))
    for start in range(0, count, rows):
        arrays: list[pa.Array] = []
        for column, items in columns:
            wanted = items[start : start + rows]
            arrays.append(column.values(wanted))
            if column.marks is not None:
                arrays.append(column.marks(wanted))
        fields = [pa.field(field.name, array.type) for field, array in zip(schema, arrays, strict=True)]
        yield pa.record_batch(arrays, schema=pa.schema(fields))


def _place(chain: Sequence[Level], known: KnownTables) -> Path:
    """The response path of the first item of a level."""
    path: Path = ()
    before = 0
    for level in chain:
        path += level.path[before:]
        before = len(level.path)
        path += (0,) if level.path in known.lists else ()
    return path


def _column(
    context: AnswerContext, of: ItemList, level: Level, source: ColumnSource, place: Path, reasons: Reasons
) -> MadeColumn:
    """The column of a source."""
    items: Items = of.items
    below, path, key = of.below, source.path, level.path
    while True:
        field = next(one for one in below.fields if one.key == path[0])
        key, path, below = (*key, field.key), path[1:], field.below
        if field.name == "node":
            continue
        if isinstance(items, Places):
            if field.name == "within":
                items = wider(items, context, key)
                continue
            words = [_json(WORDS[field.name](area)) for area in items.areas]
            return coded(words, items.at)
        match field.name:
            case "area":
                items = items.places
            case "period":
                build = period_builder(below)
                return coded([_dug(build(one), path) for one in items.grid.demand.periods], items.period_at)
            case "group":
                build = group_builder(below)
                return coded([_dug(build(one), path) for one in items.grid.groups], items.group_at)
            case name:
                figures = items.grid.sheet.figures.get(name)
                reason = reasons.at((*place, *source.path)) if figures is None else None
                if figures is None:
                    return _missing(source, reason)
                return _of_figure(context, figures, items, below, path, is_value=source.figure is not None)


def _json(word: bytes) -> Value:
    return cell_value(orjson.loads(word))


def _dug(word: bytes, path: Key) -> Value:
    value: Any = orjson.loads(word)
    for step in path:
        value = value[step] if value is not None else None
    return cell_value(value)


def _missing(source: ColumnSource, reason: str | None) -> MadeColumn:
    """A column of a measure that was refused, or failed."""
    kind = pa.float64() if source.figure is not None else pa.string()
    why = reason or (NO_VALUE if source.figure is not None else None)
    marks = constant(why).values if why and not source.of_figure else None
    return MadeColumn(kind, partial(none, kind), marks)


def _of_figure(
    context: AnswerContext, figures: Figures, rows: GridRows, below: SelectionSet, path: Key, *, is_value: bool
) -> MadeColumn:
    """A column of what is told of each figure."""
    field, path = next(one for one in below.fields if one.key == path[0]), path[1:]
    column = figures.column
    match field.name:
        case "value":
            values = column.values.reshape(-1)
            marks = partial(marks_of, values, column.markers.reshape(-1), rows.at) if is_value else None
            return MadeColumn(pa.float64(), partial(numbers_of, values, rows.at), marks)
        case "status":
            return coded([status.value for status in STATUSES], column.status.reshape(-1)[rows.at])
        case "markers":
            return MadeColumn(pa.string(), partial(_marker_lists, column.markers.reshape(-1), rows.at))
        case "unit":
            return constant(figures.measure.unit.value)
        case "period":
            build, periods = period_builder(field.below), figures.periods
            words = [_dug(build(one), path) for one in periods.periods]
            return coded(words, periods.at.reshape(-1)[rows.at])
        case "provenance":
            inner = next(one for one in field.below.fields if one.key == path[0])
            return _provenance(context, figures, rows, inner, path[1:])
        case name:
            raise AssertionError(f"no figure has a field {name}")


def _marker_lists(bits: NDArray[np.uint16], at: Indices, items: Indices) -> pa.Array:
    codes, of_rows = np.unique(bits[at[items]], return_inverse=True)
    words = ["; ".join(str(marker.name) for marker in markers(code)) for code in codes.tolist()]
    return pa.DictionaryArray.from_arrays(of_rows.astype(np.int32), pa.array(words, pa.string()))


def _provenance(
    context: AnswerContext, figures: Figures, rows: GridRows, field: SelectedField, path: Key
) -> MadeColumn:
    """A column of the provenance of each figure: the same for all of them, but for what was done to one."""
    if read := ORIGIN.get(field.name):
        return constant(_json(orjson.dumps(read(figures))))
    record: Mapping[str, Any] | None
    match field.name:
        case "treatment":
            return _treatment(figures, rows.at)
        case "agreement":
            refs = figures.origin.agreements
            record = plain(context.agreements[refs[0]], field.below, AGREEMENT_FIELDS) if refs else None
        case _:
            record = plain(department(figures.measure.owner), field.below, ("code", "name"))
    return constant(_dug(orjson.dumps(record), path))


def _treatment(figures: Figures, at: Indices) -> MadeColumn:
    notes = figures.column.notes
    distinct = [None, *dict.fromkeys(notes.values())]
    index = {note: number for number, note in enumerate(distinct)}
    of_cells = np.zeros(figures.column.values.size, np.int32)
    for cell, note in notes.items():
        of_cells[cell] = index[note]
    words = [cell_value(origin.treatment(figures, note)) for note in distinct]
    return coded(words, of_cells[at])
