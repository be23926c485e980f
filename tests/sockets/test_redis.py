"""Departments' answers in a real Redis: shared, exact, plain bytes, and never in the way of an answer."""

import asyncio
import os
import pickle
import signal
import time
from collections.abc import AsyncGenerator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import redis.asyncio

from reference.column import Column, Evidence
from reference.facets import Facet
from reference.period import parse
from resolvers.cache import AnswerCache
from resolvers.shared_cache import SharedCache
from resolvers.table import Slice, Table
from tests.conftest import Opener
from tests.sockets.conftest import Redis

pytestmark = pytest.mark.sockets
SOURCES = sorted(Path("resolvers/sources").glob("*.toml"))
QUERY = """query ($from: String!) {
  labourMarket(areas: {level: LA, within: "E12000007"}, by: [INDUSTRY], periods: {from: $from, to: $from}) { nodes {
    payrolledEmployees { value status markers provenance { retrievedAt release source treatment } }
  } } }"""


def table(cells: int = 3) -> Table:
    """An answer with everything in it that an answer can hold."""
    piece = Slice(
        ("payrolledEmployees", "medianMonthlyPay"),
        tuple(f"E0{at:07d}" for at in range(cells)),
        (parse("2024-01"), parse("2024-Q2"), parse("2022/23")),
        (Facet.SEX, Facet.INDUSTRY),
        (("FEMALE", "A"), ("MALE", "C")),
        evidence=True,
    )
    rng = np.random.default_rng(5)
    shape = piece.shape

    def column(evidence: bool) -> Column:
        values = rng.normal(size=shape) * 10.0 ** rng.integers(-300, 300, shape)
        values.flat[:5] = (np.nan, 0.0, -0.0, 5e-324, 2**53 + 1)
        behind = Evidence(*(rng.normal(size=shape) for _ in fields(Evidence))) if evidence else None
        if behind:
            behind.top1.flat[0] = np.nan
        status = rng.integers(0, 9, shape).astype(np.uint8)
        markers = rng.integers(0, 2**16, shape).astype(np.uint16)
        return Column(values, status, markers, behind, {0: "~", 17: "[é] ☃"})

    columns = {"payrolledEmployees": column(True), "medianMonthlyPay": column(False)}
    return Table(piece, columns, "2024-06", datetime(2024, 6, 1, 12, 0, 0, 123456, UTC), False)


async def cached(cache: AnswerCache, key: str) -> Table | None:
    (value,) = await cache.get([key])
    return value


@pytest.fixture
async def shared(redis_server: Redis) -> AsyncGenerator[AnswerCache]:
    cache = AnswerCache(SharedCache(f"{redis_server.url}/3", SOURCES))
    yield cache
    await cache.close()


async def test_a_table_comes_back_exactly_as_it_was(shared: AnswerCache) -> None:
    before = table()
    await shared.put("all", before, 60.0)
    after = await cached(shared, "all")
    assert after is not None
    assert after.slice == before.slice
    assert hash(after.slice) == hash(before.slice)
    for name in ("release", "retrieved_at", "protected"):
        assert getattr(after, name) == getattr(before, name)
    assert list(after.columns) == list(before.columns)
    for name, column in before.columns.items():
        back = after.columns[name]
        assert back.notes == column.notes
        assert (back.evidence is None) == (column.evidence is None)
        pairs = [(getattr(column, part), getattr(back, part)) for part in ("values", "status", "markers")]
        if column.evidence and back.evidence:
            pairs += [
                (getattr(column.evidence, field.name), getattr(back.evidence, field.name)) for field in fields(Evidence)
            ]
        for one, other in pairs:
            assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


async def test_what_is_stored_is_a_json_head_and_arrays_and_nothing_that_runs(
    shared: AnswerCache, redis_server: Redis
) -> None:
    await shared.put("plain", table(), 60.0)
    async with redis.asyncio.Redis(port=redis_server.port, db=3) as raw:
        (key,) = await raw.keys("lmdt:*:plain")
        stored = await raw.get(key)
    head = 4 + int.from_bytes(stored[:4], "big")
    document = orjson.loads(stored[4:head])
    cells = 3 * 3 * 2
    per_cell = 8 + 1 + 2
    assert len(stored) == head + cells * (2 * per_cell + 4 * 8)
    assert document["release"] == "2024-06"
    with pytest.raises(pickle.UnpicklingError):
        pickle.loads(stored)


@pytest.mark.parametrize("length", [0, 3, 40, -1])
async def test_what_this_version_did_not_write_is_asked_for_anew(
    shared: AnswerCache, redis_server: Redis, length: int
) -> None:
    await shared.put("cut", table(), 60.0)
    async with redis.asyncio.Redis(port=redis_server.port, db=3) as raw:
        (key,) = await raw.keys("lmdt:*:cut")
        await raw.set(key, (await raw.get(key))[:length])
    assert await cached(shared, "cut") is None
    await shared.put("cut", table(), 60.0)
    assert await cached(shared, "cut") is not None, "a broken entry is no broken cache"


