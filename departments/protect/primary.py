"""Primary cells: those that a rule of the mapping hides, and how far from its figure a reader must be left.

What must stay possible of a hidden cell, whatever else is known (`Reach`):

- small: everything from 0 to the threshold less one; a zero is a small cell;
- few contributors, dominated: the figure plus and minus `percent` of the largest contribution (of the figure where that
  is not known, 10 where `percent` is 0), and of a count at least half the threshold.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from departments.protect.family import Cells, Family, Floats
from departments.share.protection import true_zeros, unsafe

# Why a cell is hidden, in the order in which the first that holds is told.
RULES = ("few", "contributors", "dominated", "zero", "series", "secondary")
# Percent by which a figure may be known where the mapping says none.
PERCENT = 10


@dataclass(frozen=True)
class Primary:
    """`why`: over (places, periods, groups), 1 + the index in RULES of the rule that hides a cell, 0 where none does.
    `up`, `down`: how far above and below its figure a reader must be left, wherever `why` is not 0. `small`: what a
    small cell may be thought to hold at most."""

    why: NDArray[np.uint8]
    up: Floats
    down: Floats
    small: float

    @property
    def hidden(self) -> Cells:
        """Cells that are hidden for their own sake, or for that of the same cell in another period."""
        return self.why > 0


def primary(family: Family) -> Primary:
    """By the family's own rule; with `series`, a cell that is hidden in one period is hidden in all."""
    values, rule = family.values, family.rule
    broken = unsafe(values, family.evidence, family.shared, rule)
    if broken:
        broken["zero"] = true_zeros(values, family.evidence) & ~structural_zeros(family)
    if rule.series and broken:
        anywhere = np.logical_or.reduce([cells.any(axis=1, keepdims=True) for cells in broken.values()])
        broken["series"] = anywhere & ~np.isnan(values) & ~structural_zeros(family)
    why = np.zeros(values.shape, np.uint8)
    for name in reversed(RULES):
        if name in broken:
            why[broken[name]] = 1 + RULES.index(name)
    few = np.zeros(values.shape, bool)
    for name in ("few", "zero"):
        few |= broken.get(name, False)
    small = _small(family, few)
    up, down = _reach(family, few, small)
    return Primary(why, np.where(why > 0, up, 0.0), np.where(why > 0, down, 0.0), small)


def structural_zeros(family: Family) -> Cells:
    """Zeros where there can be nothing: of a group that nobody anywhere is in, in any period, and of a place where
    there is nothing of any group."""
    zero = true_zeros(family.values, family.evidence)
    return zero & (zero.all(axis=(0, 1), keepdims=True) | zero.all(axis=(1, 2), keepdims=True))


def _small(family: Family, few: Cells) -> float:
    """What a small cell holds at most; of an amount, where no threshold tells it, what one usually holds."""
    if family.counted:
        return max(family.rule.suppress_below - 1, 0.0)
    usual = family.values[few & (family.values > 0)]
    return float(np.median(usual)) if usual.size else 0.0


def _reach(family: Family, few: Cells, small: float) -> tuple[Floats, Floats]:
    """How far above and below each figure must stay possible."""
    values = np.nan_to_num(family.values)
    largest = np.nan_to_num(family.evidence.get("top1", values))
    up = (family.rule.percent or PERCENT) / 100 * np.where(largest > 0, largest, values)
    if family.counted:
        up = np.maximum(up, family.rule.suppress_below / 2)
    little = few & (values <= small)
    down = np.where(little, values, up)
    up, down = np.where(little, np.maximum(small - values, up), up), np.minimum(down, values)
    # Whole figures differ by whole amounts.
    return (np.ceil(up), np.ceil(down)) if family.counted else (up, down)
