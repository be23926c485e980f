"""Disclosure control: what is done to a whole column of figures before anybody sees it.

Order: low counts, dominance, the owner's pattern, rounding (of the value as it was), markers. Parameters and their
sources are in profiles.toml. A suppressed cell is null with marker c, never 0. What is not known of a cell is held
against it: doubt suppresses.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policies.obligation import Obligation, beside_pattern, strictest
from reference.column import Column, Pattern
from reference.errors import TrustError
from reference.figure import STATUS_INDEX, Marker, ObservationStatus

Cells = NDArray[np.bool_]
Numbers = NDArray[np.float64]
WORKED_OUT = "Suppressed where a suppressed figure could be worked out from it"
PERTURBED = "Every cell slightly adjusted by its publisher"
UNTOLD = "it did not say how many contribute to each figure, and how much the largest two do"


class EvidenceMissing(TrustError, ValueError):
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
    kept, words = _kept(tuple(obligations), pattern=column.pattern is not None)
    counted = additive and counted
    values, status, markers, notes = column.values, column.status, column.markers, column.notes
    units = _units(column, counted=counted)
    present = ~np.isnan(values)
    somebody = present & ~_true_zeros(column, counted=counted)
    suppressed: Cells = np.zeros(values.shape, bool)
    for obligation in kept:
        match obligation.kind:
            case "suppress_below":
                suppressed |= _low(column, units, present if obligation.zeros else somebody, obligation)
            case "dominance":
                suppressed |= _dominated(column, column.values if additive else units, somebody, obligation)
            case _:
                values = _rounded(values, obligation)
                low = (values == 0) & (column.values != 0)
                if np.count_nonzero(low):
                    markers = np.where(low, markers | np.uint16(Marker.low), markers)
    if column.pattern is not None and column.pattern.hidden is not None:
        suppressed |= present & column.pattern.hidden
    if np.count_nonzero(suppressed):
        values = np.where(suppressed, np.nan, values)
        status = np.where(suppressed, np.uint8(STATUS_INDEX[ObservationStatus.Q]), status)
        markers = np.where(suppressed, (markers & ~np.uint16(Marker.low)) | np.uint16(Marker.c), markers)
        notes = {cell: text for cell, text in notes.items() if not suppressed.flat[cell]}
    if column.evidence is None:
        words = tuple(map(_as_published, kept, words))
    if column.pattern is not None:
        words += (told(column.pattern),)
    return Protected(Column(values, status, markers, None, notes, column.partial), words)


def told(pattern: Pattern) -> str:
    """What an owner's pattern does to figures, and which it is, in words."""
    return f"{WORKED_OUT}: its department's pattern {pattern.name}"


@lru_cache
def _kept(obligations: tuple[Obligation, ...], *, pattern: bool) -> tuple[tuple[Obligation, ...], tuple[str, ...]]:
    """The strictest obligations of each kind, and what they do in words. `pattern`: beside one of the owner's."""
    kept = strictest(beside_pattern(obligations) if pattern else obligations)
    return kept, tuple(obligation.words for obligation in kept)


def _as_published(obligation: Obligation, words: str) -> str:
    """What was done to figures of which only what was published is known: how many they describe may be other."""
    if obligation.kind != "suppress_below":
        return words
    return f"Suppressed where the figure as published is below {obligation.amount}{' or 0' if obligation.zeros else ''}"


def _units(column: Column, *, counted: bool) -> Numbers:
    """The fewest people, jobs or businesses that each cell may describe; NaN where that is not known."""
    return np.fmin(_described(column), column.values) if counted else _described(column)


def _described(column: Column) -> Numbers:
    """How many people, jobs or businesses the department says that each cell describes; NaN where it says nothing."""
    return np.full(column.values.shape, np.nan) if column.evidence is None else column.evidence.n


def _true_zeros(column: Column, *, counted: bool) -> Cells:
    """Zeros in which there is nobody: not those that are only rounded to 0, or that the evidence contradicts."""
    zero = column.values == 0
    if np.count_nonzero(zero):
        described = _described(column)
        zero &= (described == 0) | (counted & np.isnan(described))
        zero &= column.markers & int(Marker.low) == 0
    return zero


def _low(column: Column, units: Numbers, judged: Cells, rule: Obligation) -> Cells:
    """Of the cells judged, those that describe fewer units than allowed, or who knows how many."""
    low = judged & ~(units >= rule.amount)
    if _all_fail(low, judged) and np.isnan(units[~np.isnan(column.values)]).all():
        raise EvidenceMissing("it did not say how many people or businesses each figure describes")
    return low


def _dominated(column: Column, total: Numbers, judged: Cells, rule: Obligation) -> Cells:
    """Of the cells judged, those with too few contributors, or from which one could work out another."""
    if not np.count_nonzero(judged):
        return judged
    evidence = column.evidence
    if evidence is None:
        raise EvidenceMissing(UNTOLD)
    assert rule.percent is not None
    top1, top2 = evidence.top1, evidence.top2
    # Written as what must hold, so that a cell of which something is unknown (NaN) fails it.
    holds = evidence.contributors >= rule.amount
    holds &= total - top1 - top2 >= rule.percent / 100 * top1
    holds &= (top1 >= top2) & (top2 >= 0) & (top1 > 0)
    dominated = judged & ~holds
    needed = (evidence.contributors, top1, top2)
    if _all_fail(dominated, judged) and any(np.isnan(numbers[judged]).all() for numbers in needed):
        raise EvidenceMissing(UNTOLD)
    return dominated


def _all_fail(failed: Cells, judged: Cells) -> bool:
    """Whether every cell judged has failed, as where there is no evidence: only then is it looked for."""
    count = np.count_nonzero(failed)
    return bool(count) and count == np.count_nonzero(judged)


def _rounded(values: Numbers, rule: Obligation) -> Numbers:
    """Half up to the nearest multiple of the base for the size of the value as it was."""
    if not rule.bands:
        return np.floor(values / rule.amount + 0.5) * rule.amount
    starts, bases = np.array(rule.bands).T
    to = bases[np.maximum(np.searchsorted(starts, np.abs(values), side="right") - 1, 0)]
    return np.floor(values / to + 0.5) * to
