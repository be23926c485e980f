"""The questions in three lanes, cold and warm, in two forms: over made-up share nodes, and over the demonstration."""

import re
import shutil
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path

import orjson

from app.demo import DEPARTMENTS
from app.issuer import PERSONAS, mint
from app.settings import read
from app.signing import Signer, signer
from bench import agreements, nodes, questions
from bench.load import Result, Target, load, quieter
from bench.pace import Pace
from bench.processes import running
from bench.questions import BenchQuery
from bench.receipts import without_receipt

SHARED, OWN, GOVERNED = "one audience", "a token each", "governed"
# Departments are asked; their answers are kept; what was made of them is kept as well.
COLD, WARM, KEPT = "asking", "cached", "kept"
GATEWAY_AT, DEPARTMENTS_AT = 6, 8


@dataclass
class Bench:
    """What all that is measured shares: a folder of its own, ports from `first`, and the time there is."""

    folder: Path
    first: int
    pace: Pace
    issuer: Signer = field(init=False)

    def __post_init__(self) -> None:
        self.issuer = signer(self.folder / "demonstration-key.pem")

    @contextmanager
    def gateway(
        self,
        sources: Path,
        departments: tuple[int, ...],
        workers: int = 1,
        log: Path | None = None,
        **settings: str,
    ) -> Generator[Target]:
        """A gateway with tokens, policies, obligations and the record on, over source files. `log`: a file for what it
        prints."""
        command = ("app.cli", "serve", "--port", str(self.port), "--workers", str(workers))
        with running(command, ports=[self.port], log=log, **self.environment(sources, **settings)) as pid:
            yield Target(self.port, pid, departments)

    @property
    def port(self) -> int:
        """The gateway's."""
        return self.first + GATEWAY_AT

    def environment(self, sources: Path, **settings: str) -> dict[str, str]:
        """The variables of a gateway over source files, without quotas of those who have a token."""
        given = {
            "DEMO": "true", "DATA": str(self.folder), "LOG_LEVEL": "ERROR", "SOURCES": str(sources),
            "QUOTA_SUBJECT": "0", "QUOTA_ORGANISATION": "0", **settings,
        }  # fmt: skip
        return {f"LMDT_{name}": value for name, value in given.items()}

    def headers(self, question: BenchQuery, *, own: bool = False) -> Iterator[Mapping[str, str]]:
        """Who asks: with one token, or with one that no other request has."""
        persona = PERSONAS[question.persona]
        made = (mint(self.issuer, persona) for _ in repeat(None)) if own else repeat(mint(self.issuer, persona))
        return ({"Authorization": f"Bearer {token}"} for token in made)


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    form: str
    temperature: str
    lane: str
    question: str
    figures: int
    result: Result


@dataclass(frozen=True)
class Form:
    """One form: the source files, with the departments' answers kept or not; the ports of the departments; the
    questions, those of the governed lane; settings of the gateway; and what echoes, where something does."""

    name: str
    sources: Mapping[str, Path]
    departments: tuple[int, ...]
    questions: tuple[BenchQuery, ...]
    governed: tuple[BenchQuery, ...]
    settings: Mapping[str, str]
    floor: Target | None = None

    @contextmanager
    def gateway(self, bench: Bench, temperature: str, workers: int = 1, **settings: str) -> Generator[Target]:
        """A gateway that keeps at this temperature what it says."""
        environment = self.settings | settings | ({"KEPT_ANSWERS": "false"} if temperature == WARM else {})
        with bench.gateway(self.sources[temperature], self.departments, workers, **environment) as target:
            yield target

    def lanes(self, only: frozenset[str], temperature: str) -> Iterator[tuple[str, BenchQuery]]:
        lanes = ((SHARED, self.questions), (OWN, self.questions), (GOVERNED, self.governed))
        some = lanes[:1] if temperature == KEPT else lanes
        return ((lane, question) for lane, several in some for question in several if not only or question.name in only)

    def measured(self, bench: Bench, only: frozenset[str]) -> Iterator[Line]:
        """A line for each question, lane and temperature. Raises RuntimeError where an answer is not as it has to
        be, or is another than it was to a caller for whom it should be the same."""
        first_answers: dict[str, bytes] = {}
        for temperature in self.sources:
            with self.gateway(bench, temperature) as target:
                for lane, question in self.lanes(only, temperature):
                    result, figures, first = measure(bench, target, question, temperature, own=lane == OWN)
                    first = without_receipt(first)
                    if first_answers.setdefault(f"{lane == GOVERNED} {question.name}", first) != first:
                        raise RuntimeError(
                            f"{question.name}: answered otherwise {temperature}, {lane}: {first[:300]!r}"
                        )
                    yield Line(self.name, temperature, lane, question.name, figures, result)


