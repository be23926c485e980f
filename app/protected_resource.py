"""Where a client learns whose tokens are accepted here: OAuth 2.0 Protected Resource Metadata (RFC 9728)."""

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from app.addressed import origin
from app.freshness import NO_STORE

PATH = "/.well-known/oauth-protected-resource"
CHALLENGE = b"www-authenticate"
RawHeaders = Sequence[tuple[bytes, bytes]]


def page(issuers: Sequence[str]) -> Callable[[Request], Response]:
    """GET /.well-known/oauth-protected-resource: this gateway as it was addressed, the issuers whose tokens it accepts,
    and how they are sent."""

    def metadata(request: Request) -> Response:
        resource = origin(request.scope)
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
    address = origin(scope)
    if address is None:
        return headers
    more = f', resource_metadata="{address}{PATH}"'.encode()
    return [(name, value + more if name.lower() == CHALLENGE else value) for name, value in headers]
