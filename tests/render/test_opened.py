"""Each file is opened by programs that are not ours, and its cells are those of the JSON answer."""

import csv
import io
import json
import random
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from csvw import CSVW

from app.tabular.markers import marked
from app.tabular.tables import OutputTable, tables
from tests.conftest import Trust
from tests.render.asking import post
from tests.tables.drawing import KINDS, drawn

QUERIES = 40
MONTHS = 'periods: {from: "2021-06", to: "2021-08"}'
QUERY = f"""query Pay($places: [AreaCode!]!) {{
  labourMarket(areas: {{codes: $places}}, by: [AGE_BAND], {MONTHS}) {{ nodes {{
  area {{ code name }} period {{ code }} group {{ ageBand }} medianMonthlyPay {{ value markers }}
  claimantCount {{ value }} furloughedEmployments {{ value }} }} }} }}"""
PLACES = ["E08000003", "E06000053"]
Rows = list[dict[str, Any]]


def from_csv(content: bytes) -> Rows:
    read = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    return read.to_dict("records")


def from_parquet(content: bytes) -> Rows:
    return pl.read_parquet(io.BytesIO(content)).to_dicts()


def from_arrow(content: bytes) -> Rows:
    assert pl.read_ipc_stream(io.BytesIO(content)).to_dicts() == pa.ipc.open_stream(content).read_all().to_pylist()
    return pl.read_ipc_stream(io.BytesIO(content)).to_dicts()


def sheet(content: bytes, at: int = 4) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[at]


def from_excel(content: bytes) -> Rows:
    head, *rows = list(sheet(content).iter_rows(min_row=4, values_only=True))
    return [dict(zip(head, row, strict=True)) for row in rows]


def cells(form: str, table: OutputTable) -> Rows:
    """The cells of a table as a format has them."""
    rows: Rows = []
    for at in range(table.rows):
        row: dict[str, Any] = {}
        for column in table.columns:
            value, marks = column.values[at], column.marks[at]
            absent = "".join(f"[{mark}]" for mark in marks)
            if form == "csv":
                row[column.name] = absent if value is None else text(value)
            elif form == "xlsx":
                row[column.name] = (absent or None) if value in (None, "") else value
            else:
                row[column.name] = value
            if column.is_marked:
                joined = ",".join(marks)
                row[column.markers] = joined or None if form == "xlsx" else joined
        rows.append(row)
    return rows


def text(value: Any) -> str:
    return (
        ("true" if value else "false")
        if isinstance(value, bool)
        else f"{value:.15g}"
        if isinstance(value, float)
        else str(value)
    )


READERS: dict[str, Callable[[bytes], Rows]] = {
    "csv": from_csv,
    "xlsx": from_excel,
    "parquet": from_parquet,
    "arrow": from_arrow,
}


@pytest.mark.parametrize("form", READERS)
async def test_cells_of_random_queries_are_those_of_the_json_answer(trust: Trust, form: str) -> None:
    draw = random.Random(20261202)
    counts: Counter[str] = Counter()
    for number in range(QUERIES):
        query = drawn(draw, KINDS[number % len(KINDS)])
        sent = marked(query.text)
        answer = await trust.ask(sent.text, query.persona)
        for table in tables(sent.text, None, answer, sent.alias):
            if table.repeated or not table.rows:
                continue
            reply = await post(trust, query.text, query.persona, f"?format={form}&list={table.name}")
            assert reply.status_code == 200, reply.text
            assert READERS[form](reply.content) == cells(form, table), query.text
            counts["rows"] += table.rows
            counts["absent"] += sum(value is None for column in table.columns for value in column.values)
    assert counts["rows"] > 300
    assert counts["absent"] > 300


# SDMX-CSV


async def ask(trust: Trust, form: str, persona: str = "dfe-analyst") -> Any:
    return await trust.http.post(
        f"/graphql?format={form}",
        json={"query": QUERY, "variables": {"places": PLACES}},
        headers=trust.headers(persona),
    )


async def test_sdmx_csv_is_read_by_the_banks_own_library_with_the_figures_of_the_json_answer(trust: Trust) -> None:
    from pysdmx.io import read_sdmx

    reply = await ask(trust, "sdmx-csv")
    assert reply.headers["content-type"] == "application/vnd.sdmx.data+csv;version=2.0.0; charset=utf-8"
    message = read_sdmx(reply.content.decode())
    (dataset,) = message.data
    assert str(dataset.short_urn) == "Dataflow=LMDT:LABOUR_MARKET(1.0)"
    found = {
        (row.REF_AREA, row.MEASURE, row.AGE_BAND, row.TIME_PERIOD): (float(row.OBS_VALUE), row.OBS_STATUS, row.FREQ)
        for row in dataset.data.itertuples()
    }
    nodes = (await trust.ask(QUERY, "dfe-analyst", places=PLACES))["data"]["labourMarket"]["nodes"]
    shown = 0
    for node in nodes:
        for measure in ("medianMonthlyPay", "claimantCount"):
            key = (node["area"]["code"], measure, node["group"]["ageBand"], node["period"]["code"])
            value = node[measure]["value"]
            if value is not None:
                assert found[key] == (value, "A", "M")
                shown += 1
            elif key in found:
                assert found[key][0] != found[key][0], "no number"
                assert found[key][1] in "MOQL"
    assert shown > 20
    assert {key[1] for key in found} <= {"medianMonthlyPay", "claimantCount"}, "what is withheld is no observation"
    assert "UNAUTHORIZED" in reply.headers["lmdt-errors"]


