"""The connector to one Stat-Xplore server."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import orjson

from reference.column import Column
from reference.facets import Facet
from resolvers.errors import DepartmentMisanswered, DepartmentRefused
from resolvers.extents import Extent, extent
from resolvers.protocols.connector import Ask
from resolvers.protocols.statxplore import cells, mapping
from resolvers.protocols.statxplore.cells import Cube
from resolvers.protocols.statxplore.mapping import DatabaseMap
from resolvers.protocols.statxplore.schema import Publisher
from resolvers.protocols.statxplore.table import Grid, Group, Request
from resolvers.source import Source
from resolvers.table import Slice, Table
from resolvers.wire import Call, Reply, Wire

ANSWERED = frozenset({200, 400, 404, 413, 422})
EVERYBODY = ("(every value)",)


class TooLarge(Exception):
    """The table has more cells than the publisher allows."""


class Unknown(Exception):
    """The publisher does not know an id of the request."""


class StatXplore:
    """One endpoint. Raises SourceError at once where its source file cannot be used."""

    def __init__(self, source: Source, wire: Wire, credential: str | None = None) -> None:
        self._source, self._wire = source, wire
        self._headers = {"APIKey": credential} if credential else {}
        self._maps = {dataset.id: mapping.read(dataset) for dataset in source.datasets}
        self._publisher = Publisher(source, wire, self._headers)

    async def answer(self, ask: Ask) -> tuple[Table, ...]:
        """One table for each breakdown asked for, with all its measures. Raises DepartmentError."""
        known = self._maps[ask.dataset.id]
        answered = await asyncio.gather(*(self._together(known, some, ask.calls) for some in _by(ask.slices)))
        tables = {table.slice: table for tables in answered for table in tables}
        return tuple(tables[each] for each in ask.slices)

    def requests(self, ask: Ask) -> tuple[str, ...]:
        known = self._maps[ask.dataset.id]
        grids = [Grid(known, some) for some in _by(ask.slices)]
        return tuple(
            self._words(
                self._publisher.current(grid.request(dict.fromkeys(grid.filters if grid.shared else (), EVERYBODY)))
            )
            for grid in grids
        )

    async def extents(self) -> Mapping[str, Extent]:
        """From the months of each database's schema. Raises DepartmentError."""
        extents: dict[str, Extent] = {}
        for dataset in self._source.datasets:
            known = self._maps[dataset.id]
            months = await self._publisher.values(known, known.time_field)
            if found := extent(dataset.every, dataset.ending, lambda period: known.month(period)[0] in months):  # noqa: B023
                extents[dataset.id] = found
        return extents

    async def drift(self) -> tuple[str, ...]:
        """What of the source file the publisher's schema does not have, and where it went. Raises DepartmentError."""
        found = [await self._publisher.drift(known) for known in self._maps.values()]
        return tuple(line for lines in found for line in lines)

    async def _together(self, known: DatabaseMap, slices: Sequence[Slice], calls: list[Call]) -> list[Table]:
        """The Slices of one breakdown."""
        grid = Grid(known, slices)
        every: dict[str, Group] = {}
        if grid.shared:
            # Beside the values that one measure counts, the publisher counts everybody for the others.
            for field, filters in grid.filters.items():
                every[field] = await self._publisher.everybody(known, field, filters[0].values, calls)
        request = grid.request(every)
        cube = await self._cube(known, request, calls)
        at = datetime.now(UTC)

        def column(asked: Slice, measure: str) -> Column:
            own = known.filters[measure]
            awaited = grid.cells(asked, measure, every, unknown=True) if own and own.unknown else None
            return cells.column(cube, grid.cells(asked, measure, every), awaited)

        def source(asked: Slice) -> str:
            alone = Grid(known, (asked,))
            of = {field: every[field] for field in alone.filters} if alone.shared else {}
            return self._words(self._publisher.current(alone.request(of)))

        return [
            Table(each, {name: column(each, name) for name in each.measures}, None, source(each), at) for each in slices
        ]

    async def _cube(self, known: DatabaseMap, request: Request, calls: list[Call]) -> Cube:
        """The cells of a request: NaN where the publisher holds no such month or place."""
        current = self._publisher.current(request)
        try:
            return await self._held(current, calls)
        except Unknown as error:
            learnt = await self._publisher.learn(known, request, calls)
            if learnt == current:
                raise DepartmentMisanswered(
                    self._source.department, f"an id of the source file is gone: {error}"
                ) from error
        try:
            return await self._held(learnt, calls)
        except Unknown as error:
            raise DepartmentMisanswered(
                self._source.department, f"an id of the source file is gone: {error}"
            ) from error

    async def _held(self, request: Request, calls: list[Call]) -> Cube:
        """What the publisher holds of a request, in as few tables as its limit on cells allows."""
        cube = Cube.empty(request.shape)
        places = [dimension.held for dimension in request.dimensions]
        if all(places):
            cube.put(await self._within_limit(request.held(), calls), *places)
        return cube

    async def _within_limit(self, request: Request, calls: list[Call]) -> Cube:
        try:
            return await self._ask(request, calls)
        except TooLarge as error:
            halves = request.halves()
            if halves is None:
                raise DepartmentMisanswered(
                    self._source.department, f"too large for one place and month: {error}"
                ) from error
        axis, first, second = halves
        cube = Cube.empty(request.shape)
        every = [range(size) for size in request.shape]
        cut = first.shape[axis]
        for half, span in ((first, range(cut)), (second, range(cut, request.shape[axis]))):
            cube.put(await self._within_limit(half, calls), *every[:axis], span, *every[axis + 1 :])
        return cube

    async def _ask(self, request: Request, calls: list[Call]) -> Cube:
        reply = await self._wire.send(
            "POST", "/table", dataset=request.database, calls=calls, json=request.json(), headers=self._headers,
            expect=ANSWERED,
        )  # fmt: skip
        told = reply.json()
        if reply.status != 200:
            raise self._refusal(reply, told)
        try:
            return cells.read(told, request)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            detail = f"not the table asked: {type(error).__name__}: {error}"
            raise DepartmentMisanswered(self._source.department, detail) from error

    def _refusal(self, reply: Reply, told: Any) -> Exception:
        detail = f"HTTP {reply.status}: {reply.content[:300]!r}"
        match cast(dict[str, Any], told).get("errorType") if isinstance(told, dict) else None:
            case "CELL_COUNT":
                return TooLarge(detail)
            case "SCHEMA_COMPONENT_NOT_FOUND":
                return Unknown(detail)
            case "AUTHENTICATION":
                return DepartmentRefused(self._source.department, detail)
            case _:
                return DepartmentMisanswered(self._source.department, detail)

    def _words(self, request: Request) -> str:
        """A request in one line."""
        return f"POST {self._source.url}/table {orjson.dumps(request.held().json()).decode()}"


def _by(slices: Iterable[Slice]) -> list[list[Slice]]:
    """Slices by what they are broken down by: one table each."""
    found: dict[tuple[Facet, ...], list[Slice]] = {}
    for each in slices:
        found.setdefault(each.by, []).append(each)
    return list(found.values())
