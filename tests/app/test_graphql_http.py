"""GraphQL over HTTP by its specification, and the pages beside it."""

import asyncio
import gzip
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import zstandard

from app.issuer import PERSONAS
from tests.conftest import Opener, Trust, cut, without_receipt

JSON, RESPONSE_JSON = "application/json", "application/graphql-response+json"
SCHEMA = Path("schema/schema.graphql")
QUERY = "{ departments { code } }"
PAGES = ("/graphql?query={__typename}", "/healthz", "/readyz", "/schema.graphql", "/.well-known/jwks.json", "/",
         "/nowhere", "/graphql", "/graphql?query={", "/demo/personas", "/examples.json")  # fmt: skip


async def post(trust: Trust, body: Any = None, **headers: str) -> httpx.Response:
    """A POST with a JSON body, or with these bytes."""
    content = body if isinstance(body, bytes) else orjson.dumps({"query": QUERY} if body is None else body)
    sent = {"Content-Type": JSON, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await trust.http.post("/graphql", content=content, headers=sent)


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (RESPONSE_JSON, RESPONSE_JSON),
        (f"{RESPONSE_JSON}, {JSON}", RESPONSE_JSON),
        (f"{RESPONSE_JSON}; charset=utf-8, {JSON}; charset=utf-8", RESPONSE_JSON),
        (f"{JSON};q=0.5, {RESPONSE_JSON}", RESPONSE_JSON),
        (f"text/html, {RESPONSE_JSON};q=0.9, */*;q=0.1", RESPONSE_JSON),
        (f"{JSON};q=0, */*", RESPONSE_JSON),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        (RESPONSE_JSON.upper(), RESPONSE_JSON),
    ],
)
async def test_the_answer_is_of_the_type_that_is_accepted_most(trust: Trust, accept: str, answered: str) -> None:
    reply = await post(trust, Accept=accept)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, f"{answered}; charset=utf-8")
    assert reply.json()["data"]["departments"][0] == {"code": "DWP"}


@pytest.mark.parametrize("accept", ["text/html", "application/xml, text/*", f"{JSON};q=0", f"{JSON};q=much"])
async def test_a_type_that_is_not_spoken_is_406(trust: Trust, accept: str) -> None:
    reply = await post(trust, Accept=accept)
    assert reply.status_code == 406
    assert RESPONSE_JSON in reply.json()["errors"][0]["message"]


