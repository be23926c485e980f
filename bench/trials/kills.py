"""No answer that was released lacks its entry in the transparency log, and the log is one log, however often those who
keep it are killed: two gateways over one database, of which one is killed again and again."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import create_engine, select

from app.main import log_name
from app.settings import read
from app.signing import signer
from bench import forms
from bench.forms import KEPT, Bench, Form
from bench.processes import running
from bench.trials.callers import Callers, Heard, beside
from bench.trials.durability import recorded
from bench.trials.house import asked
from bench.trials.outages import CUT
from bench.trials.postgresql import postgresql
from bench.trials.verdict import Verdict, spread
from transparency import note
from transparency.checkpoint import Checkpoint
from trust.log.kept import LogBroken
from trust.log.verify import verify
from trust.tables import log_leaves

SECONDS = 600
KILLS = 50
CALLERS, PERIOD = 50, 0.25
# Seconds for which both run before one is killed, at most, and in which the log has to go on although one was.
QUIET, GOES_ON = 1.5, 5.0


@dataclass
class Watched:
    """Whoever reads checkpoints from both gateways, in turn, and keeps them."""

    ports: Sequence[int]
    notes: dict[str, Checkpoint] = field(default_factory=dict[str, Checkpoint])
    gaps: list[float] = field(default_factory=list[float])
    backwards: int = 0

    @contextmanager
    def watching(self) -> Generator[None]:
        """For as long as the block lasts."""
        over = threading.Event()
        thread = threading.Thread(target=self._watch, args=(over,))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _watch(self, over: threading.Event) -> None:
        size, grown = 0, time.monotonic()
        with httpx.Client(timeout=5) as client:
            while not over.is_set():
                for port in self.ports:
                    with suppress(httpx.TransportError):
                        answer = client.get(f"http://127.0.0.1:{port}/checkpoint")
                        if answer.status_code != 200:
                            continue
                        checkpoint = Checkpoint.read(note.read(answer.text).text)
                        self.notes[answer.text] = checkpoint
                        self.backwards += checkpoint.size < size
                        if checkpoint.size > size:
                            self.gaps.append(time.monotonic() - grown)
                            size, grown = checkpoint.size, time.monotonic()
                over.wait(0.05)


def run(bench: Bench, seconds: float, draw: random.Random, verdict: Verdict) -> None:
    """Over SQLite, and over PostgreSQL where it is installed."""
    verdict.tell(f"{CALLERS} callers ask two gateways every {PERIOD:g} s; one of the two is killed {KILLS} times.")
    with forms.over_share_nodes(bench) as form:
        _killed("SQLite", f"sqlite:///{bench.folder}/kills.sqlite", bench, form, seconds / 2, draw, verdict)
        with verdict.unless_not_tried("PostgreSQL"), postgresql(bench.folder) as (_, url):
            _killed("PostgreSQL", url, bench, form, seconds / 2, draw, verdict)


def _killed(
    name: str, url: str, bench: Bench, form: Form, seconds: float, draw: random.Random, verdict: Verdict
) -> None:
    ports = (bench.port, bench.port + 1)
    environment = bench.environment(form.sources[KEPT], DATABASE=url, QUOTA_ADDRESS="0", **form.settings)
    heard: list[Heard] = []
    question = form.questions[1]
    kinds = [asked(bench, question, kind) for kind in range(question.kinds)]
    watched = Watched(ports)
    kills, end = 0, time.monotonic() + seconds

    def gateway(port: int) -> ExitStack:
        with ExitStack() as stack:
            command = ("app.cli", "serve", "--port", str(port))
            log = bench.folder / f"kills-{port}.log"
            pids[port] = stack.enter_context(running(command, ports=[port], log=log, **environment))
            return stack.pop_all()

    pids: dict[int, int] = {}
    with ExitStack() as whole:
        stacks = {port: gateway(port) for port in ports}
        whole.callback(lambda: [stack.close() for stack in stacks.values()])
        callers = [Callers(port, CALLERS // 2, PERIOD, lambda _: draw.choice(kinds), heard.append) for port in ports]
        with beside(*(one.ask for one in callers)), watched.watching():
            while kills < KILLS and time.monotonic() < end:
                time.sleep(draw.uniform(0.1, QUIET))
                port = draw.choice(ports)
                os.kill(pids[port], signal.SIGKILL)
                kills += 1
                stacks[port].close()
                stacks[port] = gateway(port)
            time.sleep(QUIET)
        # What the last killed one left to do, the others do.
        time.sleep(2)
    verdict.hold(f"{name}: killed", kills == KILLS, f"{kills} times")
    _judge(name, url, heard, watched, _own_key(environment), verdict)


def _own_key(environment: dict[str, str]) -> note.Key:
    settings = read(environment)
    return note.key_of(log_name(settings), signer(Path(settings.data) / "trust-key.pem"))


def _judge(name: str, url: str, heard: Sequence[Heard], watched: Watched, key: note.Key, verdict: Verdict) -> None:
    codes = Counter(one.code for one in heard)
    verdict.tell(f"{name}: {dict(codes)}, {spread([one.seconds for one in heard if one.code == '200'])}")
    strange = {code: count for code, count in codes.items() if code != "200" and code not in CUT}
    verdict.hold(f"{name}: nobody was told anything else", not strange, strange or "")
    verdict.hold(f"{name}: the kills were felt", codes["IncompleteReadError"] > 0, codes["IncompleteReadError"])
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            entries = Counter(connection.execute(select(log_leaves.c.operation_id)).scalars())
            answered = [one.operation for one in heard if one.code == "200"]
            without = [operation for operation in answered if not entries[operation]]
            told = f"{len(answered) - len(without)} of {len(answered)}"
            verdict.hold(f"{name}: every released answer has its entry", bool(answered) and not without, told)
            outcomes = recorded(url)
            twice = [operation for operation in outcomes if entries[operation] != 1]
            told = f"{len(outcomes)} records, {sum(entries.values())} entries"
            verdict.hold(f"{name}: every record has one entry", not twice, told)
            try:
                found = verify(connection, [key], watched.notes)
                told = f"{found.entries} entries, {found.checkpoints} checkpoints, {len(watched.notes)} of them read"
                verdict.hold(f"{name}: the log is one log, with every checkpoint that was read", True, told)
            except LogBroken as error:
                verdict.hold(f"{name}: the log is one log, with every checkpoint that was read", False, error)
    finally:
        engine.dispose()
    verdict.hold(f"{name}: no checkpoint was smaller than one before it", not watched.backwards, watched.backwards)
    verdict.tell(f"{name}: a new checkpoint came after {spread(watched.gaps)}")
    longest = max(watched.gaps, default=GOES_ON)
    verdict.hold(f"{name}: the log goes on although one is killed", longest < GOES_ON, f"within {longest:.1f} s")
