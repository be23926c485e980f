"""Tables by their address: a document that is known by its hash, its variables as plain parameters, as a file.

    /tables/3f2a....csv?place=E08000003&from=2023-01

What stands beside a CSV file is where CSV on the Web looks for it: at its address with -metadata.json behind it.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLSchema,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    TypeNode,
    parse,
)
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.types import Scope

from app.answer_form import AnswerForm, chosen_list, wrong
from app.graphql_http import RESPONSE_JSON, SHA256, BadRequest, Parameters
from app.render.formats import FORMATS
from reference.json_text import NotReadable, read_json
from reference.strict_file import nearest

PATH = "/tables/{file}"
# Parameters that are no variables.
LIST, OPERATION = "list", "operationName"
BY_EXTENSION = {form.extension: form for form in FORMATS.values()}


def file_of(scope: Scope) -> str | None:
    """The file that an address names: a hash and an extension. None: it is no table's address."""
    return scope.get("path_params", {}).get("file")


def read(request: Request, file: str) -> tuple[AnswerForm, Parameters]:
    """The form and the document that an address names. Raises BadRequest."""
    address = request.query_params
    document, _, extension = file.partition(".")
    if not SHA256.fullmatch(document):
        raise BadRequest(404, "A table's address is /tables/, the SHA-256 of a document's text, and .csv or another.")
    form = BY_EXTENSION.get(extension)
    if form is None:
        raise BadRequest(404, f"There is no format .{extension[:20]}: there are .{', .'.join(BY_EXTENSION)}.")
    given = urlencode(address.multi_items())
    other = FORMATS["csv" if form.beside else "csvw"].extension
    beside = f"/tables/{document}.{other}" + (f"?{given}" if given else "")
    names = address.getlist(OPERATION)
    parameters = Parameters("", None, names[0] if names else None, document.lower())
    return AnswerForm(RESPONSE_JSON, form, chosen_list(address), beside), parameters


def variables(
    schema: GraphQLSchema, text: str, operation: str | None, address: QueryParams
) -> Mapping[str, Any] | GraphQLError:
    """The variables in an address, by the types that the document declares: texts as they are, several values of a list
    with commas or one by one, objects as JSON. What it declares no variable for is an error."""
    try:
        nodes = [one for one in parse(text, no_location=True).definitions if isinstance(one, OperationDefinitionNode)]
    except GraphQLError:
        # What is wrong with it is said when it is read.
        return {}
    chosen = [one for one in nodes if operation is None or (one.name and one.name.value == operation)]
    declared = {d.variable.name.value: d.type for one in chosen[:1] for d in one.variable_definitions or ()}
    given: dict[str, Any] = {}
    for name in dict.fromkeys(key for key, _ in address.multi_items() if key not in (LIST, OPERATION)):
        if name not in declared:
            known = f"it takes {', '.join(declared)}" if declared else "it takes none"
            return wrong(f"The document has no variable ${name[:40]}: {known}.{nearest(name, declared)}", name[:40])
        given[name] = _value(schema, declared[name], address.getlist(name))
    return given


def _value(schema: GraphQLSchema, kind: TypeNode, texts: list[str]) -> Any:
    """A value of a type. One that cannot be read stays as it is: the schema says what is wrong with it."""
    if isinstance(kind, NonNullTypeNode):
        return _value(schema, kind.type, texts)
    if isinstance(kind, ListTypeNode):
        return [_value(schema, kind.type, [one]) for text in texts for one in text.split(",")]
    assert isinstance(kind, NamedTypeNode)
    text = texts[0] if len(texts) == 1 else ",".join(texts)
    named = schema.type_map.get(kind.name.value)
    if kind.name.value in ("Int", "Float", "Boolean") or isinstance(named, GraphQLInputObjectType):
        try:
            return read_json(text)
        except NotReadable:
            return text
    return text
