"""GraphQL over HTTP as its audit and Apollo's client see it, over a real socket."""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
import uvicorn

from tests.conftest import Opener, Trust

HERE = Path(__file__).parent
NODE = shutil.which("node")

pytestmark = [
    pytest.mark.sockets,
    pytest.mark.skipif(
        NODE is None or not (HERE / "node_modules").exists(),
        reason="the audit's packages are not installed: make test installs them where Node is",
    ),
]


@asynccontextmanager
async def served(trust: Trust) -> AsyncGenerator[str]:
    """The address of a gateway that listens on a port of its own."""
    server = uvicorn.Server(uvicorn.Config(trust.app, port=0, lifespan="off", log_level="error"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/graphql"
    server.should_exit = True
    await serving


async def run(script: str, *arguments: str) -> Any:
    """What a script prints, which is JSON."""
    assert NODE is not None
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(NODE, str(HERE / script), *arguments, stdout=pipe, stderr=pipe)
    printed, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, errors.decode()
    return orjson.loads(printed)


async def test_all_checks_of_the_audit_pass_without_a_notice(trust: Trust) -> None:
    async with served(trust) as url:
        results = await run("audit.mjs", url)
    assert len(results) == 61
    assert [result for result in results if result["status"] != "ok"] == []


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_apollo_gets_its_data_by_hash_once_the_text_is_known(trust: Trust, method: str) -> None:
    async with served(trust) as url:
        result = await run("apollo.mjs", url, method)
    assert [answer["name"] for answer in result["answers"]] == ["Manchester", "City of London"]
    assert [request["text"] for request in result["sent"]] == [False, True, False]
    assert result["sent"][0]["method"] == result["sent"][2]["method"] == method


async def test_apollo_gets_its_data_where_no_query_is_kept(open_trust: Opener) -> None:
    async with open_trust(PERSISTED_QUERIES="false") as trust, served(trust) as url:
        result = await run("apollo.mjs", url, "POST")
    assert [answer["name"] for answer in result["answers"]] == ["Manchester", "City of London"]
    assert [request["text"] for request in result["sent"]] == [False, True, True]
