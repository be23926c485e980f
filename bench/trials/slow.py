"""Callers who hold a connection and never finish: half a head, a head of a byte a second, half a body, an answer that
is not read. Whoever is cut off comes again."""

import asyncio
import socket
import struct
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

HEAD = b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
# Bytes that an answer may wait in before its reader takes them; seconds for which one stays unread.
WINDOW, UNREAD = 4096, 65.0


class Slow:
    """So many slow connections, of each kind as many. `standing`: how many there are now; `met`: how often one was
    opened, and cut off, by kind. `unread`: a request with a large answer. `coming`: seconds over which they come."""

    def __init__(self, port: int, count: int, unread: bytes, coming: float) -> None:
        self._port, self._count, self._unread, self._coming = port, count, unread, coming
        self.standing = 0
        self.met = Counter[str]()
        self.kinds: Sequence[tuple[str, Callable[[socket.socket], Awaitable[None]]]] = (
            ("half a head", self._half_head),
            ("a head of a byte a second", self._dripped_head),
            ("half a body", self._half_body),
            ("an answer that is not read", self._unread_answer),
        )

    async def hold(self, over: threading.Event) -> None:
        """Holds them until it is over."""
        tasks = [asyncio.create_task(self._again_and_again(number)) for number in range(self._count)]
        while not over.is_set():  # noqa: ASYNC110 - another thread sets it
            await asyncio.sleep(0.1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _again_and_again(self, number: int) -> None:
        name, misbehave = self.kinds[number % len(self.kinds)]
        await asyncio.sleep(self._coming * number / self._count)
        while True:
            with socket.socket() as connection:
                connection.setblocking(False)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
                try:
                    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", self._port))
                    self.met[f"{name}, opened"] += 1
                    self.standing += 1
                    try:
                        await misbehave(connection)
                    finally:
                        self.standing -= 1
                except OSError as error:
                    self.met[f"{name}, {type(error).__name__}"] += 1
                # Gone with a reset, as those who mean harm go.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.met[f"{name}, over"] += 1
            await asyncio.sleep(0.05)

    async def _half_head(self, connection: socket.socket) -> None:
        await _sent(connection, HEAD + b"X-")
        await _closed(connection)

    async def _dripped_head(self, connection: socket.socket) -> None:
        closed = asyncio.ensure_future(_closed(connection))
        try:
            for at in range(len(HEAD)):
                await _sent(connection, HEAD[at : at + 1])
                await asyncio.wait({closed}, timeout=1.0)
                if closed.done():
                    return
            await closed
        finally:
            closed.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await closed

    async def _half_body(self, connection: socket.socket) -> None:
        await _sent(connection, HEAD + b"Content-Length: 200\r\n\r\n" + b'{"query": "{ area(code: ')
        await _closed(connection)

    async def _unread_answer(self, connection: socket.socket) -> None:
        await _sent(connection, self._unread)
        await asyncio.sleep(UNREAD)


async def _sent(connection: socket.socket, data: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(connection, data)


async def _closed(connection: socket.socket) -> None:
    """Returns when the gateway has closed the connection, whatever it says before."""
    while await asyncio.get_running_loop().sock_recv(connection, 65_536):
        pass
