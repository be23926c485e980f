"""The columns of one list of an answer, read straight from the columns that departments gave, batch by batch."""

# pyarrow comes without types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from app.columnar import AnswerColumns, AnswerContext
from app.columnar.dimensions import group_builder, period_builder
from app.columnar.figures import AGREEMENT_FIELDS, ORIGIN, plain
from app.columnar.rows import WORDS
from app.render.items import GridRows, Indices, ItemList, Items, Places, lists_of, wider
from app.render.table import AnswerColumn, AnswerTable, kind_of
from app.tabular.columns import NO_VALUE, ColumnSource, Level, headings
from app.tabular.known_shape import KnownTables
from app.tabular.reasons import Path, Reasons
from app.tabular.tables import Value, cell_value, text
from reference.figure import STATUSES
from resolvers.stitch import Figures
from schema import origin
from schema.catalogue import department
from schema.collected import SelectedField, SelectionSet
from schema.rows import markers
from schema.selection import Key

# Rows of a batch.
ROWS = 16_384
# The values, or markers, of some items of a list.
Cells = Callable[[Indices], pa.Array]


class _Column(NamedTuple):
    kind: pa.DataType
    values: Cells
    marks: Cells | None = None


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
    found: list[tuple[_Column, Indices]] = []
    for at, (level, of_rows) in enumerate(zip(chain, items, strict=True)):
        one, place = lists[level.path], _place(chain[: at + 1], known)
        found += [(_column(context, one, level, source, place, reasons), of_rows) for source in level.sources]
    heads = [
        AnswerColumn(heading.name, column.kind, heading.markers if column.marks else None)
        for heading, (column, _) in zip(headings(around, own), found, strict=True)
    ]
    schema = AnswerTable(name, heads, ()).schema
    return AnswerTable(name, heads, _batches(schema, found, lists[own.path].count))


def _batches(schema: pa.Schema, columns: Sequence[tuple[_Column, Indices]], count: int) -> Iterator[pa.RecordBatch]:
    for start in range(0, count, ROWS):
        arrays: list[pa.Array] = []
        for column, items in columns:
            wanted = items[start : start + ROWS]
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
) -> _Column:
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
            return _coded(words, items.at)
        match field.name:
            case "area":
                items = items.places
            case "period":
                build = period_builder(below)
                return _coded([_dug(build(one), path) for one in items.grid.demand.periods], items.period_at)
            case "group":
                build = group_builder(below)
                return _coded([_dug(build(one), path) for one in items.grid.groups], items.group_at)
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


def _coded(words: Sequence[Value], at: NDArray[np.integer[Any]]) -> _Column:
    """A column of a few values: item n has `words[at[n]]`, or none where that is -1."""
    kind = kind_of(words)
    written = [text(word) if kind == pa.string() and word is not None else word for word in words]
    values = pa.array([*written, None], kind)
    if kind != pa.string():
        return _Column(kind, partial(_taken, values, at))
    return _Column(kind, partial(_named, values, at))


def _taken(words: pa.Array, at: NDArray[np.integer[Any]], items: Indices) -> pa.Array:
    return words.take(pa.array(_at(at[items], len(words))))


def _named(words: pa.Array, at: NDArray[np.integer[Any]], items: Indices) -> pa.Array:
    return pa.DictionaryArray.from_arrays(_at(at[items], len(words)), words)


def _at(indices: NDArray[np.integer[Any]], count: int) -> NDArray[np.int32]:
    """The last of the words stands for none."""
    return np.where(indices < 0, count - 1, indices).astype(np.int32)


def _constant(value: Value) -> _Column:
    kind = kind_of([value])
    word = text(value) if kind == pa.string() and value is not None else value
    return _Column(kind, partial(_repeated, pa.scalar(word, kind)))


def _repeated(value: pa.Scalar, items: Indices) -> pa.Array:
    return pa.repeat(value, items.size)


def _none(kind: pa.DataType, items: Indices) -> pa.Array:
    return pa.nulls(items.size, kind)


