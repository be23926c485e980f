"""A gateway over one small share node, and those who attack it."""

import asyncio
import tomllib
from argparse import Namespace
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import orjson
import tomli_w

from app.cli import whole
from app.commands.attack import judged, who
from app.signing import signer
from departments.protect.release import of_node
from departments.share.config import load
from departments.share.node import create_app
from tests.conftest import TRUST_KEY, Departments, Trust, gateway
from tests.departments.additive import AUTHORITIES, INSIDE, MEMBERS, MONTHS, own, rows
from tests.departments.share_desk import Row, database, mapping

SOURCE = Path("resolvers/sources/hmrc.toml")
MEASURE = "payrolledEmployees"
PURPOSE = "economic-recovery"
# From the body of a question and of its answer to an answer that tells more.
Leak = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class House:
    """A gateway, and the mapping file of the node behind it."""

    trust: Trust
    node: Path

    async def attacked(self, *arguments: str, leak: Leak | None = None, measure: str = MEASURE) -> int:
        """The exit code of the command, by DWP's analyst and the public."""
        given = ["attack", measure, "--as", "dwp-analyst", "--purpose", PURPOSE, "--seconds", "5", *arguments]
        options: Namespace = whole()[0].parse_args(given)
        http = self.trust.http
        names: dict[str, Any] = {name: self.trust.headers(name) for name in options.personas}
        assert who(options).keys() == names.keys()
        if leak is None:
            return await judged(options, names, http, "/graphql")
        async with httpx.AsyncClient(transport=Leaking(http, leak), base_url="http://localhost") as leaking:
            return await judged(options, names, leaking, "/graphql")


class Leaking(httpx.AsyncBaseTransport):
    """Passes questions on to a gateway, and answers with more than that does."""

    def __init__(self, http: httpx.AsyncClient, leak: Leak) -> None:
        self._http, self._leak = http, leak

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        headers = {name: request.headers[name] for name in ("authorization", "purpose") if name in request.headers}
        body = orjson.loads(request.content)
        reply = await self._http.post("/graphql", json=body, headers=headers)
        answer = self._leak(body, orjson.loads(reply.content))
        await asyncio.sleep(answer.pop("sleep", 0))
        return httpx.Response(reply.status_code, json=answer)


@asynccontextmanager
async def house(folder: Path, *, pattern: bool) -> AsyncGenerator[House]:
    """With a pattern, which is made first, or without."""
    node = files_of(folder, pattern=pattern)
    app = create_app(load(node), signer(folder / TRUST_KEY).jwks)
    async with gateway(Departments({}, []), folder, httpx.ASGITransport(app), SOURCES=str(folder / "sources")) as trust:
        yield House(trust, node)


def files_of(folder: Path, *, pattern: bool) -> Path:
    """The node's mapping file, with a source file beside it, and the node's pattern made."""
    (folder / "node").mkdir()
    document = mapping(
        database(folder / "node" / "pay.sqlite", (*rows(), *by_age())),
        breakdowns=[["AGE_BAND"], ["INDUSTRY"]],
        facets={"AGE_BAND": "sex", "INDUSTRY": "industry"},
        protection={"pattern": pattern},
    )
    node = folder / "node" / "node.toml"
    node.write_text(tomli_w.dumps(document | {"patterns": str(folder / "node" / "patterns")}))
    if pattern:
        assert all(kept.path for kept in of_node(node, None, None, None))
    written = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    source = written["datasets"][0] | {"id": "pay", "areas": {"levels": ["REGION", "COMBINED_AUTHORITY", "LA"]}}
    (folder / "sources").mkdir()
    (folder / "sources" / "hmrc.toml").write_text(tomli_w.dumps(written | {"datasets": [source]}))
    return node


def by_age() -> Iterator[Row]:
    """The same employees by two age bands, of none of which anything need be hidden."""
    for area, month in product((*AUTHORITIES, *INSIDE), MONTHS):
        totals = [sum(own(la, month, member)[0] for member in MEMBERS) for la in INSIDE.get(area, (area,))]
        young = sum(total // 3 for total in totals)
        for band, size in (("AGE_18_24", young), ("AGE_25_34", sum(totals) - young)):
            yield "2023-06", area, month, band, "ALL", size, 2000.0, 40, size // 10, size // 10
