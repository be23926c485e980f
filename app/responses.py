"""Responses of the GraphQL endpoint: their status, their headers and their JSON."""

from collections.abc import Mapping
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.responses import Response

from app import errors, freshness
from app.compression import compressed
from app.graphql_http import RESPONSE_JSON
from app.identity import Unauthenticated
from app.rate_limits import RateLimited
from reference.errors import TrustError

# Answers differ by caller and by purpose.
VARY = "Authorization, Purpose, Accept, Accept-Encoding"
# Clients of persisted queries expect this status of a hash that is not known, whatever media type they accept.
BY_HASH = frozenset({"PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_NOT_SUPPORTED"})


class BrokenOff(TrustError):
    """An answer that may not be sent to its end."""


def status_of(media: str, code: str, *, as_file: bool = False) -> int:
    """The status of a request that was not executed, by the code of its first error. `as_file`: a file was asked for,
    by a client that knows nothing of GraphQL."""
    if as_file and code in BY_HASH:
        return 404
    if code in ("RATE_LIMITED", "METHOD_NOT_ALLOWED"):
        return errors.REQUEST_FAILED[code]
    if media != RESPONSE_JSON or code in BY_HASH:
        return 200
    status = errors.REQUEST_FAILED.get(code, 400)
    return 400 if status == 200 else status


def failed(status: int, media: str, error: GraphQLError, headers: Mapping[str, str] | None = None) -> Response:
    """A response with one error."""
    return for_caller(status, media, {"errors": [errors.formatted(error)]}, headers)


def limited(media: str, refused: RateLimited) -> Response:
    """429, with when to ask again."""
    standing = refused.standing
    return failed(429, media, refused.error, {"Retry-After": str(standing.seconds), **standing.headers})


def unauthenticated(media: str, refused: Unauthenticated) -> Response:
    """401, with what is wrong with the token."""
    error = GraphQLError(f"The token was not accepted: {refused}.", extensions={"code": "UNAUTHENTICATED"})
    return failed(401, media, error, {"WWW-Authenticate": refused.challenge})


def unconfirmed(message: str) -> GraphQLError:
    """For the agreements that it rests on, nothing is shown just now."""
    return GraphQLError(message, extensions={"code": "AGREEMENTS_UNCONFIRMED", "retryable": True})


def for_caller(status: int, media: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """A response for the caller alone, which nobody keeps."""
    kept = {"Cache-Control": freshness.NO_STORE, "Vary": VARY, **(headers or {})}
    return with_content(status, media, orjson.dumps(body), kept)


def with_content(
    status: int, media: str, content: bytes, headers: dict[str, str], encodings: str | None = None
) -> Response:
    """A response with this content, compressed as Accept-Encoding, `encodings`, allows."""
    content, coding = compressed(content, encodings)
    if coding:
        headers["Content-Encoding"] = coding
    return Response(content, status, headers, media_type=stated(media))


def stated(media: str) -> str:
    """A media type as it is stated in a header: of text, in UTF-8."""
    return f"{media}; charset=utf-8" if media.startswith("text/") or "json" in media or "csv" in media else media
