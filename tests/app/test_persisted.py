"""Automatic persisted queries: a hash stands for a text, and for nothing else."""

import hashlib
from typing import Any

import httpx
import orjson
import pytest

from tests.conftest import Opener, Trust

QUERY = '{ area(code: "E08000003") { labourMarket(periods: {last: 1}) { medianMonthlyPay { value } } } }'


def by_hash(query: str, *, version: Any = 1) -> dict[str, Any]:
    return {"persistedQuery": {"version": version, "sha256Hash": hashlib.sha256(query.encode()).hexdigest()}}


async def post(trust: Trust, body: dict[str, Any], persona: str = "public") -> httpx.Response:
    return await trust.http.post("/graphql", json=body, headers=trust.headers(persona))


async def codes(trust: Trust, body: dict[str, Any]) -> tuple[int, list[str]]:
    response = await post(trust, body)
    errors = response.json().get("errors", ())
    return response.status_code, [error["extensions"]["code"] for error in errors]


async def test_a_hash_that_is_not_known_asks_for_the_text_and_then_is(trust: Trust) -> None:
    alone = {"extensions": by_hash(QUERY)}
    response = await post(trust, alone)
    assert response.status_code == 200
    assert response.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert await codes(trust, alone) == (200, ["PERSISTED_QUERY_NOT_FOUND"])
    whole = (await post(trust, {"query": QUERY, **alone})).json()
    assert (await post(trust, alone)).json()["data"] == whole["data"]
    by_get = await trust.http.get("/graphql", params={"extensions": orjson.dumps(alone["extensions"]).decode()})
    assert by_get.json()["data"] == whole["data"]


async def test_what_a_hash_gives_is_decided_for_who_sends_it(trust: Trust) -> None:
    refused = QUERY.replace("medianMonthlyPay", "businesses").replace("last: 1", "last: 1, every: YEAR")
    owner = {"query": refused, "extensions": by_hash(refused)}
    headers = trust.headers("beis-analyst", "innovation-strategy")
    assert "errors" not in (await trust.http.post("/graphql", json=owner, headers=headers)).json()
    body = {"extensions": by_hash(refused)}
    assert await codes(trust, body) == (200, ["UNAUTHORIZED_FIELD_OR_TYPE"])


@pytest.mark.parametrize(
    ("extensions", "words"),
    [
        ({"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}, "is not the SHA-256"),
        ({"persistedQuery": {"version": 2, "sha256Hash": "0" * 64}}, "version"),
        ({"persistedQuery": {"version": 1}}, "sha256Hash"),
        ({"persistedQuery": {"version": 1, "sha256Hash": "short"}}, "sha256Hash"),
        ({"persistedQuery": 7}, "persistedQuery"),
        ([], "extensions"),
        ("x", "extensions"),
    ],
)
async def test_a_hash_that_cannot_be_meant_is_400(trust: Trust, extensions: Any, words: str) -> None:
    response = await post(trust, {"query": QUERY, "extensions": extensions})
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert words in error["message"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_text_that_is_not_executed_is_not_kept(trust: Trust) -> None:
    wrong = "{ nothing }"
    assert (await codes(trust, {"query": wrong, "extensions": by_hash(wrong)}))[1] == ["GRAPHQL_VALIDATION_FAILED"]
    assert (await codes(trust, {"extensions": by_hash(wrong)}))[1] == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_where_none_is_kept_a_client_is_told_so(open_trust: Opener) -> None:
    async with open_trust(PERSISTED_QUERIES="false") as trust:
        response = await post(trust, {"extensions": by_hash(QUERY)})
        assert response.json()["errors"][0]["message"] == "PersistedQueryNotSupported"
        assert response.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_SUPPORTED"
        assert "data" in (await post(trust, {"query": QUERY, "extensions": by_hash(QUERY)})).json()


async def test_those_kept_are_bounded_and_the_longest_unused_goes_first(open_trust: Opener) -> None:
    async with open_trust(MEMORY="32") as trust:
        queries = [QUERY + "#" + str(number) + " " * 180_000 for number in range(7)]
        for query in queries:
            assert (await post(trust, {"query": query, "extensions": by_hash(query)})).status_code == 200
        known = [(await codes(trust, {"extensions": by_hash(query)}))[1] for query in queries]
        assert known[0] == ["PERSISTED_QUERY_NOT_FOUND"] and known[-1] == []
