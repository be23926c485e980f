"""Two gateways share a PostgreSQL and a Redis."""

import dataclasses

import numpy as np
import pytest
from sqlalchemy import create_engine, select

from resolvers.cache import TableSerializer
from tests.conftest import Opener
from trust.tables import operations

pytestmark = pytest.mark.sockets
QUERY = """{ labourMarket(areas: {level: REGION}, by: [INDUSTRY], periods: {from: "2021-01", to: "2021-02"}) { nodes {
  payrolledEmployees { value status markers provenance { retrievedAt release } } } } }"""


async def test_two_gateways_keep_one_record_in_postgresql(open_trust: Opener, postgresql: str) -> None:
    async with open_trust(DATABASE=postgresql) as one, open_trust(DATABASE=postgresql) as other:
        await one.data("{ departments { code } }")
        await other.data(QUERY, "dfe-analyst")
    engine = create_engine(postgresql)
    with engine.connect() as connection:
        kept = connection.execute(select(operations.c.organisation, operations.c.calls)).all()
    engine.dispose()
    assert [row.organisation for row in kept] == [None, "DfE"]
    assert kept[1].calls[0]["department"] == "HMRC"


async def test_what_one_gateway_was_told_another_reads_from_redis(open_trust: Opener, redis_port: int) -> None:
    settings = {"CACHE": f"redis://127.0.0.1:{redis_port}/1"}
    async with open_trust(**settings) as one:
        first = await one.data(QUERY, "dfe-analyst")
        assert one.departments.asked() == [("POST", "hmrc")]
    async with open_trust(**settings) as other:
        assert await other.data(QUERY, "dfe-analyst") == first
        assert other.departments.asked() == []


async def test_a_redis_that_is_not_there_costs_no_answer(open_trust: Opener) -> None:
    async with open_trust(CACHE="redis://127.0.0.1:1/0") as trust:
        told = await trust.data(QUERY, "dfe-analyst")
        assert told["labourMarket"]["nodes"][0]["payrolledEmployees"]["value"] > 0


async def test_a_table_comes_back_from_bytes_as_it_was(open_trust: Opener) -> None:
    query = QUERY.replace("REGION", 'LA, within: "E12000007"')
    async with open_trust() as trust:
        await trust.data(query, "dfe-analyst")
        cache = trust.app.state.gateway.engine.dispatcher._cache
        (table,) = cache._backend._cache.values()
    back = TableSerializer().loads(TableSerializer().dumps(table))
    assert back is not None
    assert back.slice == table.slice
    assert (back.release, back.source, back.retrieved_at, back.protected) == (
        table.release, table.source, table.retrieved_at, table.protected,
    )  # fmt: skip
    before, after = table.columns["payrolledEmployees"], back.columns["payrolledEmployees"]
    for name in ("values", "status", "markers"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name))
    for part in dataclasses.fields(before.evidence):
        np.testing.assert_array_equal(getattr(before.evidence, part.name), getattr(after.evidence, part.name))
