"""Every command of lmdt beside a running demonstration."""

import csv
import io
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

import httpx
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.cli import main
from bench.processes import free_ports
from tests.conftest import without_receipt
from tests.sockets.conftest import Demonstration, answering, children, left

pytestmark = pytest.mark.sockets
TABLE = """{ labourMarket(areas: {level: LA, within: "E12000007"}, by: [INDUSTRY],
  periods: {from: "2021-01", to: "2021-01"}) { nodes { area { code } group { industry { code } }
  payrolledEmployees { value markers } } } }"""


@pytest.fixture
def query(tmp_path: Path) -> str:
    (tmp_path / "query.graphql").write_text(TABLE)
    return str(tmp_path / "query.graphql")


def test_a_token_stands_alone_on_the_last_line(demonstration: Demonstration) -> None:
    result = demonstration.lmdt("token", "--persona", "dwp-analyst", "--purpose", "levelling-up")
    assert result.returncode == 0
    token = result.stdout.decode().rstrip("\n").rpartition("\n")[2]
    reply = httpx.post(
        f"{demonstration.url}/graphql",
        json={"query": "{ me { organisation purposes } }"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert orjson.loads(without_receipt(reply)) == {
        "data": {"me": {"organisation": "DWP", "purposes": ["levelling-up"]}}
    }


def test_one_answer_in_every_format_holds_the_same_figures(
    demonstration: Demonstration, query: str, tmp_path: Path
) -> None:
    def printed(form: str, *options: str) -> bytes:
        done = demonstration.lmdt("query", query, "--as", "dfe-analyst", "--format", form, *options)
        assert (done.returncode, done.stderr) == (0, b"")
        return done.stdout

    answer = orjson.loads(printed("json"))
    assert answer["data"] == demonstration.ask(TABLE, "dfe-analyst")["data"]
    rows = answer["data"]["labourMarket"]["nodes"]
    figures = [row["payrolledEmployees"]["value"] for row in rows]
    markers = [",".join(row["payrolledEmployees"]["markers"]) for row in rows]
    assert None in figures
    assert "c" in markers
    texts = ["[c]" if figure is None else f"{figure:.0f}" for figure in figures]
    cells = list(csv.DictReader(io.StringIO(printed("csv").decode())))
    assert [row["payrolledEmployees.value"] for row in cells] == texts
    assert [row["area.code"] for row in cells] == [row["area"]["code"] for row in rows]
    head, *lines = printed("table").decode().splitlines()
    at = head.index("payrolledEmployees.value")
    assert [line[at:].split(" ")[0] for line in lines] == texts
    for form in ("arrow", "parquet"):
        output = tmp_path / form
        assert printed(form, "--output", str(output)) == b""
        read = pq.read_table(output) if form == "parquet" else pa.ipc.open_stream(output.read_bytes()).read_all()
        assert read.column("payrolledEmployees.value").to_pylist() == figures
        assert read.column("payrolledEmployees.markers").to_pylist() == markers
        assert read.column("group.industry.code").to_pylist() == [row["group"]["industry"]["code"] for row in rows]


def test_an_answer_comes_with_its_receipt_which_proves_it_by_the_witnesses_word_as_well(
    demonstration: Demonstration, query: str, tmp_path: Path
) -> None:
    answer, file, policy = (str(tmp_path / name) for name in ("answer.json", "receipt.json", "policy"))
    asked = ("query", query, "--as", "dfe-analyst", "--output", answer)
    done = demonstration.lmdt(*asked, "--receipt", file)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    key, *witnesses = httpx.get(f"{demonstration.url}/audit/keys").text.splitlines()
    names = [witness.partition(".")[0] for witness in witnesses]
    assert names == ["dwp", "hmrc", "dfe", "beis", "ons"]
    lines = [f"witness {name} {witness}" for name, witness in zip(names, witnesses, strict=True)]
    quorum = [f"group two 2 {' '.join(names)}", "quorum two"]
    Path(policy).write_text("\n".join([f"log {key}", *lines, *quorum, ""]))
    for by in (("--key", key), ("--policy", policy)):
        proved = demonstration.lmdt("audit", "receipt", file, "--answer", answer, *by)
        assert proved.returncode == 0, proved.stderr
        assert proved.stdout.decode().endswith(f"{answer} is the answer that was given.\n")
    assert b"nobody else" not in proved.stdout
    nowhere = demonstration.lmdt(*asked, "--receipt", str(tmp_path / "no" / "where"))
    assert (nowhere.returncode, b"--receipt" in nowhere.stderr) == (2, True)


def test_a_document_comes_from_standard_input_with_its_variables_and_a_refusal_is_told_beside_the_data(
    demonstration: Demonstration,
) -> None:
    document = b"""query Other { me { organisation } }
    query Pay($place: AreaCode!) { area(code: $place) { name
      labourMarket(periods: {from: "2023-07", to: "2023-07"}, by: [INDUSTRY]) { payrolledEmployees { value } } } }"""
    result = demonstration.lmdt(
        "query", "-", "--variables", '{"place": "E08000003"}', "--operation", "Pay", given=document
    )
    assert result.returncode == 1, "an answer with an error is not done"
    assert orjson.loads(result.stdout)["data"]["area"]["name"] == "Manchester"
    said = result.stderr.decode()
    assert said.startswith("UNAUTHORIZED_FIELD_OR_TYPE LabourMarket.payrolledEmployees: Payrolled employees")
    assert "send the token of an organisation that has an agreement" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("token --persona nobody", "there is no persona 'nobody': there are public, dwp-analyst"),
        ("token --persona public", "the public has no token"),
        ("token --persona partner --purpose levelling-up", "it has service-improvement"),
        ("query nothing.graphql", "nothing.graphql: No such file"),
        ("query - --as nobody", "there is no persona 'nobody'"),
        ("query - --variables {", "--variables is not JSON"),
        ("query - --variables @nothing.json", "nothing.json: No such file"),
        ("query docs", "docs: Is a directory"),
        ("query explorer/public/../../.venv/bin/python", "is not UTF-8"),
        ("explain .venv/bin/python", "is not UTF-8"),
        ("schema --check docs", "docs: Is a directory"),
        ("query - --output nowhere/answer.json", "--output nowhere/answer.json: there is no folder nowhere"),
        ("query - --output docs", "--output docs is a folder: json is one file"),
        (f"query - --output {'a' * 300}", "aaa: File name too long."),
        ("query - --output README.md/answer.json", "there is no folder README.md. Make it first."),
        ("query - --output /proc/answer.json", "lmdt query: --output /proc/answer.json: "),
        ("query - --format csv --output nowhere/tables/", "there is no folder nowhere. Make it first."),
        ("query - --format csv --output /proc/tables/", "lmdt query: --output /proc/tables/: "),
        ("query - --output README.md/", "--output README.md/ is a file, not a folder"),
        ("query - --list me", "--list is for files of one list: json holds"),
        ("query - --format csv --list you", "the answer has no list 'you': it has me."),
        ("query - --format csv --output /dev/full", "--output /dev/full: No space left on device."),
        ("query - --url ftp://trust.example", "ftp://trust.example is not an address"),
        ("query - --url trust.example", "trust.example is not an address"),
        ("query - --token-file README.md", "README.md does not hold a token, alone on a line"),
        ("query - --as partner --token-file README.md", "--as and --token-file both say who asks"),
        ("explain - --variables [1]", "--variables must be an object"),
        ("query - --format xml", "invalid choice: 'xml'"),
        ("explain - --purpose leisure", '"leisure" is not a purpose'),
        ("demo --port 70000", "must be a whole number from 1 to 65535, not '70000'"),
        ("demo --departments-port 65532", "must be a whole number from 1 to 65531, not '65532'"),
        ("serve --host 203.0.113.1", "203.0.113.1 port"),
    ],
)
def test_what_is_used_wrongly_is_told_with_what_is_allowed(
    demonstration: Demonstration, command: str, words: str
) -> None:
    ended = demonstration.lmdt(*command.split(), given=b"{ me { organisation } }", DEMO="true")
    assert ended.returncode == 2
    assert words in ended.stderr.decode()
    assert b"Traceback" not in ended.stderr
    assert ended.stdout == b""


