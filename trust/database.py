"""The Trust's database: opened, brought up to date, and told to keep what it is given."""

from pathlib import Path

import orjson
from sqlalchemy import Engine, create_engine, event, func, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry

from trust.migrations import STEPS
from trust.tables import schema_version


def open_database(url: str) -> Engine:
    """An engine whose tables are of this version. SQLite is put into write-ahead mode."""
    made = make_url(url)
    if made.get_backend_name() == "sqlite" and made.database and made.database != ":memory:":
        Path(made.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(made, pool_pre_ping=made.get_backend_name() != "sqlite", json_serializer=_json)
    if made.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _durable)
    _bring_up_to_date(engine)
    return engine


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _durable(connection: object, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=2000")
    cursor.close()


def _bring_up_to_date(engine: Engine) -> None:
    """Each missing step in a transaction of its own. Gateways that start together may each try; one wins."""
    with engine.begin() as connection:
        schema_version.create(connection, checkfirst=True)
    for number, step in enumerate(STEPS, start=1):
        with engine.begin() as connection:
            held = connection.execute(select(func.max(schema_version.c.version))).scalar() or 0
            if held >= number:
                continue
            try:
                with connection.begin_nested():
                    connection.execute(insert(schema_version).values(version=number))
            except IntegrityError:
                continue
            step(connection)
