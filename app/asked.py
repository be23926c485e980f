"""What a request asks for, and in which form, by whichever way it came: /graphql, or the address of a table."""

from collections.abc import Mapping
from typing import NamedTuple

from graphql import GraphQLError, GraphQLSchema
from starlette.requests import Request

from app import graphql_http, table_address
from app.answer_form import AnswerForm, form_of
from app.graphql_http import Parameters


class Asked(NamedTuple):
    """The form of an answer, and where the rest of the request is read from: the name of a table's file, where it came
    by the address of a table."""

    form: AnswerForm
    file: str | None
    named: Parameters | None

    @classmethod
    def by(cls, request: Request, headers: Mapping[bytes, list[str]]) -> "Asked":
        """What the head of a request says. Raises BadRequest."""
        file = table_address.file_of(request.scope)
        if file is None:
            return cls(form_of(request, ",".join(headers.get(b"accept", ()))), None, None)
        form, named = table_address.read(request, file)
        return cls(form, file, named)

    @classmethod
    def as_json(cls, headers: Mapping[bytes, list[str]]) -> "Asked":
        """What the head of a request says that can be answered as JSON only. Raises BadRequest."""
        return cls(AnswerForm(graphql_http.media_type(",".join(headers.get(b"accept", ())))), None, None)

    async def parameters(self, request: Request, headers: Mapping[bytes, list[str]], body_limit: int) -> Parameters:
        """What the request says of its query. Raises BadRequest."""
        return self.named or await graphql_http.read(request, headers, body_limit)

    def with_variables(
        self, request: Request, schema: GraphQLSchema, parameters: Parameters, query: str | GraphQLError
    ) -> tuple[Parameters, str | GraphQLError]:
        """The same with the variables of a table's address, now that its document is known; or what is wrong with
        them."""
        if self.file is None or isinstance(query, GraphQLError):
            return parameters, query
        given = table_address.variables(schema, query, parameters.operation, request.query_params)
        if isinstance(given, GraphQLError):
            return parameters, given
        return parameters._replace(variables=given), query
