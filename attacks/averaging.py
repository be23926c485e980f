"""Averaging over time: the errors of rounding, each its own in every period, go away in the mean of many periods."""

import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from attacks.baseline import baseline
from attacks.claims import Guesses, Intervals
from attacks.difference import narrowed
from attacks.least_squares import nearest
from attacks.sums import Sums
from attacks.table import Bounds, Cells, Floats, Indices, Table

# Standard errors within which the mean of errors is taken to lie: beyond is one of 16,000.
ERRORS = 4.0


@dataclass(frozen=True)
class Means:
    """Of all periods in which as much could be asked as in any; 1 x cells."""

    table: Table
    bounds: Bounds

    @cached_property
    def periods(self) -> Indices:
        """Which periods these are."""
        asked = self.bounds.asked.sum(axis=1)
        return np.flatnonzero(asked == asked.max(initial=0))

    @cached_property
    def of(self) -> tuple[tuple[int, ...], ...]:
        """The same as claims have them."""
        return (tuple(self.periods.tolist()),)

    @cached_property
    def shown(self) -> Cells:
        """Shown in all of them."""
        return np.all(self.bounds.shown[self.periods], axis=0, keepdims=True)

    @cached_property
    def unknown(self) -> Cells:
        """Hidden in all of them."""
        return np.all(self.bounds.unknown[self.periods], axis=0, keepdims=True)

    @cached_property
    def figures(self) -> Floats:
        """Means of what is shown; NaN of the rest."""
        means = np.mean(np.nan_to_num(self.bounds.middle[self.periods]), axis=0, keepdims=True)
        return np.where(self.shown, means, np.nan)

    @cached_property
    def error(self) -> Floats:
        """The standard error of each, where each figure may be anywhere between its bounds."""
        width = np.where(self.bounds.shown, self.bounds.high - self.bounds.low, 0.0)[self.periods]
        return np.mean(width, axis=0, keepdims=True) / np.sqrt(12 * len(self.periods))

    def told(self, which: Floats) -> Floats:
        """Means of what is told of each cell."""
        return np.mean(which[self.periods], axis=0, keepdims=True)


def averaging(table: Table, bounds: Bounds, sums: Sums) -> Intervals:
    """Between what figures the mean of each cell lies that is hidden in every period, by totals minus parts."""
    started, means = time.perf_counter(), Means(table, bounds)
    told_low, told_high = means.told(bounds.low), means.told(bounds.high)
    low = np.where(means.shown, np.maximum(means.figures - ERRORS * means.error, told_low), told_low)
    high = np.where(means.shown, np.minimum(means.figures + ERRORS * means.error, told_high), told_high)
    low, high, finished = narrowed(low, high, sums, counted=False)
    tried, took = means.unknown & sums.any_of, time.perf_counter() - started
    return Intervals("averaging over time", tried, low, high, told_low, told_high, took, finished, means.of)


def least_squares_over_time(table: Table, bounds: Bounds, sums: Sums, seconds: float) -> Guesses:
    """Least squares on those means."""
    started, means = time.perf_counter(), Means(table, bounds)
    guesses = baseline(table, bounds, sums, means.figures)
    error = np.where(means.shown, np.maximum(means.error, 0.01), np.nan)
    found, finished = nearest(guesses, error, sums, started + seconds)
    tried, took = means.unknown & ~np.isnan(guesses), time.perf_counter() - started
    return Guesses("least squares over time", tried, np.maximum(found, 0.0), guesses, means.of, took, finished)
