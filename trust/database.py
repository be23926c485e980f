"""The Trust's database: opened, brought up to date, and told to keep what it is given."""

import os
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from reference.database_url import understood
from reference.errors import TrustError

# Any number that no other user of the database locks: gateways that start together take turns by it.
TURN = 7_266_103


class DatabaseUnusable(TrustError):
    """The Trust's database cannot be used: says which, without its password, and why."""


def open_database(url: str) -> Engine:
    """An engine whose tables are of this version. SQLite is put into write-ahead mode. Raises DatabaseUnusable."""
    address = url.partition("://")[0] + "://..."
    try:
        made = make_url(understood(url))
        address = made.render_as_string(hide_password=True)
        engine = _sqlite(made) if made.get_backend_name() == "sqlite" else _server(made)
        _bring_up_to_date(engine)
    except (SQLAlchemyError, OSError, ImportError) as error:
        cause = getattr(error, "orig", None) or error
        raise DatabaseUnusable(f"the database {address} cannot be used: {cause}") from error
    return engine


@contextmanager
def open_to_read(url: str) -> Generator[Connection]:
    """A connection on which nothing can be changed, to a database of this version. Raises DatabaseUnusable."""
    made = make_url(understood(url))
    address = made.render_as_string(hide_password=True)
    try:
        if made.get_backend_name() == "sqlite":
            engine = create_engine(f"sqlite:///file:{made.database}?mode=ro&uri=true", hide_parameters=True)
        else:
            engine = create_engine(made, hide_parameters=True, execution_options={"postgresql_readonly": True})
        try:
            with engine.connect() as connection:
                if made.get_backend_name() == "sqlite":
                    connection.exec_driver_sql("BEGIN")
                else:
                    connection.execution_options(isolation_level="REPEATABLE READ")
                yield connection
        finally:
            engine.dispose()
    except (SQLAlchemyError, OSError, ImportError) as error:
        cause = getattr(error, "orig", None) or error
        raise DatabaseUnusable(f"the database {address} cannot be read: {cause}") from error


def _server(url: URL) -> Engine:
    engine = create_engine(url, pool_pre_ping=True, json_serializer=_json, hide_parameters=True)
    if url.get_backend_name() == "postgresql":
        # Whatever the server's default: a record that is told to be kept is on its disk.
        event.listen(engine, "connect", _statements("SET SESSION synchronous_commit TO on"))
    return engine


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise DatabaseUnusable("the Trust's records are kept in a file or on a server, not in memory")
    engine = create_engine(url, json_serializer=_json, hide_parameters=True)
    settings = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=2000")
    event.listen(engine, "connect", _statements(*(f"PRAGMA {setting}" for setting in settings)))
    if not url.database.startswith("file:"):
        _private(Path(url.database))
        event.listen(engine, "do_connect", _not_made_anew(Path(url.database)))
        event.listen(engine, "connect", _noted(Path(url.database)))
        event.listen(engine, "checkout", _still_there(Path(url.database)))
    return engine


def _private(file: Path) -> None:
    """The file, readable by its owner alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


def _statements(*statements: str) -> Any:
    def run(connection: Any, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()
        connection.commit()

    return run


def _not_made_anew(file: Path) -> Any:
    """A file that has been removed is not made again: an empty one would be taken for the Trust's when it is back, and
    with it goes what SQLite had not yet written into the one that was."""

    def check(*_: Any) -> None:
        if not file.exists():
            raise sqlite3.OperationalError(f"{file} is not there")

    return check


def _noted(file: Path) -> Any:
    def note(_: Any, entry: ConnectionPoolEntry) -> None:
        entry.info["inode"] = file.stat().st_ino

    return note


def _still_there(file: Path) -> Any:
    """SQLite writes on into a file that has been removed or replaced, and what it writes is lost. So each
    connection is used only while its file is the one at that place."""

    def check(_: Any, entry: ConnectionPoolEntry, __: Any) -> None:
        try:
            there: Sequence[int] = [file.stat().st_ino]
        except FileNotFoundError:
            there = []
        if entry.info["inode"] not in there:
            raise DisconnectionError(f"{file} is not the file that was opened")

    return check


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _bring_up_to_date(engine: Engine) -> None:
    """Every missing revision, in one transaction. Gateways that start together take turns."""
    # Alembic takes a while to import: only who opens a database waits for it.
    from trust.migrations import RevisionUnknown, bring_up_to_date

    try:
        with engine.begin() as connection:
            _alone(connection)
            bring_up_to_date(connection)
    except Exception as error:
        engine.dispose()
        if isinstance(error, RevisionUnknown):
            raise DatabaseUnusable(str(error)) from error
        raise


def _alone(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(TURN)))
