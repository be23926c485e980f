"""Recorded operations decided again, by other agreements: what would have been allowed that was refused, and the other
way round."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, String, cast, func, select

from policies.book import Book
from policies.caller import Caller
from policies.decide import decide
from policies.decision import Access, Grant
from policies.rules import Rules
from reference.area import AreaLevel
from reference.facets import Facet
from trust.tables import operations

# Kinds of operation, alike in all that is decided by, that are looked at: those there were most of.
MOST = 2_000
EVERYWHERE = "K02000001"
PREFIX = "LabourMarket."


@dataclass(frozen=True, slots=True)
class ReplayedChange:
    """A field that one organisation asked for, for one purpose, and would be answered otherwise, in so many operations.
    `allowed`: newly allowed, else newly refused."""

    organisation: str
    purpose: str | None
    coordinate: str
    allowed: bool
    operations: int


@dataclass(frozen=True, slots=True)
class Replay:
    """What was replayed: operations since a moment, fields that would be decided otherwise, and how many operations
    could not be decided again, for their record is older than what is needed."""

    since: datetime
    operations: int
    untold: int
    changes: tuple[ReplayedChange, ...]


def replay(
    connection: Connection, rules: Rules, before: Book, after: Book, consumer: str, since: datetime, now: datetime
) -> Replay:
    """The recorded operations of one consumer, each decided by both books."""
    counts = Counter[tuple[str | None, str, bool]]()
    total = untold = 0
    for times, caller, purpose, fields in _recorded(connection, consumer, since):
        total += times
        accesses = [access for field in fields if (access := access_of(field, rules))]
        untold += times if len(accesses) < len(fields) else 0
        for name in {access.measure for access in accesses}:
            wanted = [access for access in accesses if access.measure == name]
            was, would = (_granted(rules, book, caller, purpose, wanted, now) for book in (before, after))
            if was is not would:
                counts[purpose, rules.measures[name].coordinate, would] += times
    changes = (
        ReplayedChange(consumer, purpose, coordinate, allowed, times)
        for (purpose, coordinate, allowed), times in sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    )
    return Replay(since, total, untold, tuple(changes))


def _recorded(
    connection: Connection, consumer: str, since: datetime
) -> Iterable[tuple[int, Caller, str | None, list[Mapping[str, Any]]]]:
    """Kinds of operation: how many there were, by whom, for what purpose, and the fields that were decided."""
    table = operations.c
    texts = [cast(column, String) for column in (table.roles, table.granted, table.refused)]
    times = func.count()
    wanted = (
        select(times, table.purpose, *texts)
        .where(table.organisation == consumer, table.at >= since)
        .group_by(table.purpose, *texts)
        .order_by(times.desc())
        .limit(MOST)
    )
    row: Any
    for row in connection.execute(wanted):
        count, purpose, roles, granted, refused = row
        caller = Caller("", consumer, frozenset(json.loads(roles)), frozenset([purpose] if purpose else ()))
        yield count, caller, purpose, [*json.loads(granted), *json.loads(refused)]


def access_of(field: Mapping[str, Any], rules: Rules) -> Access | None:
    """What was wanted of a field; None where the record does not say."""
    name = str(field["coordinate"]).removeprefix(PREFIX)
    if name not in rules.measures or "within" not in field:
        return None
    return Access(
        name,
        frozenset(AreaLevel(level) for level in field["levels"]),
        frozenset(Facet(facet) for facet in field["facets"]),
        (field["within"] or EVERYWHERE,),
        date.fromisoformat(field["from"]),
        date.fromisoformat(field["to"]),
    )


def _granted(
    rules: Rules, book: Book, caller: Caller, purpose: str | None, wanted: Iterable[Access], now: datetime
) -> bool:
    """Whether all of it is granted."""
    return all(isinstance(decide(rules, book, caller, purpose, access, now), Grant) for access in wanted)
