"""Columns of a few values, each written once: item n of a list has the value that an index says."""

# pyarrow comes without types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.render.items import Indices
from app.render.table import kind_of
from app.tabular.columns import NO_VALUE
from app.tabular.tables import Value, text
from schema.rows import markers

# The values, or markers, of some items of a list.
Cells = Callable[[Indices], pa.Array]


class MadeColumn(NamedTuple):
    """A column that is made when some of it is wanted. `marks`: why values are not there, where it is of figures."""

    kind: pa.DataType
    values: Cells
    marks: Cells | None = None


def coded(words: Sequence[Value], at: NDArray[np.integer[Any]]) -> MadeColumn:
    """A column of a few values: item n has `words[at[n]]`, or none where that is -1."""
    kind = kind_of(words)
    written = [text(word) if kind == pa.string() and word is not None else word for word in words]
    values = pa.array([*written, None], kind)
    if kind != pa.string():
        return MadeColumn(kind, partial(_taken, values, at))
    return MadeColumn(kind, partial(_named, values, at))


def _taken(words: pa.Array, at: NDArray[np.integer[Any]], items: Indices) -> pa.Array:
    return words.take(pa.array(_at(at[items], len(words))))


def _named(words: pa.Array, at: NDArray[np.integer[Any]], items: Indices) -> pa.Array:
    return pa.DictionaryArray.from_arrays(_at(at[items], len(words)), words)


def _at(indices: NDArray[np.integer[Any]], count: int) -> NDArray[np.int32]:
    """The last of the words stands for none."""
    return np.where(indices < 0, count - 1, indices).astype(np.int32)


def constant(value: Value) -> MadeColumn:
    kind = kind_of([value])
    word = text(value) if kind == pa.string() and value is not None else value
    return MadeColumn(kind, partial(_repeated, pa.scalar(word, kind)))


def _repeated(value: pa.Scalar, items: Indices) -> pa.Array:
    return pa.repeat(value, items.size)


def none(kind: pa.DataType, items: Indices) -> pa.Array:
    return pa.nulls(items.size, kind)


def numbers_of(values: NDArray[np.float64], at: Indices, items: Indices) -> pa.Array:
    return pa.array(values[at[items]], from_pandas=True)


def marks_of(values: NDArray[np.float64], bits: NDArray[np.uint16], at: Indices, items: Indices) -> pa.Array:
    """Markers, and why a value is not there where no marker says so."""
    rows = at[items]
    codes, of_rows = np.unique(bits[rows], return_inverse=True)
    words = [",".join(str(marker.name) for marker in markers(code)) for code in codes.tolist()]
    silent = np.isnan(values[rows]) & (codes[of_rows] == 0)
    indices = np.where(silent, len(words), of_rows).astype(np.int32)
    return pa.DictionaryArray.from_arrays(indices, pa.array([*words, NO_VALUE], pa.string()))
