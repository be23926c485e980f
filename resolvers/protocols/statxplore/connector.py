"""The connector to one Stat-Xplore server."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from typing import Any, cast

import numpy as np
import orjson

from reference.facets import Facet
from reference.period import Period
from resolvers.errors import DepartmentError, DepartmentMisanswered, DepartmentRefused
from resolvers.protocols.connector import Ask
from resolvers.protocols.statxplore import mapping, table
from resolvers.protocols.statxplore.mapping import DatabaseMap, Filter
from resolvers.protocols.statxplore.schema import Publisher
from resolvers.protocols.statxplore.table import Cube, Dimension, Ready
from resolvers.source import Dataset, Source, SourceError
from resolvers.table import Slice, Table
from resolvers.wire import Call, Reply, Wire

ANSWERED = frozenset({200, 400, 404})


class _CellCount(Exception):
    """The table is larger than the publisher allows."""


class _Moved(Exception):
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
        answers: dict[Slice, Table] = {}
        for together in _by(ask.slices):
            for each in await self._together(ask, together):
                answers[each.slice] = each
        return tuple(answers[each] for each in ask.slices)

    def requests(self, ask: Ask) -> tuple[str, ...]:
        known = self._maps[ask.dataset.id]
        told: list[str] = []
        for together in _by(ask.slices):
            hull = _Hull(together)
            filters = _filters(known, hull.measures)
            every = dict.fromkeys(filters, ("(every value)",))
            told.append(self._words(_ready(ask.dataset, known, hull, hull.periods, filters, every)))
        return tuple(told)

    async def drift(self) -> tuple[str, ...]:
        """Fields and values of the source file that the publisher's schema does not have."""
        found: list[str] = []
        for dataset in self._source.datasets:
            known = self._maps[dataset.id]
            for field in _fields(known):
                moved = await self._publisher.moved(dataset.id, field, known.labels.get(field))
                if moved is not None:
                    found.append(f"{dataset.id}: {moved}")
            for field, values in _values(known):
                held = set((await self._publisher.values(field, [])).values())
                found.extend(f"{dataset.id}: {value} is gone" for value in values if held and value not in held)
        return tuple(found)

    async def _together(self, ask: Ask, together: Sequence[Slice]) -> list[Table]:
        known, hull = self._maps[ask.dataset.id], _Hull(together)
        filters = _filters(known, hull.measures)
        every: dict[str, tuple[str, ...]] = {}
        if len(filters) + any(known.filters[name] is None for name in hull.measures) > 1:
            # Several filters in one table: beside a filter's own values, the publisher counts all of them as well.
            for field in filters:
                every[field] = tuple((await self._publisher.values(field, ask.calls)).values())
        told = await self._cube(ask, known, hull, hull.periods, filters, every)
        at = datetime.now(UTC)
        source = self._words(_ready(ask.dataset, known, hull, hull.periods, filters, every))
        tables: list[Table] = []
        for each in together:
            columns = {name: _column(known, hull, each, name, filters, every, told) for name in each.measures}
            tables.append(Table(each, columns, told.release, source, at))
        return tables

    async def _cube(
        self, ask: Ask, known: DatabaseMap, hull: "_Hull", periods: Sequence[Period],
        filters: Mapping[str, Sequence[Filter]], every: Mapping[str, tuple[str, ...]],
    ) -> Cube:  # fmt: skip
        """The hull's cells, in as few tables as the publisher's cell limit allows."""
        ready = _ready(ask.dataset, known, hull, periods, filters, every)
        try:
            return await self._ask(ready, ask.dataset, ask.calls)
        except _CellCount:
            if len(periods) < 2:
                raise DepartmentMisanswered(self._source.department, "one month is too large a table") from None
            half = len(periods) // 2
            parts = [
                await self._cube(ask, known, hull, some, filters, every) for some in (periods[:half], periods[half:])
            ]
            values, marks = (np.concatenate([getattr(p, name) for p in parts], axis=1) for name in ("values", "marks"))
            shift = {(cell[0], cell[1] + half, *cell[2:]): text for cell, text in parts[1].raw.items()}
            return Cube(values, marks, {**parts[0].raw, **shift}, None)
        except _Moved:
            if not await self._publisher.resolve(ask.dataset.id, known, ask.calls):
                raise DepartmentMisanswered(self._source.department, "an id of the source file has moved") from None
            return await self._ask(ready, ask.dataset, ask.calls)

    async def _ask(self, ready: Ready, dataset: Dataset, calls: list[Call]) -> Cube:
        ready = self._publisher.current(ready)
        reply = await self._wire.send(
            "POST", "/table", dataset=dataset.id, calls=calls, json=ready.json(), headers=self._headers, expect=ANSWERED
        )
        if reply.status != 200:
            raise self._refusal(reply)
        try:
            return table.read(reply.json(), ready)
        except DepartmentError:
            raise
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise DepartmentMisanswered(self._source.department, f"not the table asked: {error}") from error

    def _refusal(self, reply: Reply) -> Exception:
        told: Any = reply.json()
        kind = str(cast(dict[str, Any], told).get("errorType", "")) if isinstance(told, dict) else ""
        if kind == "CELL_COUNT":
            return _CellCount()
        if kind in ("SCHEMA_COMPONENT_NOT_FOUND", "TXD_NOT_FOUND"):
            return _Moved()
        if kind == "AUTHENTICATION":
            return DepartmentRefused(self._source.department, kind)
        return DepartmentMisanswered(self._source.department, f"HTTP {reply.status}: {reply.content[:300]!r}")

    def _words(self, ready: Ready) -> str:
        return f"POST {self._source.url}/table {orjson.dumps(ready.json()).decode()}"


