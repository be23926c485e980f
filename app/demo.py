"""The demonstration: five sample departments, each a process of its own, and the gateway in front of them."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import httpx
import uvicorn

from transparency.note import Key

DEPARTMENTS = ("dwp", "hmrc", "dfe", "beis", "ons")


@contextmanager
def departments(
    first: int, folder: Path, witnesses: Path, *, faults: bool = False
) -> Generator[dict[str, subprocess.Popen[bytes]]]:
    """The sample departments on five ports from `first`, ended with the block, whatever ends it. `folder`: of their
    figures; `witnesses`: where they remember the logs of its file `logs`."""
    running: dict[str, subprocess.Popen[bytes]] = {}
    before = signal.signal(signal.SIGTERM, _interrupted)
    try:
        for offset, name in enumerate(DEPARTMENTS):
            command = [
                sys.executable,
                "-m",
                "departments",
                name,
                "--port",
                str(first + offset),
                "--folder",
                str(folder),
                "--witness",
                str(witnesses),
            ]
            # A group of its own: Ctrl-C reaches the gateway first, which then ends them in order.
            running[name] = subprocess.Popen([*command, *(["--faults"] if faults else [])], start_new_session=True)
        yield running
    finally:
        for process in running.values():
            process.send_signal(signal.SIGTERM)
        for process in running.values():
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        signal.signal(signal.SIGTERM, before)


def _interrupted(_: int, __: FrameType | None) -> None:
    """Ends this process in order: by itself SIGTERM would end it at once and leave its children."""
    sys.exit(0)


def await_answers(first: int, running: dict[str, subprocess.Popen[bytes]], seconds: float) -> None:
    """Waits until each department answers. Raises RuntimeError naming the one that does not."""
    deadline = time.monotonic() + seconds
    for offset, name in enumerate(DEPARTMENTS):
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{first + offset}/", timeout=2.0)
                break
            except httpx.TransportError as error:
                if running[name].poll() is not None:
                    raise RuntimeError(f"the sample department {name} stopped as it started") from error
                if time.monotonic() > deadline:
                    raise RuntimeError(f"the sample department {name} did not answer in {seconds:.0f} s") from error
                time.sleep(0.1)


def policy(first: int, log: Key) -> str:
    """What the departments, which answer, witness the log by: two of the five."""
    lines = [f"log {log}"]
    for offset, name in enumerate(DEPARTMENTS):
        url = f"http://127.0.0.1:{first + offset}/witness"
        key = httpx.get(f"{url}/key", timeout=10.0).raise_for_status().text.strip()
        lines.append(f"witness {name} {key} {url}")
    return "\n".join([*lines, f"group departments 2 {' '.join(DEPARTMENTS)}", "quorum departments", ""])


class Announcing(uvicorn.Server):
    """A server that says so once it answers."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()
