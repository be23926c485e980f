"""One witness of the log, asked over HTTP as C2SP's tlog-witness has it. One that is down, slow or lies is left alone
for a while."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

import httpx

from reference.errors import TrustError
from transparency import note
from transparency.add_checkpoint import request
from transparency.checkpoint import Checkpoint, number_of
from transparency.note import Key, Note, NoteWrong, Signature
from transparency.witness import SIZE

log = logging.getLogger("lmdt")
# Seconds and bytes that a witness may take for an answer.
PATIENCE, MOST = 10.0, 16_384
# Seconds until one that did not cosign is asked again: twice as many each time, up to the most.
PAUSE, LONGEST = 1.0, 60.0
# How often it may say, to one question, that it goes out from elsewhere.
TURNS = 3
# Nothing of what it answers is inflated.
HEADERS = {"Content-Type": "text/plain; charset=utf-8", "Accept-Encoding": "identity"}
# From so many entries on, the proof that a log goes on.
Proof = Callable[[int], Awaitable[Sequence[bytes]]]


class NotCosigned(TrustError):
    """A witness does not cosign: says what it answers instead."""


class AskedWitness:
    """A witness by its name in a policy, its key, and where it is asked."""

    def __init__(self, http: httpx.AsyncClient, name: str, key: Key, url: str) -> None:
        self.name, self.key = name, key
        self._http, self._url = http, f"{url}/add-checkpoint"
        # How many entries it has cosigned, as far as is known, and how it is with it: cosigns, is silent, refuses.
        self._size, self._state = 0, "cosigns"
        self._failures, self._not_before = 0, 0.0
        self._asking: asyncio.Task[None] | None = None

    @property
    def is_asked(self) -> bool:
        """Whether it has not answered yet."""
        return self._asking is not None and not self._asking.done()

    @property
    def is_due(self) -> bool:
        """Whether it may be asked now."""
        return not self.is_asked and time.monotonic() >= self._not_before

    def ask(self, signed: str, proof: Proof, keep: Callable[[Signature], Awaitable[None]]) -> None:
        """Begins to ask for a cosignature of a checkpoint, which is kept when it is there."""
        self._asking = asyncio.create_task(self._ask(signed, proof, keep))

    async def close(self) -> None:
        """Gives up what is being asked."""
        if self._asking:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _ask(self, signed: str, proof: Proof, keep: Callable[[Signature], Awaitable[None]]) -> None:
        text = note.read(signed).text
        size = Checkpoint.read(text).size
        try:
            async with asyncio.timeout(PATIENCE):
                signature = await self._cosignature(text, size, signed, proof)
        except NotCosigned as error:
            self._failed("refuses", error)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
            self._failed("is silent", error)
        except TrustError as error:
            # The log itself cannot be read, which is none of the witness's doing.
            log.debug("a witness is not asked", extra={"event": "witness", "cause": str(error)})
        else:
            self._is("cosigns", None)
            self._size, self._failures = size, 0
            await keep(signature)

    async def _cosignature(self, text: str, size: int, signed: str, proof: Proof) -> Signature:
        for _ in range(TURNS):
            status, kind, body = await self._post(request(self._size, await proof(self._size), signed))
            try:
                if status == 200:
                    lines = body.removesuffix("\n").split("\n")[: note.SIGNATURES]
                    return note.believed(Note(text, [note.signature_of(line) for line in lines]), [self.key])[0][1]
                if status != 409 or kind != SIZE:
                    raise NotCosigned(f"HTTP {status}: {body[:200].strip()}")
                self._size = number_of(body.removesuffix("\n"))
            except NoteWrong as error:
                raise NotCosigned(f"its answer is none: {error}") from error
            if self._size > size:
                raise NotCosigned("it has cosigned more entries than there are")
        raise NotCosigned("it goes out from elsewhere each time")

    async def _post(self, content: str) -> tuple[int, str, str]:
        """Status, media type and body. Raises NotCosigned where that is too long."""
        body = bytearray()
        async with self._http.stream("POST", self._url, content=content.encode(), headers=HEADERS) as reply:
            async for piece in reply.aiter_raw():
                body += piece
                if len(body) > MOST:
                    raise NotCosigned(f"it answers more than {MOST} bytes")
        media = reply.headers.get("Content-Type", "").partition(";")[0].strip()
        return reply.status_code, media, body.decode("utf-8", "replace")

    def _failed(self, state: str, error: Exception) -> None:
        self._is(state, str(error) or type(error).__name__)
        self._size = 0
        self._not_before = time.monotonic() + min(LONGEST, PAUSE * 2 ** min(self._failures, 10))
        self._failures += 1

    def _is(self, state: str, cause: str | None) -> None:
        """Told once, when it changes."""
        if state != self._state:
            told = {"event": "witness", "witness": self.name, "state": state, "cause": cause}
            log.warning("a witness %s", state if cause else "cosigns again", extra=told)
        self._state = state
