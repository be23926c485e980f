"""GraphQL over HTTP, by its specification: what a request may look like and which media type answers it."""

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple, cast

from starlette.requests import Request

from reference.errors import TrustError
from reference.json_text import NotReadable, read_json

RESPONSE_JSON = "application/graphql-response+json"
JSON = "application/json"
# JSON is UTF-8; what is ASCII is UTF-8 too.
CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
PARAMETERS = ("query", "documentId", "variables", "operationName", "extensions")
SHA256 = re.compile("[0-9a-fA-F]{64}")
# Manifests have the hash alone.
DOCUMENT_ID = re.compile("(?:sha256:)?([0-9a-fA-F]{64})")


class BadRequest(TrustError):
    """A request that is not GraphQL over HTTP: its status, and what to send instead."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Parameters(NamedTuple):
    """What a GraphQL request says. `query`: empty where the request gives only its hash. `sha256`: the hash of the
    query, in lower-case hexadecimal, where the request gives it: as `documentId`, or as Apollo's clients do."""

    query: str
    variables: Mapping[str, Any] | None
    operation: str | None
    sha256: str | None = None


async def read(request: Request, headers: Mapping[bytes, list[str]], body_limit: int) -> Parameters:
    """The parameters of a GET or POST request of at most so many bytes, with its headers by their names. Raises
    BadRequest."""
    kind = _content_type(tuple(headers.get(b"content-type", ())))
    if request.method in ("GET", "HEAD"):
        # A browser sends other types with no questions asked, on behalf of any page; a GET needs none.
        if kind not in ("", JSON):
            raise BadRequest(415, f"Send a GET without a Content-Type, or with {JSON}.")
        return _from_get(request, body_limit)
    if kind != JSON:
        raise BadRequest(415, f"Send a POST as {JSON}: the body was {kind[:60] or 'of no stated type'}.")
    coding = ",".join(headers.get(b"content-encoding", ())).strip().lower()
    if coding not in ("", "identity"):
        raise BadRequest(415, f"Send the body as it is: a body encoded as {coding[:40]!r} is not read.")
    body = _json(await _body(request, body_limit), "The body is")
    if isinstance(body, list):
        raise BadRequest(400, "Send one query in a request: a list of queries is not supported.")
    if not isinstance(body, dict):
        raise BadRequest(400, 'Send a JSON object: {"query": "...", "variables": {...}}.')
    return _parameters(cast(dict[str, Any], body))


async def _body(request: Request, limit: int) -> bytes:
    """The body of a request. Raises BadRequest."""
    body, more = bytearray(), True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise BadRequest(400, "The body ended before its end.")
        body += message.get("body", b"")
        if len(body) > limit:
            raise BadRequest(413, f"The request is larger than {limit} bytes.")
        more = message.get("more_body", False)
    return bytes(body)


