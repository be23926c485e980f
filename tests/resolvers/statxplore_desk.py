"""A Stat-Xplore connector to the sample publisher, and publishers whose code lists have changed."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import orjson

from departments.statxplore import create_app
from reference.facets import Facet
from reference.period import parse
from resolvers.protocols.connector import DatasetQuery
from resolvers.protocols.statxplore import StatXplore
from resolvers.source import Source, load
from resolvers.table import Slice, Table
from resolvers.wire import Wire

FOLDER = Path(".data/departments")
DWP = load(Path(__file__).parents[2] / "resolvers" / "sources" / "dwp.toml")
KEY = "demo-dwp-key"
PEOPLE = "str:database:UC_Monthly"
EVERYBODY, SEARCHING, WORKING = "peopleOnUniversalCredit", "searchingForWork", "inWorkOnUniversalCredit"
APP = create_app(FOLDER)

Answer = Callable[[], httpx.Response]


def unknown_id() -> httpx.Response:
    return httpx.Response(400, json={"message": "not found", "errorType": "SCHEMA_COMPONENT_NOT_FOUND"})


def web_page() -> httpx.Response:
    return httpx.Response(
        200, text="<!DOCTYPE html><html><title>Error</title></html>", headers={"Content-Type": "text/html"}
    )


class Changed(httpx.AsyncBaseTransport):
    """The sample publisher after a change of its code lists.

    `ids`: old part of an id -> new one, where it has another today. `gone`: ends of ids that it no longer has.
    `labels`: old label -> new one; `schema`: whether /schema has the new ones too. `answers`: what it says to an id
    that it does not know. `pages`: paths to which it says something else altogether, by a part of them.
    """

    def __init__(
        self,
        *,
        ids: Mapping[str, str] | None = None,
        gone: tuple[str, ...] = (),
        labels: Mapping[str, str] | None = None,
        schema: bool = True,
        answers: Answer = unknown_id,
        pages: Mapping[str, Answer] | None = None,
    ) -> None:
        self.ids, self.gone, self.labels, self.schema = ids or {}, gone, labels or {}, schema
        self.answers, self.pages, self.paths = answers, pages or {}, list[str]()
        self._inner = httpx.ASGITransport(APP)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url, body = str(request.url), (await request.aread()).decode()
        self.paths.append(request.url.path.removeprefix("/webapi/rest/v1"))
        for part, answer in self.pages.items():
            if part in request.url.path:
                return answer()
        values = [value for recode in _recodes(body) for group in recode["map"] for value in group]
        if any(value.endswith(self.gone) for value in values if self.gone) or any(
            old in url or old in body for old in self.ids
        ):
            return self.answers() if body else httpx.Response(404, json={"errorType": "SCHEMA_COMPONENT_NOT_FOUND"})
        for old, new in self.ids.items():
            url, body = url.replace(new, old), body.replace(new, old)
        headers = {"APIKey": request.headers["APIKey"]}
        reply = await self._inner.handle_async_request(
            httpx.Request(request.method, url, content=body.encode(), headers=headers)
        )
        document = orjson.loads(await reply.aread())
        if "children" in document:
            document["children"] = [
                child for child in document["children"] if not child["id"].endswith(self.gone or "\0")
            ]
        text, link = orjson.dumps(document).decode(), reply.headers.get("Link", "")
        for old, new in self.ids.items():
            text, link = text.replace(old, new), link.replace(old, new)
        if "children" not in document or self.schema:
            text = _relabelled(text, self.labels)
        return httpx.Response(reply.status_code, content=text.encode(), headers={"Link": link}, request=request)


def _recodes(body: str) -> list[dict[str, Any]]:
    return list(orjson.loads(body)["recodes"].values()) if body else []


def _relabelled(text: str, labels: Mapping[str, str]) -> str:
    """All at once: labels may change places."""
    for number, old in enumerate(labels):
        text = text.replace(f'"{old}"', f'"\0{number}"')
    for number, new in enumerate(labels.values()):
        text = text.replace(f'"\0{number}"', f'"{new}"')
    return text


class Desk:
    """A connector and how to ask it."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None, source: Source = DWP) -> None:
        self.source = source
        self.statxplore = StatXplore(source, Wire(source, transport or httpx.ASGITransport(APP)), KEY)

    async def answer(self, *slices: Slice) -> tuple[Table, ...]:
        dataset = next(dataset for dataset in self.source.datasets if dataset.id == PEOPLE)
        return await self.statxplore.answer(DatasetQuery(dataset, slices))


def people(
    *measures: str,
    areas: tuple[str, ...] = ("E12000007", "W92000004"),
    months: tuple[str, ...] = ("2023-11", "2023-12"),
    by: tuple[Facet, ...] = (),
    groups: tuple[tuple[str, ...], ...] = ((),),
) -> Slice:
    return Slice(measures or (EVERYBODY,), areas, tuple(parse(month) for month in months), by, groups)
