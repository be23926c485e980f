"""Cubes of figures on disk: built once, kept, and read by memory map."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from departments.synthetic.kept import kept, version


@dataclass(frozen=True)
class Cube:
    """Figures along named dimensions, the first two "area" and "period".

    `values`: indicator -> array with one axis for each dimension; NaN where nothing is held. An additive cube
    holds local authorities and leaf members only; others hold every area and the member "ALL".
    """

    dims: tuple[str, ...]
    codes: tuple[tuple[str, ...], ...]
    values: dict[str, NDArray[Any]]

    def axis(self, dim: str) -> tuple[str, ...]:
        """The codes along a dimension."""
        return self.codes[self.dims.index(dim)]


Builder = Callable[[], Cube]


def builders() -> dict[str, Builder]:
    """Every cube by name."""
    from departments.synthetic import benefits, business, people, skills, young_people

    return {**benefits.CUBES, **people.CUBES, **business.CUBES, **skills.CUBES, **young_people.CUBES}


@cache
def load(name: str, folder: Path) -> Cube:
    """A cube, built first if the folder does not hold this version of it."""
    home = kept(folder / f"{name}-{version()}", lambda written: _write(builders()[name](), written))
    told = json.loads((home / "cube.json").read_text())
    values = {each: np.load(home / f"{each}.npy", mmap_mode="r") for each in told["indicators"]}
    return Cube(tuple(told["dims"]), tuple(tuple(codes) for codes in told["codes"]), values)


def _write(cube: Cube, home: Path) -> None:
    home.mkdir()
    for name, values in cube.values.items():
        np.save(home / f"{name}.npy", values)
    told = {"dims": cube.dims, "codes": cube.codes, "indicators": list(cube.values)}
    (home / "cube.json").write_text(json.dumps(told))
