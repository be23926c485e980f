"""DuckDB: a file or a folder, opened to be read alone, with what it may use and reach bounded once for all."""

import atexit
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Condition
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Column, Date, DateTime, Double, MetaData, Numeric, String, Table, create_engine, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import NoSuchTableError, OperationalError
from sqlalchemy.pool import NullPool
from sqlalchemy.types import NullType, TypeEngine

from departments.share.errors import ConfigError

# What a question may use of memory, beyond which DuckDB writes to a folder of its own in the system's temporary one.
MEMORY = "1GB"
# Seconds that a file which has come waits for questions that are under way.
PATIENCE = 30.0
# What the address may say otherwise, as in duckdb:///pay.duckdb?memory_limit=4GB.
SETTINGS = {
    "memory_limit": re.compile(r"[0-9]{1,6}(\.[0-9]+)? ?[KMGT]i?B", re.ASCII),
    "threads": re.compile(r"[1-9]\d?"),
}
TYPES: Mapping[str, type[TypeEngine[Any]]] = {
    **dict.fromkeys(("VARCHAR", "ENUM", "UUID"), String),
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), BigInteger),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), BigInteger),
    **dict.fromkeys(("FLOAT", "DOUBLE"), Double),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), DateTime),
    "DECIMAL": Numeric,
    "DATE": Date,
}
COLUMNS = text(
    "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = current_database() "
    "AND schema_name = coalesce(:schema, current_schema()) AND table_name = :name ORDER BY column_index"
)

VIEWS = text(
    "SELECT 1 FROM duckdb_views() WHERE database_name = current_database() "
    "AND schema_name = coalesce(:schema, current_schema()) AND view_name = :name"
)


class Settings(NamedTuple):
    """What a database may use: of memory, and how many threads, None for one for each core."""

    memory: str = MEMORY
    threads: str | None = None


def settings(query: Mapping[str, object]) -> Settings:
    """From what stands behind the question mark of an address. Raises ConfigError."""
    for key, value in query.items():
        if key not in SETTINGS:
            raise ConfigError(f"'database' says {key}: DuckDB's address may say {' and '.join(SETTINGS)} alone.")
        if not isinstance(value, str) or not SETTINGS[key].fullmatch(value):
            raise ConfigError(f"'database' says {key}={value}: an example is memory_limit=4GB&threads=2.")
    return Settings(str(query.get("memory_limit", MEMORY)), str(query["threads"]) if "threads" in query else None)


class DuckDBFailed(Exception):
    """What DuckDB says of a statement or a file, without its advice."""


class Opened:
    """A DuckDB that this process has open: gives connections to it until it is closed."""

    def __init__(self, connection: Any, allowed: Settings, reach: Path | None = None) -> None:
        """`reach`: the one folder whose files it may read."""
        self._connection = connection
        if connection.execute("SELECT current_setting('lock_configuration')").fetchone()[0]:
            return  # the same file, opened by another node of this process
        said = [f"SET memory_limit = {quoted(allowed.memory)}", f"SET temp_directory = {quoted(_spill())}"]
        said += [f"SET threads = {allowed.threads}"] if allowed.threads else []
        said += [f"SET allowed_directories = [{quoted(str(reach))}]"] if reach else []
        said += ["SET autoinstall_known_extensions = false", "SET autoload_known_extensions = false"]
        # The last two last: no other file, no network, and no statement that changes any of this.
        for statement in (*said, "SET enable_external_access = false", "SET lock_configuration = true"):
            connection.execute(statement)

    def connection(self) -> Any:
        """Another connection to it."""
        return self._connection.cursor()

    def close(self) -> None:
        """None of its connections may be in use."""
        self._connection.close()

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a statement. Raises DuckDBFailed."""
        try:
            return self._connection.cursor().execute(statement).fetchall()
        except _duckdb().Error as error:
            raise DuckDBFailed(_told(error)) from error


def opened_file(path: Path, allowed: Settings) -> Opened:
    """A file, for reading alone. Raises ConfigError."""
    duckdb = _duckdb()
    try:
        return Opened(duckdb.connect(str(path), read_only=True), allowed)
    except duckdb.Error as error:
        raise ConfigError(f"the DuckDB file {path} cannot be opened: {_told(error)}") from error


def opened_folder(folder: Path, allowed: Settings) -> Opened:
    """An empty database in memory, which can read files of one folder."""
    return Opened(_duckdb().connect(":memory:"), allowed, folder)


def engine_over(connection: Callable[[], Any]) -> Engine:
    """SQLAlchemy's engine over what is open. A connection costs microseconds, so none is kept."""
    wrapper: Any = _installed("duckdb_engine").ConnectionWrapper

    def connected() -> Any:
        try:
            return wrapper(connection())
        except ConfigError as error:
            raise OperationalError(None, None, error) from error

    return create_engine("duckdb://", creator=connected, poolclass=NullPool)


