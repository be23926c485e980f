"""What the words beside a figure say of it: its provenance tells everyone how it was treated."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Cells = NDArray[np.bool_]
FEW = re.compile(r"(?:describes fewer than|as published is below) (\d+)(, or nobody| or 0)?")
ROUNDED = re.compile(r"Rounded to the nearest (\d+)")
BANDS = re.compile(r"to the nearest (\d.*)")
BAND = re.compile(r"(\d+) from (\d+)")
DOMINANCE = re.compile(r"p% at ([\d.]+)")
PATTERN = "could be worked out"


@dataclass(frozen=True)
class Treatment:
    """What was done to a column. `below`: figures that describe fewer are hidden, and with `zeros` those of nobody;
    `others`: something else may be hidden too; `percent`: of the p%-rule; `bands`: (from, rounded to the nearest)."""

    below: int = 0
    zeros: bool = False
    others: bool = False
    percent: float = 0.0
    bands: tuple[tuple[float, float], ...] = ()

    def shown(self, values: Floats, low: Cells, counted: bool) -> tuple[Floats, Floats]:
        """Between what figures the true ones of some that are shown must lie. `low`: marked as rounded to nothing."""
        base = np.zeros(values.shape)
        for start, to in self.bands:
            # A figure may have come up to this one from the band below, whose steps are no wider.
            base = np.where(np.abs(values) >= start, np.maximum(base, to), base)
        least, most = values - base / 2, values + base / 2
        if counted:
            # Halves are rounded up.
            least, most = np.ceil(least), np.where(base > 0, np.ceil(most) - 1, most)
            least = np.maximum(least, np.where((values > 0) | low, max(self.below, 1), 0))
            nothing = (values == 0) & ~low & ((base <= 1) | (self.below >= base / 2))
            most = np.where(nothing, 0, most)
        return np.minimum(np.maximum(least, 0), most), most

    def hidden(self, counted: bool) -> tuple[float, float]:
        """Between what figures the true one of any that is hidden must lie."""
        if not counted or not self.below:
            return 0.0, np.inf
        return 0.0 if self.zeros else 1.0, np.inf if self.others else self.below - 1.0


def read(words: Sequence[str]) -> Treatment:
    """From the lines of a figure's provenance."""
    below, zeros, others, percent, bands = 0, False, False, 0.0, ()
    for line in words:
        if few := FEW.search(line):
            below, zeros = max(below, int(few[1])), zeros or few[2] is not None
        if rule := DOMINANCE.search(line):
            others, percent = True, float(rule[1])
        if PATTERN in line:
            # It hides zeros wherever there is a threshold.
            others = zeros = True
        if one := ROUNDED.search(line):
            bands = ((0.0, float(one[1])),)
        elif line.startswith("Rounded") and (several := BANDS.search(line)):
            bands = tuple((float(start), float(to)) for to, start in BAND.findall(several[1]))
    return Treatment(below, zeros, others, percent, bands)
