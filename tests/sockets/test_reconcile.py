"""The demonstration's departments hold its gateway to their own logs, over real sockets."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.sockets.conftest import Demonstration

pytestmark = pytest.mark.sockets
QUERY = """{ area(code: "%s") { labourMarket(periods: {from: "2022-0%d", to: "2022-0%d"}, fill: LATEST) {
  payrolledEmployees { value } medianMonthlyPay { value } businesses { value } claimantCount { value } } } }"""
AREAS = ("E08000003", "E09000001", "E09000007", "W06000015")


def test_every_answer_of_its_share_nodes_is_in_the_demonstrations_log(demonstration: Demonstration) -> None:
    # Before, gateways of other tests may have asked the same departments: their operations are in logs of their own.
    began = datetime.now(UTC).isoformat()
    demonstration.inject(1, "dropped")
    demonstration.inject(3, "503")

    def ask(number: int) -> Any:
        month = 1 + number % 5
        persona = ("dfe-analyst", "hmrc-analyst", None)[number % 3]
        return demonstration.ask(QUERY % (AREAS[number % 4], month, month + 1), persona)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(60)))
    assert all(answer["data"]["area"]["labourMarket"] for answer in answers)
    checkpoint = demonstration.data / "kept-checkpoint"
    checkpoint.write_bytes(httpx.get(f"{demonstration.url}/checkpoint").content)
    # What was answered last has its place in the log within a second or two.
    time.sleep(3)
    for name in ("hmrc", "beis"):
        log = str(demonstration.data / "departments" / f"{name}-log")
        done = demonstration.lmdt(
            "audit", "reconcile", "--node-log", log, "--settled", "2", "--checkpoint", str(checkpoint)
        )
        lines = done.stdout.decode().splitlines()
        assert done.stderr == b""
        assert any("were compared" in line for line in lines)
        assert not any(line.startswith("and ") for line in lines), "more than are told"
        served = demonstration.lmdt(
            "audit", "reconcile", "--node-log", log, "--settled", "2", "--checkpoint", str(checkpoint),
            "--url", demonstration.url, "--as", f"{name}-steward",
        )  # fmt: skip
        assert served.stderr == b""
        until = re.compile(rb" to [-0-9: ]+ UTC")
        assert until.sub(b"", served.stdout) == until.sub(b"", done.stdout), "as the department reads it over HTTP"
        told = (line for line in lines if line[:2] == "20" and "not a difference" not in line)
        assert not [line for line in told if line >= began]
