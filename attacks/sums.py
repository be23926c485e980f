"""What adds up to what in a collected table, as any reader works it out: members to totals, places to wider places."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from attacks.table import Bounds, Cells, Floats, Indices, Table, of_breakdown
from reference.area import AreaLevel, gazetteer


@dataclass(frozen=True)
class Sums:
    """Each sum: a total and its parts. `cells`, `sums`: of each entry, its cell and its sum; `sign`: -1 of a total, 1
    of a part; `start`: where each sum begins; `of_cells`: cells x entries, its entries and then as many -1 as are left;
    `facets`: whether a sum is one of members, and not of places."""

    cells: Indices
    sums: Indices
    sign: Floats
    start: Indices
    of_cells: Indices
    facets: NDArray[np.bool_]

    @property
    def any_of(self) -> NDArray[np.bool_]:
        """Cells that are in any."""
        return self.of_cells[:, 0] >= 0

    def add(self, entries: Floats) -> Floats:
        """Entries, periods x entries, added up sum by sum."""
        return np.add.reduceat(entries, self.start, axis=1) if len(self.start) else np.zeros((len(entries), 0))


def sums(table: Table, bounds: Bounds) -> Sums:
    """All sums of cells that somebody could ask for, of kinds that hold wherever all of it is shown. A part of which
    nobody holds a figure in any period is no part."""
    asked: Cells = np.any(bounds.asked, axis=0)
    there: Cells = np.any(bounds.shown | bounds.hidden, axis=0)
    kept: list[tuple[list[int], bool]] = []
    for facets, every in _kinds(table) if table.additive else ():
        known = (cells for cells in every if there[cells[0]] and bool(np.all(asked[cells])))
        whole = [cells for one in known if len(cells := [cell for cell in one if there[cell]]) > 1]
        if all(_holds(bounds, cells) for cells in whole):
            kept += [(cells, facets) for cells in whole]
    return _laid([cells for cells, _ in kept], [facets for _, facets in kept], table.shape[1])


def _holds(bounds: Bounds, cells: list[int]) -> bool:
    """Whether a total may be the sum of its parts in every period in which all of them are shown."""
    seen = bounds.shown[:, cells].all(axis=1)
    low, high = bounds.low[seen][:, cells], bounds.high[seen][:, cells]
    meets = (low[:, 1:].sum(axis=1) <= high[:, 0]) & (low[:, 0] <= high[:, 1:].sum(axis=1))
    return bool(meets.all())


def _kinds(table: Table) -> Iterator[tuple[bool, list[list[int]]]]:
    """Sums of one kind each: of one breakdown by a coarser one, and of one level of places by a wider one."""
    many = len(table.groups)
    breakdowns = {tuple(at for at, code in enumerate(group) if code) for group in table.groups}
    for fine in breakdowns:
        for coarse in (one for one in breakdowns if set(one) < set(fine)):
            lines = list(_lines(table, fine, coarse))
            yield True, [[cell + at * many for cell in line] for at in range(len(table.areas)) for line in lines]
    for parts in _places(table.areas):
        yield False, [[at * many + group for at in (all_of, *its)] for all_of, its in parts for group in range(many)]


def _lines(table: Table, fine: tuple[int, ...], coarse: tuple[int, ...]) -> Iterator[list[int]]:
    """Each total of a breakdown, and the groups of a finer one that make it up."""
    where = {table.groups[at]: at for at in of_breakdown(table.groups, coarse)}
    parts: dict[int, list[int]] = {}
    for at in of_breakdown(table.groups, fine):
        total = tuple(code if facet in coarse else "" for facet, code in enumerate(table.groups[at]))
        if total in where:
            parts.setdefault(where[total], []).append(at)
    return ([total, *several] for total, several in parts.items())


def _places(areas: Sequence[str]) -> Iterator[list[tuple[int, list[int]]]]:
    """For each pair of levels, the places that are made up of the finer ones."""
    at, places = {code: position for position, code in enumerate(areas)}, gazetteer()
    for wide in AreaLevel:
        for fine in (level for level in AreaLevel if level.rank > wide.rank):
            made = list[tuple[int, list[int]]]()
            for code in areas:
                area = places.get(code)
                if area is None or area not in places.at(wide):
                    continue
                within = None if wide is AreaLevel.UK else code
                inside = [one for one in places.at(fine, within) if one.code != code]
                authorities = {one.code for one in places.at(AreaLevel.LA, within)}
                held = {la.code for one in inside for la in places.at(AreaLevel.LA, one.code)}
                if inside and held == authorities and all(one.code in at for one in inside):
                    made.append((at[code], [at[one.code] for one in inside]))
            if made:
                yield made


def _laid(every: Sequence[Sequence[int]], facets: Sequence[bool], cells: int) -> Sums:
    start = np.cumsum([0, *(len(one) for one in every)])
    at = np.array([cell for one in every for cell in one], np.intp)
    which = np.repeat(np.arange(len(every)), np.diff(start))
    sign = np.ones(len(at))
    sign[start[:-1]] = -1.0
    many = np.bincount(at, minlength=cells)
    of_cells = np.full((cells, max(int(many.max(initial=0)), 1)), -1, np.intp)
    order = np.argsort(at, kind="stable")
    ends = np.append(0, np.cumsum(many))
    for cell, (first, last) in enumerate(pairwise(ends)):
        of_cells[cell, : last - first] = order[first:last]
    return Sums(at, which, sign, start[:-1], of_cells, np.array(facets, bool))
