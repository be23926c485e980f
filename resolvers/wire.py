"""HTTP to one department: its time, its connections, its size, its limits, one retry, and errors in our own words."""

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Any, NamedTuple, cast

import httpx
import orjson

from resolvers.errors import (
    AnswerTooLarge,
    DepartmentMisanswered,
    DepartmentRefused,
    DepartmentSilent,
    DepartmentUnavailable,
    PageInstead,
)
from resolvers.inflate import CODINGS, InflatedTooFar, NotInflated, inflate
from resolvers.rate_limit import UNSAID, NotBefore, is_limit
from resolvers.source import Source

# Sent with every request. A department's cookies and redirects are nobody's to follow.
ALWAYS = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "User-Agent": "labour-market-data-trust"}
RETRIED = frozenset({429, 500, 502, 503, 504})
PORTS = {"http": 80, "https": 443}
# Seconds before a retry where the department asks for none, and the most that a retry waits.
PAUSE, LONGEST_PAUSE = 0.1, 1.0
# Bytes of a compressed body that may take more than a moment to inflate.
LARGE = 4_096
# What is inflated takes memory and a core: large bodies take turns, those of all departments.
INFLATING = ThreadPoolExecutor(1, thread_name_prefix="inflate")
# Seconds by which a pause is longer than it was asked to be, so that it is not over a moment too early.
TICK = 0.002


class Vouched(NamedTuple):
    """What a request has as Authorization, and the name by which the department knows it."""

    authorization: str
    jti: str


# Vouches for a request by its method, address and body, otherwise each time it is sent.
Authorize = Callable[[str, str, bytes], Vouched]


class Call(NamedTuple):
    """One HTTP exchange with a department, for the record: status 0 when there was no answer. `jti`: the name of the
    Trust's assertion, where it went with one. `shared`: it was made for another operation."""

    department: str
    dataset: str
    method: str
    url: str
    status: int
    milliseconds: float
    bytes: int
    jti: str = ""
    shared: bool = False

    @property
    def recorded(self) -> dict[str, Any]:
        """What the record says of it: where it went, and nothing of what was asked."""
        said = {
            "department": self.department,
            "dataset": self.dataset,
            "method": self.method,
            "status": self.status,
            "milliseconds": round(self.milliseconds, 1),
            "bytes": self.bytes,
        }
        if self.jti:
            said["jti"] = self.jti
        if self.shared:
            said["shared"] = True
        return said


