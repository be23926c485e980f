"""Changes of figures that leave every published one as it is, found by linear programmes: for any relations at all.

What changes of the cells must come to nothing in every relation, within how much higher or lower than it is each may be
thought. Solved by HiGHS.
"""

from collections.abc import Iterator
from typing import NamedTuple

import highspy
import numpy as np

from departments.protect.family import Cells, Floats
from departments.protect.plane import Plane
from departments.protect.relations import Indices, Relations, signs
from departments.protect.solver import quiet

# What is less than this is an error of floating point.
NOTHING = 1e-6
# What an amount that is wanted is worth: more than anything that may have to be hidden for it.
WANTED = 1e4


class Change(NamedTuple):
    """Cells, and what is added to the figure of each."""

    cells: Indices
    amounts: Floats


class Cheapest:
    """The changes of some cells that need the least hidden (Kelly, Golden and Assad, 1992; Castro, 2002). Each cell is
    two columns: what is added to it, and what is taken away."""

    def __init__(self, plane: Plane, hidden: Cells, relations: Relations) -> None:
        self._room, self._cells = np.concatenate([plane.rise, plane.fall]), len(plane.cost)
        self._cost = np.tile(np.where(hidden, 0, plane.cost), 2)
        lp, cells = highspy.HighsLp(), self._cells
        lp.num_col_, lp.num_row_ = 2 * cells, len(relations.each)
        lp.col_cost_ = self._cost
        lp.col_lower_, lp.col_upper_ = np.zeros(2 * cells), self._room
        lp.row_lower_ = lp.row_upper_ = np.zeros(lp.num_row_)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0, *(2 * len(one) for one in relations.each)])
        lp.a_matrix_.index_ = np.concatenate([np.concatenate([one, one + cells]) for one in relations.each])
        lp.a_matrix_.value_ = np.concatenate([np.concatenate([signs(one), -signs(one)]) for one in relations.each])
        self._highs = quiet()
        self._highs.passModel(lp)

    def hide(self, cells: Indices) -> None:
        """These cost nothing any more."""
        both = np.concatenate([cells, cells + self._cells])
        self._cost[both] = 0
        self._set(both, self._cost[both], self._room[both])

    def change(self, cells: Indices, amounts: Floats) -> Change:
        """One that adds to each of the cells its amount, or takes it away where that is below 0; of as many of them as
        it can be done together."""
        columns = np.where(amounts > 0, cells, cells + self._cells)
        others = np.where(amounts > 0, cells + self._cells, cells)
        self._set(columns, np.full(len(cells), -WANTED), np.abs(amounts))
        self._set(others, np.zeros(len(cells)), np.zeros(len(cells)))
        # From where nothing changes it is but a few steps.
        self._highs.setBasis()
        self._highs.run()
        found = np.zeros(self._cells)
        if self._highs.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            both = np.array(self._highs.getSolution().col_value)
            found = both[: self._cells] - both[self._cells :]
        both = np.concatenate([columns, others])
        self._set(both, self._cost[both], self._room[both])
        return sparse(found)

    def _set(self, columns: Indices, cost: Floats, upper: Floats) -> None:
        at = columns.astype(np.int32)
        self._highs.changeColsCost(len(at), at, cost)
        self._highs.changeColsBounds(len(at), at, np.zeros(len(at)), upper)


class Widest:
    """Changes that move many cells at once as far as they should, of those that are hidden anyway."""

    def __init__(self, plane: Plane, hidden: Cells, relations: Relations) -> None:
        self._cells, self._size = np.flatnonzero(hidden), len(hidden)
        at = np.cumsum(hidden) - 1
        rows = [(one[hidden[one]], signs(one)[hidden[one]]) for one in relations.each]
        rows = [(at[cells], weights) for cells, weights in rows if len(cells)]
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self._cells), len(rows)
        lp.col_cost_ = np.zeros(len(self._cells))
        self._rise, self._fall = plane.rise[hidden], plane.fall[hidden]
        lp.col_lower_, lp.col_upper_ = -self._fall, self._rise
        lp.row_lower_ = lp.row_upper_ = np.zeros(len(rows))
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0, *(len(cells) for cells, _ in rows)])
        lp.a_matrix_.index_ = np.concatenate([cells for cells, _ in rows])
        lp.a_matrix_.value_ = np.concatenate([weights for _, weights in rows])
        lp.sense_ = highspy.ObjSense.kMaximize
        self._highs = quiet()
        self._highs.passModel(lp)

    def change(self, wanted: Floats) -> Change:
        """One that comes as near as it can to what is wanted of all cells together: amounts to add, or to take away
        where they are below 0; 0 for cells of which nothing is wanted."""
        asked = wanted[self._cells]
        every = np.arange(len(asked), dtype=np.int32)
        with np.errstate(divide="ignore"):
            self._highs.changeColsCost(len(every), every, np.where(asked == 0, 0, 1 / asked))
        # A cell moves no further for itself than it may be thought to for others.
        upper = np.where(asked > 0, np.minimum(asked, self._rise), self._rise)
        lower = np.where(asked < 0, np.maximum(asked, -self._fall), -self._fall)
        self._highs.changeColsBounds(len(every), every, lower, upper)
        self._highs.run()
        changes = np.zeros(self._size)
        if self._highs.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            changes[self._cells] = self._highs.getSolution().col_value
        return sparse(changes)


def sparse(changes: Floats) -> Change:
    """Without the cells that stay as they are."""
    cells = np.flatnonzero(np.abs(changes) > NOTHING)
    return Change(cells, changes[cells])


def apart(change: Change, relations: Relations) -> Iterator[Change]:
    """A change in parts that have no relation in common, each of which is one by itself."""
    cells, amounts = change
    at, which = relations.of_cells.of(cells)
    relation = relations.of_cells.relation[at]
    label = np.arange(len(cells))
    least = np.full(len(relations.each), len(cells))
    while True:
        np.minimum.at(least, relation, label[which])
        lower = label.copy()
        np.minimum.at(lower, which, least[relation])
        if (lower == label).all():
            break
        label = lower
    for one in np.unique(label):
        yield Change(cells[label == one], amounts[label == one])
