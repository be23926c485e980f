"""The terms of a file as the metadata of an Arrow schema, which Parquet keeps too."""

# pyarrow comes without types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Iterable

import orjson
import pyarrow as pa

from app.render.about import About, MeasureTerms
from app.render.table import AnswerTable

# The key of all of it, as JSON.
TERMS = "lmdt.terms"


def schema_with_terms(table: AnswerTable, about: About) -> pa.Schema:
    """The columns of a table, with the terms of all of it and, at each column of figures, its own."""
    whole = {
        "title": about.title,
        "publisher": about.plain()["publisher"],
        "source": _joined(measure.source for measure in about.measures),
        "licence": _joined(measure.licence for measure in about.measures),
        "receipt": about.receipt,
        TERMS: orjson.dumps(about.plain()).decode(),
    }
    fields = [_field(field, terms_of(field.name, about)) for field in table.schema]
    return pa.schema(fields, metadata={key: value for key, value in whole.items() if value})


def terms_of(heading: str, about: About) -> MeasureTerms | None:
    """The measure that a column is of."""
    key = heading.rpartition(".")[0]
    return next((m for m in about.measures if key in m.columns or any(key.endswith(f".{c}") for c in m.columns)), None)


def _field(field: pa.Field, terms: MeasureTerms | None) -> pa.Field:
    if terms is None:
        return field
    said = {"title": terms.title, "unit": terms.unit, "owner": terms.owner, "licence": terms.licence or ""}
    return field.with_metadata({key: value for key, value in said.items() if value})


def _joined(texts: Iterable[str | None]) -> str:
    return "\n".join(dict.fromkeys(text for text in texts if text))
