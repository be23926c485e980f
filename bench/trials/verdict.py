"""What a trial has seen, told as it is seen, and whether it passed."""

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager


class NotTried(Exception):
    """What is to be tried needs what is not on this machine: says what."""


class Verdict:
    """Of one trial: it passes where all that has to hold does."""

    def __init__(self, trial: str) -> None:
        self._trial, self._began = trial, time.monotonic()
        self._checked, self._failed = 0, 0

    def tell(self, text: str) -> None:
        """Says what was measured, or set."""
        print(f"{time.monotonic() - self._began:7.1f} s  {text}", flush=True)

    def hold(self, what: str, holds: bool, measured: object = "") -> bool:
        """Says whether what has to hold does."""
        self._checked += 1
        self._failed += not holds
        self.tell(f"{'holds' if holds else 'FAILS'}  {what}{f': {measured}' if measured != '' else ''}")
        return holds

    @contextmanager
    def unless_not_tried(self, what: str) -> Generator[None]:
        """Says so where something cannot be tried here."""
        try:
            yield
        except NotTried as why:
            self.tell(f"NOT TRIED  {what}: {why}")

    def end(self) -> int:
        """Says PASS or FAIL; the exit code."""
        word = "FAIL" if self._failed or not self._checked else "PASS"
        self.tell(f"{word}  {self._trial}: {self._checked - self._failed} of {self._checked} hold")
        return int(word == "FAIL")


def spread(seconds: Sequence[float]) -> str:
    """Times as their percentiles and the worst, in milliseconds."""
    times = sorted(seconds)
    if not times:
        return "none"
    parts = {
        f"p{part * 100:g}": times[min(len(times) - 1, int(len(times) * part))] for part in (0.5, 0.95, 0.99, 0.999)
    }
    return ", ".join(f"{name} {value * 1000:.0f}" for name, value in {**parts, "worst": times[-1]}.items()) + " ms"
