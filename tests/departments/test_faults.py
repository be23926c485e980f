"""A sample department misbehaves when a test asks it to, and only then."""

import asyncio
import socket
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from departments.faults import Faults

HELD = {"figures": [1, 2, 3, 4, 5, 6, 7, 8]}


async def _held(_: Request) -> JSONResponse:
    return JSONResponse(HELD)


def department(*, remote: bool = False) -> Faults:
    app = Starlette(routes=[Route("/data", _held), Route("/about", _held)])
    mangle = {"truncated": lambda body: body.replace(b",7,8", b"")}
    return Faults(app, on=lambda scope: scope["path"] == "/data", mangle=mangle, remote=remote)


def reached(app: Faults) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://department")


async def test_a_fault_meets_as_many_data_requests_as_were_asked_for_and_no_others() -> None:
    app = department()
    app.inject("503", times=2)
    async with reached(app) as http:
        statuses = [(await http.get(path)).status_code for path in ("/about", "/data", "/about", "/data", "/data")]
    assert statuses == [200, 503, 200, 503, 200]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("broken-json", b'<html>{"figures":[1,2,3,4,5,6,7,8]}'),
        ("truncated", b'{"figures":[1,2,3,4,5,6]}'),
        ("wrong-keys", b'{"figures_v2":[1,2,3,4,5,6,7,8]}'),
    ],
)
async def test_an_answer_is_mangled_in_the_protocols_own_way_or_in_the_common_one(kind: str, body: bytes) -> None:
    app = department()
    app.inject(kind)
    async with reached(app) as http:
        reply = await http.get("/data")
    assert (reply.status_code, reply.content) == (200, body)
    assert reply.headers["content-length"] == str(len(body))


async def test_a_busy_department_says_when_to_come_back() -> None:
    app = department()
    app.inject("429")
    async with reached(app) as http:
        reply = await http.get("/data")
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "0")


async def test_a_slow_department_answers_in_the_end() -> None:
    app = department()
    app.inject("slow", seconds=0.05)
    async with reached(app) as http:
        started = time.perf_counter()
        assert (await http.get("/data")).json() == HELD
    assert time.perf_counter() - started >= 0.05


def test_an_unknown_fault_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no fault 'fire': there are slow, 429, .*, dropped\."):
        department().inject("fire")


async def test_faults_are_asked_for_over_http_only_where_that_is_allowed() -> None:
    async with reached(department()) as http:
        assert (await http.post("/faults", json={"kind": "503"})).status_code == 404
    async with reached(department(remote=True)) as http:
        assert (await http.post("/faults", json={"kind": "503", "times": 2})).json() == {"waiting": 2}
        assert (await http.post("/faults", json={"kind": "fire"})).status_code == 400
        assert (await http.get("/data")).status_code == 503


@asynccontextmanager
async def served(app: Faults) -> AsyncGenerator[str]:
    """The department on a socket of its own."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await running


@pytest.mark.sockets
async def test_a_dropped_connection_is_a_transport_error_in_process_and_over_sockets() -> None:
    app = department(remote=True)
    app.inject("dropped")
    async with reached(app) as http:
        with pytest.raises(ConnectionError):
            await http.get("/data")
    async with served(app) as address, httpx.AsyncClient(base_url=address) as http:
        await http.post("/faults", json={"kind": "dropped"})
        with pytest.raises(httpx.TransportError):
            await http.get("/data")
        assert (await http.get("/data")).json() == HELD
