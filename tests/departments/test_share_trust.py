"""Whose questions the share node answers, and what it writes down of them."""

import logging
import time
from pathlib import Path
from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from departments.share import keys as keyring
from tests.departments.share_desk import ISSUER, TRUST, Desk, assertion, claims, jwks, mapping, question

NOW = int(time.time())


def tampered() -> str:
    head, _, signature = assertion().split(".")
    body = jwt.utils.base64url_encode(orjson.dumps(claims(org="HMRC"))).decode()
    return f"{head}.{body}.{signature}"


def unsigned() -> str:
    head = jwt.utils.base64url_encode(b'{"alg":"none","kid":"k0"}').decode()
    return f"{head}.{jwt.utils.base64url_encode(orjson.dumps(claims())).decode()}."


def by_public_key_as_secret() -> str:
    """The old trick: the public key used as the secret of a symmetric signature."""
    secret = jwks(TRUST)["keys"][0]["x"].encode()
    return jwt.encode(claims(), secret, "HS256", {"kid": "k0"})


UNTRUSTED = {
    "none": lambda: "",
    "not a token": lambda: "lmdt",
    "of another department": lambda: assertion(aud="beis"),
    "of another issuer": lambda: assertion(iss="https://trust.example/other"),
    "expired": lambda: assertion(iat=NOW - 120, exp=NOW - 60),
    "of the future": lambda: assertion(iat=NOW + 600, exp=NOW + 660),
    "valid for too long": lambda: assertion(exp=NOW + 3600),
    "without an end": lambda: assertion(exp=None),
    "without a record": lambda: assertion(jti=None),
    "unsigned": unsigned,
    "tampered with": tampered,
    "signed by a secret": by_public_key_as_secret,
    "signed with another key": lambda: assertion(Ed25519PrivateKey.generate()),
    "of a key nobody knows": lambda: assertion(kid="k9"),
    "with an organisation that is no text": lambda: assertion(org=["DfE"]),
    "with a purpose that is no text": lambda: assertion(purpose={"name": "x"}),
    "with agreements that are no list": lambda: assertion(agreements="DSA-001"),
    "with agreements that are no texts": lambda: assertion(agreements=[{"id": "DSA-001"}]),
    "with grants that are no table": lambda: assertion(grants=["payrolledEmployees"]),
    "with a grant that is a word": lambda: assertion(grants={"payrolledEmployees": "AGREEMENT"}),
    "with a grant on no known basis": lambda: assertion(grants={"payrolledEmployees": {"basis": "ANY"}}),
}


@pytest.mark.parametrize("how", UNTRUSTED)
async def test_an_assertion_that_is_not_the_trusts_is_refused(desk: Desk, how: str) -> None:
    reply = await desk.send(question(), UNTRUSTED[how]())
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"].startswith("Bearer")
    assert orjson.loads(reply.content)["title"] == "Not vouched for by the Trust"


async def test_a_clock_that_is_a_little_ahead_is_forgiven(desk: Desk) -> None:
    now = int(time.time())
    assert (await desk.send(question(), assertion(iat=now + 3, exp=now + 63))).status_code == 200


async def test_a_trust_may_sign_with_es256(file: Path) -> None:
    key = generate_private_key(SECP256R1())
    document = orjson.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
    keys = {"keys": [{**document, "kid": "ec", "alg": "ES256"}]}
    desk = Desk({**mapping(f"sqlite:///{file}"), "trust": {"issuer": ISSUER, "keys": keys}})
    token = assertion(key, "ec", "ES256")
    assert (await desk.send(question(), token)).status_code == 200
    assert (await desk.send(question(), assertion(TRUST, "ec"))).status_code == 401
    assert (await desk.send(question())).status_code == 401


async def test_keys_that_rotate_are_read_again_but_not_for_every_stranger(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    kept = tmp_path / "jwks.json"
    kept.write_bytes(orjson.dumps(jwks(old)))
    desk = Desk({**mapping(f"sqlite:///{file}"), "trust": {"issuer": ISSUER, "keys": str(kept)}})
    kept.write_bytes(orjson.dumps(jwks(old, new)))
    assert (await desk.send(question(), assertion(new, "k1"))).status_code == 401
    monkeypatch.setattr(keyring, "PAUSE", 0.0)
    assert (await desk.send(question(), assertion(new, "k1"))).status_code == 200
    kept.write_text("not json")
    assert (await desk.send(question(), assertion(old, "k8"))).status_code == 401
    assert (await desk.send(question(), assertion(old, "k0"))).status_code == 200


@pytest.mark.parametrize(
    ("refuse", "words"),
    [
        ({"organisations": ["DfE"]}, "DfE"),
        ({"purposes": ["skills-planning"]}, "skills-planning"),
        ({"agreements": ["DSA-001"]}, "DSA-001"),
        ({"agreements": ["DSA-001 v2"]}, "DSA-001 v2"),
    ],
)
async def test_a_department_can_refuse_whatever_the_trust_says(file: Path, refuse: dict[str, Any], words: str) -> None:
    desk = Desk({**mapping(f"sqlite:///{file}"), "refuse": refuse})
    problem = await desk.problem(question())
    assert problem["status"] == 403
    assert words in problem["detail"]
    named = ["DSA-001 v3" if " " in words else "DSA-002 v1"]
    grants = {"payrolledEmployees": {"basis": "AGREEMENT", "agreements": named}}
    other = assertion(org="DWP", purpose="research", agreements=named, grants=grants)
    assert (await desk.send(question(), other)).status_code == 200


async def test_the_department_logs_who_asked_for_what_but_no_figure_and_no_token(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "share")
    asked = question(by=["SEX"])
    token = assertion(asked=asked)
    reply = await desk.send(asked, token)
    assert reply.status_code == 200
    line = orjson.loads(caplog.messages[-1])
    assert line.pop("milliseconds") > 0
    assert line == {
        "event": "asked",
        "node": "hmrc",
        "dataset": "pay",
        "status": 200,
        "organisation": "DfE",
        "purpose": "skills-planning",
        "agreements": ["DSA-001 v2"],
        "operations": ["leaf-1"],
        "measures": ["payrolledEmployees"],
        "evidence": True,
        "rows": 8,
    }
    await desk.send(question(), assertion(aud="beis"))
    refused = orjson.loads(caplog.messages[-1])
    assert (refused["status"], "organisation" in refused, "Audience" in refused["cause"]) == (401, False, True)
    assert not [text for text in caplog.messages if token in text]
