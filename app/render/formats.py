"""The forms in which an answer is taken away, once: their names, media types and extensions."""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from app.render.about import About
    from app.render.table import AnswerTable

    Chunks = Callable[[Sequence[AnswerTable], About], Iterator[bytes]]


class Format(NamedTuple):
    """A form of file. `module`: of this package, which writes it. `binary`: not for a terminal. `packed`: compressed as
    it is. `several`: it holds several lists. `most`: rows of one list that it can hold. `observations`: it holds an
    observation on each line, and figures only. `terms`: the terms of the figures are in it. `beside`: it says what is
    in another file, and holds no rows itself. `version`: of the media type, where that has any."""

    name: str
    media: str
    extension: str
    module: str
    binary: bool = False
    packed: bool = False
    several: bool = False
    most: int | None = None
    observations: bool = False
    terms: bool = False
    beside: bool = False
    version: str = ""

    @property
    def content_type(self) -> str:
        """Its media type as a response states it."""
        return f"{self.media};version={self.version}" if self.version else self.media

    def chunks(self, tables: "Sequence[AnswerTable]", about: "About") -> Iterator[bytes]:
        """Tables in this form. What writes them is read when it is first wanted."""
        write: Chunks = importlib.import_module(f"app.render.{self.module}").chunks
        return write(tables, about)


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: Mapping[str, Format] = {
    form.name: form
    for form in (
        Format("csv", "text/csv", "csv", "csv_text"),
        Format("xlsx", XLSX, "xlsx", "excel", binary=True, packed=True, several=True, most=1_048_572, terms=True),
        Format("parquet", "application/vnd.apache.parquet", "parquet", "parquet", binary=True, packed=True, terms=True),
        Format("arrow", "application/vnd.apache.arrow.stream", "arrow", "arrow", binary=True, terms=True),
        Format("sdmx-csv", "application/vnd.sdmx.data+csv", "sdmx.csv", "sdmx_csv", observations=True, version="2.0.0"),
        Format("csvw", "application/csvm+json", "csv-metadata.json", "csvw", terms=True, beside=True),
    )
}
# For who reads it on a terminal: no file of this form is given over HTTP.
TERMINAL = Format("table", "text/plain", "txt", "plain_text")
BY_MEDIA: Mapping[str, Format] = {form.media: form for form in FORMATS.values()}
