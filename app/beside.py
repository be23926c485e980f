"""Work that takes more than a moment, beside the event loop, so that no other request waits for it."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
# Seconds after which a thread that waits asks for its turn, while there is work here and at other times. Work in Rust,
# such as Cedar's, lets go of the interpreter for a moment again and again, and a thread that waits for longer than that
# loses each race for it. At other times short turns would only cost time.
TURN, USUAL = 0.0002, sys.getswitchinterval()


class Beside:
    """One thread, which does one piece of work after the other. The loop gets its turn every few milliseconds."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="beside")

    async def run(self, work: Callable[[], T]) -> T:
        """What the work returns, or raises."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _in_short_turns, work)

    async def each(self, made: Iterator[T]) -> AsyncGenerator[T]:
        """Each item of an iterator, made when it is wanted."""
        while items := await self.run(lambda: [*islice(made, 1)]):
            yield items[0]

    def close(self) -> None:
        """Gives up what has not begun."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _in_short_turns(work: Callable[[], T]) -> T:
    sys.setswitchinterval(TURN)
    try:
        return work()
    finally:
        sys.setswitchinterval(USUAL)
