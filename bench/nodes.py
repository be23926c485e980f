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

from departments.share.answer import ARROW, Answer, as_arrow, as_json
from departments.share.question import Question
from reference.facets import Facet, members
from reference.period import between, parse

FOUR = {"one": "claimantCount", "two": "searchingForWork", "three": "payrolledEmployees", "four": "onlineJobAdverts"}


def answer(asked: dict[str, Any], measure: str) -> Answer:
    """Columns for any question: values are in tens, so that no rule of disclosure control changes them."""
    first, last = parse(asked["periods"]["from"]), parse(asked["periods"]["to"])
    question = Question(
        measures=(measure,),
        areas=tuple(asked["areas"]),
        periods=between(first.first, last.last, first.kind),
        by=tuple(map(Facet, asked["by"])),
        groups=tuple(map(tuple, asked["groups"])),
        evidence=asked["evidence"],
        release=None,
    )
    values = 1000.0 + 10 * np.arange(question.rows)
    whole = np.full(question.rows, "A")
    behind = {"n": values, "contributors": np.full_like(values, 50), "top1": values / 10, "top2": values / 20}
    return Answer(
        question, "bench", {measure: values}, {measure: whole}, {measure: behind} if question.evidence else None
    )


def node(measure: str) -> Starlette:
    """One department."""

    async def query(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        answers = [answer(each, measure) for each in asked.get("queries", [asked])]
        if ARROW in request.headers.get("Accept", ""):
            return Response(as_arrow(answers), headers={"Content-Type": ARROW})
        columns = [each.columns() for each in answers]
        told = as_json({"answers": columns} if "queries" in asked else columns[0])
        return Response(told, media_type="application/json")

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
