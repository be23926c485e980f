"""A folder of CSV and Parquet files: each file, or folder of Parquet parts, is a table of its name.

DuckDB reads them where they are, by the names of their columns. A column of CSV is text as it is written, so that
2024-05, 007 and E08000003 stay what they are, unless the mapping says that it holds figures: numbers, or empty.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from departments.share.contents import UnreadableContents
from departments.share.duck import DuckDBFailed, Opened, named, quoted
from departments.share.errors import ConfigError

KINDS = (".csv", ".parquet")
# A number as files of figures write it. DuckDB would also read 1_000 as one thousand.
NUMBER = r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*"
# Comma, quotes and line ends as RFC 4180 has them, and nothing guessed.
CSV = "header = true, delim = ',', quote = '\"', escape = '\"', comment = '', skip = 0, strict_mode = true"
# What DuckDB would take for a pattern of names.
WILD = "*?[]{}"


@dataclass(frozen=True)
class FileTable:
    """One table. `path`: a CSV or Parquet file, or a folder of Parquet parts; `figures`: the columns that the mapping
    says hold figures."""

    name: str
    path: Path
    figures: frozenset[str]

    @property
    def files(self) -> tuple[Path, ...]:
        """Those that are there now, in the order of their names."""
        return tuple(sorted(self.path.glob("*.parquet"))) if self.path.is_dir() else (self.path,)

    @property
    def view(self) -> str:
        """The statement that makes a table of it. Raises ConfigError."""
        columns = ", ".join(self._columns())
        return f"CREATE VIEW {named(self.name)} AS SELECT {columns} FROM {self._read()}"  # noqa: S608

    def check(self, opened: Opened) -> None:
        """Every figure of a CSV file is a number or empty. Raises UnreadableContents, which names file, column, row and
        value, and for lines that are none of a table."""
        if not self._is_text:
            return
        header = self._header()
        # Read with so many columns and no others: an error then names the line.
        read = f"read_csv({quoted(str(self.path))}, auto_detect = false, {CSV}, columns = {_texts(header)})"
        wrong = {
            name: f"NOT regexp_full_match({named(name)}, {quoted(NUMBER)})" for name in header if name in self.figures
        }
        anywhere = " OR ".join(wrong.values()) or "false"
        try:
            ((count,),) = opened.run(f"SELECT count(*) FROM {read} WHERE {anywhere}")  # noqa: S608
            if not count:
                return
            for name, condition in wrong.items():
                numbered = f"SELECT {named(name)} AS told, row_number() OVER () AS line_at FROM {read}"  # noqa: S608
                found = opened.run(
                    f"SELECT told, line_at FROM ({numbered}) WHERE {condition.replace(named(name), 'told')} LIMIT 1"  # noqa: S608
                )
                if found:
                    raise UnreadableContents(
                        f'{self.path.name} has "{found[0][0]!s:.40}" in column {name!r}, in row {found[0][1] + 1} (the '
                        "names are row 1): a figure there is a number as in 1234 or 12.5, or empty."
                    )
        except DuckDBFailed as error:
            raise UnreadableContents(f"{self.path.name} cannot be read as CSV: {error}") from error

    @property
    def _is_text(self) -> bool:
        return self.path.suffix.lower() == ".csv"

    def _columns(self) -> Iterator[str]:
        """As the view selects them."""
        if not self._is_text:
            yield "*"
            return
        for name in self._header():
            yield f"CAST({named(name)} AS DOUBLE) AS {named(name)}" if name in self.figures else named(name)

    def _read(self) -> str:
        """The function that reads the files."""
        if not self._is_text:
            paths = f"{self.path}/*.parquet" if self.path.is_dir() else str(self.path)
            return f"read_parquet({quoted(paths)}, hive_partitioning = false)"
        # By name at each reading: a file that has come with its columns in another order is read as it is.
        return f"read_csv({quoted(str(self.path))}, all_varchar = true, {CSV})"

    def _header(self) -> list[str]:
        """The names in the first row of a CSV file. Raises ConfigError."""
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                names = next(csv.reader(file, strict=True), list[str]())
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise ConfigError(f"the file {self.path.name} cannot be read as CSV in UTF-8.") from error
        folded = [name.casefold() for name in names]
        if twice := [name for name in names if folded.count(name.casefold()) > 1 or not name.strip()]:
            raise ConfigError(
                f"the file {self.path.name} names its columns in row 1, each once; {twice[0]!r} is not so."
            )
        if not names:
            raise ConfigError(f"the file {self.path.name} is empty: its first row names its columns.")
        return names


def _texts(names: list[str]) -> str:
    """Columns of text, as read_csv is told of them."""
    return "{" + ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names) + "}"


def found(folder: Path, wanted: Mapping[str, frozenset[str]]) -> dict[str, FileTable]:
    """The tables of these names. Raises ConfigError where a folder has none of a name, or two."""
    if not folder.is_dir():
        raise ConfigError(f"the folder {folder} does not exist.")
    held: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        is_table = path.suffix.lower() in KINDS if path.is_file() else any(path.glob("*.parquet"))
        if is_table and not path.name.startswith("."):
            held.setdefault(path.stem if path.is_file() else path.name, []).append(path)
    tables: dict[str, FileTable] = {}
    for name, figures in wanted.items():
        paths = held.get(name, [])
        if not paths:
            raise ConfigError(
                f"the folder {folder} has no {name}.csv, {name}.parquet or folder {name} of Parquet files: it has "
                f"{', '.join(held) or 'none at all'}."
            )
        if len(paths) > 1:
            raise ConfigError(f"the folder {folder} has {' and '.join(path.name for path in paths)}: one is allowed.")
        if wild := next((letter for letter in str(paths[0]) if letter in WILD), None):
            raise ConfigError(f"{paths[0]} has {wild!r} in its name: name it without any of {' '.join(WILD)}")
        tables[name] = FileTable(name, paths[0], figures)
    return tables


def made(opened: Opened, tables: Mapping[str, FileTable]) -> None:
    """A view of each table. Raises ConfigError."""
    for table in tables.values():
        try:
            opened.run(table.view)
        except DuckDBFailed as error:
            try:
                table.check(opened)
            except UnreadableContents as reason:
                raise ConfigError(str(reason)) from error
            raise ConfigError(f"{table.path.name} cannot be read: {error}") from error
