"""The connector to one Stat-Xplore server."""

import asyncio
import logging
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
import orjson

from reference.column import Column
from reference.errors import TrustError
from reference.facets import Facet
from reference.figure import Marker
from resolvers.errors import (
    DepartmentError,
    DepartmentMisanswered,
    DepartmentRefused,
    DepartmentUnavailable,
    PageInstead,
)
from resolvers.extents import Extent, extent
from resolvers.protocols.comparison import gathered
from resolvers.protocols.connector import DatasetQuery
from resolvers.protocols.statxplore import cells, mapping
from resolvers.protocols.statxplore.cells import Relabelled, TableAnswer
from resolvers.protocols.statxplore.mapping import DatabaseMap
from resolvers.protocols.statxplore.publisher_schema import PublisherSchema
from resolvers.protocols.statxplore.table import Group, TableGrid, TableRequest
from resolvers.rate_limit import UNSAID
from resolvers.source import Source
from resolvers.table import Slice, Table
from resolvers.wire import Call, Reply, Wire

log = logging.getLogger("lmdt")
TABLE = "/table"
ANSWERED = frozenset({200, 400, 404, 413, 422})
# The status that the publisher has for too many requests, besides 429.
LIMITED = 422
# So many lines of drift are logged when they are first met.
MOST_REPORTED = 100
EVERYBODY = ("(every value)",)


class TooLarge(TrustError):
    """The table has more cells than the publisher allows."""


class Unknown(TrustError):
    """The publisher does not know an id of the request."""


