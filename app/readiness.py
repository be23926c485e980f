"""Whether queries can be answered now: found out in the background, so that whoever asks has the answer at once."""

import asyncio
import time
from collections.abc import Mapping

import httpx

from resolvers.catalogue import Catalogue
from trust.record import Recorder, RecordFailed

# Seconds between two looks, that one may take at most, and after which what was seen no longer counts.
EVERY, PATIENCE, STALE = 2.0, 2.0, 10.0


class Readiness:
    """A query can be answered when it can be recorded. Departments are listed apart: one that is down takes its own
    fields with it and nothing else."""

    def __init__(self, catalogue: Catalogue, http: httpx.AsyncClient, recorder: Recorder) -> None:
        self._catalogue, self._http, self._recorder = catalogue, http, recorder
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
            "departments": dict(self._departments),
        }

    async def look(self) -> None:
        """Looks once: at the record, and then at every department at the same time."""
        self._record, self._looked = await self._recordable(), time.monotonic()
        sources = self._catalogue.sources.values()
        states = await asyncio.gather(*(self._state(source.url) for source in sources))
        self._departments = {source.department: state for source, state in zip(sources, states, strict=True)}

    async def keep_looking(self) -> None:
        """Looks again and again, until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY)

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
            async with asyncio.timeout(PATIENCE), self._http.stream("GET", url):
                return "available"
        except (httpx.HTTPError, TimeoutError, OSError):
            return "unavailable"
