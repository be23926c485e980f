"""The headers of every response: its operation's id, and those that keep a page on this machine."""

import logging
import time
from collections.abc import Iterable, Mapping
from random import getrandbits

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import errors
from app.protected_resource import pointed
from app.responses import BrokenOff

log = logging.getLogger("lmdt")
OPERATION_ID = "LMDT-Operation-Id"
KEY = "lmdt.operation_id"
# Nothing is loaded from, or sent to, anywhere but the gateway itself. The editor makes style elements as it runs.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "worker-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def security(reached: Iterable[str] = ()) -> dict[str, str]:
    """The headers of every response. `reached`: origins besides our own that the workbench may ask: where people sign
    in."""
    if not (origins := " ".join(sorted(set(reached)))):
        return SECURITY
    return {**SECURITY, "Content-Security-Policy": f"{POLICY}; connect-src 'self' {origins}"}


def operation_id(scope: Scope) -> str:
    """The id of the request of a scope: the one in its response, in the record and in the log."""
    return scope[KEY]


def given(scope: Scope) -> Mapping[bytes, list[str]]:
    """The headers of a request by their names in lower case: one that comes twice is twice there."""
    said: dict[bytes, list[str]] = {}
    for name, value in scope["headers"]:
        said.setdefault(name, []).append(value.decode("latin-1"))
    return said


def _new_id() -> str:
    """An id, 128 bits in hexadecimal: the time in milliseconds, so that records are written one beside the other,
    and chance."""
    return f"{time.time_ns() // 1_000_000:012x}{getrandbits(80):020x}"


class Headers:
    """ASGI middleware: gives each request its id, and each response the headers above. What fails inside is answered
    with 500, so that this too has them. `access_log`: writes a line for each response. `reached`: as `security` has
    it."""

    def __init__(self, app: ASGIApp, *, access_log: bool = False, reached: Iterable[str] = ()) -> None:
        self._app, self._access_log = app, access_log
        self._security = [(name.lower().encode(), value.encode()) for name, value in security(reached).items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application within, with its headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = scope[KEY] = _new_id()
        headers = [*self._security, (OPERATION_ID.lower().encode(), name.encode())]
        started, status, began = False, 0, time.perf_counter()

        async def send_with_headers(message: Message) -> None:
            nonlocal started, status
            if message["type"] == "http.response.start":
                started, status = True, message["status"]
                said = pointed(scope, message["headers"]) if status == 401 else message["headers"]
                message["headers"] = [*said, *headers]
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:
            if started and isinstance(error, BrokenOff):
                # Without its end the server closes the connection.
                return
            if started:
                raise
            await errors.failed(error, name)(scope, receive, send_with_headers)
        finally:
            if self._access_log:
                _log_access(scope, status, time.perf_counter() - began)


def _log_access(scope: Scope, status: int, seconds: float) -> None:
    """A line for a response: neither the query string nor a header, which may hold what is not for a log."""
    extra = {
        "event": "access",
        "operation_id": scope[KEY],
        "address": scope["client"][0] if scope.get("client") else None,
        "method": scope["method"],
        "path": scope["path"],
        "status": status,
        "milliseconds": round(seconds * 1000, 1),
    }
    log.info("access", extra=extra)
