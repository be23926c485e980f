"""The cache of departments' answers: bounded where it is this process's own, left alone where others use it too."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import redis.asyncio

from reference.column import Column, Pattern
from reference.figure import Marker
from reference.period import parse
from resolvers.cache import AnswerCache, TableSerializer
from resolvers.memory_cache import MemoryCache, table_bytes
from resolvers.shared_cache import SharedCache
from resolvers.table import Slice, Table

PART = Slice(("claimantCount",), tuple(f"E0800000{at}" for at in range(1, 6)), (parse("2024-01"), parse("2024-02")))


def table() -> Table:
    """A table of ten cells."""
    columns = {"claimantCount": Column.absent(PART.shape, Marker.x)}
    return Table(PART, columns, None, datetime.now(UTC))


class Kept:
    """A backend that keeps everything until it is told not to."""

    def __init__(self) -> None:
        self.tables: dict[str, Any] = {}

    async def multi_get(self, keys: Sequence[str]) -> Sequence[Any]:
        return [self.tables.get(key) for key in keys]

    async def set(self, key: str, value: Any, ttl: float) -> bool:
        self.tables[key] = value
        return True

    async def delete(self, key: str) -> object:
        return self.tables.pop(key, None)

    async def close(self) -> object:
        return None


async def test_of_the_memory_of_a_process_the_longest_unread_is_let_go_first() -> None:
    backend = MemoryCache(3 * table_bytes(table()))
    cache = AnswerCache(backend)
    for key in "abc":
        await cache.put(key, table(), 60.0)
    await cache.get(["a"])
    await cache.put("d", table(), 60.0)
    assert [kept is not None for kept in await cache.get("abcd")] == [True, False, True, True]


async def test_an_answer_is_kept_for_its_time_and_not_where_it_is_larger_than_all() -> None:
    cache = AnswerCache(MemoryCache(table_bytes(table())))
    await cache.put("a", table(), 0.05)
    assert (await cache.get(["a"]))[0] is not None
    await asyncio.sleep(0.06)
    assert await cache.get(["a"]) == [None]
    small = AnswerCache(MemoryCache(table_bytes(table()) - 1))
    await small.put("a", table(), 60.0)
    assert await small.get(["a"]) == [None]


def test_the_owners_pattern_is_kept_outside_the_process_as_it_was() -> None:
    before = table()
    hidden = np.arange(10).reshape(PART.shape) % 3 == 0
    before.columns["claimantCount"].pattern = Pattern("sha256:00", hidden)
    after = TableSerializer().loads(TableSerializer().dumps(before))
    assert after is not None
    pattern = after.columns["claimantCount"].pattern
    assert pattern is not None
    assert pattern.name == "sha256:00"
    assert (pattern.hidden == hidden).all()
    assert table_bytes(before) >= table_bytes(table()) + hidden.nbytes


async def test_what_others_use_too_is_never_let_go_by_one_of_them() -> None:
    backend = Kept()
    one, other = AnswerCache(backend), AnswerCache(backend)
    for at in range(100):
        await (one, other)[at % 2].put(f"{at}", table(), 60.0)
    assert len(backend.tables) == 100
    await one.forget(["1"])
    assert "1" not in backend.tables


async def test_a_redis_is_reached_by_tls_and_with_a_password_where_its_address_says_so() -> None:
    plain, secure = SharedCache("redis://h:1/2", ()), SharedCache("rediss://user:secret@h:1/2", ())
    assert plain.client.connection_pool.connection_class is not redis.asyncio.SSLConnection
    pool = secure.client.connection_pool
    assert pool.connection_class is redis.asyncio.SSLConnection
    connection = pool.make_connection()
    assert (connection.username, connection.password, connection.db) == ("user", "secret", 2)
    assert connection.cert_reqs == "required" or connection.cert_reqs.name == "CERT_REQUIRED"
    await plain.close()
    await secure.close()
