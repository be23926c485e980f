"""How requests are made as bytes of HTTP: as they should be, and otherwise."""

from typing import Any

import orjson

RESPONSE_JSON = "application/graphql-response+json"
ME = "{ me { subject } }"
ASKED = orjson.dumps({"query": ME})
# Status and code, None where there is no error of GraphQL.
Answer = tuple[int, str | None]
Line = tuple[Answer, bytes]
OK: Answer = (200, None)
BAD, PARSE, INVALID = (400, "BAD_USER_INPUT"), (400, "GRAPHQL_PARSE_FAILED"), (400, "GRAPHQL_VALIDATION_FAILED")
MEDIA, TOO_LARGE, NO_TYPE = (415, "BAD_USER_INPUT"), (413, "BAD_USER_INPUT"), (406, "BAD_USER_INPUT")
# Not GraphQL's: a request that is not HTTP, and what is at no path or by no method of ours.
NOT_HTTP, NO_METHOD, NOWHERE = (400, None), (405, None), (404, None)
AREAS = "query ($code: AreaCode!, $first: Int) { area(code: $code) { name } areas(where: {level: LA}, first: $first) { totalCount } }"


def http(
    body: bytes = ASKED, method: str = "POST", target: str = "/graphql", *more: tuple[str, str], **changed: str | None
) -> bytes:
    """A request as it should be, with other headers, their names with underscores; None leaves one out. `more`: headers
    that come besides."""
    headers: dict[str, str | None] = {
        "Host": "localhost", "Content-Type": "application/json", "Accept": RESPONSE_JSON, "Connection": "close",
        "Content-Length": str(len(body)), **{name.replace("_", "-"): value for name, value in changed.items()},
    }  # fmt: skip
    lines = [f"{name}: {value}" for name, value in (*headers.items(), *more) if value is not None]
    head = "\r\n".join((f"{method} {target} HTTP/1.1", *lines, "", ""))
    return head.encode("utf-8") + body


def asked(**parameters: Any) -> bytes:
    """A POST with these parameters."""
    return http(orjson.dumps({"query": ME, **parameters}))


def got(target: str, *more: tuple[str, str], **changed: str | None) -> bytes:
    """A GET."""
    return http(b"", "GET", target, *more, **{"Content_Type": None, "Content_Length": None, **changed})


def raw(*lines: str, body: bytes = b"") -> bytes:
    """Lines as they are, and what comes behind an empty one."""
    return "\r\n".join((*lines, "", "")).encode("latin-1") + body
