"""The steps that bring a database from one version of the tables to the next, in order.

A step is never changed once it has been released; a change to the tables is a new step. So a step says itself what
it makes, and does not take it from the tables as they are now.
"""

from collections.abc import Callable

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
)


def record(connection: Connection) -> None:
    """The record of operations."""
    made = MetaData()
    operations = Table(
        "operations",
        made,
        Column("id", String(32), primary_key=True),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("subject", String(64), nullable=False),
        Column("organisation", String(64)),
        Column("issuer", String(256)),
        Column("purpose", String(64)),
        Column("operation", String(64), nullable=False),
        Column("epoch", Integer, nullable=False),
        Column("outcome", String(32), nullable=False),
        Column("granted", JSON, nullable=False),
        Column("refused", JSON, nullable=False),
        Column("calls", JSON, nullable=False),
        Column("milliseconds", Float, nullable=False),
    )
    Index("operations_by_organisation", operations.c.organisation, operations.c.at)
    made.create_all(connection)


def roles_and_refusals(connection: Connection) -> None:
    """The roles of the caller, and refusals as rows of their own."""
    connection.exec_driver_sql("ALTER TABLE operations ADD COLUMN roles JSON DEFAULT '[]' NOT NULL")
    made = MetaData()
    refusals = Table(
        "refusals",
        made,
        Column("operation_id", String(32), primary_key=True),
        Column("coordinate", String(128), primary_key=True),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("organisation", String(64)),
        Column("purpose", String(64)),
    )
    Index("refusals_by_time", refusals.c.at)
    made.create_all(connection)


def rejected_documents(connection: Connection) -> None:
    """How many documents of the public were rejected, by day and code."""
    made = MetaData()
    Table(
        "rejections",
        made,
        Column("day", String(10), primary_key=True),
        Column("code", String(64), primary_key=True),
        Column("count", Integer, nullable=False),
    )
    made.create_all(connection)


STEPS: tuple[Callable[[Connection], None], ...] = (record, roles_and_refusals, rejected_documents)
