"""A client that costs little: HTTP/1.1 over kept connections, one request after another on each."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """What a load cost. Milliseconds; CPU is of the process under load, for each request."""

    requests: int
    cpu: float
    p50: float
    p95: float
    p99: float
    per_second: float
    peak_mb: float
    body: bytes


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def request(port: int, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n{told}"
    return head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


async def load(port: int, pid: int, requests: Iterator[bytes], connections: int, seconds: float, most: int) -> Result:
    """Sends requests for a while, at most so many, and says what each cost."""
    times: list[float] = []
    last = b""
    started, before = time.perf_counter(), cpu_seconds(pid)
    end = started + seconds

    async def one() -> None:
        nonlocal last
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        while time.perf_counter() < end and len(times) < most:
            sent = time.perf_counter()
            writer.write(next(requests))
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            body = await reader.readexactly(size)
            times.append(time.perf_counter() - sent)
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"not answered: {head[:80]!r} {body[:300]!r}")
            last = body
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    spent = time.perf_counter() - started
    cpu = (cpu_seconds(pid) - before) * 1000 / len(times)
    times.sort()
    p50, p95, p99 = (times[min(len(times) - 1, int(len(times) * part))] * 1000 for part in (0.5, 0.95, 0.99))
    return Result(len(times), cpu, p50, p95, p99, len(times) / spent, peak_mb(pid), last)
