"""A connector whose publisher has other codes for some places: asked in the publisher's, answered in ours.

Done here once, so that connectors need not know of vintages. A place whose extent changed is never asked for.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from reference.area import VINTAGE
from reference.vintage import Vintage, history
from resolvers.catalogue import Holding
from resolvers.extents import Extent
from resolvers.protocols.connector import Connector, DatasetQuery
from resolvers.source import Source
from resolvers.table import Table


class Recoded:
    """Asks another connector with the codes of the vintage that its source file, or a dataset in it, names."""

    def __init__(self, connector: Connector, source: Source) -> None:
        self._connector, self._source = connector, source

    async def answer(self, ask: DatasetQuery) -> tuple[Table, ...]:
        """The other connector's Tables, each for the Slice as it was asked here. Raises DepartmentError."""
        tables = await self._connector.answer(self._carried(ask))
        return tuple(replace(table, slice=own) for table, own in zip(tables, ask.slices, strict=True))

    def requests(self, ask: DatasetQuery) -> tuple[str, ...]:
        """The requests that `answer` would make, with the publisher's codes."""
        return self._connector.requests(self._carried(ask))

    async def extents(self) -> Mapping[str, Extent]:
        """The first and the newest period of each dataset."""
        return await self._connector.extents()

    async def drift(self) -> tuple[str, ...]:
        """What the publisher's own metadata no longer agrees with in the source file."""
        return await self._connector.drift()

    def _carried(self, ask: DatasetQuery) -> DatasetQuery:
        codes = _codes(Holding(self._source, ask.dataset).vintage)
        slices = (own._replace(areas=tuple(codes.get(area, area) for area in own.areas)) for own in ask.slices)
        return replace(ask, slices=tuple(slices)) if codes else ask


def recoded(connector: Connector, source: Source) -> Connector:
    """The connector as it is, where its publisher has our codes throughout; else one that carries codes for it."""
    differs = any(_codes(Holding(source, dataset).vintage) for dataset in source.datasets)
    return Recoded(connector, source) if differs else connector


@lru_cache(64)
def _codes(to: Vintage) -> Mapping[str, str]:
    """Our code -> the publisher's, of places that have another code in its vintage."""
    return history().recoded(Vintage.parse(VINTAGE), to)
