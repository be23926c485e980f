"""GET /catalogue: what there is, who owns it and who may read it, for catalogues elsewhere."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app import freshness
from app.addressed import origin
from app.confirmed import confirmed
from app.dcat import Catalogued
from policies.book import Book
from resolvers.catalogue import Catalogue
from resolvers.extents import Extents

MEDIA = "application/ld+json"


class CataloguePage:
    """The catalogue of a gateway. `contact`: whom to write to about it."""

    def __init__(self, catalogue: Catalogue, extents: Extents, book: Callable[[], Book], contact: str) -> None:
        self._catalogue, self._extents, self._book, self._contact = catalogue, extents, book, contact
        self._started, self._version = datetime.now(UTC).date(), version("labour-market-data-trust")

    async def page(self, request: Request) -> Response:
        """DCAT 3 in JSON-LD. Raises HTTPException where it is not known which agreements are in force."""
        address = origin(request.scope)
        if address is None:
            raise HTTPException(400, "The request has no Host that can be named.")
        # Beside the event loop: there may be thousands of agreements.
        content = await asyncio.to_thread(self._written, address, confirmed(self._book()))
        return freshness.page(request, content, MEDIA, 0)

    def _written(self, address: str, book: Book) -> bytes:
        agreements = book.in_force(datetime.now(UTC))
        known = Catalogued(
            address, self._catalogue, self._extents, agreements, self._contact, self._version, self._started
        )
        return orjson.dumps(known.document())
