"""The department's database: connected to by its address, and what there is to know of its tables unread."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl

from sqlalchemy import MetaData, Table, create_engine, inspect, make_url
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from departments.share import duck, folder
from departments.share.config import ShareConfig
from departments.share.errors import ConfigError
from reference.database_url import understood

# What an address begins with that is a folder of files.
FOLDER = "folder:"
# Nanoseconds after which two changes of a file cannot have the same time.
SETTLED = 1_000_000_000


@dataclass(frozen=True)
class Database:
    """A database with tables. `files`: those that hold the figures of a table, None where a server holds them;
    `unreadable`: raises UnreadableContents where a file of text holds what is no figure."""

    engine: Engine
    files: Callable[[str], Sequence[Path]] | None = None
    unreadable: Callable[[str], None] = lambda _: None

    def table(self, name: str) -> Table:
        """A table or view, "schema.table" where it is in a schema. Raises NoSuchTableError or SQLAlchemyError."""
        schema, _, alone = name.rpartition(".")
        if self.engine.dialect.name == "duckdb":
            return duck.described(self.engine, alone, schema or None)
        return Table(alone, MetaData(), schema=schema or None, autoload_with=self.engine)

    def is_view(self, name: str) -> bool:
        """Whether each reading of it is worked out anew. Raises SQLAlchemyError."""
        schema, _, alone = name.rpartition(".")
        if self.engine.dialect.name == "duckdb":
            return duck.is_view(self.engine, alone, schema or None)
        return alone in inspect(self.engine).get_view_names(schema or None)

    def stamp(self, name: str) -> str | None:
        """What changes whenever the files of a table do. None where a server holds it, or a file has changed so lately
        that it may change again unseen."""
        if self.files is None:
            return None
        told, newest = sha256(), 0
        for path in self.files(name):
            try:
                seen = path.stat()
            except OSError:
                continue
            newest = max(newest, seen.st_mtime_ns)
            told.update(f"{path.name} {seen.st_ino} {seen.st_size} {seen.st_mtime_ns}\n".encode())
        return None if time.time_ns() - newest < SETTLED else told.hexdigest()

    def dispose(self) -> None:
        """No connection is left open."""
        self.engine.dispose()


def connect(config: ShareConfig) -> Database:
    """Connects to no server yet. Raises ConfigError."""
    try:
        if config.database.startswith(FOLDER):
            return _folder(config)
        url = make_url(understood(config.database))
        if url.get_backend_name() == "duckdb":
            return _duckdb(url)
        # SQLite would make the missing file and find no table in it.
        file = url.database if url.get_backend_name() == "sqlite" and not url.query else None
        if file and file != ":memory:":
            _there(file)
            # SQLite's connections cost nothing to open; others are kept, and tried before they are used again.
            return Database(create_engine(url, poolclass=NullPool), lambda _: (Path(file), Path(f"{file}-wal")))
        return Database(create_engine(url, pool_pre_ping=True))
    except (ArgumentError, SQLAlchemyError) as error:
        raise ConfigError(
            "'database' is not an SQLAlchemy URL, as in postgresql://reader@host/name or "
            "duckdb:///pay.duckdb, or a folder of files, as in folder:data."
        ) from error
    except ImportError as error:
        raise ConfigError(f"the database's driver is not installed: {error.name}.") from error


def _duckdb(url: URL) -> Database:
    """A file of DuckDB. Raises ConfigError."""
    if not url.database or url.database == ":memory:":
        raise ConfigError("'database' names no file: write duckdb:///pay.duckdb.")
    path = _there(url.database)
    reopened = duck.Reopened(path, duck.settings(url.query))
    return Database(duck.engine_over(reopened.connection), lambda _: (path, Path(f"{path}.wal")))


def _folder(config: ShareConfig) -> Database:
    """A folder of CSV or Parquet files, "folder:data", with what DuckDB may use behind a question mark."""
    place, _, query = config.database.removeprefix(FOLDER).partition("?")
    root = Path(place).resolve()
    figures: dict[str, frozenset[str]] = {}
    for mapped in config.datasets:
        own = frozenset(column for shared in mapped.measures.values() for column in shared.columns)
        figures[mapped.table] = figures.get(mapped.table, frozenset()) | own
    tables = folder.found(root, figures)
    opened = duck.opened_folder(root, duck.settings(dict(parse_qsl(query, keep_blank_values=True))))
    folder.made(opened, tables)
    return Database(
        duck.engine_over(opened.connection),
        lambda name: tables[name].files,
        lambda name: tables[name].check(opened),
    )


def _there(file: str) -> Path:
    """Raises ConfigError where there is no such file."""
    if not Path(file).exists():
        raise ConfigError(f"the database file {file} does not exist.")
    return Path(file)
