"""The months beside: a cell that is hidden now was shown before or is shown later, and hardly changes."""

import time

import numpy as np

from attacks.claims import Guesses
from attacks.table import Bounds, Floats


def months_beside(bounds: Bounds, guesses: Floats) -> Guesses:
    """Between the nearest periods in which a cell is shown, a straight line. `guesses`: the baseline's."""
    started, middle = time.perf_counter(), bounds.middle
    earlier, since = _last(middle)
    later, until = (array[::-1] for array in _last(middle[::-1]))
    both = since + until
    between = np.where(both > 0, (earlier * until + later * since) / np.maximum(both, 1), earlier)
    found = np.where(np.isnan(earlier), later, np.where(np.isnan(later), earlier, between))
    tried = bounds.unknown & ~np.isnan(found)
    found = np.clip(found, bounds.low, bounds.high)
    rows = tuple((row,) for row in range(len(middle)))
    return Guesses("the months beside", tried, found, guesses, rows, time.perf_counter() - started)


def _last(middle: Floats) -> tuple[Floats, Floats]:
    """The last figure shown up to each period, and how many periods ago."""
    figures, ago = middle.copy(), np.zeros(middle.shape)
    for at in range(1, len(middle)):
        gap = np.isnan(middle[at])
        figures[at, gap], ago[at, gap] = figures[at - 1, gap], ago[at - 1, gap] + 1
    return figures, ago
