"""A department, or whatever stands before it, that does not speak HTTP as it should."""

import asyncio
import gzip
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from app.transport import Transport
from resolvers.errors import AnswerTooLarge, DepartmentMisanswered, DepartmentUnavailable
from resolvers.source import Limits, Source
from resolvers.wire import Call, Wire

HEAD = b"HTTP/1.1 200 OK\r\n"
UNAVAILABLE = {
    "no HTTP": b"hello there\r\n\r\n",
    "nothing": b"",
    "a length that is no number": HEAD + b"Content-Length: x\r\n\r\nhello",
    "less than it promised": HEAD + b"Content-Length: 50\r\n\r\nhello",
    "a chunk of no size": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
    "an endless header": HEAD + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
}
BAD_GZIP = HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"


LIMITS = Limits(timeout=5)
PACKED = gzip.compress(bytes(1_000_000))
TOO_LARGE = {
    "as it comes": HEAD + b"Content-Length: 1000000\r\n\r\n" + bytes(1_000_000),
    "once inflated": HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PACKED) + PACKED,
}


@asynccontextmanager
async def answering(answer: bytes, limits: Limits = LIMITS) -> AsyncGenerator[Wire]:
    """The way to a department that answers everything so."""

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(reply, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    source = Source("x", "DWP", "share", f"http://127.0.0.1:{port}", None, "2023-04", limits, ())
    transport = Transport()
    async with server:
        yield Wire(source, transport)
        await transport.aclose()


@pytest.mark.parametrize("what", UNAVAILABLE)
async def test_broken_http_is_tried_twice_and_is_the_departments_failure_alone(what: str) -> None:
    calls: list[Call] = []
    async with answering(UNAVAILABLE[what]) as wire:
        with pytest.raises(DepartmentUnavailable) as raised:
            await wire.send("GET", "/", dataset="d", calls=calls)
    assert len(calls) == 2
    assert raised.value.retryable


async def test_an_answer_that_is_not_encoded_as_it_says_is_misanswered() -> None:
    async with answering(BAD_GZIP) as wire:
        with pytest.raises(DepartmentMisanswered):
            await wire.send("GET", "/", dataset="d", calls=[])


@pytest.mark.parametrize("how", TOO_LARGE)
async def test_an_answer_that_is_larger_than_is_allowed_is_asked_for_once_and_after_two_no_more(how: str) -> None:
    calls: list[Call] = []
    async with answering(TOO_LARGE[how], Limits(timeout=5, answer_bytes=100_000)) as wire:
        with pytest.raises(AnswerTooLarge, match="more than"):
            await wire.send("GET", "/", dataset="d", calls=calls)
        assert len(calls) == 1
        with pytest.raises(AnswerTooLarge):
            await wire.send("GET", "/", dataset="d", calls=calls)
        with pytest.raises(DepartmentUnavailable) as left_alone:
            await wire.send("GET", "/", dataset="d", calls=calls)
    assert len(calls) == 2
    assert left_alone.value.retry_after == 5
