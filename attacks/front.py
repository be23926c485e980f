"""The front door: GraphQL over HTTP, as anybody asks."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import httpx

from reference.errors import TrustError

# Times that a question is put again where a quota is used up, and the longest wait for it, in seconds.
TRIES, LONGEST = 20, 60.0
ME = "{ me { organisation purposes } }"


class NoAnswer(TrustError):
    """The gateway gives none, and why."""


class NoMeasure(NoAnswer):
    """There is no such measure."""


@dataclass(frozen=True)
class Answer:
    """`data`: empty where there is none; `codes`: of its errors; `seconds`: until it was there."""

    data: dict[str, Any]
    codes: tuple[str, ...]
    seconds: float

    @property
    def page(self) -> dict[str, Any]:
        """The rows of `labourMarket`; without any where it was refused."""
        return self.data.get("labourMarket") or {"nodes": [], "totalCount": 0, "pageInfo": {"hasNextPage": False}}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of that page."""
        return self.page["nodes"]


@dataclass(frozen=True)
class Caller:
    """Who asks, for what. `headers`: with their token and purpose, where they have any."""

    name: str
    headers: Mapping[str, str]
    organisation: str | None = None
    purpose: str | None = None

    @property
    def words(self) -> str:
        """As the report names them."""
        return f"{self.name} for {self.purpose}" if self.purpose else self.name


class Door:
    """One gateway."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http, self._url = http, url

    async def ask(self, caller: Caller, query: str, **variables: Any) -> Answer:
        """The answer to a question, after as long a wait as a quota asks for. Raises NoAnswer."""
        for _ in range(TRIES):
            started = time.perf_counter()
            reply = await self._sent(caller, {"query": query, "variables": variables})
            seconds = time.perf_counter() - started
            answer = self._read(reply)
            errors: list[dict[str, Any]] = answer.get("errors") or []
            codes = tuple(str(error.get("extensions", {}).get("code")) for error in errors)
            if "UNAUTHENTICATED" in codes:
                raise NoAnswer(f"the gateway does not accept the token of {caller.name}.")
            if "RATE_LIMITED" not in codes:
                return Answer(answer.get("data") or {}, codes, seconds)
            await asyncio.sleep(min(float(reply.headers.get("Retry-After", 1)), LONGEST))
        raise NoAnswer(f"the quota of {caller.name} was used up {TRIES} times: ask for a larger one.")

    async def _sent(self, caller: Caller, body: dict[str, Any]) -> httpx.Response:
        try:
            return await self._http.post(self._url, json=body, headers=dict(caller.headers))
        except httpx.HTTPError as error:
            raise NoAnswer(f"no gateway answers at {self._url} ({type(error).__name__}).") from error

    def _read(self, reply: httpx.Response) -> dict[str, Any]:
        try:
            document = reply.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise NoAnswer(f"{self._url} answers {reply.status_code} and no GraphQL.")
        return cast("dict[str, Any]", document)


async def callers(door: Door, given: Mapping[str, Mapping[str, str]], purpose: str | None = None) -> tuple[Caller, ...]:
    """Each of those who are given, by their names and headers, once for each purpose that their token allows, or for
    one alone; the public too. Raises NoAnswer."""
    found = [Caller("public", {})]
    for name, headers in given.items():
        if not headers:
            continue
        # Who has several purposes is asked for one before anything else.
        answer = await door.ask(Caller(name, headers), ME)
        me: dict[str, Any] = answer.data.get("me") or {}
        if not me:
            raise NoAnswer(f"the gateway does not say who {name} is: {', '.join(answer.codes)}.")
        for one in me["purposes"] or [None]:
            if purpose in (None, one):
                stated = {"Purpose": one} if one else {}
                found.append(Caller(name, {**headers, **stated}, me["organisation"], one))
    return tuple(found)
