"""The transparency log over HTTP, as C2SP's tlog-tiles has it: the last checkpoint, and tiles of hashes. Tiles of
entries are not served: who asked what is not for everyone."""

import asyncio
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app import freshness
from transparency.tiles import Tile, TileWrong
from trust.log.published import LogUnreadable, Published

# Seconds for which a checkpoint may be kept: a second later there may be another.
SECONDS = 1


class LogPages:
    """The routes of the log."""

    def __init__(self, published: Published) -> None:
        self._published = published
        self.routes = [Route("/checkpoint", self.checkpoint), Route("/tile/{rest:path}", self.tile)]

    async def checkpoint(self, request: Request) -> Response:
        """GET /checkpoint: what the log was when it was signed last, or, where witnesses are asked, when a quorum of
        them had cosigned it last; 404 before that."""
        content = await _read(self._published.checkpoint)
        return freshness.page(request, content, "text/plain; charset=utf-8", SECONDS)

    async def tile(self, request: Request) -> Response:
        """GET /tile/LEVEL/NUMBER: hashes that never change."""
        try:
            tile = Tile.at(request.url.path.removeprefix("/"))
        except TileWrong:
            tile = None
        if tile is None or tile.level is None:
            raise HTTPException(404)
        content = await _read(lambda: self._published.tile(tile))
        headers = {"Cache-Control": freshness.IMMUTABLE}
        return Response(content, headers=headers, media_type="application/octet-stream")


async def _read(read: Callable[[], bytes | None]) -> bytes:
    """What is read, beside the event loop. Raises HTTPException where it is not there, or nobody can read it."""
    try:
        content = await asyncio.to_thread(read)
    except LogUnreadable as error:
        raise HTTPException(503) from error
    if content is None:
        raise HTTPException(404)
    return content
