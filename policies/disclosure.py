"""Disclosure control: what is done to a whole column of figures before anybody sees it.

Order: low counts, dominance, rounding (of the value as it was), markers. Parameters and their sources are in
profiles.toml. A suppressed cell is null with marker c, never 0.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policies.register import Obligation, strictest
from reference.column import Column, Evidence
from reference.figure import STATUS_INDEX, Marker, ObservationStatus

Cells = NDArray[np.bool_]


class EvidenceMissing(ValueError):
    """An obligation cannot be carried out because the department gave no evidence, so nothing may be shown."""


class Protected(NamedTuple):
    """A column that may be shown, without its evidence, and what was done to it, in words."""

    column: Column
    treatment: tuple[str, ...]


def protect(column: Column, obligations: Iterable[Obligation], *, additive: bool) -> Protected:
    """The column with every obligation carried out. `additive`: its values are counts or amounts, so that they
    can stand for the number of units behind them; otherwise (medians, rates) only the evidence can.
    Raises EvidenceMissing."""
    kept = strictest(tuple(obligations))
    present = ~np.isnan(column.values)
    suppressed: Cells = np.zeros(column.values.shape, bool)
    for each in kept:
        if each.kind == "suppress_below":
            suppressed |= _low(column, present, each.amount, additive)
        elif each.kind == "dominance":
            suppressed |= _dominated(column, present, each, additive)
    values = column.values
    rounding = next((each.amount for each in kept if each.kind == "round_to"), None)
    values = values.copy() if rounding is None else np.floor(values / rounding + 0.5) * rounding
    status, markers = column.status.copy(), column.markers.copy()
    values[suppressed] = np.nan
    status[suppressed] = STATUS_INDEX[ObservationStatus.Q]
    markers[suppressed] |= int(Marker.c)
    return Protected(Column(values, status, markers, None, column.raw), tuple(each.words for each in kept))


def _low(column: Column, present: Cells, below: int, additive: bool) -> Cells:
    """Cells that describe fewer units than allowed. A true zero describes nobody and stays."""
    evidence = column.evidence
    if evidence is not None and not np.isnan(evidence.n[present]).all():
        units = np.where(np.isnan(evidence.n), column.values if additive else 0.5, evidence.n)
    elif additive:
        units = column.values
    elif present.any():
        raise EvidenceMissing("it did not say how many people or businesses each figure describes")
    else:
        return np.zeros(present.shape, bool)
    return present & (units < below) & (units > 0)


def _dominated(column: Column, present: Cells, rule: Obligation, additive: bool) -> Cells:
    """Cells with too few contributors, or from which one contributor could work out another."""
    evidence = column.evidence
    if evidence is None or (present.any() and np.isnan(evidence.contributors[present]).all()):
        if present.any():
            raise EvidenceMissing("it did not say how many contribute to each figure")
        return np.zeros(present.shape, bool)
    total = column.values if additive else evidence.n
    few = _unknown_or(evidence.contributors < rule.amount, evidence, "contributors")
    rest = total - evidence.top1 - evidence.top2
    assert rule.percent is not None
    dominated = _unknown_or(rest < rule.percent / 100 * evidence.top1, evidence, "top1", "top2")
    zero = total == 0
    return present & (few | dominated) & ~zero


def _unknown_or(rule: Cells, evidence: Evidence, *needed: str) -> Cells:
    """The rule's cells, and those where what it needs is unknown: doubt suppresses."""
    for name in needed:
        rule = rule | np.isnan(getattr(evidence, name))
    return rule
