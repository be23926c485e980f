"""The SQLite databases that the sample HMRC and BEIS keep their official tables in."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

from departments.synthetic import beis, hmrc
from departments.synthetic.kept import kept, version
from departments.synthetic.sql_tables import SqlTable

# How to make the tables of every database, by the department's name.
BUILDERS: Mapping[str, Callable[[], Iterable[SqlTable]]] = {"hmrc": hmrc.tables, "beis": beis.tables}


def database(name: str, folder: Path) -> Path:
    """The file of a department's database, built first if the folder does not hold this version of it. By its name
    without the version, which is that of the mapping files, it is found as well."""
    file = kept(folder / f"{name}-{version()}.sqlite", partial(_write, BUILDERS[name]))
    _linked(folder / f"{name}.sqlite", file.name)
    return file


def _linked(link: Path, name: str) -> None:
    """A link to a file beside it, changed at once where it leads elsewhere."""
    if not link.is_symlink() or os.readlink(link) != name:
        aside = link.with_name(f".{link.name}-{os.getpid()}")
        aside.symlink_to(name)
        aside.replace(link)


def _write(build: Callable[[], Iterable[SqlTable]], file: Path) -> None:
    """Writes tables to a new file, each indexed by place and time."""
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
