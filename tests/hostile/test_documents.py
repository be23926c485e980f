"""No document keeps the others waiting, whatever it asks for, and none is answered with more than is allowed."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson

from tests.conftest import Opener
from tests.hostile.documents import DOCUMENTS

# Seconds that the event loop may be held; on a machine that does much else besides, some times what it should be.
HELD = 0.25


@asynccontextmanager
async def watched() -> AsyncGenerator[list[float]]:
    """The longest time for which the event loop took no turn, as the only item of a list."""
    longest = [0.0]

    async def beat() -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            longest[0], last = max(longest[0], now - last), now

    beating = asyncio.create_task(beat())
    await asyncio.sleep(0.01)
    longest[0] = 0.0
    yield longest
    await asyncio.sleep(0.005)
    beating.cancel()
    with suppress(asyncio.CancelledError):
        await beating


def wrong(code: str | None, answer: dict[str, Any]) -> str | None:
    """What is not as it should be of an answer."""
    if code is None:
        return None if "data" in answer else f"refused: {answer['errors'][0]['message']}"
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    return None if "data" not in answer and codes == {code} else f"answered, or refused with {codes}"


async def test_every_document_is_answered_or_refused_and_nobody_waits_for_it(open_trust: Opener) -> None:
    found: dict[str, str] = {}
    async with open_trust(QUOTA_ADDRESS="0") as trust:
        for name, (code, document) in DOCUMENTS.items():
            # The sample departments answer in this process too: their answers are there before it is measured.
            await trust.http.post("/graphql", json={"query": document})
            trust.app.state.gateway.engine._plans._kept.clear()
            async with watched() as longest:
                reply = await trust.http.post("/graphql", json={"query": document})
            fault = wrong(code, orjson.loads(reply.content)) if reply.status_code == 200 else f"{reply.status_code}"
            fault = fault or (f"{len(reply.content)} bytes" if len(reply.content) > 64_000_000 else None)
            fault = fault or (f"held the loop for {longest[0]:.3f} s" if longest[0] > HELD else None)
            found |= {name: fault} if fault else {}
    assert found == {}


async def test_variables_that_are_nested_too_deeply_are_refused_where_bytes_are_read(open_trust: Opener) -> None:
    async with open_trust() as trust:
        for depth in (33, 255, 1_000, 100_000):
            body = b'{"query": "{ me { subject } }", "variables": {"v": ' + b"[" * depth + b"]" * depth + b"}}"
            reply = await trust.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})
            assert reply.status_code == 400
            assert reply.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
