"""A department that fails again and again is left alone for a moment, so that nobody waits for it in vain; then one
question tries it, and if it is answered, all do."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OPENED

from resolvers.errors import DepartmentUnavailable

# Failures one after the other, and seconds for which a department is then left alone.
FAILURES, REST = 5, 5.0


class Breakers:
    """A circuit breaker for each source. Only a department that is not there counts as failing: one that refuses, or
    answers what cannot be read, has answered."""

    def __init__(self) -> None:
        self._factory = AsyncCircuitBreakerFactory(FAILURES, REST, exclude=[(BaseException, _answered)])

    @asynccontextmanager
    async def watched(self, source: str, department: str) -> AsyncGenerator[None]:
        """What is done in it shows whether the source fails. Raises DepartmentUnavailable at once where it is left
        alone."""
        breaker = await self._factory.get_breaker(source)
        left = (breaker.context.opened_at or 0.0) + breaker.context.ttl - time.time()
        if breaker.context.state == OPENED and left > 0:
            detail = f"it did not answer {FAILURES} times running, and is left alone for {REST:g} s"
            raise DepartmentUnavailable(department, detail, left)
        async with breaker:
            yield


def _answered(error: BaseException) -> bool:
    return not isinstance(error, DepartmentUnavailable)