async def test_an_answer_is_forgotten_when_its_source_file_says(shared: AnswerCache) -> None:
    await shared.put("brief", table(), 0.2)
    await shared.put("never", table(), 0)
    await shared.put("long", table(), 60)
    assert await cached(shared, "brief") is not None
    await asyncio.sleep(0.3)
    assert await cached(shared, "brief") is None
    assert await cached(shared, "never") is None
    assert await cached(shared, "long") is not None


@pytest.mark.parametrize(("seconds", "shares"), [("20.0", True), ("21.0", False)])
async def test_gateways_that_read_answers_otherwise_do_not_share_them(
    shared: AnswerCache, redis_server: Redis, tmp_path: Path, seconds: str, shares: bool
) -> None:
    elsewhere = [tmp_path / source.name for source in SOURCES]
    for original, copy in zip(SOURCES, elsewhere, strict=True):
        copy.write_text(original.read_text().replace("timeout = 20.0", f"timeout = {seconds}"))
    await shared.put("read", table(), 60)
    other = AnswerCache(SharedCache(f"{redis_server.url}/3", elsewhere))
    entry = await cached(other, "read")
    await other.close()
    assert (entry is not None) == shares


async def test_what_one_gateway_was_told_another_reads(open_trust: Opener, redis_server: Redis) -> None:
    settings = {"CACHE": f"{redis_server.url}/4"}
    variables = {"from": "2021-01"}
    async with open_trust(**settings) as one, open_trust(**settings) as other, open_trust() as alone:
        first = await one.data(QUERY, "dfe-analyst", **variables)
        assert one.departments.asked() == [("POST", "hmrc")]
        assert await other.data(QUERY, "dfe-analyst", **variables) == first
        assert other.departments.asked() == []
        markers = {mark for row in first["labourMarket"]["nodes"] for mark in row["payrolledEmployees"]["markers"]}
        assert "c" in markers, "what is suppressed was suppressed after the cache"
        by_itself = await alone.data(QUERY, "dfe-analyst", **variables)
        assert _figures(by_itself) == _figures(first)


def _figures(data: dict[str, Any]) -> list[tuple[float | None, str, list[str]]]:
    figures = [row["payrolledEmployees"] for row in data["labourMarket"]["nodes"]]
    return [(figure["value"], figure["status"], figure["markers"]) for figure in figures]


async def test_what_is_kept_of_one_caller_is_not_shown_to_another(open_trust: Opener, redis_server: Redis) -> None:
    settings, variables = {"CACHE": f"{redis_server.url}/5"}, {"from": "2021-02"}
    async with open_trust(**settings) as one, open_trust(**settings) as other:
        (own, _, _), *_ = _figures(await one.data(QUERY, "hmrc-analyst", **variables))
        assert own == 1, "a figure of one person, which HMRC's own analyst may see"
        (agreed, _, markers), *_ = _figures(await other.data(QUERY, "dfe-analyst", **variables))
        assert (agreed, markers) == (None, ["c"])
        other.departments.asked()
        answer = await other.ask(QUERY, **variables)
        assert {row["payrolledEmployees"] for row in answer["data"]["labourMarket"]["nodes"]} == {None}
        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"
        assert other.departments.asked() == []


async def test_a_redis_that_dies_comes_back_or_hangs_costs_time_but_no_answer(
    open_trust: Opener, redis_server: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.cache.PAUSE", 0.5)
    async with open_trust(CACHE=f"{redis_server.url}/6") as trust:

        async def ask(month: str) -> float:
            started = time.monotonic()
            data = await trust.data(QUERY, "dfe-analyst", **{"from": month})
            assert any(node["payrolledEmployees"]["value"] for node in data["labourMarket"]["nodes"])
            return time.monotonic() - started

        await ask("2021-03")
        os.kill(redis_server.pid, signal.SIGSTOP)
        try:
            assert await ask("2021-03") < 5, "one time-out, and the cache is left alone"
            assert ("POST", "hmrc") in trust.departments.asked()
        finally:
            os.kill(redis_server.pid, signal.SIGCONT)
        redis_server.stop()
        await asyncio.sleep(0.5)
        assert await ask("2021-04") < 5
        redis_server.start()
        await asyncio.sleep(0.6)
        trust.departments.asked()
        await ask("2021-05")
        assert ("POST", "hmrc") in trust.departments.asked()
        await ask("2021-05")
        assert trust.departments.asked() == [], "it is used again once it is back"


async def test_settings_that_lead_to_no_redis_cost_no_answer(open_trust: Opener) -> None:
    async with open_trust(CACHE="redis://127.0.0.1:1/0") as trust:
        data = await trust.data(QUERY, "dfe-analyst", **{"from": "2021-01"})
        assert any(node["payrolledEmployees"]["value"] for node in data["labourMarket"]["nodes"])
