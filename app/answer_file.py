"""An answer as a file: some of its lists, what the file is called, and the terms that go with it."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import orjson
from graphql import GraphQLObjectType

from app import file_terms
from app.answer_form import AnswerForm, several, wrong
from app.columnar import AnswerColumns
from app.columnar.text import whole
from app.operation import Outcome
from app.render.about import About
from app.render.columns import shown, table_of
from app.render.formats import Format
from app.render.hashing import Hashing
from app.render.observations import observations_of, rows_of
from app.render.table import AnswerTable, of_rows
from app.tabular.known_shape import KnownTables
from app.tabular.reasons import Reasons
from app.tabular.tables import tables

Problems = Sequence[Mapping[str, Any]]


class NoFile(NamedTuple):
    """What is wrong where there is no file."""

    errors: Problems


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """A file. `chunks`: its bytes, made as they are read."""

    name: str
    form: Format
    tables: Sequence[AnswerTable]
    about: About
    hashing: Hashing

    @property
    def chunks(self) -> Iterator[bytes]:
        return self.form.chunks(self.tables, self.about)

    @property
    def tag(self) -> bytes:
        """A hash of all that does not differ from one time to the next. Known when its chunks have been read."""
        said = self.about.plain() | {"receipt": "", "answered_at": ""} if self.form.terms else {}
        return hashlib.sha256(self.hashing.digest() + orjson.dumps(said) + self.form.media.encode()).digest()


@dataclass(frozen=True, slots=True)
class FileAsked:
    """A file that is asked for, with what it is made of. `root`: the type of what is selected. `problems`: the errors
    of the answer, as JSON. `log`: the origin of the log."""

    outcome: Outcome
    form: AnswerForm
    root: GraphQLObjectType
    problems: Problems
    log: str

    def made(self) -> AnswerFile | NoFile:
        """The file, or what is wrong."""
        kind, columns = self.form.file, self.outcome.columns
        assert kind is not None
        assert columns is not None
        known = self.form.tables(self.root, columns.selection)
        found = self._read(columns, known, kind) if columns.whole else self._gathered(columns, known, kind)
        if isinstance(found, NoFile):
            return found
        if not found:
            return NoFile([wrong("The answer has no such list: what it stands in is not there.", "list").formatted])
        if large := [table for table in found if kind.most is not None and table.count > kind.most]:
            message = (
                f"{large[0].name} has {large[0].count} rows; {kind.name} holds {kind.most}. Ask for csv or parquet."
            )
            return NoFile([wrong(message, "format").formatted])
        lists = {table.name: known.levels[table.name][1].path for table in found if table.name in known.levels}
        name = file_terms.file_name(columns, lists)
        file = (self.form.beside or f"{name}.csv") if kind.beside else f"{name}.{kind.extension}"
        chosen = None if kind.several else found[0].name
        about = file_terms.about(self.outcome, self.problems, lists, self.log, chosen, file)
        hashing = Hashing()
        if not self.outcome.large:
            # What is sent as it is made has no tag: nothing is known of it when its headers leave.
            found = [replace(table, batches=hashing.read(table)) for table in found]
        return AnswerFile(f"{name}.{kind.extension}", kind, found, about, hashing)

    def _read(self, columns: AnswerColumns, known: KnownTables, kind: Format) -> list[AnswerTable] | NoFile:
        """The tables, straight from columns."""
        names = self._names(shown(columns, known), columns, known, kind)
        if isinstance(names, NoFile):
            return names
        if kind.observations:
            return [observations_of(columns, known.levels[name][1], name) for name in names]
        reasons = Reasons(self.problems)
        return [table_of(columns, known, name, reasons) for name in names]

    def _gathered(self, columns: AnswerColumns, known: KnownTables, kind: Format) -> list[AnswerTable] | NoFile:
        """The tables, row by row from the answer as JSON."""
        request = self.outcome.request
        data = whole(self.outcome.data)
        answer = {"data": orjson.loads(data), "errors": self.problems}
        alias = self.form.sent.alias if self.form.sent else ""
        found = {one.name: one for one in tables(request.query, request.operation, answer, alias)}
        names = self._names([name for name, one in found.items() if not one.repeated], columns, known, kind)
        if isinstance(names, NoFile):
            return names
        if self.problems and not any(name in found and found[name].rows for name in names):
            # What is wrong took the lists themselves.
            return NoFile(self.problems)
        if kind.observations:
            return [observations_of(columns, known.levels[name][1], name) for name in names]
        return [of_rows(found[name]) for name in names if name in found]

    def _names(self, seen: list[str], columns: AnswerColumns, known: KnownTables, kind: Format) -> list[str] | NoFile:
        """The lists that are in the file. `seen`: those that are shown where none is chosen."""
        names = [self.form.chosen] if self.form.chosen else seen
        if kind.observations:
            names = [name for name in names if name in known.levels and rows_of(columns, known.levels[name][1])]
        if len(names) > 1 and not kind.several:
            return NoFile([several(names, kind).formatted])
        return names if names else NoFile(self.problems or [wrong("The answer has no list of rows.", "list").formatted])
