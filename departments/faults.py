"""Faults on request: how a sample department misbehaves when a test asks it to."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KINDS = ("slow", "429", "503", "broken-json", "truncated", "wrong-keys", "dropped")
Mangle = Mapping[str, Callable[[bytes], bytes]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One misbehaviour: its kind, and for "slow" how many seconds."""

    kind: str
    seconds: float = 1.0


async def _nobody(_: Message) -> None:
    """To whom an answer goes that is lost."""


def _as_html(body: bytes) -> bytes:
    """No JSON any more: the start of a page, as from a proxy in between."""
    return b"<html>" + body[:40]


def _cut(body: bytes) -> bytes:
    """Half of the bytes."""
    return body[: len(body) // 2]


def _rename_keys(body: bytes) -> bytes:
    """Every key of the outermost object renamed, as after an upgrade nobody announced."""
    try:
        document: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return b"unexpected," + body
    if not isinstance(document, dict):
        return orjson.dumps({"v2": document})
    return orjson.dumps({f"{key}_v2": value for key, value in cast(dict[str, Any], document).items()})


class Faults:
    """ASGI middleware. Data requests (`on(scope)`) meet the faults that were injected, one each.

    `mangle` gives a protocol's own way to be truncated or to rename keys. Where `remote`, tests over
    sockets inject with `POST /faults {"kind", "times", "seconds"}`.
    """

    def __init__(
        self, app: ASGIApp, *, on: Callable[[Scope], bool], mangle: Mangle | None = None, remote: bool = False
    ) -> None:
        self._app, self._on, self._remote = app, on, remote
        generic: Mangle = {"broken-json": _as_html, "truncated": _cut, "wrong-keys": _rename_keys}
        self._mangle: Mangle = {**generic, **(mangle or {})}
        self._waiting: deque[Fault] = deque()

    def inject(self, kind: str, times: int = 1, seconds: float = 1.0) -> None:
        """The next `times` data requests meet this fault."""
        if kind not in KINDS:
            raise ValueError(f"no fault {kind!r}: there are {', '.join(KINDS)}.")
        self._waiting.extend(Fault(kind, seconds) for _ in range(times))

    def clear(self) -> None:
        """No fault waits any more."""
        self._waiting.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._remote and scope["path"] == "/faults":
            await self._injected(scope, receive, send)
        elif self._waiting and self._on(scope):
            await self._misbehave(self._waiting.popleft(), scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _injected(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds the fault in the body and says how many wait; 400 for a kind that there is none of."""
        fault = orjson.loads(await Request(scope, receive).body())
        try:
            self.inject(fault["kind"], fault.get("times", 1), fault.get("seconds", 1.0))
            answer = JSONResponse({"waiting": len(self._waiting)})
        except (KeyError, ValueError) as error:
            answer = JSONResponse({"error": str(error)}, 400)
        await answer(scope, receive, send)

    async def _misbehave(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """The fault in place of the answer, or, where it is "slow", before it."""
        match fault.kind:
            case "slow":
                await asyncio.sleep(fault.seconds)
                await self._app(scope, receive, send)
            case "429" | "503":
                busy = Response(status_code=int(fault.kind), headers={"Retry-After": "0"})
                await busy(scope, receive, send)
            case "dropped":
                # The department has answered. In process httpx sees the exception; over a socket the connection closes
                # in the middle of the answer.
                await self._app(scope, receive, _nobody)
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
                raise ConnectionResetError("dropped on request")
            case _:
                await self._mangled(self._mangle[fault.kind], scope, receive, send)

    async def _mangled(self, change: Callable[[bytes], bytes], scope: Scope, receive: Receive, send: Send) -> None:
        """The whole answer with its body changed and its length set right."""
        start: Message = {}
        pieces: list[bytes] = []

        async def hold(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            else:
                pieces.append(message.get("body", b""))

        await self._app(scope, receive, hold)
        body = change(b"".join(pieces))
        headers = [(k, v) for k, v in start["headers"] if k.lower() != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": body})
