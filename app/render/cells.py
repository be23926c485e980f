"""The cells of a batch as texts: the same in CSV, in a spreadsheet and on a terminal."""

# pyarrow comes without types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Callable, Iterator
from decimal import Decimal

import numpy as np
import pyarrow as pa

from app.columnar.text import numbers
from app.render.table import AnswerTable
from app.tabular.tables import text

# What is done to a text before it is written, so that nothing reads it as something else.
Dress = Callable[[str], str]


def bracketed(marks: str) -> str:
    """Markers, or a reason, in the place of a value that is not there: in square brackets, as in published tables."""
    return "".join(f"[{mark}]" for mark in marks.split(",")) if marks else ""


def columns_of(table: AnswerTable, batch: pa.RecordBatch, dress: Dress, missing: bytes = b"") -> Iterator[list[bytes]]:
    """The columns of a batch as texts in UTF-8, those of markers among them. `missing`: what stands for a number that
    is not there."""
    at = 0
    for column in table.columns:
        values = batch.column(at)
        at += 1
        made = _numbers(values, missing) if column.is_numeric else _texts(values, dress)
        if column.markers is None:
            yield made
            continue
        marks = batch.column(at)
        at += 1
        if values.null_count:
            _explain(made, values, marks, dress)
        yield made
        yield _texts(marks, dress)


def _numbers(values: pa.Array, missing: bytes) -> list[bytes]:
    """Numbers without exponents, as spreadsheets and people read them."""
    if values.type == pa.int64():
        return [missing if value is None else b"%d" % value for value in values.to_pylist()]
    made = numbers(values.to_numpy(zero_copy_only=False))
    if values.null_count:
        for row in np.flatnonzero(values.is_null().to_numpy(zero_copy_only=False)).tolist():
            made[row] = missing
    return [_plain(one) if b"e" in one else one for one in made]


def _plain(number: bytes) -> bytes:
    written = format(Decimal(number.decode()), "f")
    return (written.rstrip("0").rstrip(".") if "." in written else written).encode()


def _texts(values: pa.Array, dress: Dress) -> list[bytes]:
    coded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    # The last of them stands for no text at all.
    words = [b"" if word is None else dress(text(word)).encode() for word in coded.dictionary.to_pylist()] + [b""]
    at = coded.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
    if at.size and (at == at[0]).all():
        return [words[at[0]]] * at.size
    return [words[one] for one in at.tolist()]


def _explain(made: list[bytes], values: pa.Array, marks: pa.Array, dress: Dress) -> None:
    """Puts the markers of a value that is not there in its place."""
    why = _texts(marks, lambda one: dress(bracketed(one)))
    for row in np.flatnonzero(values.is_null().to_numpy(zero_copy_only=False)).tolist():
        made[row] = why[row]
