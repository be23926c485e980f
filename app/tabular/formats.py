"""A table in a format: CSV, Arrow, Parquet, or text for a terminal. The columns are the same in each."""

# pyarrow comes without types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from app.tabular.printable import no_formula, printable
from app.tabular.tables import OutputColumn, OutputTable, Value, text


def lines(table: OutputTable) -> list[list[str]]:
    """The table as text, its head first. A null value is its markers in square brackets, as in published tables."""
    columns = [cells for column in table.columns for cells in _texts(column)]
    return [list(line) for line in zip(*columns, strict=True)]


def _texts(column: OutputColumn) -> list[list[str]]:
    values = [
        text(value) if value is not None else "".join(f"[{mark}]" for mark in marks)
        for value, marks in zip(column.values, column.marks, strict=True)
    ]
    if not column.is_marked:
        return [[column.name, *values]]
    return [[column.name, *values], [column.markers, *(",".join(marks) for marks in column.marks)]]


def _csv(table: OutputTable) -> bytes:
    """CSV by RFC 4180."""
    numeric = [
        number for column in table.columns for number in (_is_numeric(column), False)[: 2 if column.is_marked else 1]
    ]
    out = io.StringIO()
    writer = csv.writer(out)
    for line in lines(table):
        writer.writerow(cell if number else no_formula(cell) for cell, number in zip(line, numeric, strict=True))
    return out.getvalue().encode()


def _is_numeric(column: OutputColumn) -> bool:
    return _kind(column) in (pa.int64(), pa.float64())


def _kind(column: OutputColumn) -> pa.DataType:
    """Figures are decimals even where none of them is there."""
    if column.figure and all(isinstance(value, int | float | None) for value in column.values):
        return pa.float64()
    return _type(column.values)


def _arrow_table(table: OutputTable) -> pa.Table:
    names: list[str] = []
    arrays: list[pa.Array] = []
    for column in table.columns:
        kind = _kind(column)
        values = [text(v) if kind == pa.string() and v is not None else v for v in column.values]
        names.append(column.name)
        arrays.append(pa.array(values, kind))
        if column.is_marked:
            names.append(column.markers)
            arrays.append(pa.array([",".join(marks) for marks in column.marks], pa.string()))
    return pa.table(arrays, names=names)


def _type(values: Sequence[Value]) -> pa.DataType:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {int} and all(-(2**63) <= value < 2**63 for value in values if isinstance(value, int)):
        return pa.int64()
    if kinds and kinds <= {int, float}:
        return pa.float64()
    return pa.string()


def _arrow(table: OutputTable) -> bytes:
    arrow_table, sink = _arrow_table(table), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, arrow_table.schema) as stream:
        stream.write_table(arrow_table)
    return sink.getvalue().to_pybytes()


def _parquet(table: OutputTable) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(_arrow_table(table), sink)
    return sink.getvalue().to_pybytes()


def _text(table: OutputTable) -> bytes:
    cells = [[printable(cell) for cell in line] for line in lines(table)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    padded = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
    return ("\n".join(line.rstrip() for line in padded) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Format:
    """A form of table."""

    write: Callable[[OutputTable], bytes]
    binary: bool
    suffix: str


FORMATS = {
    "csv": Format(_csv, False, "csv"),
    "arrow": Format(_arrow, True, "arrow"),
    "parquet": Format(_parquet, True, "parquet"),
    "table": Format(_text, False, "txt"),
}
