"""What is suspended through one gateway is refused by another within a second, a thousand times over: while all is
well, while the database is slow, and while it is gone."""

import http.client
import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import orjson

from app.issuer import PERSONAS, mint
from bench import forms
from bench.forms import KEPT, Bench, Form
from bench.processes import running
from bench.trials.postgresql import postgresql
from bench.trials.verdict import Verdict, spread

# Of which the thousand over SQLite, and those over PostgreSQL, have two fifths each at most.
SECONDS = 300
REVOCATIONS, SLOWLY, BY_WORKERS, GONE = 1_000, 100, 50, 5
# Seconds: in which it has to be refused, and for which another process holds the database again and again.
WITHIN, HELD, LET_GO = 1.0, (0.1, 0.4), (0.02, 0.2)
# Nothing else lets DfE read furlough by sex and age.
AGREEMENT, STEWARD, MEASURE = "BENCH-HMRC", "hmrc-steward", "furloughedEmployments"
REFUSED, UNCONFIRMED, NO_RECORD = "UNAUTHORIZED_FIELD_OR_TYPE", "AGREEMENTS_UNCONFIRMED", "RECORD_FAILED"


@dataclass(frozen=True)
class Caller:
    """Asks one gateway, on a connection that is kept unless the port is shared."""

    bench: Bench
    form: Form
    ports: Sequence[int]

    def asked(self) -> str:
        """What the last of the gateways says to who reads under the agreement: a code, or nothing where there are
        figures."""
        question = self.form.governed[0]
        headers = next(self.bench.headers(question))
        text = question.text.replace("searchingForWork", MEASURE)
        return self._code({"query": text, "variables": question.variables(0)}, headers, self.ports[-1])

    def moved(self, move: str) -> None:
        """Moves the agreement through the first; again where the database was slow."""
        token = mint(self.bench.issuer, PERSONAS[STEWARD])
        mutation = f'mutation {{ {move}Agreement(id: "{AGREEMENT}", reason: "A trial.") {{ to }} }}'
        code = NO_RECORD
        for _ in range(20):
            code = self._code({"query": mutation}, {"Authorization": f"Bearer {token}"}, self.ports[0])
            if code != NO_RECORD:
                break
        if code:
            raise RuntimeError(f"{move}: {code}")

    def _code(self, body: Mapping[str, Any], headers: Mapping[str, str], port: int) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("POST", "/graphql", orjson.dumps(body), {**headers, "Content-Type": "application/json"})
            answer = orjson.loads(connection.getresponse().read())
        finally:
            connection.close()
        return next((error["extensions"]["code"] for error in answer.get("errors", ())), "")

    def refused(self) -> tuple[float, float]:
        """Seconds until the last says that it is refused, which it records first; and until its last figures came."""
        began, last = time.monotonic(), 0.0
        while (code := self.asked()) not in (REFUSED, UNCONFIRMED):
            if not code:
                last = time.monotonic() - began
            time.sleep(0.002)
        return time.monotonic() - began, last

    def until(self, codes: frozenset[str], most: float = 30.0) -> float:
        """Seconds until the last says one of these."""
        began = time.monotonic()
        while self.asked() not in codes:
            if time.monotonic() - began > most:
                raise RuntimeError(f"it has not said {', '.join(codes)} for {most:g} s")
            time.sleep(0.002)
        return time.monotonic() - began


def run(bench: Bench, seconds: float, draw: random.Random, verdict: Verdict) -> None:
    """Over SQLite, over PostgreSQL where it is installed, and by two workers of one gateway."""
    with forms.over_share_nodes(bench) as form:
        file = bench.folder / "revocations.sqlite"
        with _gateways(bench, form, f"sqlite:///{file}") as caller:
            share = seconds / 5
            _revoked("two gateways over SQLite", caller, REVOCATIONS, share * 2, verdict)
            with _held(file, draw):
                _revoked("while SQLite is slow", caller, SLOWLY, share, verdict)
            _gone("SQLite", caller, lambda: _away(file), verdict)
        with _gateways(bench, form, f"sqlite:///{bench.folder}/workers.sqlite", workers=2) as caller:
            _revoked_by_workers(caller, share / 2, verdict)
        with (
            verdict.unless_not_tried("PostgreSQL"),
            postgresql(bench.folder) as (server, url),
            _gateways(bench, form, url) as caller,
        ):
            _revoked("two gateways over PostgreSQL", caller, REVOCATIONS, share * 2, verdict)
            _gone("PostgreSQL", caller, lambda: _stopped(server), verdict)


