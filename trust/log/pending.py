"""Entries that wait for their places in the log: sealed, and durable with what they tell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, select

from transparency import tree
from trust.inserting import Inserting
from trust.log.entry import Said
from trust.log.people import told
from trust.log.sealed import sealed
from trust.tables import log_pending

INTO_PENDING = Inserting(log_pending, "operation_id", "entry", "hash", "parts")


def pending(connection: Connection, entries: Iterable[Said], known: Mapping[str, str] | None = None) -> None:
    """Entries for the log, in the transaction of what they tell: their places in it are found later. `known`: what
    entries say of people, where that has been found out."""
    said = list(entries)
    if known is None:
        known = told(connection, {one.person for one in said if one.person})
    INTO_PENDING.rows(connection, (_row(one, known[one.person] if one.person else None) for one in said))


def _row(said: Said, who: str | None) -> Sequence[Any]:
    entry, parts = sealed(said, who)
    return said.operation_id, entry, tree.leaf_hash(entry), parts


def waiting(connection: Connection) -> Iterator[Mapping[str, Any]]:
    """What all who may read them will see of entries that wait for their places."""
    for entry in connection.execute(select(log_pending.c.entry)).scalars():
        yield orjson.loads(entry)
