"""Text for a terminal, its columns under one another."""

# pyarrow comes without types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Callable, Iterator, Sequence

from app.render.about import About
from app.render.cells import columns_of
from app.render.table import AnswerTable
from app.tabular.printable import printable


def chunks(tables: Sequence[AnswerTable], about: About) -> Iterator[bytes]:
    """The whole table: how wide a column is, is known when all of it is."""
    (table,) = tables
    cells = lines(table, printable)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    padded = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
    yield ("\n".join(line.rstrip() for line in padded) + "\n").encode()


def lines(table: AnswerTable, dress: Callable[[str], str] = str) -> list[list[str]]:
    """The table as texts, its headings first."""
    made = [[dress(name) for name in table.schema.names]]
    for batch in table.batches:
        columns = columns_of(table, batch, dress)
        made += [[cell.decode() for cell in line] for line in zip(*columns, strict=True)]
    return made
