"""A share node's answers as streams of Arrow: what JSON says, without a Python object for each figure.

One stream for each question, one after another: a row for each cell, its area, period and group in columns of codes.
"""

# pyarrow comes without types.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from reference.column import EVIDENCE, Shape
from reference.figure import ObservationStatus
from resolvers.protocols.share.columns import (
    NodeAnswer,
    NotAsAsked,
    column,
    evidence,
    pattern,
    protection,
    status_index,
)
from resolvers.protocols.share.question import NodeQuery

# The axes of a grid, as shapes.
AREA, PERIOD, GROUP = (-1, 1, 1), (1, -1, 1), (1, 1, -1)


def from_arrow(content: bytes, questions: Sequence[NodeQuery]) -> list[NodeAnswer]:
    """The answer to each question. Raises NotAsAsked."""
    try:
        reader = pa.BufferReader(content)
        answers = [_answer(_batch(pa.ipc.open_stream(reader)), question) for question in questions]
        length = reader.tell()
    except (pa.ArrowException, OSError, KeyError, UnicodeDecodeError) as error:
        raise NotAsAsked(f"not Arrow, or not in the columns that were asked for: {error}") from error
    if length != len(content):
        raise NotAsAsked("more streams than questions")
    return answers


def _batch(stream: Any) -> Any:
    """All that a stream holds, in one batch."""
    batches = list(stream)
    for batch in batches:
        # A stream may say that its texts and dictionaries are longer than they are.
        batch.validate(full=True)
    if len(batches) != 1:
        batches = pa.Table.from_batches(batches, stream.schema).combine_chunks().to_batches()
    if not batches:
        raise NotAsAsked("a stream without rows")
    return batches[0]


def _answer(table: Any, question: NodeQuery) -> NodeAnswer:
    part, shape = question.part, question.shape
    if table.num_rows != shape[0] * shape[1] * shape[2]:
        raise NotAsAsked(f"{table.num_rows} rows for a grid of {shape}")
    _same(table, "area", part.areas, shape, AREA)
    _same(table, "period", [period.code for period in question.periods], shape, PERIOD)
    for at, facet in enumerate(part.by):
        _same(table, facet, [members[at] for members in part.groups], shape, GROUP)
    metadata = table.schema.metadata or {}
    protected, marked = protection(metadata[b"sdc"].decode(), part)
    names = _patterns(metadata.get(b"patterns", b"{}"))
    known = {"area", "period", *part.by, *part.measures, *(f"{name}.status" for name in part.measures)}
    known |= set() if protected else {f"{name}.{kind}" for name in part.measures for kind in EVIDENCE}
    known |= {f"{name}.hidden" for name in part.measures} if marked else set()
    if strange := set(table.schema.names) - known:
        raise NotAsAsked(f"columns that were not asked for: {sorted(strange)}")
    columns = {
        name: column(
            name,
            _numbers(table, name, shape),
            _statuses(table, name, shape),
            None if protected else _evidence(table, name, shape),
        )
        for name in part.measures
    }
    for name in part.measures:
        columns[name].pattern = pattern(names.get(name), _marks(table, name, shape) if marked else None, protected)
    return NodeAnswer(columns, metadata[b"release"].decode() or None, protected)


def _patterns(document: bytes) -> dict[str, Any]:
    """The names of the owner's patterns, by measure. Raises NotAsAsked."""
    try:
        names: object = orjson.loads(document)
    except orjson.JSONDecodeError as error:
        raise NotAsAsked("patterns are not JSON") from error
    if not isinstance(names, dict):
        raise NotAsAsked("patterns are not an object with keys")
    return cast(dict[str, Any], names)


def _marks(table: Any, name: str, shape: Shape) -> NDArray[np.bool_]:
    """Which cells of a measure are hidden. Raises NotAsAsked."""
    column = table.column(f"{name}.hidden")
    if not pa.types.is_boolean(column.type) or column.null_count:
        raise NotAsAsked(f"{name}.hidden is not true or false everywhere")
    return np.array(column.to_numpy(zero_copy_only=False), np.bool_).reshape(shape)


def _same(table: Any, name: str, codes: Sequence[str], shape: Shape, axis: Shape) -> None:
    """Every row is of the code that belongs there: one for each index of an axis of the grid."""
    words, found = _coded(table, name)
    position = {code: where for where, code in enumerate(words)}
    wanted = np.array([position.get(code, -1) for code in codes], np.intp)
    if (found.reshape(shape) != wanted.reshape(axis)).any():
        raise NotAsAsked(f"{name} differs from what was asked")


def _coded(table: Any, name: str) -> tuple[list[str], NDArray[np.intp]]:
    """A column of few different words: the words, and for each row which of them."""
    column = table.column(name)
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    if not pa.types.is_string(column.type.value_type) and not pa.types.is_large_string(column.type.value_type):
        raise NotAsAsked(f"{name} is not a column of texts")
    if column.null_count:
        raise NotAsAsked(f"{name} has gaps")
    return column.dictionary.to_pylist(), column.indices.to_numpy()


def _numbers(table: Any, name: str, shape: Shape) -> NDArray[np.float64]:
    column = table.column(name)
    if not pa.types.is_floating(column.type) and not pa.types.is_integer(column.type):
        raise NotAsAsked(f"{name} is not a column of numbers")
    return np.array(column.to_numpy(zero_copy_only=False), np.float64).reshape(shape)


def _statuses(table: Any, name: str, shape: Shape) -> NDArray[np.uint8] | None:
    letters, at = _coded(table, f"{name}.status")
    if letters == [ObservationStatus.A]:
        return None
    codes = np.array([status_index(letter) for letter in letters], np.uint8)
    return codes[at].reshape(shape)


def _evidence(table: Any, name: str, shape: Shape) -> Any:
    columns = {kind: f"{name}.{kind}" for kind in EVIDENCE if f"{name}.{kind}" in table.schema.names}
    return evidence({kind: _numbers(table, there, shape) for kind, there in columns.items()}, shape)
