"""An answer in chunks, and what of it was given: known only when its sending has ended."""

import hashlib
from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Mapping

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from trust.log.entry import Answer


class Sending:
    """Data on their way: hashed as they are handed on. `whole`: they have all been, and nothing failed."""

    def __init__(self, data: Iterable[bytes]) -> None:
        self._data = data
        self._sha256, self._bytes = hashlib.sha256(), 0
        self.whole = False

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._data:
            self._sha256.update(piece)
            self._bytes += len(piece)
            yield piece

    @property
    def answer(self) -> Answer:
        """What has been handed on so far. What is compressed may not all have left: it is never more than this."""
        return Answer(self._sha256.digest(), self._bytes)


class InChunks(StreamingResponse):
    """A response that is sent as it is made. `ended`: called when that is over, however it ends."""

    def __init__(
        self, media: str, chunks: AsyncIterable[bytes], headers: Mapping[str, str], ended: Callable[[], None]
    ) -> None:
        super().__init__(chunks, 200, headers, media_type=media)
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._ended()
