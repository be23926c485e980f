"""Each field of a query's root is completed on its own, and how much an answer may hold is known before it is made."""

from typing import Any

import orjson
import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, get_introspection_query

from schema.answer_size import AVERAGE, MOST
from schema.build import executable
from tests.conftest import Opener, Trust

PAY = 'labourMarket(areas: {level: REGION}, periods: {from: "2021-01", to: "2021-02"}) { nodes { %s } }'
MIXED = [
    "{ me { subject } " + PAY % "area { code } payrolledEmployees { value }" + " departments { code } }",
    '{ a: measures(search: "pay") { name } __typename ' + PAY % "period { code }" + " __schema { types { name } } }",
    '{ x: area(code: "nowhere") { name } y: area(code: "E08000003") { name } me { organisation } }',
    "query Q($yes: Boolean = true) { ...F me { subject @skip(if: $yes) organisation } } fragment F on Query {"
    ' area(code: "E08000003") { name @include(if: $yes) } me { roles } }',
]  # fmt: skip


@pytest.mark.parametrize("query", MIXED)
@pytest.mark.parametrize("persona", ["public", "dfe-analyst"])
async def test_fields_completed_apart_are_the_answer_that_ordinary_execution_gives(
    trust: Trust, query: str, persona: str
) -> None:
    apart, ordinary = await trust.both_ways(query, persona)
    assert apart == ordinary
    assert orjson.loads(apart)["data"]


async def test_an_answer_that_says_who_asks_is_not_kept_for_another(open_trust: Opener) -> None:
    async with open_trust() as trust:
        for persona in ("dwp-analyst", "dfe-analyst", "public") * 2:
            data = await trust.data("{ me { subject } departments { code } }", persona)
            assert data["me"]["subject"] == persona


async def test_the_values_of_introspection_are_not_counted_short() -> None:
    schema = executable()
    kinds = list(schema.type_map.values())
    objects = [kind for kind in kinds if isinstance(kind, GraphQLObjectType)]
    fields = [field for kind in objects for field in kind.fields.values()]
    inputs = [len(kind.fields) for kind in kinds if isinstance(kind, GraphQLInputObjectType)]
    values: list[int] = [len(kind.values) for kind in kinds if hasattr(kind, "values")]  # pyright: ignore
    assert len(kinds) <= AVERAGE["__Schema.types"]
    assert len(fields) / len(kinds) <= AVERAGE["__Type.fields"]
    assert sum(inputs) / len(kinds) <= AVERAGE["__Type.inputFields"]
    assert sum(values) / len(kinds) <= AVERAGE["__Type.enumValues"]
    assert sum(len(field.args) for field in fields) / len(fields) <= AVERAGE["__Field.args"]
    assert max(len(kind.fields) for kind in objects) <= MOST["__Type.fields"]
    assert max(inputs) <= MOST["__Type.inputFields"]
    assert max(values) <= MOST["__Type.enumValues"]
    assert max(len(field.args) for field in fields) <= MOST["__Field.args"]


def counted(value: Any) -> int:
    """Values of an answer: its own, and those of all that is in it."""
    if isinstance(value, dict):
        return sum(1 + counted(inner) if isinstance(inner, dict | list) else 1 for inner in value.values())
    return sum(counted(item) for item in value if isinstance(item, dict | list))


@pytest.mark.parametrize(
    "query",
    [
        get_introspection_query(input_value_deprecation=True),
        "{ measures { name title description unit every finest facets owner { code name } first { code label } } }",
        "{ agreements { id version title statement coordinates purposes roles obligations } }",
        "{ " + PAY % "area { code name level } period { code label start end } payrolledEmployees { value status "
        "markers unit period { label } provenance { source dataset release licence treatment producer } }" + " }",
        '{ areas(where: {level: LA}) { totalCount edges { cursor node { code within(level: REGION) { name } } } } }',
        '{ area(code: "E12000002") { areas(level: LA) { name labourMarket(by: [SEX], periods: {last: 3}) '
        "{ group { sex } claimantCount { value } } } } }",
    ],
)  # fmt: skip
async def test_neither_bytes_nor_values_of_an_answer_are_counted_short(trust: Trust, query: str) -> None:
    engine = trust.app.state.gateway.engine
    reply = await trust.http.post("/graphql", json={"query": query}, headers=trust.headers("hmrc-analyst"))
    answer = reply.json()
    assert "data" in answer, answer
    document = engine.documents.kept(query)
    assert document is not None
    operation = document.operation(None)
    selected = engine.documents.selected(document, operation, _variables(engine, operation))
    reading = engine._reader.read(selected.selection, {})
    assert counted(answer["data"]) <= reading.size.values
    assert len(orjson.dumps(answer["data"])) <= reading.size.bytes + 100


def _variables(engine: Any, operation: Any) -> Any:
    from graphql.execution.values import get_variable_values

    return get_variable_values(engine.schema, operation.variable_definitions or (), {})


async def test_an_answer_that_would_be_too_large_is_refused_before_anybody_is_asked(open_trust: Opener) -> None:
    async with open_trust(MAX_ANSWER="1") as trust:
        query = (
            "{ "
            + PAY.replace("2021-01", "2015-01").replace("REGION", "LA")
            % "payrolledEmployees { provenance { source treatment } }"
            + " }"
        )
        answer = await trust.ask(query)
        assert trust.departments.asked() == []
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "QUERY_TOO_COSTLY"
    assert "MB; 1 are allowed at once" in error["message"]
