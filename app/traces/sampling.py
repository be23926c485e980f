"""Which traces are kept: the gateway decides, and not whoever calls it.

A caller can write any `traceparent`, with the flag that asks for its trace to be kept, and with an id that a ratio of
ids would keep. So neither is looked at: a trace that comes in is kept as if it began here.
"""

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ParentBased, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState, get_current_span
from opentelemetry.util.types import Attributes


def decided_here(sampler: Sampler) -> Sampler:
    """The sampler of a gateway: this one decides, once for each request. What is done for it follows."""
    unasked = _Unasked(sampler)
    return ParentBased(sampler, remote_parent_sampled=unasked, remote_parent_not_sampled=unasked)


class _Unasked(Sampler):
    """Decides as for a trace that begins here, by an id that nobody chose."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler, self._ids = sampler, RandomIdGenerator()

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        result = self._sampler.should_sample(Context(), self._ids.generate_trace_id(), name, kind, attributes, links)
        result.trace_state = get_current_span(parent_context).get_span_context().trace_state
        return result

    def get_description(self) -> str:
        return f"Unasked{{{self._sampler.get_description()}}}"
