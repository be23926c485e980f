"""Traces: spans of requests, of phases and of departments' calls, which say nothing of figures, tokens or people."""

import asyncio
import io
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from itertools import cycle

import pytest
from opentelemetry.exporter.otlp.proto.http import trace_exporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, format_span_id, format_trace_id

from app.settings import SettingsError, read
from app.telemetry import JsonLines
from app.traces import tracing
from reference.area import AreaLevel, gazetteer
from tests.conftest import Opener, Trust

PAY = """query Pay($code: AreaCode!) { area(code: $code) { labourMarket(periods: {from: "2021-01", to: "2021-01"}) {
  payrolledEmployees { value } medianMonthlyPay { value } claimantCount { value } searchingForWork { value } } } }"""
PLACE = {"code": "E08000003"}
TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{CALLER}-01"
# Headers that name no trace, and values of tracestate that are none, or more than is passed on: one more is one line.
NO_PARENTS = (
    [("traceparent", "")],
    [("traceparent", "garbage")],
    [("traceparent", TRACEPARENT.upper())],
    [("traceparent", f"ff-{TRACE}-{CALLER}-01")],
    [("traceparent", f"00-{'0' * 32}-{CALLER}-01")],
    [("traceparent", f"00-{TRACE}-{'0' * 16}-01")],
    [("traceparent", f"00-{TRACE[:-1]}-{CALLER}-01")],
    [("traceparent", f"00-{TRACE}-{CALLER}-0g")],
    [("traceparent", f"{TRACEPARENT}-and-more")],
    [("traceparent", f"00-{TRACE}-{CALLER}-\u00b9\u00b2")],
    [("traceparent", "0" * 60_000)],
    [("traceparent", TRACEPARENT + " " * 60_000)],
    [("traceparent", TRACEPARENT), ("traceparent", f"00-{'a' * 32}-{CALLER}-01")],
    [("traceparent", TRACEPARENT)] * 1_000,
    [("tracestate", "caller=1")],
)
NO_STATES = (
    "garbage",
    "=",
    "Caller=1",
    "caller=1,caller=2",
    "caller=\u00e9",
    "caller=" + "x" * 257,
    ",".join(f"c{at}=1" for at in range(33)),
    ",".join(f"c{at}={'x' * 250}" for at in range(3)),
    "caller=" + "x" * 60_000,
)
PLACES = cycle({"code": area.code} for area in gazetteer().at(AreaLevel.LA))


