"""What a worker keeps in memory is counted by what it really takes, and stays within one number."""

import gc
import tracemalloc
import weakref
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from app.kept import Kept, shares
from app.operation import GraphQLRequest
from policies.caller import PUBLIC
from reference.area import AreaLevel, gazetteer
from reference.column import Column, Evidence
from reference.figure import Marker
from reference.period import PeriodKind, between, parse
from resolvers.memory_cache import table_bytes
from resolvers.table import Slice, Table
from tests.conftest import Trust

MONTHS = between(parse("2015-01").first, parse("2024-12").last, PeriodKind.MONTH)
PLACES = tuple(area.code for area in gazetteer().at(AreaLevel.LA))
LONG_TIME = 'periods: {from: "2015-01", to: "2024-12"}'


def repeated(field: str, times: int) -> str:
    return " ".join(f"a{at}: {field}" for at in range(times))


# Queries by what there is much of: `%d` makes each of them another.
QUERIES = {
    "little": "{ a%d: __typename }",
    "one place": f'{{ area(code: "E08000003") {{ labourMarket({LONG_TIME}) {{ a%d: claimantCount {{ value }} }} }} }}',
    "many places": f"{{ labourMarket(areas: {{level: LA}}, {LONG_TIME}) "
    "{ nodes { a%d: claimantCount { value } } } }",
    "many groups": "{ labourMarket(areas: {level: COUNTRY}, periods: {last: 1}, by: [INDUSTRY, SIZE_BAND]) "
    "{ nodes { a%d: enterprises { value } group { industry { name } sizeBand } } } }",
    "many fields": "{ labourMarket(areas: {level: COUNTRY}, periods: {last: 1}) { nodes { "
    + repeated("claimantCount { value status }", 90)
    + " b%d: __typename } } }",
    "many tables": "{ "
    + repeated("labourMarket(areas: {level: LA}, periods: {last: 1}) { nodes { claimantCount { value } } }", 20)
    + " b%d: __typename }",
    "many nested tables": '{ areas(where: {level: REGION}) { nodes { '
    + repeated(f"labourMarket({LONG_TIME}) {{ claimantCount {{ value }} payrolledEmployees {{ value }} }}", 20)
    + " b%d: __typename } } }",
    "a long list": '{ areas(where: {codes: ["E08000003"' + ', "E08000003"' * 400
    + "]}) { totalCount a%d: totalCount } }",
    "comments": "{ a%d: __typename }" + "\n#" * 500,
}  # fmt: skip


def taken(make: Callable[[], Any]) -> tuple[int, Any]:
    """Bytes of memory that what is made takes."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    made = make()
    gc.collect()
    size = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return size, made


@pytest.mark.parametrize("name", QUERIES)
async def test_a_plan_and_its_document_take_no_more_than_is_counted(trust: Trust, name: str) -> None:
    engine = trust.app.state.gateway.engine

    def prepared(at: int) -> Any:
        request = GraphQLRequest("0" * 32, QUERIES[name] % at, None, None, PUBLIC, None, datetime.now(UTC))
        document = engine.documents.read(request.query)
        assert not isinstance(document, tuple), document
        return engine._prepare(request, document, engine.book())

    for at in range(3):
        assert not isinstance(prepared(1000 + at), list)
    engine.documents._kept.clear()
    size, plans = taken(lambda: [prepared(at) for at in range(10)])
    # Documents and selections are kept a second time, on their own.
    counted = sum(plan.bytes for plan in plans)
    assert size <= counted <= 8 * size


@pytest.mark.parametrize("evidence", [False, True])
@pytest.mark.parametrize("places", [1, 300])
def test_a_table_takes_no_more_than_is_counted(places: int, evidence: bool) -> None:
    def table() -> Table:
        part = Slice(("claimantCount",), (*PLACES[:places],), (*MONTHS,), (), ((),), evidence)
        column = Column.absent(part.shape, Marker.x)
        column.notes.update({at: f"a note on figure {at}" for at in range(places)})
        behind = Evidence(*(np.zeros(part.shape) for _ in range(4))) if evidence else None
        return Table(part, {"claimantCount": replace(column, evidence=behind)}, "2024", "a", datetime.now(UTC))

    size, tables = taken(lambda: [table() for _ in range(20)])
    assert size <= sum(map(table_bytes, tables)) <= 8 * size


def test_shares_are_all_of_what_is_kept() -> None:
    assert sum(shares(256)) == 256_000_000
    assert all(share > 0 for share in shares(1))


class Thing:
    def __init__(self, size: int) -> None:
        self.bytes = size


def test_what_is_larger_than_all_that_may_be_kept_is_let_go_at_once_with_what_was_there() -> None:
    kept = Kept[str, Thing](10)
    kept.keep("a", Thing(4))
    kept.keep("a", Thing(11))
    assert dict(kept) == {}
    for name in "bcd":
        kept.keep(name, Thing(4))
    assert list(kept) == ["c", "d"]


async def test_a_document_that_is_let_go_is_gone_at_once(trust: Trust) -> None:
    documents = trust.app.state.gateway.engine.documents
    document = documents.read(QUERIES["many fields"] % 1)
    gc.collect()
    gc.disable()
    try:
        gone = weakref.ref(document.node.definitions[0])
        del document
        assert gone() is None
    finally:
        gc.enable()
