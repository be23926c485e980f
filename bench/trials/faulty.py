"""What stands between a gateway and its departments, and lets one of them fail."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping

from bench.trials.callers import Answer, read_answer
from bench.trials.faults import DOWN, FAULTS, Cut, as_bytes

LIMIT = 2**26
# Seconds between two looks at how a department fails now.
LOOK = 0.05
Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Faulty:
    """A way to each department by its port: requests go on to it, and its answers back, but for the one that fails.
    `departments`: the port of each, by the port it is reached at; `fails`: how it fails, by the same port."""

    def __init__(self, departments: Mapping[int, int]) -> None:
        self.departments = departments
        self.fails: dict[int, str] = {}
        self._serving: dict[int, set[asyncio.Task[None]]] = {port: set() for port in departments}

    async def serve(self, over: threading.Event) -> None:
        """Serves until it is over."""
        await asyncio.gather(*(self._at(port, over) for port in self.departments))

    async def _at(self, port: int, over: threading.Event) -> None:
        """Listens, but while the department is down. Nothing that hangs or drips outlasts its fault."""
        server: asyncio.Server | None = None
        while not over.is_set():
            how = self.fails.get(port)
            if server and how == DOWN:
                server.close()
                server = None
            elif not server and how != DOWN:
                server = await asyncio.start_server(self._connected(port), "127.0.0.1", port, limit=LIMIT)
            while not over.is_set() and self.fails.get(port) == how:  # noqa: ASYNC110 - another thread sets it
                await asyncio.sleep(LOOK)
            for task in self._serving[port]:
                task.cancel()
        if server:
            server.close()

    def _connected(self, port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._serving[port].add(task)
            links: list[Link] = []
            try:
                while True:
                    await self._answer(port, reader, writer, links)
            except (OSError, EOFError, Cut, asyncio.CancelledError):
                writer.transport.abort()
            finally:
                self._serving[port].discard(task)
                for _, away in links:
                    away.close()

        return serve

    async def _answer(
        self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, links: list[Link]
    ) -> None:
        """One request, and what is sent for it. `links`: the connection to the department, once there is one."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
        body = await reader.readexactly(int(length or 0))

        async def ask() -> Answer:
            if not links:
                links.append(await asyncio.open_connection("127.0.0.1", self.departments[port], limit=LIMIT))
            links[0][1].write(head + body)
            return await read_answer(links[0][0])

        async def send(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        how = self.fails.get(port)
        # HEAD asks for nothing: by it the gateway looks whether a department is there.
        if head.startswith(b"HEAD "):
            await send(b"HTTP/1.1 204 Here\r\n\r\n")
        elif how is None or how == DOWN:
            answer = await ask()
            await send(as_bytes(answer, f"{answer.status} As it came", **_kept(answer)))
        else:
            await _while_awaited(FAULTS[how](ask, send), reader)


async def _while_awaited(fault: Awaitable[None], reader: asyncio.StreamReader) -> None:
    """A fault, for as long as somebody waits for its end."""
    failing = asyncio.ensure_future(fault)
    try:
        while not failing.done() and not reader.at_eof():
            await asyncio.wait({failing}, timeout=LOOK)
        if failing.done():
            failing.result()
    finally:
        failing.cancel()


def _kept(answer: Answer) -> dict[str, str]:
    """The headers that an answer goes on with: all but those of how it came."""
    dropped = {"transfer-encoding", "content-length", "connection"}
    return {name.replace("-", "_"): value for name, value in answer.headers.items() if name not in dropped}
