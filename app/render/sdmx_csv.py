"""SDMX-CSV 2.0: an observation on each line, by the codes of its dimensions."""

from collections.abc import Iterator, Sequence

from app.render import csv_text
from app.render.about import About
from app.render.table import AnswerTable

# In the place of a number that is not there: its status says why.
MISSING = b"NaN"


def chunks(tables: Sequence[AnswerTable], about: About) -> Iterator[bytes]:
    """The headings, then a chunk for each batch of observations."""
    return csv_text.chunks(tables, about, missing=MISSING)
