"""Two gateways share a PostgreSQL."""

import pytest
from sqlalchemy import create_engine, select

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
