"""Departments' own replies, kept as they came and given again: as they were, or one of them mutated."""

from collections.abc import Mapping
from typing import NamedTuple

import httpx

Asked = tuple[str, str, bytes]


class Reply(NamedTuple):
    """One reply of a department. `fault`: raised in its place where it never came."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    fault: type[httpx.TransportError] | None = None

    @property
    def media(self) -> str:
        """What it says it is, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0]


Served = tuple[Asked, Reply]


class Recording(httpx.AsyncBaseTransport):
    """Answers as the departments did the first time they were asked the same; but for `mutated`. `served`: what was
    asked since it was last cleared, with what was given."""

    def __init__(self, departments: httpx.AsyncBaseTransport) -> None:
        self._departments = departments
        self._kept: dict[Asked, Reply] = {}
        self.mutated: dict[Asked, Reply] = {}
        self.served: list[Served] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = (request.method, str(request.url), request.content)
        reply = self.mutated.get(asked) or await self._recorded(asked, request)
        self.served.append((asked, reply))
        if reply.fault:
            raise reply.fault("as the fuzzer has it", request=request)
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
        return httpx.Response(reply.status, headers=headers, stream=httpx.ByteStream(reply.content))

    async def _recorded(self, asked: Asked, request: httpx.Request) -> Reply:
        if asked not in self._kept:
            response = await self._departments.handle_async_request(request)
            content = await response.aread()
            headers = {name: value for name, value in response.headers.items() if name != "content-length"}
            self._kept[asked] = Reply(response.status_code, headers, content)
        return self._kept[asked]
