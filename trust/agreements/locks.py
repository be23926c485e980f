"""Who waits for whom: nobody moves an agreement while a use is recorded, and the other way round."""

from sqlalchemy import Connection, func, select

# Any number that no other user of the database locks: whoever moves agreements takes it alone, and whoever records a
# use of one takes it together with others.
MOVING = 7_266_104


def alone(connection: Connection) -> None:
    """Waits until nobody else moves agreements or records a use of one, and keeps it so until the transaction ends."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(MOVING)))


def together(connection: Connection) -> None:
    """Waits until nobody moves agreements, and keeps it so until the transaction ends. SQLite's only writer is alone
    anyway."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock_shared(MOVING)))
