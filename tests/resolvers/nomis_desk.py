"""A Nomis connector with a publisher behind it, and answers written by hand in the published shapes."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import orjson

from reference.facets import Facet
from reference.period import parse
from resolvers.protocols.connector import DatasetQuery
from resolvers.protocols.nomis import Nomis
from resolvers.source import Source, load, read
from resolvers.table import Slice, Table
from resolvers.wire import Wire

ONS = load(Path(__file__).parents[2] / "resolvers" / "sources" / "ons.toml")
URL = "http://127.0.0.1:8105"
SEXES = (("FEMALE",), ("MALE",))


class Desk:
    """A connector and the publisher behind it."""

    def __init__(self, source: Source, transport: httpx.AsyncBaseTransport, credential: str | None = None) -> None:
        self.source = source
        self.nomis = Nomis(source, Wire(source, transport), credential)

    def ask(self, dataset: str, *slices: Slice) -> DatasetQuery:
        return DatasetQuery(next(entry for entry in self.source.datasets if entry.id == dataset), slices)

    async def answer(self, dataset: str, *slices: Slice) -> tuple[tuple[Table, ...], list[str]]:
        """Tables, and the data requests made for them."""
        ask = self.ask(dataset, *slices)
        tables = await self.nomis.answer(ask)
        return tables, [call.url for call in ask.calls if ".data." in call.url]


def claimants(areas: tuple[str, ...], months: tuple[str, ...], *, by_sex: bool = False) -> Slice:
    periods = tuple(parse(month) for month in months)
    return Slice(("claimantCount",), areas, periods, (Facet.SEX,) if by_sex else (), SEXES if by_sex else ((),))


def claimant_source(form: str = "csv", limits: Mapping[str, float] | None = None, **changes: Any) -> Source:
    dataset: dict[str, Any] = {
        "id": "NM_162_1",
        "title": "Claimants",
        "licence": "Synthetic",
        "every": "MONTH",
        "format": form,
        "pins": {"measures": 20100},
        "breakdowns": [["SEX"]],
        "measures": {"claimantCount": {"codes": {"measure": 1, "age": 0}}},
        "facets": {"SEX": {"concept": "gender", "total": 0, "members": {"FEMALE": 2, "MALE": 1}}},
    }
    table = {"department": "ONS", "protocol": "nomis", "url": f"{URL}/api/v01", "limits": dict(limits or {})}
    return read("ons", table | {"datasets": [dataset | changes]})


def published(body: str | bytes | Callable[[httpx.Request], bytes], **others: bytes) -> httpx.MockTransport:
    """A publisher with one answer to every data request; `others` by the last dot-free part of the path."""

    def answer(request: httpx.Request) -> httpx.Response:
        if ".data." not in request.url.path:
            name = request.url.path.rsplit("/", 1)[1].split(".")[0]
            return httpx.Response(200, content=others.get(name, b""))
        content = body(request) if callable(body) else body
        return httpx.Response(200, content=content)

    return httpx.MockTransport(answer)


HEAD = "GEOGRAPHY_CODE,DATE,MEASURES,MEASURE,AGE,GENDER,OBS_VALUE,OBS_STATUS,OBS_STATUS_NAME,OBS_CONF,RECORD_COUNT"
ROW = "E08000003,2021-03,20100,1,0,0,{value},{status},{name},{conf},1\n"


def one_row(value: str, status: str = "A", name: str = '"Normal Value"', conf: str = "F") -> str:
    return f"{HEAD}\n" + ROW.format(value=value, status=status, name=name, conf=conf)


def observation(gender: int, value: float | None, **changes: Any) -> dict[str, Any]:
    return {
        "geography": {"value": 1900000001, "description": "Manchester", "geogcode": "E08000003"},
        "gender": {"value": gender, "description": "Total"},
        "age": {"value": 0, "description": "All"},
        "measure": {"value": 1, "description": "Claimant count"},
        "measures": {"value": 20100, "description": "Value"},
        "time": {"value": "2021-03", "description": "March 2021"},
        "obs_value": {"value": value},
        "obs_status": {"value": "A", "description": "Normal Value"},
    } | changes


def answer(observations: Any, truncated: str = "false") -> bytes:
    return orjson.dumps({"header": {"truncated": truncated}, "obs": observations})


def definition(*concepts: str) -> bytes:
    dimensions = [{"conceptref": ref, "codelist": f"CL_{ref}"} for ref in ("GEOGRAPHY", *concepts)]
    dimensions.append({"conceptref": "FREQ", "codelist": "CL_FREQ", "isfrequencydimension": "true"})
    family = {"id": "NM_162_1", "components": {"dimension": dimensions}}
    return orjson.dumps({"structure": {"keyfamilies": {"keyfamily": [family]}}})
