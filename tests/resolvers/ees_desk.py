"""What the tests of the Explore education statistics connector share: the connector, and the publisher behind it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
from starlette.applications import Starlette

from reference.column import Column
from reference.facets import Facet
from reference.figure import Marker
from reference.period import parse
from resolvers.protocols.connector import DatasetQuery
from resolvers.protocols.ees import EES
from resolvers.source import Source, load
from resolvers.table import Slice, Table
from resolvers.wire import Wire

FILE = Path(__file__).parents[2] / "resolvers" / "sources" / "dfe.toml"
DFE = load(FILE)
APPRENTICESHIPS, SKILLS, COURSES, NEET, CARE = (dataset.id for dataset in DFE.datasets)
Change = Callable[[Any], None]


class Desk:
    """A connector and the publisher behind it. `change` alters the publisher's answers to queries."""

    def __init__(self, app: Starlette, source: Source = DFE, change: Change | None = None) -> None:
        self.app, self.source, self._change = app, source, change
        self._publisher = httpx.ASGITransport(app)
        self.ees = EES(source, Wire(source, httpx.MockTransport(self._answer)))
        self.unlisted = False

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.unlisted and "/versions/" in request.url.path:
            return httpx.Response(404)
        reply = await self._publisher.handle_async_request(request)
        content = await reply.aread()
        if self._change and request.method == "POST" and reply.status_code == 200:
            document = orjson.loads(content)
            self._change(document)
            content = orjson.dumps(document)
        return httpx.Response(reply.status_code, headers={"Retry-After": "0"}, content=content)

    def ask(self, dataset: str, *slices: Slice, evidence: bool = False) -> DatasetQuery:
        return DatasetQuery(next(entry for entry in self.source.datasets if entry.id == dataset), slices, evidence)

    async def answer(self, dataset: str, *slices: Slice, evidence: bool = False) -> tuple[tuple[Table, ...], list[str]]:
        """Tables, and the queries made for them."""
        ask = self.ask(dataset, *slices, evidence=evidence)
        tables = await self.ees.answer(ask)
        return tables, [call.url for call in ask.calls if call.method == "POST"]


def starts(areas: tuple[str, ...] = ("E06000001",), years: tuple[str, ...] = ("2022/23",), *by: Facet) -> Slice:
    groups = (("FEMALE",), ("MALE",)) if by else ((),)
    return Slice(("apprenticeshipStarts",), areas, tuple(parse(year) for year in years), by, groups)


def texts(column: Column) -> list[str]:
    """Each cell as its value, or as the marker in its place."""
    cells = zip(column.values.ravel().tolist(), column.markers.ravel().tolist(), strict=True)
    return [str(Marker(bits).name) if np.isnan(value) else f"{value:g}" for value, bits in cells]
