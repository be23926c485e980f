"""Cycles of hidden cells: places that are parts of the same wider ones, by groups that are parts of the same totals.

If a figure is higher by some amount, another of its place is lower, another of that group higher, and so on until the
last is of the first one's group: no total has changed. A cell on such a cycle stays in doubt by that amount. The
cheapest cycle is a shortest path between places and groups; a rectangle of four cells is the shortest of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from departments.protect.family import Floats
from departments.protect.relations import Indices, Relations, Sums

# Steps from place to group and back: no cycle has more than twice as many cells, and two.
STEPS = 8


@dataclass(frozen=True)
class Spot:
    """Where a cell lies in a block of cells, place by group, in which a cycle changes no total."""

    block: NDArray[np.intp]
    row: int
    column: int


def spots(relations: Relations, groups: int) -> dict[int, Spot]:
    """Every cell that lies in a block of several places and groups."""
    found: dict[int, Spot] = {}
    for areas in _kin(relations.places, relations.cells // groups):
        for members in _kin(relations.facets, groups):
            block = np.add.outer(np.array(areas) * groups, np.array(members))
            for (row, column), cell in np.ndenumerate(block):
                found[int(cell)] = Spot(block, row, column)
    return found


def _kin(sums: Sums, count: int) -> list[list[int]]:
    """Positions that are totals of nothing and parts of the same totals, where there are several."""
    totals = {total for total, _ in sums}
    kin: dict[tuple[int, ...], list[int]] = {}
    for at in range(count):
        if at not in totals and (part_of := tuple(which for which, (_, parts) in enumerate(sums) if at in parts)):
            kin.setdefault(part_of, []).append(at)
    return [several for several in kin.values() if len(several) > 1]


def cheapest(spot: Spot, away: Floats, back: Floats) -> tuple[float, Indices, Indices] | None:
    """The cheapest cycle through a cell: its cost, and its cells that change against the first one and with it.
    `away`: what it costs to use each cell of the block on the way from its place to its group; `back`: from its group
    to its place. None where no cycle has a finite cost."""
    rows, columns = away.shape
    away, back = away.copy(), back.copy()
    away[spot.row, spot.column] = back[spot.row, spot.column] = np.inf
    # The cheapest way to every column and to every row, and the last step of it.
    to_column, from_row = away[spot.row].copy(), np.full(columns, spot.row)
    to_row, from_column = np.full(rows, np.inf), np.full(rows, -1)
    back[spot.row] = np.inf
    for _ in range(STEPS):
        through = to_column + back
        nearest = through.argmin(axis=1)
        cost = through[np.arange(rows), nearest]
        closer = cost < to_row
        if not closer.any():
            break
        to_row[closer], from_column[closer] = cost[closer], nearest[closer]
        through = to_row[:, None] + away
        nearest = through.argmin(axis=0)
        cost = through[nearest, np.arange(columns)]
        closer = cost < to_column
        to_column[closer], from_row[closer] = cost[closer], nearest[closer]
    if not np.isfinite(to_column[spot.column]):
        return None
    return float(to_column[spot.column]), *_steps(spot, from_row, from_column)


def _steps(
    spot: Spot, from_row: Sequence[int] | Indices, from_column: Sequence[int] | Indices
) -> tuple[Indices, Indices]:
    """The cells of a path, from its end: those away from a place, and those back to one."""
    against, along = list[int](), list[int]()
    column = spot.column
    while (row := int(from_row[column])) != spot.row:
        against.append(int(spot.block[row, column]))
        column = int(from_column[row])
        along.append(int(spot.block[row, column]))
    against.append(int(spot.block[row, column]))
    return np.array(against, np.intp), np.array(along, np.intp)
