"""Logs: one JSON object a line, without a token, a figure or a variable."""

import io
import json
import logging
from collections.abc import Generator
from typing import Any

import pytest

from app import telemetry
from app.telemetry import JsonLines
from tests.conftest import Trust

TOKEN = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJzb21lb25lIn0.c2lnbmF0dXJl"


class Written(io.StringIO):
    """What was logged."""

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def written() -> Generator[Written]:
    """The log of a test, written as the gateway writes it, down to the least severe line."""
    stream = Written()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(secrets=["hunter2", "hunter2-and-more", ""]))
    log = logging.getLogger("lmdt")
    level = log.level
    log.addHandler(handler)
    log.setLevel("DEBUG")
    yield stream
    log.removeHandler(handler)
    log.setLevel(level)


log = logging.getLogger("lmdt")


def test_a_line_is_one_object_with_time_level_message_and_what_was_added(written: Written) -> None:
    log.info("answered\nin two lines", extra={"event": "operation", "calls": 3, "organisation": None, "ms": 1.5})
    (line,) = written.lines
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "INFO", "message": "answered\nin two lines", "event": "operation", "calls": 3,
        "organisation": None, "ms": 1.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        TOKEN, f"Bearer {TOKEN}", f'"{TOKEN}"', f"token={TOKEN[:40]}", "Authorization: Bearer opaque-secret",
        'a header "Bearer opaque-secret"', "APIKey: opaque-secret", '{"apikey":"opaque-secret"}', "?uid=opaque-secret&",
        "postgresql://trust:opaque-secret@host/trust", "it was hunter2", "api_key = 'opaque-secret'",
        "Basic opaque-secret", "hunter2-and-more",
    ],
)  # fmt: skip
def test_a_credential_is_never_written_wherever_it_stands(written: Written, said: str) -> None:
    try:
        raise ValueError(said)
    except ValueError:
        log.exception("failed with %s", said, extra={"cause": said, "detail": said})
    (line,) = written.lines  # still JSON
    for secret in ("opaque-secret", "hunter2", "and-more", "eyJ", TOKEN[:30]):
        assert secret not in written.getvalue()
    assert "[redacted]" in line["message"] and "[redacted]" in line["detail"] and "[redacted]" in line["traceback"]


def test_numbers_in_the_words_of_others_are_not_written_but_statuses_are(written: Written) -> None:
    log.warning("department", extra={"cause": "DWP: HTTP 503: b'E08000003;98765;1,234.5'", "milliseconds": 12.5})
    (line,) = written.lines
    assert line["cause"] == "DWP: HTTP 503: b'E#;#;#'"
    assert line["milliseconds"] == 12.5


@pytest.mark.parametrize(
    ("cause", "line"),
    [
        ("DWP at http://127.0.0.1:8101: HTTP 422: 5 of 12", "DWP at http://127.0.0.1:8101: HTTP 422: # of #"),
        ("http://[::1]:8101: 7", "http://[::1]:8101: #"),
        ("https://dept2.example:443/data/1234?x=99", "https://dept2.example:443/data/#?x=#"),
        ("connect to host 127.0.0.1:8101 ssl:default", "connect to host 127.0.0.1:8101 ssl:default"),
        ("connect to host stat-xplore.dwp.gov.uk:443 ssl", "connect to host stat-xplore.dwp.gov.uk:443 ssl"),
        ("Connect call failed ('127.0.0.1', 8101)", "Connect call failed ('127.0.0.1', 8101)"),
        ("localhost:8101 refused 3 of them", "localhost:8101 refused # of them"),
        ("count:11612 people.count:42 host:17", "count:# people.count:# host:#"),
        ("1.2.3.4.5 and 12.5 and host a:123456", "# and # and host a:#"),
        ("HTTP 5031 HTTP 200: 200", "HTTP # HTTP 200: #"),
    ],
)  # fmt: skip
def test_a_host_and_its_port_stay_in_the_words_of_others_and_no_other_number_does(
    written: Written, cause: str, line: str
) -> None:
    log.warning("department", extra={"cause": cause})
    assert written.lines[0]["cause"] == line