class _Hull:
    """The smallest grid that holds several Slices of one breakdown."""

    def __init__(self, together: Sequence[Slice]) -> None:
        self.by: tuple[Facet, ...] = together[0].by
        self.measures = tuple(dict.fromkeys(name for each in together for name in each.measures))
        self.areas = tuple(dict.fromkeys(code for each in together for code in each.areas))
        self.periods = tuple(sorted({period for each in together for period in each.periods}))
        self.members = tuple(
            tuple(dict.fromkeys(group[at] for each in together for group in each.groups)) for at in range(len(self.by))
        )


def _by(slices: Iterable[Slice]) -> list[list[Slice]]:
    found: dict[tuple[Facet, ...], list[Slice]] = {}
    for each in slices:
        found.setdefault(each.by, []).append(each)
    return list(found.values())


def _filters(known: DatabaseMap, measures: Iterable[str]) -> dict[str, list[Filter]]:
    """Filters of the measures by field."""
    found: dict[str, list[Filter]] = {}
    for name in measures:
        if (each := known.filters[name]) is not None:
            found.setdefault(each.field, []).append(each)
    return found


def _ready(
    dataset: Dataset, known: DatabaseMap, hull: _Hull, periods: Sequence[Period],
    filters: Mapping[str, Sequence[Filter]], every: Mapping[str, tuple[str, ...]],
) -> Ready:  # fmt: skip
    dimensions = [
        Dimension(known.place_field, tuple((known.place(code),) for code in hull.areas)),
        Dimension(known.time_field, tuple((known.month(period),) for period in periods)),
    ]
    for facet, codes in zip(hull.by, hull.members, strict=True):
        field, values = known.facets[facet]
        dimensions.append(Dimension(field, tuple(values[code] for code in codes)))
    dimensions += [Dimension(field, _items(several, every.get(field))) for field, several in filters.items()]
    return Ready(dataset.id, known.count, tuple(dimensions))


def _items(filters: Sequence[Filter], every: tuple[str, ...] | None) -> tuple[tuple[str, ...], ...]:
    wanted = [group for each in filters for group in (each.values, each.unknown) if group]
    return tuple(dict.fromkeys([*wanted, *([every] if every else [])]))


def _column(
    known: DatabaseMap, hull: _Hull, asked: Slice, measure: str, filters: Mapping[str, Sequence[Filter]],
    every: Mapping[str, tuple[str, ...]], told: Cube,
) -> Any:  # fmt: skip
    areas = [hull.areas.index(code) for code in asked.areas]
    periods = [hull.periods.index(period) for period in asked.periods]
    own = known.filters[measure]

    def cells(unknown: bool) -> tuple[Any, ...]:
        fixed: list[int] = []
        for field, several in filters.items():
            items = _items(several, every.get(field))
            if own is not None and own.field == field:
                fixed.append(items.index(own.unknown if unknown else own.values))
            else:
                fixed.append(items.index(every[field]))
        groups = [[codes.index(group[at]) for at, codes in enumerate(hull.members)] for group in asked.groups]
        picks = [(*cell, *group, *fixed) for cell in product(areas, periods) for group in groups]
        return tuple(np.array(axis) for axis in zip(*picks, strict=True))

    return table.column(told, asked, cells(False), cells(True) if own is not None and own.unknown else None)


def _fields(known: DatabaseMap) -> list[str]:
    filters = [each.field for each in known.filters.values() if each]
    return list(dict.fromkeys([known.time_field, known.place_field, *(f for f, _ in known.facets.values()), *filters]))


def _values(known: DatabaseMap) -> list[tuple[str, tuple[str, ...]]]:
    found = [(field, tuple(v for each in values.values() for v in each)) for field, values in known.facets.values()]
    return found + [(each.field, each.values + each.unknown) for each in known.filters.values() if each]


__all__ = ["SourceError", "StatXplore"]