class Counted:
    """A connection whose end is told."""

    def __init__(self, connection: Any, ended: Callable[[], None]) -> None:
        self._connection, self._ended = connection, ended

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def close(self) -> None:
        """Tells of it once."""
        self._connection.close()
        ended, self._ended = self._ended, lambda: None
        ended()


class Reopened:
    """A file that is opened anew once another has taken its place, as a department's reload does by renaming."""

    def __init__(self, path: Path, allowed: Settings) -> None:
        self._path, self._allowed, self._turn, self._used = path, allowed, Condition(), 0
        self._seen = self._inode()
        self._opened: Opened | None = opened_file(path, allowed)

    def connection(self) -> Any:
        """A connection to the file that is there now. Questions under way are waited for: DuckDB has one file of a name
        open at a time. Raises ConfigError."""
        with self._turn:
            if (now := self._inode()) != self._seen or self._opened is None:
                if not self._turn.wait_for(lambda: self._used == 0, PATIENCE):
                    raise ConfigError(
                        f"another file has taken the place of {self._path}, and the one before is in use."
                    )
                if self._opened:
                    self._opened.close()
                    self._opened = None
                self._opened, self._seen = opened_file(self._path, self._allowed), now
            self._used += 1
            return Counted(self._opened.connection(), self._ended)

    def _ended(self) -> None:
        with self._turn:
            self._used -= 1
            self._turn.notify_all()

    def _inode(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError:
            return self._seen
        return found.st_dev, found.st_ino


def described(engine: Engine, name: str, schema: str | None) -> Table:
    """A table or view as DuckDB's catalogue has it. Raises NoSuchTableError."""
    # DuckDB 2 lacks a part of PostgreSQL's catalogue that duckdb-engine 0.17 would read through SQLAlchemy 2.1.
    with engine.connect() as connection:
        columns = connection.execute(COLUMNS, {"name": name, "schema": schema}).all()
    if not columns:
        raise NoSuchTableError(name)
    return Table(name, MetaData(), *(Column(column, _type(told)) for column, told in columns), schema=schema)


def is_view(engine: Engine, name: str, schema: str | None) -> bool:
    """Whether a table is worked out anew at each reading."""
    with engine.connect() as connection:
        return connection.execute(VIEWS, {"name": name, "schema": schema}).first() is not None


def _told(error: Exception) -> str:
    """The first three lines, as far as they are of what is wrong and not of what to do."""
    lines = str(error).splitlines()[:3]
    end = next((at for at, line in enumerate(lines) if (at and line.startswith(("Possible", "LINE"))) or not line), 3)
    return " ".join(line.strip() for line in lines[:end])[:300]


def _type(told: str) -> TypeEngine[Any]:
    """SQLAlchemy's type for one of DuckDB's."""
    return TYPES.get(told.partition("(")[0], NullType)()


def quoted(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def named(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


@cache
def _spill() -> str:
    """A folder for what memory cannot hold, removed when the process ends."""
    folder = tempfile.mkdtemp(prefix="lmdt-duckdb-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _duckdb() -> Any:
    return _installed("duckdb")


def _installed(module: str) -> Any:
    """Raises ConfigError where the extra is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ConfigError(
            "DuckDB is not installed: pip install 'labour-market-data-trust[duckdb]' brings it."
        ) from error
