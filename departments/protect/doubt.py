"""Which hidden cells are in doubt already, and by what: changes of figures that no reader could tell from none."""

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
        """Take a change and its reverse for what they show; how much that is."""
        return self._see(change) + self._see(Change(change.cells, -change.amounts))

    def open(self) -> Indices:
        """Cells of which something is still asked for."""
        return np.flatnonzero(self.up | self.down)

    def _see(self, change: Change) -> int:
        """A change shows a cell to be in doubt if all the others stay within what they may be thought."""
        cells, amounts = change
        beyond = (amounts > self._plane.rise[cells] + NOTHING) | (-amounts > self._plane.fall[cells] + NOTHING)
        judged = cells[beyond] if np.count_nonzero(beyond) else cells
        if len(judged) > 1 and beyond.any():
            return 0
        of = beyond if beyond.any() else np.ones(len(cells), bool)
        higher = judged[self.up[judged] & (amounts[of] >= self._plane.up[judged] - NOTHING)]
        lower = judged[self.down[judged] & (-amounts[of] >= self._plane.down[judged] - NOTHING)]
        if shown := len(higher) + len(lower):
            self.up[higher] = False
            self.down[lower] = False
            self.witnesses.append(change)
        return shown
