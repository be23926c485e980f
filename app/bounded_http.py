"""uvicorn's HTTP protocol with bounds: on the head of a request, the time that head and body take to come, and the
time that an answer waits for a caller who does not read it. Whoever goes beyond them loses their own connection, and
nobody else's. So does who sends another HTTP than 1.0 or 1.1, or not one Host (RFC 9112)."""

import asyncio
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)
LATE_BODY = orjson.dumps(
    {"errors": [{"message": "The body of the request did not come in time.", "extensions": {"code": "BAD_USER_INPUT"}}]}
)
LATE = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json; charset=utf-8\r\ncache-control: no-store\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (len(LATE_BODY), LATE_BODY)
)
VERSIONS = frozenset({"1.0", "1.1"})


class BoundedProtocol(HttpToolsProtocol):
    """One connection. `head_bytes` and `head_seconds`: of a request's line and headers. `body_seconds`: in which all of
    its body must come. `write_seconds`: for which an answer may wait to be read."""

    def __init__(
        self,
        *arguments: Any,
        head_bytes: int,
        head_seconds: float,
        body_seconds: float,
        write_seconds: float,
        **named: Any,
    ) -> None:
        super().__init__(*arguments, **named)
        self._head_bytes, self._head_seconds = head_bytes, head_seconds
        self._body_seconds, self._write_seconds = body_seconds, write_seconds
        self._came = 0
        self._in_head, self._in_body = True, False
        # Of the head, and then of the body.
        self._deadline: asyncio.TimerHandle | None = None
        self._write_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """A caller who connects and says nothing has as long as one who is slow to say it."""
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        """Counts what comes before a head is whole."""
        if self._in_head:
            self._came += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head and self._came > self._head_bytes:
            self.transport.write(TOO_LARGE)
            self.transport.close()
        elif self._deadline is None:
            # What came whole, as most does, needs no deadline.
            if self._in_head:
                self._watch_head()
            elif self._in_body:
                self._deadline = self.loop.call_later(self._body_seconds, self._too_late)

    def on_message_begin(self) -> None:
        """Another head begins."""
        if not self._in_head:
            self._in_head, self._came = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._in_head, self._in_body = False, True
        self._cancel()
        assert self.parser is not None
        version, hosts = self.parser.get_http_version(), [name for name, _ in self.headers].count(b"host")
        if version not in VERSIONS or hosts > 1 or (version == "1.1" and not hosts):
            # What is raised here uvicorn answers as it does whatever is not HTTP: with 400, and the connection ends.
            raise ValueError(f"HTTP {version} with {hosts} hosts")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is whole."""
        self._in_body = False
        self._cancel()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The caller reads more slowly than the answer comes."""
        super().pause_writing()
        if self._write_deadline is None:
            self._write_deadline = self.loop.call_later(self._write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The caller has read most of what waited."""
        super().resume_writing()
        if self._write_deadline is not None:
            self._write_deadline.cancel()
            self._write_deadline = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._cancel()
        if self._write_deadline is not None:
            self._write_deadline.cancel()
        super().connection_lost(exc)

    def _watch_head(self) -> None:
        self._deadline = self.loop.call_later(self._head_seconds, self.transport.abort)

    def _too_late(self) -> None:
        """The body has not come in time: that is said, unless the request has been answered without it."""
        if not self.cycle.response_started:
            self.transport.write(LATE)
        self.transport.close()

    def _cancel(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
