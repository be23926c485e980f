"""Whether the gateway is ready is found out in the background, and is no when no query could be recorded."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.conftest import Trust
from trust.log.kept import LogBroken
from trust.record import RecordFailed

DEPARTMENTS = ("DWP", "HMRC", "DfE", "BEIS", "ONS")


async def test_the_gateway_is_ready_with_every_departments_state(trust: Trust) -> None:
    await trust.app.state.gateway.readiness.look()
    trust.departments.requests.clear()
    reply = await trust.http.get("/readyz")
    assert reply.status_code == 200
    assert reply.json() == {
        "status": "ready",
        "record": "available",
        "agreements": "confirmed",
        "log": "goes on",
        "departments": dict.fromkeys(DEPARTMENTS, "available"),
    }
    assert trust.departments.requests == [], "nobody is asked for it"


@pytest.mark.parametrize("how", ["refuses", "hangs"])
async def test_a_department_that_is_down_is_said_to_be_and_the_gateway_is_ready_all_the_same(
    trust: Trust, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    gateway = trust.app.state.gateway
    send = gateway.http.send

    async def cut(request: httpx.Request, **options: Any) -> httpx.Response:
        if request.url.port == 8102:
            if how == "hangs":
                await asyncio.sleep(60)
            raise httpx.ConnectError("refused", request=request)
        return await send(request, **options)

    monkeypatch.setattr("app.readiness.PATIENCE", 0.3)
    monkeypatch.setattr(gateway.http, "send", cut)
    await gateway.readiness.look()
    reply = await trust.http.get("/readyz")
    assert reply.status_code == 200
    assert reply.json()["departments"] == dict.fromkeys(DEPARTMENTS, "available") | {"HMRC": "unavailable"}
    assert "127.0.0.1" not in reply.text


async def test_where_nothing_can_be_recorded_it_is_not_ready_and_queries_are_503(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = trust.app.state.gateway

    def full(*_: object) -> None:
        raise RecordFailed("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(gateway.recorder, "_probe", full)
        patch.setattr(gateway.recorder, "_insert", full)
        await gateway.readiness.look()
        reply = await trust.http.get("/readyz")
        assert (reply.status_code, reply.json()["status"], reply.json()["record"]) == (503, "not ready", "unavailable")
        assert (await trust.http.post("/graphql", json={"query": "{ __typename }"})).status_code == 503
    await gateway.readiness.look()
    assert (await trust.http.get("/readyz")).status_code == 200


async def test_what_was_seen_long_ago_no_longer_counts(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    await trust.app.state.gateway.readiness.look()
    monkeypatch.setattr("app.readiness.STALE", -1.0)
    assert (await trust.http.get("/readyz")).status_code == 503


async def test_the_record_is_probed_as_it_is_written(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = trust.app.state.gateway.recorder
    await recorder.probe()
    with monkeypatch.context() as patch, pytest.raises(RecordFailed):
        patch.setattr(recorder, "_engine", None)
        await recorder.probe()
    await recorder.probe()


async def test_a_log_that_is_not_what_was_signed_is_said_to_stand_still_and_queries_are_answered(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = trust.app.state.gateway

    def broken(*_: object) -> int:
        raise LogBroken("it is not what was signed")

    monkeypatch.setattr(gateway.sequencer, "_placed", broken)
    await trust.data("{ departments { code } }")
    assert await told(trust, "stands still")
    monkeypatch.undo()
    assert await told(trust, "goes on")


async def told(trust: Trust, state: str) -> bool:
    """Whether /readyz says so of the log within five seconds."""
    for _ in range(100):
        if (await trust.http.get("/readyz")).json()["log"] == state:
            return True
        await asyncio.sleep(0.05)
    return False
