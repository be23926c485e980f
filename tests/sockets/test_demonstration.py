"""`lmdt demo` over real sockets: five departments, each a process of its own, and the gateway."""

import os
import re
import shlex
import signal
import subprocess
import time
from pathlib import Path

import httpx
import orjson
import pytest

from app.issuer import PERSONAS
from tests.conftest import Trust
from tests.sockets.conftest import Demonstration, start, stop

pytestmark = pytest.mark.sockets
QUERY = """{ area(code: "E08000003") { labourMarket(periods: {from: "2023-07", to: "2023-07"}) {
  searchingForWork { value } payrolledEmployees { value } claimantCount { value }
  apprenticeshipStarts { value } } } }"""


def test_it_prints_in_ten_lines_where_it_answers_a_request_that_works_and_how_to_be_someone(
    demonstration: Demonstration,
) -> None:
    assert demonstration.url in demonstration.printed
    assert len(demonstration.printed.strip().splitlines()) <= 10
    curl = re.search(r"curl .*", demonstration.printed)
    assert curl is not None
    document = orjson.loads(subprocess.run(shlex.split(curl[0]), capture_output=True, check=True).stdout)
    assert document["data"]["area"]["name"] == "Manchester"
    assert len(document["data"]["area"]["labourMarket"]) == 3
    as_somebody = re.search(r"lmdt (token .*?)  ", demonstration.printed)
    assert as_somebody is not None
    token = demonstration.lmdt(*shlex.split(as_somebody[1])).stdout.decode().splitlines()[-1]
    headers = {"Authorization": f"Bearer {token}"}
    asked = httpx.post(f"{demonstration.url}/graphql", json={"query": "{ me { organisation } }"}, headers=headers)
    assert orjson.loads(asked.content)["data"]["me"]["organisation"] == "DfE"


def test_each_persona_speaks_for_its_organisation(demonstration: Demonstration) -> None:
    for name, persona in PERSONAS.items():
        if persona.organisation:
            me = demonstration.ask("{ me { organisation } }", name)
            assert me["data"]["me"]["organisation"] == persona.organisation


async def test_over_sockets_the_answer_is_the_same_as_in_process(demonstration: Demonstration, trust: Trust) -> None:
    assert demonstration.ask(QUERY, "dfe-analyst") == await trust.ask(QUERY, "dfe-analyst")


def test_every_department_is_there(demonstration: Demonstration) -> None:
    deadline = time.monotonic() + 10
    while len((body := httpx.get(f"{demonstration.url}/readyz").json())["departments"]) < 5:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert body["departments"] == dict.fromkeys(("DWP", "HMRC", "DfE", "BEIS", "ONS"), "available")


def test_a_department_that_drops_its_connections_loses_its_fields_only(demonstration: Demonstration) -> None:
    demonstration.inject(1, "dropped", times=2)
    answer = demonstration.ask(QUERY.replace("2023-07", "2023-08"))
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "DEPARTMENT_UNAVAILABLE"
    (row,) = answer["data"]["area"]["labourMarket"]
    assert row["payrolledEmployees"] is None
    assert row["claimantCount"]["value"] > 0


def test_a_connection_that_drops_once_is_nobodys_concern(demonstration: Demonstration) -> None:
    demonstration.inject(1, "dropped")
    assert "errors" not in demonstration.ask(QUERY.replace("2023-07", "2023-09"))


def test_a_taken_port_is_named_with_the_option_that_moves_it(demonstration: Demonstration) -> None:
    gateway, departments = demonstration.port, demonstration.departments_port
    for ports, taken, who in (
        ((gateway, 29_000), (gateway, "--port"), f"a gateway of the Trust, which answers at {demonstration.url}"),
        ((29_000, departments + 1), (departments + 1, "--departments-port"), "a share node"),
    ):
        result = demonstration.lmdt("demo", "--port", str(ports[0]), "--departments-port", str(ports[1]))
        assert result.returncode == 2
        assert f"port {taken[0]} is in use by {who}. Choose another with {taken[1]}." in result.stderr.decode()


def test_a_dead_department_takes_its_fields_and_nothing_else_and_a_second_start_is_quick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMDT_PROBE_SECONDS", "1")
    running = start(tmp_path / "data")
    try:
        os.kill(running.department("hmrc"), signal.SIGKILL)
        time.sleep(0.3)
        answer = running.ask(QUERY)
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "DEPARTMENT_UNAVAILABLE"
        assert error["extensions"]["owner"] == "HMRC"
        (row,) = answer["data"]["area"]["labourMarket"]
        assert row.pop("payrolledEmployees") is None
        assert all(figure is not None for figure in row.values())
        deadline = time.monotonic() + 15
        while (ready := httpx.get(f"{running.url}/readyz")).json()["departments"].get("HMRC") != "unavailable":
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert ready.status_code == 200
    finally:
        assert stop(running) == []
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "data" / "departments").iterdir()}
    again = start(tmp_path / "data")
    assert stop(again, signal.SIGTERM) == [], "whoever tells it to end is obeyed as Ctrl-C is"
    assert again.seconds < 20
    kept.pop("trust-keys.json")
    for name, modified in kept.items():
        assert (tmp_path / "data" / "departments" / name).stat().st_mtime_ns == modified, f"{name} was built anew"
