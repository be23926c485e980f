"""A department that fails, or is late, costs nobody more than its own fields, and no time that others would miss."""

import asyncio
import gc
import time
from types import SimpleNamespace
from typing import Any

import pytest

from resolvers.errors import AnswerTooLarge, DepartmentMisanswered, DepartmentUnavailable
from tests.conftest import Opener, Trust

PAY = """query ($month: String!) { area(code: "E08000003") { labourMarket(periods: {from: $month, to: $month}) {
  payrolledEmployees { value } claimantCount { value } } } }"""


class Failing:
    """In the place of HMRC's connector: raises what it is told to, and counts how often it is asked."""

    def __init__(self, trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
        connector = trust.app.state.gateway.engine.dispatcher.connectors["hmrc"]
        self._answer = connector.answer
        self.error: Exception | None = DepartmentUnavailable("HMRC", "HTTP 503")
        self.asked = 0
        self.hangs: asyncio.Event | None = None
        monkeypatch.setattr(connector, "answer", self.answer)

    async def answer(self, ask: Any) -> Any:
        self.asked += 1
        if self.error:
            raise self.error
        if self.hangs:
            await self.hangs.wait()
        return await self._answer(ask)


async def pay(trust: Trust, month: int) -> dict[str, Any]:
    answer = await trust.ask(PAY, month=f"2021-{month:02d}")
    (row,) = answer["data"]["area"]["labourMarket"]
    assert row["claimantCount"]["value"] > 0, "no other department's field is lost"
    return answer


async def test_a_department_that_fails_again_and_again_is_left_alone_and_then_tried(
    open_trust: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.breaker.REST", 0.5)
    async with open_trust() as trust:
        hmrc = Failing(trust, monkeypatch)
        for month in range(1, 6):
            assert (await pay(trust, month))["errors"][0]["extensions"]["code"] == "DEPARTMENT_UNAVAILABLE"
        assert hmrc.asked == 5
        left_alone = (await pay(trust, 6))["errors"][0]["extensions"]
        assert (left_alone["code"], left_alone["retryAfter"], hmrc.asked) == ("DEPARTMENT_UNAVAILABLE", 1, 5)
        await asyncio.sleep(0.6)
        assert "errors" in await pay(trust, 7)
        assert hmrc.asked == 6, "one question tries it"
        assert "errors" in await pay(trust, 8)
        assert hmrc.asked == 6, "and it is left alone again"
        await asyncio.sleep(0.6)
        hmrc.error = None
        for month in (9, 10):
            assert "errors" not in await pay(trust, month)
        assert hmrc.asked == 8


async def test_while_one_question_tries_a_department_nobody_else_waits_for_it(
    open_trust: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.breaker.REST", 0.1)
    async with open_trust() as trust:
        hmrc = Failing(trust, monkeypatch)
        for month in range(1, 6):
            await pay(trust, month)
        await asyncio.sleep(0.2)
        hmrc.error, hmrc.hangs = None, asyncio.Event()
        trying = asyncio.create_task(pay(trust, 6))
        await asyncio.sleep(0.3)
        for month in (7, 8):
            async with asyncio.timeout(1):
                assert (await pay(trust, month))["errors"][0]["extensions"]["retryAfter"] == 1
        assert hmrc.asked == 6
        hmrc.hangs.set()
        assert "errors" not in await trying
        assert "errors" not in await pay(trust, 7)


async def test_a_clock_that_is_set_back_does_not_have_a_department_left_alone_for_longer(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    hmrc = Failing(trust, monkeypatch)
    for month in range(1, 7):
        await pay(trust, month)
    assert hmrc.asked == 5
    hmrc.error = None
    monkeypatch.setattr("resolvers.breaker.time", SimpleNamespace(time=lambda: time.time() - 3600))
    assert "errors" not in await pay(trust, 7)
    assert "errors" not in await pay(trust, 8)


async def test_a_department_that_answers_badly_is_there_all_the_same(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    hmrc = Failing(trust, monkeypatch)
    hmrc.error = DepartmentMisanswered("HMRC", "not JSON")
    for month in range(1, 9):
        assert (await pay(trust, month))["errors"][0]["extensions"]["code"] == "DEPARTMENT_MISANSWERED"
    assert hmrc.asked == 8


async def test_a_failure_is_let_go_with_its_answer(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    connector = trust.app.state.gateway.engine.dispatcher.connectors["hmrc"]

    async def misanswered(_: Any) -> Any:
        raise DepartmentMisanswered("HMRC", "not JSON")

    monkeypatch.setattr(connector, "answer", misanswered)
    gc.collect()
    gc.disable()
    try:
        for month in range(1, 4):
            await asyncio.gather(pay(trust, month), pay(trust, month))
        left = [kept for kept in gc.get_objects() if isinstance(kept, DepartmentMisanswered)]
    finally:
        gc.enable()
    assert left == [], "what only the garbage collector finds takes memory until it looks"


async def test_a_department_whose_answers_are_too_large_to_be_received_is_left_alone(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    hmrc = Failing(trust, monkeypatch)
    hmrc.error = AnswerTooLarge("HMRC", "more than 64000000 bytes, once inflated")
    codes = [(await pay(trust, month))["errors"][0]["extensions"]["code"] for month in range(1, 9)]
    assert codes == ["DEPARTMENT_MISANSWERED"] * 5 + ["DEPARTMENT_UNAVAILABLE"] * 3
    assert hmrc.asked == 5


async def test_an_operation_waits_for_all_its_departments_together_no_longer_than_is_set(
    open_trust: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_trust(OPERATION_SECONDS="1") as trust:
        connector = trust.app.state.gateway.engine.dispatcher.connectors["hmrc"]
        answer = connector.answer

        async def late(ask: Any) -> Any:
            await asyncio.sleep(2)
            return await answer(ask)

        monkeypatch.setattr(connector, "answer", late)
        began = time.monotonic()
        (error,) = (await pay(trust, 1))["errors"]
        assert 0.9 < time.monotonic() - began < 1.8
        assert error["extensions"]["code"] == "DEPARTMENT_UNAVAILABLE"
        assert error["extensions"]["owner"] == "HMRC"
        await asyncio.sleep(1.2)
        assert "errors" not in await pay(trust, 1), "what came late is kept for who asks next"
