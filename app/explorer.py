"""The explorer's static files, and the headers that keep every page on this machine."""

from pathlib import Path

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Nothing is loaded from, or sent to, anywhere but the gateway itself. The editor makes style elements as it runs.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "worker-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
WITHOUT = """<!doctype html><html lang="en-GB"><title>Labour Market Data Trust</title>
<h1>Labour Market Data Trust</h1>
<p>The explorer has not been built: it needs Node 20 or newer (<code>make explorer</code>).
The gateway itself answers at <code>/graphql</code>, its schema is at <a href="/schema.graphql">/schema.graphql</a>.</p>
"""


def explorer(folder: Path) -> ASGIApp:
    """The built explorer, or a page that says how to build it."""
    if (folder / "index.html").exists():
        return GZipMiddleware(StaticFiles(directory=folder, html=True), minimum_size=1024)

    async def without(_: Request) -> Response:
        return HTMLResponse(WITHOUT)

    return Router([Route("/", without)])


class SecurityHeaders:
    """ASGI middleware: the headers above on every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *RAW]
            await send(message)

        await self._app(scope, receive, sent if scope["type"] == "http" else send)
