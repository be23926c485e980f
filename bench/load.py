"""A client that costs little: HTTP/1.1 over kept connections, one request after another on each."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from bench.counted import counted
from bench.processes import cpu_seconds, family, forget_peak, peak_mb

# Seconds that one answer may take.
PATIENCE = 90.0


class Sent(NamedTuple):
    """One request as it goes over the wire, and the variables it was made from."""

    wire: bytes
    variables: Mapping[str, Any]


@dataclass(frozen=True)
class Target:
    """What is under load: its port and process, and the ports of the counted departments it asks."""

    port: int
    pid: int
    departments: tuple[int, ...] = ()


@dataclass(frozen=True)
class Result:
    """What a load cost. Milliseconds; CPU is of the process under load, for each request, as are `upstream`, the
    requests that departments were sent. `last` is one of the requests and its answer."""

    requests: int
    cpu: float
    p50: float
    p95: float
    p99: float
    per_second: float
    peak_mb: float
    upstream: float
    last: tuple[Sent, bytes]


def request(port: int, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n{lines}"
    return head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


def load(target: Target, requests: Iterator[Sent], connections: int, seconds: float, most: int = 10**9) -> Result:
    """Sends requests for a while, at most so many and at least one, and says what each cost.
    Raises RuntimeError where one is not answered with 200."""
    before = counted(target.departments)
    result = asyncio.run(_load(target, requests, connections, seconds, most))
    return replace(result, upstream=(counted(target.departments) - before) / result.requests)


def quieter(target: Target, requests: Iterator[Sent], connections: int, seconds: float) -> Result:
    """The less costly of two loads that share the time: what the machine does besides can only add to the cost."""
    both = [load(target, requests, connections, seconds / 2) for _ in range(2)]
    return min(both, key=lambda result: result.cpu)


async def _load(target: Target, requests: Iterator[Sent], connections: int, seconds: float, most: int) -> Result:
    times: list[float] = []
    last: list[tuple[Sent, bytes]] = []
    left = most
    processes = family(target.pid)
    forget_peak(processes)
    opened = [await asyncio.open_connection("127.0.0.1", target.port, limit=2**24) for _ in range(connections)]
    started, before = time.perf_counter(), cpu_seconds(processes)
    end = started + seconds

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal left
        while left > 0 and (time.perf_counter() < end or left == most):
            left -= 1
            request = next(requests)
            sent = time.perf_counter()
            writer.write(request.wire)
            async with asyncio.timeout(PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]))
            times.append(time.perf_counter() - sent)
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"not answered: {head[:80]!r} {body[:300]!r}")
            last[:] = [(request, body)]
        writer.close()

    await asyncio.gather(*(one(*connection) for connection in opened))
    spent = time.perf_counter() - started
    cpu = (cpu_seconds(processes) - before) * 1000 / len(times)
    times.sort()
    p50, p95, p99 = (times[min(len(times) - 1, int(len(times) * part))] * 1000 for part in (0.5, 0.95, 0.99))
    return Result(len(times), cpu, p50, p95, p99, len(times) / spent, peak_mb(processes), 0.0, last[0])
