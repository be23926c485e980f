"""GraphQL over HTTP, by its specification: what a request may look like and which media type answers it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from starlette.requests import Request

RESPONSE_JSON = "application/graphql-response+json"
JSON = "application/json"


class Unreadable(Exception):
    """A request that is not GraphQL over HTTP: its status, and what to send instead."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Parameters(NamedTuple):
    """What every GraphQL request says."""

    query: str
    variables: Mapping[str, Any] | None
    operation: str | None


async def read(request: Request, body_limit: int) -> Parameters:
    """The parameters of a GET or POST request. Raises Unreadable."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if request.method in ("GET", "HEAD"):
        # A browser sends other types with no questions asked, on behalf of any page; a GET needs none.
        if kind not in ("", JSON):
            raise Unreadable(415, f"Send a GET without a Content-Type, or with {JSON}.")
        return _from_get(request)
    if kind != JSON:
        raise Unreadable(415, f"Send a POST as {JSON}: the body was {kind[:60] or 'of no stated type'}.")
    size, pieces = 0, list[bytes]()
    async for piece in request.stream():
        size += len(piece)
        if size > body_limit:
            raise Unreadable(413, f"The request is larger than {body_limit} bytes.")
        pieces.append(piece)
    try:
        body = orjson.loads(b"".join(pieces))
    except orjson.JSONDecodeError as error:
        raise Unreadable(400, f"The body is not JSON: {error}.") from error
    if isinstance(body, list):
        raise Unreadable(400, "Send one query in a request: a list of queries is not supported.")
    if not isinstance(body, dict):
        raise Unreadable(400, 'Send a JSON object: {"query": "...", "variables": {...}}.')
    return _parameters(body)  # pyright: ignore[reportUnknownArgumentType]


def _from_get(request: Request) -> Parameters:
    told: dict[str, Any] = {k: v for k, v in request.query_params.items() if k in ("query", "operationName")}
    if variables := request.query_params.get("variables"):
        try:
            told["variables"] = orjson.loads(variables)
        except orjson.JSONDecodeError as error:
            raise Unreadable(400, f"The variables are not JSON: {error}.") from error
    return _parameters(told)


def _parameters(told: Mapping[str, Any]) -> Parameters:
    query, variables, operation = told.get("query"), told.get("variables"), told.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise Unreadable(400, 'The request has no "query": give the text of a GraphQL query.')
    if variables is not None and not isinstance(variables, dict):
        raise Unreadable(400, '"variables" must be a JSON object.')
    if operation is not None and not isinstance(operation, str):
        raise Unreadable(400, '"operationName" must be text.')
    return Parameters(query, variables, operation or None)  # pyright: ignore[reportUnknownArgumentType]


def media_type(accept: str | None) -> str:
    """The media type of the answer: of the two there are, the one that is accepted most and named first; JSON where
    any will do. Raises Unreadable."""
    if not accept or not accept.strip():
        return JSON
    ranges = [_weighed(each) for each in accept.split(",")]
    for kind, _ in sorted((each for each in ranges if each[1] > 0), key=lambda each: -each[1]):
        if kind in (RESPONSE_JSON, JSON):
            return kind
        if kind in ("*/*", "application/*"):
            return RESPONSE_JSON if (JSON, 0.0) in ranges else JSON
    raise Unreadable(406, f"Answers are {RESPONSE_JSON} or {JSON}: accept one of them.")


def _weighed(told: str) -> tuple[str, float]:
    """A media range of an Accept header and its weight; one that cannot be read is not accepted."""
    kind, *parameters = (each.strip().lower() for each in told.split(";"))
    weights = [each.removeprefix("q=") for each in parameters if each.startswith("q=")]
    try:
        return kind, float(weights[0]) if weights else 1.0
    except ValueError:
        return kind, 0.0
