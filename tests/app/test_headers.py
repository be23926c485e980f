"""What every response says besides its body: its operation, how long it may be kept, and who may read it."""

import logging
from typing import Any

import pytest

from tests.conftest import Opener, Trust, without_receipt

OPERATION = "LMDT-Operation-Id"
QUERY = '{ area(code: "E08000003") { labourMarket(periods: {last: 1}) { payrolledEmployees { value } } } }'
HERE = "https://analysis.example"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200), ("GET", "/healthz", 200), ("GET", "/schema.graphql", 200), ("GET", "/nowhere", 404),
        ("DELETE", "/graphql", 405), ("GET", "/graphql", 400), ("POST", "/graphql", 415),
    ],
)  # fmt: skip
async def test_every_response_has_an_operation_id_of_its_own(trust: Trust, method: str, path: str, status: int) -> None:
    responses = [await trust.http.request(method, path) for _ in range(2)]
    assert [response.status_code for response in responses] == [status, status]
    names = {response.headers[OPERATION] for response in responses}
    assert len(names) == 2 and all(len(name) == 32 for name in names)


@pytest.mark.parametrize("query", [QUERY, "{ nothing }", "{", QUERY.replace("payrolledEmployees", "businesses")])
async def test_the_operation_id_is_that_of_the_record_and_of_the_log(
    trust: Trust, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "lmdt"):
        response = await trust.http.post("/graphql", json={"query": query}, headers=trust.headers("hmrc-analyst"))
    name = response.headers[OPERATION]
    assert [row.id for row in trust.recorded()] == [name]
    assert [vars(line)["operation_id"] for line in caplog.records if hasattr(line, "operation_id")] == [name]


async def test_a_department_that_fails_is_a_warning_with_the_operation(
    open_trust: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_trust() as trust:
        trust.departments.inject("hmrc", "503", times=2)
        with caplog.at_level(logging.WARNING, "lmdt"):
            response = await trust.http.post("/graphql", json={"query": QUERY})
    lines = [line for line in caplog.records if vars(line).get("operation_id") == response.headers[OPERATION]]
    assert [line.levelname for line in lines] == ["WARNING"]
    assert "127.0.0.1:8102" in str(vars(lines[0]))


# How long it may be kept

OPEN = [("/schema.graphql", {}), ("/.well-known/jwks.json", {}), ("/examples.json", {}), ("/graphql", {"query": QUERY})]


@pytest.mark.parametrize(("path", "params"), OPEN)
async def test_what_is_open_to_all_may_be_kept_and_is_checked_by_its_tag(
    trust: Trust, path: str, params: dict[str, str]
) -> None:
    response = await trust.http.get(path, params=params)
    assert response.headers["Cache-Control"].startswith("public, ")
    tag = response.headers["ETag"]
    for stated in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = await trust.http.get(path, params=params, headers={"If-None-Match": stated})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    changed = await trust.http.get(path, params=params, headers={"If-None-Match": '"other"'})
    assert changed.status_code == 200 and without_receipt(changed) == without_receipt(response)


@pytest.mark.parametrize("persona", ["dfe-analyst", "partner"])
async def test_an_answer_for_one_caller_is_kept_by_nobody(trust: Trust, persona: str) -> None:
    response = await trust.http.get("/graphql", params={"query": QUERY}, headers=trust.headers(persona))
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers
    assert "Authorization" in response.headers["Vary"]


async def test_an_answer_with_errors_is_kept_by_nobody(trust: Trust) -> None:
    refused = QUERY.replace("payrolledEmployees", "businesses").replace("last: 1", "last: 1, every: YEAR")
    for query in (refused, "{ nothing }", "{"):
        response = await trust.http.get("/graphql", params={"query": query})
        assert "errors" in response.json()
        assert response.headers["Cache-Control"] == "no-store"


# Pages of other origins


async def test_no_origin_may_read_by_default(trust: Trust) -> None:
    response = await trust.http.post("/graphql", json={"query": QUERY}, headers={"Origin": HERE})
    assert not [name for name in response.headers if name.lower().startswith("access-control")]


async def test_an_origin_of_the_setting_may_read_and_no_other(open_trust: Opener) -> None:
    async with open_trust(CORS_ORIGINS=f"{HERE}, https://other.example") as trust:
        ask: dict[str, Any] = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "purpose"}
        preflight = await trust.http.options("/graphql", headers={"Origin": HERE, **ask})
        assert preflight.status_code == 200
        assert preflight.headers["Access-Control-Allow-Origin"] == HERE
        assert "access-control-allow-credentials" not in preflight.headers
        response = await trust.http.post("/graphql", json={"query": QUERY}, headers={"Origin": HERE})
        assert response.headers["Access-Control-Allow-Origin"] == HERE
        assert OPERATION in response.headers["Access-Control-Expose-Headers"]
        stranger = await trust.http.post("/graphql", json={"query": QUERY}, headers={"Origin": "https://evil.example"})
        assert "Access-Control-Allow-Origin" not in stranger.headers


async def test_the_access_log_has_a_line_for_each_response_without_what_was_asked(
    open_trust: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "lmdt")
    async with open_trust(ACCESS_LOG="true") as trust:
        reply = await trust.http.get("/graphql?query={me{subject}}", headers=trust.headers("dwp-analyst"))
        await trust.http.get("/nowhere")
    lines = [record for record in caplog.records if getattr(record, "event", "") == "access"]
    assert [(line.method, line.path, line.status) for line in lines] == [  # pyright: ignore
        ("GET", "/graphql", 200),
        ("GET", "/nowhere", 404),
    ]
    assert lines[0].operation_id == reply.headers["LMDT-Operation-Id"]  # pyright: ignore
    assert lines[0].address == "127.0.0.1"  # pyright: ignore
    assert "subject" not in str(lines[0].__dict__)


async def test_without_the_setting_there_is_no_access_log(trust: Trust, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "lmdt")
    await trust.http.get("/healthz")
    assert not any(getattr(record, "event", "") == "access" for record in caplog.records)
