"""Four departments that answer at once: share nodes with made-up figures, so that what is measured is the gateway.

Also a bare Starlette application that echoes JSON, the floor of what any answer over HTTP costs here.
"""

import asyncio
import sys
import zlib
from collections.abc import Iterable
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.counted import Counted
from departments.share.answer import ARROW, Answer, Floats, as_arrow, as_json
from departments.share.question import NodeQuery
from reference.facets import Facet, members
from reference.measure import Measure
from reference.period import Period, between, parse
from schema.measures import MEASURES

# Each of the measured measures is at one of four departments; `rest` is every other measure, at the first of them.
HELD = {
    "DWP": ("claimantCount", "peopleOnUniversalCredit"),
    "HMRC": ("searchingForWork",),
    "DfE": ("payrolledEmployees", "furloughedEmployments"),
    "BEIS": ("onlineJobAdverts", "inWorkOnUniversalCredit"),
}
# Asked about by sex and age only under an agreement. One group of each, so that there is one figure for each month.
# What the agreements ask for has been done to what is open as well.
PROTECTED = "{ suppress_below = 10, round_to = 5, contributors = 3, percent = 10 }"
AGREED = ("peopleOnUniversalCredit", "searchingForWork", "inWorkOnUniversalCredit", "furloughedEmployments")
ONE_GROUP = {Facet.SEX: ["FEMALE"], Facet.AGE_BAND: ["AGE_25_34"]}


def figure(measure: str, area: str, period: Period) -> int:
    """The made-up figure of a place and period, the same for every group of it. It ends in 0, so that no rule of
    disclosure control changes it."""
    return 1_000 + 10 * ((_number(measure) + _number(area) + 7 * period.last) % 9_000)


@cache
def _number(name: str) -> int:
    return zlib.crc32(name.encode())


def answer(body: dict[str, Any]) -> Answer:
    """Columns for any question of the share protocol."""
    first, last = parse(body["periods"]["from"]), parse(body["periods"]["to"])
    question = NodeQuery(
        measures=tuple(body["measures"]),
        areas=tuple(body["areas"]),
        periods=between(first.first, last.last, first.kind),
        by=tuple(map(Facet, body["by"])),
        groups=tuple(map(tuple, body["groups"])),
        evidence=body["evidence"],
        release=None,
    )
    areas = np.array([_number(area) for area in question.areas])[:, None, None]
    months = np.array([period.last for period in question.periods])[None, :, None]
    values: dict[str, Floats] = {}
    behind: dict[str, dict[str, Floats]] = {}
    for measure in question.measures:
        cells = 1_000.0 + 10 * ((_number(measure) + areas + 7 * months) % 9_000)
        values[measure] = full = np.broadcast_to(cells, question.shape).copy()
        behind[measure] = {
            "n": full,
            "contributors": np.full_like(full, 50),
            "top1": full / 10,
            "top2": full / 20,
        }
    status = {measure: np.full(question.shape, "A") for measure in question.measures}
    return Answer(question, "bench", values, status, behind if question.evidence else None, {}, {})


async def _query(request: Request) -> Response:
    body = orjson.loads(await request.body())
    answers = [answer(query) for query in body.get("queries", [body])]
    if ARROW in request.headers.get("Accept", ""):
        return Response(as_arrow(answers), headers={"Content-Type": ARROW})
    columns = [reply.columns() for reply in answers]
    return Response(as_json({"answers": columns} if "queries" in body else columns[0]), media_type="application/json")


async def _datasets(_: Request) -> Response:
    return Response(orjson.dumps({"datasets": []}), media_type="application/json")


NODE = [Route("/v1/datasets/{id}/query", _query, methods=["POST"]), Route("/v1/datasets", _datasets)]


async def _echo(request: Request) -> Response:
    return Response(orjson.dumps(orjson.loads(await request.body())), media_type="application/json")


ECHO = Starlette(routes=[Route("/graphql", _echo, methods=["POST"])])


def write_sources(folder: Path, first: int, cache: int) -> Path:
    """A folder of source files by which every measure is asked of the departments that start at a port."""
    folder.mkdir(parents=True)
    measured = {name for names in HELD.values() for name in names}
    rest = tuple(name for name, measure in MEASURES.items() if name not in measured and not measure.inputs)
    for at, (department, measures) in enumerate(HELD.items()):
        (folder / f"{department}.toml").write_text(_source(department, first + at, measures, cache))
    (folder / "rest.toml").write_text(_source("DWP", first, rest, cache))
    return folder


def _source(department: str, port: int, measures: Iterable[str], cache: int) -> str:
    head = f'department = "{department}"\nprotocol = "share"\nurl = "http://127.0.0.1:{port}"\n'
    head += "[limits]\nconnections = 64\nanswer_bytes = 500_000_000\n"
    return head + "".join(_dataset(MEASURES[measure], cache) for measure in measures)


def _dataset(measure: Measure, cache: int) -> str:
    together = [*([facet] for facet in measure.facets), *(list(pair) for pair in combinations(measure.facets, 2))]
    text = (
        f'[[datasets]]\nid = "{measure.name}"\ntitle = "{measure.title}"\nlicence = "none"\nevery = "{measure.every}"\n'
        f"cache = {cache}\nprotected = {PROTECTED}\nbreakdowns = {_listed(together)}\n"
        f"[datasets.measures]\n{measure.name} = {{}}\n"
    )
    for facet in measure.facets:
        member = ONE_GROUP.get(facet) if measure.name in AGREED else None
        text += f"[datasets.facets.{facet}]\nmembers = {_listed(member or list(members(facet)))}\n"
    return text


def _listed(value: object) -> str:
    return orjson.dumps(value).decode()


async def _serve(first: int) -> None:
    servers = [
        uvicorn.Server(uvicorn.Config(app, port=first + at, log_level="error", access_log=False))
        for at, app in enumerate([*(Counted(Starlette(routes=NODE)) for _ in HELD), ECHO])
    ]
    await asyncio.gather(*(server.serve() for server in servers))


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
