"""Every command of lmdt beside a running demonstration."""

import csv
import io
from pathlib import Path

import httpx
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
    token = told.stdout.decode().rstrip("\n").rpartition("\n")[2]
    reply = httpx.post(
        f"{demonstration.url}/graphql",
        json={"query": "{ me { organisation purposes } }"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert reply.json() == {"data": {"me": {"organisation": "DWP", "purposes": ["levelling-up"]}}}


def test_one_answer_in_every_format_holds_the_same_figures(
    demonstration: Demonstration, query: str, tmp_path: Path
) -> None:
    def told(form: str, *options: str) -> bytes:
        done = demonstration.lmdt("query", query, "--as", "dfe-analyst", "--format", form, *options)
        assert (done.returncode, done.stderr) == (0, b"")
        return done.stdout

    answer = orjson.loads(told("json"))
    assert answer == demonstration.ask(TABLE, "dfe-analyst")
    rows = answer["data"]["labourMarket"]["nodes"]
    figures = [row["payrolledEmployees"]["value"] for row in rows]
    markers = [",".join(row["payrolledEmployees"]["markers"]) for row in rows]
    assert None in figures
    assert "c" in markers
    shown = ["[c]" if figure is None else str(figure) for figure in figures]
    cells = list(csv.DictReader(io.StringIO(told("csv").decode())))
    assert [row["payrolledEmployees.value"] for row in cells] == shown
    assert [row["area.code"] for row in cells] == [row["area"]["code"] for row in rows]
    head, *lines = told("table").decode().splitlines()
    at = head.index("payrolledEmployees.value")
    assert [line[at:].split(" ")[0] for line in lines] == shown
    for form in ("arrow", "parquet"):
        output = tmp_path / form
        assert told(form, "--output", str(output)) == b""
        read = pq.read_table(output) if form == "parquet" else pa.ipc.open_stream(output.read_bytes()).read_all()
        assert read.column("payrolledEmployees.value").to_pylist() == figures
        assert read.column("payrolledEmployees.markers").to_pylist() == markers
        assert read.column("group.industry.code").to_pylist() == [row["group"]["industry"]["code"] for row in rows]


def test_a_document_comes_from_standard_input_with_its_variables_and_a_refusal_is_told_beside_the_data(
    demonstration: Demonstration,
) -> None:
    document = b"""query Other { me { organisation } }
    query Pay($place: AreaCode!) { area(code: $place) { name
      labourMarket(periods: {from: "2023-07", to: "2023-07"}, by: [INDUSTRY]) { payrolledEmployees { value } } } }"""
    told = demonstration.lmdt(
        "query", "-", "--variables", '{"place": "E08000003"}', "--operation", "Pay", given=document
    )
    assert told.returncode == 0
    assert orjson.loads(told.stdout)["data"]["area"]["name"] == "Manchester"
    said = told.stderr.decode()
    assert said.startswith("UNAUTHORIZED_FIELD_OR_TYPE LabourMarket.payrolledEmployees: Payrolled employees")
    assert "send the token of an organisation that has an agreement" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("token --persona nobody", "there is no persona 'nobody': there are public, dwp-analyst"),
        ("token --persona public", "the public has no token"),
        ("token --persona partner --purpose levelling-up", "it has service-improvement"),
        ("query nothing.graphql", "nothing.graphql: No such file"),
        ("query - --as nobody", "there is no persona 'nobody'"),
        ("query - --variables {", "--variables is not JSON"),
        ("explain - --variables [1]", "--variables must be an object"),
        ("query - --format xml", "invalid choice: 'xml'"),
        ("query - --format csv", "the answer has no list of rows: only json can show it"),
        ("explain - --purpose leisure", '"leisure" is not a purpose'),
        ("demo --port 70000", "must be a whole number from 1 to 65535, not '70000'"),
        ("demo --departments-port 65532", "must be a whole number from 1 to 65531, not '65532'"),
        ("serve --host 203.0.113.1", "203.0.113.1 port"),
    ],
)
def test_what_is_used_wrongly_is_told_with_what_is_allowed(
    demonstration: Demonstration, command: str, told: str
) -> None:
    ended = demonstration.lmdt(*command.split(), given=b"{ me { organisation } }", DEMO="true")
    assert ended.returncode == 2
    assert told in ended.stderr.decode()
    assert b"Traceback" not in ended.stderr
    assert ended.stdout == b""


def test_without_a_gateway_a_query_says_how_to_start_one(demonstration: Demonstration, query: str) -> None:
    told = demonstration.lmdt("query", query, PORT="1")
    assert told.returncode == 2
    assert (
        "no gateway answers at http://127.0.0.1:1/graphql: start one with lmdt demo, or say in LMDT_PORT"
        in told.stderr.decode()
    )


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
        " medianMonthlyPay { value } apprenticeshipStarts { value } } } }"
    )
    told = demonstration.lmdt("explain", str(tmp_path / "four.graphql")).stdout.decode()
    assert "361 places, 12 periods" in told
    assert "\n4 calls to departments:\n" in told
    assert told.count("granted, published") == 6


def test_check_finds_sources_policies_and_departments_in_agreement(demonstration: Demonstration) -> None:
    told = demonstration.lmdt("check", "--live")
    assert (told.returncode, told.stderr) == (0, b"")
    assert told.stdout == b"5 sources, 30 measures and 9 agreements agree.\n"


def test_check_names_the_departments_that_are_not_there(demonstration: Demonstration) -> None:
    assert demonstration.lmdt("check", DEPARTMENTS_PORT="1").returncode == 0, "nobody is asked unless it is live"
    told = demonstration.lmdt("check", "--live", DEPARTMENTS_PORT="1")
    assert told.returncode == 1
    owners = ("beis: BEIS", "dfe: DfE", "dwp: DWP", "hmrc: HMRC", "ons: ONS")
    lines = told.stderr.decode().splitlines()
    assert [line.partition(" at http://127.0.0.1:")[0] for line in lines] == [f"{o} does not answer" for o in owners]


def test_schema_is_printed_and_compared(demonstration: Demonstration, tmp_path: Path) -> None:
    printed = demonstration.lmdt("schema").stdout
    (tmp_path / "schema.graphql").write_bytes(printed)
    assert demonstration.lmdt("schema", "--check", str(tmp_path / "schema.graphql")).returncode == 0
    (tmp_path / "schema.graphql").write_bytes(printed + b"#")
    assert demonstration.lmdt("schema", "--check", str(tmp_path / "schema.graphql")).returncode == 1
