"""Linear programmes: the least and the greatest that a cell can be, by all sums of a period together (HiGHS).

Each programme's answer is a table that nobody can tell from the true one. A cell that has been far enough apart in two
of them needs no programmes of its own: first as many cells at once are driven apart as will go, then each that is left.
"""

import time
from collections.abc import Callable, Sequence

import highspy
import numpy as np
from numpy.typing import NDArray

from attacks.claims import Intervals
from attacks.sums import Sums
from attacks.table import Bounds, Cells, Floats, Indices, Table
from departments.protect.solver import quiet

# Periods that are tried, evenly spread: those of one series tell nearly the same.
PERIODS = 6
# Times that many cells are driven apart at once, and the share of a period's time for it.
AT_ONCE, SHARE = 16, 0.5
LITTLE = 1e-6
# For what has no greatest figure.
LARGE = 1e12
# Of the least and the greatest that were seen of each cell of a period, whether they are far enough apart.
Enough = Callable[[int, Floats, Floats], Cells]


def bounds_by_programmes(
    table: Table, bounds: Bounds, start: Intervals, sums: Sums, enough: Enough, seconds: float
) -> Intervals:
    """Bounds of hidden cells, those first that `start` left narrowest."""
    started = time.perf_counter()
    low, high, tried = start.low.copy(), start.high.copy(), np.zeros(table.shape, bool)
    finished, periods = True, spread(bounds.unknown)
    for at, period in enumerate(periods if len(sums.start) else ()):
        until = started + seconds * (at + 1) / len(periods)
        cells = np.flatnonzero(bounds.unknown[period] & sums.any_of)
        # What is bounded too closely already needs no programme: it would be bounded as closely at least.
        open_still = cells[enough(period, low[period], np.nan_to_num(high[period], posinf=LARGE))[cells]]
        tried[period, np.setdiff1d(cells, open_still)] = True
        one = _Period(low[period], high[period], sums, until)
        one.drive_apart(open_still, lambda least, most, period=period: enough(period, least, most))
        width = np.nan_to_num((one.high - one.low) / (1 + one.low), posinf=1e9)
        for cell in open_still[np.argsort(width[open_still], kind="stable")]:
            if not enough(period, one.seen_low, one.seen_high)[cell]:
                if time.perf_counter() > until:
                    finished = False
                    continue
                low[period, cell], high[period, cell] = one.extremes(int(cell), counted=table.counted)
            tried[period, cell] = True
    low, high = np.where(tried, low, bounds.low), np.where(tried, high, bounds.high)
    took = time.perf_counter() - started
    return Intervals("linear programmes", tried, low, high, bounds.low, bounds.high, took, finished)


def spread(cells: Cells) -> Sequence[int]:
    """Some of the periods in which there are any of these cells."""
    there = np.flatnonzero(cells.any(axis=1))
    if not len(there):
        return ()
    return sorted({int(there[at]) for at in np.linspace(0, len(there) - 1, PERIODS).astype(int)})


class _Period:
    """The programmes of one period. `seen_low`, `seen_high`: the least and the greatest of each cell in any answer."""

    def __init__(self, low: Floats, high: Floats, sums: Sums, until: float) -> None:
        self.low, self.high, self._until = low, high, until
        self.seen_low, self.seen_high = np.full(len(low), np.inf), np.full(len(low), -np.inf)
        # Columns are the cells that are in any sum.
        self._columns = np.flatnonzero(sums.any_of)
        self._at = np.zeros(len(low), np.int32)
        self._at[self._columns] = np.arange(len(self._columns))
        self._model = _model(low[self._columns], high[self._columns], sums, self._at[sums.cells])

    def drive_apart(self, cells: Indices, enough: Callable[[Floats, Floats], Cells]) -> None:
        """Up and down by turns, half of the cells against the other half, until they are far enough apart."""
        draw, end = np.random.default_rng(1), time.perf_counter() + SHARE * (self._until - time.perf_counter())
        for turn in range(AT_ONCE):
            left = cells[~enough(self.seen_low, self.seen_high)[cells]]
            if not len(left) or time.perf_counter() > end:
                return
            way = draw.choice([-1.0, 1.0], len(left)) if turn > 1 else np.full(len(left), 1.0 - 2 * turn)
            scale = np.maximum(np.nan_to_num(self.high[left] - self.low[left], posinf=1e6), 1)
            self._run(left, way / scale, end)

    def extremes(self, cell: int, *, counted: bool) -> tuple[float, float]:
        """The least and the greatest of one cell."""
        found = [cost * self._run(np.array([cell]), np.array([cost]), self._until) for cost in (1.0, -1.0)]
        if counted:
            found = [np.ceil(found[0] - 1e-4), np.floor(found[1] + 1e-4)]
        return float(np.fmax(self.low[cell], found[0])), float(np.fmin(self.high[cell], found[1]))

    def _run(self, cells: Indices, costs: Floats, until: float) -> float:
        """What a programme comes to; NaN where nothing was found in time."""
        model, many, at = self._model, len(cells), self._at[cells]
        model.setOptionValue("time_limit", model.getRunTime() + max(until - time.perf_counter(), 0.05))
        model.changeColsCost(many, at, costs)
        model.run()
        status, value = model.getModelStatus(), model.getInfo().objective_function_value
        model.changeColsCost(many, at, np.zeros(many))
        if status != highspy.HighsModelStatus.kOptimal:
            return np.nan
        answer, columns = np.array(model.getSolution().col_value), self._columns
        self.seen_low[columns] = np.minimum(self.seen_low[columns], answer)
        self.seen_high[columns] = np.maximum(self.seen_high[columns], answer)
        return float(value)


def _model(low: Floats, high: Floats, sums: Sums, columns: NDArray[np.int32]) -> highspy.Highs:
    """A cell of which no sum tells a greatest figure is held below ten times the largest that is shown."""
    high = np.where(np.isinf(high), 10 * high[np.isfinite(high)].max(initial=1.0), high)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(low), len(sums.start)
    lp.col_cost_ = np.zeros(len(low))
    lp.col_lower_, lp.col_upper_ = low - LITTLE, high + LITTLE
    lp.row_lower_ = lp.row_upper_ = np.zeros(len(sums.start))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.append(sums.start, len(sums.cells))
    lp.a_matrix_.index_, lp.a_matrix_.value_ = columns, sums.sign
    model = quiet()
    model.passModel(lp)
    return model