def measure(
    bench: Bench, target: Target, question: BenchQuery, temperature: str, *, own: bool = False
) -> tuple[Result, int, bytes]:
    """What a question costs, how many figures its answers hold, and the answer to its first kind."""
    headers = bench.headers(question, own=own)
    requests = question.many(target.port, headers) if temperature == COLD else question.few(target.port, headers)
    first = load(target, iter([question.sent(target.port, 0, next(headers))]), 1, 0, 1).last
    seconds = bench.pace.next()
    if temperature == COLD:
        load(target, requests, question.connections, seconds / 4)
    else:
        load(target, requests, 1, 60, 2 * question.kinds)  # a plan is kept the second time
    result = quieter(target, requests, question.connections, seconds)
    figures = question.check(first[0].variables, first[1])
    if result.last[1] != first[1]:
        figures = question.check(result.last[0].variables, result.last[1])
    return result, figures, first[1]


@contextmanager
def over_share_nodes(bench: Bench) -> Generator[Form]:
    """Four departments that answer at once, and the floor: an application that echoes."""
    ports = tuple(bench.first + at for at in range(len(nodes.HELD)))
    sources = {
        temperature: nodes.write_sources(bench.folder / temperature, ports[0], 3600 * (temperature == WARM))
        for temperature in (COLD, WARM)
    }
    sources[KEPT] = sources[WARM]
    with running(("bench.nodes", str(ports[0])), ports=[ports[-1]]) as pid:
        yield Form(
            "share nodes", sources, ports, questions.FROM_SHARE_NODES, questions.GOVERNED_FROM_SHARE_NODES,
            {"POLICIES": str(agreements.folder(bench.folder / "policies"))}, Target(ports[-1] + 1, pid),
        )  # fmt: skip


@contextmanager
def over_the_demonstration(bench: Bench) -> Generator[Form]:
    """The five sample departments, their source files and the Trust's key, as `lmdt demo` has them."""
    settings = read({})
    made = settings.data / "departments"
    made.mkdir(parents=True, exist_ok=True)
    (made / "trust-keys.json").write_bytes(orjson.dumps(signer(settings.data / "trust-key.pem").jwks))
    shutil.copy(settings.data / "trust-key.pem", bench.folder / "trust-key.pem")
    sources = {temperature: bench.folder / f"demonstration-{temperature}" for temperature in (COLD, WARM)}
    shutil.copytree(settings.sources, sources[WARM])
    sources[COLD].mkdir()
    for path in sources[WARM].glob("*.toml"):
        (sources[COLD] / path.name).write_text(re.sub(r"(?m)^cache = \d+$", "cache = 0", path.read_text()))
    ports = tuple(bench.first + DEPARTMENTS_AT + at for at in range(len(DEPARTMENTS)))
    commands = [("bench.counted", name, str(port), str(made)) for name, port in zip(DEPARTMENTS, ports, strict=True)]
    with running(*commands, ports=ports):
        yield Form(
            "demonstration", sources, ports, questions.FROM_THE_DEMONSTRATION,
            questions.GOVERNED_FROM_THE_DEMONSTRATION, {"DEPARTMENTS_PORT": str(ports[0])},
        )  # fmt: skip
