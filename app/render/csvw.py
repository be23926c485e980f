"""CSV on the Web: what stands beside a CSV file and says what is in it, as the W3C's vocabulary has it."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from app.render.about import TRUST, About
from app.render.cells import bracketed
from app.render.metadata import terms_of
from app.render.table import AnswerColumn, AnswerTable
from app.tabular.columns import NO_VALUE

DATATYPES = {"double": "double", "int64": "integer", "bool": "boolean", "string": "string"}


def chunks(tables: Sequence[AnswerTable], about: About) -> Iterator[bytes]:
    """The description of a table. Its rows are not read."""
    (table,) = tables
    columns = [one for column in table.columns for one in _columns(column, about)]
    said = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": about.file,
        "dc:title": about.title,
        "dc:description": about.contents,
        "dc:publisher": TRUST,
        "dc:created": about.answered_at.isoformat(),
        "dc:license": _distinct(measure.licence for measure in about.measures),
        "dc:source": _distinct(measure.source for measure in about.measures),
        "dialect": {"header": True, "encoding": "utf-8", "lineTerminators": ["\r\n"]},
        "tableSchema": {"columns": columns},
        "notes": [about.plain()],
    }
    yield orjson.dumps({key: value for key, value in said.items() if value}, option=orjson.OPT_INDENT_2)


def _columns(column: AnswerColumn, about: About) -> Iterator[dict[str, Any]]:
    terms = terms_of(column.name, about)
    said: dict[str, Any] = {"titles": column.name, "datatype": DATATYPES[column.kind_name]}
    if terms is not None:
        said |= {"dc:description": f"{terms.title}. {terms.description}", "dc:publisher": terms.owner}
    if column.markers is None:
        yield said
        return
    yield said | {"null": ["", *_absent(about)]}
    yield {"titles": column.markers, "datatype": "string", "dc:description": f"Markers of {column.name}."}


def _absent(about: About) -> list[str]:
    """What stands in the place of a value that is not there."""
    reasons = [measure.withheld for measure in about.measures if measure.withheld]
    single = [bracketed(mark) for mark in (*about.markers, NO_VALUE, *dict.fromkeys(reasons))]
    # Several markers stand beside each other in the order that they are told in.
    return single + [one + other for at, one in enumerate(single) for other in single[at + 1 :]]


def _distinct(texts: Iterator[str | None]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))
