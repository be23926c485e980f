"""One version of a data set as rows: which figures are published, rounded or replaced by a symbol.

Each row breaks figures down by at most one filter; every other filter of the row is "Total".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from departments.ees.catalogue import TOTAL, DataSet, Edition, Filter
from departments.synthetic.cube import Cube
from departments.synthetic.cubes import load
from reference.area import Area, AreaLevel, gazetteer

ENGLAND = "E92000001"
LEVELS = {
    "NAT": AreaLevel.COUNTRY,
    "REG": AreaLevel.REGION,
    "LA": AreaLevel.LA,
    "LAD": AreaLevel.LA,
    "LSIP": AreaLevel.LSIP,
    "MCA": AreaLevel.COMBINED_AUTHORITY,
}
ROUNDED_TO, LOW = 10, 5
SMALL_DENOMINATOR = 11
# How much of the final figure was known when a provisional one was published.
KNOWN_AT_FIRST = 0.97
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of one version, a value for each row.

    `period`, `level`, `place`, `region`: indices into `periods`, `levels` and `places` (region -1 where the row
    is of no one region). `options`: one row of option indices for each filter, 0 being the total.
    """

    periods: tuple[str, ...]
    levels: tuple[str, ...]
    places: tuple[tuple[str, Area], ...]
    labels: tuple[tuple[str, ...], ...]
    period: NDArray[np.intp]
    level: NDArray[np.intp]
    place: NDArray[np.intp]
    region: NDArray[np.intp]
    options: NDArray[np.intp]
    values: Mapping[str, NDArray[np.object_]]

    def __len__(self) -> int:
        return len(self.period)


def labels(edition: Edition, filter_: Filter) -> tuple[str, ...]:
    """Option labels of a filter in this version, the total first."""
    changed = (edition.relabelled or {}).get(filter_.column, {})
    return (TOTAL, *(changed.get(code, label) for code, label in filter_.options.items()))


def period_text(time: str, code: str) -> str:
    """As the API writes a cube's period: "2020/21" is 2020/2021."""
    return f"{code[:4]}/{code[:2]}{code[5:]}" if time == "AY" else code


@cache
def rows(data_set: DataSet, edition: Edition, folder: Path) -> Rows:
    """Every row of a version, newest period first."""
    cube = load(data_set.cube, folder)
    levels = edition.levels or data_set.levels
    places = tuple((level, area) for level in levels for area in _published(cube, level))
    periods = cube.axis("period")[: edition.periods]
    groups = [(None, "", 0)] + [
        (at, code, 1 + turn) for at, filter_ in enumerate(data_set.filters) for turn, code in enumerate(filter_.options)
    ]
    figures = {name: _by_group(cube, data_set, values) for name, values in cube.values.items()}
    parts = _parts(cube, places)
    columns: dict[str, Floats] = {
        name: np.tensordot(parts, figure[:, : len(periods)], 1).astype(float) for name, figure in figures.items()
    }
    if edition.provisional:
        for array in columns.values():
            array[:, -1] = np.floor(array[:, -1] * KNOWN_AT_FIRST)
    shape = (len(places), len(periods), len(groups))
    place, period, group = (axis.ravel() for axis in np.indices(shape))
    order = np.argsort(-period, kind="stable")
    options = np.zeros((len(data_set.filters), len(groups)), np.intp)
    for at, (chosen, _, turn) in enumerate(groups):
        if chosen is not None:
            options[chosen, at] = turn
    position = {area.code: at for at, (level, area) in enumerate(places) if level == "REG"}
    region = np.array([position.get(_region(area), -1) for _, area in places])
    written = _written(data_set, columns, places, periods, [code for _, code, _ in groups])
    return Rows(
        periods=tuple(period_text(data_set.time, code) for code in periods),
        levels=levels,
        places=places,
        labels=tuple(labels(edition, filter_) for filter_ in data_set.filters),
        period=period[order],
        level=np.array([levels.index(level) for level, _ in places])[place[order]],
        place=place[order],
        region=region[place[order]],
        options=options[:, group[order]],
        values={column: texts.ravel()[order] for column, texts in written.items()},
    )


def _region(area: Area) -> str:
    """The code of the region that the area is or lies in; empty where there is none."""
    return area.code if area.level is AreaLevel.REGION else area.parents.get(AreaLevel.REGION, "")


def _published(cube: Cube, level: str) -> list[Area]:
    """Places of a level that the cube can say something about: England's, and for LA only upper-tier ones."""
    codes = set(cube.axis("area"))
    places = [area for area in gazetteer().at(LEVELS[level]) if area.country == ENGLAND or area.code[:3] == "E47"]
    return [area for area in places if area.code in codes] if level in ("LA", "LAD") else places


def _parts(cube: Cube, places: tuple[tuple[str, Area], ...]) -> Floats:
    """(places, cube areas): 1 where a cube's area is part of the place. A cube that holds the place is not added up."""
    index = {code: at for at, code in enumerate(cube.axis("area"))}
    parts = np.zeros((len(places), len(index)))
    for row, (_, area) in enumerate(places):
        if area.code in index:
            parts[row, index[area.code]] = 1
        else:
            for code, at in index.items():
                parts[row, at] = gazetteer().inside(gazetteer()[code], area.code)
    return parts


def _by_group(cube: Cube, data_set: DataSet, values: NDArray[Any]) -> Any:
    """(cube areas, periods, groups): the total, then each option of each filter. A dimension with a member "ALL"
    is not added up: its total is that member."""

    def total_over(array: NDArray[Any], kept: str | None) -> NDArray[Any]:
        """Adds up every dimension after place and period but `kept`."""
        for axis in range(len(cube.dims) - 1, 1, -1):
            codes = cube.codes[axis]
            if cube.dims[axis] == kept:
                continue
            array = array.take(codes.index("ALL"), axis) if "ALL" in codes else array.sum(axis)
        return array

    pieces = [total_over(values, None)[..., None]]
    for filter_ in data_set.filters:
        codes = cube.axis(filter_.dim)
        pieces.append(total_over(values, filter_.dim).take([codes.index(code) for code in filter_.options], 2))
    return np.concatenate(pieces, axis=2).astype(float)


def _written(
    data_set: DataSet,
    columns: Mapping[str, Floats],
    places: tuple[tuple[str, Area], ...],
    periods: tuple[str, ...],
    groups: list[str],
) -> dict[str, NDArray[np.object_]]:
    """Every figure of (places, periods, groups) as the text that is published."""
    written: dict[str, NDArray[np.object_]] = {}
    for indicator in data_set.indicators:
        value = columns[indicator.of]
        if indicator.per:
            base = columns[indicator.per]
            percent = np.floor(100 * value / np.maximum(base, 1) + 0.5)
            texts = np.where(base < SMALL_DENOMINATOR, "c", percent.astype(int).astype(str)).astype(object)
        elif data_set.suppresses:
            texts = np.where((value > 0) & (value < LOW), "c", value.astype(int).astype(str)).astype(object)
        else:
            texts = _rounded(value)
        for level, first in data_set.since.items():
            at_level = np.array([place_level == level for place_level, _ in places])
            texts[np.ix_(at_level, np.array([period < first for period in periods]))] = "x"
        for code in data_set.not_offered:
            texts[..., groups.index(code)] = "z"
        written[indicator.column] = texts
    return written


def _rounded(value: Floats) -> NDArray[np.object_]:
    """Counts to the nearest ten; "low" for those from 1 to 4."""
    near = (np.floor(value / ROUNDED_TO + 0.5) * ROUNDED_TO).astype(int).astype(str)
    return np.where((value > 0) & (value < LOW), "low", near).astype(object)
