"""The baseline: what anybody would guess of a hidden cell, without any attack.

Of the totals that it is a part of, the one of which least is left once the shown parts are taken away; what is left is
split among the hidden parts as the other margin has it: members by what is left of their totals over places, places by
what is left of their own totals, and where nothing is known of these, as all is split in the widest place, and by size.
"""

import numpy as np

from attacks.sums import Sums
from attacks.table import Bounds, Cells, Floats, Table


def baseline(table: Table, bounds: Bounds, sums: Sums, middle: Floats) -> Floats:
    """A guess at each cell; NaN where there is no total to split. `middle`: figures as shown, rows x cells, NaN where
    hidden; bounds are held to where the rows are the table's periods."""
    guesses = np.full(middle.shape, np.nan)
    if not len(sums.start):
        return guesses
    facet = sums.facets[sums.sums]
    for row in range(len(middle)):
        split = _Split(middle[row], sums)
        by_members, by_places = _sizes(table, middle[row])
        # What each margin says alone, and then each by what the other says.
        members = split.narrowest(np.where(facet, by_members[sums.cells], 0), facet)[0]
        places = split.narrowest(np.where(facet, 0, by_places[sums.cells]), ~facet)[0]
        of_members = np.where(np.isnan(places), by_members, places)[sums.cells]
        of_places = np.where(np.isnan(members), by_places, members)[sums.cells]
        one, left_of_one = split.narrowest(np.where(facet, of_members, 0), facet)
        other, left_of_other = split.narrowest(np.where(facet, 0, of_places), ~facet)
        guesses[row] = np.where(left_of_one <= left_of_other, one, other)
    if middle.shape == bounds.low.shape:
        guesses = np.clip(guesses, bounds.low, bounds.high)
    return np.where(np.isnan(middle), guesses, middle)


class _Split:
    """What is left of each total of one row of figures, and how it may be split."""

    def __init__(self, middle: Floats, sums: Sums) -> None:
        shown = middle[sums.cells]
        self._sums, self._hidden = sums, np.isnan(shown) & (sums.sign > 0)
        left = -np.add.reduceat(np.where(self._hidden, 0.0, sums.sign * shown), sums.start)
        # Nothing is known to be left of a total that is hidden itself.
        self._left = np.where(np.isnan(left), np.inf, np.maximum(left, 0.0))

    def narrowest(self, weight: Floats, which: Cells) -> tuple[Floats, Floats]:
        """Each cell's share of that total of which least is left, NaN where there is none, and how much is left of it.
        `weight`, `which`: of each entry, and whether it counts."""
        sums = self._sums
        weight = np.where(self._hidden, np.fmax(np.nan_to_num(weight), 1e-3), 0.0)
        share = weight / np.maximum(np.add.reduceat(weight, sums.start)[sums.sums], 1e-12)
        left = np.where(self._hidden & which, self._left[sums.sums], np.inf)
        every = np.append(left, np.inf)[sums.of_cells]
        best = every.min(axis=1)
        entry = sums.of_cells[np.arange(len(every)), every.argmin(axis=1)]
        known = np.isfinite(best)
        return np.where(known, np.where(known, best, 0.0) * share[entry], np.nan), best


def _sizes(table: Table, middle: Floats) -> tuple[Floats, Floats]:
    """How large each cell would be by its group in the widest place, and by the total of its place."""
    square = middle.reshape(len(table.areas), len(table.groups))
    everyone = tuple("" for _ in table.facets)
    if everyone not in table.groups:
        # Nobody may read totals: all are taken to be alike.
        return np.ones(len(middle)), np.ones(len(middle))
    total = table.groups.index(everyone)
    widest = int(np.nan_to_num(square[:, total]).argmax())
    by_members = np.broadcast_to(square[widest : widest + 1, :], square.shape)
    by_places = np.broadcast_to(square[:, total : total + 1], square.shape)
    return by_members.ravel(), by_places.ravel()
