"""What a data set of the sample publisher is: its concepts, their codes, and its figures as one array."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from departments.nomis.geography import Place, places
from departments.synthetic.cube import Cube

Floats = NDArray[np.float64]
SUPPRESSED = "These figures are suppressed as statistically unreliable."
UNAVAILABLE = "These figures are not available."


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a concept: the number it is asked by, its name, and the classification's own code for it."""

    id: int
    name: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Concept:
    """A dimension other than place and time. `ref` is the key that it is asked by."""

    ref: str
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Holdings:
    """Figures of a data set: `values` has one axis for times, one for places and one for each concept.
    NaN is a figure that exists and is not shown, for the reason `missing`."""

    times: tuple[str, ...]
    places: tuple[Place, ...]
    values: Floats


@dataclass(frozen=True)
class DataSet:
    """One data set as it is published."""

    id: str
    title: str
    concepts: tuple[Concept, ...]
    build: Callable[[Path], Holdings]
    keywords: str = ""
    units: str = "Persons"
    updated: str = "2024-07-16 09:30:00"
    rolling: bool = False
    missing: str = SUPPRESSED
    _holdings: dict[Path, Holdings] = field(default_factory=dict[Path, Holdings], compare=False, repr=False)

    def holdings(self, folder: Path) -> Holdings:
        """The figures, built from the cubes in `folder` when first wanted."""
        if folder not in self._holdings:
            self._holdings[folder] = self.build(folder)
        return self._holdings[folder]


@cache
def _positions(codes: tuple[str, ...]) -> Mapping[str, int]:
    """Kept, as the same few axes are asked for again and again."""
    return {code: at for at, code in enumerate(codes)}


def along(values: NDArray[Any], axis: int, groups: Sequence[Sequence[int]]) -> Floats:
    """An axis regrouped: each group of positions becomes one position, the sum of its members."""
    return np.stack([values.take(list(at), axis).sum(axis).astype(float) for at in groups], axis)


def gathered(cube: Cube, indicator: str, **groups: Sequence[Sequence[str]]) -> Holdings:
    """An additive cube with its wider places and totals: `groups` names, for each dimension, the leaf codes
    that make up each published code. Only places whose every authority is held are published."""
    where = _positions(cube.axis("area"))
    held_places = tuple(place for place in places() if all(code in where for code in place.authorities))
    values = along(
        cube.values[indicator],
        0,
        [[where[code] for code in place.authorities] for place in held_places],
    )
    for dim, members in groups.items():
        at = _positions(cube.axis(dim))
        values = along(
            values,
            cube.dims.index(dim),
            [[at[code] for code in group] for group in members],
        )
    return Holdings(cube.axis("period"), held_places, np.swapaxes(values, 0, 1))


def levelled(cube: Cube, stacked: Floats) -> Holdings:
    """A cube that holds every place's own figure (a rate, a median). `stacked`: area, period, then concepts."""
    where = _positions(cube.axis("area"))
    held_places = tuple(place for place in places() if place.code in where)
    values = stacked[[where[place.code] for place in held_places]]
    return Holdings(cube.axis("period"), held_places, np.swapaxes(values, 0, 1).astype(float))


def fixed(holdings: Holdings, count: int = 1) -> Holdings:
    """With `count` further concepts that have a single code."""
    values = holdings.values.reshape(*holdings.values.shape, *([1] * count))
    return Holdings(holdings.times, holdings.places, values)