class Spans:
    """The spans that a gateway sent, those of what it learns at the start left out."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self.exporter = exporter

    @property
    def all(self) -> list[ReadableSpan]:
        return [span for span in self.exporter.get_finished_spans() if span.parent or span.kind is not SpanKind.CLIENT]

    def of(self, kind: SpanKind) -> list[ReadableSpan]:
        return [span for span in self.all if span.kind is kind]

    @property
    def request(self) -> ReadableSpan:
        (span,) = self.of(SpanKind.SERVER)
        return span

    def under(self, parent: ReadableSpan) -> list[str]:
        """Names of the spans whose parent is this one, in the order that they began."""
        children = [span for span in self.all if span.parent and span.parent.span_id == parent.context.span_id]
        return [span.name for span in sorted(children, key=lambda span: span.start_time or 0)]

    def named(self, name: str) -> ReadableSpan:
        (span,) = [span for span in self.all if span.name == name]
        return span

    @property
    def text(self) -> str:
        """Everything that is in them."""
        return "\n".join(span.to_json() for span in self.exporter.get_finished_spans())


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Spans:
    exporter = InMemorySpanExporter()
    monkeypatch.setattr(trace_exporter, "OTLPSpanExporter", lambda: exporter)
    return Spans(exporter)


async def test_a_request_is_a_span_with_its_phases_and_its_calls_to_departments(
    open_trust: Opener, spans: Spans
) -> None:
    async with open_trust(TRACES="true") as trust:
        answer = await trust.ask(PAY, "hmrc-analyst", **PLACE)
        (recorded,) = trust.recorded()
    assert "data" in answer
    request = spans.request
    assert request.name == "POST /graphql" and request.parent is None
    attributes = dict(request.attributes or {})
    assert attributes.pop("lmdt.operation_id") == recorded.id
    assert attributes == {
        "http.request.method": "POST", "http.route": "/graphql", "url.path": "/graphql", "url.scheme": "http",
        "network.protocol.version": "1.1", "http.response.status_code": 200, "graphql.operation.type": "query",
        "graphql.operation.name": "Pay", "lmdt.outcome": "answered",
    }  # fmt: skip
    assert spans.under(request) == ["plan", "ask", "stitch", "complete", "record"]
    assert sorted(spans.under(spans.named("ask"))) == ["GET ONS", "POST DWP", "POST HMRC"]
    call = next(call for call in recorded.calls if call["department"] == "HMRC")
    assert dict(spans.named("POST HMRC").attributes or {}) == {
        "http.request.method": "POST", "server.address": "127.0.0.1", "server.port": 8102, "lmdt.department": "HMRC",
        "lmdt.dataset": "paye_rti", "http.response.status_code": 200, "http.response.body.size": call["bytes"],
    }  # fmt: skip
    assert {format_trace_id(span.context.trace_id) for span in spans.all} == {format_trace_id(request.context.trace_id)}
    assert request.resource.attributes["service.name"] == "labour-market-data-trust"


async def test_an_answer_that_is_kept_is_planned_and_recorded_and_nobody_is_asked(
    open_trust: Opener, spans: Spans
) -> None:
    async with open_trust(TRACES="true") as trust:
        for _ in range(3):
            await trust.ask(PAY, "hmrc-analyst", **PLACE)
    *_, last = spans.of(SpanKind.SERVER)
    assert spans.under(last) == ["plan", "record"]


async def test_the_caller_s_trace_goes_on_to_the_departments(open_trust: Opener, spans: Spans) -> None:
    async with open_trust(TRACES="true") as trust:
        headers = {"traceparent": TRACEPARENT, "tracestate": "caller=1", "baggage": "subject=someone"}
        await trust.http.post("/graphql", json={"query": PAY, "variables": PLACE}, headers=headers)
        asked = list(trust.departments.requests)
    assert format_trace_id(spans.request.context.trace_id) == TRACE
    assert spans.request.parent is not None and format_span_id(spans.request.parent.span_id) == CALLER
    told = sorted(request.headers["traceparent"] for request in asked)
    calls = sorted(format_span_id(span.context.span_id) for span in spans.of(SpanKind.CLIENT))
    assert [header[36:52] for header in told] != [] and sorted(header[36:52] for header in told) == calls
    assert {header[:36] for header in told} == {f"00-{TRACE}-"} and {header[52:] for header in told} == {"-01"}
    assert {request.headers["tracestate"] for request in asked} == {"caller=1"}
    assert not [request for request in asked if "baggage" in request.headers]


async def test_a_traceparent_that_is_none_begins_no_trace_of_the_caller_s_and_is_no_error(
    open_trust: Opener, spans: Spans
) -> None:
    async with open_trust(TRACES="true") as trust:
        for headers in NO_PARENTS:
            await _asked_with(trust, headers)
    for span, headers in zip(spans.of(SpanKind.SERVER), NO_PARENTS, strict=True):
        assert span.parent is None, str(headers)[:100]
    assert TRACE not in spans.text


async def test_a_tracestate_that_is_none_or_long_reaches_no_department_nor_the_log(
    open_trust: Opener, spans: Spans, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_trust(TRACES="true") as trust:
        caplog.clear()
        for state in NO_STATES:
            await _asked_with(trust, [("traceparent", TRACEPARENT), ("tracestate", state)])
        assert not caplog.records
    for span, state in zip(spans.of(SpanKind.SERVER), NO_STATES, strict=True):
        assert format_trace_id(span.context.trace_id) == TRACE, state[:100]


async def _asked_with(trust: Trust, headers: Sequence[tuple[str, str]]) -> None:
    """Asks with these headers, anew. No department hears of their tracestate."""
    trust.departments.requests.clear()
    reply = await trust.http.post(
        "/graphql",
        json={"query": PAY, "variables": next(PLACES)},
        headers=[(name.encode(), value.encode("latin-1")) for name, value in headers],
    )
    assert reply.status_code == 200 and "errors" not in reply.json()
    assert trust.departments.requests
    assert not [request for request in trust.departments.requests if "tracestate" in request.headers]


@pytest.mark.parametrize(
    ("sampler", "flag", "kept"),
    [
        ("", "00", True),
        ("always_on", "00", True),
        ("always_off", "01", False),
        ("parentbased_always_off", "01", False),
        ("traceidratio 0", "01", False),
        ("parentbased_traceidratio 0", "01", False),
        ("parentbased_traceidratio 1", "00", True),
    ],
)
async def test_the_gateway_decides_which_traces_are_kept_whatever_the_caller_asks_for(
    open_trust: Opener, spans: Spans, monkeypatch: pytest.MonkeyPatch, sampler: str, flag: str, kept: bool
) -> None:
    name, _, ratio = sampler.partition(" ")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", name or "parentbased_always_on")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", ratio)
    async with open_trust(TRACES="true") as trust:
        headers = {"traceparent": f"00-{TRACE}-{CALLER}-{flag}", "tracestate": "caller=1"}
        await trust.http.post("/graphql", json={"query": PAY, "variables": PLACE}, headers=headers)
        told = [request.headers["traceparent"] for request in trust.departments.requests]
        assert {request.headers["tracestate"] for request in trust.departments.requests} == {"caller=1"}
    assert bool(spans.of(SpanKind.SERVER)) is bool(spans.of(SpanKind.CLIENT)) is kept
    assert {(header[3:35], header[-2:]) for header in told} == {(TRACE, "01" if kept else "00")}


async def test_an_id_that_a_ratio_would_keep_is_kept_no_more_often_than_others(
    open_trust: Opener, spans: Spans, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    chosen = f"00-{'1' * 16}{'0' * 15}1-{CALLER}-01"
    async with open_trust(TRACES="true") as trust:
        for _ in range(200):
            await trust.http.get("/schema.graphql", headers={"traceparent": chosen})
    assert 50 < len(spans.of(SpanKind.SERVER)) < 150


async def test_no_span_holds_a_figure_a_credential_a_token_or_who_asks(open_trust: Opener, spans: Spans) -> None:
    uid = "0xf00dfacecafe"
    async with open_trust(TRACES="true", ONS_UID=uid) as trust:
        headers = {**trust.headers("partner", "service-improvement"), "User-Agent": "someone's own program"}
        body = {"query": PAY, "variables": PLACE}
        reply = await trust.http.post("/graphql?secret=in-the-query-string", json=body, headers=headers)
        (row,) = reply.json()["data"]["area"]["labourMarket"]
        asked = [str(request.url) for request in trust.departments.requests]
        await trust.http.get("/someone@example.org/in-the-path")
        await trust.http.request("PARTNER", "/graphql", headers=headers)
        await trust.http.get("/graphql", params={"query": PAY, "variables": '{"code": "E08000003"}'}, headers=headers)
    figures = [str(cell["value"]).removesuffix(".0") for cell in row.values() if cell]
    assert any(uid in url for url in asked), "the credential went out, in a query string"
    assert len(figures) >= 3 and len(spans.of(SpanKind.CLIENT)) >= 3
    assert [span.name for span in spans.of(SpanKind.SERVER)] == [
        "POST /graphql",
        "GET",
        "_OTHER /graphql",
        "GET /graphql",
    ]
    values = _values(spans.exporter.get_finished_spans())
    for secret in (
        uid, "demo-dwp-key", headers["Authorization"].partition(" ")[2], "eyJ", "partner", "PARTNER", "GMCA",
        "service-improvement", "someone", "example.org", "in-the-query-string", "in-the-path", "E08000003",
        "payrolledEmployees", "2021-01", *figures,
    ):  # fmt: skip
        assert not [value for value in values if secret in value], secret


def _values(spans: Sequence[ReadableSpan]) -> list[str]:
    """Everything that is written in spans, but for ids, times, and numbers that count bytes or name a port."""
    counted = ("http.response.body.size", "server.port", "lmdt.operation_id")
    attributes = [(name, value) for span in spans for name, value in (span.attributes or {}).items()]
    assert not [span for span in spans if span.events or span.links or span.status.description]
    return [span.name for span in spans] + [
        text for name, value in attributes for text in (name, str(value)) if name not in counted
    ]


async def test_a_department_that_fails_is_a_span_that_failed_for_each_time_it_was_asked(
    open_trust: Opener, spans: Spans
) -> None:
    async with open_trust(TRACES="true") as trust:
        trust.departments.inject("hmrc", "503", times=2)
        await trust.http.post("/graphql", json={"query": PAY, "variables": PLACE})
    first, second = (span for span in spans.of(SpanKind.CLIENT) if span.name == "POST HMRC")
    for span in (first, second):
        assert span.status.status_code is StatusCode.ERROR and span.status.description is None
        assert span.attributes and span.attributes["error.type"] == "503" and not span.events
    assert spans.request.attributes and spans.request.attributes["lmdt.errors"] == ("DEPARTMENT_UNAVAILABLE",)
    assert spans.request.status.status_code is StatusCode.UNSET, "the gateway answered"


async def test_a_department_that_is_not_there_or_too_slow_is_a_span_with_the_class_of_the_error(
    open_trust: Opener, spans: Spans
) -> None:
    async with open_trust(TRACES="true", OPERATION_SECONDS="1") as trust:
        trust.departments.inject("hmrc", "dropped", times=2)
        trust.departments.inject("dwp", "slow", seconds=3)
        await trust.http.post("/graphql", json={"query": PAY, "variables": PLACE})
    kinds = {span.name: (span.attributes or {}).get("error.type") for span in spans.of(SpanKind.CLIENT)}
    assert kinds["POST HMRC"] and kinds["POST HMRC"] != "200"
    assert kinds["POST DWP"] == "CancelledError", "given up when the gateway ended"


async def test_what_goes_wrong_inside_is_told_by_its_class_alone(
    open_trust: Opener, spans: Spans, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_trust(TRACES="true") as trust:

        def prepare(*_: object) -> None:
            raise ValueError("it holds 98765")

        monkeypatch.setattr(trust.app.state.gateway.engine, "_prepare", prepare)
        reply = await trust.http.post("/graphql", json={"query": PAY, "variables": PLACE})
        assert reply.status_code == 500
    plan = spans.named("plan")
    assert plan.attributes == {"error.type": "ValueError"} and plan.status.status_code is StatusCode.ERROR
    assert spans.request.attributes and spans.request.attributes["error.type"] == "500"
    assert spans.request.attributes["lmdt.outcome"] == "failed"
    assert "98765" not in spans.text and "prepare" not in spans.text


async def test_only_an_operation_that_was_executed_is_named_and_no_longer_than_names_are(
    open_trust: Opener, spans: Spans
) -> None:
    async with open_trust(TRACES="true") as trust:
        await trust.http.post("/graphql", json={"query": f"query {'N' * 500} {{ __typename }}"})
        await trust.http.post("/graphql", json={"query": "query Rejected { nothing }"})
        await trust.http.post("/graphql", json={"query": "query A { __typename }", "operationName": "Unknown"})
        await trust.http.post("/graphql", json={"query": "{ __typename }"})
    first, *rejected, nameless = [dict(span.attributes or {}) for span in spans.of(SpanKind.SERVER)]
    assert first["graphql.operation.name"] == "N" * 64
    for attributes in rejected:
        assert not [name for name in attributes if name.startswith("graphql.")]
        assert attributes["lmdt.outcome"] == "rejected"
        assert attributes["lmdt.errors"] == ("GRAPHQL_VALIDATION_FAILED",)
    assert nameless["graphql.operation.type"] == "query" and "graphql.operation.name" not in nameless


async def test_probes_are_no_spans(open_trust: Opener, spans: Spans) -> None:
    async with open_trust(TRACES="true", METRICS="true") as trust:
        for path in ("/healthz", "/readyz", "/metrics", "/schema.graphql"):
            await trust.http.get(path)
    assert [span.name for span in spans.of(SpanKind.SERVER)] == ["GET /schema.graphql"]


async def test_log_lines_of_a_request_name_its_trace(open_trust: Opener, spans: Spans) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    log, level = logging.getLogger("lmdt"), logging.getLogger("lmdt").level
    log.addHandler(handler)
    log.setLevel("INFO")
    try:
        async with open_trust(TRACES="true", ACCESS_LOG="true") as trust:
            body = {"query": PAY, "variables": PLACE}
            await trust.http.post("/graphql", json=body, headers={"traceparent": TRACEPARENT})
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
    lines = [line for line in written.getvalue().splitlines() if '"event":"access"' in line or "answered" in line]
    assert len(lines) == 2
    for line in lines:
        assert f'"trace_id":"{TRACE}"' in line


async def test_a_collector_that_hangs_holds_up_neither_answers_nor_the_end(
    open_trust: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    class Hanging(SpanExporter):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            released.wait(60)
            return SpanExportResult.FAILURE

    monkeypatch.setattr(trace_exporter, "OTLPSpanExporter", Hanging)
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "4")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2")
    try:
        async with open_trust(TRACES="true", SHUTDOWN_SECONDS="1") as trust:
            async with asyncio.timeout(20):
                for _ in range(10):
                    await trust.ask(PAY, "hmrc-analyst", **PLACE)
            began = time.monotonic()
            await trust.app.state.gateway.tracing.close()
            assert time.monotonic() - began < 1
    finally:
        released.set()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("OTEL_BSP_MAX_QUEUE_SIZE", "0"), ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many")],
)
def test_a_variable_of_opentelemetry_that_cannot_be_used_is_told(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=r"^LMDT_TRACES: one of OpenTelemetry's OTEL_ variables cannot be used: "):
        tracing(read({}, TRACES="true"))


async def test_departments_hear_of_no_trace_unless_they_are_asked_for(trust: Trust) -> None:
    body = {"query": PAY, "variables": PLACE}
    await trust.http.post("/graphql", json=body, headers={"traceparent": TRACEPARENT})
    assert trust.departments.requests
    assert not [request for request in trust.departments.requests if "traceparent" in request.headers]


@pytest.mark.parametrize("without", ["redis", "nothing"])
def test_a_gateway_without_traces_imports_nothing_of_them(tmp_path: str, without: str) -> None:
    # redis imports the metrics of OpenTelemetry wherever it finds them.
    program = f"""
import sys
sys.modules[{without!r}] = None
from app.main import create_app
from app.settings import read
create_app(read({{"LMDT_DEMO": "true", "LMDT_DATA": {str(tmp_path)!r}}}))
print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    modules = done.stdout.split()
    assert "app.traces" in modules and "app.traces.opentelemetry" not in modules
    unwanted = (
        "opentelemetry.sdk.trace",
        "opentelemetry.exporter",
        "opentelemetry.proto",
        "google.protobuf",
        "requests",
    )
    assert not [name for name in modules if name.startswith(unwanted)]
    if without == "redis":
        assert not [name for name in modules if name.startswith("opentelemetry")]
