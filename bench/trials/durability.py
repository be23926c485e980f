"""No answer without its record, and none lost, whatever happens to the process, its disk, its database or its clock."""

import random
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, select

from bench import forms
from bench.forms import KEPT, Bench, Form
from bench.processes import running
from bench.trials.callers import Callers, Heard, beside
from bench.trials.house import asked, right_answers
from bench.trials.verdict import Verdict, spread
from trust.tables import operations

SECONDS = 210
CALLERS, PERIOD = 50, 0.25
# Seconds after an outage in which an answer has to come again.
RECOVERY = 15.0
RECORD_FAILED = "503 RECORD_FAILED"


@dataclass
class Run:
    """One outage: a folder of its own, a gateway over share nodes, and what its callers have heard."""

    name: str
    form: Form
    bench: Bench
    folder: Path
    seconds: float
    draw: random.Random
    verdict: Verdict
    truth: dict[str, bytes]
    heard: list[Heard] = field(default_factory=list[Heard])

    @property
    def database(self) -> Path:
        return self.folder / "trust.sqlite"

    @contextmanager
    def gateway(self, *before: str, database: str = "", **environment: str) -> Generator[int]:
        """A gateway with a database of its own; its process id. `before`: a module, with arguments, that starts it."""
        settings = {"DATABASE": database or f"sqlite:///{self.database}", **self.form.settings}
        given = self.bench.environment(self.form.sources[KEPT], **settings)
        command = (*before, "app.cli", "serve", "--port", str(self.bench.port))
        with running(command, ports=[self.bench.port], log=self.folder / "log", **given, **environment) as pid:
            yield pid

    @contextmanager
    def load(self) -> Generator[None]:
        """Callers, for as long as the block lasts. Not one of them asks what no record has been written of."""
        question = self.form.questions[1]
        kinds = [asked(self.bench, question, kind) for kind in range(question.kinds)]
        callers = Callers(self.bench.port, CALLERS, PERIOD, lambda _: self.draw.choice(kinds), self.heard.append)
        with beside(callers.ask):
            yield

    def await_answers(self) -> None:
        """Waits until callers are answered again, and holds how long that took against what it may."""
        began = time.monotonic()
        while time.monotonic() < began + RECOVERY:
            if any(one.code == "200" and one.until > began for one in self.heard[-CALLERS:]):
                break
            time.sleep(0.05)
        spent = time.monotonic() - began
        self.verdict.hold(f"{self.name}: answered again", spent < RECOVERY, f"after {spent:.1f} s")

    def judge(self, url: str, expected: frozenset[str], felt: str) -> None:
        """Holds what callers were told against the record. `expected`: what they may have been told besides 200;
        `felt`: what at least one of them must have been told, for the outage to have been one."""
        codes = Counter(one.code for one in self.heard)
        self.verdict.tell(f"{self.name}: {dict(codes)}, {spread([h.seconds for h in self.heard if h.code == '200'])}")
        strange = {code: count for code, count in codes.items() if code not in {"200", *expected}}
        self.verdict.hold(f"{self.name}: nobody was told anything else", not strange, strange or "")
        self.verdict.hold(f"{self.name}: the outage was felt", codes[felt] > 0, f"{codes[felt]} times {felt}")
        outcomes = recorded(url)
        answered = [one for one in self.heard if one.code == "200"]
        without = [one.operation for one in answered if outcomes.get(one.operation) != "answered"]
        measured = f"{len(answered) - len(without)} of {len(answered)}"
        self.verdict.hold(f"{self.name}: every answer has its record", bool(answered) and not without, measured)
        denied = {one.operation for one in self.heard if one.code == RECORD_FAILED}
        false = [name for name in denied if outcomes.get(name) == "answered"]
        self.verdict.hold(f"{self.name}: no record says answered of a 503", not false, f"{len(false)} of {len(denied)}")
        wrong = [one.asked.kind for one in answered if one.answer.body != self.truth[one.asked.kind]]
        self.verdict.hold(f"{self.name}: every answer is right", not wrong, ", ".join(wrong[:3]))

    def undelivered(self, url: str) -> int:
        """Answers that are recorded, and that nobody got."""
        got = {one.operation for one in self.heard if one.code == "200"}
        return sum(outcome == "answered" and name not in got for name, outcome in recorded(url).items())


def recorded(url: str) -> dict[str, str]:
    """The outcome of each operation in a record."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return {row.id: row.outcome for row in connection.execute(select(operations.c.id, operations.c.outcome))}
    finally:
        engine.dispose()


def run(bench: Bench, seconds: float, draw: random.Random, verdict: Verdict) -> None:
    """Each outage in turn, for an equal part of the time."""
    from bench.trials.outages import OUTAGES

    verdict.tell(f"{CALLERS} callers ask 12 months of four measures every {PERIOD:g} s, over made-up share nodes.")
    with forms.over_share_nodes(bench) as form:
        with form.gateway(bench, KEPT) as target:
            truth = right_answers(bench, target, [form.questions[1]])
        for name, outage in OUTAGES.items():
            folder = bench.folder / name.replace(" ", "-")
            folder.mkdir()
            trial = Run(name, form, bench, folder, seconds / len(OUTAGES), draw, verdict, truth)
            with verdict.unless_not_tried(name):
                outage(trial)
