"""Errors and times: whether how an answer comes tells why a figure in it is hidden."""

import hashlib
import time
from itertools import combinations

import numpy as np

from attacks.claims import Behaviour
from attacks.collecting import Ask, Collected
from attacks.front import Door
from attacks.table import Cells, Table, View
from attacks.truth import Truth

# Answers of each kind, and the fewest that can be told from others.
MOST, FEWEST = 30, 8
# Two kinds take different times where their ranks differ by more than so many standard errors: by chance, in one of two
# thousand comparisons.
NOISE = 3.5
Row = tuple[Ask, str, str]


async def errors_and_times(door: Door, collected: Collected, truth: Truth | None, seconds: float) -> Behaviour:
    """Rows of a place and period that hide small cells only, and those that hide dominated ones, or only others."""
    started, finished = time.perf_counter(), True
    kinds = _kinds(collected, truth)
    codes: dict[str, set[tuple[str, ...]]] = {kind: set() for kind in kinds}
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for at in range(MOST):
        for kind, rows in kinds.items():
            if at >= len(rows):
                continue
            ask, area, period = rows[at]
            span = collected.about.span(period, period)
            query = collected.about.rows(ask.by)
            answer = await door.ask(ask.caller, query, where={"codes": [area]}, periods=span, by=ask.by)
            codes[kind].add(answer.codes)
            times[kind].append(answer.seconds)
        if time.perf_counter() - started > seconds:
            finished = False
            break
    told = set[str]()
    notes = list[str]()
    for one, other in combinations(kinds, 2):
        if codes[one] and codes[other] and codes[one] != codes[other]:
            told |= {one, other}
            notes.append(f"errors of {one} and {other} differ")
        if min(len(times[one]), len(times[other])) >= FEWEST and abs(_ranks(times[one], times[other])) > NOISE:
            told |= {one, other}
            notes.append(f"times of {one} and {other} differ")
    medians = ", ".join(f"{kind} {np.median(taken) * 1000:.1f} ms" for kind, taken in times.items() if taken)
    tried = sum(map(len, times.values()))
    many = sum(len(times[kind]) for kind in told)
    took = time.perf_counter() - started
    return Behaviour("errors and times", tried, many, took, "; ".join((*notes, medians)), finished)


def _ranks(one: list[float], other: list[float]) -> float:
    """How far the ranks of two samples are apart, in standard errors (Mann and Whitney)."""
    order = np.argsort(np.argsort([*one, *other]))
    many, others = len(one), len(other)
    above = order[:many].sum() - many * (many - 1) / 2 - many * others / 2
    return float(above / np.sqrt(many * others * (many + others + 1) / 12))


def _kinds(collected: Collected, truth: Truth | None) -> dict[str, list[Row]]:
    """Rows that hide figures, by what the owner's rule says of these, in an order that their names decide. Only the
    owner's data tells one kind from another."""
    kinds: dict[str, list[Row]] = {"small": [], "dominated": [], "secondary": []}
    views = sorted(collected.table.views, key=lambda view: -int(view.hidden.sum()))
    if truth is None or not views:
        return {}
    # Of one breakdown and level alone, so that the answers are alike in everything else.
    view, table = views[0], collected.table
    ask = next(one for one in collected.asks if (one.by, one.level, one.terms) == (view.by, view.level, view.terms))
    large, small = (_any(table, view, view.hidden & cells[:, view.cells]) for cells in (truth.large, truth.small))
    others = _any(table, view, view.hidden) & ~large & ~small
    for kind, cells in (("dominated", large), ("small", small & ~large), ("secondary", others)):
        at: list[list[int]] = np.argwhere(cells).tolist()
        every = [(table.periods[period], table.areas[area]) for period, area in at]
        chosen = sorted(every, key=lambda row: hashlib.sha256("\t".join(row).encode()).digest())[:MOST]
        kinds[kind] = [(ask, area, period) for period, area in chosen]
    return {kind: rows for kind, rows in kinds.items() if rows}


def _any(table: Table, view: View, cells: Cells) -> Cells:
    """Periods x places: whether any of a view's cells of a place is one of these."""
    found = np.zeros((len(table.periods), len(table.areas)), bool)
    for area in np.unique(view.cells // len(table.groups)):
        found[:, area] = cells[:, view.cells // len(table.groups) == area].any(axis=1)
    return found
