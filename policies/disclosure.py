"""Disclosure control: what is done to a whole column of figures before anybody sees it.

Order: low counts, dominance, rounding (of the value as it was), markers. Parameters and their sources are in
profiles.toml. A suppressed cell is null with marker c, never 0. What is not known of a cell is held against it:
doubt suppresses.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policies.obligation import Obligation, strictest
from reference.column import Column
from reference.figure import STATUS_INDEX, Marker, ObservationStatus

Cells = NDArray[np.bool_]
Numbers = NDArray[np.float64]
UNTOLD = "it did not say how many contribute to each figure, and how much the largest two do"


class EvidenceMissing(ValueError):
    """An obligation cannot be carried out because the department gave no evidence, so nothing may be shown."""


class Protected(NamedTuple):
    """A column that may be shown, without its evidence, and what was done to it, in words."""

    column: Column
    treatment: tuple[str, ...]


def protect(column: Column, obligations: Iterable[Obligation], *, additive: bool, counted: bool = True) -> Protected:
    """The column with every obligation carried out: the strictest of each kind.

    `additive`: values are the totals of what their contributors contribute; otherwise (medians, rates) the total
    is the number of units in the evidence. `counted`: additive values are numbers of people, jobs or businesses,
    so that they can stand for the evidence of how many; an amount of money cannot. Raises EvidenceMissing.
    """
    kept, words = _kept(tuple(obligations))
    counted = additive and counted
    units = _units(column, counted=counted)
    # Nobody is in a true zero. One that is only rounded to 0, or that the evidence contradicts, is not true.
    zero = (column.values == 0) & (units == 0) & (column.markers & int(Marker.low) == 0)
    if counted:
        units = np.fmin(units, column.values)
    suppressed: Cells = np.zeros(column.values.shape, bool)
    rounding: Obligation | None = None
    for each in kept:
        match each.kind:
            case "suppress_below":
                suppressed |= _low(column, units, each) & ~(zero & (not each.zeros))
            case "dominance":
                suppressed |= _dominated(column, column.values if additive else units, zero, each)
            case _:
                rounding = each
    values = column.values.copy() if rounding is None else _rounded(column.values, rounding)
    status, markers = column.status.copy(), column.markers.copy()
    if rounding is not None:
        markers[(values == 0) & (column.values != 0)] |= int(Marker.low)
    if suppressed.any():
        values[suppressed] = np.nan
        status[suppressed] = STATUS_INDEX[ObservationStatus.Q]
        markers[suppressed] = (markers[suppressed] & ~np.uint16(Marker.low)) | np.uint16(Marker.c)
    raw = {cell: text for cell, text in column.raw.items() if not suppressed.flat[cell]}
    return Protected(Column(values, status, markers, None, raw), words)


@lru_cache
def _kept(obligations: tuple[Obligation, ...]) -> tuple[tuple[Obligation, ...], tuple[str, ...]]:
    kept = strictest(obligations)
    return kept, tuple(each.words for each in kept)


def _units(column: Column, *, counted: bool) -> Numbers:
    """How many people, jobs or businesses each cell describes; NaN where that is not known."""
    units = np.full(column.values.shape, np.nan) if column.evidence is None else column.evidence.n
    return np.where(np.isnan(units), column.values, units) if counted else units


def _low(column: Column, units: Numbers, rule: Obligation) -> Cells:
    """Cells that describe fewer units than allowed, or who knows how many."""
    present = ~np.isnan(column.values)
    enough = present & (units >= rule.amount)
    # Where there is no evidence at all, no cell has enough.
    if not enough.any() and present.any() and np.isnan(units[present]).all():
        raise EvidenceMissing("it did not say how many people or businesses each figure describes")
    return present & ~enough


def _dominated(column: Column, total: Numbers, zero: Cells, rule: Obligation) -> Cells:
    """Cells with too few contributors, or from which one contributor could work out another."""
    judged = ~np.isnan(column.values) & ~zero
    if not judged.any():
        return judged
    evidence = column.evidence
    if evidence is None:
        raise EvidenceMissing(UNTOLD)
    assert rule.percent is not None
    top1, top2 = evidence.top1, evidence.top2
    # Written as what must hold, so that a cell of which something is unknown (NaN) fails it.
    enough = evidence.contributors >= rule.amount
    spread = total - top1 - top2 >= rule.percent / 100 * top1
    coherent = (top1 >= top2) & (top2 >= 0) & (top1 > 0)
    dominated = judged & ~(enough & spread & coherent)
    # Where there is no evidence at all, every cell fails.
    needed = (evidence.contributors, top1, top2)
    if (dominated == judged).all() and any(np.isnan(each[judged]).all() for each in needed):
        raise EvidenceMissing(UNTOLD)
    return dominated


def _rounded(values: Numbers, rule: Obligation) -> Numbers:
    """Half up to the nearest multiple of the base for the size of the value as it was."""
    if not rule.bands:
        return np.floor(values / rule.amount + 0.5) * rule.amount
    starts, bases = np.array(rule.bands).T
    to = bases[np.maximum(np.searchsorted(starts, np.abs(values), side="right") - 1, 0)]
    return np.floor(values / to + 0.5) * to