class Reply(NamedTuple):
    """A department's HTTP answer, read whole."""

    department: str
    status: int
    headers: httpx.Headers
    content: bytes
    url: str

    @property
    def is_page(self) -> bool:
        """Whether it is a web page: it says so, or says nothing of what it is and looks like one."""
        media = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media in ("", "text/plain"):
            return self.content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html"))
        return media in ("text/html", "application/xhtml+xml")

    @property
    def quoted(self) -> str:
        """The beginning of the body, for a log."""
        return self.content[:1000].decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON. Raises DepartmentMisanswered."""
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError as error:
            raise DepartmentMisanswered(self.department, f"not JSON: {error}: {self.quoted}") from error


class Wire:
    """The one way to a department's endpoint. It keeps to what the department says of when it may be asked."""

    def __init__(self, source: Source, transport: httpx.AsyncBaseTransport) -> None:
        self.source = source
        self._transport = transport
        self._slots = asyncio.Semaphore(source.limits.connections)
        self._not_before = NotBefore()
        self._declined = ""
        self._too_large = 0
        # What every request to it has, made once.
        self._headers = httpx.Headers({"Host": httpx.URL(source.url).netloc.decode("ascii"), **ALWAYS})

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
        authorize: Authorize | None = None,
        expect: frozenset[int] = frozenset({200}),
    ) -> Reply:
        """Ask once, and once more if the department was busy or the connection broke. Every request is a
        read, so all are safe to repeat. `secret` is more of the query string, for departments that take a
        credential there: it is sent and never recorded. `authorize` vouches for the request, anew each time it is sent.
        Nothing is sent before the time from which the department has said that it may be asked again. Raises
        DepartmentError for any status outside `expect`, and
        DepartmentUnavailable for a limit of requests, whatever its status; PageInstead for a web page with status 200.
        """
        department, limits = self.source.department, self.source.limits
        body = b"" if json is None else orjson.dumps(json)
        # For whoever watches the transport.
        extensions = {"department": department, "dataset": dataset}
        request = httpx.Request(
            method,
            _url(self.source.url + path),
            params=params,
            headers=self._headers,
            stream=httpx.ByteStream(body),
            extensions=extensions,
        )
        request.read()
        request.headers.update(headers)
        if json is not None:
            request.headers["Content-Type"] = "application/json"
            request.headers["Content-Length"] = str(len(body))
        recorded = str(request.url)
        if secret:
            request.url = httpx.URL(f"{recorded}{'&' if request.url.query else '?'}{secret}")
        sent = False
        try:
            async with asyncio.timeout(limits.timeout), self._slots:
                sent = True
                return await self._persist(request, path, dataset, calls, recorded, expect, authorize)
        except TimeoutError as error:
            if not sent:
                calls.append(Call(department, dataset, method, recorded, 0, limits.timeout * 1000, 0))
            raise DepartmentSilent(department, f"no answer within {limits.timeout:g} s") from error

    def leave(self, path: str, seconds: float, detail: str) -> None:
        """Has a path left alone for some seconds. `detail`: why, for the log."""
        self._not_before.leave(path, seconds)
        self._declined = detail

    async def _persist(
        self,
        request: httpx.Request,
        path: str,
        dataset: str,
        calls: list[Call],
        recorded: str,
        expect: frozenset[int],
        authorize: Authorize | None,
    ) -> Reply:
        """The answer, at the second attempt where the first is worth repeating. Raises DepartmentError."""
        for last in (False, True):
            if (wait := self._not_before.wait(path)) > 0:
                # The cause is the answer by which it said so: whoever lists causes has it once.
                raise DepartmentUnavailable(self.source.department, self._declined or "no requests are left", wait)
            name = ""
            if authorize:
                request.headers["Authorization"], name = authorize(request.method, recorded, request.content)
            try:
                reply = await self._exchange(request, dataset, calls, recorded, name)
                self._too_large = 0
            except AnswerTooLarge as error:
                # What waits for a connection would cost as much to find out again.
                self._too_large += 1
                if self._too_large > 1:
                    self.leave(path, UNSAID, error.detail)
                raise
            except (httpx.TransportError, OSError) as error:
                if last:
                    raise DepartmentUnavailable(self.source.department, repr(error)) from error
                continue
            page = reply.status == 200 and reply.is_page
            limited = is_limit(reply.status, reply.headers, reply.content, page=page)
            wait = self._not_before.heed(path, reply.status, reply.headers, limited=limited)
            if not limited and not page and reply.status in expect:
                return reply
            pause = PAUSE if wait is None and not limited else wait
            if last or page or not (limited or reply.status in RETRIED) or pause is None or pause > LONGEST_PAUSE:
                raise self._failure(reply, limited=limited, page=page, wait=wait)
            await asyncio.sleep(pause + TICK)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _failure(self, reply: Reply, *, limited: bool, page: bool, wait: float | None) -> Exception:
        """What an answer that cannot be used is. `wait`: seconds for which it asks to be left alone."""
        department = self.source.department
        detail = f"HTTP {reply.status}: {reply.quoted or 'nothing'}"
        if wait is not None:
            self._declined = detail
        if limited:
            return DepartmentUnavailable(department, detail, wait)
        if page:
            return PageInstead(department, detail)
        if reply.status in RETRIED or reply.status >= 500:
            return DepartmentUnavailable(department, detail, wait)
        if reply.status in (401, 403):
            return DepartmentRefused(department, detail)
        return DepartmentMisanswered(department, detail)

    async def _exchange(
        self, request: httpx.Request, dataset: str, calls: list[Call], recorded: str, name: str
    ) -> Reply:
        started = time.perf_counter()
        status, size = 0, 0
        try:
            response = await self._transport.handle_async_request(request)
            status = response.status_code
            try:
                pieces: list[bytes] = []
                async for piece in cast(httpx.AsyncByteStream, response.stream):
                    size += len(piece)
                    if size > self.source.limits.answer_bytes:
                        raise AnswerTooLarge(self.source.department, f"more than {size} bytes")
                    pieces.append(piece)
            finally:
                await response.aclose()
            content = await self._plain(b"".join(pieces), response.headers.get("Content-Encoding", ""))
            return Reply(self.source.department, status, response.headers, content, recorded)
        finally:
            spent = (time.perf_counter() - started) * 1000
            calls.append(Call(self.source.department, dataset, request.method, recorded, status, spent, size, name))

    async def _plain(self, body: bytes, coding: str) -> bytes:
        """A body as it was before it was encoded. Raises DepartmentMisanswered."""
        coding = coding.strip().lower()
        if coding in ("", "identity"):
            return body
        if coding not in CODINGS:
            raise DepartmentMisanswered(self.source.department, f"encoded as {coding:.40}, which was not asked for")
        work = partial(inflate, body, coding, self.source.limits.answer_bytes)
        try:
            # zlib lets others run meanwhile.
            if len(body) <= LARGE:
                return work()
            return await asyncio.get_running_loop().run_in_executor(INFLATING, work)
        except InflatedTooFar as error:
            raise AnswerTooLarge(self.source.department, str(error)) from error
        except NotInflated as error:
            raise DepartmentMisanswered(self.source.department, str(error)) from error


def address(source: Source) -> str:
    """Where a source is asked: scheme, host and port, also where the port is the usual one."""
    url = httpx.URL(source.url)
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}:{url.port or PORTS.get(url.scheme, 0)}"


@lru_cache(1024)
def _url(text: str) -> httpx.URL:
    return httpx.URL(text)
