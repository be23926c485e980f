"""What witnesses have cosigned, and which gateway asks them."""

from datetime import UTC, datetime

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, String, Text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    number = BigInteger().with_variant(Integer, "sqlite")
    op.create_table(
        "log_witnessed",
        Column("size", number, primary_key=True, autoincrement=False),
        Column("met", Boolean, nullable=False),
        Column("signed", Text, nullable=False),
    )
    op.create_index("log_witnessed_by_quorum", "log_witnessed", ["met", "size"])
    asker = op.create_table(
        "log_asker",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("holder", String(32), nullable=False),
        Column("until", DateTime(timezone=True), nullable=False),
    )
    op.bulk_insert(asker, [{"id": 1, "holder": "", "until": datetime(1970, 1, 1, tzinfo=UTC)}])


def downgrade() -> None:
    op.drop_table("log_asker")
    op.drop_table("log_witnessed")
