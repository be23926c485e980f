"""What attacks found, in numbers: by the owner's data where it is given, or else by how narrow they are."""

from dataclasses import dataclass, field

import numpy as np

from attacks.bounds import Enough
from attacks.claims import Behaviour, Guesses, Intervals
from attacks.table import Bounds, Cells, Floats, Table
from attacks.truth import Truth

# Guesses are better than the baseline's where they hit more often, by more than so many standard errors of chance.
CHANCE = 3.0
# Without the owner's data, what is smaller than this is taken to be protected by its threshold and not by a percentage.
SMALL = 10
LITTLE = 1e-6


@dataclass(frozen=True)
class Score:
    """One attack. `exactly`: cells whose figure it found; `nearer`: cells that it bounds, or guesses, more closely than
    the owner's rule allows; None where only the owner's data could tell. `by_baseline`: as many by the baseline,
    exactly and nearer. `recovered`: what counts against the release. `wrong`: cells it was sure of, and mistaken."""

    attack: str
    tried: int
    exactly: int | None
    nearer: int | None
    recovered: int
    seconds: float
    finished: bool
    by_baseline: tuple[int, int] | None = None
    wrong: int = 0
    note: str = ""
    cells: Cells | None = field(default=None, repr=False)


def of_behaviour(found: Behaviour) -> Score:
    """What a gateway told beside its figures."""
    return Score(
        found.attack, found.tried, None, found.told, found.told, found.seconds, found.finished, note=found.note
    )


def of_intervals(found: Intervals, table: Table, truth: Truth | None) -> Score:
    """Cells that are bounded to one figure, and more closely than is allowed."""
    width, whole = found.high - found.low, table.counted and found.of is None
    sure = found.tried & ((found.low > found.told_low + LITTLE) | (found.high < found.told_high - LITTLE))
    pointed = sure & (width < (0.5 if whole else LITTLE))
    if truth is None:
        # Within the percentage that the terms tell of, of what it may be at most.
        nearer = sure & ~pointed & (width / 2 <= table.percent / 100 * found.high) & (found.high >= SMALL)
        return _of_cells(found, found.tried, pointed, nearer, np.zeros_like(sure), table)
    truth = truth if found.of is None else truth.of(found.of)
    right = (found.low <= truth.values + 0.5) & (found.high >= truth.values - 0.5)
    # What the words beside the figure tell already is no finding.
    least, most = np.maximum(truth.low, found.told_low), np.minimum(truth.high, found.told_high)
    nearer = (truth.small | truth.large) & ((found.low > least + LITTLE) | (found.high < most - LITTLE))
    tried = found.tried & ~np.isnan(truth.values)
    return _of_cells(found, tried, pointed & right, sure & right & ~pointed & nearer, tried & sure & ~right, table)


def _of_cells(found: Intervals, tried: Cells, exactly: Cells, nearer: Cells, wrong: Cells, table: Table) -> Score:
    cells = exactly | nearer
    if found.of is not None:
        # A mean counts once, in the first of its periods.
        rows, cells = cells, np.zeros(table.shape, bool)
        cells[[row[0] for row in found.of]] = rows
    return Score(
        found.attack, int(tried.sum()), int(exactly.sum()), int(nearer.sum()), int(cells.sum()), found.seconds,
        found.finished, wrong=int(wrong.sum()), cells=cells,
    )  # fmt: skip


def far_enough(table: Table, bounds: Bounds, truth: Truth | None) -> Enough:
    """When a cell has been so far apart that it can be neither exact nor nearer than allowed."""
    share = table.percent / 100
    least_width = 0.5 if table.counted else LITTLE

    def enough(period: int, low: Floats, high: Floats) -> Cells:
        apart = high - low > least_width
        if truth is None:
            return apart & (high - low > 2 * share * high)
        least = np.maximum(truth.low[period], bounds.low[period])
        most = np.minimum(truth.high[period], bounds.high[period])
        rule = truth.small[period] | truth.large[period]
        return apart & (~rule | ((low <= least + LITTLE) & (high >= most - LITTLE)))

    return enough


def of_guesses(found: Guesses, truth: Truth | None) -> Score:
    """How often a guess hits, beside how often the baseline does."""
    if truth is None:
        return Score(found.attack, int(found.tried.sum()), None, None, 0, found.seconds, found.finished)
    truth = truth.of(found.of)
    tried, hits = found.tried & ~np.isnan(truth.values), list[tuple[Cells, Cells]]()
    for guesses in (found.guesses, found.baseline):
        away = np.abs(guesses - truth.values)
        hits.append((tried & truth.small & (away < 0.5), tried & truth.large & (away < truth.high - truth.values)))
    (exactly, nearer), by_baseline = hits
    # Cells that only one of the two hits are as likely to be the one's as the other's, if both only guess. Whoever
    # guesses higher hits more of the large and fewer of the small, so that both together are compared.
    mine, its = (exact | near for exact, near in hits)
    recovered = _beyond_chance(mine & ~its, its & ~mine)
    return Score(
        found.attack, int(tried.sum()), int(exactly.sum()), int(nearer.sum()), recovered, found.seconds, found.finished,
        by_baseline=(int(by_baseline[0].sum()), int(by_baseline[1].sum())),
    )  # fmt: skip


def _beyond_chance(mine: Cells, its: Cells) -> int:
    more, fewer = int(mine.sum()), int(its.sum())
    return more - fewer if more - fewer > CHANCE * np.sqrt(more + fewer) else 0


def recovered(scores: list[Score]) -> int:
    """Cells that any attack bounds too closely, each once, and what guesses and the gateway's behaviour add."""
    cells = [score.cells for score in scores if score.cells is not None]
    others = sum(score.recovered for score in scores if score.cells is None)
    return int(np.logical_or.reduce(cells).sum()) + others if cells else others
