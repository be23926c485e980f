"""What the official tables of the sample HMRC and BEIS have in common: places, totals, and evidence behind each cell.

Totals are rows with the code "ALL". Counts are held for every level but LSIP areas, medians not for combined
authorities. An employer counts once in each authority, and once for each authority in wider places.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from departments.synthetic import places
from departments.synthetic.draws import Floats
from departments.synthetic.evidence import ContributorEvidence, stacked
from reference.area import AreaLevel

LEVELS = (AreaLevel.UK, AreaLevel.COUNTRY, AreaLevel.REGION, AreaLevel.COMBINED_AUTHORITY)
Row = tuple[object, ...]
Group = tuple[str, ...]


@dataclass(frozen=True)
class SqlTable:
    """A table to be written: its columns, with SQL types where they matter, and its rows."""

    name: str
    columns: tuple[str, ...]
    rows: Iterable[Row]


def releases(*known: tuple[str, str, str, str]) -> SqlTable:
    """What was published when: data set, release, date, note."""
    return SqlTable("releases", ("dataset TEXT", "release TEXT", "published TEXT", "note TEXT"), known)


def codes() -> tuple[str, ...]:
    """Every place in the tables: wider places, then the authorities."""
    return tuple(code for code, _ in places.wider(LEVELS)) + places.codes()


def summed(values: Floats) -> Floats:
    """Figures of the authorities with the sums of wider places put before them."""
    return np.concatenate([np.stack([values[at].sum(axis=0) for _, at in places.wider(LEVELS)]), values])


def widened(local: ContributorEvidence) -> ContributorEvidence:
    """Evidence behind the authorities' figures with that behind the sums of wider places put before it."""
    return stacked([*(local.merged(at, 0) for _, at in places.wider(LEVELS)), local], axis=0)


def long(release: str, times: Sequence[str], groups: Sequence[Group], figures: Sequence[NDArray[Any]]) -> Iterator[Row]:
    """Rows of figures held as places x times x groups. SQLite keeps NaN as NULL."""
    lists = [figure.ravel().tolist() for figure in figures]
    for (area, time, group), *values in zip(product(codes(), times, groups), *lists, strict=True):
        yield release, area, time, *group, *values


def integers(*figures: Floats) -> list[NDArray[np.int64]]:
    """Figures as whole numbers."""
    return [figure.astype(np.int64) for figure in figures]
