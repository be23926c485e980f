"""What became of the requests of a soak: held against the truth as they come, and counted by the minute."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.trials.callers import Heard
from bench.trials.truth import Wrong, lost


class Failing(NamedTuple):
    """When a department failed, by time.monotonic, and how."""

    department: str
    how: str
    since: float
    until: float


@dataclass
class Minutes:
    """`departments`: the one that answers each measure; `grace`: seconds for which one that failed may be missed
    after, by its breaker, its `Retry-After` and the questions that wait for it."""

    truth: Mapping[str, bytes]
    departments: Mapping[str, str]
    grace: float
    failing: list[Failing] = field(default_factory=list[Failing])
    codes: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])
    unexcused: list[str] = field(default_factory=list[str])
    times: list[float] = field(default_factory=list[float])
    whole: int = 0
    missing: Counter[str] = field(default_factory=Counter[str])

    def note(self, heard: Heard) -> None:
        """Takes what became of a request."""
        self.codes[heard.code] += 1
        self.times.append(heard.seconds)
        if heard.code != "200":
            return
        try:
            measures = lost(heard.answer.body, self.truth[heard.asked.kind])
        except Wrong as wrong:
            self.wrong.append(f"{heard.asked.kind} ({self._now()}): {wrong}"[:2000])
            return
        self.whole += not measures
        excused = {
            failing.department
            for failing in self.failing
            if failing.since <= heard.until and heard.due <= failing.until + self.grace
        }
        for department in {self.departments[measure] for measure in measures}:
            self.missing[department] += 1
            if department not in excused:
                self.unexcused.append(f"{heard.asked.kind} without {department} ({self._now()})")

    def told(self) -> str:
        """This minute's counts; the next begins."""
        times, self.times = sorted(self.times), []
        whole, self.whole = self.whole, 0
        missing, self.missing = self.missing, Counter[str]()
        worst = f"p50 {times[len(times) // 2] * 1000:.0f}, worst {times[-1] * 1000:.0f} ms" if times else "nothing"
        without = ", ".join(f"{count} without {department}" for department, count in missing.items())
        return f"{len(times)} requests, {worst}; {whole} whole{f', {without}' if without else ''}"

    def _now(self) -> str:
        now = time.monotonic()
        return ", ".join(f"{f.department} {f.how} {now - f.since:.1f} s ago" for f in self.failing[-2:]) or "all well"
