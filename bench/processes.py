"""Processes that are started, waited for and ended; what they have used, as Linux counts it under /proc."""

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx

TICKS = os.sysconf("SC_CLK_TCK")


# Blocks of ports that were found here before: whoever asked may not have taken them yet.
_given: set[int] = set()


def free_ports(count: int) -> int:
    """The first of so many free ports in a row, at most 20. Those who look at the same time look in different places:
    processes at random, and workers of one test run each in a lane of its own."""
    lane = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
    blocks = [22_000 + 2_000 * lane + 20 * block for block in range(100)]
    random.SystemRandom().shuffle(blocks)
    for first in (block for block in blocks if block not in _given):
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        _given.add(first)
        return first
    raise RuntimeError("no free ports were found")


@contextmanager
def running(
    *commands: Sequence[str], ports: Sequence[int], seconds: float = 90, log: Path | None = None, **environment: str
) -> Generator[int]:
    """Python modules with arguments, each a process that answers on its port, ended with the block; the id of the
    last. `log`: a file for what they print. Raises RuntimeError for one that does not answer."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("LMDT_")}
    with ExitStack() as files:
        printed = files.enter_context(log.open("ab")) if log else None
        started = [
            subprocess.Popen(
                [sys.executable, "-m", *command], env={**given, **environment}, start_new_session=True, stdout=printed,
                stderr=printed,
            )
            for command in commands
        ]  # fmt: skip
    try:
        deadline = time.monotonic() + seconds
        for process, command, port in zip(started, commands, ports, strict=True):
            _await_answer(process, " ".join(command), port, deadline)
        yield started[-1].pid
    finally:
        for process in started:
            process.terminate()
        for process in started:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await_answer(process: subprocess.Popen[bytes], name: str, port: int, deadline: float) -> None:
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended as it started, with {process.returncode}")
        with suppress(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
            return
        time.sleep(0.05)
    raise RuntimeError(f"{name} did not answer on port {port} in time")


def family(pid: int) -> list[int]:
    """A process and those it has started, as `lmdt serve --workers` does."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(path.parent.name)] = int(_stat(path)[1])
    pids = [pid]
    for started_by in pids:
        pids += [child for child, parent in parents.items() if parent == started_by]
    return pids


def _stat(path: Path) -> list[str]:
    """What follows the name of the command, which may hold spaces."""
    return path.read_text().rpartition(")")[2].split()


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time of processes so far, their threads included."""
    fields = (_stat(Path(f"/proc/{pid}/stat")) for pid in pids)
    return sum(int(field[11]) + int(field[12]) for field in fields) / TICKS


def resident_mb(pids: Sequence[int]) -> float:
    """Resident memory of processes, added up, in MiB."""
    return sum(_memory(pid, "VmRSS") for pid in pids)


def forget_peak(pids: Sequence[int]) -> None:
    """Lets the peak of memory begin anew. Where that is not allowed, it is the peak since the process began."""
    for pid in pids:
        with suppress(OSError):
            Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_mb(pids: Sequence[int]) -> float:
    """Peak of resident memory of processes, added up, in MiB."""
    return sum(_memory(pid, "VmHWM") for pid in pids)


def _memory(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))
