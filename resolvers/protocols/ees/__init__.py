"""Explore education statistics, the API of the Department for Education's statistics
(https://api.education.gov.uk/statistics).

Its identifiers are short, mean nothing and may change at a major version. They are looked up by name for one exact
version, and every query names that version, so that an old identifier can never be read with a new meaning.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, cast

import orjson

from resolvers.errors import DepartmentError, DepartmentMisanswered
from resolvers.extents import Extent, extent
from resolvers.protocols.comparison import Comparison, gathered
from resolvers.protocols.connector import DatasetQuery
from resolvers.protocols.ees.cells import EesCells, Misplaced
from resolvers.protocols.ees.clause import Clause, clauses, query
from resolvers.protocols.ees.drift import drift_of, standing_of, versions_of
from resolvers.protocols.ees.mapping import NEWEST, EesMapping, read
from resolvers.protocols.ees.metadata import Metadata, Moved, Version, fits, named
from resolvers.protocols.ees.metadata import read as read_metadata
from resolvers.protocols.numbers import NotANumber
from resolvers.source import Source
from resolvers.table import Table
from resolvers.wire import Call, Reply, Wire

log = logging.getLogger("lmdt")
PAGE_SIZE = 10_000
# Something we named is not in this version: what we know of the data set is out of date.
MOVED = frozenset({"FiltersNotFound", "IndicatorsNotFound", "SortFieldsNotFound"})
NO_RESULTS = "QueryNoResults"
# Unexplained texts of a data set that are kept for `drift`: one fault of a publisher's can bring thousands.
MOST_UNEXPLAINED = 20
JSON = dict[str, Any]


class EES:
    """Speaks the Explore education statistics API to one endpoint. It is open: `credential` is not used."""

    def __init__(self, source: Source, wire: Wire, credential: str | None = None) -> None:
        del credential
        self._source, self._wire = source, wire
        self._readings = {dataset.id: read(dataset) for dataset in source.datasets}
        self._metadata: dict[str, tuple[Metadata, float]] = {}
        self._locks = {dataset.id: asyncio.Lock() for dataset in source.datasets}
        self._unexplained: dict[str, set[str]] = {dataset.id: set() for dataset in source.datasets}

    async def answer(self, ask: DatasetQuery) -> tuple[Table, ...]:
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

    def requests(self, ask: DatasetQuery) -> tuple[str, ...]:
        """The query that `answer` would send, but for further pages of an answer over 10,000 rows, and for looking
        identifiers up, which is done once for many queries. Before they are known, names stand in their place."""
        reading = self._readings[ask.dataset.id]
        known = self._metadata.get(reading.data_set)
        try:
            metadata = known[0] if known else named(reading)
            wanted, body = self._question(ask, reading, metadata)
        except Moved:
            metadata = named(reading)
            wanted, body = self._question(ask, reading, metadata)
        return (self._line(reading, metadata, body),) if wanted else ()

    async def extents(self) -> Mapping[str, Extent]:
        """From the time periods of each data set's metadata; years so far are none. Raises DepartmentError."""
        extents: dict[str, Extent] = {}
        for dataset in self._source.datasets:
            reading = self._readings[dataset.id]
            metadata, _ = await self._known(reading, [])
            whole = {time for time in metadata.times if time[0] not in reading.in_year}
            known = extent(dataset.every, dataset.ending, lambda period: reading.period(period, whole) in whole)  # noqa: B023
            if known:
                extents[dataset.id] = known
        return extents

    async def drift(self) -> tuple[str, ...]:
        """What the publisher's metadata no longer agrees with in the source file, and texts in place of figures that
        nobody has explained: one line for each cause. Raises DepartmentUnavailable when no data set can be reached."""
        readings = tuple(self._readings.values())
        results = await asyncio.gather(*(self._drift(reading) for reading in readings))
        return gathered(
            {
                own.data_set: Comparison([f"{own.data_set}: {line}" for line in lines], error)
                for own, (lines, error) in zip(readings, results, strict=True)
            }
        )

    async def _drift(self, mapping: EesMapping) -> tuple[list[str], DepartmentError | None]:
        """The lines of one data set, and why there are no more of them, where it cannot be read."""
        lines = [
            f"{text!r:.40} stands in place of a figure, and is no symbol that we know: shown as not available."
            for text in sorted(self._unexplained[mapping.data_set])
        ]
        calls: list[Call] = []
        readable = True
        try:
            document = await self._get(mapping, "", calls, {})
            lines += standing_of(document)
            version = await self._version(mapping, calls)
            lines += versions_of(mapping, version, document, await self._versions(mapping, calls))
            readable = version.status not in ("", "Withdrawn")
            self._metadata.pop(mapping.data_set, None)
            metadata, _ = await self._known(mapping, calls, version)
        except DepartmentError as error:
            # Why a version that is gone cannot be read has been said.
            return lines, error if readable else None
        return [*lines, *drift_of(mapping, metadata)], None

    async def _known(
        self, mapping: EesMapping, calls: list[Call], version: Version | None = None
    ) -> tuple[Metadata, bool]:
        """The metadata of a data set, and whether it is from before this call. `version`: if it is known already."""
        async with self._locks[mapping.data_set]:
            known = self._metadata.get(mapping.data_set)
            if known and time.monotonic() - known[1] < mapping.refresh:
                return known[0], True
            version = version or await self._version(mapping, calls)
            document = await self._get(mapping, "/meta", calls, _at(version.requested))
            try:
                metadata = read_metadata(document, version)
            except ValueError as error:
                raise self._misanswered(str(error)) from error
            self._metadata[mapping.data_set] = (metadata, time.monotonic())
            return metadata, False

    async def _version(self, mapping: EesMapping, calls: list[Call]) -> Version:
        """The exact version that the source file's `version` stands for today; where the publisher does not say,
        what to ask for instead. Raises DepartmentError, also where the publisher names another version."""
        reply = await self._wire.send(
            "GET",
            f"/data-sets/{mapping.data_set}/versions/{mapping.version}",
            dataset=mapping.data_set,
            calls=calls,
            expect=frozenset({200, 400, 404}),
        )
        document = reply.json() if reply.status == 200 else None
        item = cast(JSON, document) if isinstance(document, dict) else {}
        today = datetime.now(UTC).date()
        exact = item.get("version")
        if not isinstance(exact, str) or not exact.strip():
            wanted = None if mapping.version == NEWEST else mapping.version
            return Version(wanted, None, today, status="Published" if reply.status == 200 else "")
        if not fits(exact, mapping.version):
            raise self._misanswered(f"version {exact!r:.40}, where {mapping.version} was asked for")
        release, status = item.get("release"), item.get("status")
        title = cast(JSON, release).get("title") if isinstance(release, dict) else None
        return Version(
            requested=exact,
            release=exact,
            published=_day(item.get("published")) or today,
            title=title if isinstance(title, str) else "",
            status=status if isinstance(status, str) else "Published",
        )

    async def _versions(self, mapping: EesMapping, calls: list[Call]) -> Any:
        """The publisher's list of versions, newest first, or None. Only `drift` needs it, and it can do without."""
        reply = await self._wire.send(
            "GET",
            f"/data-sets/{mapping.data_set}/versions",
            dataset=mapping.data_set,
            calls=calls,
            expect=frozenset({200, 400, 403, 404}),
        )
        return reply.json() if reply.status == 200 else None

    @staticmethod
    def _question(ask: DatasetQuery, mapping: EesMapping, metadata: Metadata) -> tuple[tuple[Clause, ...], JSON]:
        """What is asked, and as the body of a query. Raises Moved."""
        wanted = clauses(mapping, metadata, ask.slices)
        return wanted, query(mapping, metadata, wanted, ask.evidence, PAGE_SIZE)

    async def _tables(self, ask: DatasetQuery, mapping: EesMapping, metadata: Metadata) -> tuple[Table, ...]:
        """Raises Moved when the metadata is out of date, and DepartmentError."""
        wanted, body = self._question(ask, mapping, metadata)
        cells = EesCells(mapping, metadata, ask.slices, wanted, ask.evidence)
        if wanted:
            await self._fill(cells, mapping, metadata, body, sum(clause.rows for clause in wanted), ask.calls)
        self._note_unexplained(mapping, cells.unexplained)
        now = datetime.now(UTC)
        return tuple(
            Table(part, cells.columns(at), metadata.version.release, now) for at, part in enumerate(ask.slices)
        )

    def _note_unexplained(self, mapping: EesMapping, texts: set[str]) -> None:
        """Keeps texts that nobody has explained for `drift`, and logs each the first time it comes."""
        known = self._unexplained[mapping.data_set]
        for text in sorted(texts - known)[: MOST_UNEXPLAINED - len(known)]:
            known.add(text)
            line = f"{mapping.data_set}: {text!r:.40} stands in place of a figure, and is no symbol that we know"
            log.warning("source has drifted", extra={"event": "drift", "source": self._source.name, "drift": line})

    async def _fill(
        self, cells: EesCells, mapping: EesMapping, metadata: Metadata, body: JSON, most: int, calls: list[Call]
    ) -> None:
        """Every row of every page into its cell; all the rows that the publisher counts, or none. `most`: rows
        that can answer what was asked."""
        first, total = await self._page(mapping, metadata, body, 1, calls)
        if total > most:
            raise self._misanswered(f"{total} rows where at most {most} were asked for")
        rest = range(2, -(-total // PAGE_SIZE) + 1)
        pages = await asyncio.gather(*(self._page(mapping, metadata, body, page, calls) for page in rest))
        arrived = len(first) + sum(len(rows) for rows, _ in pages)
        if arrived != total or any(count != total for _, count in pages):
            raise self._misanswered(f"{arrived} rows arrived of {total}")
        try:
            for rows in (first, *(rows for rows, _ in pages)):
                for row in rows:
                    cells.put(row)
        except (Misplaced, NotANumber) as error:
            raise self._misanswered(str(error)) from error

    async def _page(
        self, mapping: EesMapping, metadata: Metadata, body: JSON, page: int, calls: list[Call]
    ) -> tuple[Sequence[JSON], int]:
        """Rows of one page, and how many rows there are on all pages."""
        reply = await self._wire.send(
            "POST",
            f"/data-sets/{mapping.data_set}/query",
            dataset=mapping.data_set,
            calls=calls,
            params=_at(metadata.version.requested),
            json=body | {"page": page},
            expect=frozenset({200, 400, 404}),
        )
        if reply.status != 200:
            self._refuse(reply)
        document = reply.json()
        if moved := MOVED & _codes(document, "warnings"):
            raise Moved(f"the publisher says {min(moved)}")
        if NO_RESULTS in _codes(document, "warnings") and "results" not in document:
            return [], 0
        try:
            rows, total = document["results"], document["paging"]["totalResults"]
        except (KeyError, TypeError) as error:
            raise self._misanswered(f"no results with paging: {reply.content[:200]!r}") from error
        if not isinstance(total, int) or isinstance(total, bool) or not isinstance(rows, list):
            raise self._misanswered(f"no list of results: {reply.content[:200]!r}")
        if not all(isinstance(row, dict) for row in cast(list[Any], rows)):
            raise self._misanswered("a result that is no object")
        return cast(list[JSON], rows), total

    def _refuse(self, reply: Reply) -> None:
        """Raises Moved when the publisher does not know a name or version of ours, DepartmentMisanswered else."""
        if reply.status == 404:
            raise Moved("there is no such version of the data set")
        document = reply.json()
        if moved := MOVED & _codes(document, "errors"):
            raise Moved(f"the publisher says {min(moved)}")
        raise self._misanswered(f"HTTP {reply.status}: {reply.content[:300]!r}")

    async def _get(self, mapping: EesMapping, path: str, calls: list[Call], params: Mapping[str, str]) -> Any:
        reply = await self._wire.send(
            "GET", f"/data-sets/{mapping.data_set}{path}", dataset=mapping.data_set, calls=calls, params=params
        )
        return reply.json()

    def _line(self, mapping: EesMapping, metadata: Metadata, body: JSON) -> str:
        """A query as one line."""
        version = f"?dataSetVersion={metadata.version.requested}" if metadata.version.requested else ""
        query = f"{self._source.url}/data-sets/{mapping.data_set}/query{version}"
        return f"POST {query} {orjson.dumps(body).decode()}"

    def _misanswered(self, detail: str) -> DepartmentMisanswered:
        return DepartmentMisanswered(self._source.department, detail)


def _at(version: str | None) -> dict[str, str]:
    return {"dataSetVersion": version} if version else {}


def _day(text: Any) -> date | None:
    """The day of a moment as the publisher writes it; None for anything else."""
    try:
        return datetime.fromisoformat(text).date() if isinstance(text, str) else None
    except ValueError:
        return None


def _codes(document: Any, key: str) -> frozenset[str]:
    """Codes of the errors or warnings in an answer."""
    listed = cast(JSON, document).get(key) if isinstance(document, dict) else None
    notes = cast(list[Any], listed) if isinstance(listed, list) else []
    return frozenset(str(cast(JSON, note).get("code")) for note in notes if isinstance(note, dict))
