"""The tables of the Trust's own database. No foreign keys: the record never depends on live data."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    column,
    table,
)

metadata = MetaData()


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, on engines that keep time zones and on those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        assert value is None or value.tzinfo is not None, "a moment has a time zone"
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


operations = Table(
    "operations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("at", Instant, nullable=False),
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
    Column("roles", JSON, nullable=False, server_default="[]"),
)
Index("operations_by_organisation", operations.c.organisation, operations.c.at)

# What was refused, once more as rows: demand that no agreement meets is counted without reading every record.
refusals = Table(
    "refusals",
    metadata,
    Column("operation_id", String(32), primary_key=True),
    Column("coordinate", String(128), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("organisation", String(64)),
    Column("purpose", String(64)),
)
Index("refusals_by_time", refusals.c.at)

# Documents of the public that were rejected: nothing was asked or shown for them, and anyone can send any number.
rejections = Table(
    "rejections",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("code", String(64), primary_key=True),
    Column("count", Integer, nullable=False),
)

# Which revision these tables are of. It is Alembic's own table, so it is none of those that revisions make.
revision = table("alembic_version", column("version_num"))
