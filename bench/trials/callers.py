"""Callers who ask each at their own times, over a connection each: one that waited long for an answer is no less
impatient for the next, so a gateway that stops for a moment is seen by all of them."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import orjson

from bench.receipts import without_receipt

# Seconds that an answer may take.
PATIENCE = 60.0
# Seconds after which a caller without a connection tries again.
PAUSE = 0.05


class Asked(NamedTuple):
    """A request as it goes over the wire, and what its answer is compared by."""

    kind: str
    wire: bytes


class Answer(NamedTuple):
    """A whole answer over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes


class Heard(NamedTuple):
    """What became of one request: when it was due and answered, by time.monotonic. Without an answer, `lost` says why
    and the status is 0."""

    asked: Asked
    due: float
    until: float
    answer: Answer
    lost: str = ""

    @property
    def seconds(self) -> float:
        return self.until - self.due

    @property
    def operation(self) -> str:
        """The operation's id, by the headers."""
        return self.answer.headers.get("lmdt-operation-id", "")

    @property
    def code(self) -> str:
        """The status, and the code of the first error of an answer without data."""
        if self.lost:
            return self.lost
        if self.answer.status == 200:
            return "200"
        try:
            return f"{self.answer.status} {orjson.loads(self.answer.body)['errors'][0]['extensions']['code']}"
        except (ValueError, KeyError, IndexError, TypeError):
            return f"{self.answer.status}"


NOTHING = Answer(0, {}, b"")


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    """An answer, whole or in chunks, without its receipt. Raises asyncio.IncompleteReadError where it ends before its
    end."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines[1:] if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    if headers.get("transfer-encoding") != "chunked":
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    else:
        pieces: list[bytes] = []
        while size := int(await reader.readline(), 16):
            pieces.append(await reader.readexactly(size))
            await reader.readexactly(2)
        await reader.readuntil(b"\r\n")
        body = b"".join(pieces)
    return Answer(int(lines[0].split()[1]), headers, without_receipt(body))


class Callers:
    """So many callers, each with a request due every `period` seconds, or as soon after as the one before is answered.
    `draw`: the request of a caller, by number; `note`: is told what became of each."""

    def __init__(
        self, port: int, count: int, period: float, draw: Callable[[int], Asked], note: Callable[[Heard], None]
    ) -> None:
        self._port, self._count, self._period, self._draw, self._note = port, count, period, draw, note

    async def ask(self, over: threading.Event) -> None:
        """Asks until it is over; every request that has been sent is waited for."""
        await asyncio.gather(*(self._one(number, over) for number in range(self._count)))

    async def _one(self, number: int, over: threading.Event) -> None:
        due = time.monotonic() + self._period * number / self._count
        link: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while True:
            await asyncio.sleep(max(due - time.monotonic(), 0))
            if over.is_set():
                break
            asked, answer, lost = self._draw(number), NOTHING, ""
            try:
                async with asyncio.timeout(PATIENCE):
                    link = link or await asyncio.open_connection("127.0.0.1", self._port, limit=2**24)
                    link[1].write(asked.wire)
                    answer = await read_answer(link[0])
            except (OSError, EOFError, ValueError) as error:
                lost = type(error).__name__
            self._note(Heard(asked, due, time.monotonic(), answer, lost))
            if link and (lost or answer.headers.get("connection") == "close"):
                link[1].close()
                link = None
            due = max(due + self._period, time.monotonic() + (PAUSE if lost else 0))
        if link:
            link[1].close()
            with suppress(OSError):
                await link[1].wait_closed()


@contextmanager
def beside(*works: Callable[[threading.Event], Coroutine[Any, Any, None]]) -> Generator[None]:
    """Works in a thread of their own, in one loop, until the block ends. Raises what they raise."""
    over = threading.Event()
    raised: list[BaseException] = []

    async def all_of_them() -> None:
        await asyncio.gather(*(work(over) for work in works))

    def run() -> None:
        try:
            asyncio.run(all_of_them())
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if raised:
        raise raised[0]
