"""The ways in which a department, or what stands before it, may fail: what it sends in the place of an answer. Each
may ask for the right answer, to spoil it."""

import asyncio
import gzip
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import orjson

from bench.trials.callers import Answer

# Seconds that one byte of a drip takes; seconds that `Retry-After` asks for; bytes of an answer that is inflated.
DRIP, RETRY_AFTER, BOMB = 0.05, 3, 300_000_000
# What JSON and CSV are written as where a number belongs.
NUMBER = re.compile(rb"(?<![\w.\"])-?\d+(\.\d+)?(?![\w.\"])")
Send = Callable[[bytes], Awaitable[None]]
Ask = Callable[[], Awaitable[Answer]]
Fault = Callable[[Ask, Send], Awaitable[None]]


class Cut(Exception):
    """The connection is reset."""


def as_bytes(answer: Answer, status: str = "200 OK", **headers: str) -> bytes:
    """An answer as it goes over the wire, with other headers than its own where some are given."""
    kept = {"content-type": answer.headers.get("content-type", "text/plain")}
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = {**kept, "content-length": str(len(answer.body)), **given}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + answer.body


async def hang(_: Ask, send: Send) -> None:
    await asyncio.sleep(3600)


async def reset(_: Ask, send: Send) -> None:
    raise Cut


async def reset_in_the_body(ask: Ask, send: Send) -> None:
    answer = await ask()
    whole = as_bytes(answer)
    await send(whole[: len(whole) - len(answer.body) // 2 - 1])
    raise Cut


async def drip(ask: Ask, send: Send) -> None:
    whole = as_bytes(await ask())
    for at in range(len(whole)):
        await send(whole[at : at + 1])
        await asyncio.sleep(DRIP)


async def half_a_body(ask: Ask, send: Send) -> None:
    answer = await ask()
    await send(as_bytes(answer._replace(body=answer.body[: len(answer.body) // 2])))


async def no_body(ask: Ask, send: Send) -> None:
    await send(as_bytes((await ask())._replace(body=b"")))


async def garbage(_: Ask, send: Send) -> None:
    await send(b"\x00\xff\xfe no HTTP at all \r\n\r\n" * 40)
    raise Cut


async def a_tls_record(_: Ask, send: Send) -> None:
    await send(bytes.fromhex("15030300020228") * 3)
    raise Cut


async def a_page(_: Ask, send: Send) -> None:
    page = b"<!doctype html><title>Maintenance</title><p>We will be back soon."
    await send(as_bytes(Answer(200, {"content-type": "text/html; charset=utf-8"}, page)))


async def another_type(ask: Ask, send: Send) -> None:
    body = b"%PDF-1.7 " + (await ask()).body[::-1]
    await send(as_bytes(Answer(200, {"content-type": "application/pdf"}, body)))


async def another_charset(ask: Ask, send: Send) -> None:
    answer = await ask()
    body = answer.body.decode("utf-8", "replace").encode("utf-16")
    await send(as_bytes(answer._replace(body=body)))


async def another_shape(ask: Ask, send: Send) -> None:
    """Lists and texts where numbers belong."""
    answer = await ask()
    await send(as_bytes(answer._replace(body=_reshaped(answer.body))))


async def a_bomb(_: Ask, send: Send) -> None:
    await send(as_bytes(Answer(200, {"content-type": "application/json"}, _bomb()), content_encoding="gzip"))


def status(line: str, **headers: str) -> Fault:
    """An answer of another status, with the words of the department."""

    async def fault(_: Ask, send: Send) -> None:
        body = b'{"error": "not today"}'
        await send(as_bytes(Answer(0, {"content-type": "application/json"}, body), line, **headers))

    return fault


# Down is a fault of no answer: there, nobody listens.
DOWN = "down"
FAULTS: Mapping[str, Fault] = {
    "hang": hang,
    "500": status("500 Internal Server Error"),
    "429": status("429 Too Many Requests", retry_after=str(RETRY_AFTER)),
    "503": status("503 Service Unavailable", retry_after=str(RETRY_AFTER)),
    "403": status("403 Forbidden"),
    "404": status("404 Not Found"),
    "redirect": status("302 Found", location="http://127.0.0.1:1/elsewhere"),
    "drip": drip,
    "garbage": garbage,
    "TLS": a_tls_record,
    "reset": reset,
    "reset in the body": reset_in_the_body,
    "half a body": half_a_body,
    "no body": no_body,
    "a page": a_page,
    "another type": another_type,
    "another charset": another_charset,
    "another shape": another_shape,
    "a bomb": a_bomb,
}


def _reshaped(body: bytes) -> bytes:
    try:
        return orjson.dumps(_renamed(orjson.loads(body)))
    except orjson.JSONDecodeError:
        return NUMBER.sub(b"seven", body)


def _renamed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _renamed(inner) for key, inner in cast(dict[str, Any], value).items()}
    if isinstance(value, list):
        return [_renamed(inner) for inner in cast(list[Any], value)]
    return [value] if isinstance(value, int | float) else value


_made: list[bytes] = []


def _bomb() -> bytes:
    """Made once: it takes a second."""
    if not _made:
        _made.append(gzip.compress(bytes(BOMB)))
    return _made[0]