def test_without_a_gateway_a_query_says_how_to_start_one(demonstration: Demonstration, query: str) -> None:
    result = demonstration.lmdt("query", query, PORT="1")
    assert result.returncode == 1
    assert (
        "no gateway answers at http://127.0.0.1:1/graphql ([Errno 111] Connection refused). "
        "Start one with lmdt demo, or say in LMDT_PORT where it is."
    ) in result.stderr.decode()


def test_a_query_that_is_no_graphql_is_answered_with_no(demonstration: Demonstration, tmp_path: Path) -> None:
    (tmp_path / "bad.graphql").write_text("{ nothing }")
    result = demonstration.lmdt("query", str(tmp_path / "bad.graphql"))
    assert result.returncode == 1
    assert "GRAPHQL_VALIDATION_FAILED" in result.stderr.decode()


TWO = """{ area(code: "E08000003") { name
  a: labourMarket(periods: {from: "2024-01", to: "2024-03"}) { period { code } claimantCount { value } }
  b: labourMarket(periods: {from: "2023-01", to: "2023-03"}) { period { code } claimantCount { value } } } }"""
REFUSED = """{ labourMarket(areas: {codes: ["E08000003", "E06000009"]}, periods: {from: "2023-07", to: "2023-08"})
  { nodes { area { code } claimantCount { value } householdsWithHealthConditions { value } population { value } } } }"""


