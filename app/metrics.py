"""Counts and times for Prometheus: of operations, errors and calls to departments. No figure, no token, no name."""

from collections.abc import Callable, Iterable

from graphql import GraphQLError
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import Response

from app.freshness import NO_STORE
from resolvers.wire import Call

SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The metrics of one gateway. With several workers, PROMETHEUS_MULTIPROC_DIR names an empty folder in which they
    count together; otherwise each counts for itself. `ready`: whether a query would be answered now. `behind`: entries
    of the log that are not witnessed yet, where witnesses are asked."""

    def __init__(self, ready: Callable[[], bool], behind: Callable[[], int] | None = None) -> None:
        self._registry = CollectorRegistry()
        self._operations = Counter(
            "lmdt_operations", "Operations, by what became of them.", ["outcome"], registry=self._registry
        )
        self._seconds = Histogram(
            "lmdt_operation_seconds", "Seconds to answer an operation.", registry=self._registry, buckets=SECONDS
        )
        self._errors = Counter("lmdt_errors", "GraphQL errors, by their code.", ["code"], registry=self._registry)
        self._calls = Counter(
            "lmdt_department_calls",
            "Calls to departments, by HTTP status; 0 where there was no answer.",
            ["department", "status"],
            registry=self._registry,
        )
        self._call_seconds = Histogram(
            "lmdt_department_call_seconds",
            "Seconds that a department took to answer a call.",
            ["department"],
            registry=self._registry,
            buckets=SECONDS,
        )
        ready_now = Gauge("lmdt_ready", "Whether a query would be answered now.", registry=self._registry)
        ready_now.set_function(lambda: float(ready()))
        if behind:
            unwitnessed = Gauge(
                "lmdt_unwitnessed_entries",
                "Entries of the log that are signed and not witnessed yet.",
                registry=self._registry,
            )
            unwitnessed.set_function(behind)

    def operation(self, outcome: str, seconds: float, errors: Iterable[GraphQLError], calls: Iterable[Call]) -> None:
        """Counts one operation. `outcome`: answered, rejected or failed."""
        self._operations.labels(outcome).inc()
        self._seconds.observe(seconds)
        for error in errors:
            self._errors.labels(str((error.extensions or {}).get("code"))).inc()
        for call in (call for call in calls if not call.shared):
            self._calls.labels(call.department, str(call.status)).inc()
            self._call_seconds.labels(call.department).observe(call.milliseconds / 1000)

    async def page(self, _: Request) -> Response:
        """GET /metrics: everything, in Prometheus's text format."""
        registry = CollectorRegistry()
        try:
            MultiProcessCollector(registry)
        except ValueError:
            # There is no folder in which several workers count.
            registry = self._registry
        headers = {"Cache-Control": NO_STORE}
        return Response(generate_latest(registry), headers=headers, media_type=CONTENT_TYPE_LATEST)
