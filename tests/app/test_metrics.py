"""Metrics count operations and calls, and say nothing of figures, tokens or people."""

import pytest

from tests.conftest import Opener, Trust

PAY = """{ area(code: "E08000003") { labourMarket(periods: {from: "2021-01", to: "2021-01"}) {
  payrolledEmployees { value } medianMonthlyPay { value } } } }"""


async def metrics(trust: Trust) -> dict[str, float]:
    reply = await trust.http.get("/metrics")
    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith("text/plain")
    lines = (line.rpartition(" ") for line in reply.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


async def test_operations_errors_and_calls_are_counted(open_trust: Opener) -> None:
    async with open_trust(METRICS="true") as trust:
        await trust.app.state.gateway.readiness.look()
        await trust.http.post("/graphql", json={"query": PAY}, headers=trust.headers("hmrc-analyst"))
        await trust.http.post("/graphql", json={"query": "{"})
        trust.departments.inject("hmrc", "503", times=2)
        await trust.http.post("/graphql", json={"query": PAY.replace("2021", "2022")})
        counted = await metrics(trust)
        text = (await trust.http.get("/metrics")).text
    assert counted['lmdt_operations_total{outcome="answered"}'] == 2
    assert counted['lmdt_operations_total{outcome="rejected"}'] == 1
    assert counted["lmdt_operation_seconds_count"] == 3
    assert counted['lmdt_errors_total{code="GRAPHQL_PARSE_FAILED"}'] == 1
    assert counted['lmdt_errors_total{code="DEPARTMENT_UNAVAILABLE"}'] >= 1
    assert counted['lmdt_department_calls_total{department="HMRC",status="200"}'] == 1
    assert counted['lmdt_department_calls_total{department="HMRC",status="503"}'] == 2
    assert counted['lmdt_department_call_seconds_count{department="HMRC"}'] == 3
    assert counted["lmdt_ready"] == 1
    for secret in ("hmrc-analyst", "E08000003", "payrolledEmployees", "eyJ"):
        assert secret not in text


async def test_there_are_none_unless_they_are_asked_for(trust: Trust) -> None:
    assert (await trust.http.get("/metrics")).status_code == 404


async def test_workers_count_together_where_a_folder_is_named(
    open_trust: Opener, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_trust(METRICS="true") as trust:
        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path_factory.mktemp("metrics")))
        assert await metrics(trust) == {}, "nothing is in the folder: what this process alone counted is not shown"
