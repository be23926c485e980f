"""Explore education statistics, the API of the Department for Education's statistics
(https://api.education.gov.uk/statistics).

Its identifiers are short, mean nothing and may change at a major version. They are looked up by name for one exact
version, and every query names that version, so that an old identifier can never be read with a new meaning.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import orjson

from reference.area import gazetteer
from resolvers.errors import DepartmentMisanswered
from resolvers.protocols.connector import Ask
from resolvers.protocols.ees.cells import Cells, Misplaced
from resolvers.protocols.ees.clause import Clause, clauses, query
from resolvers.protocols.ees.drift import drift_of
from resolvers.protocols.ees.metadata import Metadata, Moved, named
from resolvers.protocols.ees.metadata import read as read_metadata
from resolvers.protocols.ees.reading import Reading, read
from resolvers.source import Source
from resolvers.table import Slice, Table
from resolvers.wire import Call, Reply, Wire

PAGE_SIZE = 10_000
# Something we named is not in this version: what we know of the data set is out of date.
MOVED = frozenset({"FiltersNotFound", "IndicatorsNotFound", "SortFieldsNotFound"})
JSON = dict[str, Any]


class EES:
    """Speaks the Explore education statistics API to one endpoint. It is open: `credential` is not used."""

    def __init__(self, source: Source, wire: Wire, credential: str | None = None) -> None:
        del credential
        self._source, self._wire = source, wire
        self._readings = {dataset.id: read(dataset) for dataset in source.datasets}
        self._metadata: dict[str, tuple[Metadata, float]] = {}
        self._locks = {dataset.id: asyncio.Lock() for dataset in source.datasets}

    async def answer(self, ask: Ask) -> tuple[Table, ...]:
        """One Table for each Slice, all from one query. Raises DepartmentError."""
        reading = self._readings[ask.dataset.id]
        metadata, kept = await self._known(reading, ask.calls)
        try:
            return await self._tables(ask, reading, metadata)
        except Moved as moved:
            if not kept:
                raise self._misanswered(str(moved)) from moved
        self._metadata.pop(reading.data_set, None)
        metadata, _ = await self._known(reading, ask.calls)
        try:
            return await self._tables(ask, reading, metadata)
        except Moved as moved:
            raise self._misanswered(str(moved)) from moved

    def requests(self, ask: Ask) -> tuple[str, ...]:
        """The query that `answer` would send, but for further pages of an answer over 10,000 rows, and for looking
        identifiers up, which is done once for many queries. Before they are known, names stand in their place."""
        reading = self._readings[ask.dataset.id]
        held = self._metadata.get(reading.data_set)
        try:
            metadata = held[0] if held else named(reading)
            asked, body = self._question(ask, reading, metadata)
        except Moved:
            metadata = named(reading)
            asked, body = self._question(ask, reading, metadata)
        return (self._line(reading, metadata, body),) if asked else ()

    async def drift(self) -> tuple[str, ...]:
        """What the publisher's metadata no longer agrees with in the source file. Raises DepartmentError."""
        lines: list[str] = []
        for reading in self._readings.values():
            calls: list[Call] = []
            try:
                newest = await self._get(reading, "", calls, {})
                self._metadata.pop(reading.data_set, None)
                metadata, _ = await self._known(reading, calls)
            except DepartmentMisanswered as error:
                lines.append(f"{reading.data_set}: cannot be read: {error.detail}")
                continue
            lines += (f"{reading.data_set}: {each}" for each in drift_of(reading, metadata, newest))
        return tuple(lines)

    async def _known(self, reading: Reading, calls: list[Call]) -> tuple[Metadata, bool]:
        """The metadata of a data set, and whether it is from before this call."""
        async with self._locks[reading.data_set]:
            held = self._metadata.get(reading.data_set)
            if held and time.monotonic() - held[1] < reading.refresh:
                return held[0], True
            version, release = await self._version(reading, calls)
            told = await self._get(reading, "/meta", calls, _at(version))
            try:
                metadata = read_metadata(told, version, release)
            except ValueError as error:
                raise self._misanswered(str(error)) from error
            self._metadata[reading.data_set] = (metadata, time.monotonic())
            return metadata, False

    async def _version(self, reading: Reading, calls: list[Call]) -> tuple[str | None, str | None]:
        """The exact version that the source file's `version` stands for today, twice; where the publisher does
        not say, what to ask for instead, and None."""
        path = f"/data-sets/{reading.data_set}/versions/{reading.version}"
        reply = await self._wire.send(
            "GET", path, dataset=reading.data_set, calls=calls, expect=frozenset({200, 400, 404})
        )
        told = reply.json() if reply.status == 200 else None
        exact = cast(JSON, told).get("version") if isinstance(told, dict) else None
        if isinstance(exact, str):
            return exact, exact
        return (None if reading.version == "*" else reading.version), None

    @staticmethod
    def _question(ask: Ask, reading: Reading, metadata: Metadata) -> tuple[tuple[Clause, ...], JSON]:
        """What is asked, and as the body of a query. Raises Moved."""
        asked = clauses(reading, metadata, ask.slices, gazetteer())
        return asked, query(reading, metadata, asked, ask.evidence, PAGE_SIZE)

    async def _tables(self, ask: Ask, reading: Reading, metadata: Metadata) -> tuple[Table, ...]:
        """Raises Moved when the metadata is out of date, and DepartmentError."""
        asked, body = self._question(ask, reading, metadata)
        cells = Cells(reading, metadata, ask.slices, asked, ask.evidence)
        if asked:
            await self._fill(cells, reading, metadata, body, sum(clause.cells for clause in asked), ask.calls)
        now = datetime.now(UTC)

        def source(one: Slice) -> str:
            asked, body = self._question(replace(ask, slices=(one,)), reading, metadata)
            return self._line(reading, metadata, body) if asked else f"none: {self._url(reading)} covers no such place"

        return tuple(
            Table(each, cells.columns(at), metadata.release, source(each), now) for at, each in enumerate(ask.slices)
        )

    async def _fill(
        self, cells: Cells, reading: Reading, metadata: Metadata, body: JSON, most: int, calls: list[Call]
    ) -> None:
        """Every row of every page into its cell; all the rows that the publisher counts, or none. `most`: rows
        that can answer what was asked."""
        first, total = await self._page(reading, metadata, body, 1, calls)
        if total > most:
            raise self._misanswered(f"{total} rows where at most {most} were asked for")
        rest = range(2, -(-total // PAGE_SIZE) + 1)
        pages = await asyncio.gather(*(self._page(reading, metadata, body, page, calls) for page in rest))
        arrived = len(first) + sum(len(rows) for rows, _ in pages)
        if arrived != total or any(each != total for _, each in pages):
            raise self._misanswered(f"{arrived} rows arrived of {total}")
        try:
            for rows in (first, *(rows for rows, _ in pages)):
                for row in rows:
                    cells.put(row)
        except Misplaced as error:
            raise self._misanswered(str(error)) from error

    async def _page(
        self, reading: Reading, metadata: Metadata, body: JSON, page: int, calls: list[Call]
    ) -> tuple[Sequence[JSON], int]:
        """Rows of one page, and how many rows there are on all pages."""
        reply = await self._wire.send(
            "POST",
            f"/data-sets/{reading.data_set}/query",
            dataset=reading.data_set,
            calls=calls,
            params=_at(metadata.version),
            json=body | {"page": page},
            expect=frozenset({200, 400, 404}),
        )
        if reply.status != 200:
            self._refuse(reply)
        told = reply.json()
        if moved := MOVED & _codes(told, "warnings"):
            raise Moved(f"the publisher says {min(moved)}")
        try:
            rows, total = told["results"], told["paging"]["totalResults"]
        except (KeyError, TypeError) as error:
            raise self._misanswered(f"no results with paging: {reply.content[:200]!r}") from error
        if not isinstance(total, int) or not isinstance(rows, list):
            raise self._misanswered(f"no list of results: {reply.content[:200]!r}")
        if not all(isinstance(row, dict) for row in cast(list[Any], rows)):
            raise self._misanswered("a result that is no object")
        return cast(list[JSON], rows), total

    def _refuse(self, reply: Reply) -> None:
        """Raises Moved when the publisher does not know a name or version of ours, DepartmentMisanswered else."""
        if reply.status == 404:
            raise Moved("there is no such version of the data set")
        told = reply.json()
        if moved := MOVED & _codes(told, "errors"):
            raise Moved(f"the publisher says {min(moved)}")
        raise self._misanswered(f"HTTP {reply.status}: {reply.content[:300]!r}")

    async def _get(self, reading: Reading, path: str, calls: list[Call], params: Mapping[str, str]) -> Any:
        reply = await self._wire.send(
            "GET", f"/data-sets/{reading.data_set}{path}", dataset=reading.data_set, calls=calls, params=params
        )
        return reply.json()

    def _url(self, reading: Reading) -> str:
        return f"{self._source.url}/data-sets/{reading.data_set}"

    def _line(self, reading: Reading, metadata: Metadata, body: JSON) -> str:
        """A query as one line."""
        version = f"?dataSetVersion={metadata.version}" if metadata.version else ""
        return f"POST {self._url(reading)}/query{version} {orjson.dumps(body).decode()}"

    def _misanswered(self, detail: str) -> DepartmentMisanswered:
        return DepartmentMisanswered(self._source.department, detail)


def _at(version: str | None) -> dict[str, str]:
    return {"dataSetVersion": version} if version else {}


def _codes(told: Any, key: str) -> frozenset[str]:
    """Codes of the errors or warnings in an answer."""
    listed = cast(JSON, told).get(key) if isinstance(told, dict) else None
    notes = cast(list[Any], listed) if isinstance(listed, list) else []
    return frozenset(str(cast(JSON, each).get("code")) for each in notes if isinstance(each, dict))
