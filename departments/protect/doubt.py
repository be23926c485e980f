"""Which hidden cells are in doubt already, and by what: changes of figures that nobody who reads could tell from none."""

import numpy as np

from departments.protect.flow import NOTHING, Change
from departments.protect.plane import Plane
from departments.protect.relations import Indices


class Doubt:
    """What is still asked for (`up`, `down`: cells that must be able to be higher, lower), and the changes that show
    the rest (`witnesses`)."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self.up, self.down = plane.targets & (plane.up > 0), plane.targets & (plane.down > 0)
        self.witnesses: list[Change] = []

    def see(self, change: Change) -> int:
        """Take a change, and its reverse where that is possible too, for what they show; how much that is."""
        shown = self._see(change)
        back = Change(change.cells, -change.amounts)
        if self._possible(back):
            shown += self._see(back)
        return shown

    def open(self) -> Indices:
        """Cells of which something is still asked for."""
        return np.flatnonzero(self.up | self.down)

    def _see(self, change: Change) -> int:
        cells, amounts = change
        higher = cells[self.up[cells] & (amounts >= self._plane.up[cells] - NOTHING)]
        lower = cells[self.down[cells] & (-amounts >= self._plane.down[cells] - NOTHING)]
        if shown := len(higher) + len(lower):
            self.up[higher] = False
            self.down[lower] = False
            self.witnesses.append(change)
        return shown

    def _possible(self, change: Change) -> bool:
        cells, amounts = change
        return bool(
            (amounts <= self._plane.rise[cells] + NOTHING).all() and (-amounts <= self._plane.fall[cells] + NOTHING).all()
        )
