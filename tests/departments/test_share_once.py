"""The Trust vouches for each request as it stands: nobody else can ask by it, for anything else, or twice."""

import time
from collections.abc import Callable
from types import SimpleNamespace

import httpx
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from departments.share import assertion as checked
from tests.departments.share_desk import PATH, Desk, assertion, question

Request = tuple[bytes, str]


def request(**changes: object) -> Request:
    """A body, and the assertion that vouches for it."""
    body = orjson.dumps(question(**changes))
    return body, assertion(asked=body)


async def posted(desk: Desk, body: bytes, token: str, path: str = PATH) -> httpx.Response:
    return await desk.http.post(path, content=body, headers={"Authorization": f"Bearer {token}"})


async def test_a_request_is_answered_once(desk: Desk) -> None:
    body, token = request()
    assert (await posted(desk, body, token)).status_code == 200
    again = await posted(desk, body, token)
    assert again.status_code == 401
    assert "good once" in again.json()["detail"]


async def test_what_was_refused_may_still_be_asked_as_it_was_signed(desk: Desk) -> None:
    body, token = request()
    assert (await posted(desk, body + b" ", token)).status_code == 401
    assert (await posted(desk, body, token)).status_code == 200


CHANGES: dict[str, Callable[[bytes, str], Request]] = {
    "another place": lambda _, token: (orjson.dumps(question(areas=["E06000001"])), token),
    "another measure": lambda _, token: (orjson.dumps(question(measures=["medianMonthlyPay"])), token),
    "an assertion for another place": lambda body, _: (body, request(areas=["E06000001"])[1]),
    "an assertion that names another question": lambda body, _: (body, assertion(digest="0" * 64)),
    "an assertion for a GET": lambda body, _: (body, assertion(htm="GET")),
    "an assertion for another address": lambda body, _: (body, assertion(htu="http://node/v1/datasets")),
    "an assertion for any question": lambda body, _: (body, assertion(digest=None)),
    "an assertion for any address": lambda body, _: (body, assertion(htu=None)),
    "an assertion without a name": lambda body, _: (body, assertion(jti="")),
    "another signature": lambda body, token: (body, f"{token.rpartition('.')[0]}.{'A' * 86}"),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_what_is_not_what_was_signed_is_refused(desk: Desk, change: str) -> None:
    reply = await posted(desk, *CHANGES[change](*request()))
    assert reply.status_code == 401
    assert reply.json()["title"] == "Not vouched for by the Trust"


async def test_an_assertion_for_one_dataset_is_none_for_another(desk: Desk) -> None:
    assert (await posted(desk, *request(), "/v1/datasets/other/query")).status_code == 401


async def test_an_assertion_by_another_key_is_refused(desk: Desk) -> None:
    body, _ = request()
    assert (await posted(desk, body, assertion(Ed25519PrivateKey.generate()))).status_code == 401


async def test_an_assertion_that_is_old_is_refused(desk: Desk) -> None:
    body, now = orjson.dumps(question()), int(time.time())
    for passed, status in ((-120, 401), (-30, 200), (60, 401)):
        token = assertion(iat=now + passed, exp=now + passed + 60)
        assert (await posted(desk, body, token)).status_code == status, passed


async def test_no_more_is_answered_than_can_be_remembered(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checked, "MOST", 0)
    assert (await posted(desk, *request())).status_code == 401
    monkeypatch.undo()
    assert (await posted(desk, *request())).status_code == 200


async def test_an_assertion_is_remembered_for_as_long_as_it_is_good(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, clock = orjson.dumps(question()), time.monotonic
    token = assertion(exp=int(time.time()) + checked.LONGEST)
    assert (await posted(desk, body, token)).status_code == 200
    for passed, status in ((checked.LONGEST + checked.LEEWAY, 401), (checked.LONGEST + 3 * checked.LEEWAY, 200)):
        monkeypatch.setattr(checked, "time", SimpleNamespace(monotonic=lambda passed=passed: clock() + passed))
        # Only the node's memory is of another time here: by its date the assertion is still good.
        assert (await posted(desk, body, token)).status_code == status
