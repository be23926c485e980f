"""Entries of the transparency log over HTTP, for those who may read them, and the keys that it is checked with."""

import asyncio
import re
from collections.abc import Callable, Iterable
from typing import TypeVar

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app import freshness
from app.headers import given
from app.identity import Identity, IssuerUnavailable, Unauthenticated
from app.rate_limits import RateLimited, RateLimits
from app.receipts import PATH
from policies.caller import PUBLIC, Caller
from transparency.note import Key
from trust.log.kept import LogBroken
from trust.log.published import LogUnreadable, Published
from trust.log.receipt import written
from trust.people import People

T = TypeVar("T")
OPERATION, PLACE = re.compile("[0-9a-f]{32}"), re.compile("0|[1-9][0-9]{0,17}")
# Entries that are looked at for one request, and if it does not say.
MOST, USUAL = 1000, 250
# Seconds between two looks for an entry that has no place yet, and looks.
EVERY, LOOKS = 0.1, 11
NOTHING_KEPT = {"Cache-Control": freshness.NO_STORE}


class AuditPages:
    """The routes under /audit. `keys`: of the log and of its witnesses."""

    def __init__(
        self, published: Published, identity: Identity, limits: RateLimits, people: People, keys: Iterable[Key]
    ) -> None:
        self._published, self._identity, self._limits, self._people = published, identity, limits, people
        self._keys = "".join(f"{key}\n" for key in keys).encode()
        self.routes = [
            Route(f"{PATH}{{of}}", self.receipt),
            Route("/audit/entries", self.entries),
            Route("/audit/keys", self.keys),
        ]

    async def receipt(self, request: Request) -> Response:
        """GET /audit/receipt/{of}: what the log says of an operation, by its id, or at a place of the log, with its
        proof. 202 while the entry has no place, after a second. 404 where there is none, or none for this caller."""
        caller, of = await self._caller(request), str(request.path_params["of"])
        person = self._person(caller)
        if OPERATION.fullmatch(of):
            wanted: str | int = of
        elif PLACE.fullmatch(of):
            wanted = int(of)
        else:
            raise HTTPException(404)
        found = await _read(lambda: self._published.receipts(caller, person, wanted))
        for _ in range(LOOKS):
            if not found.more:
                break
            await asyncio.sleep(EVERY)
            found = await _read(lambda: self._published.receipts(caller, person, wanted))
        if found.receipts:
            return Response(written(found.receipts), headers=NOTHING_KEPT, media_type="application/json")
        if not found.more:
            raise HTTPException(404)
        waits = orjson.dumps({"entry": of, "place": None})
        return Response(waits, 202, {**NOTHING_KEPT, "Retry-After": "1"}, media_type="application/json")

    async def entries(self, request: Request) -> Response:
        """GET /audit/entries?first=N&count=M: of M entries from place N on those that the caller may read, as
        `trust.log.reading.lines` writes them. `Link` leads on, where there is more."""
        caller = await self._caller(request)
        if caller is PUBLIC:
            raise HTTPException(404)
        first, count = _number(request, "first", 0), _number(request, "count", USUAL)
        if not 0 < count <= MOST:
            raise HTTPException(400, f"count is 1 to {MOST}")
        lines, size = await _read(lambda: self._published.entries(caller, self._person(caller), first, count))
        headers = dict(NOTHING_KEPT)
        if first + count < size:
            headers["Link"] = f'</audit/entries?first={first + count}&count={count}>; rel="next"'
        return Response(lines, headers=headers, media_type="application/jsonl")

    async def keys(self, request: Request) -> Response:
        """GET /audit/keys: the keys of the log and of its witnesses, one a line, as C2SP writes them."""
        return freshness.page(request, self._keys, "text/plain; charset=utf-8", 0)

    def _person(self, caller: Caller) -> str | None:
        """What stands for a caller; the public are nobody."""
        return self._people.of(caller) if caller.issuer else None

    async def _caller(self, request: Request) -> Caller:
        """Who asks, by the same tokens and quotas as queries. Raises HTTPException."""
        try:
            caller = await self._identity.caller(given(request.scope).get(b"authorization", ()))
            await self._limits.take(caller, (request.scope.get("client") or ("",))[0], 1)
        except Unauthenticated as error:
            raise HTTPException(401, str(error), {"WWW-Authenticate": error.challenge}) from error
        except IssuerUnavailable as error:
            raise HTTPException(503, str(error)) from error
        except RateLimited as error:
            after = {"Retry-After": str(error.standing.seconds), **error.standing.headers}
            raise HTTPException(429, str(error), after) from error
        return caller


def _number(request: Request, name: str, usual: int) -> int:
    """A number of the query string. Raises HTTPException."""
    text = request.query_params.get(name)
    if text is None:
        return usual
    if not PLACE.fullmatch(text):
        raise HTTPException(400, f"{name} is a whole number")
    return int(text)


async def _read(read: Callable[[], T]) -> T:
    """What is read, beside the event loop. Raises HTTPException where nobody can read it."""
    try:
        return await asyncio.to_thread(read)
    except (LogUnreadable, LogBroken) as error:
        raise HTTPException(503) from error
