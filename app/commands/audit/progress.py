"""How far something long is, on standard error: on one line of a terminal, or else on a line now and then."""

import sys
import time
from types import TracebackType
from typing import Self

# Seconds between two words.
EVERY = {True: 0.2, False: 5.0}


class Progress:
    """Tells where standard error is a terminal, or where it is `wanted`."""

    def __init__(self, *, wanted: bool) -> None:
        self._terminal = sys.stderr.isatty()
        self._tells = wanted or self._terminal
        self._last = self._began = time.monotonic()
        self._shown = False

    def told(self, done: int, total: int) -> None:
        """So many entries of so many are done."""
        now = time.monotonic()
        last = done == total
        if not self._tells or (now - self._last < EVERY[self._terminal] and not last):
            return
        self._last, self._shown = now, True
        rate = done / max(now - self._began, 0.001)
        line = f"{done} of {total} entries, {rate:.0f} a second"
        print(
            f"\r{line}\x1b[K" if self._terminal else line,
            end="" if self._terminal else "\n",
            file=sys.stderr,
            flush=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._shown and self._terminal:
            print(file=sys.stderr)
