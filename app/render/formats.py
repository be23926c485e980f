"""The forms in which an answer is taken away, once: their names, media types and extensions."""

# pyarrow comes without types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false

import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from app.render.table import AnswerTable

Chunks = Callable[[AnswerTable], Iterator[bytes]]


class Format(NamedTuple):
    """A form of table. `module`: of this package, which writes it. `binary`: not for a terminal. `packed`: compressed
    as it is."""

    name: str
    media: str
    extension: str
    module: str
    binary: bool = False
    packed: bool = False

    def chunks(self, table: AnswerTable) -> Iterator[bytes]:
        """A table in this form. What writes it is read when it is first wanted."""
        write: Chunks = importlib.import_module(f"app.render.{self.module}").chunks
        return write(table)


FORMATS: Mapping[str, Format] = {
    form.name: form
    for form in (
        Format("csv", "text/csv", "csv", "csv_text"),
        Format("arrow", "application/vnd.apache.arrow.stream", "arrow", "arrow", binary=True),
        Format("parquet", "application/vnd.apache.parquet", "parquet", "parquet", binary=True, packed=True),
    )
}
# For who reads it on a terminal: no file of this form is given over HTTP.
TERMINAL = Format("table", "text/plain", "txt", "plain_text")
BY_MEDIA: Mapping[str, Format] = {form.media: form for form in FORMATS.values()}
