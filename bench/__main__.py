"""Measures the gateway: `python -m bench [--json FILE] [--seconds N]`. Starts what it needs and ends it."""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import httpx
import orjson

from app.issuer import PERSONAS, mint
from app.signing import signer
from bench.load import Result, load, request
from bench.nodes import FOUR, source
from bench.queries import QUESTIONS, RULED, Question, check
from bench.stock import stock_ratio
from schema.measures import MEASURES

TOKENS = 2_000


def free_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    for first in range(18_000, 19_000, 10):
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
    raise RuntimeError("no free ports")


@contextmanager
def running(*command: str, port: int, **environment: str) -> Generator[int]:
    """A process that answers on a port, ended with the block; its id."""
    process = subprocess.Popen([sys.executable, *command], env={**os.environ, **environment})
    try:
        for _ in range(200):
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=1)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)


def sources(folder: Path, first: int, cache: int) -> Path:
    """Source files: the four measured measures each at a department of its own, the rest at another."""
    folder.mkdir(parents=True)
    for at, (name, measure) in enumerate(FOUR.items()):
        (folder / f"{name}.toml").write_text(source(name, first + at, {measure: MEASURES[measure]}, cache))
    rest = {name: m for name, m in MEASURES.items() if name not in FOUR.values() and not m.inputs}
    (folder / "rest.toml").write_text(source("rest", first, rest, cache))
    return folder


async def measure(
    question: Question, port: int, pid: int, headers: list[dict[str, str]], kinds: int, seconds: float
) -> Result:
    asked = question.requests(port, headers, kinds)
    await load(port, pid, asked, question.connections, min(1.0, seconds), 400)
    told = await load(port, pid, asked, question.connections, seconds, 1_000_000)
    check(question, told.body)
    return told


def lanes(data: Path, seconds: float, first: int) -> dict[str, dict[str, Result]]:
    issuer = signer(data / "demonstration-key.pem")
    analyst = PERSONAS["dwp-analyst"]

    def audience(count: int) -> list[dict[str, str]]:
        return [
            {"Authorization": f"Bearer {mint(issuer, analyst)}", "Purpose": "economic-recovery"} for _ in range(count)
        ]

    told: dict[str, dict[str, Result]] = {}
    port = first + 8
    for temperature, cache in (("asking", 0), ("cached", 3600)):
        environment = {
            "LMDT_DEMO": "true", "LMDT_DATA": str(data), "LMDT_PORT": str(port), "LMDT_LOG_LEVEL": "ERROR",
            "LMDT_SOURCES": str(sources(data / temperature, first, cache)),
        }  # fmt: skip
        # Asking: as many kinds of questions as there are. Cached: few enough to have all been asked before.
        kinds = 1_000_000 if cache == 0 else 40
        with running("-m", "app.cli", "serve", port=port, **environment) as pid:
            for lane, headers in (("one audience", audience(1)), ("a token each", audience(TOKENS))):
                told[f"{temperature}, {lane}"] = {
                    question.name: asyncio.run(measure(question, port, pid, headers, kinds, seconds))
                    for question in QUESTIONS
                }
            ruled = asyncio.run(measure(RULED, port, pid, audience(1), kinds, seconds))
            told[f"{temperature}, with evidence and dominance"] = {RULED.name: ruled}
    return told


def echo(first: int, nodes: int, seconds: float) -> Result:
    body = request(first + 4, "/", b'{"query": "{ area(code: \\"E08000003\\") { name } }"}', {})
    return asyncio.run(load(first + 4, nodes, iter(lambda: body, None), 16, seconds, 1_000_000))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each load (default 4)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    asked = parser.parse_args()
    first = free_ports(10)
    with tempfile.TemporaryDirectory() as name:
        data = Path(name)
        with running("-m", "bench.nodes", str(first), port=first) as nodes:
            floor = echo(first, nodes, asked.seconds)
            told = lanes(data, asked.seconds, first)
    stock = stock_ratio()
    print(f"{'':44} {'CPU ms':>8} {'p50':>7} {'p95':>7} {'p99':>7} {'req/s':>8} {'peak MB':>8} {'x echo':>7}")
    print(_line("bare Starlette echo", floor, floor))
    for lane, results in told.items():
        for question, result in results.items():
            print(_line(f"{question} {lane}", result, floor))
    print(f"Q4 completed by columns costs {stock:.1f} times less CPU than by stock Strawberry over the same answers.")
    if asked.json:
        figures = {lane: {q: _told(r) for q, r in results.items()} for lane, results in told.items()}
        asked.json.write_bytes(
            orjson.dumps({"echo": _told(floor), "stock": stock, **figures}, option=orjson.OPT_INDENT_2)
        )
    return 0


def _told(result: Result) -> dict[str, float]:
    return {key: value for key, value in asdict(result).items() if key != "body"}


def _line(name: str, told: Result, floor: Result) -> str:
    return (
        f"{name:44} {told.cpu:8.2f} {told.p50:7.1f} {told.p95:7.1f} {told.p99:7.1f} {told.per_second:8.0f} "
        f"{told.peak_mb:8.0f} {told.cpu / floor.cpu:7.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())
