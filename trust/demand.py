"""Demand that no agreement meets: what was asked for and refused, by whom, why and how often."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select

from trust.tables import refusals


@dataclass(frozen=True, slots=True)
class Demand:
    """One field, as one organisation (None: the public) asked for it for one purpose, and was refused."""

    coordinate: str
    organisation: str | None
    purpose: str | None
    operations: int
    first: datetime
    last: datetime


def unmet(engine: Engine, since: datetime, until: datetime) -> list[Demand]:
    """Refusals from `since` up to but without `until`, the most frequent first."""
    wanted = (refusals.c.coordinate, refusals.c.organisation, refusals.c.purpose)
    times = func.count().label("operations")
    query = (
        select(*wanted, times, func.min(refusals.c.at), func.max(refusals.c.at))
        .where(refusals.c.at >= since, refusals.c.at < until)
        .group_by(*wanted)
        .order_by(times.desc(), *wanted)
    )
    with engine.connect() as connection:
        return [Demand(*row) for row in connection.execute(query)]