FAILED = {
    "not GraphQL": ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
    "not of this schema": ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
    "too much": ({"query": "{" + "__typename " * 1900 + "}"}, "QUERY_TOO_COSTLY"),
    "a variable of the wrong kind": (
        {"query": "query ($first: Int) { areas(where: {level: LA}, first: $first) { totalCount } }",
         "variables": {"first": "three"}}, "BAD_USER_INPUT"),
    "a variable that is missing": (
        {"query": "query ($code: AreaCode!) { area(code: $code) { name } }"}, "BAD_USER_INPUT"),
    "an operation that is not there": (
        {"query": f"query A {QUERY}", "operationName": "B"}, "GRAPHQL_VALIDATION_FAILED"),
    "two operations and no name": (
        {"query": f"query A {QUERY} query B {QUERY}"}, "GRAPHQL_VALIDATION_FAILED"),
    "fragments only": ({"query": "fragment F on Query { __typename }"}, "GRAPHQL_VALIDATION_FAILED"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAILED)
async def test_a_query_that_is_not_executed_is_400_as_the_new_type_and_200_as_the_old(trust: Trust, case: str) -> None:
    body, code = FAILED[case]
    new, old = await post(trust, body, Accept=RESPONSE_JSON), await post(trust, body, Accept=JSON)
    assert (new.status_code, old.status_code) == (400, 200)
    assert without_receipt(new) == without_receipt(old)
    assert "data" not in new.json()
    assert {error["extensions"]["code"] for error in new.json()["errors"]} == {code}


async def test_an_answer_in_part_is_200_as_either_type_with_errors_before_data(trust: Trust) -> None:
    query = '{ departments { code } area(code: "nowhere") { name } }'
    for accept in (JSON, RESPONSE_JSON):
        reply = await post(trust, {"query": query}, Accept=accept)
        assert reply.status_code == 200
        assert list(reply.json()) == ["errors", "data", "extensions"]
        assert reply.json()["data"]["area"] is None
        assert len(reply.json()["data"]["departments"]) == 8


async def test_a_get_is_answered_like_a_post(trust: Trust) -> None:
    query = "query A($code: AreaCode!) { area(code: $code) { name } } query B { __typename }"
    variables = orjson.dumps({"code": "E08000003"}).decode()
    reply = await trust.http.get("/graphql", params={"query": query, "variables": variables, "operationName": "A"})
    assert orjson.loads(without_receipt(reply)) == {"data": {"area": {"name": "Manchester"}}}
    other = await trust.http.get("/graphql", params={"query": query, "operationName": "B"})
    assert orjson.loads(without_receipt(other)) == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "params",
    [{}, {"query": ""}, {"query": QUERY, "variables": "{"}, {"query": QUERY, "variables": "[]"},
     {"query": QUERY, "variables": "3"}],
    ids=str,
)  # fmt: skip
async def test_a_get_that_is_no_request_is_400(trust: Trust, params: dict[str, str]) -> None:
    reply = await trust.http.get("/graphql", params=params)
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"query": NaN}', "not JSON"),
        (b'{"query": "\\ud800"}', "not JSON"),
        (b"[" * 5000, "not JSON"),
        (b"null", "JSON object"),
        (b'"{ __typename }"', "JSON object"),
        (b"[]", "a list of queries"),
        (b'[{"query": "{ __typename }"}]', "a list of queries"),
        (b"{}", "query"),
        (b'{"query": null}', "query"),
        (b'{"query": 3}', "query"),
        (b'{"query": "  "}', "query"),
        (b'{"query": ["{ __typename }"]}', "query"),
        (b'{"query": "{ __typename }", "variables": []}', "variables"),
        (b'{"query": "{ __typename }", "variables": "{}"}', "variables"),
        (b'{"query": "{ __typename }", "operationName": 1}', "operationName"),
    ],
)
async def test_a_body_that_is_no_request_is_400_and_says_what_to_send(trust: Trust, body: bytes, word: str) -> None:
    reply = await post(trust, body)
    assert reply.status_code == 400
    (error,) = reply.json()["errors"]
    assert word in error["message"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_null_variables_and_names_and_unknown_parameters_are_as_good_as_none(trust: Trust) -> None:
    for more in (
        {"variables": None},
        {"operationName": None},
        {"operationName": ""},
        {"extensions": {"a": 1}},
        {"x": 1},
    ):
        reply = await post(trust, {"query": QUERY, **more})
        assert len(reply.json()["data"]["departments"]) == 8


async def test_the_charset_of_a_body_may_be_said(trust: Trust) -> None:
    assert (await post(trust, Content_Type="application/json; charset=utf-8")).status_code == 200
    assert (await post(trust, Content_Type="Application/JSON")).status_code == 200


async def test_a_body_of_another_type_is_415(trust: Trust) -> None:
    reply = await post(trust, Content_Type="text/plain")
    assert reply.status_code == 415
    assert "text/plain" in reply.json()["errors"][0]["message"]


async def test_a_body_that_is_too_large_is_413_before_it_is_read_whole(open_trust: Opener) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        for _ in range(1000):
            sent += 100
            yield b" " * 100

    async with open_trust(MAX_BODY="300") as trust:
        assert (await post(trust)).status_code == 200
        assert (await post(trust, {"query": QUERY + " " * 300})).status_code == 413
        reply = await trust.http.post("/graphql", content=endless(), headers={"Content-Type": JSON})
    assert reply.status_code == 413
    assert "300 bytes" in reply.json()["errors"][0]["message"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
async def test_other_methods_are_405_and_told_which_are_allowed(trust: Trust, method: str) -> None:
    reply = await trust.http.request(method, "/graphql", json={"query": QUERY})
    assert reply.status_code == 405
    assert {"GET", "POST"} <= set(reply.headers["Allow"].split(", "))


async def test_pages_are_read_only(trust: Trust) -> None:
    for path in ("/healthz", "/schema.graphql", "/demo/personas", "/examples.json"):
        reply = await trust.http.post(path)
        assert reply.status_code == 405, path
        assert "GET" in reply.headers["Allow"]
        assert reply.headers["Content-Type"] == "application/problem+json"


async def test_options_grants_other_origins_nothing(trust: Trust) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    reply = await trust.http.options("/graphql", headers=headers)
    assert "GET" in reply.headers["Allow"] and "POST" in reply.headers["Allow"]
    assert not [name for name in reply.headers if name.lower().startswith("access-control")]
    posted = await post(trust, Origin="https://evil.example")
    assert not [name for name in posted.headers if name.lower().startswith("access-control")]


async def test_head_is_answered_like_get(trust: Trust) -> None:
    for path in ("/graphql?query={__typename}", "/healthz", "/schema.graphql"):
        head, got = await trust.http.head(path), await trust.http.get(path)
        assert head.status_code == got.status_code == 200
        assert head.headers["Content-Type"] == got.headers["Content-Type"]


async def test_answers_are_kept_by_nobody_and_vary_by_who_asks(trust: Trust) -> None:
    for reply in (
        await post(trust),
        await post(trust, {"query": "{"}),
        await post(trust, b""),
        await post(trust, Authorization="Bearer x"),
        await trust.http.get("/graphql", params={"query": QUERY}, headers=trust.headers("dfe-analyst")),
        await trust.http.get("/graphql", params={"query": QUERY}, headers={"Purpose": ""}),
    ):
        assert reply.headers["Cache-Control"] == "no-store"
        assert {"Authorization", "Purpose", "Accept"} <= {part.strip() for part in reply.headers["Vary"].split(",")}
    assert (await trust.http.get("/demo/personas")).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PAGES)
async def test_every_response_carries_the_security_headers(trust: Trust, path: str) -> None:
    reply = await trust.http.get(path)
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'self'" in reply.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in reply.headers["Content-Security-Policy"]
    assert "server" not in reply.headers


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("ZSTD;q=0.5, gzip", "zstd"),
        ("zstd;q=0, gzip;q=0.1", "gzip"),
        ("*", "zstd"),
        ("*;q=0.5, zstd;q=0", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=much", None),
        ("deflate, br", None),
        ("identity", None),
        ("", None),
    ],
)
async def test_answers_are_compressed_as_that_is_asked_for(trust: Trust, accepted: str, coding: str | None) -> None:
    query = {"query": "{ measures { name description } }"}
    plain = without_receipt(await post(trust, query, Accept_Encoding="identity"))
    request = trust.http.build_request("POST", "/graphql", json=query, headers={"Accept-Encoding": accepted})
    reply = await trust.http.send(request, stream=True)
    packed = b"".join([piece async for piece in reply.aiter_raw()])
    assert reply.headers.get("Content-Encoding") == coding
    assert "Accept-Encoding" in reply.headers["Vary"]
    if coding is None:
        assert cut(packed) == plain
        return
    unpack = {"gzip": gzip.decompress, "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body)}[coding]
    assert cut(unpack(packed)) == plain
    assert len(packed) < len(plain) / 2


async def test_the_process_says_that_it_lives(trust: Trust) -> None:
    reply = await trust.http.get("/healthz")
    assert (reply.status_code, reply.json()) == (200, {"status": "ok"})
    assert trust.departments.requests == []


async def test_the_printed_schema_is_the_one_that_is_committed(trust: Trust) -> None:
    committed = await asyncio.to_thread(SCHEMA.read_text, encoding="utf-8")
    reply = await trust.http.get("/schema.graphql")
    assert reply.headers["Content-Type"].startswith("text/plain")
    assert reply.text == committed


async def test_the_published_keys_are_public_halves_only(trust: Trust) -> None:
    body = (await trust.http.get("/.well-known/jwks.json")).json()
    assert body["keys"]
    for key in body["keys"]:
        assert set(key) == {"kty", "crv", "x", "kid", "alg", "use"}
    kept = trust.app.state.gateway.settings.data / "trust-key.pem"
    assert kept.read_text().splitlines()[1] not in str(body)


async def test_the_demonstration_lists_its_personas_with_a_token_each(trust: Trust) -> None:
    body = (await trust.http.get("/demo/personas")).json()
    assert [persona["name"] for persona in body] == list(PERSONAS)
    for listed in body:
        headers = {"Authorization": f"Bearer {listed['token']}"} if listed["token"] else {}
        who = await trust.http.post("/graphql", json={"query": "{ me { subject } }"}, headers=headers)
        assert who.json()["data"]["me"]["subject"] == listed["name"]


async def test_outside_the_demonstration_there_are_no_personas(open_trust: Opener) -> None:
    async with open_trust(DEMO="false", DWP_KEY="demo-dwp-key", PUBLIC_ONLY="true") as trust:
        reply = await trust.http.get("/demo/personas")
        assert reply.status_code == 404
        assert "token" not in reply.text
        assert (await post(trust)).status_code == 200


async def test_an_unknown_path_is_404_without_a_word_of_the_insides(trust: Trust) -> None:
    for path in (
        "/nowhere",
        "/graphql/",
        "/../pyproject.toml",
        "/%2e%2e/pyproject.toml",
        "/assets/../../../pyproject.toml",
    ):
        reply = await trust.http.get(path)
        assert reply.status_code == 404, path
        assert "labour-market-data-trust" not in reply.text
        assert "Traceback" not in reply.text
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert reply.json()["status"] == 404


async def test_a_failure_before_the_query_is_read_tells_its_id_and_nothing_else(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(trust.app.state.gateway.identity, "caller", broken)
    reply = await post(trust)
    assert reply.status_code == 500
    assert reply.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "secret" not in reply.text
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
