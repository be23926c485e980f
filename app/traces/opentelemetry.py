"""Traces by OpenTelemetry, sent by OTLP: what was done for a request, and how long each part took. No figure, no
token, nobody's name.

Spans hold the attributes that are named in this package, and no others. Ready-made instrumentation also writes query
strings, addresses of callers and the messages of errors. Imported only where traces are switched on.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from threading import Thread

import httpx
from graphql import GraphQLError, OperationDefinitionNode
from opentelemetry.exporter.otlp.proto.http import trace_exporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import format_trace_id, get_current_span
from starlette.middleware import Middleware

from app.settings import SettingsError
from app.traces import NOTHING, Tracing
from app.traces.incoming import TracedRequests
from app.traces.outgoing import TracedTransport
from app.traces.sampling import decided_here
from app.traces.spans import current

log = logging.getLogger("lmdt")
# Characters of an operation's name that are shown.
NAME = 64


class OpenTelemetry(Tracing):
    """The traces of one gateway, by the variables that every OpenTelemetry SDK reads (OTEL_...). `farewell`: seconds
    in which the last spans are sent when the gateway ends. Raises SettingsError."""

    def __init__(self, farewell: float) -> None:
        own = Resource({SERVICE_NAME: "labour-market-data-trust"})
        resource = Resource.create().merge(own).merge(OTELResourceDetector().detect())
        try:
            # Spans wait in a queue that is bounded, and are sent by a thread of their own.
            processor = BatchSpanProcessor(trace_exporter.OTLPSpanExporter())
            self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        except ValueError as error:
            raise SettingsError(
                f"LMDT_TRACES: one of OpenTelemetry's OTEL_ variables cannot be used: {error}"
            ) from error
        self._provider.add_span_processor(processor)
        self._provider.sampler = decided_here(self._provider.sampler)
        self._tracer = self._provider.get_tracer("lmdt")
        self._farewell = farewell
        log.addFilter(_name_trace)
        # It would write into the log what callers put into their headers.
        logging.getLogger("opentelemetry.trace").setLevel(logging.ERROR)

    @property
    def middleware(self) -> Sequence[Middleware]:
        """A span for each request, around all that is done for it."""
        return [Middleware(TracedRequests, tracer=self._tracer)]

    def transport(self, transport: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        """A transport whose every request is a span."""
        return TracedTransport(transport, self._tracer)

    def phase(self, name: str) -> AbstractContextManager[object]:
        """A span for a phase of an operation, where the span of its request is kept."""
        return current(self._tracer, name) if get_current_span().is_recording() else NOTHING

    def operation(
        self, outcome: str, errors: Sequence[GraphQLError], definition: OperationDefinitionNode | None
    ) -> None:
        """Says so in the span of the request."""
        span = get_current_span()
        if not span.is_recording():
            return
        span.set_attribute("lmdt.outcome", outcome)
        if errors:
            span.set_attribute("lmdt.errors", sorted({str((error.extensions or {}).get("code")) for error in errors}))
        if definition:
            span.set_attribute("graphql.operation.type", definition.operation.value)
            if definition.name:
                span.set_attribute("graphql.operation.name", definition.name.value[:NAME])

    async def close(self) -> None:
        """Sends the spans that wait, as far as there is time: a collector that hangs holds up nothing."""
        sending = Thread(target=self._provider.shutdown, daemon=True)
        sending.start()
        await asyncio.to_thread(sending.join, self._farewell)


def _name_trace(record: logging.LogRecord) -> bool:
    """Gives a log line the id of the trace that it belongs to."""
    context = get_current_span().get_span_context()
    if context.is_valid:
        record.trace_id = format_trace_id(context.trace_id)
    return True
