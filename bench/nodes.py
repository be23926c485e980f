"""Four departments that answer at once: share nodes with made-up figures, so that what is measured is the gateway.

Also a bare Starlette application that echoes JSON, the floor of what any answer over HTTP costs here.
"""

import asyncio
import sys
from typing import Any

import numpy as np
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reference.facets import Facet, members
from reference.period import between, parse

FOUR = {"one": "claimantCount", "two": "searchingForWork", "three": "payrolledEmployees", "four": "onlineJobAdverts"}


def answer(asked: dict[str, Any], measure: str) -> dict[str, Any]:
    """Columns for any question: values are in tens, so that no rule of disclosure control changes them."""
    first, last = parse(asked["periods"]["from"]), parse(asked["periods"]["to"])
    periods = [period.code for period in between(first.first, last.last, first.kind)]
    size = len(asked["areas"]) * len(periods) * len(asked["groups"])
    values = (1000 + 10 * np.arange(size)).tolist()
    told: dict[str, Any] = {key: asked[key] for key in ("areas", "by", "groups")}
    told |= {"release": "bench", "periods": periods, "sdc": "raw" if asked["evidence"] else "applied"}
    told |= {"values": {measure: values}, "status": {measure: ["A"] * size}}
    if asked["evidence"]:
        behind = {"n": values, "contributors": [50] * size, "top1": [200] * size, "top2": [100] * size}
        told["evidence"] = {measure: behind}
    return told


def node(measure: str) -> Starlette:
    """One department."""

    async def query(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        several = asked.get("queries")
        told = {"answers": [answer(each, measure) for each in several]} if several else answer(asked, measure)
        return Response(orjson.dumps(told), media_type="application/json")

    async def datasets(_: Request) -> Response:
        facets = [[facet] for facet in Facet]
        shared = [{"id": "figures", "measures": [measure], "breakdowns": facets}]
        return Response(orjson.dumps({"datasets": shared}), media_type="application/json")

    return Starlette(
        routes=[Route("/v1/datasets/{id}/query", query, methods=["POST"]), Route("/v1/datasets", datasets)]
    )


async def _echo(request: Request) -> Response:
    return Response(orjson.dumps(orjson.loads(await request.body())), media_type="application/json")


ECHO = Starlette(routes=[Route("/", _echo, methods=["POST"])])


def source(name: str, port: int, measures: dict[str, Any], cache: int) -> str:
    """A source file that answers measures over the share protocol."""
    text = f'department = "{name}"\nprotocol = "share"\nurl = "http://127.0.0.1:{port}"\n[limits]\nconnections = 64\n'
    for measure in measures.values():
        facets = "".join(
            f"[datasets.facets.{facet}]\nmembers = {orjson.dumps(list(members(facet))).decode()}\n"
            for facet in measure.facets
        )
        breakdowns = orjson.dumps([[facet] for facet in measure.facets]).decode()
        text += (
            f'[[datasets]]\nid = "figures"\ntitle = "{measure.title}"\nlicence = "none"\nevery = "{measure.every}"\n'
            f"cache = {cache}\nbreakdowns = {breakdowns}\n[datasets.measures]\n{measure.name} = {{}}\n{facets}"
        )
    return text


async def _serve(first: int) -> None:
    apps = [node(measure) for measure in FOUR.values()] + [ECHO]
    servers = [
        uvicorn.Server(uvicorn.Config(app, port=first + at, log_level="error", access_log=False))
        for at, app in enumerate(apps)
    ]
    await asyncio.gather(*(server.serve() for server in servers))


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
