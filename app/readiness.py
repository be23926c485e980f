"""Whether queries can be answered now: found out in the background, so that whoever asks has the answer at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import httpx

from app.witnesses import Witnesses
from policies.book import Book
from resolvers.catalogue import Catalogue
from trust.log.sequencer import Sequencer
from trust.record import Recorder, RecordFailed

# Seconds between two looks at the record, that one may take at most, and after which what was seen no longer counts.
EVERY, PATIENCE, STALE = 2.0, 2.0, 10.0


class Readiness:
    """A query can be answered when it can be recorded. Departments are listed apart: one that is down takes its own
    fields with it and nothing else."""

    def __init__(
        self,
        catalogue: Catalogue,
        http: httpx.AsyncClient,
        recorder: Recorder,
        book: Callable[[], Book],
        sequencer: Sequencer,
        witnesses: Witnesses | None,
        every: float,
    ) -> None:
        """`book`: of the agreements of the day. `every`: seconds between two looks at the departments, which are asked
        no more often than they can bear."""
        self._catalogue, self._http, self._recorder, self._every = catalogue, http, recorder, every
        self._book, self._sequencer, self._witnesses = book, sequencer, witnesses
        self._departments: Mapping[str, str] = {}
        self._record = "unknown"
        self._looked = float("-inf")

    @property
    def ready(self) -> bool:
        """Whether a query that came now would be answered."""
        return self._record == "available" and time.monotonic() - self._looked < STALE

    def described(self) -> dict[str, object]:
        """What was seen, as JSON's plain values."""
        return {
            "status": "ready" if self.ready else "not ready",
            "record": self._record,
            # Without it what needs an agreement is refused; open and own data are answered.
            "agreements": "confirmed" if self._book().confirmed else "unconfirmed",
            # Records wait for their places in the log meanwhile; none is lost.
            "log": "stands still" if self._sequencer.stands_still else "goes on",
            # Nothing waits for them.
            **({"witnesses": self._witnesses.described()} if self._witnesses else {}),
            "departments": dict(self._departments),
        }

    async def look(self) -> None:
        """Looks once: at the record, and then at every department at the same time."""
        await self._look_at_record()
        await self._look_at_departments()

    async def keep_looking(self) -> None:
        """Looks again and again, until it is cancelled."""
        await asyncio.gather(_repeated(self._look_at_record, EVERY), _repeated(self._look_at_departments, self._every))

    async def _look_at_record(self) -> None:
        self._record, self._looked = await self._recordable(), time.monotonic()

    async def _look_at_departments(self) -> None:
        sources = self._catalogue.sources.values()
        states = await asyncio.gather(*(self._state(source.url) for source in sources))
        self._departments = {source.department: state for source, state in zip(sources, states, strict=True)}

    async def _recordable(self) -> str:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._recorder.probe()
        except (RecordFailed, TimeoutError):
            return "unavailable"
        return "available"

    async def _state(self, url: str) -> str:
        """Any answer at all shows that a department is there; what it says is for the queries to find out, so nothing
        of its body is read."""
        try:
            async with asyncio.timeout(PATIENCE), self._http.stream("HEAD", url):
                return "available"
        except (httpx.HTTPError, TimeoutError, OSError):
            return "unavailable"


async def _repeated(look: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Looks, and again so many seconds after each look."""
    while True:
        await look()
        await asyncio.sleep(seconds)
