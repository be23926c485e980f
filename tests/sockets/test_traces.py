"""Traces over real sockets: a collector gets them by OTLP, and one that hangs does not hold up the end."""

import shutil
import signal
import socket
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.sockets.conftest import Demonstration, answering, free_ports

pytestmark = pytest.mark.sockets
QUERY = """query Payrolled { area(code: "E08000003") { labourMarket(periods: {from: "2022-09", to: "2022-09"}) {
  payrolledEmployees { value } } } }"""


@contextmanager
def collector() -> Generator[tuple[str, list[tuple[str, bytes]]]]:
    """The address of a collector, and what it was sent: path and body."""
    got: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    thread.join()
    server.server_close()


def serving(demonstration: Demonstration, data: Path, **settings: str) -> tuple[Demonstration, Mapping[str, str]]:
    """How to ask a gateway of one's own, which asks the departments of the demonstration, and its environment."""
    shutil.copy(demonstration.data / "trust-key.pem", data)
    gateway = replace(demonstration, port=free_ports(1), data=data)
    return gateway, {**gateway.environment, "LMDT_DEMO": "true", "LMDT_TRACES": "true", **settings}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_collector_gets_the_spans_of_a_query_at_the_latest_when_the_gateway_ends(
    demonstration: Demonstration, tmp_path: Path, workers: str
) -> None:
    with collector() as (address, got):
        gateway, environment = serving(
            demonstration, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=address, OTEL_SERVICE_NAME="the-trust"
        )
        with answering(["serve", "--workers", workers], f"{gateway.url}/healthz", environment) as process:
            assert gateway.ask(QUERY)["data"]
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) in (0, -signal.SIGTERM)
    sent = [resource for _, body in got for resource in ExportTraceServiceRequest.FromString(body).resource_spans]
    services = {
        pair.value.string_value for each in sent for pair in each.resource.attributes if pair.key == "service.name"
    }
    spans = [span for each in sent for scope in each.scope_spans for span in scope.spans]
    (request,) = [span for span in spans if span.name == "POST /graphql"]
    ours = [span.name for span in spans if span.trace_id == request.trace_id]
    assert {path for path, _ in got} == {"/v1/traces"} and services == {"the-trust"}
    assert sorted(ours) == ["POST /graphql", "POST HMRC", "ask", "complete", "plan", "record", "stitch"]


def test_a_gateway_ends_in_its_time_although_the_collector_hangs(demonstration: Demonstration, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        address = f"http://127.0.0.1:{hanging.getsockname()[1]}"
        gateway, environment = serving(
            demonstration, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=address, LMDT_SHUTDOWN_SECONDS="5"
        )
        with answering(["serve"], f"{gateway.url}/healthz", environment) as process:
            assert gateway.ask(QUERY)["data"]
            assert httpx.get(f"{gateway.url}/readyz").status_code == 200
            told = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) in (0, -signal.SIGTERM)
            assert time.monotonic() - told < 5
