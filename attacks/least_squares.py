"""Least squares: of all tables in which every sum holds, the one nearest to what is shown, and else to the baseline."""

import time

import numpy as np

from attacks.bounds import spread
from attacks.claims import Guesses
from attacks.sums import Sums
from attacks.table import Bounds, Floats, Table

# Steps of conjugate gradients, and the share of the first residual that is small enough.
STEPS, ENOUGH = 300, 1e-8


def least_squares(table: Table, bounds: Bounds, sums: Sums, guesses: Floats, seconds: float) -> Guesses:
    """Of some periods. `guesses`: the baseline's."""
    started = time.perf_counter()
    rows = list(spread(bounds.unknown))
    tried = bounds.unknown[rows] & ~np.isnan(guesses[rows])
    low, high = bounds.low[rows], bounds.high[rows]
    error = np.where(bounds.shown[rows], np.maximum(high - low, 0.1) / np.sqrt(12), np.nan)
    found, finished = nearest(guesses[rows], error, sums, started + seconds)
    found = np.clip(found, low, high)
    of, took = tuple((row,) for row in rows), time.perf_counter() - started
    return Guesses("least squares", tried, found, guesses[rows], of, took, finished)


def nearest(start: Floats, error: Floats, sums: Sums, until: float) -> tuple[Floats, bool]:
    """Rows x cells. `start`: what to be near to; `error`: how far each may be from it, NaN where it is a guess that
    may be wrong by half. The sums hold by Lagrange's multipliers, found by conjugate gradients."""
    if not len(sums.start):
        return start, True
    point = np.nan_to_num(start)
    weight = np.where(np.isnan(error), 0.5 * point + 1, error) ** 2
    # Of a cell that nobody guesses anything can be said.
    weight = np.where(np.isnan(start), (point.max(axis=1, keepdims=True)) ** 2, weight)

    def spread_out(multipliers: Floats) -> Floats:
        entries = multipliers[:, sums.sums] * sums.sign
        return np.pad(entries, ((0, 0), (0, 1)))[:, sums.of_cells].sum(axis=2)

    scale = 1 / np.sqrt(np.maximum(sums.add(weight[:, sums.cells]), 1e-12))
    residual = scale * sums.add(sums.sign * point[:, sums.cells])
    multipliers, direction = np.zeros_like(residual), residual.copy()
    size = first = (residual**2).sum(axis=1)
    for _ in range(STEPS):
        if (size <= ENOUGH**2 * np.maximum(first, 1e-30)).all():
            break
        if time.perf_counter() > until:
            return point - weight * spread_out(scale * multipliers), False
        image = scale * sums.add(sums.sign * (weight * spread_out(scale * direction))[:, sums.cells])
        step = size / np.maximum((direction * image).sum(axis=1), 1e-30)
        multipliers += step[:, None] * direction
        residual -= step[:, None] * image
        size, before = (residual**2).sum(axis=1), size
        direction = residual + (size / np.maximum(before, 1e-30))[:, None] * direction
    return point - weight * spread_out(scale * multipliers), True
