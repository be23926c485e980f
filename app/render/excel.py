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
from app.render.workbook import FIRST_ROW, workbook

# How hard the rows are compressed: the next levels take three times as long for a tenth less.
LEVEL = 1
END = b"</sheetData>"
DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')
# What XML cannot hold.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def chunks(tables: Sequence[AnswerTable], about: About) -> Iterator[bytes]:
    """The workbook, its rows a chunk for each batch."""
    sink = Sink()
    frame, sheets = workbook(tables, about)
    with (
        zipfile.ZipFile(io.BytesIO(frame)) as parts,
        zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as made,
    ):
        for part in parts.infolist():
            content = parts.read(part)
            if part.filename in sheets:
                continue
            made.writestr(part, content, zipfile.ZIP_DEFLATED, LEVEL)
        yield sink.taken()
        for name, table in sheets.items():
            info = zipfile.ZipInfo(name, parts.getinfo(name).date_time)
            info.compress_type = zipfile.ZIP_DEFLATED
            before, end, after = _sized(parts.read(name), table).partition(END)
            with made.open(info, "w") as sheet:
                sheet.write(before)
                row = FIRST_ROW
                for batch in table.batches:
                    sheet.write(_rows(table, batch, row))
                    row += batch.num_rows
                    yield sink.taken()
                sheet.write(end + after)
    yield sink.taken()


def _sized(sheet: bytes, table: AnswerTable) -> bytes:
    last = f"{column(len(table.schema.names) - 1)}{FIRST_ROW + table.count - 1}"
    return DIMENSION.sub(f'<dimension ref="A1:{last}"/>'.encode(), sheet)


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
