"""Excel: a cover sheet, sheets of terms, and a sheet for each list, laid out for everybody to read.

The layout is that of the Analysis Function's guidance for accessible spreadsheets. A library makes the workbook with
everything but the rows of the lists, which are written into it as they are made.
"""

# pyarrow comes without types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from html import escape

import pyarrow as pa

from app.render.about import About
from app.render.cells import columns_of
from app.render.sink import Sink
from app.render.table import AnswerTable
from app.render.workbook import FIRST_ROW, HEADINGS, workbook

# How hard the rows are compressed: the next levels take three times as long for a tenth less.
LEVEL = 1
END = b"</sheetData>"
# The first of a table: of all of it.
REFERENCE = re.compile(rb'ref="[^"]*"')
DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')
# What XML cannot hold.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def chunks(tables: Sequence[AnswerTable], about: About) -> Iterator[bytes]:
    """The workbook, its rows a chunk for each batch."""
    sink = Sink()
    frame, lists = workbook(tables, about)
    ends = {part.markup: _end(part.table) for part in lists if part.markup}
    rows = {part.sheet for part in lists}
    with (
        zipfile.ZipFile(io.BytesIO(frame)) as parts,
        zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as made,
    ):
        for part in parts.infolist():
            if part.filename not in rows:
                content = parts.read(part)
                if end := ends.get(part.filename):
                    content = REFERENCE.sub(f'ref="A{HEADINGS}:{end}"'.encode(), content, 1)
                made.writestr(part, content, zipfile.ZIP_DEFLATED, LEVEL)
        yield sink.taken()
        for part in lists:
            info = zipfile.ZipInfo(part.sheet, parts.getinfo(part.sheet).date_time)
            info.compress_type = zipfile.ZIP_DEFLATED
            content = DIMENSION.sub(f'<dimension ref="A1:{_end(part.table)}"/>'.encode(), parts.read(part.sheet))
            before, end, after = content.partition(END)
            with made.open(info, "w") as sheet:
                sheet.write(before)
                row = FIRST_ROW
                for batch in part.table.batches:
                    sheet.write(_rows(part.table, batch, row))
                    row += batch.num_rows
                    yield sink.taken()
                sheet.write(end + after)
    yield sink.taken()


def _end(table: AnswerTable) -> str:
    """The last cell of a list."""
    return f"{column(len(table.schema.names) - 1)}{FIRST_ROW + table.count - 1}"


def _rows(table: AnswerTable, batch: pa.RecordBatch, first: int) -> bytes:
    """Rows of a sheet. `first`: the number of the first of them, which the sheet counts from 1."""
    count = batch.num_rows
    if not count:
        return b""
    columns = list(columns_of(table, batch, _cell))
    numbers = [b"%d" % row for row in range(first, first + count)]
    # Of each row its beginning and number; of each cell its beginning, its row's number and the rest; and the end.
    width = 3 + 3 * len(columns) + 1
    pieces = [b""] * (count * width)
    pieces[0::width] = [b'<row r="'] * count
    pieces[1::width] = numbers
    pieces[2::width] = [b'">'] * count
    for at, cells in enumerate(columns):
        pieces[3 + 3 * at :: width] = [f'<c r="{column(at)}'.encode()] * count
        pieces[4 + 3 * at :: width] = numbers
        pieces[5 + 3 * at :: width] = [_value(cell) for cell in cells]
    pieces[width - 1 :: width] = [b"</row>"] * count
    return b"".join(pieces)


def _cell(text: str) -> str:
    """The rest of a cell with a text in it: none is ever read as a formula."""
    if not text:
        return '"/>'
    plain = escape(UNPRINTABLE.sub(" ", text), quote=False)
    return f'" t="inlineStr"><is><t xml:space="preserve">{plain}</t></is></c>'


def _value(cell: bytes) -> bytes:
    """The rest of a cell with a number in it, or with what a text has become."""
    if cell[:1] == b'"':
        return cell
    return b'"><v>%b</v></c>' % cell if cell else b'"/>'


def column(at: int) -> str:
    """The letters of a column, which is counted from 0."""
    letters = ""
    at += 1
    while at:
        at, letter = divmod(at - 1, 26)
        letters = LETTERS[letter] + letters
    return letters
