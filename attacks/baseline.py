"""The baseline: what anybody would guess of a hidden cell, without any attack.

Of the totals that it is a part of, the one of which least is left once the shown parts are taken away; what is left is
split among the hidden parts: members as they are split in the widest place, places by their totals.
"""

import numpy as np

from attacks.sums import Sums
from attacks.table import Bounds, Floats, Table


def baseline(table: Table, bounds: Bounds, sums: Sums, middle: Floats) -> Floats:
    """A guess at each cell; NaN where there is no total to split. `middle`: figures as shown, rows x cells, NaN where
    hidden; bounds are held to where the rows are the table's periods."""
    guesses = np.full(middle.shape, np.nan)
    if not len(sums.start):
        return guesses
    by_members, by_places = _weights(table, middle)
    part, facet = sums.sign > 0, sums.facets[sums.sums]
    for row in range(len(middle)):
        shown = middle[row, sums.cells]
        hidden = np.isnan(shown) & part
        weight = np.where(facet, by_members[row, sums.cells], by_places[row, sums.cells])
        weight = np.where(hidden, np.fmax(np.nan_to_num(weight), 1e-3), 0.0)
        left = -np.add.reduceat(np.where(hidden, 0.0, sums.sign * shown), sums.start)
        share = weight / np.maximum(np.add.reduceat(weight, sums.start)[sums.sums], 1e-12)
        left = np.where(hidden, np.maximum(left[sums.sums], 0.0), np.inf)
        left = np.where(np.isnan(left), np.inf, left)
        every = np.append(left, np.inf)[sums.of_cells]
        entry = sums.of_cells[np.arange(len(every)), every.argmin(axis=1)]
        best = every.min(axis=1)
        known = np.isfinite(best)
        guesses[row, known] = best[known] * share[entry[known]]
    if middle.shape == bounds.low.shape:
        guesses = np.clip(guesses, bounds.low, bounds.high)
    return np.where(np.isnan(middle), guesses, middle)


def _weights(table: Table, middle: Floats) -> tuple[Floats, Floats]:
    """How large each cell would be by its group in the widest place, and by the total of its place."""
    rows, areas, groups = len(middle), len(table.areas), len(table.groups)
    cube = middle.reshape(rows, areas, groups)
    total = table.groups.index(tuple("" for _ in table.facets)) if table.groups else 0
    widest = int(np.nan_to_num(np.nanmax(np.nan_to_num(cube[:, :, total]), axis=0)).argmax())
    by_members = np.broadcast_to(cube[:, widest : widest + 1, :], cube.shape)
    by_places = np.broadcast_to(cube[:, :, total : total + 1], cube.shape)
    return by_members.reshape(rows, -1), by_places.reshape(rows, -1)
