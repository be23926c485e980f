"""The gateway at 70% of what it can do, one department after the other failing in one way after the other: no wrong
answer, no 5xx, and memory that does not grow."""

import random
import re
import shutil
import statistics
import time
import tomllib
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.demo import DEPARTMENTS
from bench import forms, nodes
from bench.forms import DEPARTMENTS_AT, WARM, Bench, Form
from bench.load import Target
from bench.processes import family, resident_mb
from bench.trials.callers import Asked, Callers, Heard, beside
from bench.trials.faults import DOWN, FAULTS, RETRY_AFTER
from bench.trials.faulty import Faulty
from bench.trials.house import asked, await_learned, right_answers
from bench.trials.minutes import Failing, Minutes
from bench.trials.verdict import Verdict
from resolvers.breaker import REST

SECONDS = 1800
FAULTY_AT = DEPARTMENTS_AT + len(DEPARTMENTS)
# Of what the gateway can do; the callers who ask for that, and for all of it; seconds in which that is found out.
PART, CALLERS, BUSY, MEASURING = 0.7, 200, 32, 12.0
# Seconds that a department has, and connections. Every second one's answers are kept, for so many seconds.
TIMEOUT, CONNECTIONS, CACHE = 10, 8, 2
# Seconds of a department's minute, and the part of it in which it fails; seconds after in which it may be missed still.
MINUTE, FAILS = 60.0, 2 / 3
GRACE = RETRY_AFTER + REST + 2 * TIMEOUT + 1
# Seconds of each fault before, in which memory comes to hold what it may.
SETTLING = 3.0
# How often each question is asked, of all of them.
MIX = {"README": 5, "Q1": 8, "Q2": 8, "Q3": 1}
# Memory may rise by so much from when it has settled to the end; it is looked at every so many seconds, and judged
# where there is as much to judge by.
RISE, SETTLED, EVERY, ENOUGH = 0.05, 1 / 6, 2.0, 600


@dataclass(frozen=True)
class Place:
    """Departments that a gateway is soaked over: their names by source file, the one at each port in turn, and whether
    they say from when to when they publish."""

    form: Form
    names: Mapping[str, str]
    sources: Path
    settings: Mapping[str, str]
    published: bool = False


@contextmanager
def _over_share_nodes(bench: Bench, first: int) -> Generator[Place]:
    with forms.over_share_nodes(bench) as form:
        sources = nodes.write_sources(bench.folder / "soak", first, 0)
        yield Place(form, {**{name: name for name in nodes.HELD}, "rest": "DWP"}, sources, form.settings)


@contextmanager
def _over_the_demonstration(bench: Bench, first: int) -> Generator[Place]:
    with forms.over_the_demonstration(bench) as form:
        sources = Path(shutil.copytree(form.sources[WARM], bench.folder / "soak"))
        settings = {**form.settings, "DEPARTMENTS_PORT": str(first)}
        yield Place(form, {name: name for name in DEPARTMENTS}, sources, settings, published=True)


def run(bench: Bench, seconds: float, draw: random.Random, verdict: Verdict) -> None:
    """Over made-up share nodes, which cost little: the gateway has most of the machine."""
    with _over_share_nodes(bench, bench.first + FAULTY_AT) as place:
        _run(place, bench, seconds, draw, verdict)


def over_the_demonstration(bench: Bench, seconds: float, draw: random.Random, verdict: Verdict) -> None:
    """Over its departments and their four protocols, which cost more than the gateway does."""
    with _over_the_demonstration(bench, bench.first + FAULTY_AT) as place:
        _run(place, bench, seconds, draw, verdict)


def _run(place: Place, bench: Bench, seconds: float, draw: random.Random, verdict: Verdict) -> None:
    """Finds out what can be done while all is well, then asks for 70% of it while departments fail."""
    _limit(place.sources)
    ports = {bench.first + FAULTY_AT + at: port for at, port in enumerate(place.form.departments)}
    way, log = Faulty(ports), bench.folder / "soak.log"
    with beside(way.serve), bench.gateway(place.sources, (), log=log, **place.settings) as target:
        if place.published:
            await_learned(target.port)
        questions = [question for question in place.form.questions if question.name in MIX]
        minutes = Minutes(right_answers(bench, target, questions), _departments(place), GRACE)
        kinds = [[asked(bench, one, kind) for kind in range(one.kinds)] for one in questions]
        weights = [MIX[question.name] for question in questions]

        def drawn(_: int) -> Asked:
            return draw.choice(draw.choices(kinds, weights)[0])

        rate = _capacity(target.port, drawn) * PART
        verdict.tell(
            f"{rate / PART:.0f} requests a second are what all can do together on this machine, callers and "
            f"departments included; {CALLERS} callers ask for {rate:.0f}. A department has {TIMEOUT} s, and the "
            f"answers of every second one are kept for {CACHE} s."
        )
        callers = Callers(target.port, CALLERS, CALLERS / rate, drawn, minutes.note)
        names = dict(zip(ports, dict.fromkeys(place.names.values()), strict=True))
        soaked = Soaked(target, way, names, minutes, draw, verdict)
        with beside(callers.ask):
            soaked.settle(min(SETTLING, seconds / 60))
            soaked.through(seconds)
    soaked.judge(seconds, log)


