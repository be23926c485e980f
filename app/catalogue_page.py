"""GET /catalogue: what there is, who owns it and who may read it, for catalogues elsewhere."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app import freshness
from app.addressed import origin
from app.dcat import Catalogued
from policies.book import Book
from resolvers.catalogue import Catalogue
from resolvers.extents import Extents

MEDIA = "application/ld+json"


class CataloguePage:
    """The catalogue of a gateway. `contact`: whom to write to about it."""

    def __init__(self, catalogue: Catalogue, extents: Extents, book: Callable[[], Book], contact: str) -> None:
        self._catalogue, self._extents, self._book, self._contact = catalogue, extents, book, contact
        self._started = datetime.now(UTC).date()

    async def page(self, request: Request) -> Response:
        """DCAT 3 in JSON-LD. Raises HTTPException where it is not known which agreements are in force."""
        address, book, now = origin(request.scope), self._book(), datetime.now(UTC)
        if address is None:
            raise HTTPException(400, "The request has no Host that can be named.")
        if not book.confirmed:
            raise HTTPException(503, "It cannot be confirmed which agreements are in force.", {"Retry-After": "1"})
        agreements = sorted((one for one in book if one.in_force(now)), key=lambda one: one.ref)
        known = Catalogued(
            address, self._catalogue, self._extents, agreements, self._contact, version("labour-market-data-trust"),
            self._started,
        )  # fmt: skip
        return freshness.page(request, orjson.dumps(known.document()), MEDIA, 0)
