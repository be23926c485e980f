"""A family of tables: all that one release holds of a measure, over places, periods and groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from departments.share.mapping import Protection, Shared

Floats = NDArray[np.float64]
Cells = NDArray[np.bool_]
# One member for each facet of the dataset, "" for the total.
Group = tuple[str, ...]
KINDS = ("n", "contributors", "top1", "top2")


@dataclass(frozen=True)
class Family:
    """Figures and the evidence behind them in the shape (places, periods, groups); NaN where nothing is held.

    `breakdowns`: the facets, by their positions in a group, that figures are held by together; () for totals.
    `evidence`: kind -> figures, of the kinds that the mapping names.
    """

    measure: str
    areas: tuple[str, ...]
    periods: tuple[str, ...]
    groups: tuple[Group, ...]
    breakdowns: tuple[tuple[int, ...], ...]
    values: Floats
    evidence: dict[str, Floats]
    shared: Shared
    rule: Protection

    @property
    def counted(self) -> bool:
        """Whether the figures are numbers of units, so that a threshold on units is one on figures."""
        return self.shared.additive and self.shared.n in (None, self.shared.column)


def groups(members: Sequence[Sequence[str]], breakdowns: Sequence[tuple[int, ...]]) -> tuple[Group, ...]:
    """Every group of every breakdown, breakdown by breakdown. `members`: of each facet."""
    return tuple(
        group
        for breakdown in breakdowns
        for group in product(*(codes if at in breakdown else ("",) for at, codes in enumerate(members)))
    )
