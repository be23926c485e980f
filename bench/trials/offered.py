"""A thousand operations a second are offered to two workers, whatever they can answer: each that is answered is in the
transparency log, which keeps up."""

import random
import time
from collections.abc import Sequence

from sqlalchemy import create_engine, func, select

from bench import forms
from bench.forms import KEPT, Bench
from bench.processes import running
from bench.trials.callers import Callers, Heard, beside
from bench.trials.house import asked
from bench.trials.logged import Watched, judge, own_key
from bench.trials.verdict import Verdict
from trust.tables import log_pending

SECONDS = 60
# So many callers, each with a request due every PERIOD seconds.
CALLERS, PERIOD = 200, 0.2
# Seconds after the last answer in which every entry has its place.
PLACED = 10.0


def run(bench: Bench, seconds: float, draw: random.Random, verdict: Verdict) -> None:
    """Over SQLite: nothing else to install, and one writer at a time."""
    verdict.tell(f"{CALLERS} callers ask every {PERIOD:g} s: {CALLERS / PERIOD:g} operations a second are offered.")
    url = f"sqlite:///{bench.folder}/offered.sqlite"
    heard: list[Heard] = []
    watched = Watched((bench.port,))
    with forms.over_share_nodes(bench) as form:
        environment = bench.environment(form.sources[KEPT], DATABASE=url, QUOTA_ADDRESS="0", **form.settings)
        question = form.questions[0]
        kinds = [asked(bench, question, kind) for kind in range(question.kinds)]
        callers = Callers(bench.port, CALLERS, PERIOD, lambda _: draw.choice(kinds), heard.append)
        command = ("app.cli", "serve", "--port", str(bench.port), "--workers", "2")
        with running(command, ports=[bench.port], **environment):
            with beside(callers.ask), watched.watching():
                time.sleep(seconds)
            waited = _until_placed(url)
    verdict.tell(f"answered {_answered(heard) / seconds:.0f} a second")
    verdict.hold("every entry has its place", waited < PLACED, f"{waited:.1f} s after the last answer")
    judge("SQLite", url, heard, watched, own_key(environment), verdict)


def _answered(heard: Sequence[Heard]) -> int:
    return sum(one.code == "200" for one in heard)


def _until_placed(url: str) -> float:
    """Seconds until no entry waits for its place."""
    began, engine = time.monotonic(), create_engine(url)
    with engine.connect() as connection:
        while connection.execute(select(func.count()).select_from(log_pending)).scalar():
            connection.rollback()
            if time.monotonic() > began + PLACED:
                break
            time.sleep(0.05)
    engine.dispose()
    return time.monotonic() - began
