"""A span for each request to the gateway, a part of the caller's own trace where `traceparent` names one."""

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.headers import operation_id
from app.traces.spans import current, failed

# Asked every few seconds by machines: their spans would bury the others.
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
# Characters of `tracestate` that are passed on: as many as the standard asks for. A department may refuse longer heads.
STATE = 512
PROPAGATOR = TraceContextTextMapPropagator()


class TracedRequests:
    """ASGI middleware: makes the span of a request. Of what the caller wrote it holds the method, if that is one of
    HTTP's, and the route, if the gateway has it."""

    def __init__(self, app: ASGIApp, *, tracer: Tracer) -> None:
        self._app, self._tracer = app, tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application within, in its span."""
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        attributes = {
            "http.request.method": method,
            "url.scheme": scope["scheme"],
            "network.protocol.version": scope["http_version"],
        }
        with current(self._tracer, method, SpanKind.SERVER, attributes, _parent(scope)) as span:

            async def send_with_status(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _answered(span, message["status"])
                await send(message)

            try:
                await self._app(scope, receive, send_with_status)
            finally:
                span.set_attribute("lmdt.operation_id", operation_id(scope))
                if route := getattr(scope.get("route"), "path", None):
                    span.update_name(f"{method} {route}")
                    span.set_attributes({"http.route": route, "url.path": route})


def _answered(span: Span, status: int) -> None:
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        failed(span, str(status))


def _parent(scope: Scope) -> Context:
    """The context that the caller's headers name. Whatever is wrong with them, they name none."""
    written = {
        name: b",".join(value for key, value in scope["headers"] if key == name.encode()).decode("latin-1")
        for name in PROPAGATOR.fields
    }
    if len(written["tracestate"]) > STATE:
        del written["tracestate"]
    return PROPAGATOR.extract(written, Context())
