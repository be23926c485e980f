"""`lmdt serve`: the gateway alone, by its settings, over a real PostgreSQL and a real Redis."""

import os
import signal
import time
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import redis
from sqlalchemy import create_engine, select

from tests.sockets.conftest import Demonstration, Redis, answering, children, free_ports, left
from trust.tables import operations

pytestmark = pytest.mark.sockets
SOURCES = Path("resolvers/sources")
QUERY = """{ area(code: "E08000003") { labourMarket(periods: {from: "2022-07", to: "2022-07"}) {
  searchingForWork { value } payrolledEmployees { value markers } claimantCount { value } } } }"""


@pytest.fixture(scope="module")
def served(
    demonstration: Demonstration, postgresql: str, redis_server: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Demonstration]:
    """A gateway of two processes in front of the demonstration's departments; it waits for HMRC for a second."""
    sources = tmp_path_factory.mktemp("sources")
    for path in SOURCES.glob("*.toml"):
        (sources / path.name).write_text(path.read_text())
    hmrc = (SOURCES / "hmrc.toml").read_text()
    assert "timeout = 20.0" in hmrc
    (sources / "hmrc.toml").write_text(hmrc.replace("timeout = 20.0", "timeout = 1.0"))
    port = free_ports(1)
    settings = {
        "LMDT_DEMO": "true",
        "LMDT_PORT": str(port),
        "LMDT_DEPARTMENTS_PORT": str(demonstration.departments_port),
        "LMDT_SOURCES": str(sources),
        "LMDT_DATABASE": postgresql,
        "LMDT_CACHE": f"{redis_server.url}/7",
    }
    address = f"http://127.0.0.1:{port}/healthz"
    with answering(["serve", "--workers", "2"], address, {**demonstration.environment, **settings}) as process:
        yield replace(demonstration, process=process, port=port)
        workers = children(process.pid)
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        assert workers
        assert left(workers) == []


def test_it_answers_as_the_demonstration_does(served: Demonstration, demonstration: Demonstration) -> None:
    assert served.ask(QUERY, "dfe-analyst") == demonstration.ask(QUERY, "dfe-analyst")


def test_whichever_process_answers_it_is_recorded_in_one_place_and_asked_once(
    served: Demonstration, postgresql: str, redis_server: Redis
) -> None:
    query = QUERY.replace("2022-07", "2022-09")
    # Each on a connection of its own, so that both processes get some.
    for _ in range(12):
        assert "errors" not in served.ask(query, "beis-analyst")
    engine = create_engine(postgresql)
    with engine.connect() as connection:
        kept = select(operations.c.calls).where(operations.c.organisation == "BEIS").order_by(operations.c.at)
        calls = [{call["department"] for call in row.calls} for row in connection.execute(kept)]
    engine.dispose()
    assert calls == [{"DWP", "HMRC", "ONS"}, *[set()] * 11]
    with redis.Redis(port=redis_server.port, db=7) as client:
        keys = client.keys("*")
        assert len(keys) >= 3
        assert all(0 < client.ttl(key) <= 86_400 for key in keys)


def test_a_department_slower_than_its_time_loses_its_fields_and_nobody_waits_longer(served: Demonstration) -> None:
    served.inject(1, "slow", seconds=4.0)
    started = time.monotonic()
    answer = served.ask(QUERY.replace("2022-07", "2022-10"))
    assert time.monotonic() - started < 3.5
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "DEPARTMENT_UNAVAILABLE"
    assert error["path"] == ["area", "labourMarket", 0, "payrolledEmployees"]
    (row,) = answer["data"]["area"]["labourMarket"]
    assert row["payrolledEmployees"] is None
    assert row["claimantCount"]["value"] > 0
    assert row["searchingForWork"]["value"] > 0


def test_a_process_that_dies_is_replaced(served: Demonstration) -> None:
    first = [pid for pid in children(served.process.pid) if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()]
    assert len(first) == 2
    os.kill(int(first[0]), signal.SIGKILL)
    deadline = time.monotonic() + 20
    while first[0] in children(served.process.pid) or not _ready(served):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert "errors" not in served.ask(QUERY)


def _ready(served: Demonstration) -> bool:
    try:
        return httpx.get(f"{served.url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "no issuer of tokens is configured"),
        (
            {"DEMO": "true", "DATABASE": "postgresql+psycopg://u:hunter2@127.0.0.1:1/x"},
            "postgresql+psycopg://u:***@127",
        ),
        ({"DEMO": "true", "SOURCES": "/nowhere"}, "/nowhere"),
        ({"PROT": "8000"}, 'Did you mean "LMDT_PORT"?'),
    ],
)
def test_what_is_configured_wrongly_is_told_before_anything_is_served(
    demonstration: Demonstration, settings: dict[str, str], words: str
) -> None:
    ended = demonstration.lmdt("serve", "--port", str(free_ports(1)), **settings)
    said = ended.stderr.decode()
    assert ended.returncode == 2, said
    assert words in said
    assert "hunter2" not in said
    assert "Traceback" not in said