@dataclass
class Soaked:
    """A gateway under load, minute after minute."""

    target: Target
    way: Faulty
    names: Mapping[int, str]
    minutes: Minutes
    draw: random.Random
    verdict: Verdict

    def __post_init__(self) -> None:
        self._memory: list[tuple[float, float]] = []

    def settle(self, seconds: float) -> None:
        """Every fault once for so many seconds, so that what can be held in memory is."""
        for (port, name), how in zip(_in_turn(self.draw, list(self.names.items())), [DOWN, *FAULTS], strict=False):
            now = time.monotonic()
            self.minutes.failing.append(Failing(name, how, now, now + seconds))
            self.way.fails[port] = how
            time.sleep(seconds)
            del self.way.fails[port]
        self.verdict.tell(f"every fault for {seconds:.1f} s: {self.minutes.told()}")

    def through(self, seconds: float) -> None:
        """Department after department fails, each for two thirds of its minute, until the time is over."""
        names = self.names
        ports, faults = _in_turn(self.draw, list(names)), _in_turn(self.draw, [DOWN, *FAULTS])
        minute, end = min(MINUTE, seconds / (len(FAULTS) + 1)), time.monotonic() + seconds
        while (now := time.monotonic()) < end - minute / 2:
            port, how = next(ports), next(faults)
            self.minutes.failing.append(Failing(names[port], how, now, now + minute * FAILS))
            self.way.fails[port] = how
            self._wait(now + minute * FAILS)
            del self.way.fails[port]
            self._wait(now + minute)
            since = len(self._memory) - int(minute / EVERY)
            resident = statistics.median(memory for _, memory in self._memory[max(since, 0) :])
            self.verdict.tell(f"{names[port]}, {how}: {self.minutes.told()}; {resident:.0f} MB")

    def _wait(self, until: float) -> None:
        while (now := time.monotonic()) < until:
            self._memory.append((now, resident_mb(family(self.target.pid))))
            time.sleep(min(EVERY, max(until - now, 0)))

    def judge(self, seconds: float, log: Path) -> None:
        """Holds what was seen against what has to be."""
        minutes, hold = self.minutes, self.verdict.hold
        hold("all answered with 200", set(minutes.codes) == {"200"}, dict(minutes.codes))
        hold("no wrong answer", not minutes.wrong, _some(minutes.wrong))
        hold("nothing missing but of the department that fails", not minutes.unexcused, _some(minutes.unexcused))
        hold("no failure of ours", b"internal error" not in log.read_bytes())
        rise, mean = self._rise(seconds)
        told = f"{rise:+.1f} MB of {mean:.0f} MB from when it had settled to the end, by a line through it"
        if seconds < ENOUGH:
            self.verdict.tell(f"memory, which is judged from {ENOUGH} s on: {told}")
        else:
            hold(f"memory rises by less than {RISE:.0%}", rise < RISE * mean, told)

    def _rise(self, seconds: float) -> tuple[float, float]:
        """Megabytes by which memory rises, and those it is on the average, after it has settled."""
        began = self._memory[0][0]
        settled = [(at, memory) for at, memory in self._memory if at > began + seconds * SETTLED]
        line = statistics.linear_regression(*zip(*settled, strict=True))
        return line.slope * (settled[-1][0] - settled[0][0]), statistics.mean(memory for _, memory in settled)


def _capacity(port: int, drawn: Callable[[int], Asked]) -> float:
    """Requests a second, while as many are asked as are answered."""
    heard: list[Heard] = []
    began = time.monotonic()
    with beside(Callers(port, BUSY, 0, drawn, heard.append).ask):
        time.sleep(MEASURING)
    if strange := [one.code for one in heard if one.code != "200"]:
        raise RuntimeError(f"not answered while all was well: {strange[:5]}")
    return len(heard) / (time.monotonic() - began)


def _limit(sources: Path) -> None:
    """Has source files with the trial's limits and cache."""
    for at, path in enumerate(sorted(sources.glob("*.toml"))):
        text = re.sub(r"(?m)^cache = \d+$", f"cache = {at % 2 * CACHE}", path.read_text())
        head, datasets, rest = text.partition("[[datasets]]")
        limits = f"[limits]\ntimeout = {TIMEOUT}.0\nconnections = {CONNECTIONS}\n\n"
        path.write_text(head.partition("[limits]")[0] + limits + datasets + rest)


def _departments(place: Place) -> Mapping[str, str]:
    """The department that answers each measure, by the files."""
    files = {path.stem: tomllib.loads(path.read_text()) for path in place.sources.glob("*.toml")}
    return {
        measure: place.names[name]
        for name, file in files.items()
        for dataset in file["datasets"]
        for measure in dataset["measures"]
    }


def _in_turn(draw: random.Random, several: list[Any]) -> Iterator[Any]:
    """Each once in an order drawn at random, and again."""
    while True:
        yield from draw.sample(several, len(several))


def _some(texts: list[str]) -> str:
    return f"{len(texts)}{f', as {texts[0]}' if texts else ''}"
