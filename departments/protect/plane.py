"""A family with its periods laid one upon another: what one pattern must do, and can, in every period at once."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from departments.protect.family import Cells, Family, Floats
from departments.protect.primary import Primary
from departments.protect.relations import Relations

T = TypeVar("T", bound=np.generic)
# A total is dearer than its parts: it is what most readers want.
TOTAL = 4.0


@dataclass(frozen=True)
class Plane:
    """Over all cells of the relations. `hidden`: primary cells, and what is in no table; `targets`: those to protect,
    by `up` and `down`. `rise`, `fall`: how much higher or lower than it is a hidden cell may be thought in each of the
    periods. `known`: one contributor alone is behind it, who knows it. `cost`: of hiding a cell."""

    hidden: Cells
    targets: Cells
    up: Floats
    down: Floats
    rise: Floats
    fall: Floats
    known: Cells
    cost: Floats

    def left(self, hidden: Cells, targets: Cells) -> "Plane":
        """The same with more of it hidden already and fewer targets to protect."""
        return replace(self, hidden=self.hidden | hidden, targets=self.targets & targets)


def plane(family: Family, relations: Relations, found: Primary, periods: Sequence[int], before: Cells | None) -> Plane:
    """Of some of the periods together. `before`: cells that an earlier release hid, which are hidden again before
    others."""
    cells, values = relations.cells, relations.values[list(periods)]
    targets = np.zeros(values.shape[1], bool)
    targets[:cells] = laid(found.hidden, periods).any(axis=0)
    hidden = targets.copy()
    hidden[cells:] = True
    up, down = (np.zeros(values.shape[1]) for _ in range(2))
    up[:cells], down[:cells] = laid(found.up, periods).max(axis=0), laid(found.down, periods).max(axis=0)
    # A reader is taken to know each hidden figure to within twice what it is.
    rise, fall = np.maximum(values, found.small + 1).min(axis=0), values.min(axis=0)
    rise[cells:] = values.max(initial=1.0)
    known = np.zeros(len(rise), bool)
    if "contributors" in family.evidence:
        known[:cells] = (laid(family.evidence["contributors"], periods) == 1).any(axis=0)
    return Plane(hidden, targets, up, down, rise, fall, known, _cost(family, relations, before))


def laid(array: NDArray[T], periods: Sequence[int]) -> NDArray[T]:
    """An array over (places, periods, groups) as periods x cells."""
    return np.swapaxes(array[:, list(periods)], 0, 1).reshape(len(periods), -1)


def _cost(family: Family, relations: Relations, before: Cells | None) -> Floats:
    """What hiding each cell costs: more for larger ones and totals. In steps, with a part that its name alone decides,
    so that figures which hardly move leave the choice as it was."""
    mean = relations.values.mean(axis=0)
    cost = 4.0 + np.floor(np.log2(1 + mean))
    for total in {int(cells[0]) for cells in relations.each}:
        cost[total] *= TOTAL
    cost[: relations.cells] += [_chance(family, at) for at in range(relations.cells)]
    if before is not None:
        cost[: relations.cells][before] /= 2
    return cost


def _chance(family: Family, cell: int) -> float:
    """From 0 to 1, by the cell's name."""
    area, group = divmod(cell, len(family.groups))
    name = "\t".join((family.areas[area], *family.groups[group]))
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") / 2**32
