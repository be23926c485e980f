"""The record of operations, refusals as rows of their own, and how many documents of the public were rejected.

Before Alembic a database said its version (1 to 3) in a table of its own, `schema_version`. Such a database is one of
ours too: it is given what it lacks, and keeps what it holds. There is no way back from here.
"""

from alembic import op
from sqlalchemy import JSON, Column, DateTime, Float, Integer, String, inspect

revision = "0001"
down_revision = None


def upgrade() -> None:
    there = inspect(op.get_bind()).get_table_names()
    if "operations" not in there:
        _operations()
    elif "roles" not in {column["name"] for column in inspect(op.get_bind()).get_columns("operations")}:
        op.add_column("operations", _roles())
    if "refusals" not in there:
        _refusals()
    if "rejections" not in there:
        _rejections()
    if "schema_version" in there:
        op.drop_table("schema_version")


def _roles() -> Column[object]:
    return Column("roles", JSON, nullable=False, server_default="[]")


def _operations() -> None:
    op.create_table(
        "operations",
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
        _roles(),
    )
    op.create_index("operations_by_organisation", "operations", ["organisation", "at"])


def _refusals() -> None:
    op.create_table(
        "refusals",
        Column("operation_id", String(32), primary_key=True),
        Column("coordinate", String(128), primary_key=True),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("organisation", String(64)),
        Column("purpose", String(64)),
    )
    op.create_index("refusals_by_time", "refusals", ["at"])


def _rejections() -> None:
    op.create_table(
        "rejections",
        Column("day", String(10), primary_key=True),
        Column("code", String(64), primary_key=True),
        Column("count", Integer, nullable=False),
    )