def _missing(source: ColumnSource, reason: str | None) -> _Column:
    """A column of a measure that was refused, or failed."""
    kind = pa.float64() if source.figure is not None else pa.string()
    why = reason or (NO_VALUE if source.figure is not None else None)
    marks = _constant(why).values if why and not source.of_figure else None
    return _Column(kind, partial(_none, kind), marks)


def _of_figure(
    context: AnswerContext, figures: Figures, rows: GridRows, below: SelectionSet, path: Key, *, is_value: bool
) -> _Column:
    """A column of what is told of each figure."""
    field, path = next(one for one in below.fields if one.key == path[0]), path[1:]
    column = figures.column
    match field.name:
        case "value":
            values = column.values.reshape(-1)
            marks = partial(_marks, values, column.markers.reshape(-1), rows.at) if is_value else None
            return _Column(pa.float64(), partial(_numbers, values, rows.at), marks)
        case "status":
            return _coded([status.value for status in STATUSES], column.status.reshape(-1)[rows.at])
        case "markers":
            return _Column(pa.string(), partial(_marker_lists, column.markers.reshape(-1), rows.at))
        case "unit":
            return _constant(figures.measure.unit.value)
        case "period":
            build, periods = period_builder(field.below), figures.periods
            words = [_dug(build(one), path) for one in periods.periods]
            return _coded(words, periods.at.reshape(-1)[rows.at])
        case "provenance":
            inner = next(one for one in field.below.fields if one.key == path[0])
            return _provenance(context, figures, rows, inner, path[1:])
        case name:
            raise AssertionError(f"no figure has a field {name}")


def _numbers(values: NDArray[np.float64], at: Indices, items: Indices) -> pa.Array:
    return pa.array(values[at[items]], from_pandas=True)


def _marks(values: NDArray[np.float64], bits: NDArray[np.uint16], at: Indices, items: Indices) -> pa.Array:
    """Markers, and why a value is not there where no marker says so."""
    rows = at[items]
    codes, of_rows = np.unique(bits[rows], return_inverse=True)
    words = [",".join(str(marker.name) for marker in markers(code)) for code in codes.tolist()]
    silent = np.isnan(values[rows]) & (codes[of_rows] == 0)
    indices = np.where(silent, len(words), of_rows).astype(np.int32)
    return pa.DictionaryArray.from_arrays(indices, pa.array([*words, NO_VALUE], pa.string()))


def _marker_lists(bits: NDArray[np.uint16], at: Indices, items: Indices) -> pa.Array:
    codes, of_rows = np.unique(bits[at[items]], return_inverse=True)
    words = ["; ".join(str(marker.name) for marker in markers(code)) for code in codes.tolist()]
    return pa.DictionaryArray.from_arrays(of_rows.astype(np.int32), pa.array(words, pa.string()))


def _provenance(context: AnswerContext, figures: Figures, rows: GridRows, field: SelectedField, path: Key) -> _Column:
    """A column of the provenance of each figure: the same for all of them, but for what was done to one."""
    if read := ORIGIN.get(field.name):
        return _constant(_json(orjson.dumps(read(figures))))
    record: Mapping[str, Any] | None
    match field.name:
        case "treatment":
            return _treatment(figures, rows.at)
        case "agreement":
            refs = figures.origin.agreements
            record = plain(context.agreements[refs[0]], field.below, AGREEMENT_FIELDS) if refs else None
        case _:
            record = plain(department(figures.measure.owner), field.below, ("code", "name"))
    return _constant(_dug(orjson.dumps(record), path))


def _treatment(figures: Figures, at: Indices) -> _Column:
    notes = figures.column.notes
    distinct = [None, *dict.fromkeys(notes.values())]
    index = {note: number for number, note in enumerate(distinct)}
    of_cells = np.zeros(figures.column.values.size, np.int32)
    for cell, note in notes.items():
        of_cells[cell] = index[note]
    words = [cell_value(origin.treatment(figures, note)) for note in distinct]
    return _coded(words, of_cells[at])
