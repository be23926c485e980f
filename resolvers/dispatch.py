"""Errands to Tables: from the cache, or from the departments, all at once."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
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
from resolvers.source import Source
from resolvers.table import Slice, Table
from resolvers.wire import Call, Wire

CONNECTORS: Mapping[str, Callable[[Source, Wire, str | None], Connector]] = {
    "share": Share,
    "statxplore": StatXplore,
    "ees": EES,
    "nomis": Nomis,
}
AskedOf = tuple[str, str, Slice]


@dataclass(slots=True)
class Answers:
    """What came back: a Table or an error for each Slice of each holding, and the calls that were made."""

    tables: dict[AskedOf, Table | DepartmentError] = field(default_factory=dict[AskedOf, Table | DepartmentError])
    calls: list[Call] = field(default_factory=list[Call])

    def of(self, holding: Holding, asked: Slice, measure: str) -> Table | DepartmentError:
        """The answer that holds a measure over a Slice's grid, which may have been asked with other measures."""
        for (source, dataset, answered), table in self.tables.items():
            if (source, dataset) == holding.key and measure in answered.measures and _same_grid(answered, asked):
                return table
        raise KeyError(measure)


@dataclass(frozen=True, slots=True)
class Terms:
    """On whose behalf a department is asked: `key` tells apart what it may answer differently, `assertion`
    makes the Trust's signed statement of it. Neither, for departments that publish to everyone."""

    key: str = ""
    assertion: Callable[[], str] | None = None


class Dispatcher:
    """Sends errands to departments. One connector and one wire for each source."""

    def __init__(
        self, catalogue: Catalogue, http: httpx.AsyncClient, cache: AnswerCache, credentials: Mapping[str, str]
    ) -> None:
        self._cache = cache
        self.connectors: dict[str, Connector] = {
            name: CONNECTORS[source.protocol](source, Wire(source, http), credentials.get(source.credential or ""))
            for name, source in catalogue.sources.items()
        }

    async def fetch(self, errands: Iterable[Errand], terms: Callable[[Errand], Terms]) -> Answers:
        """Every errand answered, or failed, none waiting for another."""
        answers = Answers()
        await asyncio.gather(*(self._fetch(errand, terms(errand), answers) for errand in errands))
        return answers

    async def _fetch(self, errand: Errand, terms: Terms, answers: Answers) -> None:
        source, dataset = errand.holding.source, errand.holding.dataset
        keys = {each: key_of(source.name, dataset.id, each, terms.key) for each in errand.slices}
        missing: list[Slice] = []
        for each, key in keys.items():
            table = await self._cache.get(key)
            if table is None:
                missing.append(each)
            else:
                answers.tables[(source.name, dataset.id, each)] = table
        if not missing:
            return
        evidence = any(each.evidence for each in missing)
        assertion = terms.assertion() if terms.assertion else None
        ask = Ask(dataset, tuple(missing), evidence, assertion, answers.calls)
        try:
            tables = await self.connectors[source.name].answer(ask)
        except DepartmentError as error:
            answers.tables.update({(source.name, dataset.id, each): error for each in missing})
            return
        for each, table in zip(missing, tables, strict=True):
            answers.tables[(source.name, dataset.id, each)] = table
            await self._cache.put(keys[each], table, dataset.cache)


def _same_grid(one: Slice, other: Slice) -> bool:
    return replace(one, measures=()) == replace(other, measures=())
