"""What is told of the course of a request while it runs: nothing, unless traces are switched on."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import httpx
from graphql import GraphQLError, OperationDefinitionNode
from starlette.middleware import Middleware

from app.settings import Settings

NOTHING = nullcontext()
# Seconds in which the last spans are sent when the gateway ends, at most.
FAREWELL = 2.0


class Tracing:
    """Tells nothing, and costs next to nothing."""

    @property
    def middleware(self) -> Sequence[Middleware]:
        """What goes around everything that is done for a request."""
        return ()

    def transport(self, transport: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        """The transport to departments, with what tells of each request."""
        return transport

    def phase(self, name: str) -> AbstractContextManager[object]:
        """Is entered while a phase of an operation lasts: plan, ask, stitch, complete or record."""
        return NOTHING

    def operation(
        self, outcome: str, errors: Sequence[GraphQLError], definition: OperationDefinitionNode | None
    ) -> None:
        """Tells what the operation of this request was, where it was executed, and what became of it. `outcome`:
        answered, rejected or failed."""

    async def close(self) -> None:
        """Sends what was told and is not yet sent, as far as there is time."""


def tracing(settings: Settings) -> Tracing:
    """As it is set. Raises SettingsError."""
    if not settings.traces:
        return Tracing()
    # Nobody else pays for its import.
    from app.traces.opentelemetry import OpenTelemetry

    return OpenTelemetry(min(FAREWELL, settings.shutdown_seconds / 2))
