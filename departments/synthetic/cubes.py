"""Cubes of figures on disk: built once, kept, and read by memory map."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np

from departments.synthetic import benefits, business, people, skills, young_people
from departments.synthetic.cube import Cube
from departments.synthetic.kept import kept, version

# How to build every cube, by name.
BUILDERS: Mapping[str, Callable[[], Cube]] = {
    **benefits.CUBES,
    **people.CUBES,
    **business.CUBES,
    **skills.CUBES,
    **young_people.CUBES,
}


@cache
def load(name: str, folder: Path) -> Cube:
    """A cube, built first if the folder does not hold this version of it. Raises KeyError for an unknown name."""
    home = kept(folder / f"{name}-{version()}", lambda path: _write(BUILDERS[name](), path))
    head = json.loads((home / "cube.json").read_text())
    values = {indicator: np.load(home / f"{indicator}.npy", mmap_mode="r") for indicator in head["indicators"]}
    return Cube(tuple(head["dims"]), tuple(tuple(codes) for codes in head["codes"]), values)


def _write(cube: Cube, home: Path) -> None:
    """Writes a cube into a new folder: its head as JSON, an array for each indicator."""
    home.mkdir()
    for name, values in cube.values.items():
        np.save(home / f"{name}.npy", values)
    head = {"dims": cube.dims, "codes": cube.codes, "indicators": list(cube.values)}
    (home / "cube.json").write_text(json.dumps(head))
