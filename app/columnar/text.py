"""JSON text: whole, or lazily, in chunks that are made as they are read.

Columns are made before the first chunk is read, so what is left is to put them together, which cannot fail.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

import numpy as np
import orjson
from numpy.typing import NDArray

# The JSON of a value: whole, or in pieces, which can be read once.
Text = bytes | Iterator[bytes]
# Where a column goes in a template: JSON never holds this byte, for in texts it is escaped.
HOLE = b"\0"
# What may be a whole number with a fraction.
WHOLE = re.compile(rb"\.0[,}\]]|\.0$")
# Bytes of a chunk, about.
CHUNK = 262_144


class Nested(list[Text]):
    """A column of texts of which some are in pieces."""


Column = list[bytes] | Nested
# A part of a row: its template, and the columns that go into its holes.
Part = tuple[bytes, Sequence[Column]]


def json_of(value: object) -> bytes:
    """A value as JSON: a copy, because orjson's own bytes hold on to the page of memory they were written in."""
    return b"%b" % orjson.dumps(value)


def plain_json(value: object) -> bytes:
    """A value as JSON that every library writes as it has read it: whole numbers have no fraction, and zero no sign."""
    text = orjson.dumps(value)
    return orjson.dumps(_plain(value)) if WHOLE.search(text) else text


def _plain(value: object) -> object:
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in cast("list[object]", value)]
    return value


def numbers(values: NDArray[np.float64]) -> list[bytes]:
    """Each number as JSON; null for NaN."""
    if not values.size:
        return []
    flat = np.ascontiguousarray(values).ravel()
    text = orjson.dumps(flat, option=orjson.OPT_SERIALIZE_NUMPY)
    # A whole number has no fraction, and zero no sign: so every JSON library writes what it has read.
    text = text.replace(b".0,", b",").replace(b".0]", b"]")
    if b"-0" in text:
        text = text.replace(b"-0,", b"0,").replace(b"-0]", b"0]")
    return text[1:-1].split(b",")


def written(fields: Iterable[tuple[str, bytes]]) -> bytes:
    """An object as JSON, from its fields as JSON."""
    pieces, before = list[bytes](), b'{"'
    for key, value in fields:
        pieces += (before, key.encode(), b'":', value)
        before = b',"'
    return b"".join((*pieces, b"}")) if pieces else b"{}"


def object_text(fields: Iterable[tuple[str, Text]]) -> Text:
    """An object as JSON, from its fields as JSON: whole if all of them are."""
    named = list(fields)
    whole = [(key, value) for key, value in named if isinstance(value, bytes)]
    return written(whole) if len(whole) == len(named) else _object(named)


def _object(fields: Iterable[tuple[str, Text]]) -> Iterator[bytes]:
    before = b"{"
    for key, value in fields:
        name = b'%b"%b":' % (before, key.encode())
        if isinstance(value, bytes):
            yield name + value
        else:
            yield name
            yield from value
        before = b","
    yield b"}"


def object_part(fields: Iterable[tuple[str, Part]]) -> Part:
    """A part that is an object, from the parts that are its fields."""
    named = list(fields)
    template = written((name, inside) for name, (inside, _) in named)
    return template, [column for _, (_, columns) in named for column in columns]


def column_of(texts: list[Text]) -> Column:
    """A column of texts."""
    whole = [text for text in texts if isinstance(text, bytes)]
    return whole if len(whole) == len(texts) else Nested(texts)


def part_of(part: Part, start: int, stop: int) -> Part:
    """A part of the rows from one index up to, and without, another."""
    template, columns = part
    cut = slice(start, stop)
    return template, [Nested(c[cut]) if isinstance(c, Nested) else c[cut] for c in columns]


def list_of(part: Part, start: int, stop: int, *, lazily: bool) -> Text:
    """A list as JSON: a part of every row from one index up to, and without, another."""
    template, columns = part
    if stop <= start:
        return b"[]"
    texts = template.split(HOLE)
    plain = [column for column in columns if not isinstance(column, Nested)]
    if len(plain) < len(columns):
        return _row_by_row(texts, columns, range(start, stop))
    return _in_chunks(texts, plain, start, stop) if lazily else b"[%b]" % _rows(texts, plain, start, stop)


def _in_chunks(texts: list[bytes], columns: Sequence[list[bytes]], start: int, stop: int) -> Iterator[bytes]:
    before = b"["
    while start < stop:
        row = sum(map(len, texts)) + sum(len(column[start]) for column in columns) + 1
        end = min(stop, start + max(1, CHUNK // row))
        yield before
        yield _rows(texts, columns, start, end)
        before, start = b",", end
    yield b"]"


def _rows(texts: list[bytes], columns: Sequence[list[bytes]], start: int, stop: int) -> bytes:
    """Rows with commas between them."""
    count = stop - start
    first, *others = texts
    if not columns:
        return b",".join([first] * count)
    # Texts and cells in turn, whole columns at a time: the text after a row's last cell runs on into the next row.
    last = others.pop()
    width = 2 * len(columns)
    pieces = [b""] * (count * width)
    pieces[0::width] = [b"%b,%b" % (last, first)] * count
    pieces[0] = first
    for at, text in enumerate(others, 1):
        pieces[2 * at :: width] = [text] * count
    for at, column in enumerate(columns):
        pieces[2 * at + 1 :: width] = column if len(column) == count else column[start:stop]
    pieces.append(last)
    return b"".join(pieces)


def _row_by_row(texts: list[bytes], columns: Sequence[Column], rows: range) -> Iterator[bytes]:
    before = b"["
    for row in rows:
        yield before
        for text, column in zip(texts, columns, strict=False):
            yield text
            cell = column[row]
            if isinstance(cell, bytes):
                yield cell
            else:
                yield from cell
        yield texts[-1]
        before = b","
    yield b"]"


def chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same text in pieces that are not short, but for the last."""
    gathered: list[bytes] = []
    size = 0
    for piece in pieces:
        gathered.append(piece)
        size += len(piece)
        if size >= CHUNK:
            yield b"".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)


def whole(text: Text) -> bytes:
    """A text in one piece."""
    return text if isinstance(text, bytes) else b"".join(text)


def repeated(texts: list[bytes], times: int) -> list[bytes]:
    """Each text so many times, one after the other."""
    if times == 1:
        return texts
    column = [b""] * (len(texts) * times)
    for at in range(times):
        column[at::times] = texts
    return column
