"""Table requests: what is asked in one cross-tabulation, and where each cell of a Slice is in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.facets import Facet
from resolvers.protocols.statxplore.mapping import DatabaseMap, ValueFilter
from resolvers.table import Slice

Group = tuple[str, ...]
PLACES, MONTHS = 0, 1


@dataclass(frozen=True, slots=True)
class Dimension:
    """One field of the table: its items, each a group of the publisher's values that it counts as one. An empty
    group is an item that the publisher does not hold."""

    field: str
    items: tuple[Group, ...]

    @property
    def listed(self) -> list[int]:
        """Positions of the items that the publisher holds."""
        return [at for at, item in enumerate(self.items) if item]


@dataclass(frozen=True, slots=True)
class TableRequest:
    """A table to ask for. `dimensions`: places, months, then facets in order, then one for each filter."""

    database: str
    count: str
    dimensions: tuple[Dimension, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """How many items each dimension has."""
        return tuple(len(dimension.items) for dimension in self.dimensions)

    def listed(self) -> "TableRequest":
        """The request for what the publisher holds."""
        return replace(
            self,
            dimensions=tuple(
                replace(dimension, items=tuple(filter(None, dimension.items))) for dimension in self.dimensions
            ),
        )

    def halves(self) -> "tuple[int, TableRequest, TableRequest] | None":
        """Two requests for half the months each, or half the places of one month, and the dimension that was
        halved. None for a single place and month."""
        axis = MONTHS if len(self.dimensions[MONTHS].items) > 1 else PLACES
        items = self.dimensions[axis].items
        if len(items) < 2:
            return None
        first, second = items[: len(items) // 2], items[len(items) // 2 :]
        return axis, self._with(axis, first), self._with(axis, second)

    def _with(self, axis: int, items: tuple[Group, ...]) -> "TableRequest":
        dimensions = list(self.dimensions)
        dimensions[axis] = replace(dimensions[axis], items=items)
        return replace(self, dimensions=tuple(dimensions))

    def json(self) -> dict[str, Any]:
        """The request body."""
        return {
            "database": self.database,
            "measures": [self.count],
            "recodes": {
                dimension.field: {"map": [list(item) for item in dimension.items], "total": False}
                for dimension in self.dimensions
            },
            "dimensions": [[dimension.field] for dimension in self.dimensions],
        }


class TableGrid:
    """The smallest table that answers several Slices of one breakdown, and where their cells are in it.

    `every`: the values of each filter's field that together are everybody, where measures with different filters
    share the table.
    """

    def __init__(self, known: DatabaseMap, slices: Sequence[Slice]) -> None:
        self._known = known
        self.by: tuple[Facet, ...] = slices[0].by
        self.measures = _distinct(name for part in slices for name in part.measures)
        self.areas = _distinct(code for part in slices for code in part.areas)
        self.periods = tuple(sorted({period for part in slices for period in part.periods}))
        self.members = [_distinct(group[at] for part in slices for group in part.groups) for at in range(len(self.by))]
        self.filters: dict[str, list[ValueFilter]] = {}
        for name in self.measures:
            if (own := known.filters[name]) is not None:
                self.filters.setdefault(own.field, []).append(own)

    @property
    def shared(self) -> bool:
        """Whether a measure needs everybody where another needs only some."""
        whole = any(self._known.filters[name] is None for name in self.measures)
        return len(self.filters) + whole > 1

    def request(self, every: Mapping[str, Group]) -> TableRequest:
        """The table that is asked for, all places and months in one."""
        known = self._known
        dimensions = [
            Dimension(known.place_field, tuple(known.place(code) for code in self.areas)),
            Dimension(known.time_field, tuple(known.month(period) for period in self.periods)),
        ]
        for facet, codes in zip(self.by, self.members, strict=True):
            field, values = known.facets[facet]
            dimensions.append(Dimension(field, tuple(values[code] for code in codes)))
        dimensions += [Dimension(field, self._items(field, every)) for field in self.filters]
        return TableRequest(known.id, known.count, tuple(dimensions))

    def _items(self, field: str, every: Mapping[str, Group]) -> tuple[Group, ...]:
        wanted = [group for item in self.filters[field] for group in (item.values, item.unknown) if group]
        return _distinct([*wanted, *([every[field]] if field in every else [])])

    def cells(
        self, part: Slice, measure: str, every: Mapping[str, Group], *, unknown: bool = False
    ) -> NDArray[np.intp]:
        """Flat positions in the table of a measure's cells, of the Slice's shape; or of its `unknown` values."""
        own = self._known.filters[measure]
        fixed: list[int] = []
        for field in self.filters:
            items = self._items(field, every)
            mine = own is not None and own.field == field
            fixed.append(items.index((own.unknown if unknown else own.values) if mine and own else every[field]))
        shape = self.request(every).shape
        flat = np.arange(int(np.prod(shape)), dtype=np.intp).reshape(shape)[(..., *fixed)]
        flat = flat[np.ix_(_positions(self.areas, part.areas), _positions(self.periods, part.periods))]
        if not self.by:
            return flat[..., np.newaxis]
        groups = zip(*part.groups, strict=True)
        picked = [_positions(codes, wanted) for codes, wanted in zip(self.members, groups, strict=True)]
        return flat[(slice(None), slice(None), *picked)]


def _distinct(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


def _positions(values: Sequence[Any], wanted: Iterable[Any]) -> NDArray[np.intp]:
    at = {value: position for position, value in enumerate(values)}
    return np.array([at[value] for value in wanted], np.intp)
