"""The tables of the Trust's own database. No foreign keys: the record never depends on live data."""

from sqlalchemy import JSON, Column, DateTime, Float, Index, Integer, MetaData, String, Table

metadata = MetaData()

operations = Table(
    "operations",
    metadata,
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

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True))
