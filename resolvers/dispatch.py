"""Errands to Tables: from the cache, or from the departments, all at once and each thing once.

Sharing is safe because it happens below the policy: what is kept and shared is a department's answer, keyed by what
it was asked and on whose behalf, where the department takes that into account. Decisions and disclosure control are
applied to it for each caller anew.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import httpx

from resolvers.cache import AnswerCache, key_of
from resolvers.catalogue import Catalogue, Holding
from resolvers.errors import DepartmentError
from resolvers.plan import Errand
from resolvers.protocols.connector import Ask, Connector
from resolvers.protocols.ees import EES
from resolvers.protocols.nomis import Nomis
from resolvers.protocols.share import Share
from resolvers.protocols.statxplore import StatXplore
from resolvers.source import Dataset, Source
from resolvers.table import Slice, Table
from resolvers.wire import Call, Wire

CONNECTORS: Mapping[str, Callable[[Source, Wire, str | None], Connector]] = {
    "share": Share,
    "statxplore": StatXplore,
    "ees": EES,
    "nomis": Nomis,
}
# Protocols in which one request can carry questions of several queries without widening any of them.
BATCHED = frozenset({"share"})
WINDOW = 0.002
AskedOf = tuple[str, str, Slice]


@dataclass(slots=True)
class Answers:
    """What came back: a Table or an error for each Slice of each holding, and the calls that were made for it."""

    tables: dict[AskedOf, Table | DepartmentError] = field(default_factory=dict[AskedOf, Table | DepartmentError])
    calls: list[Call] = field(default_factory=list[Call])

    def of(self, holding: Holding, asked: Slice, measure: str) -> Table | DepartmentError:
        """The answer that holds a measure over a Slice's grid, which may have been asked with other measures."""
        source, dataset = holding.key
        found = self.tables.get((source, dataset, asked))
        if found is not None:
            return found
        for (at_source, at_dataset, answered), table in self.tables.items():
            same = (at_source, at_dataset) == holding.key and measure in answered.measures
            if same and replace(answered, measures=asked.measures) == asked:
                return table
        raise KeyError(measure)


@dataclass(frozen=True, slots=True)
class Terms:
    """On whose behalf a department is asked: `key` tells apart what it may answer differently, `assertion` makes
    the Trust's signed statement of it for some errands. Neither, for departments that publish to everyone."""

    key: str = ""
    assertion: Callable[[Sequence[Errand]], str] | None = None


@dataclass(slots=True)
class _Batch:
    """Slices of one dataset that are asked for together, on the same terms, and who waits for them."""

    dataset: Dataset
    terms: Terms
    errands: list[Errand] = field(default_factory=list[Errand])
    calls: list[Call] = field(default_factory=list[Call])
    waiting: dict[str, tuple[Slice, asyncio.Future[Table]]] = field(
        default_factory=dict[str, tuple[Slice, "asyncio.Future[Table]"]]
    )


class Dispatcher:
    """Sends errands to departments. One connector and one wire for each source."""

    def __init__(
        self, catalogue: Catalogue, http: httpx.AsyncClient, cache: AnswerCache, credentials: Mapping[str, str]
    ) -> None:
        self._cache = cache
        self._sources = catalogue.sources
        self._flying: dict[str, asyncio.Future[Table]] = {}
        self._gathering: dict[tuple[str, str, str], _Batch] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.connectors: dict[str, Connector] = {
            name: CONNECTORS[source.protocol](source, Wire(source, http), credentials.get(source.credential or ""))
            for name, source in catalogue.sources.items()
        }

    async def fetch(self, errands: Iterable[Errand], terms: Callable[[Errand], Terms]) -> Answers:
        """Every errand answered, or failed, none waiting for another."""
        answers = Answers()
        waiting: list[tuple[AskedOf, asyncio.Future[Table]]] = []
        batches: list[_Batch] = []
        for errand in errands:
            source, dataset, on = errand.holding.source, errand.holding.dataset, terms(errand)
            keys = errand.keys.get(on.key)
            if keys is None:
                keys = errand.keys[on.key] = [key_of(source.name, dataset.id, each, on.key) for each in errand.slices]
            for asked, key in zip(errand.slices, keys, strict=True):
                name = (source.name, dataset.id, asked)
                table = await self._cache.get(key)
                if table is not None:
                    answers.tables[name] = table
                    continue
                flying = self._flying.get(key)
                if flying is None:
                    batch, flying = self._ask(errand, asked, key, on)
                    if batch not in batches:
                        batches.append(batch)
                waiting.append((name, flying))
        for name, flying in waiting:
            try:
                answers.tables[name] = await asyncio.shield(flying)
            except DepartmentError as error:
                answers.tables[name] = error
        for batch in batches:
            answers.calls += batch.calls
        return answers

    def _ask(self, errand: Errand, asked: Slice, key: str, terms: Terms) -> tuple[_Batch, asyncio.Future[Table]]:
        """Puts a Slice into the batch that is gathering for its dataset on these terms, or into a new one."""
        source, dataset = errand.holding.source, errand.holding.dataset
        at = (source.name, dataset.id, terms.key)
        batch = self._gathering.get(at)
        if batch is None:
            batch = self._gathering[at] = _Batch(dataset, terms)
            task = asyncio.get_running_loop().create_task(self._send(source, at, batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if errand not in batch.errands:
            batch.errands.append(errand)
        flying: asyncio.Future[Table] = asyncio.get_running_loop().create_future()
        # Whoever waited may have gone; an error that nobody fetched is nobody's.
        flying.add_done_callback(lambda done: done.cancelled() or done.exception())
        batch.waiting[key] = (asked, flying)
        self._flying[key] = flying
        return batch, flying

    async def _send(self, source: Source, at: tuple[str, str, str], batch: _Batch) -> None:
        """Asks for all that has gathered, and tells everyone who waits."""
        await asyncio.sleep(WINDOW if source.protocol in BATCHED else 0)
        del self._gathering[at]
        asked = [each for each, _ in batch.waiting.values()]
        assertion = batch.terms.assertion(batch.errands) if batch.terms.assertion else None
        evidence = any(each.evidence for each in asked)
        try:
            tables = await self.connectors[source.name].answer(
                Ask(batch.dataset, tuple(asked), evidence, assertion, batch.calls)
            )
            for (key, (_, flying)), table in zip(batch.waiting.items(), tables, strict=True):
                await self._cache.put(key, table, batch.dataset.cache)
                flying.set_result(table)
        except Exception as error:
            for _, flying in batch.waiting.values():
                if not flying.done():
                    flying.set_exception(error)
        finally:
            for key in batch.waiting:
                self._flying.pop(key, None)
