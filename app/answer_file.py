"""An answer as a file: one of its tables, what the file is called, and what is said of it beside it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from graphql import GraphQLError, GraphQLObjectType

from app.answer_form import AnswerForm, several
from app.columnar import AnswerColumns
from app.columnar.text import whole
from app.operation import Outcome
from app.render.columns import shown, table_of
from app.render.table import AnswerTable, of_rows
from app.tabular.reasons import Reasons
from app.tabular.tables import OutputTable, tables

ERRORS = "LMDT-Errors"
# Errors that the header tells of: proxies bound how long headers may be. The rest is counted.
TOLD = 8
PRINTABLE = range(0x20, 0x7F)


class NoFile(NamedTuple):
    """What is wrong where there is no file."""

    errors: Sequence[Mapping[str, Any]]


class AnswerFile(NamedTuple):
    """A file. `chunks`: its bytes, made as they are read."""

    name: str
    chunks: Iterator[bytes]

    @property
    def headers(self) -> dict[str, str]:
        """What is said of the file beside it."""
        return {"Content-Disposition": f'attachment; filename="{self.name}"'}


def file_of(
    outcome: Outcome, form: AnswerForm, root: GraphQLObjectType, problems: Sequence[Mapping[str, Any]]
) -> AnswerFile | NoFile:
    """The file that an answer makes. `root`: the type of what is selected. `problems`: its errors, as JSON."""
    assert form.file is not None
    columns = outcome.columns
    if columns is not None and columns.whole:
        table = _read(columns, form, root, problems)
    else:
        table = _gathered(outcome, form, problems)
    if isinstance(table, NoFile):
        return table
    return AnswerFile(f"{table.name}.{form.file.extension}", form.file.chunks(table))


def _read(
    columns: AnswerColumns, form: AnswerForm, root: GraphQLObjectType, problems: Sequence[Mapping[str, Any]]
) -> AnswerTable | NoFile:
    """The table that was chosen, straight from columns."""
    assert form.file is not None
    known = form.tables(root, columns.selection)
    names = [form.chosen] if form.chosen else shown(columns, known)
    if len(names) > 1:
        return NoFile([several(names, form.file).formatted])
    return table_of(columns, known, names[0], Reasons(problems))


def _gathered(outcome: Outcome, form: AnswerForm, problems: Sequence[Mapping[str, Any]]) -> AnswerTable | NoFile:
    """The table that was chosen, row by row from the answer as JSON."""
    request = outcome.request
    outcome.data = whole(outcome.data)
    data: Any = orjson.loads(outcome.data)
    answer = {"data": data, "errors": problems}
    found = tables(request.query, request.operation, answer, form.sent.alias if form.sent else "")
    chosen = _chosen(found, form)
    if isinstance(chosen, GraphQLError):
        return NoFile([chosen.formatted])
    if chosen is None or (problems and not chosen.rows):
        # What is wrong took the list itself.
        return NoFile(problems)
    return of_rows(chosen)


def _chosen(found: list[OutputTable], form: AnswerForm) -> OutputTable | GraphQLError | None:
    assert form.file is not None
    if form.chosen is not None:
        return next((table for table in found if table.name == form.chosen), None)
    shown = [table for table in found if not table.repeated]
    return shown[0] if len(shown) == 1 else several([table.name for table in shown], form.file)


def told(problems: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The header that tells of errors which take nothing but some fields from a file, as a structured field
    (RFC 9651): a list of codes, each with whose and which field it is about."""
    if not problems:
        return {}
    items = [_item(error) for error in problems[:TOLD]]
    if len(problems) > TOLD:
        items.append(f"more;count={len(problems) - TOLD}")
    return {ERRORS: ", ".join(items)}


def _item(error: Mapping[str, Any]) -> str:
    extensions: Mapping[str, Any] = error.get("extensions") or {}
    path = ".".join(str(step) for step in extensions.get("appliesTo") or error.get("path") or ())
    said = {"field": extensions.get("coordinate"), "owner": extensions.get("owner"), "path": path}
    return str(extensions.get("code", "ERROR")) + "".join(
        f';{name}="{_quoted(str(value))}"' for name, value in said.items() if value
    )


def _quoted(text: str) -> str:
    plain = "".join(letter if ord(letter) in PRINTABLE else "?" for letter in text[:200])
    return plain.replace("\\", "\\\\").replace('"', '\\"')
