"""HTTP to one department: its time, its connections, its size, one retry, and errors in our own words."""

import asyncio
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple, cast

import httpx
import orjson

from resolvers.errors import DepartmentMisanswered, DepartmentRefused, DepartmentUnavailable
from resolvers.source import Source

# Sent with every request. A department's cookies and redirects are nobody's to follow.
ALWAYS = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "User-Agent": "labour-market-data-trust"}
RETRIED = frozenset({429, 500, 502, 503, 504})


class Call(NamedTuple):
    """One HTTP exchange with a department, for the record: status 0 when there was no answer."""

    department: str
    dataset: str
    method: str
    url: str
    status: int
    milliseconds: float
    bytes: int


class Reply(NamedTuple):
    """A department's HTTP answer, read whole."""

    department: str
    status: int
    headers: httpx.Headers
    content: bytes
    url: str

    def json(self) -> Any:
        """The body as JSON. Raises DepartmentMisanswered."""
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError as error:
            raise DepartmentMisanswered(self.department, f"not JSON: {error}: {self.content[:200]!r}") from error


class Wire:
    """The one way to a department's endpoint."""

    def __init__(self, source: Source, transport: httpx.AsyncBaseTransport) -> None:
        self.source = source
        self._transport = transport
        self._slots = asyncio.Semaphore(source.limits.connections)

    async def send(
        self,
        method: str,
        path: str,
        *,
        dataset: str,
        calls: list[Call],
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        secret: str = "",
        expect: frozenset[int] = frozenset({200}),
    ) -> Reply:
        """Ask once, and once more if the department was busy or the connection broke. Every request is a
        read, so all are safe to repeat. `secret` is more of the query string, for departments that take a
        credential there: it is sent and never recorded. Raises DepartmentError for any status outside `expect`."""
        department, limits = self.source.department, self.source.limits
        body = None if json is None else orjson.dumps(json)
        sent = {**ALWAYS, **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json"
        request = httpx.Request(method, _url(self.source.url + path), params=params, content=body, headers=sent)
        recorded = str(request.url)
        if secret:
            request.url = httpx.URL(f"{recorded}{'&' if request.url.query else '?'}{secret}")
        try:
            async with asyncio.timeout(limits.timeout), self._slots:
                for last in (False, True):
                    try:
                        reply = await self._exchange(request, dataset, calls, recorded)
                    except (httpx.TransportError, ConnectionError) as error:
                        if last:
                            raise DepartmentUnavailable(department, repr(error)) from error
                        continue
                    if reply.status not in RETRIED or reply.status in expect or last:
                        break
                    await asyncio.sleep(_pause(reply.headers))
                else:
                    raise AssertionError("unreachable: the last attempt breaks or raises")
        except TimeoutError as error:
            calls.append(Call(department, dataset, method, recorded, 0, limits.timeout * 1000, 0))
            raise DepartmentUnavailable(department, f"no answer within {limits.timeout} s") from error
        if reply.status in expect:
            return reply
        detail = f"HTTP {reply.status}: {reply.content[:300]!r}"
        if reply.status in RETRIED or reply.status >= 500:
            raise DepartmentUnavailable(department, detail)
        if reply.status in (401, 403):
            raise DepartmentRefused(department, detail)
        raise DepartmentMisanswered(department, detail)

    async def _exchange(self, request: httpx.Request, dataset: str, calls: list[Call], recorded: str) -> Reply:
        started = time.perf_counter()
        status, size = 0, 0
        try:
            response = await self._transport.handle_async_request(request)
            status = response.status_code
            try:
                pieces: list[bytes] = []
                encoded = "Content-Encoding" in response.headers
                async for piece in response.aiter_bytes() if encoded else cast(httpx.AsyncByteStream, response.stream):
                    size += len(piece)
                    if size > self.source.limits.answer_bytes:
                        raise DepartmentMisanswered(self.source.department, f"more than {size} bytes")
                    pieces.append(piece)
            except httpx.DecodingError as error:
                raise DepartmentMisanswered(self.source.department, f"not as it is encoded: {error}") from error
            finally:
                await response.aclose()
            content = b"".join(pieces)
            return Reply(self.source.department, status, response.headers, content, recorded)
        finally:
            spent = (time.perf_counter() - started) * 1000
            calls.append(Call(self.source.department, dataset, request.method, recorded, status, spent, size))


@lru_cache(1024)
def _url(text: str) -> httpx.URL:
    return httpx.URL(text)


def _pause(headers: httpx.Headers) -> float:
    """Seconds to wait before the retry: what the department asks, at most one second."""
    asked = headers.get("Retry-After", "")
    return min(float(asked), 1.0) if asked.isascii() and asked.isdigit() else 0.1
