"""A span for each request to a department, which is told of it by `traceparent`."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import httpx
from opentelemetry.trace import Span, SpanKind, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from app.traces.spans import failed
from resolvers.wire import PORTS

PROPAGATOR = TraceContextTextMapPropagator()


class TracedTransport(httpx.AsyncBaseTransport):
    """Makes a span of each request that goes through it, from its sending to the end of its answer. Of the address it
    holds host and port: a path or a query string may say who asks, and with what credential."""

    def __init__(self, transport: httpx.AsyncBaseTransport, tracer: Tracer) -> None:
        self._transport, self._tracer = transport, tracer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        department, dataset = request.extensions["department"], request.extensions["dataset"]
        attributes = {
            "http.request.method": request.method,
            "server.address": request.url.host,
            "server.port": request.url.port or PORTS[request.url.scheme],
            "lmdt.department": department,
            "lmdt.dataset": dataset,
        }
        span = self._tracer.start_span(f"{request.method} {department}", kind=SpanKind.CLIENT, attributes=attributes)
        PROPAGATOR.inject(request.headers, set_span_in_context(span))
        try:
            response = await self._transport.handle_async_request(request)
        except BaseException as error:
            failed(span, type(error).__name__)
            span.end()
            raise
        span.set_attribute("http.response.status_code", response.status_code)
        if response.status_code >= 400:
            failed(span, str(response.status_code))
        response.stream = _Body(cast(httpx.AsyncByteStream, response.stream), span)
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()


class _Body(httpx.AsyncByteStream):
    """The body of an answer, which ends its span when it is closed. Its size is as it came, before it is inflated."""

    def __init__(self, stream: httpx.AsyncByteStream, span: Span) -> None:
        self._stream, self._span, self._size = stream, span, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._stream:
                self._size += len(piece)
                yield piece
        except (Exception, asyncio.CancelledError) as error:
            failed(self._span, type(error).__name__)
            raise

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            self._span.set_attribute("http.response.body.size", self._size)
            self._span.end()
