"""Secondary cells: which others are hidden, so that every primary one stays in as much doubt as its rule asks for.

1. For each primary cell, the one to be left widest first, the cheapest cycle through it is hidden with it.
2. Where cells are too small for that, linear programmes tell which of them can be moved by several others together that
   are hidden anyway; and for those that cannot, what is cheapest to hide.
3. A second round hides only what is still needed of the first one's choice.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np

from departments.protect.cycles import Spot, cheapest, spots
from departments.protect.doubt import Doubt
from departments.protect.family import Cells, Floats
from departments.protect.flow import Change, Cheapest, Widest
from departments.protect.plane import Plane
from departments.protect.relations import Indices, Relations

# Of two ways that cost nothing, the shorter.
STEP = 1e-3
# From so many cells on that one programme shows to be in doubt it is worth another of its kind.
WORTH = 20
# Where more of a table than this is hidden for its own sake, little is saved by a second round.
DENSE = 0.25


@dataclass(frozen=True)
class Choice:
    """What is hidden, the changes that show each target to be in doubt, and the targets of which none could be found."""

    hidden: Cells
    witnesses: list[Change]
    open: Indices


def choose(plane: Plane, relations: Relations, groups: int) -> Choice:
    """The cells to hide on one plane."""
    first = _Round(plane, relations, groups).made(1)
    if plane.targets.mean() > DENSE:
        return first
    again = replace(plane, cost=np.where(first.hidden, plane.cost / 4, plane.cost))
    second = _Round(again, relations, groups).made(-1)
    return min(first, second, key=lambda choice: (len(choice.open), np.count_nonzero(choice.hidden)))


class _Round:
    """One round over all targets."""

    def __init__(self, plane: Plane, relations: Relations, groups: int) -> None:
        self._plane, self._relations, self._groups = plane, relations, groups
        self._spots, self._cost = spots(relations, groups), np.where(plane.hidden, STEP, plane.cost)
        self._hidden, self._doubt = plane.hidden.copy(), Doubt(plane)
        self._cheapest: Cheapest | None = None

    def made(self, order: int) -> Choice:
        """What is chosen. `order`: 1 for the widest first, -1 for the widest last."""
        for cell in self._sorted(np.flatnonzero(self._plane.targets))[::order]:
            self._by_cycles(cell)
        self._by_what_is_hidden()
        self._by_hiding(self._apart())
        # What could not be done together with others may be possible alone.
        self._by_hiding([[cell] for cell in self._sorted(self._doubt.open())])
        return Choice(self._hidden, self._doubt.witnesses, self._doubt.open())

    def _sorted(self, cells: Indices) -> list[int]:
        widest = np.maximum(self._plane.up, self._plane.down)[cells]
        return cells[np.lexsort((self._plane.cost[cells], -widest))].tolist()

    def _by_cycles(self, cell: int) -> None:
        """Hide the cheapest cycle that leaves a cell in doubt both ways, or two where those together are cheaper."""
        spot = self._spots.get(cell)
        up, down = (self._plane.up[cell] * self._doubt.up[cell], self._plane.down[cell] * self._doubt.down[cell])
        if spot is None or up + down == 0:
            return
        room = ~self._plane.known[spot.block]
        rise, fall = (array[spot.block] * room for array in (self._plane.rise, self._plane.fall))
        way = _ways(self._cost[spot.block])
        both = cheapest(spot, way((fall, up), (rise, down)), way((rise, up), (fall, down)))
        if both is None or both[0] > 1:
            higher = cheapest(spot, way((fall, up)), way((rise, up)))
            lower = cheapest(spot, way((rise, down)), way((fall, down)))
            if up * down == 0:
                both = higher if up else lower
            elif higher and lower and (both is None or higher[0] + lower[0] < both[0]):
                self._use(_cycle(cell, up, *higher[1:]))
                self._use(_cycle(cell, -down, *lower[1:]))
                return
        if both is not None:
            for amount in filter(None, (up, -down)):
                self._use(_cycle(cell, amount, *both[1:]))

    def _by_what_is_hidden(self) -> None:
        """See what is in doubt without hiding more."""
        if not len(self._doubt.open()):
            return
        widest, doubt, plane = Widest(self._plane, self._hidden, self._relations), self._doubt, self._plane
        sign = 1
        idle = 0
        while idle < 2 and len(doubt.open()):
            wanted = np.where(doubt.up, plane.up, 0) if sign > 0 else np.where(doubt.down, -plane.down, 0)
            idle = 0 if doubt.see(widest.change(wanted)) >= WORTH else idle + 1
            sign = -sign

    def _apart(self) -> Iterator[list[int]]:
        """Open cells, in lists of such as have little to do with one another: one of each block of places."""
        queues: dict[object, list[int]] = {}
        for cell in self._sorted(self._doubt.open()):
            spot = self._spots.get(cell)
            place = cell // self._groups if spot is None else int(spot.block[0, 0]) // self._groups
            queues.setdefault(place, []).append(cell)
        for together in zip_longest(*queues.values()):
            yield [cell for cell in together if cell is not None]

    def _by_hiding(self, lists: Iterable[list[int]]) -> None:
        """Hide what leaves the cells of each list in doubt."""
        for cells in lists:
            for amounts, wanted in ((self._plane.up, self._doubt.up), (-self._plane.down, self._doubt.down)):
                if len(asked := np.array([cell for cell in cells if wanted[cell]], np.intp)):
                    if self._cheapest is None:
                        self._cheapest = Cheapest(self._plane, self._hidden, self._relations)
                    self._use(self._cheapest.change(asked, amounts[asked]))

    def _use(self, change: Change) -> None:
        """Hide what a change needs hidden."""
        new = change.cells[~self._hidden[change.cells]]
        self._hidden[new] = True
        self._cost[new] = STEP
        if self._cheapest is not None and len(new):
            self._cheapest.hide(new)
        self._doubt.see(change)


def _cycle(cell: int, amount: float, against: Indices, along: Indices) -> Change:
    cells = np.concatenate([[cell], along, against])
    return Change(cells, amount * np.append(np.ones(1 + len(along)), -np.ones(len(against))))


def _ways(cost: Floats) -> Callable[..., Floats]:
    """The cost of every cell of a block that has as much room as is asked for."""

    def way(*room: tuple[Floats, float]) -> Floats:
        return np.where(np.logical_and.reduce([has >= amount for has, amount in room]), cost, np.inf)

    return way