def test_an_answer_with_two_lists_is_refused_with_their_names_or_written_list_by_list(
    demonstration: Demonstration, tmp_path: Path
) -> None:
    (tmp_path / "two.graphql").write_text(TWO)
    query = str(tmp_path / "two.graphql")
    for form in ("csv", "table", "arrow", "parquet"):
        refused = demonstration.lmdt("query", query, "--format", form)
        assert (refused.returncode, refused.stdout) == (2, b"")
        said = refused.stderr.decode()
        lists = "area.a (3 rows), area.b (3 rows)" if form == "table" else "area.a, area.b"
        assert f"the answer has 2 lists: {lists}" in said
        assert "--list NAME" in said
    chosen = demonstration.lmdt("query", query, "--format", "csv", "--list", "area.b")
    assert chosen.returncode == 0
    rows = list(csv.DictReader(io.StringIO(chosen.stdout.decode())))
    assert [row["period.code"] for row in rows] == ["2023-01", "2023-02", "2023-03"]
    assert {row["area.name"] for row in rows} == {"Manchester"}
    for output in (tmp_path / "made", tmp_path):
        written = demonstration.lmdt("query", query, "--format", "csv", "--output", f"{output}/")
        assert (written.returncode, written.stdout, written.stderr) == (0, b"", b"")
        assert (output / "area.b.csv").read_bytes() == chosen.stdout
        assert len((output / "area.a.csv").read_text().splitlines()) == 4
    assert demonstration.lmdt("query", query).returncode == 0, "json holds all of it"


def test_no_row_of_the_young_people_example_is_lost(demonstration: Demonstration, tmp_path: Path) -> None:
    command = ("query", "examples/young-people-and-apprenticeships.graphql", "--as", "dfe-analyst", "--format", "csv")
    assert demonstration.lmdt(*command).returncode == 2
    assert demonstration.lmdt(*command, "--output", str(tmp_path)).returncode == 0
    rows = [list(csv.DictReader(io.StringIO(file.read_text()))) for file in tmp_path.glob("*.csv")]
    assert sum(map(len, rows)) == 255


