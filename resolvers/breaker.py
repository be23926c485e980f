"""A department that fails again and again is left alone for a moment, so that nobody waits for it in vain; then one
question tries it, and if it is answered, all do."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import CLOSED, Context, HalfOpenedState

from resolvers.errors import AnswerTooLarge, DepartmentUnavailable

# Failures one after the other, and seconds for which a department is then left alone.
FAILURES, REST = 5, 5.0
# Seconds that others are told to wait while one question tries it.
MOMENT = 1.0


class Breakers:
    """A circuit breaker for each source. Only a department that is not there counts as failing, or one whose answers
    are too large to be received: one that refuses, or answers what cannot be read, has answered."""

    def __init__(self) -> None:
        self._factory = AsyncCircuitBreakerFactory(FAILURES, REST, exclude=[(BaseException, _answered)])
        # Sources that are being tried, each by one question.
        self._tried: set[str] = set()

    @asynccontextmanager
    async def watched(self, source: str, department: str) -> AsyncGenerator[None]:
        """What is done in it shows whether the source fails. Raises DepartmentUnavailable at once where it is left
        alone."""
        breaker = await self._factory.get_breaker(source)
        context = breaker.context
        if context.state == CLOSED:
            async with breaker:
                yield
            return
        if wait := self._wait(source, context):
            detail = f"it did not answer {FAILURES} times running, and is left alone for {REST:g} s"
            raise DepartmentUnavailable(department, detail, wait)
        self._tried.add(source)
        context.set_state(HalfOpenedState())
        try:
            async with breaker:
                yield
        finally:
            self._tried.discard(source)

    def _wait(self, source: str, context: Context) -> float:
        """Seconds for which a source that fails is to be left alone; 0 for the question that tries it."""
        if source in self._tried:
            return MOMENT
        left = (context.opened_at or 0.0) + context.ttl - time.time()
        # More than the whole of it: the clock has been set back since, and by it the rest would be as much longer.
        return 0.0 if left > context.ttl else max(left, 0.0)


def _answered(error: BaseException) -> bool:
    return not isinstance(error, DepartmentUnavailable | AnswerTooLarge)
