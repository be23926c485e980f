"""The transparency log: entries that wait, leaves, hashes of the tree, checkpoints, and the keys of persons.

The log begins with what is recorded from here on: what was recorded before is in none of its entries.
"""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    number = BigInteger().with_variant(Integer, "sqlite")
    op.create_table(
        "log_pending",
        Column("seq", number, primary_key=True, autoincrement=True),
        Column("person", String(64)),
        Column("operation_id", String(32)),
        Column("text", LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "log_leaves",
        Column("position", number, primary_key=True, autoincrement=False),
        Column("operation_id", String(32)),
        Column("entry", LargeBinary, nullable=False),
        Column("hash", LargeBinary, nullable=False),
    )
    op.create_index("log_leaves_by_operation", "log_leaves", ["operation_id"])
    op.create_table(
        "log_hashes",
        Column("level", Integer, primary_key=True, autoincrement=False),
        Column("position", BigInteger, primary_key=True, autoincrement=False),
        Column("hash", LargeBinary, nullable=False),
    )
    op.create_table(
        "log_checkpoints",
        Column("size", number, primary_key=True, autoincrement=False),
        Column("signed", Text, nullable=False),
    )
    op.create_table(
        "person_keys", Column("person", String(64), primary_key=True), Column("key", LargeBinary, nullable=False)
    )


def downgrade() -> None:
    for table in ("person_keys", "log_checkpoints", "log_hashes", "log_leaves", "log_pending"):
        op.drop_table(table)
