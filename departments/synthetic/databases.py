"""The databases that the sample HMRC and BEIS keep their official tables in, with the evidence behind each cell.

Totals are rows with the code "ALL". Counts are held for every level but LSIP areas, medians not for combined
authorities. An employer counts once in each authority, and once for each authority in wider places.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from departments.synthetic import places
from departments.synthetic.draws import Floats
from departments.synthetic.evidence import Evidence, stacked
from departments.synthetic.kept import kept, version
from reference.area import AreaLevel

LEVELS = (AreaLevel.UK, AreaLevel.COUNTRY, AreaLevel.REGION, AreaLevel.COMBINED_AUTHORITY)
Row = tuple[object, ...]
Group = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table to be written: its columns, with SQL types where they matter, and its rows."""

    name: str
    columns: tuple[str, ...]
    rows: Iterable[Row]


def database(name: str, folder: Path) -> Path:
    """The file of a department's database, built first if the folder does not hold this version of it."""
    return kept(folder / f"{name}-{version()}.sqlite", partial(_write, builders()[name]))


def builders() -> dict[str, Callable[[], Iterable[Table]]]:
    """The tables of every database by name."""
    from departments.synthetic import beis, hmrc

    return {"hmrc": hmrc.tables, "beis": beis.tables}


def _write(build: Callable[[], Iterable[Table]], file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for table in build():
            names = [column.split()[0] for column in table.columns]
            connection.execute(f"CREATE TABLE {table.name} ({', '.join(table.columns)})")
            connection.executemany(f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(names))})", table.rows)
            if "area" in names:
                time = "month" if "month" in names else "year"
                connection.execute(f"CREATE INDEX {table.name}_by_area ON {table.name} (area, {time}, release)")
        connection.commit()


def releases(*known: tuple[str, str, str, str]) -> Table:
    """What was published when: data set, release, date, note."""
    return Table("releases", ("dataset TEXT", "release TEXT", "published TEXT", "note TEXT"), known)


def codes() -> tuple[str, ...]:
    """Every place in the tables: wider places, then the authorities."""
    return tuple(code for code, _ in places.wider(LEVELS)) + places.codes()


def summed(values: Floats) -> Floats:
    """Figures of the authorities with the sums of wider places put before them."""
    return np.concatenate([np.stack([values[at].sum(axis=0) for _, at in places.wider(LEVELS)]), values])


def widened(local: Evidence) -> Evidence:
    """Evidence behind the authorities' figures with that behind the sums of wider places put before it."""
    return stacked([*(local.merged(at, 0) for _, at in places.wider(LEVELS)), local], axis=0)


def long(release: str, times: Sequence[str], groups: Sequence[Group], figures: Sequence[NDArray[Any]]) -> Iterator[Row]:
    """Rows of figures held as places x times x groups. SQLite keeps NaN as NULL."""
    lists = [each.ravel().tolist() for each in figures]
    for (area, time, group), *values in zip(product(codes(), times, groups), *lists, strict=True):
        yield release, area, time, *group, *values


def integers(*figures: Floats) -> list[NDArray[np.int64]]:
    """Figures as whole numbers."""
    return [each.astype(np.int64) for each in figures]
