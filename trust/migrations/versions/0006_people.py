"""By which key people are told. What was told without one is converted by the first gateway that starts: it has it."""

from alembic import op
from sqlalchemy import BigInteger, Column, String

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "people_key",
        Column("fingerprint", String(64), primary_key=True),
        Column("epoch", BigInteger, nullable=False),
        Column("entries", BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("people_key")
