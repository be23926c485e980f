"""How long a response may be kept, and by whom: Cache-Control, ETag, and 304 for what the caller has already.

Three kinds. Open to all: kept by anybody for some seconds, then checked by its ETag. Unchanging: named by a hash of
its content. Everything else is for the caller alone and kept by nobody.
"""

import hashlib
import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

NO_STORE = "no-store"
REVALIDATE = "no-cache"
IMMUTABLE = "public, max-age=31536000, immutable"
TAGS = re.compile(r'(?:W/)?("[^"]*")')
# What a 304 repeats of the response it stands for.
REPEATED = frozenset({"cache-control", "content-location", "date", "etag", "expires", "receipt", "vary"})


def open_to_all(seconds: int) -> str:
    """The Cache-Control of a response that anybody may keep for so many seconds."""
    return f"public, max-age={seconds}" if seconds > 0 else f"public, {REVALIDATE}"


def etag(content: bytes) -> str:
    """The ETag of a content. Weak: the same content may be compressed in different ways."""
    return f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'


def has_already(request: Request, tag: str) -> bool:
    """Whether If-None-Match says that the caller has the content with this ETag."""
    stated = ",".join(request.headers.getlist("If-None-Match"))
    return stated.strip() == "*" or tag.removeprefix("W/") in TAGS.findall(stated)


def not_modified(headers: Mapping[str, str]) -> Response:
    """A 304 for a response with these headers."""
    return Response(status_code=304, headers={k: v for k, v in headers.items() if k.lower() in REPEATED})


def page(request: Request, content: bytes, media: str, seconds: int) -> Response:
    """A page that is open to all, or 304 where the caller has it already."""
    tag = etag(content)
    headers = {"Cache-Control": open_to_all(seconds), "ETag": tag}
    if has_already(request, tag):
        return not_modified(headers)
    return Response(content, headers=headers, media_type=media)
