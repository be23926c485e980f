"""Callers have quotas; what is left is said with each answer, and who has used theirs up is told when to ask again."""

from typing import Any

import httpx
import pytest

from app.issuer import PERSONAS, mint
from app.rate_limits import RateLimited, RateLimits
from policies.caller import PUBLIC, Caller
from tests.conftest import Opener, Trust

ONE = Caller("one", "DWP", frozenset(), frozenset(), "https://issuer.example")
OTHER = Caller("other", "DWP", frozenset(), frozenset(), "https://issuer.example")
ELSEWHERE = Caller("one", "HMRC", frozenset(), frozenset(), "https://other.example")


@pytest.fixture(autouse=True)
def within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test runs from one minute into the next."""
    monkeypatch.setattr("app.rate_limits._clock", lambda: 1_800_000_010.0)


async def used_up(limits: RateLimits, caller: Caller, address: str = "192.0.2.1", units: int = 1) -> bool:
    try:
        await limits.take(caller, address, units)
    except RateLimited:
        return True
    return False


async def test_the_public_has_a_quota_for_each_address() -> None:
    limits = RateLimits(2, 0, 0)
    assert [await used_up(limits, PUBLIC) for _ in range(3)] == [False, False, True]
    assert not await used_up(limits, PUBLIC, "192.0.2.2")
    assert not await used_up(limits, ONE), "who has a token is not the public"


async def test_a_subject_has_a_quota_and_so_has_its_organisation() -> None:
    limits = RateLimits(0, 2, 3)
    assert [await used_up(limits, ONE) for _ in range(3)] == [False, False, True]
    assert not await used_up(limits, ELSEWHERE), "a subject of another issuer is another subject"
    assert [await used_up(limits, OTHER) for _ in range(2)] == [False, True], "its organisation has used up its own"


async def test_a_quota_is_whole_again_when_the_minute_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = RateLimits(1, 0, 0)
    assert [await used_up(limits, PUBLIC) for _ in range(2)] == [False, True]
    monkeypatch.setattr("app.rate_limits._clock", lambda: 1_800_000_061.0)
    assert [await used_up(limits, PUBLIC) for _ in range(2)] == [False, True]


async def test_nothing_is_counted_where_there_are_no_quotas() -> None:
    limits = RateLimits(0, 0, 0)
    assert await limits.take(PUBLIC, "192.0.2.1", 10**9) is None
    assert await limits.take(ONE, "192.0.2.1", 10**9) is None


async def test_what_is_left_is_that_of_the_quota_nearest_its_end() -> None:
    limits = RateLimits(0, 10, 1_000)
    standing = await limits.take(ONE, "", 4)
    assert standing is not None
    assert (standing.quota, standing.units, standing.left) == ("subject", 10, 6)
    assert 1 <= standing.seconds <= 60
    assert standing.headers == {
        "RateLimit-Policy": '"subject";q=10;w=60',
        "RateLimit": f'"subject";r=6;t={standing.seconds}',
    }


async def test_without_its_redis_a_gateway_counts_for_itself(caplog: pytest.LogCaptureFixture) -> None:
    limits = RateLimits(2, 0, 0, "redis://127.0.0.1:1/0")
    assert [await used_up(limits, PUBLIC) for _ in range(3)] == [False, False, True]
    assert "quotas are counted by this gateway alone" in caplog.text


async def post(trust: Trust, query: str, **headers: str) -> httpx.Response:
    return await trust.http.post("/graphql", json={"query": query}, headers=headers)


async def test_who_has_used_up_their_quota_is_told_when_to_ask_again(open_trust: Opener) -> None:
    async with open_trust(QUOTA_ADDRESS="2") as trust:
        first = await post(trust, "{ me { subject } }")
        assert (first.status_code, first.headers["RateLimit-Policy"]) == (200, '"address";q=2;w=60')
        assert first.headers["RateLimit"].startswith('"address";r=1;t=')
        await post(trust, "{")
        refused = await post(trust, "{ me { subject } }")
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert refused.headers["RateLimit"].startswith('"address";r=0;t=')
        (error,) = refused.json()["errors"]
        assert error["extensions"]["code"] == "RATE_LIMITED"
        assert error["extensions"]["retryAfter"] == int(refused.headers["Retry-After"])
        headers: dict[str, Any] = trust.headers("dwp-analyst")
        assert (await post(trust, "{ me { subject } }", **headers)).status_code == 200


async def test_a_query_costs_what_its_answer_may_hold_before_anybody_is_asked(open_trust: Opener) -> None:
    async with open_trust(QUOTA_SUBJECT="20") as trust:
        query = '{ labourMarket(areas: {level: LA}, periods: {from: "2019-01", to: "2022-12"}) { nodes {'
        query += " payrolledEmployees { value status } } } }"
        reply = await post(trust, query, **trust.headers("dwp-analyst"))
        assert reply.status_code == 429
        assert reply.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
        assert "Retry-After" in reply.headers
        assert "data" not in reply.json()
        assert trust.departments.asked() == []


async def test_every_persona_of_an_organisation_draws_on_its_quota(open_trust: Opener) -> None:
    async with open_trust(QUOTA_ORGANISATION="3") as trust:
        key = trust.app.state.gateway.demo
        dwp = [persona for persona in PERSONAS.values() if persona.organisation == "DWP"]
        statuses = []
        for at in range(4):
            token = mint(key, dwp[at % len(dwp)])
            statuses.append((await post(trust, "{ me { subject } }", Authorization=f"Bearer {token}")).status_code)
        assert statuses == [200, 200, 200, 429]
