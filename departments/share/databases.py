"""The department's database: connected to by its address, and what there is to know of its tables unread."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import MetaData, Table, create_engine, make_url
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from departments.share import duck
from departments.share.config import ShareConfig
from departments.share.errors import ConfigError
from reference.database_url import understood


@dataclass(frozen=True)
class Database:
    """A database with tables. `files`: those that hold its figures, None where a server holds them. `closed`: what is
    to be let go of besides the engine."""

    engine: Engine
    files: tuple[Path, ...] | None = None
    closed: Callable[[], None] = lambda: None

    def table(self, name: str) -> Table:
        """A table or view, "schema.table" where it is in a schema. Raises NoSuchTableError or SQLAlchemyError."""
        schema, _, alone = name.rpartition(".")
        if self.engine.dialect.name == "duckdb":
            return duck.described(self.engine, alone, schema or None)
        return Table(alone, MetaData(), schema=schema or None, autoload_with=self.engine)

    def dispose(self) -> None:
        """No connection is left open."""
        self.engine.dispose()
        self.closed()


def connect(config: ShareConfig) -> Database:
    """Connects to no server yet. Raises ConfigError."""
    try:
        url = make_url(understood(config.database))
        if url.get_backend_name() == "duckdb":
            return _duckdb(url)
        # SQLite would make the missing file and find no table in it.
        file = url.database if url.get_backend_name() == "sqlite" and not url.query else None
        if file and file != ":memory:":
            _there(file)
            # SQLite's connections cost nothing to open; others are kept, and tried before they are used again.
            return Database(create_engine(url, poolclass=NullPool), (Path(file), Path(f"{file}-wal")))
        return Database(create_engine(url, pool_pre_ping=True))
    except (ArgumentError, SQLAlchemyError) as error:
        raise ConfigError(
            "'database' is not an SQLAlchemy URL, as in postgresql://reader@host/name, sqlite:///pay.sqlite or "
            "duckdb:///pay.duckdb."
        ) from error
    except ImportError as error:
        raise ConfigError(f"the database's driver is not installed: {error.name}.") from error


def _duckdb(url: URL) -> Database:
    """A file of DuckDB. Raises ConfigError."""
    if not url.database or url.database == ":memory:":
        raise ConfigError("'database' names no file: write duckdb:///pay.duckdb.")
    path = _there(url.database)
    reopened = duck.Reopened(path, duck.settings(url.query))
    return Database(duck.engine_over(reopened), (path, Path(f"{path}.wal")), reopened.close)


def _there(file: str) -> Path:
    """Raises ConfigError where there is no such file."""
    if not Path(file).exists():
        raise ConfigError(f"the database file {file} does not exist.")
    return Path(file)
