"""Every command of lmdt beside a running demonstration."""

import csv
import io
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.sockets.conftest import Demonstration

pytestmark = pytest.mark.sockets
TABLE = """{ labourMarket(areas: {level: LA, within: "E12000007"}, by: [INDUSTRY],
  periods: {from: "2021-01", to: "2021-01"}) { nodes { area { code } group { industry { code } }
  payrolledEmployees { value markers } } } }"""


@pytest.fixture
def query(tmp_path: Path) -> str:
    (tmp_path / "query.graphql").write_text(TABLE)
    return str(tmp_path / "query.graphql")


def test_a_token_stands_alone_on_the_last_line(demonstration: Demonstration) -> None:
    told = demonstration.lmdt("token", "--persona", "dwp-analyst", "--purpose", "levelling-up")
    assert told.returncode == 0
    assert told.stdout.decode().rstrip().rpartition("\n")[2].count(".") == 2
    assert demonstration.lmdt("token", "--persona", "nobody").returncode == 2


def test_one_answer_in_every_format_holds_the_same_figures(
    demonstration: Demonstration, query: str, tmp_path: Path
) -> None:
    told = demonstration.lmdt("query", query, "--as", "dfe-analyst")
    assert told.returncode == 0
    rows = orjson.loads(told.stdout)["data"]["labourMarket"]["nodes"]
    figures = [row["payrolledEmployees"]["value"] for row in rows]
    assert None in figures
    printed = demonstration.lmdt("query", query, "--as", "dfe-analyst", "--format", "csv").stdout.decode()
    cells = [row["payrolledEmployees.value"] for row in csv.DictReader(io.StringIO(printed))]
    assert cells == ["[c]" if figure is None else str(figure) for figure in figures]
    for form in ("arrow", "parquet"):
        output = tmp_path / form
        assert (
            demonstration.lmdt(
                "query", query, "--as", "dfe-analyst", "--format", form, "--output", str(output)
            ).returncode
            == 0
        )
        read = pq.read_table(output) if form == "parquet" else pa.ipc.open_stream(output.read_bytes()).read_all()
        assert read.column("payrolledEmployees.value").to_pylist() == figures
    table = demonstration.lmdt("query", query, "--as", "dfe-analyst", "--format", "table").stdout.decode()
    assert len(table.splitlines()) == len(rows) + 1


def test_a_query_that_is_no_graphql_is_answered_with_no(demonstration: Demonstration, tmp_path: Path) -> None:
    (tmp_path / "bad.graphql").write_text("{ nothing }")
    told = demonstration.lmdt("query", str(tmp_path / "bad.graphql"))
    assert told.returncode == 1
    assert "GRAPHQL_VALIDATION_FAILED" in told.stderr.decode()


def test_explain_counts_one_call_for_each_department_over_every_local_authority(
    demonstration: Demonstration, tmp_path: Path
) -> None:
    (tmp_path / "four.graphql").write_text(
        '{ labourMarket(areas: {level: LA}, periods: {from: "2021-01", to: "2021-12"}, fill: LATEST) { nodes {'
        " claimantCount { value } searchingForWork { value } inWorkOnUniversalCredit { value }"
        " payrolledEmployees { value }"
        " medianMonthlyPay { value } apprenticeshipStarts { value } furloughedEmployments { value } } } }"
    )
    told = demonstration.lmdt("explain", str(tmp_path / "four.graphql")).stdout.decode()
    assert "361 places, 12 periods" in told
    assert "\n5 calls to departments:\n" in told, "four departments, of which HMRC answers from two datasets"
    assert told.count("granted, published") == 7


def test_check_finds_sources_policies_and_departments_in_agreement(demonstration: Demonstration) -> None:
    told = demonstration.lmdt("check")
    assert told.returncode == 0
    assert "30 measures and 9 agreements agree" in told.stdout.decode()


def test_schema_is_printed_and_compared(demonstration: Demonstration, tmp_path: Path) -> None:
    printed = demonstration.lmdt("schema").stdout
    (tmp_path / "schema.graphql").write_bytes(printed)
    assert demonstration.lmdt("schema", "--check", str(tmp_path / "schema.graphql")).returncode == 0
    (tmp_path / "schema.graphql").write_bytes(printed + b"#")
    assert demonstration.lmdt("schema", "--check", str(tmp_path / "schema.graphql")).returncode == 1