def test_a_traceback_says_where_and_what_led_to_it_and_quotes_no_figure(written: Written) -> None:
    try:
        try:
            float(f"{90_000 + 8_765} persons")
        except ValueError as error:
            raise RuntimeError(f"could not read {4_000 + 321}") from error
    except RuntimeError:
        log.exception("internal error")
    (line,) = written.lines
    assert "98765" not in written.getvalue()
    assert "ValueError: could not convert string to float: '# persons'\nwhich led to\n" in line["traceback"]
    assert line["traceback"].endswith("RuntimeError: could not read #\n")
    assert "in test_a_traceback_says_where" in line["traceback"]


def test_only_plain_values_are_written(written: Written) -> None:
    log.info("x", extra={"variables": {"areas": ["E08000003"]}, "column": [98765.0], "thing": Written()})
    (line,) = written.lines
    assert (line["variables"], line["column"], line["thing"]) == ("<dict>", "<list>", "<Written>")


def test_the_log_goes_to_standard_error_from_the_level_asked(capsys: pytest.CaptureFixture[str]) -> None:
    root, handlers, level = logging.root, logging.root.handlers, logging.root.level
    try:
        telemetry.configure("WARNING", ["hunter2"])
        logging.getLogger("anyone").info("quiet")
        logging.getLogger("anyone").warning("hunter2")
    finally:
        root.handlers = handlers
        root.setLevel(level)
    output = capsys.readouterr()
    assert output.out == ""
    assert [json.loads(line)["message"] for line in output.err.splitlines()] == ["[redacted]"]


QUERY = """query Q($areas: [AreaCode!], $from: String!) {
  labourMarket(areas: {codes: $areas}, periods: {from: $from, to: $from}) {
    nodes { claimantCount { value } payrolledEmployees { value } businesses { value } } } }"""


async def test_an_operation_is_logged_with_who_how_long_and_how_many_calls_and_nothing_else(
    trust: Trust, written: Written
) -> None:
    answer = await trust.ask(QUERY, "dfe-analyst", areas=["E08000003"], **{"from": "2023-01"})
    (line,) = [line for line in written.lines if line.get("event") == "operation"]
    assert line["organisation"] == "DfE" and line["purpose"] == "skills-planning"
    assert line["calls"] == 2 and line["milliseconds"] > 0 and len(line["operation_id"]) == 32
    (node,) = answer["data"]["labourMarket"]["nodes"]
    figures = [node[name]["value"] for name in ("claimantCount", "payrolledEmployees")]
    assert all(figure > 100 for figure in figures)
    for secret in (*(f"{figure:.0f}" for figure in figures), "E08000003", "2023-01", "dfe-analyst", "eyJ"):
        assert secret not in written.getvalue()


@pytest.mark.parametrize("kind", ["truncated", "broken-json", "wrong-keys"])
async def test_an_answer_that_cannot_be_read_is_logged_without_its_figures(
    trust: Trust, written: Written, kind: str
) -> None:
    good = await trust.data(QUERY, "dfe-analyst", areas=["E08000003"], **{"from": "2023-01"})
    (node,) = good["labourMarket"]["nodes"]
    trust.departments.inject("ons", kind)
    await trust.ask(QUERY, "dfe-analyst", areas=["E08000003", "E08000012"], **{"from": "2023-01"})
    assert written.lines
    assert f"{node['claimantCount']['value']:.0f}" not in written.getvalue()
    assert "E08000003" not in written.getvalue()


async def test_a_bad_token_is_not_logged(trust: Trust, written: Written) -> None:
    reply = await trust.http.post("/graphql", json={"query": "{ x }"}, headers={"Authorization": f"Bearer {TOKEN}"})
    assert reply.status_code == 401
    assert TOKEN not in written.getvalue() and TOKEN not in reply.text


async def test_a_departments_failure_is_shown_at_level_warning_with_host_and_port(
    trust: Trust, written: Written
) -> None:
    log.setLevel("WARNING")
    trust.departments.inject("ons", "503", times=2)
    answer = await trust.ask(QUERY, "dfe-analyst", areas=["E08000003"], **{"from": "2023-01"})
    assert answer["errors"][0]["extensions"]["code"] == "DEPARTMENT_UNAVAILABLE"
    (line,) = written.lines
    assert (line["level"], line["event"]) == ("WARNING", "department")
    assert line["cause"].startswith("ONS at http://127.0.0.1:8105: HTTP 503: ")
    assert len(line["operation_id"]) == 32
