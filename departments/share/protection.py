"""What the department does to figures before they leave without evidence. Doubt suppresses."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from departments.share.mapping import Protection, Shared

Floats = NDArray[np.float64]
Cells = NDArray[np.bool_]


def unsafe(values: Floats, behind: Mapping[str, Floats], shared: Shared, rule: Protection) -> dict[str, Cells]:
    """Which figures may not be shown, by the rule that they break: `few` units, few `contributors`, or `dominated`
    by one of them. A true zero describes nobody and breaks none, but where a cell key may have made it of a few."""
    units = behind.get("n", values)
    there = ~np.isnan(values)
    if shared.cell_key is None:
        there &= ~true_zeros(values, behind)
    broken: dict[str, Cells] = {}
    if rule.suppress_below > 0:
        broken["few"] = there & ~(units >= rule.suppress_below)
    if "contributors" in behind and rule.contributors > 0:
        broken["contributors"] = there & ~(behind["contributors"] >= rule.contributors)
    if "top1" in behind and rule.percent > 0:
        # The second largest could work out the largest: what the others add to both is too little to hide it.
        rest = (values if shared.additive else units) - behind["top1"] - behind["top2"]
        broken["dominated"] = there & ~(rest >= rule.percent / 100 * behind["top1"])
    return broken


def true_zeros(values: Floats, behind: Mapping[str, Floats]) -> Cells:
    """Figures of nobody."""
    return (behind.get("n", values) == 0) & (values == 0)


def protect(values: Floats, behind: Mapping[str, Floats], shared: Shared, rule: Protection) -> tuple[Floats, Cells]:
    """Figures fit to be published, and which of them were suppressed. A true zero stays.

    Every figure that describes few units is suppressed. Counts are rounded; medians, means and rates only where the
    measure has a rounding of its own."""
    hidden = np.zeros(values.shape, bool)
    for cells in unsafe(values, behind, shared, rule).values():
        hidden |= cells
    to = shared.round_to or (rule.round_to if shared.additive else None)
    rounded = values if to is None else np.floor(values / to + 0.5) * to
    return np.where(hidden, np.nan, rounded), hidden
