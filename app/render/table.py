"""A table of an answer as the formats take it: its columns, and its rows in batches."""

# pyarrow comes without types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from app.tabular.tables import OutputColumn, OutputTable, Value, text


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """One column: its heading, and what kind its values are. `markers`: the heading of the column of texts that comes
    next and says why a value is not there, if there is one."""

    name: str
    kind: pa.DataType
    markers: str | None = None

    @property
    def kind_name(self) -> str:
        """The name of its kind, as Arrow has it."""
        return str(self.kind)

    @property
    def is_numeric(self) -> bool:
        """Whether it holds numbers."""
        return self.kind in (pa.int64(), pa.float64())


@dataclass(frozen=True)
class AnswerTable:
    """The rows of one list of an answer. `batches`: of its rows, in order, each with the columns of `schema`; texts may
    come as a dictionary. They are made as they are read, and can be read once. `count`: of rows, at most."""

    name: str
    columns: Sequence[AnswerColumn]
    batches: Iterable[pa.RecordBatch]
    count: int

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns as Arrow has them, those of markers among them."""
        return schema_of(self.columns)


def schema_of(columns: Sequence[AnswerColumn]) -> pa.Schema:
    """Columns as Arrow has them, those of markers among them."""
    fields: list[pa.Field] = []
    for column in columns:
        fields.append(pa.field(column.name, column.kind))
        if column.markers is not None:
            fields.append(pa.field(column.markers, pa.string()))
    return pa.schema(fields)


def of_rows(table: OutputTable) -> AnswerTable:
    """A table that has been gathered row by row."""
    columns: list[AnswerColumn] = []
    arrays: list[pa.Array] = []
    for column in table.columns:
        kind = _kind(column)
        values = [text(v) if kind == pa.string() and v is not None else v for v in column.values]
        columns.append(AnswerColumn(column.name, kind, column.markers if column.is_marked else None))
        arrays.append(pa.array(values, kind))
        if column.is_marked:
            arrays.append(pa.array([",".join(marks) for marks in column.marks], pa.string()))
    schema = schema_of(columns)
    return AnswerTable(table.name, columns, [pa.record_batch(arrays, schema=schema)], table.rows)


def _kind(column: OutputColumn) -> pa.DataType:
    """Figures are decimals even where none of them is there."""
    if column.figure and all(isinstance(value, int | float | None) for value in column.values):
        return pa.float64()
    return kind_of(column.values)


def kind_of(values: Iterable[Value]) -> pa.DataType:
    """The kind that holds all of these values."""
    there = [value for value in values if value is not None]
    kinds = {type(value) for value in there}
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {int} and all(-(2**63) <= value < 2**63 for value in there if isinstance(value, int)):
        return pa.int64()
    if kinds and kinds <= {int, float}:
        return pa.float64()
    return pa.string()
