"""Demand that leaves no record of an operation, or not all of it: counts by day."""

from alembic import op
from sqlalchemy import Column, Integer, String

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "demand_misses",
        Column("day", String(10), primary_key=True),
        Column("kind", String(16), primary_key=True),
        Column("measure", String(64), primary_key=True),
        Column("organisation", String(64), primary_key=True),
        Column("purpose", String(64), primary_key=True),
        Column("level", String(32), primary_key=True),
        Column("breakdown", String(128), primary_key=True),
        Column("year", Integer, primary_key=True, autoincrement=False),
        Column("count", Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("demand_misses")
