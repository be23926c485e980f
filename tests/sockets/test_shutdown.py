"""A gateway that is told to end while a query waits for a department: the answer still arrives, and is recorded."""

import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from tests.sockets.conftest import Demonstration, answering, free_ports
from trust.tables import operations

pytestmark = pytest.mark.sockets
QUERY = """{ area(code: "E08000003") { labourMarket(periods: {from: "2022-09", to: "2022-09"}) {
  payrolledEmployees { value } } } }"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_query_that_waits_when_the_gateway_is_told_to_end_is_answered_and_recorded(
    demonstration: Demonstration, tmp_path: Path, workers: str
) -> None:
    port = free_ports(1)
    settings = {
        "LMDT_DEMO": "true",
        "LMDT_PORT": str(port),
        "LMDT_DATA": str(tmp_path),
        "LMDT_DEPARTMENTS_PORT": str(demonstration.departments_port),
    }
    shutil.copy(demonstration.data / "trust-key.pem", tmp_path)
    address = f"http://127.0.0.1:{port}/healthz"
    gateway = replace(demonstration, port=port)
    command = ["serve", "--workers", workers]
    environment = {**demonstration.environment, **settings}
    with ThreadPoolExecutor() as threads, answering(command, address, environment) as process:
        demonstration.inject(1, "slow", seconds=2.0)
        waiting = threads.submit(gateway.ask, QUERY)
        time.sleep(0.7)
        assert not waiting.done()
        process.send_signal(signal.SIGTERM)
        answer = waiting.result(15)
        assert process.wait(15) in (0, -signal.SIGTERM)
    assert answer["data"]["area"]["labourMarket"][0]["payrolledEmployees"]["value"] > 0
    engine = create_engine(f"sqlite:///{tmp_path / 'trust.sqlite'}")
    with engine.connect() as connection:
        assert [row.outcome for row in connection.execute(select(operations))] == ["answered"]
    engine.dispose()
