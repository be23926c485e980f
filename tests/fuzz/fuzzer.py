"""Replies of departments, mutated one at a time and answered with by the whole gateway."""

import logging
import re
import shutil
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from unittest.mock import patch

import httpx
import orjson

from app.gateway import Gateway
from departments.samples import SAMPLES
from resolvers.catalogue import Catalogue
from resolvers.dispatch import Dispatcher
from resolvers.extents import Extents
from resolvers.protocols import share
from resolvers.protocols.comparison import drift_of
from tests.conftest import Departments, Trust, gateway
from tests.fuzz.judge import became, faults, unread
from tests.fuzz.mutations import mutated
from tests.fuzz.questions import QUESTIONS, Question
from tests.fuzz.recording import Asked, Recording, Reply, Served

# Seconds that an answer may take, whatever a department answers: pauses before a second attempt are part of it.
LONGEST = 5.0
# Characters of what is logged of a source that has drifted.
LONGEST_LINE = 400
# Nobody is counted, and no finished answer is kept.
SETTINGS = {
    **dict.fromkeys(("QUOTA_ADDRESS", "QUOTA_SUBJECT", "QUOTA_ORGANISATION", "KEPT_ANSWERS"), "0"),
    "PROBE_SECONDS": "86400",
}


class Finding(NamedTuple):
    """An answer that is wrong. `number`: of the mutation, by which it comes again."""

    number: int
    faults: tuple[str, ...]
    mutations: tuple[str, ...]
    asked: Asked
    reply: Reply


class Known(NamedTuple):
    """A question with its true answer, and the replies of its source that the answer is made from."""

    question: Question
    truth: Mapping[str, Any]
    replies: Mapping[Asked, Reply]


class Fuzzer:
    """Fuzzes the replies of one protocol. `seed` and the number of a mutation decide all of it. `became`: what the
    figures of the fuzzed department became, counted."""

    def __init__(self, trust: Trust, recording: Recording, protocol: str, seed: str) -> None:
        self._trust, self._recording, self._protocol, self._seed = trust, recording, protocol, seed
        self._gateway: Gateway = trust.app.state.gateway
        self._known: list[Known] = []
        self._metadata: list[Known] = []
        self.became: Counter[str] = Counter()

    async def run(self, numbers: Iterable[int]) -> AsyncGenerator[Finding]:
        """What is found by the mutations of these numbers, one after the other."""
        await self._record()
        for number in numbers:
            if finding := await self._tried(number):
                yield finding

    async def _record(self) -> None:
        """Asks every question once, and for everything that connectors read of metadata."""
        for question in QUESTIONS[self._protocol]:
            response, served = await self.asked(question, {})
            truth = orjson.loads(response.content)
            told = [*faults(self._protocol, question, truth, response, served)]
            told += unread(self._protocol, question, truth, served)
            replies = {asked: reply for asked, reply in served if _is_of(asked, question.source)}
            if told or not replies:
                raise RuntimeError(f"{question}: {told[:5]}")
            self._known.append(Known(question, truth, replies))
        for source in dict.fromkeys(known.question.source for known in self._known):
            self._anew(source, {})
            await self._learned(source)
            replies = {asked: reply for asked, reply in self._recording.served if _is_of(asked, source)}
            self._metadata.append(Known(self._known[0].question._replace(source=source), {}, replies))

    async def _tried(self, number: int) -> Finding | None:
        chance = Random(f"{self._seed}:{self._protocol}:{number}")
        learning = chance.random() < 0.1
        known = chance.choice(self._metadata if learning else self._known)
        asked = chance.choice(sorted(known.replies))
        reply, how = mutated(chance, known.replies[asked])
        if chance.random() < 0.02:
            others = chance.choice(self._known).replies
            reply, how = others[chance.choice(sorted(others))], ["another reply"]
        began = time.monotonic()
        if learning:
            told = await self._learning(known.question.source, {asked: reply})
        else:
            response, served = await self.asked(known.question, {asked: reply})
            told = list(faults(self._protocol, known.question, known.truth, response, served))
            self.became[became(known.question, known.truth, response)] += 1
        if (spent := time.monotonic() - began) > LONGEST:
            told.append(f"took {spent:.1f} s")
        return Finding(number, tuple(told), tuple(how), asked, reply) if told else None

    async def asked(self, question: Question, mutations: Mapping[Asked, Reply]) -> tuple[httpx.Response, list[Served]]:
        """What the gateway answers while some replies are others, and which it was given."""
        self._anew(question.source, mutations)
        headers = {**self._trust.headers(question.persona, question.purpose), "Content-Type": "application/json"}
        # What is worth it only for many figures comes in Arrow however few they are.
        with patch.object(share, "WORTH_ARROW", 1 if question.arrow else share.WORTH_ARROW):
            response = await self._trust.http.post("/graphql", content=question.body, headers=headers)
        return response, list(self._recording.served)

    async def _learning(self, source: str, mutations: Mapping[Asked, Reply]) -> list[str]:
        """What goes wrong while metadata is read for itself."""
        self._anew(source, mutations)
        try:
            await self._learned(source)
        except Exception as error:
            return [f"metadata: {type(error).__name__}: {error}"]
        return []

    async def _learned(self, source: str) -> None:
        """Reads a source's metadata as the gateway does, for what it has and for where it has moved."""
        catalogue, connector = self._gateway.catalogue, self._gateway.engine.dispatcher.connectors[source]
        extents = Extents(catalogue, {source: connector})
        await extents.learn()
        for measure in catalogue.measures.values():
            if (told := extents.of(measure)) and not (
                told.first.kind == told.latest.kind and told.first <= told.latest
            ):
                raise RuntimeError(f"{measure.name} from {told.first.code} to {told.latest.code}")
        compared = await drift_of(catalogue.sources[source], connector)
        if any("\n" in line or len(line) > LONGEST_LINE for line in compared.lines):
            raise RuntimeError(f"a line of drift that is none: {compared.lines}")

    def _anew(self, source: str, mutations: Mapping[Asked, Reply]) -> None:
        """Nothing is known of a department, whatever it answered before."""
        self._recording.mutated = dict(mutations)
        self._recording.served.clear()
        dispatcher, gateway = self._gateway.engine.dispatcher, self._gateway
        alone = Catalogue([gateway.catalogue.sources[source]], gateway.catalogue.measures)
        new = Dispatcher(alone, self._recording, gateway.cache, gateway.settings.credentials)
        dispatcher.connectors[source] = new.connectors[source]
        dispatcher._breakers = new._breakers


def _is_of(asked: Asked, source: str) -> bool:
    return asked[0] != "HEAD" and httpx.URL(asked[1]).port == SAMPLES[source]


@asynccontextmanager
async def opened(departments: Departments, folder: Path, protocol: str, seed: str) -> AsyncGenerator[Fuzzer]:
    """A fuzzer of one protocol. `folder` holds the Trust's key."""
    sources = folder / "sources"
    shutil.copytree("resolvers/sources", sources)
    for path in sources.glob("*.toml"):
        # Departments are asked each time. One dataset of Nomis is read in the publisher's other format.
        text = re.sub(r"^cache = .*", "cache = 0", path.read_text(), flags=re.MULTILINE)
        path.write_text(text.replace('id = "NM_162_1"\n', 'id = "NM_162_1"\nformat = "json"\n'))
    recording = Recording(departments.transport())
    log = logging.getLogger("lmdt")
    async with gateway(departments, folder, recording, SOURCES=str(sources), **SETTINGS) as trust:
        with patch.object(log, "disabled", True):
            yield Fuzzer(trust, recording, protocol, seed)
