"""Counts what a department is asked, where it is asked. Also runs one sample department so:
`python -m bench.counted dwp 8101 FOLDER`."""

import sys
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

COUNT = "/bench/count"


class Counted:
    """An application, and how many requests have come for it, told under COUNT."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._requests = app, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == COUNT:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": str(self._requests).encode()})
            return
        # HEAD asks for nothing: the gateway looks in this way whether a department is there.
        self._requests += scope["type"] == "http" and scope["method"] != "HEAD"
        await self._app(scope, receive, send)


def counted(ports: tuple[int, ...]) -> int:
    """Requests that have come to all departments of these ports."""
    return sum(map(_count, ports))


def _count(port: int) -> int:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", COUNT)
        return int(connection.getresponse().read())


def main(name: str, port: str, folder: str) -> None:
    from departments.__main__ import SERVERS
    from departments.statxplore import Budget

    # Who measures asks more in an hour than Stat-Xplore allows.
    more = {"budget": Budget(10**9, 10**9)} if name == "dwp" else {}
    app = Counted(SERVERS[name](Path(folder), faults=False, **more))
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="error", access_log=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