def test_withheld_cells_are_marked_on_every_row_of_every_format_also_where_only_values_are_asked_for(
    demonstration: Demonstration, tmp_path: Path
) -> None:
    (tmp_path / "refused.graphql").write_text(REFUSED)
    query = str(tmp_path / "refused.graphql")
    result = demonstration.lmdt("query", query, "--format", "csv")
    assert result.returncode == 1
    assert b"UNAUTHORIZED_FIELD_OR_TYPE LabourMarket.householdsWithHealthConditions: " in result.stderr
    rows = list(csv.DictReader(io.StringIO(result.stdout.decode())))
    assert [row["householdsWithHealthConditions.value"] for row in rows] == ["[withheld: DWP]"] * 4
    assert [row["population.value"] for row in rows] == ["[z]"] * 4
    assert all(float(row["claimantCount.value"]) > 0 for row in rows)
    table = demonstration.lmdt("query", query, "--format", "table").stdout.decode()
    assert table.count("[withheld: DWP]") == 4
    assert table.count("[z]") == 4
    for form in ("arrow", "parquet"):
        output = tmp_path / form
        partial = demonstration.lmdt("query", query, "--format", form, "--output", str(output), "--allow-partial")
        assert partial.returncode == 0, "data is enough where that is allowed"
        read = pq.read_table(output) if form == "parquet" else pa.ipc.open_stream(output.read_bytes()).read_all()
        for name, mark in (("householdsWithHealthConditions", "withheld: DWP"), ("population", "z")):
            assert read.schema.field(f"{name}.value").type == pa.float64()
            assert read.column(f"{name}.value").to_pylist() == [None] * 4
            assert read.column(f"{name}.markers").to_pylist() == [mark] * 4


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_mistake_keeps_its_line_and_column_and_nothing_is_allowed_without_data(
    demonstration: Demonstration, form: str
) -> None:
    for document, code, place in (
        (b"{ me {\n  organisation(", "GRAPHQL_PARSE_FAILED", "line 2, column 16"),
        (b'{ a: area(code: "E08000003") { value name }\n  nothing }', "GRAPHQL_VALIDATION_FAILED", "line 1, column 32"),
    ):
        result = demonstration.lmdt("query", "-", "--format", form, "--allow-partial", given=document)
        assert result.returncode == 1
        assert result.stderr.decode().startswith(f"{code} {place}: "), result.stderr
        assert "_markers" not in result.stderr.decode()
        assert (result.stdout != b"") == (form == "json")
    explained = demonstration.lmdt("explain", "-", given=b"{ me {\n  organisation(")
    assert explained.stderr.startswith(b"GRAPHQL_PARSE_FAILED line 2, column 16: ")