# Terms


async def test_excel_has_a_cover_and_sheets_of_terms_and_each_list_is_a_table_with_one_row_of_headings(
    trust: Trust,
) -> None:
    content = (await ask(trust, "xlsx")).content
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Cover sheet", "Measures", "Markers", "Notes", "labourMarket"]
    cover = [row[0] for row in book["Cover sheet"].iter_rows(values_only=True)]
    assert None not in cover, "no blank rows"
    assert any("Labour Market Data Trust" in text for text in cover)
    assert any("DSA-001" in text for text in cover)
    assert any("/audit/receipt/" in text for text in cover)
    assert QUERY in cover
    for name in book.sheetnames[1:]:
        (table,) = book[name].tables.values()
        assert not book[name].merged_cells.ranges
        head = table.ref.split(":")[0]
        assert book[name][head].value == table.column_names[0]
    measures = list(book["Measures"].iter_rows(min_row=2, values_only=True))
    pay = dict(zip(measures[0], measures[1], strict=True))
    assert pay["Owner"] == "HMRC"
    assert "DSA-001 v1" in pay["Agreement"]
    assert "Suppressed where it describes fewer than 10" in pay["Treatment"]
    marks = {row[0] for row in book["Markers"].iter_rows(min_row=3, values_only=True)}
    assert {"[c]", "[z]", "[p]"} <= marks
    notes = [row[0] for row in book["Notes"].iter_rows(min_row=3, values_only=True)]
    assert "UNAUTHORIZED_FIELD_OR_TYPE" in notes
    assert book["labourMarket"].tables["Table_1"].ref == f"A4:J{book['labourMarket'].max_row}"
    assert book.properties.title.startswith("Median monthly pay")


async def test_excel_holds_every_list_and_its_parts_are_whole(trust: Trust) -> None:
    two = """{ a: labourMarket(areas: {codes: ["E08000003"]}, periods: {from: "2023-06", to: "2023-06"}) {
      nodes { claimantCount { value } } } b: area(code: "E08000003") { name } }"""
    content = (await post(trust, two, address="?format=xlsx")).content
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames[4:] == ["a", "b"]
    assert isinstance(sheet(content).cell(5, 1).value, int | float)


@pytest.mark.parametrize("form", ["parquet", "arrow"])
async def test_parquet_and_arrow_carry_the_terms_in_their_schema(trust: Trust, form: str) -> None:
    reply = await ask(trust, form)
    content = io.BytesIO(reply.content)
    schema = pq.read_schema(content) if form == "parquet" else pa.ipc.open_stream(content).schema
    terms = json.loads(schema.metadata[b"lmdt.terms"])
    assert schema.metadata[b"receipt"].decode() == reply.headers["receipt"] == terms["receipt"]
    assert terms["query"] == QUERY
    assert terms["variables"] == {"places": PLACES}
    pay, claimants, furloughed = terms["measures"]
    assert pay["agreements"] == [{"id": "DSA-001", "version": 1, "title": pay["agreements"][0]["title"]}]
    assert furloughed["withheld"] == "withheld: HMRC"
    assert "synthetic" in claimants["licence"].lower()
    assert terms["markers"]["c"].startswith("[c] Confidential")
    assert schema.field("medianMonthlyPay.value").metadata[b"unit"] == b"Pounds sterling a month."
    assert terms["notes"][0]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"


async def test_csvw_says_what_is_in_the_csv_beside_it_and_its_own_reader_reads_both(
    trust: Trust, tmp_path: Path
) -> None:
    parameters = {"query": QUERY, "variables": json.dumps({"places": PLACES}), "format": "csv"}
    headers = trust.headers("dfe-analyst")
    reply = await trust.http.get("/graphql", params=parameters, headers=headers)
    address, rel, media = reply.headers["link"].split("; ")
    assert (rel, media) == ('rel="describedby"', 'type="application/csvm+json"')
    beside = await trust.http.get(address.strip("<>"), headers=headers)
    described = beside.json()
    assert described["url"].startswith("/graphql?")
    again = await trust.http.get(described["url"], headers=headers)
    assert again.content == reply.content
    (tmp_path / "table.csv").write_bytes(reply.content)
    (tmp_path / "table.csv-metadata.json").write_bytes(orjson.dumps(described | {"url": "table.csv"}))
    read = CSVW(str(tmp_path / "table.csv-metadata.json"))
    rows = list(read.tables[0].iterdicts(strict=True))
    raw = list(csv.DictReader(io.StringIO(reply.text, newline="")))
    assert len(rows) == len(raw)
    for row, cell in zip(rows, raw, strict=True):
        value = cell["medianMonthlyPay.value"]
        assert row["medianMonthlyPay.value"] == (None if value.startswith("[") else float(value))
        assert row["furloughedEmployments.value"] is None
    notes = described["notes"][0]
    assert notes["receipt"] == beside.headers["receipt"]


async def test_csv_has_no_line_that_is_not_a_row(trust: Trust) -> None:
    reply = await ask(trust, "csv")
    assert len(pd.read_csv(io.BytesIO(reply.content))) == reply.text.count("\r\n") - 1
    assert not reply.text.startswith("#")
