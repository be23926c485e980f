"""Other terms: what is hidden from one caller, for one purpose, under one agreement, is asked by all the others."""

import time

import numpy as np

from attacks.claims import Intervals
from attacks.table import Bounds


def other_terms(bounds: Bounds) -> Intervals:
    """Cells that are hidden from one caller and shown to another."""
    started = time.perf_counter()
    low, high = np.maximum(bounds.low, 0.0), bounds.high
    told_low, told_high = bounds.hidden_low, bounds.hidden_high
    return Intervals("other terms", bounds.hidden, low, high, told_low, told_high, time.perf_counter() - started)
