"""The parts of the trials: what they hold answers against, how they let a department fail, and what they start."""

import asyncio
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from bench.processes import free_ports
from bench.trials import faults
from bench.trials.callers import Answer, Asked, Callers, Heard, beside, read_answer
from bench.trials.clock import Clock
from bench.trials.faulty import Faulty
from bench.trials.truth import Wrong, lost
from bench.trials.verdict import Verdict

pytestmark = pytest.mark.sockets
ROW = {"claimantCount": {"value": 1.0}, "businesses": {"value": 2.0}}
REFUSED = {"extensions": {"code": "UNAUTHORIZED_FIELD_OR_TYPE", "coordinate": "LabourMarket.furloughedEmployments"}}
FIGURES = b'{"figures": [1, 2.5, -3], "codes": ["E06000001"]}'
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def answer(rows: list[Any], *measures: str, code: str = "DEPARTMENT_UNAVAILABLE", others: Any = (REFUSED,)) -> bytes:
    errors = [{"extensions": {"code": code, "coordinate": f"LabourMarket.{measure}"}} for measure in measures]
    return orjson.dumps({"errors": [*errors, *others], "data": {"labourMarket": rows}})


RIGHT = answer([ROW, ROW])


def test_what_is_lost_with_an_error_of_its_department_is_told() -> None:
    without = {**ROW, "businesses": None}
    assert lost(RIGHT, RIGHT) == frozenset()
    assert lost(answer([without, without], "businesses"), RIGHT) == {"businesses"}


@pytest.mark.parametrize(
    "body",
    [
        answer([ROW, {**ROW, "businesses": {"value": 3.0}}]),
        answer([ROW, {**ROW, "businesses": {"value": None}}], "businesses"),
        answer([ROW, {**ROW, "businesses": None}]),
        answer([ROW, ROW], "businesses"),
        answer([{**ROW, "businesses": None}] * 2, "claimantCount"),
        answer([{**ROW, "businesses": None}] * 2, "businesses", code="INTERNAL"),
        answer([ROW]),
        answer([ROW, ROW], others=()),
    ],
)
def test_any_other_difference_is_wrong(body: bytes) -> None:
    with pytest.raises(Wrong):
        lost(body, RIGHT)


def test_a_verdict_is_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    verdict = Verdict("nothing")
    assert verdict.end() == 1, "what has checked nothing has not passed"
    verdict.hold("one", True)
    assert verdict.end() == 0
    verdict.hold("two", False, 3)
    assert verdict.end() == 1
    assert "FAILS  two: 3" in capsys.readouterr().out


async def department(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers in chunks."""
    size = f"{len(FIGURES):x}".encode()
    with suppress(EOFError, OSError):
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
            writer.write(size + b"\r\n" + FIGURES + b"\r\n0\r\n\r\n")
    writer.close()


async def through(how: str | None, monkeypatch: pytest.MonkeyPatch) -> tuple[Answer, Exception | None]:
    """What comes through to someone who asks a department that fails so, and what they meet."""
    monkeypatch.setattr(faults, "BOMB", 1_000_000)
    monkeypatch.setattr(faults, "_made", [])
    server, port, over = await asyncio.start_server(department, "127.0.0.1", 0), free_ports(1), threading.Event()
    way = Faulty({port: server.sockets[0].getsockname()[1]})
    if how:
        way.fails[port] = how
    serving = asyncio.create_task(way.serve(over))
    await asyncio.sleep(0.1)
    try:
        async with asyncio.timeout(0.5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(GET)
            try:
                return await read_answer(reader), None
            finally:
                writer.close()
    except (OSError, EOFError, ValueError) as error:
        return Answer(0, {}, b""), error
    finally:
        over.set()
        await serving
        server.close()


async def test_a_department_that_does_not_fail_is_heard_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    heard, met = await through(None, monkeypatch)
    assert (heard.status, heard.body, met) == (200, FIGURES, None)


@pytest.mark.parametrize("how", [faults.DOWN, *faults.FAULTS])
async def test_a_department_that_fails_is_not_heard_as_it_is(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    heard, met = await through(how, monkeypatch)
    assert met or heard.status != 200 or heard.body != FIGURES


def test_callers_ask_when_it_is_time_and_note_what_became_of_it() -> None:
    port, heard = free_ports(1), list[Heard]()
    asked = Asked("one", GET)
    with beside(Callers(port, 2, 0.2, lambda _: asked, heard.append).ask):
        time.sleep(0.3)
    assert {one.code for one in heard} == {"ConnectionRefusedError"}

    async def serve(over: threading.Event) -> None:
        async with await asyncio.start_server(department, "127.0.0.1", port):
            await asyncio.to_thread(over.wait)

    heard.clear()
    with beside(serve):
        time.sleep(0.2)
        with beside(Callers(port, 2, 0.2, lambda _: asked, heard.append).ask):
            time.sleep(1)
    assert {one.code for one in heard} == {"200"}
    assert 6 <= len(heard) <= 12


def test_a_clock_is_set_for_a_process_that_runs(tmp_path: Path) -> None:
    if shutil.which("cc") is None:
        pytest.skip("there is no cc")
    clock = Clock.made(tmp_path)
    clock.set(7200)
    script = "import time, datetime; input(); print(time.time(), datetime.datetime.now().timestamp())"
    command = [sys.executable, "-c", script]
    process = subprocess.Popen(
        command, env={**clock.environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    clock.set(3600)
    told, _ = process.communicate("\n", timeout=10)
    assert [round((float(moment) - time.time()) / 60) for moment in told.split()] == [60, 60]
