"""Pages of other origins: those of LMDT_CORS_ORIGINS may read responses in a browser. No origin may by default.

Cookies are never used, so none are ever allowed: a page sends its token itself.
"""

from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from app import told_headers
from app.headers import OPERATION_ID
from app.receipts import HEADER

EXPOSED = (
    OPERATION_ID,
    HEADER,
    told_headers.ERRORS,
    told_headers.WARNINGS,
    "Content-Disposition",
    "ETag",
    "Link",
    "Retry-After",
    "WWW-Authenticate",
)
# Seconds for which a browser need not ask again whether it may.
REMEMBERED = 600


def cross_origin(origins: Sequence[str]) -> list[Middleware]:
    """The middleware that lets pages of these origins in; none where there are no origins."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=("GET", "POST"),
            allow_headers=("*",),
            expose_headers=EXPOSED,
            allow_credentials=False,
            max_age=REMEMBERED,
        )
    ]
