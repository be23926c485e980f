"""Departments that limit how often they are asked: they are not asked before the time that they name."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from resolvers import rate_limit
from resolvers.errors import (
    DepartmentError,
    DepartmentMisanswered,
    DepartmentRefused,
    DepartmentUnavailable,
    PageInstead,
)
from resolvers.source import Limits, Source
from resolvers.wire import Call, Wire

HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = "<!DOCTYPE html><html><head><title>Service unavailable</title></head><body>" + "<p>words</p>" * 500


class Publisher:
    """A publisher that gives the same answer to everything, or those that it is given in turn, and counts them."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers, self.paths = list(answers), list[str]()
        source = Source("x", "DWP", "share", "http://dwp.example:8101/api", None, "2023-04", Limits(timeout=5), ())
        self.wire = Wire(source, httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)

    async def ask(self, path: str = "/table", expect: frozenset[int] = frozenset({200})) -> Any:
        return (await self.wire.send("GET", path, dataset="d", calls=list[Call](), expect=expect)).json()

    async def failure(self, path: str = "/table", expect: frozenset[int] = frozenset({200})) -> DepartmentError:
        with pytest.raises(DepartmentError) as raised:
            await self.ask(path, expect)
        return raised.value


def soon(seconds: float, unit: float) -> str:
    return str(int((time.time() + seconds) * unit))


def date(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


LIMITED: dict[str, Callable[[], httpx.Response]] = {
    "429 in seconds": lambda: httpx.Response(429, headers={"Retry-After": "40"}),
    "429 until a date": lambda: httpx.Response(429, headers={"Retry-After": date(41)}),
    "429 with a reset in milliseconds": lambda: httpx.Response(
        429, headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": soon(40, 1000)}
    ),
    "429 with a reset alone": lambda: httpx.Response(429, headers={"x-ratelimit-reset": soon(40, 1)}),
    "422 with Stat-Xplore's headers": lambda: httpx.Response(
        422,
        json={"message": "not now", "errorType": "OTHER"},
        headers={"X-RateLimit": "2000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": soon(40, 1000)},
    ),
    "422 in words": lambda: httpx.Response(
        422, json={"message": "Rate limit exceeded", "errorType": "RATE_LIMIT"}, headers={"Retry-After": "40"}
    ),
    "a page with status 200": lambda: httpx.Response(200, text=PAGE, headers={**HTML, "Retry-After": "40"}),
    "a page with status 200 and a reset": lambda: httpx.Response(
        200, text=PAGE, headers={**HTML, "RateLimit-Remaining": "0", "RateLimit-Reset": "40"}
    ),
    "a limit of tables alone": lambda: httpx.Response(
        422, headers={"x-ratelimit-remaining-table": "0", "x-ratelimit-reset-table": soon(40, 1000)}
    ),
    "HMRC's words": lambda: httpx.Response(
        429, json={"code": "MESSAGE_THROTTLED_OUT", "message": "..."}, headers={"Retry-After": "40"}
    ),
}


@pytest.mark.parametrize("how", LIMITED)
@pytest.mark.parametrize("expect", [frozenset({200}), frozenset({200, 400, 404, 422})], ids=["200", "errors too"])
async def test_three_questions_to_a_department_that_limits_them_make_one_request(
    how: str, expect: frozenset[int]
) -> None:
    publisher = Publisher(LIMITED[how]())
    failures = [await publisher.failure(expect=expect) for _ in range(3)]
    for failure in failures:
        assert isinstance(failure, DepartmentUnavailable)
        assert failure.retryable
        assert failure.retry_after is not None and 35 < failure.retry_after <= 42
        assert f"{failure.retry_after} seconds" in failure.message
    assert len(publisher.paths) == 1
    assert len({failure.detail for failure in failures}) == 1, "the cause is told in the same words"


@pytest.mark.parametrize("reset", ["40", "%s", "ms"])
async def test_a_department_with_no_requests_left_is_not_asked_before_it_allows_more(reset: str) -> None:
    reset_header = {"40": "40", "%s": soon(40, 1), "ms": soon(40, 1000)}[reset]
    good = httpx.Response(200, json=[1], headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset_header})
    publisher = Publisher(good)
    assert await publisher.ask() == [1]
    assert isinstance(await publisher.failure(), DepartmentUnavailable)
    assert len(publisher.paths) == 1