def test_a_gateway_elsewhere_is_asked_with_a_token_from_a_file(demonstration: Demonstration, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(demonstration.token("dwp-analyst") + "\n")
    for address in (demonstration.url, f"{demonstration.url}/", f"{demonstration.url}/graphql"):
        result = demonstration.lmdt(
            "query", "-", "--url", address, "--token-file", str(tmp_path / "token"),
            given=b"{ me { organisation } }", PORT="1", DATA=str(tmp_path / "none"),
        )  # fmt: skip
        assert (result.returncode, result.stderr) == (0, b"")
        assert orjson.loads(result.stdout)["data"] == {"me": {"organisation": "DWP"}}
    assert not (tmp_path / "none").exists(), "whoever brings a token needs no key"
    (tmp_path / "token").write_text("not.a.token")
    refused = demonstration.lmdt(
        "query", "-", "--url", demonstration.url, "--token-file", str(tmp_path / "token"), given=b"{ me { subject } }"
    )
    assert refused.returncode == 1
    assert refused.stderr.startswith(b"UNAUTHENTICATED")


def test_what_is_no_gateway_is_told_as_such(demonstration: Demonstration) -> None:
    for address, words in (
        (f"{demonstration.url}/healthz", "Method Not Allowed"),
        (f"http://127.0.0.1:{demonstration.departments_port + 4}/", "and no GraphQL"),
    ):
        ended = demonstration.lmdt("query", "-", "--url", address, given=b"{ me { subject } }")
        assert (ended.returncode, ended.stdout) == (1, b"")
        assert words in ended.stderr.decode()
        assert b"Traceback" not in ended.stderr


def reply(content: str, status: str = "200 OK", kind: str = "application/json") -> bytes:
    """An HTTP response, as it is sent."""
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n{content}".encode()


NO_HTTP = "something listens at {url} that is not a gateway of the Trust: it speaks no HTTP, or breaks off"
NO_GRAPHQL = "{url} answers 200 and no GraphQL: that is not a gateway of the Trust."


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "no gateway answers at {url} ("),
        (b"SSH-2.0-OpenSSH_9.6\r\n", NO_HTTP),
        (b"", NO_HTTP),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", NO_HTTP),
        (b"\x15\x03\x01\x00\x02\x02\x46", NO_HTTP),
        (reply("<h1>It works!</h1>", kind="text/html"), NO_GRAPHQL),
        (reply("[]"), NO_GRAPHQL),
        (reply("{}"), NO_GRAPHQL),
        (reply('{"data": []}'), NO_GRAPHQL),
        (reply('{"errors": []}'), NO_GRAPHQL),
        (reply('{"errors": "no"}'), NO_GRAPHQL),
        (reply('{"errors": [{"message": {}}]}'), NO_GRAPHQL),
        (reply('{"errors": [{"message": "no", "locations": [1]}]}'), NO_GRAPHQL),
        (reply('{"errors": [{"message": "no", "locations": [{}]}]}'), NO_GRAPHQL),
        (reply('{"errors": [{"message": "no", "extensions": {"appliesTo": "a"}}]}'), NO_GRAPHQL),
        (reply('{"data": null, "extensions": []}'), NO_GRAPHQL),
        (reply('{"data": null, "extensions": {"warnings": [1]}}'), NO_GRAPHQL),
        (reply('{"data": null, "extensions": {"receipt": 1}}'), NO_GRAPHQL),
        (reply('{"data": null, "extensions": {"receipt": {"path": 1}}}'), NO_GRAPHQL),
        (reply("", "302 Found"), "{url} answers 302 and no GraphQL: that is not a gateway of the Trust."),
        (
            reply('{"title": "Busy", "detail": "Wait\\u001b[2J"}', "503 Service Unavailable\r\nRetry-After: 7"),
            "{url} answers 503 and no GraphQL (Busy: Wait [2J). Try again in 7 seconds.",
        ),
    ],
)
@pytest.mark.parametrize("given", [True, False])
def test_a_port_where_something_else_answers_or_nothing_is_told_as_such(
    answer: bytes | None,
    words: str,
    given: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "query").write_text("{ me { subject } }")
    with answering_with(answer) as port:
        url = f"http://127.0.0.1:{port}"
        monkeypatch.setenv("LMDT_PORT", str(port))
        assert main(["query", str(tmp_path / "query"), *(["--url", url] if given else [])]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"lmdt query: {words.format(url=f'{url}/graphql')}")
    assert "\x1b" not in printed.err
    if answer is None or words == NO_HTTP:
        advice = "Check the address." if given else "Start one with lmdt demo, or say in LMDT_PORT where it is."
        assert printed.err.endswith(f"{advice}\n")


@pytest.mark.parametrize("form", ["json", "table"])
def test_a_warning_is_told_on_standard_error_and_the_answer_is_whole(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warning = {
        "path": ["area", "labourMarket", "*", "employmentRate"],
        "message": "Employment rate is not published by INDUSTRY.",
        "remedy": "Ask for it by SEX.",
    }
    answer = {"data": {"area": {"labourMarket": []}}, "extensions": {"warnings": [warning]}}
    (tmp_path / "query").write_text('{ area(code: "E08000003") { labourMarket { employmentRate { value } } } }')
    with answering_with(reply(orjson.dumps(answer).decode())) as port:
        assert main(["query", str(tmp_path / "query"), "--url", f"http://127.0.0.1:{port}", "--format", form]) == 0
    printed = capsys.readouterr()
    assert printed.err == (
        "WARNING area.labourMarket.employmentRate: Employment rate is not published by INDUSTRY. Ask for it by SEX.\n"
    )
    assert printed.out


FILE_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Disposition: attachment\r\n"
    b"Receipt: /audit/receipt/0\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na\r\n1\n\r\n"
)


