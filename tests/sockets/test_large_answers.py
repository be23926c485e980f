"""A large answer is sent as it is made: it takes little memory, and nobody waits for it."""

import re
import time
from collections.abc import Generator
from pathlib import Path

import httpx
import orjson
import pytest

from tests.conftest import cut, without_receipt
from tests.sockets.conftest import Demonstration, start, stop

pytestmark = pytest.mark.sockets
MONTHS = '{from: "2015-01", to: "2024-12"}'
FIGURE = "value provenance { licence treatment dataset }"
LARGE = {
    "a table": f"""{{ labourMarket(areas: {{level: LA}}, periods: {MONTHS}) {{
      totalCount nodes {{ area {{ code }} claimantCount {{ {FIGURE} }} }} }} }}""",
    "place by place": f"""{{ areas(where: {{level: LA}}) {{ nodes {{ code labourMarket(periods: {MONTHS}) {{
      claimantCount {{ {FIGURE} }} }} }} }} }}""",
    "places in a place": f"""{{ area(code: "K02000001") {{ areas(level: LA) {{ labourMarket(periods: {MONTHS}) {{
      claimantCount {{ {FIGURE} }} }} }} }} }}""",
    "cursors": f"""{{ labourMarket(areas: {{level: LA}}, periods: {MONTHS}) {{
      edges {{ {" ".join(f"c{at}: cursor" for at in range(8))} }} }} }}""",
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Demonstration]:
    patch = pytest.MonkeyPatch()
    patch.setenv("LMDT_QUOTA_ADDRESS", "0")
    demonstration = start(tmp_path_factory.mktemp("large"))
    # Warnings are part of an answer, and what is warned of is first learnt.
    while any(
        measure["latest"] is None
        for measure in demonstration.ask("{ measures { latest { code } } }")["data"]["measures"]
    ):
        time.sleep(0.1)
    yield demonstration
    stop(demonstration)
    patch.undo()


def memory(running: Demonstration, what: str) -> int:
    """Megabytes of the gateway: "VmRSS" now, "VmHWM" at most since it was last reset."""
    match = re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{running.process.pid}/status").read_text())
    assert match is not None
    return int(match[1]) // 1024


@pytest.mark.parametrize("name", LARGE)
def test_a_large_answer_takes_less_than_two_hundred_megabytes(running: Demonstration, name: str) -> None:
    with httpx.Client(base_url=running.url, timeout=60) as http:
        body = {"query": LARGE[name]}
        plain = http.post("/graphql", json=body, headers={"Accept-Encoding": "identity"}).content
        Path(f"/proc/{running.process.pid}/clear_refs").write_text("5")
        rest = memory(running, "VmRSS")
        for coding in ("identity", "gzip", "zstd"):
            reply = http.post("/graphql", json=body, headers={"Accept-Encoding": coding})
            assert reply.headers.get("Content-Encoding", "identity") == coding
            assert "Content-Length" not in reply.headers
            assert without_receipt(reply) == cut(plain)
    assert "errors" not in orjson.loads(plain)
    assert 8_000_000 < len(plain) < 64_000_000
    assert memory(running, "VmHWM") - rest < 200


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "arrow"])
def test_a_large_file_takes_less_than_a_hundred_megabytes(running: Demonstration, form: str) -> None:
    with httpx.Client(base_url=running.url, timeout=60) as http:
        body = {"query": LARGE["a table"]}
        # The departments' answers are kept from before.
        assert http.post("/graphql?format=csvw", json=body).status_code == 200
        Path(f"/proc/{running.process.pid}/clear_refs").write_text("5")
        rest = memory(running, "VmRSS")
        reply = http.post(f"/graphql?format={form}", json=body)
        assert reply.status_code == 200
        assert "Content-Length" not in reply.headers
    assert memory(running, "VmHWM") - rest < 100


def test_a_caller_who_leaves_a_large_answer_holds_up_nobody(running: Demonstration) -> None:
    body = {"query": LARGE["a table"]}
    for at in range(6):
        address = f"{running.url}/graphql{'?format=csv' if at % 2 else ''}"
        with httpx.stream("POST", address, json=body, timeout=60) as reply:
            next(reply.iter_raw())
    began = time.monotonic()
    assert "errors" not in running.ask("{ me { subject } }")
    assert time.monotonic() - began < 2


def test_a_large_answer_that_is_open_to_all_may_be_kept_without_a_tag(running: Demonstration) -> None:
    reply = httpx.get(f"{running.url}/graphql", params={"query": LARGE["a table"]}, timeout=60)
    assert reply.headers["Cache-Control"].startswith("public")
    assert "ETag" not in reply.headers
