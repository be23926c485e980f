"""The form that an answer is asked for in: JSON, or a file of one of its tables."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from graphql import GraphQLError, GraphQLObjectType
from starlette.datastructures import QueryParams
from starlette.requests import Request

from app.graphql_http import JSON, RESPONSE_JSON, BadRequest, media_type
from app.render.formats import BY_MEDIA, FORMATS, Format
from app.tabular.known_shape import KnownTables
from app.tabular.markers import Marked, marked
from reference.strict_file import nearest
from schema.collected import SelectionSet

# Types of what is a row of figures, or holds one.
ROWS = ("LabourMarket", "LabourMarketEdge")
MEDIA = frozenset(BY_MEDIA)
_marked = lru_cache(256)(marked)


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """The form of one answer. `media`: of JSON, which errors come in at any rate. `file`: the form of a file, where
    one is asked for. `chosen`: the list to be in it. `beside`: the address of what goes with the file, where that has
    one: of what is said of a CSV file, or of the CSV file. `sent`: the query with the markers that it must ask for."""

    media: str
    file: Format | None = None
    chosen: str | None = None
    beside: str | None = None
    sent: Marked | None = None

    def asking(self, query: str) -> "AnswerForm":
        """The same for a query: markers are asked for where a file would not say why a value is not there."""
        return replace(self, sent=_marked(query)) if self.file and query else self

    def as_written(self, problems: list[Any]) -> list[Any]:
        """Errors, as JSON, with their places in the query as it was written."""
        if self.sent is None or not self.sent.insertions:
            return problems
        return [{**error, "locations": self._places(error)} if error.get("locations") else error for error in problems]

    def _places(self, error: Mapping[str, Any]) -> list[Any]:
        assert self.sent is not None
        return [{**at, "column": self.sent.column(at["line"], at["column"])} for at in error["locations"]]

    def tables(self, root: GraphQLObjectType, selection: SelectionSet) -> KnownTables:
        """The tables that a selection makes."""
        return KnownTables(root, selection, self.sent.alias if self.sent else "")

    def refused(self, root: GraphQLObjectType, selection: SelectionSet) -> GraphQLError | None:
        """Why a selection is not one table, if it is known to be none before anything is asked."""
        assert self.file is not None
        known = self.tables(root, selection)
        if not known.levels:
            return wrong(f"The answer has no list of rows: ask for it as {JSON}.", "format")
        if self.chosen is not None and self.chosen not in known.levels:
            named = f"{', '.join(known.levels)}.{nearest(self.chosen, known.levels)}"
            return wrong(f"The answer has no list {self.chosen!r}: it has {named}", "list")
        seen = [self.chosen] if self.chosen else known.innermost
        if self.file.observations:
            seen = [name for name in seen if known.kind(name) in ROWS]
            if not seen:
                return wrong(
                    f"{self.file.name} holds figures: ask for a list of rows, as labourMarket gives.", "format"
                )
        return several(seen, self.file) if len(seen) > 1 and not self.file.several else None


def several(names: list[str], form: Format) -> GraphQLError:
    """The error for a file that could be of any of these lists."""
    return wrong(
        f"The answer has {len(names)} lists: {', '.join(names)}. {form.name} holds one: choose it with list=NAME.",
        "list",
    )


def wrong(message: str, argument: str) -> GraphQLError:
    """The error for a file that cannot be what was asked for."""
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT", "argument": argument})


def form_of(request: Request, accept: str) -> AnswerForm:
    """The form that a request asks for: by `format` in its address, otherwise by its Accept header. Raises
    BadRequest."""
    name = chosen = None
    # Most requests have no query string, and reading none takes as long as all the rest of this.
    if request.scope.get("query_string"):
        name, chosen = _one(request.query_params, "format"), chosen_list(request.query_params)
    if name and name != "json" and name not in FORMATS:
        raise BadRequest(400, f"There is no format {name[:40]!r}: there are json, {', '.join(FORMATS)}.")
    media = JSON if name else media_type(accept, MEDIA)
    form = FORMATS.get(name or "") or BY_MEDIA.get(media)
    if form is None and chosen:
        raise BadRequest(400, '"list" chooses the list of a file: give "format" too. JSON holds the whole answer.')
    return AnswerForm(RESPONSE_JSON, form, chosen, _beside(request, form)) if form else AnswerForm(media)


def _beside(request: Request, form: Format) -> str | None:
    if request.method not in ("GET", "HEAD"):
        return None
    given = [(name, value) for name, value in request.query_params.multi_items() if name != "format"]
    return f"{request.url.path}?{urlencode([*given, ('format', 'csv' if form.beside else 'csvw')])}"


def chosen_list(address: QueryParams) -> str | None:
    """The list that is to be in a file, by `list` in an address. Raises BadRequest."""
    return _one(address, "list")


def _one(address: QueryParams, name: str) -> str | None:
    """The value of a parameter of the address that may be there once. Raises BadRequest."""
    values = address.getlist(name)
    if len(values) > 1:
        raise BadRequest(400, f'The address gives "{name}" {len(values)} times: give it once.')
    return values[0] if values and values[0] else None
