"""What a reader does who has every published table of a release and wants what is hidden in them.

It knows what the node answers without evidence, that counts are rounded to the nearest 5, and which places and members
make up which. It shares no code with the pattern's own choice and audit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from departments.share.held import Held
from departments.share.question import NodeQuery
from reference.area import AreaLevel, gazetteer

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """A measure as it is published, by (place, period, group), NaN where it is hidden, and as it is (`true`). A group
    is a facet and a member, or None for the total."""

    areas: tuple[str, ...]
    periods: tuple[str, ...]
    groups: tuple[tuple[str, str] | None, ...]
    shown: Floats
    true: Floats
    largest: Floats

    def cell(self, area: str, group: tuple[str, str] | None) -> int:
        return self.areas.index(area) * len(self.groups) + self.groups.index(group)

    def name(self, cell: int) -> str:
        area, group = divmod(cell, len(self.groups))
        return f"{self.areas[area]} {self.groups[group]}"

    def flat(self, array: Floats, period: int) -> Floats:
        return array[:, period, :].ravel()

    def sums(self) -> Iterator[tuple[int, list[int]]]:
        """Every total and its parts: of members, and of places."""
        for at, area in enumerate(self.areas):
            for facet in {group[0] for group in self.groups if group}:
                parts = [one for one, group in enumerate(self.groups) if group and group[0] == facet]
                yield at * len(self.groups) + self.groups.index(None), [at * len(self.groups) + one for one in parts]
            inside = self._inside(area)
            for group in range(len(self.groups)):
                if inside:
                    yield at * len(self.groups) + group, [one * len(self.groups) + group for one in inside]

    def _inside(self, area: str) -> list[int]:
        """The local authorities of a wider place."""
        if gazetteer()[area].level is AreaLevel.LA:
            return []
        within = None if gazetteer()[area].level is AreaLevel.UK else area
        return [self.areas.index(one.code) for one in gazetteer().at(AreaLevel.LA, within)]


def seen(held: Held, measure: str) -> Seen:
    """All that is published of the newest release."""
    areas, periods = held.areas(), held.every_period()
    kinds = [(), *((facet,) for facet in held.mapped.facets)]
    groups: list[tuple[str, str] | None] = []
    shown, true, largest = list[Floats](), list[Floats](), list[Floats]()
    for by in kinds:
        members = [(code,) for code in held.members(by[0])] if by else [()]
        query = NodeQuery((measure,), areas, periods, by, tuple(members), False, None)
        groups += [(by[0].value, code[0]) if by else None for code in members]
        shown.append(held.answer(query, raw=False).values[measure])
        figures = held.figures(query)
        true.append(figures.values[measure])
        largest.append(figures.behind[measure]["top1"])
    codes = tuple(period.code for period in periods)
    return Seen(areas, codes, tuple(groups), *(np.concatenate(three, axis=2) for three in (shown, true, largest)))


class Reader:
    """Bounds of hidden cells in one period, or of the mean of several, from all tables together. `rounding`: how far a
    published figure may be from the true one; 0 for a reader who has found all of them exactly."""

    def __init__(self, seen: Seen, periods: Sequence[int], rounding: float) -> None:
        true = seen.true[:, periods].mean(axis=1).ravel()
        hidden = np.isnan(seen.shown[:, periods]).any(axis=1).ravel()
        published = seen.shown[:, periods].mean(axis=1).ravel() if rounding else true
        model = highspy.Highs()
        # As many as whoever solves anything else in this process: HiGHS refuses to change it.
        model.setOptionValue("threads", 1)
        model.setOptionValue("output_flag", False)
        lp, rows = highspy.HighsLp(), list(seen.sums())
        lp.num_col_, lp.num_row_ = len(true), len(rows)
        lp.col_cost_ = np.zeros(len(true))
        lp.col_lower_ = np.where(hidden, 0, np.maximum(np.nan_to_num(published) - rounding, 0))
        lp.col_upper_ = np.where(hidden, np.inf, np.nan_to_num(published) + rounding)
        lp.row_lower_ = lp.row_upper_ = np.zeros(len(rows))
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0, *(1 + len(parts) for _, parts in rows)])
        lp.a_matrix_.index_ = np.concatenate([[total, *parts] for total, parts in rows])
        lp.a_matrix_.value_ = np.concatenate([[-1.0, *[1.0] * len(parts)] for _, parts in rows])
        model.passModel(lp)
        self._model = model

    def bounds(self, cell: int) -> tuple[float, float]:
        """The least and the greatest that a cell can be."""
        return self._extreme(cell, 1), self._extreme(cell, -1)

    def _extreme(self, cell: int, cost: int) -> float:
        self._model.changeColCost(cell, cost)
        self._model.run()
        status, value = self._model.getModelStatus(), self._model.getInfo().objective_function_value
        self._model.changeColCost(cell, 0)
        if status == highspy.HighsModelStatus.kUnbounded:
            return -cost * np.inf
        assert status == highspy.HighsModelStatus.kOptimal
        return cost * value


def told_apart(seen: Seen, period: int) -> dict[int, float]:
    """Hidden cells that are the only hidden one of a sum, or become so, by totals minus parts again and again."""
    known: Mapping[int, float] = dict(enumerate(seen.flat(seen.true, period)))
    hidden = set(np.flatnonzero(np.isnan(seen.flat(seen.shown, period))).tolist())
    found: dict[int, float] = {}
    sums = [(total, *parts) for total, parts in seen.sums()]
    while True:
        alone = {left[0] for cells in sums if len(left := [cell for cell in cells if cell in hidden]) == 1}
        if not alone:
            return found
        found |= {cell: known[cell] for cell in alone}
        hidden -= alone
