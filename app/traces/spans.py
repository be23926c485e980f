"""Spans that say of an error what kind it is, and nothing that it says."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context


@contextmanager
def current(
    tracer: Tracer,
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, str] | None = None,
    context: Context | None = None,
) -> Generator[Span]:
    """A span that is the current one meanwhile. `context`: holds its parent; the current span, if not given."""
    span = tracer.start_span(name, context, kind, attributes)
    token = attach(set_span_in_context(span))
    try:
        yield span
    except BaseException as error:
        failed(span, type(error).__name__)
        raise
    finally:
        detach(token)
        span.end()


def failed(span: Span, kind: str) -> None:
    """Marks what a span stands for as failed. `kind`: a status, or the name of a class of errors."""
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))
