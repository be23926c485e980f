"""Perturbation by cell keys: for numbers of people, of whom the department holds records.

Each record has a key, a number drawn once. A cell's key is the sum of the keys of its records, modulo the number of
keys that there are, so that the same people always make the same key, whatever route they are asked for by. A table
says how much is added to a figure of this size with this key.

The method and the table's form (CSV: pcv, ckey, pvalue) are those of the UK Office for National Statistics (Cell Key
Perturbation, 3.1). Keys never leave the node, and must never change: the difference of two perturbations tells.
"""

import csv
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from departments.share.errors import ConfigError

Floats = NDArray[np.float64]
# Figures have lines of their own up to the one, and share those of the last of them above.
LINES, SHARED = 750, 250


class NoCellKey(ValueError):
    """A figure whose key is not there, or is no whole number."""


class PerturbationTable:
    """What is added to figures, by their size and key."""

    def __init__(self, added: NDArray[np.int64]) -> None:
        self._added = added

    @property
    def keys(self) -> int:
        """How many there are: 256 of a census, 4096 of administrative data."""
        return self._added.shape[1]

    def perturbed(self, values: Floats, keys: Floats) -> Floats:
        """Whole numbers of people, each with what its key adds. `keys`: sums of record keys. Nobody stays nobody.
        Raises NoCellKey."""
        some = values > 0
        size, key = values[some], keys[some]
        if not ((size == np.floor(size)).all() and (key == np.floor(key)).all() and (key >= 0).all()):
            raise NoCellKey("a figure or its cell key is missing, or is no whole number")
        line = np.where(size <= LINES, size, (size - 1) % SHARED + LINES - SHARED + 1).astype(np.int64)
        result = values.copy()
        result[some] = np.maximum(size + self._added[line - 1, key.astype(np.int64) % self.keys], 0)
        return result


@cache
def perturbation_table(file: Path) -> PerturbationTable:
    """The table in a file, which must have a line for every size up to LINES with every key. Raises ConfigError."""
    try:
        with file.open(newline="", encoding="utf-8") as text:
            lines = np.array([[int(line[key]) for key in ("pcv", "ckey", "pvalue")] for line in csv.DictReader(text)])
    except OSError as error:
        raise ConfigError(f"{file}: the perturbation table cannot be read: {error.strerror}.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{file}: a perturbation table has whole numbers in columns pcv, ckey and pvalue.") from error
    keys = int(lines[:, 1].max()) + 1 if len(lines) else 0
    size, key, added = lines.T if len(lines) else np.zeros((3, 0), np.int64)
    whole = len(lines) == LINES * keys and keys > 1 and size.min() == 1 and size.max() == LINES and key.min() == 0
    if not whole or len(np.unique(size * keys + key)) < len(lines):
        raise ConfigError(f"{file}: a perturbation table has one line for each pcv from 1 to {LINES} and each ckey.")
    table = np.zeros((LINES, keys), np.int64)
    table[size - 1, key] = added
    return PerturbationTable(table)
