"""Nomis, the labour-market service of the Office for National Statistics (https://www.nomisweb.co.uk/api/v01/help).

Three habits of it shape this module. A dimension that is not pinned gives every code of it; an answer of more rows
than its limit is cut with HTTP 200; a parameter it does not know, or a place that it does not hold, gives an empty body
with HTTP 200.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from resolvers.errors import DepartmentMisanswered
from resolvers.extents import Extent, extent
from resolvers.protocols.connector import DatasetQuery
from resolvers.protocols.nomis.cells import NomisCells
from resolvers.protocols.nomis.definition import Definitions
from resolvers.protocols.nomis.drift import drift_of
from resolvers.protocols.nomis.mapping import NomisMapping, read
from resolvers.protocols.nomis.page import NomisPage, read_page
from resolvers.protocols.nomis.request import LONGEST_URL, PAGE, NomisRequest, requests
from resolvers.source import Source
from resolvers.table import Slice, Table
from resolvers.wire import Call, Reply, Wire

log = logging.getLogger("lmdt")
# An answer of more pages than this is not one that was asked for.
MOST_PAGES = 200
# So many texts that nobody has explained are kept for the report of drift.
MOST_TEXTS = 100


class Nomis:
    """Speaks Nomis to one endpoint. `credential` is the account's uid, which raises the limit of rows."""

    def __init__(self, source: Source, wire: Wire, credential: str | None = None) -> None:
        self._source, self._wire = source, wire
        self._uid = urlencode({"uid": credential}) if credential else ""
        self._room = LONGEST_URL - len(source.url) - len(credential or "") - 60
        self._readings = {dataset.id: read(dataset) for dataset in source.datasets}
        self._definitions = Definitions(self._get)
        self._unexplained: dict[str, None] = {}

    async def answer(self, ask: DatasetQuery) -> tuple[Table, ...]:
        """One Table for each Slice, all from one request where that is shortest. Raises DepartmentError."""
        reading = self._readings[ask.dataset.id]
        definition = await self._definitions.of(ask.dataset.id, ask.calls)
        if definition and (wrong := definition.disagreements(reading)):
            self._definitions.forget(ask.dataset.id)
            raise DepartmentMisanswered(self._source.department, "; ".join(wrong))
        tables: dict[int, Table] = {}
        planned = requests(reading, ask.slices)
        answered = await asyncio.gather(*(self._cells(request, ask.calls) for request, _ in planned))
        now = datetime.now(UTC)
        for (_, positions), cells in zip(planned, answered, strict=True):
            self._report(ask.dataset.id, cells.words)
            for at in positions:
                one = ask.slices[at]
                columns = {measure: cells.column(one, measure) for measure in one.measures}
                tables[at] = Table(one, columns, definition.updated if definition else None, now)
        return tuple(tables[at] for at in range(len(ask.slices)))

    def requests(self, ask: DatasetQuery) -> tuple[str, ...]:
        """The data requests that `answer` would make, but for further pages of an answer over 25,000 rows, and for
        asking again where nothing came."""
        return tuple(self._lines(self._readings[ask.dataset.id], ask.slices))

    async def extents(self) -> Mapping[str, Extent]:
        """From the list of each dataset's times. Raises DepartmentError."""
        extents: dict[str, Extent] = {}
        for name, reading in self._readings.items():
            times, dataset = await self._definitions.times(name, []), reading.dataset
            known = extent(dataset.every, dataset.ending, lambda period: reading.written(period) in times)  # noqa: B023
            if known:
                extents[name] = known
        return extents

    async def drift(self) -> tuple[str, ...]:
        """What the publisher's metadata and the source file disagree on, and the texts of figures that nobody has
        explained: one line for each cause. Raises DepartmentUnavailable where no dataset's metadata can be had."""
        lines = await drift_of(self._readings.values(), self._definitions)
        return tuple(dict.fromkeys((*lines, *self._unexplained)))

    def _report(self, dataset: str, words: Iterable[str]) -> None:
        """Each text that nobody has explained is logged once, and is told as drift."""
        for text in sorted(words):
            line = f"{dataset}: the publisher gives {text!r} for a figure, and texts does not say what that means"
            if line not in self._unexplained and len(self._unexplained) < MOST_TEXTS:
                self._unexplained[line] = None
                log.warning("source has drifted", extra={"event": "drift", "source": self._source.name, "drift": line})

    def _lines(self, mapping: NomisMapping, slices: Sequence[Slice]) -> Iterator[str]:
        for request, _ in requests(mapping, slices):
            yield from (f"GET {self._source.url}{part.path()}" for part in request.short(self._room))

    async def _cells(self, request: NomisRequest, calls: list[Call]) -> NomisCells:
        cells = NomisCells(request, self._source.department)
        for part in request.short(self._room):
            sent, pages = await self._answered(part, calls)
            for page in pages:
                cells.put(page, sent)
        cells.check()
        return cells

    async def _answered(self, part: NomisRequest, calls: list[Call]) -> tuple[NomisRequest, list[NomisPage]]:
        """The pages of an answer, and the request that they answer.

        Nothing comes for a parameter that the publisher does not know, but also for times that are not published yet
        and for places that it does not hold. So the same is asked beside places that it does hold: if rows come
        then, the publisher knows the parameters, and what has no row does not exist. Raises DepartmentMisanswered."""
        pages = await self._pages(part, calls)
        if any(page.rows for page in pages):
            return part, pages
        times = await self._definitions.times(part.reading.dataset.id, calls)
        if times and times.keys().isdisjoint(part.times):
            return part, []
        if beside := part.beside_others():
            pages = await self._pages(beside, calls)
            if any(page.rows for page in pages):
                return beside, pages
        raise DepartmentMisanswered(
            self._source.department, f"no rows, as for a parameter it does not know: GET {part.path()}"
        )

    async def _pages(self, part: NomisRequest, calls: list[Call]) -> list[NomisPage]:
        """Every page of an answer, as many rows in all as it says there are. Raises DepartmentMisanswered."""
        first = await self._page(part, calls)
        if first is None:
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

    async def _until_whole(self, part: NomisRequest, first: NomisPage, calls: list[Call]) -> list[NomisPage]:
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

    async def _page(
        self, part: NomisRequest, calls: list[Call], offset: int = 0, limit: int | None = None
    ) -> NomisPage | None:
        name = part.reading.dataset.id
        return read_page(await self._get(part.path(offset, limit), name, calls), part.reading.form)

    def _short(self, part: NomisRequest, rows: int, count: int | None) -> DepartmentMisanswered:
        length = f"{rows} rows of {count}" if count is not None else f"no more after {rows} rows of an answer cut short"
        return DepartmentMisanswered(self._source.department, f"{length}: GET {part.path()}")

    async def _get(self, path: str, dataset: str, calls: list[Call]) -> Reply:
        return await self._wire.send("GET", path, dataset=dataset, calls=calls, secret=self._uid)
