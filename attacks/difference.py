"""Totals minus parts: each cell lies within what the others of its sum leave, again and again until nothing changes.

One look at each sum is counting: where as many are hidden as are left over, and each holds at least one, each holds
one.
"""

import time

import numpy as np

from attacks.claims import Intervals
from attacks.sums import Sums
from attacks.table import Bounds, Floats, Table

# Looks at every sum, at most, and periods that are looked at together.
LOOKS, TOGETHER = 60, 12
# Of figures that are no whole numbers: by how much an interval must narrow to count as narrower.
LITTLE = 1e-6


def counting(table: Table, bounds: Bounds, sums: Sums) -> Intervals:
    """Cells that one look at each sum tells exactly."""
    started = time.perf_counter()
    low, high, _ = narrow(table, bounds, sums, 1, np.inf)
    exact = high - low < 0.5
    low, high = np.where(exact, low, bounds.low), np.where(exact, high, bounds.high)
    tried = bounds.unknown & sums.any_of
    return Intervals("counting the hidden", tried, low, high, bounds.low, bounds.high, time.perf_counter() - started)


def difference(table: Table, bounds: Bounds, sums: Sums, seconds: float) -> Intervals:
    """Between what figures each hidden cell lies by all sums, one after another."""
    started = time.perf_counter()
    low, high, finished = narrow(table, bounds, sums, LOOKS, started + seconds)
    tried, took = bounds.unknown & sums.any_of, time.perf_counter() - started
    return Intervals("total minus parts", tried, low, high, bounds.low, bounds.high, took, finished)


def narrow(table: Table, bounds: Bounds, sums: Sums, looks: int, until: float) -> tuple[Floats, Floats, bool]:
    """The bounds after so many looks at every sum, and whether no more would narrow them, or none was asked for."""
    low, high, finished = bounds.low.copy(), bounds.high.copy(), True
    for first in range(0, table.shape[0], TOGETHER):
        span = slice(first, first + TOGETHER)
        if time.perf_counter() > until:
            return low, high, False
        low[span], high[span], done = narrowed(low[span], high[span], sums, looks, counted=table.counted)
        finished &= done or looks == 1
    return low, high, finished


def narrowed(
    low: Floats, high: Floats, sums: Sums, looks: int = LOOKS, *, counted: bool
) -> tuple[Floats, Floats, bool]:
    """The same of any rows. `counted`: figures are whole numbers."""
    for _ in range(looks if len(sums.start) else 0):
        least, most = _looked(low, high, sums, counted=counted)
        moved = ((least > low + LITTLE) | (most < high - LITTLE)).any()
        low, high = least, most
        if not moved:
            return low, high, True
    return low, high, not len(sums.start)


def _looked(low: Floats, high: Floats, sums: Sums, *, counted: bool) -> tuple[Floats, Floats]:
    """One look at every sum at once. Signed, the entries of a sum come to 0."""
    total = sums.sign < 0
    entry_low = np.where(total, -high[:, sums.cells], low[:, sums.cells])
    entry_high = np.where(total, -low[:, sums.cells], high[:, sums.cells])
    above, below = -_others(entry_low, sums), _others(-entry_high, sums)
    least, most = np.where(total, -above, below), np.where(total, -below, above)
    # The last column stands for no entry.
    least = np.pad(least, ((0, 0), (0, 1)), constant_values=-np.inf)[:, sums.of_cells].max(axis=2)
    most = np.pad(most, ((0, 0), (0, 1)), constant_values=np.inf)[:, sums.of_cells].min(axis=2)
    if counted:
        least, most = np.ceil(least - LITTLE), np.floor(most + LITTLE)
    least, most = np.maximum(low, least), np.minimum(high, most)
    # Figures of two releases may contradict each other: then nothing is learnt.
    apart = least > most + LITTLE
    return np.where(apart, low, least), np.where(apart, high, np.maximum(least, most))


def _others(entries: Floats, sums: Sums) -> Floats:
    """For each entry the least that the others of its sum come to together."""
    open_ended = np.isinf(entries)
    known = np.where(open_ended, 0.0, entries)
    rest = sums.add(known)[:, sums.sums] - known
    unknown = sums.add(open_ended.astype(float))[:, sums.sums] - open_ended
    return np.where(unknown > 0, -np.inf, rest)
