"""How long each load may take, so that all of them end in time."""

import time


class Pace:
    """Shares out what is left of the time among the loads that are left."""

    def __init__(self, seconds: float, budget: float, loads: int) -> None:
        self._most, self._end, self._left = seconds, time.monotonic() + budget, loads

    def next(self) -> float:
        """Seconds of the next load: at most as many as asked for. Half of what is left goes to what loads take
        besides: to start things, and to answer what was asked as the time ended."""
        left = max(self._end - time.monotonic(), 0.0) / max(self._left, 1) / 2
        self._left -= 1
        return max(min(self._most, left), 0.05)
