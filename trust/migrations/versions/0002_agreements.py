"""Agreements: versions, what happened to them, epochs of consumers' parts, uses, and the keys of signatures."""

from alembic import op
from sqlalchemy import JSON, BigInteger, Column, DateTime, Integer, String, Text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    moment = DateTime(timezone=True)
    op.create_table(
        "agreement_versions",
        Column("id", String(64), primary_key=True),
        Column("version", Integer, primary_key=True),
        Column("state", String(16), nullable=False),
        Column("owner", String(64), nullable=False),
        Column("consumer", String(64), nullable=False),
        Column("content", JSON, nullable=False),
        Column("content_hash", String(64), nullable=False),
        Column("proposer", String(64), nullable=False),
        Column("request_id", String(128)),
        Column("not_before", moment),
        Column("not_after", moment),
        Column("review_end", moment),
    )
    op.create_index("agreement_versions_by_state", "agreement_versions", ["state"])
    op.create_index("agreement_versions_by_request", "agreement_versions", ["proposer", "request_id"], unique=True)
    op.create_table(
        "agreement_events",
        Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        Column("id", String(64), nullable=False),
        Column("version", Integer, nullable=False),
        Column("move", String(16), nullable=False),
        Column("before", String(16)),
        Column("after", String(16), nullable=False),
        Column("at", moment, nullable=False),
        Column("person", String(64)),
        Column("subject", String(256)),
        Column("organisation", String(64)),
        Column("party", String(64), nullable=False),
        Column("comment", Text, nullable=False),
        Column("content_hash", String(64), nullable=False),
        Column("simulation_hash", String(64)),
        Column("signature", Text),
        Column("operation_id", String(32)),
        sqlite_autoincrement=True,
    )
    op.create_index("agreement_events_by_agreement", "agreement_events", ["id", "seq"])
    op.create_table(
        "agreement_epochs",
        Column("consumer", String(64), primary_key=True),
        Column("epoch", BigInteger, nullable=False),
    )
    op.create_table(
        "agreement_uses",
        Column("operation_id", String(32), primary_key=True),
        Column("id", String(64), primary_key=True),
        Column("version", Integer, primary_key=True),
        Column("at", moment, nullable=False),
        Column("organisation", String(64)),
        Column("purpose", String(64)),
        Column("figures", Integer, nullable=False),
        Column("suppressed", Integer, nullable=False),
    )
    op.create_index("agreement_uses_by_agreement", "agreement_uses", ["id", "at"])
    op.create_table("signing_keys", Column("kid", String(32), primary_key=True), Column("key", String(64)))


def downgrade() -> None:
    for table in ("signing_keys", "agreement_uses", "agreement_epochs", "agreement_events", "agreement_versions"):
        op.drop_table(table)