def test_a_file_that_is_broken_off_is_not_left_behind_and_the_one_before_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "query").write_text("{ areas(where: {level: LA}) { nodes { name } } }")
    output = tmp_path / "areas.csv"
    command = ["query", str(tmp_path / "query"), "--format", "csv", "--output", str(output), "--url"]
    with answering_with(FILE_HEAD + b"0\r\n\r\n") as port:
        assert main([*command, f"http://127.0.0.1:{port}"]) == 0
    assert output.read_bytes() == b"a\r\n1\n"
    with answering_with(FILE_HEAD) as port:
        assert main([*command, f"http://127.0.0.1:{port}"]) == 1
    assert "the gateway broke the file off" in capsys.readouterr().err
    assert output.read_bytes() == b"a\r\n1\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["areas.csv", "query"]


def test_a_gateway_of_a_version_that_makes_no_files_is_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "query").write_text("{ me { organisation } }")
    with answering_with(reply('{"data": {"me": null}}')) as port:
        assert main(["query", str(tmp_path / "query"), "--format", "csv", "--url", f"http://127.0.0.1:{port}"]) == 1
    assert "it is of a version that makes no files" in capsys.readouterr().err


PARTLY = """{ area(code: "E08000003") { labourMarket(periods: {from: "2023-06", to: "2023-07"}) {
  claimantCount { value } householdsWithHealthConditions { value } } } }"""


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "arrow", "sdmx-csv", "csvw"])
def test_the_gateway_makes_every_file_and_what_is_refused_in_it_is_told(
    demonstration: Demonstration, tmp_path: Path, form: str
) -> None:
    (tmp_path / "query").write_text(PARTLY)
    output, receipt = tmp_path / "file", tmp_path / "receipt.json"
    options = ("--format", form, "--output", str(output), "--receipt", str(receipt))
    done = demonstration.lmdt("query", str(tmp_path / "query"), *options)
    assert done.returncode == 1
    (said,) = [line for line in done.stderr.decode().splitlines() if not line.startswith("WARNING")]
    assert said.startswith("UNAUTHORIZED_FIELD_OR_TYPE LabourMarket.householdsWithHealthConditions: Universal Credit")
    assert "Ask for what is open" in said
    assert len(output.read_bytes()) > 100
    partial = demonstration.lmdt("query", str(tmp_path / "query"), *options, "--allow-partial")
    assert partial.returncode == 0
    proved = demonstration.lmdt("audit", "receipt", str(receipt), "--answer", str(output))
    assert proved.returncode == 0, proved.stderr
    assert f"{output} is the answer that was given." in proved.stdout.decode()


@contextmanager
def answering_with(answer: bytes | None) -> Generator[int]:
    """A port that gives this answer to every connection and closes it; for None one where nothing listens."""

    def answer_all() -> None:
        # Until the listener is shut down.
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    connection.recv(65536)
                    connection.sendall(answer or b"")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        if answer is None:
            listener.close()
            yield port
            return
        thread = threading.Thread(target=answer_all)
        thread.start()
        try:
            yield port
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_the_version_is_that_of_the_package(demonstration: Demonstration) -> None:
    result = demonstration.lmdt("--version")
    assert (result.returncode, result.stdout) == (0, f"lmdt {version('labour-market-data-trust')}\n".encode())


