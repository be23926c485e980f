"""No answer that was released lacks its entry in the transparency log, and the log is one log, however often those who
keep it are killed: two gateways over one database, of which one is killed again and again."""

import os
import random
import signal
import time
from collections import Counter
from contextlib import ExitStack

from bench import forms
from bench.forms import KEPT, Bench, Form
from bench.processes import running
from bench.trials.callers import Callers, Heard, beside
from bench.trials.house import asked
from bench.trials.logged import Watched, judge, own_key
from bench.trials.outages import CUT
from bench.trials.postgresql import postgresql
from bench.trials.verdict import Verdict

SECONDS = 600
KILLS = 50
CALLERS, PERIOD = 50, 0.25
# Seconds for which both run before one is killed, at most.
QUIET = 1.5


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
        for port in ports:
            whole.callback(lambda port=port: stacks[port].close())
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
    codes = Counter(one.code for one in heard)
    strange = {code: count for code, count in codes.items() if code != "200" and code not in CUT}
    verdict.hold(f"{name}: nobody was told anything else", not strange, strange or "")
    verdict.hold(f"{name}: the kills were felt", codes["IncompleteReadError"] > 0, codes["IncompleteReadError"])
    judge(name, url, heard, watched, own_key(environment), verdict)
