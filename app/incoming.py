"""A GraphQL request as it comes in: who asks, for which purpose, what, and what is left of their quotas."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from graphql import GraphQLError, GraphQLSchema
from starlette.requests import Request
from starlette.responses import Response

from app import errors, graphql_http, responses
from app.answer_form import AnswerForm
from app.asked import Asked
from app.graphql_http import BadRequest, Parameters
from app.headers import given, operation_id
from app.identity import Identity, IssuerUnavailable, Unauthenticated
from app.operation import GraphQLRequest, Take
from app.persisted import PersistedQueries
from app.purpose import PurposeRefused, purpose_of
from app.rate_limits import RateLimited, RateLimits, Standing
from app.trusted_documents import TrustedDocuments
from policies.caller import Caller


class Incoming(NamedTuple):
    """A request that has been read. `form`: of the response. `problems`: of a hash that no text is known by, or of a
    document that this caller may not send. `take`: takes what it costs of the caller's quotas."""

    form: AnswerForm
    operation: GraphQLRequest
    problems: Sequence[GraphQLError]
    parameters: Parameters
    standing: Standing | None
    take: Take


class Entrance:
    """Reads requests. `schema`: has the types of variables in an address. `body_limit`: bytes of the largest."""

    def __init__(
        self,
        identity: Identity,
        schema: GraphQLSchema,
        persisted: PersistedQueries,
        trusted: TrustedDocuments,
        limits: RateLimits,
        *,
        body_limit: int,
    ) -> None:
        self._identity, self._limits, self._body_limit = identity, limits, body_limit
        self._schema = schema
        self.persisted, self.trusted = persisted, trusted

    async def read(self, request: Request, *, files: bool = False) -> Incoming | Response:
        """The request, or the response that says what is wrong with it. One unit of the caller's quotas is taken.
        `files`: whether it may ask for a file."""
        media, headers = graphql_http.JSON, given(request.scope)
        try:
            asked = Asked.by(request, headers) if files else Asked.as_json(headers)
            form = asked.form
            media = form.media
            caller = await self._identity.caller(headers.get(b"authorization", ()))
            take = partial(self._limits.take, caller, (request.scope.get("client") or ("",))[0])
            standing = await take(1)
            parameters = await asked.parameters(request, headers, self._body_limit)
            purpose = purpose_of(caller, headers.get(b"purpose", ()))
            query = self._query(caller, parameters)
            parameters, query = asked.with_variables(request, self._schema, parameters, query)
        except BadRequest as error:
            code = {"code": "BAD_USER_INPUT"}
            return responses.failed(error.status, media, GraphQLError(error.message, extensions=code))
        except RateLimited as error:
            return responses.limited(media, error)
        except Unauthenticated as error:
            return responses.unauthenticated(media, error)
        except IssuerUnavailable as error:
            return responses.failed(503, media, GraphQLError(f"{error}.", extensions={"code": "UNAUTHENTICATED"}))
        except PurposeRefused as error:
            code = {"code": "BAD_USER_INPUT", "argument": "Purpose"}
            return responses.failed(400, media, GraphQLError(str(error), extensions=code))
        except Exception as error:
            return responses.for_caller(500, media, {"errors": [errors.internal(error, operation_id(request.scope))]})
        text = "" if isinstance(query, GraphQLError) else query
        form = form.asking(text)
        operation = GraphQLRequest(
            id=operation_id(request.scope),
            query=form.sent.text if form.sent else text,
            variables=parameters.variables,
            operation=parameters.operation,
            caller=caller,
            purpose=purpose,
            now=datetime.now(UTC),
            may_act=request.method == "POST",
            written=text if form.sent else None,
        )
        problems = [query] if isinstance(query, GraphQLError) else []
        return Incoming(form, operation, problems, parameters, standing, take)

    def _query(self, caller: Caller, parameters: Parameters) -> str | GraphQLError:
        """The text of the query, or the error of a hash that no text is known by, or of a document that this caller
        may not send. Raises BadRequest."""
        try:
            return self.trusted.text(caller, parameters) or self.persisted.text(parameters)
        except GraphQLError as error:
            return error
