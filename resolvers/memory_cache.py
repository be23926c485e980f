"""Departments' answers in the memory of this process, of so many bytes in all."""

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from cachetools import TLRUCache

from reference.column import EVIDENCE, Column
from resolvers.cache import ARRAYS
from resolvers.table import Table

# Bytes of memory that a table, one of its columns and a note take besides their arrays, at most.
TABLE, COLUMN, NOTE = 3_000, 1_000, 400


class _KeptTable(NamedTuple):
    table: Table
    seconds: float
    bytes: int


class MemoryCache:
    """A backend of tables by key. Each is kept for its time, and those unread for longest are let go first."""

    def __init__(self, most: int) -> None:
        self._kept: TLRUCache[str, _KeptTable] = TLRUCache(most, _until, time.monotonic, getsizeof=_bytes)

    async def multi_get(self, keys: Sequence[str]) -> Sequence[Table | None]:
        """What is kept under each key."""
        found = (self._kept.get(key) for key in keys)
        return [kept.table if kept else None for kept in found]

    async def set(self, key: str, value: Table, ttl: float) -> bool:
        """Keeps a table for so many seconds, unless it is larger than all that may be kept."""
        self._kept.pop(key, None)
        with suppress(ValueError):
            self._kept[key] = _KeptTable(value, ttl, table_bytes(value))
        return True

    async def delete(self, key: str) -> object:
        """Lets go of a table."""
        return self._kept.pop(key, None)

    async def clear(self) -> None:
        """Lets go of all."""
        self._kept.clear()

    async def close(self) -> object:
        """Lets go of all."""
        return await self.clear()


def table_bytes(table: Table) -> int:
    """Bytes of memory that a table takes, never counted short."""
    part = table.slice
    words = 64 * (len(part.areas) + len(part.groups)) + 16 * len(part.periods)
    return TABLE + words + sum(map(_column_bytes, table.columns.values()))


def _column_bytes(column: Column) -> int:
    size = (
        COLUMN
        + sum(getattr(column, name).nbytes for name in ARRAYS)
        + NOTE * len(column.notes)
        + 100 * len(column.partial)
    )
    if column.evidence is not None:
        size += sum(getattr(column.evidence, name).nbytes for name in EVIDENCE)
    if column.pattern is not None:
        size += NOTE + (0 if column.pattern.hidden is None else column.pattern.hidden.nbytes)
    return size


def _until(_: str, kept: _KeptTable, now: float) -> float:
    return now + kept.seconds


def _bytes(kept: _KeptTable) -> int:
    return kept.bytes
