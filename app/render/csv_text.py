"""CSV by RFC 4180."""

# pyarrow comes without types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false

import re
from collections.abc import Iterator, Sequence

from app.render.about import About
from app.render.cells import columns_of
from app.render.table import AnswerTable
from app.tabular.printable import no_formula

SPECIAL = re.compile('[,"\r\n]')


def chunks(tables: Sequence[AnswerTable], about: About, missing: bytes = b"") -> Iterator[bytes]:
    """The headings, then a chunk for each batch of rows. `missing`: what stands for a number that is not there and has
    no column that says why."""
    (table,) = tables
    names = table.schema.names
    yield ",".join(cell(name) for name in names).encode() + b"\r\n"
    for batch in table.batches:
        if not batch.num_rows:
            continue
        columns = list(columns_of(table, batch, cell, missing))
        if len(columns) == 1:
            # A line with nothing on it would be no row.
            columns = [[one or b'""' for one in columns[0]]]
        yield lines(columns)


def lines(columns: list[list[bytes]]) -> bytes:
    """Columns of cells as lines."""
    pieces = [b","] * (2 * len(columns) * len(columns[0]))
    for at, column in enumerate(columns):
        pieces[2 * at :: 2 * len(columns)] = column
    pieces[2 * len(columns) - 1 :: 2 * len(columns)] = [b"\r\n"] * len(columns[0])
    return b"".join(pieces)


def cell(text: str) -> str:
    """A text as a cell: no formula, and in quotation marks where it must be."""
    text = no_formula(text)
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if SPECIAL.search(text) else text
