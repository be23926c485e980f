"""Secondary cells: which others are hidden, so that every primary one stays in as much doubt as its rule asks for.

1. Over all periods at once, for each primary cell, the one to be left widest first, the cheapest cycle through it is
   hidden with it; a second round hides only what is still needed of the first one's choice.
2. In each period, where cells are too small for a cycle, linear programmes tell which can be moved by several others
   together that are hidden anyway, and for those that cannot, what is cheapest to hide.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np

from departments.protect.cycles import Spot, cheapest
from departments.protect.doubt import Doubt
from departments.protect.family import Cells, Floats
from departments.protect.flow import Change, Cheapest, Widest, apart
from departments.protect.plane import Plane
from departments.protect.relations import Indices, Relations

# Of two ways that cost nothing, the shorter.
STEP = 1e-3
# From so many cells on that one programme shows to be in doubt it is worth another of its kind.
WORTH = 8


@dataclass(frozen=True)
class Choice:
    """What is hidden, the changes that show targets to be in doubt, and the targets of which none could be found."""

    hidden: Cells
    witnesses: list[Change]
    open: Indices


def by_cycles(plane: Plane, spots: dict[int, Spot]) -> Choice:
    """What cycles protect."""
    first = _Cycles(plane, spots).made(1)
    again = replace(plane, cost=np.where(first.hidden, plane.cost / 4, plane.cost))
    second = _Cycles(again, spots).made(-1)
    return min(first, second, key=lambda choice: (len(choice.open), np.count_nonzero(choice.hidden)))


class _Cycles:
    """One round over all targets."""

    def __init__(self, plane: Plane, spots: dict[int, Spot]) -> None:
        self._plane, self._spots = plane, spots
        self._hidden, self._cost = plane.hidden.copy(), np.where(plane.hidden, STEP, plane.cost)
        self._doubt = Doubt(plane)

    def made(self, order: int) -> Choice:
        """What is chosen. `order`: 1 for the widest first, -1 for the widest last."""
        for cell in widest_first(self._plane, np.flatnonzero(self._plane.targets))[::order]:
            self._protect(cell)
        return Choice(self._hidden, self._doubt.witnesses, self._doubt.open())

    def _protect(self, cell: int) -> None:
        """Hide the cheapest cycle that leaves a cell in doubt both ways, or two where those together are cheaper. What
        a lone contributor knows is of no use to any other cell."""
        spot = self._spots.get(cell)
        up, down = (self._plane.up[cell] * self._doubt.up[cell], self._plane.down[cell] * self._doubt.down[cell])
        if spot is None or up + down == 0:
            return
        room = ~self._plane.known[spot.block]
        rise, fall = (array[spot.block] * room for array in (self._plane.rise, self._plane.fall))
        way = _ways(self._cost[spot.block])
        both = cheapest(spot, way((fall, up), (rise, down)), way((rise, up), (fall, down)))
        if (both is None or both[0] > 1) and up * down > 0:
            higher = cheapest(spot, way((fall, up)), way((rise, up)))
            lower = cheapest(spot, way((rise, down)), way((fall, down)))
            if higher and lower and (both is None or higher[0] + lower[0] < both[0]):
                self._use(_cycle(cell, up, *higher[1:]))
                self._use(_cycle(cell, -down, *lower[1:]))
                return
        if both is not None:
            for amount in filter(None, (up, -down)):
                self._use(_cycle(cell, amount, *both[1:]))

    def _use(self, change: Change) -> None:
        """Hide a cycle."""
        self._hidden[change.cells] = True
        self._cost[change.cells] = STEP
        self._doubt.see(change)


def by_programmes(plane: Plane, relations: Relations, spots: dict[int, Spot], known: Iterable[Change]) -> Choice:
    """What linear programmes protect, in one period. `known`: changes that may do here what they did elsewhere."""
    return _Programmes(plane, relations, spots).made(known)


class _Programmes:
    """One period's open targets."""

    def __init__(self, plane: Plane, relations: Relations, spots: dict[int, Spot]) -> None:
        self._plane, self._relations, self._spots = plane, relations, spots
        self._hidden, self._doubt = plane.hidden.copy(), Doubt(plane)
        self._cheapest: Cheapest | None = None

    def made(self, known: Iterable[Change]) -> Choice:
        for change in known:
            self._doubt.see(change)
        self._by_what_is_hidden()
        while left := len(self._doubt.open()):
            self._by_hiding(self._together())
            if len(self._doubt.open()) > left / 2:
                break
        # What could not be done together with others may be possible alone.
        self._by_hiding([[cell] for cell in widest_first(self._plane, self._doubt.open())])
        return Choice(self._hidden, self._doubt.witnesses, self._doubt.open())

    def _by_what_is_hidden(self) -> None:
        """See what is in doubt without hiding more."""
        if not len(self._doubt.open()):
            return
        widest, doubt, plane = Widest(self._plane, self._hidden, self._relations), self._doubt, self._plane
        sign = 1
        idle = 0
        while idle < 2 and len(doubt.open()):
            wanted = np.where(doubt.up, plane.up, 0) if sign > 0 else np.where(doubt.down, -plane.down, 0)
            idle = 0 if self._see(widest.change(wanted)) >= WORTH else idle + 1
            sign = -sign

    def _together(self) -> Iterator[list[int]]:
        """Open cells, in lists of such as have little to do with one another: one of each block of places and groups,
        and one of all that are in none."""
        queues: dict[int, list[int]] = {}
        for cell in widest_first(self._plane, self._doubt.open()):
            spot = self._spots.get(cell)
            queues.setdefault(-1 if spot is None else int(spot.block[0, 0]), []).append(cell)
        for together in zip_longest(*queues.values()):
            yield [cell for cell in together if cell is not None]

    def _by_hiding(self, lists: Iterable[Sequence[int]]) -> None:
        """Hide what leaves the cells of each list in doubt."""
        for cells in lists:
            for amounts, wanted in ((self._plane.up, self._doubt.up), (-self._plane.down, self._doubt.down)):
                asked = np.array([cell for cell in cells if wanted[cell]], np.intp)
                if len(asked):
                    if self._cheapest is None:
                        self._cheapest = Cheapest(self._plane, self._hidden, self._relations)
                    self._use(self._cheapest.change(asked, amounts[asked]))

    def _use(self, change: Change) -> None:
        """Hide what a change needs hidden."""
        new = change.cells[~self._hidden[change.cells]]
        self._hidden[new] = True
        if self._cheapest is not None and len(new):
            self._cheapest.hide(new)
        self._see(change)

    def _see(self, change: Change) -> int:
        return sum(self._doubt.see(part) for part in apart(change, self._relations))


def widest_first(plane: Plane, cells: Indices) -> list[int]:
    """Targets by how far they must be left, then by their names."""
    widest = np.maximum(plane.up, plane.down)[cells]
    return cells[np.lexsort((plane.cost[cells], -widest))].tolist()


def _cycle(cell: int, amount: float, against: Indices, along: Indices) -> Change:
    cells = np.concatenate([[cell], along, against])
    return Change(cells, amount * np.append(np.ones(1 + len(along)), -np.ones(len(against))))


def _ways(cost: Floats) -> Callable[..., Floats]:
    """The cost of every cell of a block that has as much room as is asked for."""

    def way(*room: tuple[Floats, float]) -> Floats:
        return np.where(np.logical_and.reduce([has >= amount for has, amount in room]), cost, np.inf)

    return way
