"""What is let go when its time is over: the texts of entries of operations, and the rows that say the same. Hashes
stay: so the tree, its checkpoints and every proof stay as they are. What was done with agreements is kept."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import orjson
from sqlalchemy import Column, Connection, Engine, delete, func, select, update

from trust.audit.turns import in_turns, tell
from trust.log.entry import expired
from trust.tables import agreement_uses, log_leaves, log_pending, operations, refusals

# Kinds of entry that are let go.
EXPIRING = frozenset({"operation", "asked", "withheld", "released"})
AT_A_TIME = 1000
# The tables whose rows are those of an operation, with the column that says which.
ROWS = (operations.c.id, refusals.c.operation_id, agreement_uses.c.operation_id)


class Old(NamedTuple):
    """An entry that is to be let go."""

    position: int
    operation_id: str | None


@dataclass(frozen=True)
class Due:
    """What is to be let go: entries, all before the place `until`; operations from before there was a log; and how many
    rows of each table that makes."""

    before: datetime
    until: int
    entries: Sequence[Old] = ()
    unlogged: Sequence[str] = ()
    rows: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def counts(self) -> Mapping[str, int]:
        """All of it, counted."""
        return {"entries": len(self.entries), **self.rows}


def due(connection: Connection, before: datetime) -> Due:
    """What is older than a moment. The log is in the order in which things were told, nearly that of their moments: it
    is let go up to the first entry that is to stay."""
    until, old = 0, list[Old]()
    for position, operation_id, body in _entries(connection):
        if body["kind"] not in EXPIRING:
            continue
        if datetime.fromisoformat(body["at"]) >= before:
            break
        until = position + 1
        old.append(Old(position, operation_id))
    logged = select(log_leaves.c.operation_id).where(log_leaves.c.operation_id.is_not(None))
    waiting = select(log_pending.c.operation_id).where(log_pending.c.operation_id.is_not(None))
    table = operations.c
    outside = select(table.id).where(table.at < before, table.id.not_in(logged), table.id.not_in(waiting))
    unlogged = connection.execute(outside).scalars().all()
    ids = sorted({*(one.operation_id for one in old if one.operation_id), *unlogged})
    rows = {str(column.table.name): _count(connection, column, ids) for column in ROWS}
    return Due(before, until, old, unlogged, rows)


def _entries(connection: Connection) -> Iterator[tuple[int, str | None, Mapping[str, str]]]:
    """Entries that have their text, in order."""
    table, last = log_leaves.c, -1
    while True:
        wanted = select(table.position, table.operation_id, table.entry).order_by(table.position).limit(AT_A_TIME)
        rows = connection.execute(wanted.where(table.position > last, func.length(table.entry) > 0)).all()
        if not rows:
            return
        for position, operation_id, entry in rows:
            yield position, operation_id, orjson.loads(entry)
            last = position


def _count(connection: Connection, column: Column[str], ids: Sequence[str]) -> int:
    return sum(
        connection.execute(select(func.count()).where(column.in_(ids[at : at + AT_A_TIME]))).scalar_one()
        for at in range(0, len(ids), AT_A_TIME)
    )


def let_go(engine: Engine, old: Due, now: datetime, place: Callable[[], object]) -> None:
    """Lets it go, after the log has told of it. What is broken off may be begun again. Raises TooBusy."""
    tell(engine, expired(now, old.before, old.until, old.counts), place)
    in_turns(engine, old.entries, _entries_go)
    in_turns(engine, old.unlogged, _rows_go)


def _entries_go(connection: Connection, batch: Sequence[Old]) -> None:
    """Their texts, and the rows of their operations, in one transaction."""
    positions = [one.position for one in batch]
    connection.execute(update(log_leaves).where(log_leaves.c.position.in_(positions)).values(entry=b"", parts=None))
    _rows_go(connection, [one.operation_id for one in batch if one.operation_id])


def _rows_go(connection: Connection, ids: Sequence[str]) -> None:
    for column in ROWS:
        connection.execute(delete(column.table).where(column.in_(ids)))
