"""What leaves the building: a code from this table, a message for the caller, and nothing of our insides."""

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

log = logging.getLogger("lmdt")
UNDONE = "Something failed here, so nothing was done. Tell the operator this id."


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One error code: when it is met, and what to do."""

    name: str
    status: int
    meaning: str
    remedy: str


CODES = (
    ErrorCode(
        "UNAUTHENTICATED", 401, "The token cannot be accepted.", "Get a new token; the message says what was wrong."
    ),
    ErrorCode(
        "UNAUTHORIZED_FIELD_OR_TYPE",
        200,
        "A field that no rule or agreement lets you read. It is null, the rest of the answer stands. "
        "`coordinate`, `owner`, `clause`, `reason` and `remedy` say which, whose, why and what would help.",
        "Do what `remedy` says.",
    ),
    ErrorCode(
        "DEPARTMENT_UNAVAILABLE",
        200,
        "A department did not answer, not in time, or was asked too often. Its fields are null. `retryAfter`, where "
        "it is known: seconds before which the department is not asked again.",
        "Ask again later.",
    ),
    ErrorCode(
        "DEPARTMENT_REFUSED", 200, "A department refused the Trust's request.", "Nothing: the operator has been told."
    ),
    ErrorCode("DEPARTMENT_MISANSWERED", 200, "A department's answer could not be trusted.", "Ask again later."),
    ErrorCode(
        "BAD_USER_INPUT", 200, "An argument or variable cannot be used; `nearest` has valid values.", "Correct it."
    ),
    ErrorCode("GRAPHQL_PARSE_FAILED", 400, "The query is not GraphQL.", "Correct it where `locations` points."),
    ErrorCode(
        "GRAPHQL_VALIDATION_FAILED", 400, "The query does not fit the schema.", "Correct it where `locations` points."
    ),
    ErrorCode(
        "QUERY_TOO_COSTLY", 400, "The query asks for more than is allowed at once.", "Ask for less, or page by page."
    ),
    ErrorCode(
        "PERSISTED_QUERY_NOT_FOUND",
        200,
        "No query is known by this hash. Clients of automatic persisted queries send its text then.",
        "Send the query itself, with its hash.",
    ),
    ErrorCode(
        "PERSISTED_QUERY_NOT_SUPPORTED",
        200,
        "This gateway keeps no queries by their hash.",
        "Send the query itself.",
    ),
    ErrorCode(
        "DOCUMENT_NOT_TRUSTED",
        400,
        "You may send trusted documents only, by their id or to the letter, and this is none of them.",
        "Have the document added to the manifest, or send one that is there.",
    ),
    ErrorCode(
        "NOT_OFFERED",
        200,
        "A measure of the model that this gateway has no source for. It is null; `owner` says whose it is.",
        "Leave it out, or ask its owner to join.",
    ),
    ErrorCode(
        "RATE_LIMITED",
        429,
        "A quota of requests is used up. `Retry-After` and the `RateLimit` fields say when there is more, and how much "
        "is left of it after each request.",
        "Ask again after `retryAfter` seconds, for less, or a page at a time.",
    ),
    ErrorCode(
        "METHOD_NOT_ALLOWED", 405, "A mutation that was not sent by POST: it changes something.", "Send it by POST."
    ),
    ErrorCode(
        "TRANSITION_REFUSED",
        200,
        "A move that you may not make of an agreement as it is. `allowed`: the moves that may be made, and by whom.",
        "Do what the message says, or ask someone who may.",
    ),
    ErrorCode(
        "CONFLICT",
        200,
        "Somebody else was quicker, or you looked at something else. `organisation`, `subject`, `at`, `version` and "
        "`state` say who it was, when, and what the agreement is now.",
        "Look at the agreement again.",
    ),
    ErrorCode(
        "AGREEMENT_INCOMPLETE",
        200,
        "An agreement that cannot go on as it is. `missing`: every key that is missing or wrong, and what it may hold.",
        "Amend it: answer what is missing.",
    ),
    ErrorCode(
        "AGREEMENTS_UNCONFIRMED",
        200,
        "Just now it cannot be confirmed which agreements are in force, so what needs one is refused. `retryable`.",
        "Ask again in a moment.",
    ),
    ErrorCode(
        "OUTCOME_UNKNOWN",
        503,
        "The database went while it was told to keep a move of an agreement: whether it has is not known.",
        "Look at the agreement before you ask again; a proposal with the same `requestId` is made once.",
    ),
    ErrorCode("RECORD_FAILED", 503, "The request could not be recorded, so it was not answered.", "Ask again later."),
    ErrorCode(
        "INTERNAL", 500, "Something failed here. `id` finds it in the Trust's log.", "Tell the operator the `id`."
    ),
)
KNOWN = {code.name: code for code in CODES}
# Statuses of a GraphQL answer without data; a partial answer is always 200.
REQUEST_FAILED = {code.name: code.status for code in CODES}


def formatted(error: GraphQLError) -> dict[str, Any]:
    """An error as the caller sees it. Anything without a code of ours is masked, and logged once with its id."""
    extensions = error.extensions or {}
    if extensions.get("code") in KNOWN:
        return error.formatted  # pyright: ignore[reportReturnType]
    cause = error.original_error
    if cause is None or (isinstance(cause, GraphQLError) and cause.nodes and cause.original_error is None):
        # Raised by graphql-core itself about the request: coercion of arguments while executing.
        return {**error.formatted, "extensions": {"code": "BAD_USER_INPUT"}}
    masked = internal(cause)
    return {**masked, **({"path": error.path} if error.path else {})}


def internal(cause: BaseException, operation_id: str | None = None) -> dict[str, Any]:
    """The error that stands for one of ours: an id for the caller, the traceback for the log."""
    name = uuid.uuid4().hex
    known = {"operation_id": operation_id} if operation_id else {}
    log.error("internal error", extra={"event": "internal", "error_id": name, **known}, exc_info=cause)
    return {
        "message": "Something failed here. Tell the operator this id.",
        "extensions": {"code": "INTERNAL", "id": name},
    }


async def problem(_: Request, error: Exception) -> Response:
    """An RFC 9457 problem, for requests that are not GraphQL."""
    assert isinstance(error, HTTPException)
    extensions: dict[str, Any] = {"type": "about:blank", "title": error.detail, "status": error.status_code}
    if error.status_code == 404:
        extensions["detail"] = "There is nothing at this address. Queries are answered at /graphql."
    elif error.status_code == 405:
        extensions["detail"] = f"This address allows {(error.headers or {}).get('Allow', 'GET')}."
    return _problem(extensions, error.headers)


def failed(error: Exception, operation_id: str) -> Response:
    """An RFC 9457 problem for a failure of ours: the id of the error, which is in the log with its traceback."""
    masked = internal(error, operation_id)
    described = {"title": "Internal Server Error", "status": 500, "detail": masked["message"]}
    return _problem({"type": "about:blank", **described, "id": masked["extensions"]["id"]})


def _problem(described: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """The response that is a problem; nobody keeps it."""
    kept_by_nobody = {"Cache-Control": "no-store", **(headers or {})}
    return Response(orjson.dumps(described), described["status"], kept_by_nobody, media_type="application/problem+json")
