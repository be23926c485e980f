"""The sample Stat-Xplore's HTTP: schema, tables, info and rate limits, for those with a key."""

import hashlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from departments.faults import Faults
from departments.statxplore import schema, table
from departments.statxplore.databases import Database, databases

BASE = "/webapi/rest/v1"
DEMO_KEYS = frozenset({"demo-dwp-key"})
HOUR = 3600
PAGE = 100


class Budget:
    """Requests left in this hour, overall and for tables, by the publisher's clock."""

    def __init__(self, overall: int = 20_000, tables: int = 10_000) -> None:
        self._limits = {"": overall, "-Table": tables}
        self._left = dict(self._limits)
        self._reset = time.time() + HOUR

    def left(self, kind: str) -> bool:
        """Whether one more request of a kind may be made."""
        if time.time() > self._reset:
            self._left, self._reset = dict(self._limits), time.time() + HOUR
        return min(self._left[""], self._left[kind]) > 0

    def spend(self, kind: str) -> None:
        """A request for a table counts in both budgets."""
        for suffix in {"", kind}:
            self._left[suffix] -= 1

    def headers(self, kind: str) -> dict[str, str]:
        """Limit, remaining and reset; for tables both budgets. The reset is in milliseconds."""
        headers: dict[str, str] = {}
        for suffix in ("", kind) if kind else ("",):
            headers[f"X-RateLimit{suffix}"] = str(self._limits[suffix])
            headers[f"X-RateLimit-Remaining{suffix}"] = str(self._left[suffix])
            headers[f"X-RateLimit-Reset{suffix}"] = str(int(self._reset * 1000))
        return headers

    def json(self) -> dict[str, int]:
        """The overall budget only."""
        return {"limit": self._limits[""], "remaining": self._left[""], "reset": int(self._reset * 1000)}


class Server:
    """One sample DWP."""

    def __init__(self, databases: tuple[Database, ...], keys: frozenset[str], budget: Budget, cells: int) -> None:
        self._databases, self._keys, self._budget, self._cells = databases, keys, budget, cells
        self._schema = schema.items(databases)

    def guarded(self, answer: Callable[[Request], Any], kind: str = "") -> Callable[[Request], Any]:
        """The endpoint for those with a key and requests left. What has not changed (304) costs nothing."""

        async def endpoint(request: Request) -> Response:
            if request.headers.get("APIKey") not in self._keys:
                return _error(401, "AUTHENTICATION", "The API key is missing or not valid.")
            if not self._budget.left(kind):
                return Response(status_code=429, headers={"Retry-After": "60", **self._budget.headers(kind)})
            response: Response = await answer(request)
            if response.status_code != 304:
                self._budget.spend(kind)
            response.headers.update(self._budget.headers(kind))
            return response

        return endpoint

    async def table(self, request: Request) -> Response:
        """Counts in a thread, as a large table takes its time."""
        try:
            query = orjson.loads(await request.body())
            cube = await run_in_threadpool(table.tabulate, self._databases, query, self._cells)
        except table.TableRefused as error:
            return _error(error.status, error.kind, error.message)
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return _error(400, "BAD_REQUEST", "The request body is not a table request.")
        return Response(orjson.dumps(cube), media_type="application/json")

    async def schema(self, request: Request) -> Response:
        """One item with a page of its children; a Link header leads to the next page."""
        item = self._schema.get(request.path_params.get("id", schema.ROOT))
        start = request.query_params.get("start", "0")
        if item is None or not start.isdigit():
            return _error(404, "SCHEMA_COMPONENT_NOT_FOUND", f"{request.url.path} was not found.")
        here = str(request.base_url).rstrip("/") + BASE
        page = item.children[int(start) : int(start) + PAGE]
        children = [self._schema[uri].described(here) for uri in page]
        headers: dict[str, str] = {}
        if (following := int(start) + PAGE) < len(item.children):
            headers["Link"] = f'<{here}/schema/{item.id}?start={following}>; rel="next"'
        return _tagged(request, {**item.described(here), "children": children}, headers)

    async def info(self, request: Request) -> Response:
        """English is the only language."""
        return _tagged(request, {"languages": [{"locale": "en", "displayName": "English"}]}, {})

    async def rate_limit(self, request: Request) -> Response:
        """Needs a key, but costs no request."""
        if request.headers.get("APIKey") not in self._keys:
            return _error(401, "AUTHENTICATION", "The API key is missing or not valid.")
        return Response(orjson.dumps(self._budget.json()), media_type="application/json")


def _tagged(request: Request, document: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    """304 where the caller already has this document."""
    body = orjson.dumps(document)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    return Response(body, media_type="application/json", headers={"ETag": tag, **headers})


def _error(status: int, kind: str, message: str) -> Response:
    """The publisher's own form of an error."""
    body = orjson.dumps({"message": message, "errorType": kind})
    return Response(body, status, media_type="application/json")


def create_app(
    folder: Path,
    *,
    faults: bool = False,
    keys: frozenset[str] = DEMO_KEYS,
    budget: Budget | None = None,
    cells: int = table.CELLS,
) -> Starlette:
    """The sample DWP. `folder` keeps its synthetic figures; `faults`: tests over sockets may ask for faults;
    `cells`: the largest table it will make."""
    server = Server(databases(folder), keys, budget or Budget(), cells)
    app = Starlette(
        routes=[
            Route(f"{BASE}/table", server.guarded(server.table, "-Table"), methods=["POST"]),
            Route(f"{BASE}/schema", server.guarded(server.schema)),
            Route(f"{BASE}/schema/{{id:path}}", server.guarded(server.schema)),
            Route(f"{BASE}/info", server.guarded(server.info)),
            Route(f"{BASE}/rate_limit", server.rate_limit),
        ]
    )
    app.state.faults = injected = Faults(
        app.router, on=_is_table_request, mangle={"truncated": _shortened}, remote=faults
    )
    app.router = injected  # pyright: ignore[reportAttributeAccessIssue]
    return app


def _is_table_request(scope: Scope) -> bool:
    """Faults meet tables only, never the schema."""
    return scope["path"].endswith("/table")


def _shortened(body: bytes) -> bytes:
    """A cube with fewer rows than its first field has items: whole JSON, half an answer."""
    document = orjson.loads(body)
    for cube in document.get("cubes", {}).values():
        cube["values"] = cube["values"][: len(cube["values"]) // 2]
    return orjson.dumps(document)
