"""Nomis, the labour-market service of the Office for National Statistics (https://www.nomisweb.co.uk/api/v01/help).

Three habits of it shape this module. A dimension that is not pinned gives every code of it; an answer of more rows
than its limit is cut with HTTP 200; a parameter it does not know gives an empty body with HTTP 200.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from resolvers.errors import DepartmentError, DepartmentMisanswered, DepartmentUnavailable
from resolvers.protocols.connector import Ask
from resolvers.protocols.nomis.cells import Cells
from resolvers.protocols.nomis.definition import Definition, moved, read_codes, read_definition
from resolvers.protocols.nomis.page import Page, read_page
from resolvers.protocols.nomis.reading import Reading, read
from resolvers.protocols.nomis.request import LONGEST_URL, PAGE, Request, requests
from resolvers.source import Source
from resolvers.table import Slice, Table
from resolvers.wire import Call, Reply, Wire

# Seconds that a dataset's definition is relied on before it is read again.
DEFINITION_KEPT = 3600.0
# An answer of more pages than this is not one that was asked for.
MOST_PAGES = 200


class Nomis:
    """Speaks Nomis to one endpoint. `credential` is the account's uid, which raises the limit of rows."""

    def __init__(self, source: Source, wire: Wire, credential: str | None = None) -> None:
        self._source, self._wire = source, wire
        self._uid = urlencode({"uid": credential}) if credential else ""
        self._room = LONGEST_URL - len(source.url) - len(credential or "") - 60
        self._readings = {dataset.id: read(dataset) for dataset in source.datasets}
        self._definitions: dict[str, tuple[Definition, float]] = {}

    async def answer(self, ask: Ask) -> tuple[Table, ...]:
        """One Table for each Slice, all from one request where that is shortest. Raises DepartmentError."""
        reading = self._readings[ask.dataset.id]
        definition = await self._definition(reading, ask.calls)
        if definition and (wrong := definition.disagreements(reading)):
            self._definitions.pop(ask.dataset.id, None)
            raise DepartmentMisanswered(self._source.department, "; ".join(wrong))
        tables: dict[int, Table] = {}
        planned = requests(reading, ask.slices)
        answered = await asyncio.gather(*(self._cells(request, ask.calls) for request, _ in planned))
        now = datetime.now(UTC)
        for (_, positions), cells in zip(planned, answered, strict=True):
            for at in positions:
                one = ask.slices[at]
                columns = {measure: cells.column(one, measure) for measure in one.measures}
                source = " ; ".join(self._lines(reading, (one,)))
                tables[at] = Table(one, columns, definition.updated if definition else None, source, now)
        return tuple(tables[at] for at in range(len(ask.slices)))

    def requests(self, ask: Ask) -> tuple[str, ...]:
        """The data requests that `answer` would make, but for further pages of an answer over 25,000 rows."""
        return tuple(self._lines(self._readings[ask.dataset.id], ask.slices))

    async def drift(self) -> tuple[str, ...]:
        """Dimensions, codes and types of geography that the publisher's metadata and the source file disagree on."""
        return tuple([line for reading in self._readings.values() async for line in self._drift(reading)])

    async def _drift(self, reading: Reading) -> AsyncIterator[str]:
        name = reading.dataset.id
        try:
            definition = read_definition(await self._get(f"/dataset/{name}.def.sdmx.json", name, []))
        except DepartmentUnavailable:
            raise
        except DepartmentError as error:
            yield f"{name}: its definition could not be read: {error.detail}"
            return
        self._definitions[name] = (definition, time.monotonic())
        for line in definition.disagreements(reading):
            yield line
        for concept in sorted(definition.concepts & set(reading.concepts)):
            for line in moved(reading, concept, await self._codes(name, concept, [])):
                yield line
        for level, type_code in reading.types.items():
            if not await self._codes(name, f"geography/{type_code}", []):
                yield f"{name}: the publisher has no places of {type_code}, given for {level}"

    async def _codes(self, dataset: str, concept: str, calls: list[Call]) -> dict[str, str]:
        """The publisher's code list of a concept; empty where it has none."""
        try:
            return read_codes(await self._get(f"/dataset/{dataset}/{concept}.def.sdmx.json", dataset, calls))
        except DepartmentMisanswered:
            return {}

    def _lines(self, reading: Reading, slices: Sequence[Slice]) -> Iterator[str]:
        for request, _ in requests(reading, slices):
            yield from (f"GET {self._source.url}{part.path()}" for part in request.short(self._room))

    async def _definition(self, reading: Reading, calls: list[Call]) -> Definition | None:
        """The dataset's definition. None where there is none to be had: rows then have to prove themselves, as two
        of them for one cell are refused."""
        name = reading.dataset.id
        known = self._definitions.get(name)
        if known and time.monotonic() - known[1] < DEFINITION_KEPT:
            return known[0]
        try:
            definition = read_definition(await self._get(f"/dataset/{name}.def.sdmx.json", name, calls))
        except DepartmentMisanswered:
            return None
        self._definitions[name] = (definition, time.monotonic())
        return definition

    async def _cells(self, request: Request, calls: list[Call]) -> Cells:
        cells = Cells(request)
        for part in request.short(self._room):
            for page in await self._pages(part, calls):
                cells.lay(page, part, self._source.department)
        cells.check(self._source.department)
        return cells

    async def _pages(self, part: Request, calls: list[Call]) -> list[Page]:
        """Every page of an answer, as many rows in all as it says there are. Raises DepartmentMisanswered."""
        first = await self._page(part, calls)
        if first is None:
            await self._nothing_published(part, calls)
            return []
        if first.count is None:
            return await self._until_whole(part, first, calls)
        step = max(first.rows, PAGE)
        offsets = range(first.rows, first.count, step)
        if len(offsets) > MOST_PAGES or (first.count and not first.rows):
            raise self._short(part, first.rows, first.count)
        rest = await asyncio.gather(*(self._page(part, calls, offset, step) for offset in offsets))
        pages = [first, *(page for page in rest if page is not None)]
        if any(page.count != first.count for page in pages) or sum(page.rows for page in pages) != first.count:
            raise self._short(part, sum(page.rows for page in pages), first.count)
        return pages

    async def _until_whole(self, part: Request, first: Page, calls: list[Call]) -> list[Page]:
        """Pages one after another, where an answer says only whether it was cut short and not how long it is."""
        pages, rows = [first], first.rows
        while pages[-1].more or (pages[-1].rows and pages[-1].rows % PAGE == 0):
            page = await self._page(part, calls, rows)
            if page is None or not page.rows:
                if pages[-1].more:
                    raise self._short(part, rows, None)
                break
            pages.append(page)
            rows += page.rows
            if len(pages) > MOST_PAGES:
                raise self._short(part, rows, None)
        return pages

    async def _page(self, part: Request, calls: list[Call], offset: int = 0, limit: int | None = None) -> Page | None:
        reply = await self._get(part.path(offset, limit), part.reading.dataset.id, calls)
        return read_page(reply, part.reading.form)

    async def _nothing_published(self, part: Request, calls: list[Call]) -> None:
        """An empty body is right only if none of the times is published yet. Raises DepartmentMisanswered."""
        published = await self._codes(part.reading.dataset.id, "time", calls)
        if not published or not published.keys().isdisjoint(part.times):
            raise DepartmentMisanswered(
                self._source.department, f"an empty body, as for a parameter it does not know: GET {part.path()}"
            )

    def _short(self, part: Request, rows: int, count: int | None) -> DepartmentMisanswered:
        said = f"{rows} rows of {count}" if count is not None else f"no more after {rows} rows of an answer cut short"
        return DepartmentMisanswered(self._source.department, f"{said}: GET {part.path()}")

    async def _get(self, path: str, dataset: str, calls: list[Call]) -> Reply:
        return await self._wire.send("GET", path, dataset=dataset, calls=calls, secret=self._uid)
