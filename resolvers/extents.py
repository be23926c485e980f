"""From when to when each publisher has figures, as its own metadata says."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple, Protocol

from reference.measure import Measure
from reference.period import Period, PeriodKind, between
from resolvers.catalogue import Catalogue
from resolvers.errors import DepartmentError

log = logging.getLogger("lmdt")
# Months, counted from year 0, between which a publisher can have figures: 1950 to 2099.
EARLIEST, LAST = 1950 * 12, 2100 * 12 - 1
# Seconds after which metadata is read again, and after which a publisher that was down is tried again.
REFRESH, RETRY = 900.0, 60.0


class Extent(NamedTuple):
    """The first and the newest period of a dataset, or of a measure."""

    first: Period
    latest: Period


class ExtentsReader(Protocol):
    """A connector, as far as it can say what its publisher has."""

    async def extents(self) -> Mapping[str, Extent]:
        """The extent of every dataset of which the publisher says it. Raises DepartmentError."""
        ...


def extent(every: PeriodKind, ending: Sequence[int], published: Callable[[Period], bool]) -> Extent | None:
    """The first and newest of a dataset's periods that are published; None where none is. `ending`: calendar months
    that its periods end in, if not all."""
    return spanning(
        period
        for period in between(EARLIEST, LAST, every)
        if (not ending or period.ends_in[1] in ending) and published(period)
    )


def spanning(periods: Iterable[Period]) -> Extent | None:
    """The first and newest of some periods, None where there is none."""
    ordered = sorted(periods)
    return Extent(ordered[0], ordered[-1]) if ordered else None


class Extents:
    """What is known of every dataset's extent. `epoch` rises whenever that changes."""

    def __init__(self, catalogue: Catalogue, publishers: Mapping[str, ExtentsReader]) -> None:
        self._catalogue, self._publishers = catalogue, publishers
        self._known: dict[tuple[str, str], Extent] = {}
        self._changed: dict[tuple[str, str], date] = {}
        self.epoch = 0

    def of(self, measure: Measure) -> Extent | None:
        """The extent of a measure, None while it is not known. A derived measure reaches as far as what it counts
        does; what that is divided by is carried forward."""
        holdings = self._catalogue.holdings(measure)
        return self._known.get(holdings[0].key) if holdings else None

    def changed(self, measure: Measure) -> date | None:
        """The day on which its publisher last said another extent, as far as was seen here; None while none is
        known."""
        holdings = self._catalogue.holdings(measure)
        return self._changed.get(holdings[0].key) if holdings else None

    def newest(self, measures: Iterable[str]) -> Period | None:
        """The newest period of any of these measures, None where none is known."""
        known = [extent for name in measures if (extent := self.of(self._catalogue.measures[name]))]
        return max((extent.latest for extent in known), key=lambda period: period.last, default=None)

    async def learn(self) -> bool:
        """Reads every publisher's metadata; whether all of it could be read. What could not be stays as it was."""
        read = await asyncio.gather(*(self._learn(name) for name in self._publishers))
        known = self._known | {key: extent for extents in read for key, extent in (extents or {}).items()}
        if known != self._known:
            today = datetime.now(UTC).date()
            self._changed |= {key: today for key, extent in known.items() if self._known.get(key) != extent}
            self._known, self.epoch = known, self.epoch + 1
        return None not in read

    async def keep_learning(self) -> None:
        """Reads all of it again and again, for as long as the task lives."""
        whole = True
        while True:
            await asyncio.sleep(REFRESH if whole else RETRY)
            whole = await self.learn()

    async def _learn(self, name: str) -> Mapping[tuple[str, str], Extent] | None:
        """The extents of one source's datasets; None where they cannot be had. Whatever goes wrong while they are read
        is that department's failure, and no other's."""
        try:
            extents = await self._publishers[name].extents()
        except DepartmentError:
            return None
        except Exception:
            log.exception("metadata could not be read", extra={"event": "department", "source": name})
            return None
        return {(name, dataset): extent for dataset, extent in extents.items()}
