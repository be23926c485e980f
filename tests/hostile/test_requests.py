"""No request does more than it says: each is answered as it should be, once, and whatever it is, the next is answered."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import orjson
import pytest
import uvicorn

from app.commands.serve import bounds
from tests.conftest import Opener, Trust
from tests.hostile.asking_gateways import OK, Answer, Line, http
from tests.hostile.framing import FRAMING
from tests.hostile.requests import REQUESTS

pytestmark = pytest.mark.sockets
# Seconds for which an answer is waited for; and for which a second answer is, that nobody asked for.
PATIENCE, MOMENT = 20.0, 0.05


@asynccontextmanager
async def listening(trust: Trust) -> AsyncGenerator[int]:
    """The port of a gateway that is served as it is by its own command."""
    config = uvicorn.Config(trust.app, port=0, lifespan="off", **bounds(trust.app.state.gateway.settings))
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def answer_to(port: int, sent: bytes) -> bytes:
    """All that comes back on a connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    with suppress(ConnectionError, TimeoutError):
        writer.write(sent)
        await writer.drain()
    try:
        async with asyncio.timeout(PATIENCE):
            while piece := await reader.read(65_536):
                received += piece
                if _is_whole(received):
                    break
        async with asyncio.timeout(MOMENT):
            while piece := await reader.read(65_536):
                received += piece
    except (ConnectionError, TimeoutError):
        pass
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return received


def _is_whole(received: bytes) -> bool:
    head, end, body = received.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").partition(b"\r\n\r\n")
    length = [line.partition(b":")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return bool(end and length) and len(body) >= int(length[0])


def wrong(answer: Answer, received: bytes) -> str | None:
    """What is not as it should be of what came back."""
    received = received.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    head, _, body = received.partition(b"\r\n\r\n")
    if received.count(b"HTTP/1.1 ") != 1:
        return f"{received.count(b'HTTP/1.1 ')} answers: {received[:300]!r}"
    status, code = int(head.split()[1]), None
    if b"json" in head and b"problem+json" not in head:
        document = orjson.loads(body)
        code = document["errors"][0]["extensions"]["code"] if "errors" in document else None
        if status == 200 and code is None and document["data"] != {"me": {"subject": "public"}}:
            return f"answered with {document}"
    return None if (status, code) == answer else f"{status} {code}: {body[:200]!r}"


@pytest.mark.parametrize("lines", [REQUESTS, FRAMING], ids=["requests", "framing"])
async def test_every_request_is_answered_as_it_should_be_once(
    open_trust: Opener, tmp_path: Path, lines: Mapping[str, Line]
) -> None:
    found: dict[str, str] = {}
    # The explorer answers at any path, where it has been built.
    settings = {"QUOTA_ADDRESS": "0", "EXPLORER": str(tmp_path)}
    async with open_trust(**settings) as trust, listening(trust) as port:
        for name, (answer, sent) in lines.items():
            try:
                fault = wrong(answer, await answer_to(port, sent))
            except Exception as error:
                fault = f"{error!r:.200}"
            found |= {name: fault} if fault else {}
        assert wrong(OK, await answer_to(port, http())) is None
    assert not found, "\n".join(f"{name}: {fault}" for name, fault in found.items())
    assert len(lines) >= 60
