"""The Trust signs each request as it stands: nobody else can ask by it, for anything else, or twice."""

import time
from collections.abc import Callable, Mapping

import httpx
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from resolvers import message_signature
from tests.departments.share_desk import Desk, assertion, question, signed

PATH = "/v1/datasets/pay/query"


def request(**changes: object) -> tuple[bytes, dict[str, str]]:
    """A body, and the headers that vouch for it."""
    body, bearer = orjson.dumps(question(**changes)), f"Bearer {assertion()}"
    return body, {"Authorization": bearer, **signed(body, bearer)}


async def posted(desk: Desk, body: bytes, headers: Mapping[str, str], path: str = PATH) -> httpx.Response:
    return await desk.http.post(path, content=body, headers=headers)


async def test_a_request_is_answered_once(desk: Desk) -> None:
    body, headers = request()
    assert (await posted(desk, body, headers)).status_code == 200
    again = await posted(desk, body, headers)
    assert again.status_code == 401
    assert "good once" in again.json()["detail"]


Change = Callable[[bytes, dict[str, str]], tuple[bytes, dict[str, str]]]


def without(*names: str) -> Change:
    return lambda body, headers: (body, {name: value for name, value in headers.items() if name not in names})


def instead(name: str, change: Callable[[str], str]) -> Change:
    return lambda body, headers: (body, {**headers, name: change(headers[name])})


CHANGES: dict[str, Change] = {
    "another place": lambda _, headers: (orjson.dumps(question(areas=["E06000001"])), headers),
    "another measure": lambda _, headers: (orjson.dumps(question(measures=["medianMonthlyPay"])), headers),
    "another place with its own digest": lambda _, headers: (
        (other := orjson.dumps(question(areas=["E06000001"]))),
        {**headers, "Content-Digest": signed(other, headers["Authorization"])["Content-Digest"]},
    ),
    "another assertion": lambda body, headers: (body, {**headers, "Authorization": f"Bearer {assertion(org='DWP')}"}),
    "no signature": without("Signature", "Signature-Input"),
    "no digest": without("Content-Digest"),
    "another nonce": instead("Signature-Input", lambda text: text.replace('nonce="', 'nonce="0')),
    "a later time": instead("Signature-Input", lambda text: text.replace("created=1", "created=2")),
    "fewer parts": instead("Signature-Input", lambda text: text.replace(' "authorization"', "")),
    "another tag": instead("Signature-Input", lambda text: text.replace('tag="lmdt"', 'tag="x"')),
    "another key": instead("Signature-Input", lambda text: text.replace('keyid="k0"', 'keyid="k9"')),
    "nonsense": instead("Signature-Input", lambda _: "((("),
    "a cut signature": instead("Signature", lambda text: text[:-10] + ":"),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_what_is_changed_after_it_was_signed_is_refused(desk: Desk, change: str) -> None:
    reply = await posted(desk, *CHANGES[change](*request()))
    assert reply.status_code == 401
    assert reply.json()["title"] == "Not vouched for by the Trust"


async def test_a_signature_for_one_dataset_is_none_for_another(desk: Desk) -> None:
    body, headers = request()
    assert (await posted(desk, body, headers, "/v1/datasets/other/query")).status_code == 401


async def test_a_signature_by_another_key_is_refused(desk: Desk) -> None:
    body, headers = request()
    forged = signed(body, headers["Authorization"], key=Ed25519PrivateKey.generate())
    assert (await posted(desk, body, {**headers, **forged})).status_code == 401


async def test_a_signature_that_is_old_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time
    for passed, status in ((-120, 401), (-30, 200), (60, 401)):
        monkeypatch.setattr(message_signature.time, "time", lambda passed=passed: now() + passed)
        body, headers = request()
        monkeypatch.setattr(message_signature.time, "time", now)
        assert (await posted(desk, body, headers)).status_code == status, passed
