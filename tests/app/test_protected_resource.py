"""A client that is turned away finds out whose tokens are accepted (RFC 9728)."""

import re

import httpx
import orjson
import pytest

from tests.conftest import Opener, Trust

ISSUER = {
    "issuer": "https://login.example/", "audience": "lmdt", "jwks": "https://login.example/jwks",
    "organisations": ["DfE"],
}  # fmt: skip
PATHS = ["/graphql", "/audit/entries", "/explain"]


@pytest.mark.parametrize("path", PATHS)
async def test_a_challenge_leads_to_the_issuers(open_trust: Opener, path: str) -> None:
    settings = {"DEMO": "false", "DWP_KEY": "x", "ISSUERS": orjson.dumps([ISSUER]).decode()}
    async with open_trust(**settings) as trust:
        ask = trust.http.get if path.startswith("/audit") else trust.http.post
        body = {} if path.startswith("/audit") else {"json": {"query": "{ __typename }"}}
        reply: httpx.Response = await ask(path, headers={"Authorization": "Bearer x"}, **body)
        assert reply.status_code == 401
        found = re.search('resource_metadata="([^"]+)"', reply.headers["WWW-Authenticate"])
        assert found is not None
        metadata = (await trust.http.get(found[1])).json()
    assert metadata == {
        "resource": "http://localhost",
        "resource_name": "Labour Market Data Trust",
        "resource_documentation": "http://localhost/",
        "authorization_servers": ["https://login.example/"],
        "bearer_methods_supported": ["header"],
    }


async def test_it_says_the_address_by_which_it_was_asked(open_trust: Opener) -> None:
    async with open_trust(DEMO="false", DWP_KEY="x", PUBLIC_ONLY="true") as trust:
        reply = await trust.http.get(
            "https://trust.example:8443/.well-known/oauth-protected-resource", headers={"Host": "trust.example:8443"}
        )
        body = reply.json()
        assert (body["resource"], body["authorization_servers"]) == ("https://trust.example:8443", [])


@pytest.mark.parametrize("host", ['x"y', "a b", "", "x, y", "user@host", "host:port"])
async def test_a_host_that_is_none_is_never_repeated(open_trust: Opener, host: str) -> None:
    async with open_trust(DEMO="false", DWP_KEY="x", PUBLIC_ONLY="true") as trust:
        headers = {"Host": host, "Authorization": "Bearer x"}
        reply = await trust.http.get("/.well-known/oauth-protected-resource", headers=headers)
        assert reply.status_code == 400
        refused = await trust.http.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
        assert "resource_metadata" not in refused.headers.get("WWW-Authenticate", "")


async def test_who_is_not_turned_away_is_told_nothing(trust: Trust) -> None:
    reply = await trust.http.post("/graphql", json={"query": "{ __typename }"})
    assert "WWW-Authenticate" not in reply.headers
