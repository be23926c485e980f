"""What stands between a gateway and its departments, and lets one of them fail."""

import asyncio
import threading
from collections.abc import Mapping

from bench.trials.callers import Answer, read_answer
from bench.trials.faults import DOWN, FAULTS, Cut

LIMIT = 2**26
Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Faulty:
    """A way to each department by its port: requests go on to it, and its answers back, but for the one that fails.
    `departments`: the port of each, by the port it is reached at; `fails`: how it fails, by the same port."""

    def __init__(self, departments: Mapping[int, int]) -> None:
        self.departments = departments
        self.fails: dict[int, str] = {}
        self._open: dict[int, set[asyncio.StreamWriter]] = {port: set() for port in departments}

    async def serve(self, over: threading.Event) -> None:
        """Serves until it is over."""
        await asyncio.gather(*(self._at(port, over) for port in self.departments))

    async def _at(self, port: int, over: threading.Event) -> None:
        """Listens, but while the department is down."""
        while not over.is_set():
            server = await asyncio.start_server(
                lambda reader, writer: self._answer(port, reader, writer), "127.0.0.1", port, limit=LIMIT
            )
            how = self.fails.get(port)
            while not over.is_set() and how != DOWN:
                await asyncio.sleep(0.05)
                before, how = how, self.fails.get(port)
                if before != how:
                    # Nothing that hangs or drips outlasts its fault.
                    self._cut(port)
            server.close()
            self._cut(port)
            while not over.is_set() and self.fails.get(port) == DOWN:
                await asyncio.sleep(0.05)

    def _cut(self, port: int) -> None:
        for writer in self._open[port]:
            writer.transport.abort()

    async def _answer(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open[port].add(writer)
        link: Link | None = None
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
                body = await reader.readexactly(int(length or 0))
                link = link or await asyncio.open_connection("127.0.0.1", self.departments[port], limit=LIMIT)
                answer = await _asked(link, head, body)
                await self._send(port, head, answer, reader, writer)
        except (OSError, EOFError, Cut):
            writer.transport.abort()
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        finally:
            self._open[port].discard(writer)
            if link:
                link[1].close()

    async def _send(
        self, port: int, head: bytes, answer: tuple[bytes, Answer], reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:  # fmt: skip
        wire, read = answer

        async def send(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        how = self.fails.get(port)
        # HEAD asks for nothing: by it the gateway looks whether a department is there.
        if how is None or how == DOWN or head.startswith(b"HEAD "):
            await send(wire)
            return
        failing = asyncio.ensure_future(FAULTS[how](read, send))
        try:
            # Nothing is sent, or kept back, for longer than somebody waits for it.
            while not failing.done() and not reader.at_eof() and not writer.transport.is_closing():
                await asyncio.wait({failing}, timeout=0.2)
            if failing.done():
                failing.result()
        finally:
            failing.cancel()


async def _asked(link: Link, head: bytes, body: bytes) -> tuple[bytes, Answer]:
    """What the department answers, as it came and as it was read."""
    reader, writer = link
    writer.write(head + body)
    if head.startswith(b"HEAD "):
        wire = await reader.readuntil(b"\r\n\r\n")
        return wire, Answer(0, {}, b"")
    answer = await read_answer(reader)
    lines = {name: value for name, value in answer.headers.items() if name != "transfer-encoding"}
    lines["content-length"] = str(len(answer.body))
    written = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {answer.status} As it came\r\n{written}\r\n".encode() + answer.body, answer
