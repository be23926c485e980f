"""A gateway under trial, and the right answers to what it is asked."""

import time
from collections.abc import Iterable
from itertools import repeat

import httpx
import orjson

from bench.forms import Bench
from bench.load import Target, load
from bench.questions import BenchQuery
from bench.receipts import without_receipt
from bench.trials.callers import Asked

LATEST = {"query": "{ measures { name first { code } latest { code } } }"}


def await_learned(port: int, seconds: float = 60) -> None:
    """Returns when a gateway has read the departments' metadata, which its warnings are made from: when it says the
    same of them for two seconds. Raises RuntimeError."""
    before, since, end = b"", time.monotonic(), time.monotonic() + seconds
    while time.monotonic() < end:
        now = without_receipt(httpx.post(f"http://127.0.0.1:{port}/graphql", json=LATEST).content)
        if now != before:
            before, since = now, time.monotonic()
        elif time.monotonic() - since > 2 and any(measure["latest"] for measure in _measures(now)):
            return
        time.sleep(0.2)
    raise RuntimeError("the departments' metadata was not read in time")


def _measures(body: bytes) -> list[dict[str, object]]:
    return orjson.loads(body)["data"]["measures"]


def asked(bench: Bench, question: BenchQuery, kind: int) -> Asked:
    """One kind of a question, with a token of its own."""
    return Asked(f"{question.name} {kind}", question.sent(bench.port, kind, next(bench.headers(question))).wire)


def right_answers(bench: Bench, target: Target, questions: Iterable[BenchQuery]) -> dict[str, bytes]:
    """The right answer to each kind of each question, checked, by name and kind. A finished answer may be kept then."""
    truth: dict[str, bytes] = {}
    for question in questions:
        for kind in range(question.kinds):
            sent = question.sent(target.port, kind, next(bench.headers(question)))
            body = without_receipt(load(target, repeat(sent), 1, 60, 2).last[1])
            question.check(sent.variables, body)
            truth[f"{question.name} {kind}"] = body
    return truth
