"""How cost grows: with the figures of an answer, the agreements of the Trust, callers at once, and processes."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from bench import agreements
from bench.forms import COLD, WARM, Bench, Form, measure
from bench.load import Result, load
from bench.processes import cpu_seconds, family
from bench.questions import MONTHS, YEARLY

# What is measured twice differs by as much on a machine that does other work.
NOISE = 1.5
# Places and years by 126 groups: figures 126, 1,008, 10,080, 100,800 and 1,000,692.
FIGURES = ((1, 1), (4, 2), (10, 8), (100, 8), (361, 22))
AGREEMENTS = (10, 100, 1_000, 10_000)
CALLERS = (1, 4, 16, 64, 256, 512)
WORKERS = (1, 2)
ROOM = {"MAX_FIGURES": "2000000", "MAX_VALUES": "50000000", "MAX_ANSWER": "2000"}
# Twelve months begin at so many of these: as many decisions, made one after another, and no more after them.
UNDECIDED = 4
FEW_MONTHS = MONTHS[: 12 + UNDECIDED - 1]


@dataclass(frozen=True)
class Point:
    """What was measured at one size."""

    size: int
    cost: float
    more: dict[str, float]


@dataclass(frozen=True)
class Series:
    """A cost at rising sizes. `flat`: it may not grow at all; otherwise no faster than the size does."""

    name: str
    by: str
    cost: str
    points: tuple[Point, ...]
    flat: bool = False

    def pace(self, one: Point, other: Point) -> float:
        """How many times faster the cost grows than the size; of a flat one, than nothing."""
        return other.cost / one.cost / (1.0 if self.flat else other.size / one.size)

    @property
    def steps(self) -> tuple[float, ...]:
        return tuple(self.pace(*pair) for pair in pairwise(self.points))

    @property
    def holds(self) -> bool:
        """Whether it grows as it may, from the smallest to every other, but for noise."""
        return all(self.pace(self.points[0], point) <= NOISE for point in self.points[1:])


def series(bench: Bench, form: Form) -> Iterator[Series]:
    """Every series, over share nodes."""
    for temperature in (COLD, WARM):
        yield _figures(bench, form, temperature)
    yield from _agreements(bench, form)
    yield _callers(bench, form)
    yield _workers(bench, form)


def _figures(bench: Bench, form: Form, temperature: str) -> Series:
    points: list[Point] = []
    with form.gateway(bench, temperature, **ROOM) as target:
        for places, years in FIGURES:
            question = replace(YEARLY, places=places, length=years)
            result, figures, _ = measure(bench, target, question, temperature)
            points.append(Point(figures, result.cpu, _details(result)))
    return Series(f"figures of an answer, {temperature}", "figures", "CPU ms an answer", tuple(points))


def _agreements(bench: Bench, form: Form) -> Iterator[Series]:
    """Told apart: what starting, a first decision and what is decided cost."""
    starts: list[Point] = []
    firsts: list[Point] = []
    decided: dict[str, list[Point]] = {COLD: [], WARM: []}
    question = replace(form.governed[0], periods=FEW_MONTHS)
    for size in AGREEMENTS:
        policies = agreements.folder(bench.folder / f"agreements-{size}", size)
        started = time.perf_counter()
        with form.gateway(bench, WARM, POLICIES=str(policies)) as target:
            spent = {"seconds": time.perf_counter() - started}
            starts.append(Point(size, cpu_seconds(family(target.pid)) * 1000, spent))
            sent = (question.sent(target.port, at, next(bench.headers(question))) for at in range(UNDECIDED))
            first = load(target, sent, 1, 90, UNDECIDED)
            firsts.append(Point(size, first.cpu, _details(first)))
            for temperature, points in decided.items():
                result, *_ = measure(bench, target, question, temperature)
                points.append(Point(size, result.cpu, _details(result)))
    yield Series("agreements, to start", "agreements", "CPU ms", tuple(starts))
    yield Series("agreements, Q1 not decided yet", "agreements", "CPU ms a request", tuple(firsts))
    for temperature, points in decided.items():
        name = f"agreements, Q1 decided, {'another each time' if temperature == COLD else temperature}"
        yield Series(name, "agreements", "CPU ms a request", tuple(points), flat=True)


def _callers(bench: Bench, form: Form) -> Series:
    """A question of each of so many callers at once: the CPU of them all."""
    points: list[Point] = []
    with form.gateway(bench, WARM) as target:
        for size in CALLERS:
            result, *_ = measure(bench, target, replace(form.questions[0], connections=size), WARM)
            points.append(Point(size, result.cpu * size, _details(result)))
    return Series("callers at once, Q1 cached", "callers", "CPU ms for all", tuple(points))


def _workers(bench: Bench, form: Form) -> Series:
    """Processes of one gateway that are given as many callers."""
    points: list[Point] = []
    for size in WORKERS:
        with form.gateway(bench, WARM, size) as target:
            result, *_ = measure(bench, target, form.questions[1], WARM)
            points.append(Point(size, result.cpu, _details(result)))
    return Series("processes, Q2 cached", "workers", "CPU ms a request", tuple(points))


def _details(result: Result) -> dict[str, float]:
    return {key: getattr(result, key) for key in ("p50", "p95", "p99", "per_second", "peak_mb")}