class StatXplore:
    """One endpoint. Raises SourceError at once where its source file cannot be used."""

    def __init__(self, source: Source, wire: Wire, credential: str | None = None) -> None:
        self._source, self._wire = source, wire
        self._headers = {"APIKey": credential} if credential else {}
        self._maps = {dataset.id: mapping.read(dataset) for dataset in source.datasets}
        meanings = {value: label for known in self._maps.values() for value, label in known.meanings.items()}
        self._publisher = PublisherSchema(source, wire, self._headers, meanings)
        self._reported = set[str]()

    async def answer(self, ask: DatasetQuery) -> tuple[Table, ...]:
        """One table for each breakdown asked for, with all its measures. What cannot be answered of some breakdowns or
        measures is a failure of theirs. Raises DepartmentError where nothing can be."""
        known = self._maps[ask.dataset.id]
        breakdowns = _by(ask.slices)
        outcomes = await asyncio.gather(*(self._answered(known, some, ask.calls) for some in breakdowns))
        errors = [outcome for outcome in outcomes if isinstance(outcome, DepartmentError)]
        if len(errors) == len(outcomes):
            raise errors[0]
        tables: dict[Slice, Table] = {}
        for some, outcome in zip(breakdowns, outcomes, strict=True):
            if isinstance(outcome, DepartmentError):
                outcome = [_unasked(one, dict.fromkeys(one.measures, outcome), {}) for one in some]
            tables |= {table.slice: table for table in outcome}
        return tuple(tables[one] for one in ask.slices)

    def requests(self, ask: DatasetQuery) -> tuple[str, ...]:
        """The table requests that `answer` would make, one for each breakdown."""
        known = self._maps[ask.dataset.id]
        grids = [TableGrid(known, some) for some in _by(ask.slices)]
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
            if months_held := extent(dataset.every, dataset.ending, lambda period: known.month(period)[0] in months):  # noqa: B023
                extents[dataset.id] = months_held
        return extents

    async def drift(self) -> tuple[str, ...]:
        """What of the source file the publisher's schema does not have, and where it went: one line for each cause.
        Raises DepartmentUnavailable where no database can be compared."""
        return gathered({known.id: await self._publisher.drift(known) for known in self._maps.values()})

    async def _answered(
        self, known: DatabaseMap, slices: Sequence[Slice], calls: list[Call]
    ) -> list[Table] | DepartmentError:
        try:
            return await self._together(known, slices, calls)
        except DepartmentError as error:
            return error

    async def _together(self, known: DatabaseMap, slices: Sequence[Slice], calls: list[Call]) -> list[Table]:
        """The Slices of one breakdown, from one table. Where the publisher does not know an id, or gives a value
        another label, its schema is asked, and then the table once more. Raises DepartmentError."""
        doubt: Exception | None = None
        before: TableRequest | None = None
        while True:
            troubles, gone = await self._unreadable(known, slices, calls)
            readable = [_without(one, {*troubles, *gone}) for one in slices]
            if not any(one.measures for one in readable):
                if not gone:
                    raise next(iter(troubles.values()))
                return [_unasked(one, troubles, gone) for one in slices]
            grid = TableGrid(known, [one for one in readable if one.measures])
            every: dict[str, Group] = {}
            if grid.shared:
                # Beside the values that one measure counts, the publisher counts everybody for the others.
                for field, filters in grid.filters.items():
                    every[field] = await self._publisher.everybody(known, field, filters[0].values, calls)
            request = grid.request(every)
            current = self._publisher.current(request)
            if doubt is not None and current == before:
                self._give_up(doubt)
            try:
                cube = await self._listed(current, calls)
                break
            except (Unknown, PageInstead, Relabelled) as error:
                if doubt is not None:
                    raise self._misanswered(f"the table and the schema do not agree: {error}") from error
                doubt, before = error, current
            await self._learn(known, request, doubt, calls)
        self._note_gone(cube, request, current)
        at = datetime.now(UTC)

        def column(own: Slice, measure: str) -> Column:
            counted = known.filters[measure]
            awaited = grid.cells(own, measure, every, unknown=True) if counted and counted.unknown else None
            return cells.column(cube, grid.cells(own, measure, every), awaited)

        tables: list[Table] = []
        for one, own in zip(slices, readable, strict=True):
            table = _unasked(one, troubles, gone)
            if own.measures:
                columns = {name: column(own, name) for name in own.measures}
                table = replace(table, columns=table.columns | columns, retrieved_at=at)
            tables.append(table)
        return tables

    async def _unreadable(
        self, known: DatabaseMap, slices: Sequence[Slice], calls: list[Call]
    ) -> tuple[Mapping[str, DepartmentError], Mapping[str, Sequence[str]]]:
        """Measures that cannot be asked for, as far as the schema was learnt: those that have become something else,
        with their errors, and those of which values are gone, with these. Raises DepartmentError where a value of the
        breakdown has become something else."""
        grid = TableGrid(known, slices)
        if grid.shared:
            await self._publisher.learnt(known, grid.filters, calls)
        for facet, codes in zip(grid.by, grid.members, strict=True):
            field, values = known.facets[facet]
            if trouble := self._publisher.trouble(field, [value for code in codes for value in values[code]]):
                self._report(known, trouble)
                raise self._misanswered(trouble)
        troubles: dict[str, DepartmentError] = {}
        gone: dict[str, Sequence[str]] = {}
        for name in grid.measures:
            if (counted := known.filters[name]) is None:
                continue
            if trouble := self._publisher.trouble(counted.field, counted.values + counted.unknown):
                self._report(known, trouble)
                troubles[name] = self._misanswered(trouble)
            elif missing := self._publisher.gone(counted.field, counted.values):
                gone[name] = missing
        return troubles, gone

    def _give_up(self, doubt: Exception) -> None:
        """What an answer means about which the schema has nothing to say. Raises DepartmentError."""
        if isinstance(doubt, PageInstead):
            self._wire.leave(TABLE, UNSAID, doubt.detail)
            raise doubt
        if isinstance(doubt, Unknown):
            raise self._misanswered(f"an id of the source file is gone: {doubt}") from doubt

    async def _learn(self, known: DatabaseMap, request: TableRequest, doubt: Exception, calls: list[Call]) -> None:
        """Asks the schema about a request that the publisher would not answer. Raises DepartmentError."""
        try:
            await self._publisher.learn(known, [dimension.field for dimension in request.dimensions], calls)
        except PageInstead as error:
            # It was not about an id: everything is answered with a page.
            self._wire.leave("", UNSAID, error.detail)
            raise doubt if isinstance(doubt, PageInstead) else error from error

    def _report(self, known: DatabaseMap, trouble: str) -> None:
        """Logs what has moved, once."""
        line = f"{known.id}: {trouble}"
        if line not in self._reported and len(self._reported) < MOST_REPORTED:
            self._reported.add(line)
            log.warning("source has drifted", extra={"event": "drift", "source": self._source.name, "drift": line})

    def _misanswered(self, detail: str) -> DepartmentMisanswered:
        return DepartmentMisanswered(self._source.department, detail)

    def _note_gone(self, cube: TableAnswer, request: TableRequest, current: TableRequest) -> None:
        """Says of each cell without an id to ask for that the publisher does not list it."""
        flat = np.arange(cube.values.size).reshape(request.shape)
        for axis, (own, today) in enumerate(zip(request.dimensions, current.dimensions, strict=True)):
            for position, (group, present) in enumerate(zip(own.items, today.items, strict=True)):
                if group and not present:
                    positions = np.take(flat, position, axis).ravel().tolist()
                    cube.notes |= dict.fromkeys(positions, _not_listed(group))

    async def _listed(self, request: TableRequest, calls: list[Call]) -> TableAnswer:
        """What the publisher holds of a request, in as few tables as its limit on cells allows."""
        cube = TableAnswer.empty(request.shape)
        places = [dimension.listed for dimension in request.dimensions]
        if all(places):
            cube.put(await self._within_limit(request.listed(), calls), *places)
        return cube

    async def _within_limit(self, request: TableRequest, calls: list[Call]) -> TableAnswer:
        try:
            return await self._ask(request, calls)
        except TooLarge as error:
            halves = request.halves()
            if halves is None:
                raise self._misanswered(f"too large for one place and month: {error}") from error
        axis, first, second = halves
        cube = TableAnswer.empty(request.shape)
        every = [range(size) for size in request.shape]
        cut = first.shape[axis]
        for half, span in ((first, range(cut)), (second, range(cut, request.shape[axis]))):
            cube.put(await self._within_limit(half, calls), *every[:axis], span, *every[axis + 1 :])
        return cube

    async def _ask(self, request: TableRequest, calls: list[Call]) -> TableAnswer:
        reply = await self._wire.send(
            "POST", TABLE, dataset=request.database, calls=calls, json=request.json(), headers=self._headers,
            expect=ANSWERED,
        )  # fmt: skip
        if reply.status != 200:
            raise self._refusal(reply)
        try:
            return cells.read(reply.json(), request, self._publisher.labels(request))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise self._misanswered(f"not the table asked: {type(error).__name__}: {error}") from error

    def _refusal(self, reply: Reply) -> Exception:
        detail = f"HTTP {reply.status}: {reply.quoted}"
        match _error_type(reply):
            case "CELL_COUNT":
                return TooLarge(detail)
            case "SCHEMA_COMPONENT_NOT_FOUND":
                return Unknown(detail)
            case "AUTHENTICATION":
                return DepartmentRefused(self._source.department, detail)
            case None if reply.status == LIMITED:
                # No error of the engine: this is what stands before it, and it has had enough.
                self._wire.leave(TABLE, UNSAID, detail)
                return DepartmentUnavailable(self._source.department, detail, UNSAID)
            case _:
                return self._misanswered(detail)

    def _words(self, request: TableRequest) -> str:
        """A request in one line."""
        return f"POST {self._source.url}/table {orjson.dumps(request.listed().json()).decode()}"


