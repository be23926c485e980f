"""What adds up to what: the relations between the cells of a family, the same in every period.

A cell is a place and a group, by its position in the plane: place * groups + group. Whoever sees a table knows all of
its relations, and the pattern must hold against them together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from departments.protect.family import Family, Floats, Group
from departments.protect.places import made_up

Indices = NDArray[np.intp]
# A total and its parts, by their positions.
Sums = tuple[tuple[int, list[int]], ...]
# Below what share of a total a difference from its parts is an error of floating point.
EXACT = 1e-9


class DoesNotAddUp(ValueError):
    """The parts of a total come to more than it, so that what is taken for a relation is none."""


@dataclass(frozen=True)
class Relations:
    """Each relation: the total, then its parts. Cells from `cells` on are not in any table: they are what parts leave
    of a total. `values`: periods x all of these cells, in every one of which each relation holds. `places`, `facets`:
    the same of places alone, whatever the group, and of groups alone."""

    cells: int
    each: tuple[Indices, ...]
    values: Floats
    places: Sums
    facets: Sums

    @cached_property
    def of_cells(self) -> "Incidence":
        """Which relations each cell is in."""
        cells = np.concatenate([np.zeros(0, np.intp), *self.each])
        order = np.argsort(cells, kind="stable")
        relation = np.repeat(np.arange(len(self.each)), [len(one) for one in self.each])
        sign = np.concatenate([np.zeros(0), *(signs(one) for one in self.each)])
        start = np.append(0, np.cumsum(np.bincount(cells, minlength=self.values.shape[1])))
        return Incidence(relation[order], sign[order], start)


class Incidence(NamedTuple):
    """Relations, and the signs that cells have in them, cell by cell: those of a cell from its start to the next."""

    relation: Indices
    sign: Floats
    start: Indices

    def of(self, cells: Indices) -> tuple[Indices, Indices]:
        """Where the relations of some cells stand, and of which of the cells each is."""
        many = self.start[cells + 1] - self.start[cells]
        which = np.repeat(np.arange(len(cells)), many)
        within = np.arange(len(which)) - np.repeat(np.cumsum(many) - many, many)
        return self.start[cells][which] + within, which


def signs(relation: Indices) -> Floats:
    """Of a relation: the total against its parts."""
    return np.append(-1.0, np.ones(len(relation) - 1))


def relations(family: Family) -> Relations:
    """Raises DoesNotAddUp."""
    places, facets = tuple(made_up(family.areas)), tuple(_of_facets(family))
    groups, cells = len(family.groups), len(family.areas) * len(family.groups)
    values = np.swapaxes(family.values, 0, 1).reshape(len(family.periods), cells)
    every = [np.array([total, *parts]) + at * groups for at in range(len(family.areas)) for total, parts in facets]
    every += [np.array([total, *parts]) * groups + at for total, parts in places for at in range(groups)]
    values = _filled(values, every)
    rests: list[Floats] = []
    kept: list[Indices] = []
    for cells_of in every:
        rest = values[:, cells_of[0]] - values[:, cells_of[1:]].sum(axis=1)
        close = np.abs(rest) <= EXACT * np.maximum(values[:, cells_of[0]], 1)
        if (worst := np.where(close, 0, rest)).min(initial=0) < 0:
            raise DoesNotAddUp(_told(family, cells_of, int(worst.argmin())))
        if close.all():
            kept.append(cells_of)
        else:
            kept.append(np.append(cells_of, cells + len(rests)))
            rests.append(np.where(close, 0, rest))
    return Relations(cells, tuple(kept), np.column_stack([values, *rests]) if rests else values, places, facets)


def _of_facets(family: Family) -> Iterator[tuple[int, list[int]]]:
    """A group, and those of a finer breakdown that it is the total of: for each breakdown and each of the widest sets
    of facets within it that figures are held by as well."""
    at = {group: position for position, group in enumerate(family.groups)}
    for fine in family.breakdowns:
        within = [set(other) for other in family.breakdowns if set(other) < set(fine)]
        for coarse in (one for one in within if not any(one < other for other in within)):
            parts: dict[Group, list[int]] = {}
            for group in _groups_of(family, fine):
                total = tuple(code if facet in coarse else "" for facet, code in enumerate(group))
                parts.setdefault(total, []).append(at[group])
            yield from ((at[total], several) for total, several in parts.items())


def _groups_of(family: Family, breakdown: tuple[int, ...]) -> list[Group]:
    return [group for group in family.groups if tuple(at for at, code in enumerate(group) if code) == breakdown]


def _filled(values: Floats, every: Sequence[Indices]) -> Floats:
    """Figures that are not held, where the others of a relation tell them; 0 for the rest of them."""
    if not np.isnan(values).any():
        return values
    values = values.copy()
    for cells in every:
        gaps = np.isnan(values[:, cells])
        for period in np.flatnonzero(gaps.sum(axis=1) == 1):
            at = cells[gaps[period]][0]
            told = values[period, cells[0]] * 2 - np.nansum(values[period, cells]) if at != cells[0] else np.nan
            values[period, at] = np.nansum(values[period, cells[1:]]) if at == cells[0] else max(told, 0.0)
    return np.nan_to_num(values)


def _told(family: Family, cells: Indices, period: int) -> str:
    """A relation that does not hold, in words."""
    area, group = divmod(int(cells[0]), len(family.groups))
    part_area, part_group = divmod(int(cells[1]), len(family.groups))
    what = "its places" if part_area != area else " and ".join(filter(None, family.groups[part_group])) + " and others"
    name = ", ".join(filter(None, family.groups[group])) or "the total"
    return (
        f"{family.measure} of {family.areas[area]} in {family.periods[period]}, {name}: {what} come to more than it. "
        "Protect figures as they are counted, before any rounding, by members that exclude one another."
    )