@contextmanager
def silent() -> Generator[int]:
    """A port where connections are taken and nothing is answered."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_ctrl_c_while_an_answer_is_awaited_is_130(demonstration: Demonstration) -> None:
    with silent() as port:
        command = [sys.executable, "-m", "app.cli", "query", "-", "--url", f"http://127.0.0.1:{port}"]
        process = subprocess.Popen(
            command,
            env=demonstration.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdin is not None
        process.stdin.write(b"{ me { subject } }")
        process.stdin.close()
        process.stdin = None
        deadline = time.monotonic() + 20
        while not _is_connected(port) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in stderr


@pytest.mark.parametrize("options", [(), ("--workers", "2")])
def test_ctrl_c_ends_a_gateway_with_130_and_nothing_is_left(
    demonstration: Demonstration, options: tuple[str, ...]
) -> None:
    port = free_ports(1)
    environment = {**demonstration.environment, "LMDT_DEMO": "true"}
    command = ["serve", "--port", str(port), *options]
    with answering(command, f"http://127.0.0.1:{port}/healthz", environment) as process:
        workers = children(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert left(workers) == []


def _is_connected(port: int) -> bool:
    """Whether somebody has connected to a port of this machine."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[2].endswith(f":{port:04X}") and line.split()[3] == "01" for line in lines)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_whoever_reads_no_further_causes_no_traceback(
    demonstration: Demonstration, tmp_path: Path, unbuffered: str
) -> None:
    (tmp_path / "big.graphql").write_text(TABLE.replace('from: "2021-01"', 'from: "2020-01"'))
    command = f"{sys.executable} -m app.cli query {tmp_path / 'big.graphql'} --as dfe-analyst"
    environment = {**demonstration.environment, "PYTHONUNBUFFERED": unbuffered}

    def run(shell: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["bash", "-c", shell], env=environment, capture_output=True, timeout=60)

    cut = run(f"{command} | head -1; echo ${{PIPESTATUS[0]}}")
    assert cut.stderr == b""
    assert cut.stdout.split() == [b"{", b"141"]
    whole = run(f"{command} | (sleep 1; cat)")
    assert len(orjson.loads(whole.stdout)["data"]["labourMarket"]["nodes"]) == 33 * 13 * 21


def test_a_port_that_something_else_has_is_told_as_such(demonstration: Demonstration, tmp_path: Path) -> None:
    with silent() as port:
        for command in (("serve",), ("demo",), ("share", "any.toml")):
            result = demonstration.lmdt(*command, "--port", str(port), DEMO="true")
            assert result.returncode == 2
            assert f"port {port} is in use by something that is not the Trust. Choose another with --port." in (
                result.stderr.decode()
            )
    result = demonstration.lmdt("serve", DEMO="true")
    assert result.returncode == 2
    assert f"port {demonstration.port} is in use by a gateway of the Trust, which answers at {demonstration.url}" in (
        result.stderr.decode()
    )


def test_explain_counts_one_call_for_each_department_over_every_local_authority(
    demonstration: Demonstration, tmp_path: Path
) -> None:
    (tmp_path / "four.graphql").write_text(
        '{ labourMarket(areas: {level: LA}, periods: {from: "2021-01", to: "2021-12"}, fill: LATEST) { nodes {'
        " claimantCount { value } searchingForWork { value } inWorkOnUniversalCredit { value }"
        " payrolledEmployees { value }"
        " medianMonthlyPay { value } apprenticeshipStarts { value } } } }"
    )
    text = demonstration.lmdt("explain", str(tmp_path / "four.graphql")).stdout.decode()
    assert "361 places, 12 periods" in text
    assert "\n4 calls to departments:\n" in text
    assert text.count("granted, published") == 6
    assert "may hold 25992 figures (at most 250000) on 4332 rows and places, " in text
    assert " MB (64). It takes " in text


def test_check_finds_sources_policies_and_departments_in_agreement(demonstration: Demonstration) -> None:
    result = demonstration.lmdt("check", "--live")
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == b"5 sources, 30 measures and 9 agreements agree.\n"


def test_check_names_the_departments_that_are_not_there(demonstration: Demonstration) -> None:
    assert demonstration.lmdt("check", DEPARTMENTS_PORT="1").returncode == 0, "nobody is asked unless it is live"
    result = demonstration.lmdt("check", "--live", DEPARTMENTS_PORT="1")
    assert result.returncode == 1
    owners = ("beis: BEIS", "dfe: DfE", "dwp: DWP", "hmrc: HMRC", "ons: ONS")
    lines = result.stderr.decode().splitlines()
    assert [line.partition(" at http://127.0.0.1:")[0] for line in lines] == [f"{o} does not answer" for o in owners]


def test_schema_is_printed_and_compared(demonstration: Demonstration, tmp_path: Path) -> None:
    printed = demonstration.lmdt("schema").stdout
    (tmp_path / "schema.graphql").write_bytes(printed)
    assert demonstration.lmdt("schema", "--check", str(tmp_path / "schema.graphql")).returncode == 0
    (tmp_path / "schema.graphql").write_bytes(printed + b"#")
    assert demonstration.lmdt("schema", "--check", str(tmp_path / "schema.graphql")).returncode == 1
