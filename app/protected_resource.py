"""Where a client learns whose tokens are accepted here: OAuth 2.0 Protected Resource Metadata (RFC 9728)."""

import re
from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from app.freshness import NO_STORE

PATH = "/.well-known/oauth-protected-resource"
CHALLENGE = b"www-authenticate"
# A name or address with a port: what may stand within quotation marks in a header.
_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")
RawHeaders = Sequence[tuple[bytes, bytes]]


def page(issuers: Sequence[str]) -> Callable[[Request], Response]:
    """GET /.well-known/oauth-protected-resource: this gateway as it was addressed, the issuers whose tokens it accepts,
    and how they are sent."""

    def metadata(request: Request) -> Response:
        resource = _origin(request.scope)
        if resource is None:
            return Response(status_code=400)
        body = {
            "resource": resource,
            "resource_name": "Labour Market Data Trust",
            "resource_documentation": f"{resource}/",
            "authorization_servers": list(issuers),
            "bearer_methods_supported": ["header"],
        }
        return JSONResponse(body, headers={"Cache-Control": NO_STORE})

    return metadata


def pointed(scope: Scope, headers: RawHeaders) -> RawHeaders:
    """The headers of a 401, whose challenge says where the metadata are."""
    origin = _origin(scope)
    if origin is None:
        return headers
    more = f', resource_metadata="{origin}{PATH}"'.encode()
    return [(name, value + more if name.lower() == CHALLENGE else value) for name, value in headers]


def _origin(scope: Scope) -> str | None:
    """The gateway's address as the request has it."""
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
        return None
    return f"{scope['scheme']}://{hosts[0]}"