async def test_a_kind_of_request_that_is_spent_does_not_keep_others_from_being_made() -> None:
    headers = {"X-RateLimit-Remaining": "7", "X-RateLimit-Remaining-Table": "0", "X-RateLimit-Reset-Table": "40"}
    publisher = Publisher(httpx.Response(200, json=[], headers=headers))
    await publisher.ask("/table")
    await publisher.failure("/table")
    await publisher.ask("/schema")
    assert publisher.paths == ["/api/table", "/api/schema"]


async def test_it_is_asked_again_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    publisher = Publisher(httpx.Response(429, headers={"Retry-After": "40"}), httpx.Response(200, json=[1]))
    await publisher.failure()
    now = time.monotonic()
    monkeypatch.setattr(rate_limit.time, "monotonic", lambda: now + 41)
    assert await publisher.ask() == [1]


@pytest.mark.parametrize("reset_header", ["0", "0.05"])
async def test_a_limit_of_a_second_at_most_is_waited_for_once(reset_header: str) -> None:
    limited = httpx.Response(429, headers={"Retry-After": reset_header})
    publisher = Publisher(limited, httpx.Response(200, json=[1]))
    assert await publisher.ask() == [1]
    assert len(publisher.paths) == 2
    assert isinstance(await Publisher(limited).failure(), DepartmentUnavailable)


async def test_a_limit_that_says_no_time_is_not_tried_again_and_the_second_in_a_row_is_waited_for() -> None:
    publisher = Publisher(httpx.Response(429))
    failures = [await publisher.failure() for _ in range(3)]
    assert len(publisher.paths) == 2
    assert [getattr(failure, "retry_after", 0) for failure in failures] == [None, 5, 5]


async def test_an_endpoint_that_is_out_of_order_until_a_time_does_not_stand_for_the_others() -> None:
    publisher = Publisher(httpx.Response(503, headers={"Retry-After": "30"}), httpx.Response(200, json=[1]))
    failure = await publisher.failure("/v1/pay")
    assert (type(failure), getattr(failure, "retry_after", 0)) == (DepartmentUnavailable, 30)
    assert await publisher.ask("/v1/jobs") == [1]
    await publisher.failure("/v1/pay")
    assert publisher.paths == ["/api/v1/pay", "/api/v1/jobs"]


async def test_a_web_page_where_data_was_asked_for_is_no_answer_and_is_not_quoted_in_full() -> None:
    failure = await Publisher(httpx.Response(200, text=PAGE, headers=HTML)).failure()
    assert isinstance(failure, PageInstead)
    assert (failure.code, failure.retryable) == ("DEPARTMENT_UNAVAILABLE", True)
    assert failure.detail == 'HTTP 200: a web page, "Service unavailable"'
    assert "\n" not in str(failure)


NO_LIMIT: dict[str, tuple[int, Mapping[str, str], str, type[DepartmentError]]] = {
    "a key that is not known": (401, {"X-RateLimit-Remaining": "0"}, "{}", DepartmentRefused),
    "a refusal": (403, {}, "{}", DepartmentRefused),
    "a mistake of ours": (422, {"X-RateLimit-Remaining": "12"}, '{"errorType":"OTHER"}', DepartmentMisanswered),
    "a page for what is not there": (404, HTML, PAGE, DepartmentMisanswered),
    "a page that says how it throttles its own scripts": (
        200, HTML, "<html><script>function throttle(){}</script>hello", PageInstead,
    ),
    "no JSON": (200, {"Content-Type": "application/json"}, "<html>", DepartmentMisanswered),
}  # fmt: skip


@pytest.mark.parametrize("how", NO_LIMIT)
async def test_other_answers_are_what_they_were(how: str) -> None:
    status, headers, text, kind = NO_LIMIT[how]
    publisher = Publisher(httpx.Response(status, text=text, headers={"Content-Type": "application/json", **headers}))
    failure = await publisher.failure()
    assert type(failure) is kind
    assert len(failure.detail) <= 300


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "12"}, 12), ({"Retry-After": " 12 "}, 12), ({"Retry-After": "soon"}, None), ({}, None),
        ({"Retry-After": "²"}, None), ({"Retry-After": "-5"}, None), ({"Retry-After": "9" * 14}, rate_limit.LONGEST),
        ({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, 0), ({"Retry-After": "Fri, 99 Dec 1999"}, None),
    ],
)  # fmt: skip
def test_retry_after_is_read_in_both_its_forms(headers: dict[str, str], wait: float | None) -> None:
    assert rate_limit.retry_after(httpx.Headers([(k.encode(), v.encode()) for k, v in headers.items()])) == wait
