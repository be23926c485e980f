"""A publisher of one small data set, for what the sample department does not do: every reply is a document of the
test's own."""

import tomllib
from copy import deepcopy
from typing import Any

import httpx

from reference.facets import Facet
from reference.period import parse
from resolvers.protocols.connector import DatasetQuery
from resolvers.protocols.ees import EES
from resolvers.source import read
from resolvers.table import Slice, Table
from resolvers.wire import Wire

ID = "9c3f1b1e-0000-4000-8000-000000000001"
SOURCE = f"""
department = "DfE"
protocol = "ees"
url = "https://statistics.example/statistics/v1"

[[datasets]]
id = "{ID}"
title = "Apprenticeships"
licence = "Open Government Licence v3.0"
every = "ACADEMIC_YEAR"
levels = {{ REGION = "REG", LA = "LAD" }}
areas = {{ levels = ["REGION", "LA"] }}
breakdowns = [["SEX"]]

[datasets.measures]
apprenticeshipStarts = {{ indicator = "starts" }}

[datasets.facets.SEX]
filter = "sex"
members = {{ FEMALE = "Female", MALE = "Male" }}
"""
META: dict[str, Any] = {
    "filters": [
        {"id": "fS", "column": "sex", "label": "Sex", "hint": "",
         "options": [{"id": "s0", "label": "Total"}, {"id": "sF", "label": "Female"}, {"id": "sM", "label": "Male"}]},
    ],
    "indicators": [{"id": "iS", "column": "starts", "label": "Starts", "unit": "", "decimalPlaces": 0}],
    "geographicLevels": [{"code": "LAD", "label": "Local authority district"}],
    "locations": [
        {"level": {"code": "LAD", "label": "Local authority district"},
         "options": [{"id": "aH", "label": "Hartlepool", "code": "E06000001"},
                     {"id": "aM", "label": "Middlesbrough", "code": "E06000002"}]},
        {"level": {"code": "REG", "label": "Regional"},
         "options": [{"id": "rN", "label": "North East", "code": "E12000001"}]},
    ],
    "timePeriods": [{"code": "AY", "period": "2023/2024", "label": "2023/24"},
                    {"code": "AY", "period": "2024/2025", "label": "2024/25"}],
}  # fmt: skip
VERSION: dict[str, Any] = {
    "version": "1.1",
    "type": "Minor",
    "status": "Published",
    "published": "2025-11-27T09:30:00+00:00",
    "notes": "",
    "release": {"title": "Academic year 2024/25", "slug": "2024-25"},
}
DATA_SET: dict[str, Any] = {"id": ID, "status": "Published", "latestVersion": {"version": "1.1"}}


def row(
    value: Any, location: str = "aH", period: str = "2024/2025", code: str = "AY", level: str = "LAD", **filters: str
) -> dict[str, Any]:
    """One result of a query: Hartlepool, everybody, the newest year, unless it says otherwise."""
    return {
        "timePeriod": {"code": code, "period": period},
        "geographicLevel": level,
        "locations": {level: location},
        "filters": {"fS": "s0"} | filters,
        "values": {"iS": value},
    }


def results(*rows: dict[str, Any]) -> dict[str, Any]:
    """The answer to a query."""
    paging = {"page": 1, "pageSize": 10_000, "totalResults": len(rows), "totalPages": 1}
    return {"paging": paging, "results": list(rows), "warnings": []}


class Stub:
    """The publisher, and the connector that asks it. `documents`: what it answers, by the last part of the path.
    `queried`: the version and the body of each query."""

    def __init__(self, *rows: dict[str, Any], source: str = SOURCE) -> None:
        self.documents: dict[str, Any] = deepcopy(
            {
                "query": results(*rows),
                "meta": META,
                "version": VERSION,
                "versions": {"paging": {}, "results": [VERSION]},
                "data-set": DATA_SET,
            }
        )
        self.status: dict[str, int] = {}
        self.queried: list[tuple[str | None, str]] = []
        self.source = read("stub", tomllib.loads(source))
        self.ees = EES(self.source, Wire(self.source, httpx.MockTransport(self._reply)))

    @property
    def meta(self) -> Any:
        return self.documents["meta"]

    @property
    def version(self) -> Any:
        return self.documents["version"]

    def _reply(self, request: httpx.Request) -> httpx.Response:
        last = request.url.path.rpartition("/")[2]
        kind = {"query": "query", "meta": "meta", "versions": "versions", ID: "data-set"}.get(last, "version")
        if kind == "query":
            self.queried.append((request.url.params.get("dataSetVersion"), request.content.decode()))
        document = self.documents[kind]
        status = self.status.get(kind, 200)
        if isinstance(document, bytes):
            return httpx.Response(status, headers={"Retry-After": "0"}, content=document)
        return httpx.Response(status, headers={"Retry-After": "0"}, json=document)

    async def table(self, *years: str, areas: tuple[str, ...] = ("E06000001",), by: tuple[Facet, ...] = ()) -> Table:
        """The answer for some years, newest alone unless said otherwise."""
        periods = tuple(parse(year) for year in years or ("2024/25",))
        groups = (("FEMALE",), ("MALE",)) if by else ((),)
        wanted = Slice(("apprenticeshipStarts",), areas, periods, by, groups)
        (table,) = await self.ees.answer(DatasetQuery(self.source.datasets[0], (wanted,)))
        return table
