"""The record of operations, as it is read for demand: kinds of operation, each with how many there were."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, String, cast, extract, func, not_, select

from policies.caller import Caller
from trust.tables import operations

# Kinds of operation that are looked at: those there were most of.
MOST = 10_000
NONE = "[]"


class Kind(NamedTuple):
    """Operations of one month that are alike in all that is decided by: how many, when first and last, by whom, for
    what, and what of each field was granted and refused."""

    operations: int
    first: datetime
    last: datetime
    month: str
    caller: Caller
    purpose: str | None
    granted: tuple[Mapping[str, Any], ...]
    refused: tuple[Mapping[str, Any], ...]


def kinds(connection: Connection, since: datetime, until: datetime) -> tuple[list[Kind], int]:
    """Answered operations that wanted figures, from `since` up to but without `until`; and how many of them there were
    besides, of kinds that are rarer than those that are looked at."""
    table = operations.c
    granted, refused, roles = (cast(column, String) for column in (table.granted, table.refused, table.roles))
    which = (
        table.at >= since,
        table.at < until,
        table.outcome == "answered",
        not_((granted == NONE) & (refused == NONE)),
    )
    by = (
        extract("year", table.at), extract("month", table.at), table.organisation, table.purpose, roles, granted,
        refused,
    )  # fmt: skip
    times = func.count()
    wanted = (
        select(times, func.min(table.at), func.max(table.at), *by)
        .where(*which)
        .group_by(*by)
        .order_by(times.desc(), func.min(table.at))
        .limit(MOST)
    )
    rows: list[Any] = list(connection.execute(wanted))
    found = [
        Kind(
            count, first, last, f"{int(year)}-{int(month):02}",
            Caller("", organisation, frozenset(orjson.loads(roles)), frozenset([purpose] if purpose else ())),
            purpose, tuple(orjson.loads(granted)), tuple(orjson.loads(refused)),
        )
        for count, first, last, year, month, organisation, purpose, roles, granted, refused in rows
    ]  # fmt: skip
    every = connection.execute(select(func.count()).where(*which)).scalar_one() if len(rows) == MOST else 0
    return found, max(0, every - sum(kind.operations for kind in found))