@contextmanager
def _gateways(bench: Bench, form: Form, database: str, workers: int = 1) -> Generator[Caller]:
    ports = (bench.port, bench.port + 1) if workers == 1 else (bench.port,)
    environment = bench.environment(form.sources[KEPT], DATABASE=database, QUOTA_ADDRESS="0", **form.settings)
    with ExitStack() as stack:
        for port in ports:
            command = ("app.cli", "serve", "--port", str(port), "--workers", str(workers))
            stack.enter_context(running(command, ports=[port], **environment))
        caller = Caller(bench, form, ports)
        caller.until(frozenset({""}))
        yield caller


def _revoked(name: str, caller: Caller, most: int, seconds: float, verdict: Verdict) -> None:
    """Suspended and resumed again and again, at most so many times."""
    refused: list[float] = []
    resumed: list[float] = []
    figures: list[float] = []
    end = time.monotonic() + seconds
    while len(refused) < most and time.monotonic() < end:
        caller.moved("suspend")
        waited, last = caller.refused()
        refused.append(waited)
        figures.append(last)
        caller.moved("resume")
        resumed.append(caller.until(frozenset({""})))
    verdict.tell(f"{name}: told so after {spread(refused)}; answered again after {spread(resumed)}")
    verdict.tell(f"{name}: the last figures came after {spread(figures)}")
    late = sum(one > WITHIN for one in figures)
    verdict.hold(f"{name}: no figures after {WITHIN:g} s", bool(refused) and not late, f"{late} late of {len(refused)}")


def _revoked_by_workers(caller: Caller, seconds: float, verdict: Verdict) -> None:
    """Of workers on one port, whichever is asked: within a second all refuse, and go on refusing."""
    late, count, last = 0, 0, list[float]()
    end = time.monotonic() + seconds
    while count < BY_WORKERS and time.monotonic() < end:
        caller.moved("suspend")
        began, answered = time.monotonic(), 0.0
        while time.monotonic() < began + WITHIN + 0.2:
            asked = time.monotonic()
            if caller.asked() == "":
                answered = asked - began
        last.append(answered)
        late += answered > WITHIN
        count += 1
        caller.moved("resume")
        caller.until(frozenset({""}))
        time.sleep(WITHIN)
    verdict.tell(f"two workers of one gateway: the last figures were asked for after {spread(last)}")
    verdict.hold(f"two workers: none answers after {WITHIN:g} s", bool(count) and not late, f"{late} late of {count}")


def _gone(name: str, caller: Caller, away: Callable[[], Any], verdict: Verdict) -> None:
    """Nothing is answered while nothing can be known or recorded, and everything soon after."""
    closed: list[float] = []
    back: list[float] = []
    for _ in range(GONE):
        with away():
            closed.append(caller.until(frozenset({UNCONFIRMED, NO_RECORD})))
            time.sleep(WITHIN)
            still = caller.asked()
            verdict.hold(f"{name} is gone: it stays closed", still in (UNCONFIRMED, NO_RECORD), still)
        back.append(caller.until(frozenset({""})))
    verdict.tell(f"{name} is gone: closed after {spread(closed)}; answered again after {spread(back)}")
    verdict.hold(f"{name} is gone: closed within {WITHIN:g} s", max(closed) < WITHIN, f"{max(closed) * 1000:.0f} ms")


@contextmanager
def _held(file: Path, draw: random.Random) -> Generator[None]:
    """Another connection takes SQLite's lock for writing again and again."""
    end = Event()

    def hold() -> None:
        connection = sqlite3.connect(file, isolation_level=None, timeout=10)
        while not end.is_set():
            with suppress(sqlite3.OperationalError):
                connection.execute("BEGIN IMMEDIATE")
                time.sleep(draw.uniform(*HELD))
                connection.execute("ROLLBACK")
            time.sleep(draw.uniform(*LET_GO))
        connection.close()

    holder = Thread(target=hold)
    holder.start()
    try:
        yield
    finally:
        end.set()
        holder.join()


@contextmanager
def _away(file: Path) -> Generator[None]:
    elsewhere = file.with_name("away")
    file.rename(elsewhere)
    try:
        yield
    finally:
        elsewhere.rename(file)


@contextmanager
def _stopped(server: Any) -> Generator[None]:
    os.kill(server.get_pid(), signal.SIGINT)
    try:
        yield
    finally:
        server.start()
