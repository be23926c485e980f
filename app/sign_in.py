"""Where people may sign in to the workbench: the issuers that are set up for it, by OpenID Connect."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app import freshness
from app.pages import Page
from app.settings import Issuer


def origins(issuers: Iterable[Issuer]) -> list[str]:
    """Origins that the workbench asks for an issuer's metadata and tokens."""
    parts = (urlsplit(issuer.issuer) for issuer in issuers if issuer.client_id)
    return [f"{part.scheme}://{part.netloc}" for part in parts]


def page(issuers: Sequence[Issuer], seconds: int) -> Page:
    """GET /sign-in.json: for each issuer its name, the client that the workbench is there, and the scope that it asks
    for; none where people bring a token of their own. It may be kept for so many seconds."""
    content = orjson.dumps(
        [
            {"issuer": issuer.issuer, "clientId": issuer.client_id, "scope": issuer.scope}
            for issuer in issuers
            if issuer.client_id
        ]
    )

    async def told(request: Request) -> Response:
        return freshness.page(request, content, "application/json", seconds)

    return told
