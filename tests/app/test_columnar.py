"""Completion by columns and ordinary execution give the same bytes, whatever is asked."""

from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.documents import CompiledSelection
from tests.conftest import Trust

MEASURES = ("claimantCount", "payrolledEmployees", "medianMonthlyPay", "searchingForWork", "apprenticeshipStarts",
            "population", "claimantRate", "businesses", "vacancies")  # fmt: skip
names = st.sampled_from(("a", "b", "claimantCount", "value", "__proto__", "x1"))
periods = st.sampled_from((
    '{from: "2021-01", to: "2021-02"}', '{from: "2020", to: "2021", every: YEAR}',
    '{from: "2020/21", to: "2020/21", every: ACADEMIC_YEAR}', '{from: "2021-Q1", to: "2021-Q2", every: QUARTER}',
))  # fmt: skip
by = st.sampled_from(("[]", "[SEX]", "[AGE_BAND]", "[INDUSTRY]", "[SEX, AGE_BAND]"))
fill = st.sampled_from(("NONE", "LATEST"))
places = st.sampled_from((
    '{codes: ["E08000003", "E09000001"]}', "{level: COUNTRY}", "{level: UK}", '{level: LA, within: "E47000006"}',
    '{level: LA, within: "W92000004"}',
))  # fmt: skip


def aliased(field: str) -> st.SearchStrategy[str]:
    """The field, sometimes under another name."""
    return st.one_of(st.just(field), st.just(f"{field}_: {field}"))


def some(*fields: str) -> st.SearchStrategy[str]:
    """A selection of some of these fields, in any order, some of them twice."""
    return st.lists(st.sampled_from(fields).flatmap(aliased), min_size=1, max_size=5).map(" ".join)


PERIOD = some("code", "kind", "start", "end", "label", "__typename")
GROUP = some("sex", "ageBand", "industry { code name }", "__typename", "occupation { code __typename }")
ORIGIN = some("producer", "dataset", "release", "licence", "source", "treatment", "__typename",
              "agreement { id version owner __typename }", "owner { code name __typename }")  # fmt: skip
FIGURE = st.one_of(
    some("value", "status", "markers", "unit", "__typename"),
    PERIOD.map(lambda inside: f"value period {{ {inside} }}"),
    ORIGIN.map(lambda inside: f"provenance {{ {inside} }} value"),
)
PAGE = some("hasNextPage", "hasPreviousPage", "startCursor", "endCursor", "__typename")


@st.composite
def figures(draw: st.DrawFn) -> str:
    measure = draw(st.sampled_from(MEASURES))
    directive = draw(st.sampled_from(("", "", " @include(if: $yes)", " @skip(if: $yes)")))
    spread = draw(st.booleans())
    text = f"{measure}{directive} {{ {draw(FIGURE)} }}"
    return f"... on LabourMarket {{ {text} }}" if spread else text


@st.composite
def rows(draw: st.DrawFn) -> str:
    parts = draw(st.lists(figures(), min_size=1, max_size=4))
    parts += draw(
        st.lists(st.sampled_from(("period { code }", "area { code name }", "__typename", "...F")), max_size=3)
    )
    parts.append(f"group {{ {draw(GROUP)} }}")
    return " ".join(draw(st.permutations(parts)))


@st.composite
def queries(draw: st.DrawFn) -> str:
    args = f"periods: {draw(periods)}, by: {draw(by)}, fill: {draw(fill)}"
    shape = draw(st.sampled_from(("table", "area", "areas", "nested")))
    inside = draw(rows())
    page = f"totalCount pageInfo {{ {draw(PAGE)} }} __typename"
    items = draw(st.sampled_from(("nodes {{ {0} }}", "edges {{ cursor node {{ {0} }} n: node {{ __typename }} }}",
                                  "edges {{ __typename c: cursor }} nodes {{ {0} }}")))  # fmt: skip
    match shape:
        case "table":
            first = draw(st.sampled_from(("", ", first: 3", ", first: 0", ", first: 50")))
            root = f"t: labourMarket(areas: {draw(places)}, {args}{first}) {{ {page} {items.format(inside)} }}"
        case "area":
            root = f'area(code: "E08000003") {{ code name level labourMarket({args}) {{ {inside} }} }}'
        case "areas":
            nested = items.format(f"name l: labourMarket({args}) {{ {inside} }}")
            root = f"areas(where: {draw(places)}, first: 2) {{ {page} {nested} }}"
        case _:
            root = (
                f'area(code: "E08000003") {{ within(level: REGION) {{ name areas(level: COMBINED_AUTHORITY) {{ '
                f"name labourMarket({args}) {{ {inside} }} }} }} within2: within(level: LSIP) {{ code }} }}"
            )
    return (
        f"query ($yes: Boolean!) {{ {root} __typename }} fragment F on LabourMarket {{ area {{ level }} __typename }}"
    )


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(queries(), st.booleans(), st.sampled_from(("public", "dfe-analyst", "dwp-analyst", "hmrc-analyst")))
async def test_columns_and_ordinary_execution_give_the_same_bytes(
    trust: Trust, query: str, yes: bool, persona: str
) -> None:
    columns, ordinary = await trust.both_ways(query, persona, yes=yes)
    assert columns == ordinary, orjson.loads(columns).get("errors")
    assert columns == await trust.in_chunks(query, persona, yes=yes)
    assert all_by_columns(trust)


async def completed_both_ways(trust: Trust, query: str, persona: str) -> tuple[bytes, bytes]:
    """The answers to a query, all of whose fields columns can complete."""
    answers = await trust.both_ways(query, persona)
    assert all_by_columns(trust)
    return answers


def all_by_columns(trust: Trust) -> bool:
    """Whether columns could complete every field of the queries that were asked."""
    kept = trust.app.state.gateway.engine.documents._kept.values()
    selections = [known for known in kept if isinstance(known, CompiledSelection)]
    return all(len(known.builders) == len(known.selection.fields) for known in selections)


async def test_when_a_department_answered_is_told_the_same_both_ways(trust: Trust) -> None:
    query = """{ area(code: "E08000003") { labourMarket(periods: {from: "2023-07", to: "2023-07"}, fill: LATEST) {
      businesses { provenance { retrievedAt treatment agreement { id } } } } } }"""
    columns, ordinary = await completed_both_ways(trust, query, "dfe-analyst")
    assert columns == ordinary
    assert b"p% at 10" in columns


async def test_what_a_department_wrote_in_place_of_a_number_is_told_of_that_figure_alone(trust: Trust) -> None:
    engine = trust.app.state.gateway.engine
    answer = engine.dispatcher.connectors["ons"].answer

    async def odd(ask: Any) -> Any:
        tables = await answer(ask)
        for column in tables[0].columns.values():
            column.notes[2] = '100% "sure"'
        return tables

    engine.dispatcher.connectors["ons"].answer = odd
    query = """{ labourMarket(areas: {level: COUNTRY}, periods: {from: "2023-07", to: "2023-07"}) {
      nodes { claimantCount { value provenance { treatment } } } } }"""
    columns, ordinary = await completed_both_ways(trust, query, "public")
    assert columns == ordinary
    rows = orjson.loads(columns)["data"]["labourMarket"]["nodes"]
    assert ['100% "sure"' in str(row) for row in rows] == [False, False, True, False]