def _unasked(one: Slice, troubles: Mapping[str, DepartmentError], gone: Mapping[str, Sequence[str]]) -> Table:
    """The answer to a Slice as far as nobody had to be asked for it."""
    columns: dict[str, Column] = {}
    for name in (name for name in one.measures if name in gone):
        columns[name] = Column.absent(one.shape, Marker.x)
        columns[name].notes |= dict.fromkeys(range(one.cells), _not_listed(gone[name]))
    failures = {name: error for name, error in troubles.items() if name in one.measures}
    return Table(one, columns, None, datetime.now(UTC), failures=failures)


def _not_listed(values: Sequence[str]) -> str:
    """The note of a cell that cannot be asked for, because values are gone."""
    names = ", ".join(":".join(value.split(":")[-2:]) for value in values)
    return f"The department does not list {names}: shown as not available"


def _without(one: Slice, measures: Container[str]) -> Slice:
    return one._replace(measures=tuple(name for name in one.measures if name not in measures))


def _error_type(reply: Reply) -> str | None:
    """What the engine calls an error; None where it is not one of the engine's."""
    try:
        document = orjson.loads(reply.content)
    except orjson.JSONDecodeError:
        return None
    kind = cast(dict[str, Any], document).get("errorType") if isinstance(document, dict) else None
    return kind if isinstance(kind, str) else None


def _by(slices: Iterable[Slice]) -> list[list[Slice]]:
    """Slices by what they are broken down by: one table each."""
    breakdowns: dict[tuple[Facet, ...], list[Slice]] = {}
    for one in slices:
        breakdowns.setdefault(one.by, []).append(one)
    return list(breakdowns.values())
