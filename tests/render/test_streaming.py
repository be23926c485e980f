"""Large files are sent as they are made: the first bytes before the last figures, no more once nobody reads them, and
no further than the agreements in them last."""

import asyncio
import hashlib
import io
import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import replace
from typing import Any

import openpyxl
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from starlette.requests import ClientDisconnect

from app.render import columns as by_columns
from app.render.formats import FORMATS
from tests.conftest import Opener, Trust
from tests.render.asking import post

WRITTEN = [name for name, form in FORMATS.items() if not form.beside]
MONTHS = """{ labourMarket(areas: {level: LA}, periods: {from: "2021-01", to: "2021-06"}) {
  nodes { area { name } period { code } payrolledEmployees { value } claimantCount { value } } } }"""
ROWS = 361 * 6


@pytest.fixture
async def chunked(open_trust: Opener, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Trust]:
    """A gateway that sends every file as it is made, in small batches."""
    monkeypatch.setattr(by_columns, "CELLS", 100)
    monkeypatch.setattr(by_columns, "ROWS", 100)
    async with open_trust() as trust:
        engine = trust.app.state.gateway.engine
        engine.bounds = replace(engine.bounds, whole=0)
        yield trust


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the batches that have been made."""
    sizes: list[int] = []
    batches = by_columns.batches

    def noted(*given: Any) -> Iterator[pa.RecordBatch]:
        for batch in batches(*given):
            sizes.append(batch.num_rows)
            yield batch

    monkeypatch.setattr(by_columns, "batches", noted)
    monkeypatch.setattr("app.render.observations.batches", noted)
    return sizes


def rows(form: str, content: bytes) -> int:
    match form:
        case "xlsx":
            return openpyxl.load_workbook(io.BytesIO(content)).worksheets[4].max_row - 4
        case "parquet":
            return pq.read_table(io.BytesIO(content)).num_rows
        case "arrow":
            return pa.ipc.open_stream(content).read_all().num_rows
        case _:
            return content.count(b"\r\n") - 1


async def entries(trust: Trust, path: str) -> list[dict[str, Any]]:
    got = await trust.http.get(path, headers=trust.headers("dfe-analyst"))
    said = got.json()["entries"]
    return [json.loads(one["entry"]) | {"opened": [json.loads(text) for text in one["opened"]]} for one in said]


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
@pytest.mark.parametrize("form", WRITTEN)
async def test_what_was_sent_is_the_file_and_the_log_has_its_hash(chunked: Trust, form: str, coding: str) -> None:
    reply = await post(chunked, MONTHS, "dfe-analyst", f"?format={form}", **{"Accept-Encoding": coding})
    assert "content-length" not in reply.headers
    coded = "identity" if FORMATS[form].packed else coding
    assert reply.headers.get("content-encoding", "identity") == coded
    assert rows(form, reply.content) == ROWS * (2 if form == "sdmx-csv" else 1)
    _, released = await entries(chunked, reply.headers["receipt"])
    (answer,) = released["opened"]
    assert released["outcome"] == "whole"
    assert answer["sha256"] == hashlib.sha256(reply.content).hexdigest()


@pytest.mark.parametrize("form", WRITTEN)
async def test_the_first_bytes_are_sent_before_the_last_figures_are_made(
    chunked: Trust, made: list[int], form: str
) -> None:
    at: list[int] = []
    await sent(chunked, form, lambda message: at.append(sum(made)) if message.get("body") else None, {})
    assert at[0] <= 100
    assert sum(made) >= ROWS
    assert max(made) <= 100


@pytest.mark.parametrize("form", WRITTEN)
async def test_nothing_more_is_made_for_a_caller_who_has_left(chunked: Trust, made: list[int], form: str) -> None:
    bodies: list[int] = []

    def leaves(message: Mapping[str, Any]) -> None:
        if message.get("body"):
            bodies.append(len(message["body"]))
            if len(bodies) == 2:
                raise OSError("gone")

    head: dict[str, str] = {}
    with pytest.raises(ClientDisconnect):
        await sent(chunked, form, leaves, head)
    assert sum(made) < ROWS / 2
    operation, released = await entries(chunked, head["receipt"])
    assert (operation["answer"], released["outcome"]) == (None, "broken off")


@pytest.mark.parametrize("form", WRITTEN)
async def test_a_file_whose_agreement_ends_is_broken_off_without_its_end(
    chunked: Trust, made: list[int], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    engine, looks = type(chunked.app.state.gateway.engine), iter([True] * 5)
    monkeypatch.setattr(engine, "in_force", lambda *_: next(looks, False))
    messages: list[Mapping[str, Any]] = []
    head: dict[str, str] = {}
    await sent(chunked, form, messages.append, head)
    monkeypatch.undo()
    assert messages[-1].get("more_body"), "nothing says that it is over"
    assert sum(made) < ROWS
    _, released = await entries(chunked, head["receipt"])
    assert released["outcome"] == "broken off"
    body = b"".join(message.get("body", b"") for message in messages)
    if FORMATS[form].binary and form != "arrow":
        with pytest.raises(Exception, match=r"(?i)zip|parquet|magic|footer"):
            rows(form, body)


async def sent(trust: Trust, form: str, each: Any, head: dict[str, str]) -> None:
    """A request to the application itself, whose messages are looked at one by one."""
    headers = {**trust.headers("dfe-analyst"), "content-type": "application/json", "host": "localhost"}
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "method": "POST", "path": "/graphql",
        "query_string": f"format={form}".encode(), "scheme": "http", "server": ("localhost", 80), "http_version": "1.1",
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()], "client": ("127.0.0.1", 1),
    }  # fmt: skip
    asked = [{"type": "http.request", "body": orjson.dumps({"query": MONTHS}), "more_body": False}]

    async def receive() -> dict[str, Any]:
        if asked:
            return asked.pop()
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            head.update({k.decode(): v.decode() for k, v in message["headers"]})
        each(message)

    await trust.app(scope, receive, send)
