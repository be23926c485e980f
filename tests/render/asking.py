"""What the tests of files ask with."""

import httpx

from tests.conftest import Trust


async def post(trust: Trust, query: str, persona: str = "public", address: str = "", **headers: str) -> httpx.Response:
    """A request for a file, by its address or by Accept."""
    given = {**trust.headers(persona), **headers}
    return await trust.http.post(f"/graphql{address}", json={"query": query}, headers=given)
