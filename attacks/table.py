"""What was collected of one measure: every cell of every breakdown, level and period, as each caller was answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from attacks.treatment import Treatment
from reference.area import AreaLevel, gazetteer

Floats = NDArray[np.float64]
Cells = NDArray[np.bool_]
Indices = NDArray[np.intp]
# One member for each facet of the measure, "" for the total.
Group = tuple[str, ...]
# Of a view, where nothing was answered.
NEVER = -1


@dataclass(frozen=True)
class View:
    """One breakdown at one level, as it was answered on some terms. `cells`: positions of its cells in the table;
    `values`: periods x cells; `kinds`: the same, which of `signs` (status and markers) stands there, or NEVER."""

    by: tuple[str, ...]
    level: AreaLevel
    terms: str
    treatment: Treatment
    cells: Indices
    values: Floats
    kinds: NDArray[np.int16]
    signs: tuple[tuple[str, ...], ...]

    @property
    def hidden(self) -> Cells:
        """Suppressed to protect somebody."""
        return np.isnan(self.values) & self._any_of("Q", "c")

    @property
    def low(self) -> Cells:
        """Rounded to nothing, and not nothing."""
        return self._any_of("low")

    def _any_of(self, *names: str) -> Cells:
        kinds = [at for at, sign in enumerate(self.signs) if any(name in sign for name in names)]
        return np.isin(self.kinds, kinds)


@dataclass(frozen=True)
class Table:
    """A cell is a place and a group: place * groups + group. `counted`: figures are whole numbers; `additive`: parts
    may be added up; `breakdowns`: the facets of a group that figures are given by together."""

    measure: str
    owner: str
    counted: bool
    additive: bool
    facets: tuple[str, ...]
    areas: tuple[str, ...]
    periods: tuple[str, ...]
    groups: tuple[Group, ...]
    views: tuple[View, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Periods, cells."""
        return len(self.periods), len(self.areas) * len(self.groups)

    @cached_property
    def bounds(self) -> "Bounds":
        """What all callers together are told of each cell, before anything is worked out."""
        low, high, least_told, most_told = (np.full(self.shape, x) for x in (-np.inf, np.inf, 0.0, np.inf))
        widest_low, widest_high = np.full(self.shape, np.inf), np.zeros(self.shape)
        shown, hidden, asked = (np.zeros(self.shape, bool) for _ in range(3))
        for view in self.views:
            there, at = view.hidden, view.cells
            least, most = view.treatment.shown(view.values, view.low, self.counted)
            given = ~np.isnan(view.values)
            low[:, at] = np.where(given, np.fmax(low[:, at], least), low[:, at])
            high[:, at] = np.where(given, np.fmin(high[:, at], most), high[:, at])
            least, most = view.treatment.hidden(self.counted)
            least_told[:, at] = np.where(there, np.maximum(least_told[:, at], least), least_told[:, at])
            most_told[:, at] = np.where(there, np.minimum(most_told[:, at], most), most_told[:, at])
            widest_low[:, at] = np.where(there, np.minimum(widest_low[:, at], least), widest_low[:, at])
            widest_high[:, at] = np.where(there, np.maximum(widest_high[:, at], most), widest_high[:, at])
            shown[:, at] |= given
            hidden[:, at] |= there
            asked[:, at] |= view.kinds != NEVER
        # Two callers may be told of two releases: what contradicts is not known.
        apart = shown & (low > high)
        low[apart], high[apart] = np.minimum(low[apart], high[apart]), np.maximum(low[apart], high[apart])
        low, high = np.where(shown, low, least_told), np.where(shown, high, most_told)
        return Bounds(low, high, widest_low, widest_high, shown, hidden, asked)

    @property
    def percent(self) -> float:
        """Of the p%-rule, as the terms tell it; 10 where they tell none."""
        return max((view.treatment.percent for view in self.views), default=0.0) or 10.0

    def name(self, cell: int) -> str:
        """A cell in words."""
        area, group = divmod(cell, len(self.groups))
        place = gazetteer().get(self.areas[area])
        return ", ".join((place.name if place else self.areas[area], *filter(None, self.groups[group])))


@dataclass(frozen=True)
class Bounds:
    """Periods x cells. `low`, `high`: between what figures each must lie by all answers together; `hidden_low`,
    `hidden_high`: by that answer alone which hides it and tells least; `shown`, `hidden`: to, or from, any caller;
    `asked`: a caller had an answer."""

    low: Floats
    high: Floats
    hidden_low: Floats
    hidden_high: Floats
    shown: Cells
    hidden: Cells
    asked: Cells

    @property
    def unknown(self) -> Cells:
        """Hidden from all who could ask."""
        return self.hidden & ~self.shown

    @property
    def middle(self) -> Floats:
        """What is shown, as near as it is; NaN where nothing is."""
        return np.where(self.shown, (self.low + self.high) / 2, np.nan)


def of_breakdown(groups: Sequence[Group], breakdown: tuple[int, ...]) -> list[int]:
    """The groups, by position, that have a member of exactly these facets."""
    return [at for at, group in enumerate(groups) if tuple(f for f, code in enumerate(group) if code) == breakdown]
