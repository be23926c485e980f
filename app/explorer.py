"""The explorer's static files, and how long a browser may keep them."""

import re
from os import PathLike
from pathlib import Path
from typing import Any

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from app.freshness import IMMUTABLE, REVALIDATE

# Vite puts a hash of the content into these names: eight characters before the ending.
HASHED = re.compile(r".*/assets/[^/]+-[A-Za-z0-9_-]{8}\.\w+")
WITHOUT = """<!doctype html><html lang="en-GB"><title>Labour Market Data Trust</title>
<h1>Labour Market Data Trust</h1>
<p>The explorer has not been built: it needs Node 20 or newer (<code>make explorer</code>).
The gateway itself answers at <code>/graphql</code>, its schema is at <a href="/schema.graphql">/schema.graphql</a>.</p>
"""


def explorer(folder: Path) -> ASGIApp:
    """The built explorer, or a page that says how to build it."""
    if (folder / "index.html").exists():
        return GZipMiddleware(Files(directory=folder, html=True), minimum_size=1024)

    async def without(_: Request) -> Response:
        return HTMLResponse(WITHOUT, headers={"Cache-Control": REVALIDATE})

    return Router([Route("/", without)])


class Files(StaticFiles):
    """Files of the built explorer: those named by a hash never change, the others are checked each time."""

    def file_response(self, full_path: str | PathLike[str], *arguments: Any, **named: Any) -> Response:
        """A file, or 304 where the caller has it already, with how long it may be kept."""
        response = super().file_response(full_path, *arguments, **named)
        response.headers["Cache-Control"] = IMMUTABLE if HASHED.fullmatch(Path(full_path).as_posix()) else REVALIDATE
        # Weak: a file may be compressed on its way.
        response.headers["ETag"] = "W/" + response.headers["ETag"].removeprefix("W/")
        return response
