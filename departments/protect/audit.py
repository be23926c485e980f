"""Proves that a pattern protects: apart from how it was chosen, and in every period.

- Tables that nobody could tell from the true one: for each primary cell one in which it is as much higher as its rule
  asks for, and one in which it is as much lower. Each is checked: nothing published differs, every relation holds, no
  figure is below 0 or, but for that cell, more than twice what it is or than what a small cell may hold.
- Elimination: no hidden cell is a sum and difference of published ones.
- Bounds: of some cells, chosen by hash, the least and the greatest figure that a reader can tell, by linear programmes.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from departments.protect.bounds import intervals
from departments.protect.elimination import told
from departments.protect.family import Cells, Floats
from departments.protect.flow import Change
from departments.protect.making import Made
from departments.protect.plane import laid

# A difference below this, of one unit, is an error of floating point.
CLOSE = 1e-5
# Of so many cells the bounds are worked out.
TRIED = 40


@dataclass(frozen=True)
class Audit:
    """What was found. `asked`: how many bounds of primary cells had to be shown; `unproven`: the (cell, period) pairs
    without a table that shows them in doubt; `told`: hidden cells that can be worked out; `narrow`: of the `tried`,
    those whose bounds are nearer than their rule allows."""

    asked: int
    unproven: tuple[tuple[int, int], ...]
    told: tuple[int, ...]
    tried: int
    narrow: tuple[tuple[int, int], ...]

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not (self.unproven or self.told or self.narrow)


def audit(made: Made, tried: int = TRIED) -> Audit:
    """Of a family that adds up."""
    hidden = _hidden(made)
    up, down = (_padded(made, laid(array, _periods(made))) for array in (made.primary.up, made.primary.down))
    unproven = np.argwhere(((up > 0) | (down > 0)) & ~_proven(made, hidden, up, down))
    patterns = np.unique(hidden, axis=0)
    worked_out = {cell for pattern in patterns for cell in told(pattern, made.relations) if cell < made.relations.cells}
    asked = np.argwhere((up > 0) | (down > 0))
    chosen = asked[sorted(range(len(asked)), key=lambda at: hashlib.sha256(bytes(asked[at])).digest())[:tried]]
    return Audit(
        int(np.count_nonzero(up > 0) + np.count_nonzero(down > 0)),
        tuple((int(cell), int(period)) for period, cell in unproven),
        tuple(sorted(worked_out)),
        len(chosen),
        tuple(_narrow(made, hidden, up, down, chosen)),
    )


def _periods(made: Made) -> range:
    return range(len(made.family.periods))


def _padded(made: Made, array: Floats) -> Floats:
    """An array over the tables' cells with nothing for those that are in none."""
    return np.pad(array, ((0, 0), (0, made.relations.values.shape[1] - made.relations.cells)))


def _hidden(made: Made) -> Cells:
    """Periods by cells: what no reader sees."""
    shown = np.zeros((len(made.family.periods), made.relations.values.shape[1]), bool)
    shown[:, : made.relations.cells] = ~laid(made.hidden | np.isnan(made.family.values), _periods(made))
    return ~shown


def _proven(made: Made, hidden: Cells, up: Floats, down: Floats) -> Cells:
    """Which cells of which periods a checked table shows to be in doubt, both ways."""
    higher, lower = up <= 0, down <= 0
    for shown in made.shown:
        periods = np.array(shown.periods)
        for change in shown.changes:
            if _holds(made, change):
                at = np.ix_(periods[hidden[np.ix_(periods, change.cells)].all(axis=1)], change.cells)
                figures = made.relations.values[at]
                most = figures + np.maximum(figures, made.primary.small + 1)
                most[:, change.cells >= made.relations.cells] = np.inf
                higher[at] |= _reached(figures, most, change.amounts, up[at], ~higher[at])
                lower[at] |= _reached(figures, most, change.amounts, -down[at], ~lower[at])
    return higher & lower


def _reached(figures: Floats, most: Floats, amounts: Floats, asked: Floats, wanted: Cells) -> Cells:
    """Which cells, over some periods, a change moves as far as is asked of each: all of it, or as much of it as the
    cell itself needs, so that no figure falls below 0, and no other one rises above what it may be thought at most."""
    reached = wanted & (amounts * np.sign(asked) >= np.abs(asked) - CLOSE) & (asked != 0)
    period, cell = np.nonzero(reached)
    after = figures[period] + (asked[period, cell] / amounts[cell])[:, None] * amounts
    below = after <= most[period] + CLOSE
    below[np.arange(len(cell)), cell] = True
    reached[period, cell] = (below & (after >= -CLOSE)).all(axis=1)
    return reached


def _holds(made: Made, change: Change) -> bool:
    """Whether every relation holds after a change if it did before."""
    incidence = made.relations.of_cells
    at, which = incidence.of(change.cells)
    sums = np.bincount(incidence.relation[at], change.amounts[which] * incidence.sign[at])
    return bool((np.abs(sums) <= CLOSE).all())


def _narrow(made: Made, hidden: Cells, up: Floats, down: Floats, chosen: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Of some cells and periods, those that a reader can bound more closely than is allowed."""
    found: list[tuple[int, int]] = []
    for period in np.unique(chosen[:, 0]):
        cells = chosen[chosen[:, 0] == period, 1]
        figures = made.relations.values[period]
        for cell, (least, most) in zip(cells, intervals(hidden[period], made.relations, figures, cells), strict=True):
            slack = CLOSE * max(1.0, figures[cell])
            wide = (
                least <= figures[cell] - down[period, cell] + slack and most >= figures[cell] + up[period, cell] - slack
            )
            if not wide:
                found.append((int(cell), int(period)))
    return found
