"""A table of an answer in a format, with no terms that differ from one time to the next."""

from datetime import UTC, datetime

from app.render.about import About
from app.render.formats import FORMATS
from app.render.table import of_rows
from app.tabular.tables import OutputTable

NOTHING = About(
    file="",
    title="",
    contents="",
    answered_at=datetime(2026, 12, 1, tzinfo=UTC),
    organisation=None,
    purpose=None,
    receipt="",
    log="",
    query="",
    operation=None,
    variables={},
    measures=(),
    notes=(),
    markers={},
)


def made(form: str, table: OutputTable) -> bytes:
    """The table as a file."""
    return b"".join(FORMATS[form].chunks([of_rows(table)], NOTHING))
