"""What an entry of the log commits to is kept beside it. Entries from before have all that they say in themselves."""

from alembic import op
from sqlalchemy import Column, LargeBinary

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("log_leaves", Column("parts", LargeBinary))


def downgrade() -> None:
    op.drop_column("log_leaves", "parts")