@lru_cache(256)
def _content_type(stated: tuple[str, ...]) -> str:
    """The media type of the body, in lower case, from the headers that state it; empty where none does. Raises
    BadRequest."""
    if len(stated) > 1:
        raise BadRequest(400, "Send one Content-Type: this request has several.")
    kind, *parameters = (part.strip() for part in "".join(stated).lower().split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        charset = value.strip().strip('"')
        if name.strip() == "charset" and charset not in CHARSETS:
            raise BadRequest(415, f"Send {JSON} in UTF-8: the charset {charset[:40]!r} is not read.")
    return kind


def _from_get(request: Request, limit: int) -> Parameters:
    """The parameters in the address of a GET. Raises BadRequest."""
    if len(request.url.query) > limit:
        raise BadRequest(414, f"The address is longer than {limit} bytes: send the query as a POST.")
    parameters: dict[str, Any] = {}
    for name in PARAMETERS:
        values = request.query_params.getlist(name)
        if len(values) > 1:
            raise BadRequest(400, f'The address gives "{name}" {len(values)} times: give it once.')
        if values and values[0]:
            is_json = name in ("variables", "extensions")
            parameters[name] = _json(values[0], f"The {name} are") if is_json else values[0]
    return _parameters(parameters)


def _json(text: bytes | str, what: str) -> object:
    """The value of a JSON text. Raises BadRequest, whose message begins with `what`."""
    try:
        return read_json(text)
    except NotReadable as error:
        raise BadRequest(400, f"{what} {error}.") from error


def _parameters(parameters: Mapping[str, Any]) -> Parameters:
    """Parameters of the kinds that the specification gives them. Raises BadRequest."""
    query, variables = parameters.get("query"), parameters.get("variables")
    operation, extensions = parameters.get("operationName"), parameters.get("extensions")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequest(400, '"variables" must be a JSON object.')
    if operation is not None and not isinstance(operation, str):
        raise BadRequest(400, '"operationName" must be text.')
    if extensions is not None and not isinstance(extensions, dict):
        raise BadRequest(400, '"extensions" must be a JSON object.')
    persisted = _sha256(cast(dict[str, Any], extensions).get("persistedQuery")) if extensions else None
    identified = _document_id(parameters.get("documentId"))
    if persisted and identified and persisted != identified:
        raise BadRequest(400, '"documentId" and "extensions.persistedQuery" name two documents: give one of them.')
    sha256 = identified or persisted
    if query is None and sha256:
        query = ""
    elif not isinstance(query, str) or not query.strip():
        raise BadRequest(400, 'The request has no "query": give the text of a GraphQL query, or its "documentId".')
    return Parameters(query, cast(dict[str, Any] | None, variables), operation or None, sha256)


def _document_id(given: object) -> str | None:
    """The hash that a document identifier holds, if there is one. Raises BadRequest."""
    if given is None:
        return None
    match = DOCUMENT_ID.fullmatch(given) if isinstance(given, str) else None
    if match is None:
        raise BadRequest(
            400, '"documentId" must be "sha256:" and the SHA-256 of a document\'s text: 64 hexadecimal digits.'
        )
    return match[1].lower()


def _sha256(persisted: object) -> str | None:
    """The hash of `extensions.persistedQuery`, if there is one. Raises BadRequest."""
    if persisted is None:
        return None
    if not isinstance(persisted, dict):
        raise BadRequest(400, '"extensions.persistedQuery" must be {"version": 1, "sha256Hash": "..."}.')
    hashed = cast(dict[str, object], persisted)
    version, sha256 = hashed.get("version"), hashed.get("sha256Hash")
    if version != 1 or isinstance(version, bool):
        raise BadRequest(400, '"extensions.persistedQuery.version" must be 1.')
    if not isinstance(sha256, str) or not SHA256.fullmatch(sha256):
        raise BadRequest(400, '"extensions.persistedQuery.sha256Hash" must be a SHA-256: 64 hexadecimal digits.')
    return sha256.lower()


@lru_cache(256)
def media_type(accept: str | None, others: frozenset[str] = frozenset()) -> str:
    """The media type of the answer: of the two that GraphQL has, and of those that `others` names, the one that is
    accepted most and named first; JSON where any will do. Raises BadRequest."""
    if not accept or not accept.strip():
        return JSON
    ranges = [_weighed(part) for part in accept.split(",")]
    for kind, _ in sorted((weighed for weighed in ranges if weighed[1] > 0), key=lambda weighed: -weighed[1]):
        if kind in (RESPONSE_JSON, JSON) or kind in others:
            return kind
        if kind in ("*/*", "application/*"):
            return RESPONSE_JSON if (JSON, 0.0) in ranges else JSON
    tables = f"; as tables {', '.join(sorted(others))}" if others else ""
    raise BadRequest(406, f"Answers are {RESPONSE_JSON} or {JSON}{tables}: accept one of them.")


def _weighed(media_range: str) -> tuple[str, float]:
    """A media range of an Accept header and its weight, 0 to 1; one that cannot be read is not accepted."""
    kind, *parameters = (part.strip().lower() for part in media_range.split(";"))
    weights = [parameter.removeprefix("q=") for parameter in parameters if parameter.startswith("q=")]
    try:
        weight = float(weights[0]) if weights else 1.0
    except ValueError:
        return kind, 0.0
    return kind, min(weight, 1.0) if math.isfinite(weight) else 0.0
