"""One rule for tables, in Python and in the explorer's TypeScript: held together by the same cases."""

import csv
import io
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.render.plain_text import lines
from app.render.table import of_rows
from app.tabular.markers import marked
from app.tabular.tables import tables
from tests.tables.conftest import Explorer
from tests.tables.made import made

CASES: list[dict[str, Any]] = orjson.loads((Path(__file__).parent / "cases.json").read_bytes())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_an_answer_is_these_tables(case: dict[str, Any]) -> None:
    drawn = tables(case["query"], case["operation"], case["answer"], case["hidden"])
    assert [{"name": t.name, "repeated": t.repeated, "lines": lines(of_rows(t))} for t in drawn] == case["tables"]


def test_the_explorer_makes_the_same_tables_and_the_same_csv_to_the_byte(explorer: Explorer) -> None:
    for case, answer in zip(CASES, explorer(CASES), strict=True):
        drawn = tables(case["query"], case["operation"], case["answer"], case["hidden"])
        ours = [{"name": t.name, "repeated": t.repeated, "csv": made("csv", t).decode()} for t in drawn]
        assert answer["tables"] == ours, case["name"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_format_has_the_same_columns_and_figures_are_decimals_even_where_none_is_there(
    case: dict[str, Any],
) -> None:
    for table in tables(case["query"], case["operation"], case["answer"], case["hidden"]):
        head = lines(of_rows(table))[0]
        assert len(set(head)) == len(head)
        assert next(csv.reader(io.StringIO(made("csv", table).decode()))) == head
        arrow = pa.ipc.open_stream(made("arrow", table)).read_all()
        assert arrow.column_names == head
        assert arrow.num_rows == table.rows
        assert pq.read_table(io.BytesIO(made("parquet", table))).equals(arrow)
        for column in table.columns:
            if column.figure:
                assert arrow.schema.field(column.name).type == pa.float64()
                assert arrow.schema.field(column.markers).type == pa.string()
                for value, marks in zip(column.values, arrow.column(column.markers).to_pylist(), strict=True):
                    assert value is not None or marks, "an absent figure says why"


QUERIES = {
    "{ a { value } }": "{ a { value _markers: markers } }",
    "{ a { value markers } }": "{ a { value markers } }",
    "{ a { m: markers v: value } }": "{ a { m: markers v: value } }",
    "{ a { v: value w: value } }": "{ a { v: value _markers: markers w: value } }",
    "query Q($x: Boolean!) { a { value @skip(if: $x) markers @skip(if: $x) } }": (
        "query Q($x: Boolean!) { a { value @skip(if: $x) _markers: markers markers @skip(if: $x) } }"
    ),
    "{ a { ...F } b { ... on Figure { value } } } fragment F on Figure { value }": (
        "{ a { ...F } b { ... on Figure { value _markers: markers } } } "
        "fragment F on Figure { value _markers: markers }"
    ),
    "{ a { value _markers: unit } }": "{ a { value _markers_: markers _markers: unit } }",
    "{ a(s: \"é😀 { value }\") { value } }": "{ a(s: \"é😀 { value }\") { value _markers: markers } }",
    "{ value { value } }": "{ value { value _markers: markers } }",
    "{ a {": "{ a {",
    "{ me { organisation } }": "{ me { organisation } }",
}  # fmt: skip


@pytest.mark.parametrize("written", QUERIES)
def test_markers_are_asked_for_where_a_value_stands_alone(written: str, explorer: Explorer) -> None:
    sent = marked(written)
    assert sent.text == QUERIES[written]
    (other,) = explorer([{"written": written}])
    assert other["sent"]["text"] == sent.text
    assert other["sent"]["alias"] == sent.alias


def test_a_place_in_the_query_as_sent_is_told_as_it_was_written(explorer: Explorer) -> None:
    written = "{ a { value } b { value } c(x: 1) }"
    sent = marked(written)
    columns = [sent.column(1, at + 1) for at in range(120)]
    (other,) = explorer([{"written": written}])
    assert other["columns"] == columns
    for word in ("b {", "c(", "x:"):
        assert columns[sent.text.index(word)] == written.index(word) + 1
    assert sent.column(2, 30) == 30


def test_the_page_shows_the_answer_without_the_markers_that_nobody_asked_for(explorer: Explorer) -> None:
    data = {"a": [{"value": None, "_markers": ["c"]}, None], "b": {"markers": ["p"]}}
    (other,) = explorer(
        [{"query": "{ a { value _markers: markers } }", "answer": {"data": data}, "hidden": "_markers"}]
    )
    assert other["without"] == {"a": [{"value": None}, None], "b": {"markers": ["p"]}}


def test_only_figures_have_a_value_and_all_of_them_have_markers() -> None:
    from graphql import GraphQLObjectType, build_schema

    schema = build_schema(Path("schema/schema.graphql").read_text(encoding="utf-8"))
    types = [kind for kind in schema.type_map.values() if isinstance(kind, GraphQLObjectType)]
    assert [kind.name for kind in types if "value" in kind.fields and not kind.name.startswith("__")] == ["Figure"]
    assert [kind.name for kind in types if "markers" in kind.fields] == ["Figure"]
    wrapping = {kind.name for kind in types if {"nodes", "edges", "node"} & set(kind.fields)}
    assert all(name.endswith(("Connection", "Edge")) for name in wrapping)
