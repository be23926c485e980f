"""Tokens: who a request is from, and whom an issuer may speak for. Tokens that are turned away whatever the issuer are
in `tests/hostile/tokens.py`."""

import asyncio
import hashlib
import hmac
import logging
import time
from types import SimpleNamespace
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app import identity as tokens
from app.identity import Identity, IssuerUnavailable, Unauthenticated
from app.purpose import PurposeRefused, purpose_of
from app.settings import Issuer, SettingsError
from policies.caller import PUBLIC, Caller
from tests.hostile.making import (
    AUDIENCE,
    JWKS,
    NAME,
    RSA,
    SIGNED_BY,
    SPOKEN_FOR,
    b64,
    by_secret,
    claims,
    jwk,
    token,
    unsigned,
)

ADDRESS = "https://login.example/keys"
SHORT_RSA = rsa.generate_private_key(65537, 1024)
P384 = ec.generate_private_key(ec.SECP384R1())


class IssuerDouble(httpx.AsyncBaseTransport):
    """An issuer's web server: answers with its keys, and counts how often."""

    def __init__(self, keys: object = JWKS) -> None:
        self.told, self.down, self.asked = keys, False, 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        assert str(request.url) == ADDRESS
        if self.down:
            raise httpx.ConnectError("down", request=request)
        return httpx.Response(200, json=self.told) if isinstance(self.told, dict) else httpx.Response(503)


def checking(double: IssuerDouble, issuer: Issuer | None = None, **more: Any) -> Identity:
    return Identity(
        [issuer or Issuer(issuer=NAME, audience=AUDIENCE, jwks=ADDRESS, organisations=SPOKEN_FOR)],
        httpx.AsyncClient(transport=double),
        **more,
    )


INLINE = Issuer(issuer=NAME, audience=AUDIENCE, jwks=JWKS, organisations=SPOKEN_FOR)


async def who(sent: str, issuer: Issuer = INLINE, **more: Any) -> Caller:
    return await checking(IssuerDouble(), issuer, **more).caller([f"Bearer {sent}"])


class Clock:
    """Time as the keys and the checked tokens see it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.passed = 0.0
        ahead = SimpleNamespace(
            monotonic=lambda: time.monotonic() + self.passed, time=lambda: time.time() + self.passed
        )
        monkeypatch.setattr(tokens, "time", ahead)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


# Who a request is from


async def test_a_request_without_a_token_is_the_publics() -> None:
    assert await checking(IssuerDouble()).caller([]) is PUBLIC


@pytest.mark.parametrize("kid", SIGNED_BY)
async def test_a_good_token_says_who_asks_for_whom_in_what_role_and_why(kid: str) -> None:
    caller = await who(token(kid))
    assert caller == Caller("someone", "DfE", frozenset({"analyst"}), frozenset({"skills-planning"}), NAME)


async def test_a_token_for_several_audiences_is_accepted_if_the_trust_is_one() -> None:
    assert (await who(token(aud=["other", AUDIENCE]))).subject == "someone"


async def test_the_scheme_may_be_written_in_any_case() -> None:
    assert (await checking(IssuerDouble(), INLINE).caller([f"bearer  {token()}"])).organisation == "DfE"


async def test_a_token_without_an_organisation_has_none() -> None:
    caller = await who(token(org=..., roles=..., purposes=...))
    assert (caller.organisation, caller.roles, caller.purposes) == (None, frozenset(), frozenset())


# Tokens that are turned away


async def test_a_shared_secret_among_the_keys_verifies_nothing() -> None:
    secret = b"s" * 32
    keys = {"keys": [{"kty": "oct", "kid": "s", "k": b64(secret)}]}
    head = unsigned({"alg": "EdDSA", "kid": "s"}, claims())
    mislabelled = f"{head}.{b64(hmac.new(secret, head.encode(), hashlib.sha256).digest())}"
    for sent in (by_secret(secret, "s"), mislabelled):
        with pytest.raises(Unauthenticated):
            await who(sent, Issuer(issuer=NAME, audience=AUDIENCE, jwks=keys, organisations=SPOKEN_FOR))


async def test_an_algorithm_that_the_issuer_does_not_use_is_turned_away() -> None:
    only_rsa = Issuer(issuer=NAME, audience=AUDIENCE, jwks=JWKS, organisations=SPOKEN_FOR, algorithms=("RS256",))
    assert (await who(token("rsa"), only_rsa)).subject == "someone"
    with pytest.raises(Unauthenticated, match="allowed algorithm"):
        await who(token("ed"), only_rsa)


@pytest.mark.parametrize(
    ("key", "algorithm", "more"),
    [(SHORT_RSA, "RS256", {}), (P384, "ES256", {}), (RSA, "RS256", {"use": "enc"}), (RSA, "RS256", {"alg": "RS512"})],
)
async def test_keys_that_are_short_of_another_curve_or_for_another_use_verify_nothing(
    key: Any, algorithm: str, more: dict[str, str]
) -> None:
    public = jwt.get_algorithm_by_name("ES384" if key is P384 else algorithm).to_jwk(key.public_key(), as_dict=True)
    keys = {"keys": [*JWKS["keys"], {**public, "kid": "k", **more}]}
    head = unsigned({"alg": algorithm, "kid": "k"}, claims())
    signer = jwt.get_algorithm_by_name("ES384" if key is P384 else algorithm)
    with pytest.raises(Unauthenticated):
        await who(
            f"{head}.{b64(signer.sign(head.encode(), key))}",
            Issuer(issuer=NAME, audience=AUDIENCE, jwks=keys, organisations=SPOKEN_FOR),
        )


async def test_without_an_issuer_every_token_is_turned_away() -> None:
    with pytest.raises(Unauthenticated, match="not one the Trust accepts"):
        await Identity([], httpx.AsyncClient()).caller([f"Bearer {token()}"])


async def test_a_clock_may_be_off_by_the_leeway_and_no_more() -> None:
    late = token(exp=int(time.time()) - 20)
    assert (await who(late, leeway=30)).subject == "someone"
    with pytest.raises(Unauthenticated, match="expired"):
        await who(late, leeway=10)


async def test_an_issuer_speaks_only_for_the_organisations_it_was_given() -> None:
    partner = Issuer(issuer=NAME, audience=AUDIENCE, jwks=JWKS, organisations=("GMCA",))
    assert (await who(token(org="GMCA"), partner)).organisation == "GMCA"
    with pytest.raises(Unauthenticated, match="may not speak for"):
        await who(token(org="HMRC"), partner)


async def test_a_key_is_good_for_its_own_issuer_only() -> None:
    other = Issuer(
        issuer="https://other.example/",
        audience=AUDIENCE,
        jwks={"keys": [jwk("ed", Ed25519PrivateKey.generate(), "EdDSA")]},
        organisations=SPOKEN_FOR,
    )
    both = Identity([INLINE, other], httpx.AsyncClient())
    with pytest.raises(Unauthenticated, match="not valid"):
        await both.caller([f"Bearer {token(iss=other.issuer)}"])


def test_keys_given_in_the_settings_must_be_keys() -> None:
    for wrong in ({}, {"keys": []}, {"keys": ["a"]}, {"keys": [{"kty": "what"}]}):
        with pytest.raises(SettingsError, match="not a usable JWKS"):
            Identity(
                [Issuer(issuer=NAME, audience=AUDIENCE, jwks=wrong, organisations=SPOKEN_FOR)], httpx.AsyncClient()
            )


# Keys that are fetched


async def test_keys_are_fetched_once_for_many_tokens() -> None:
    double = IssuerDouble()
    identity = checking(double)
    for kid in SIGNED_BY:
        await identity.caller([f"Bearer {token(kid)}"])
    assert double.asked == 1


async def test_a_storm_of_unknown_keys_fetches_once() -> None:
    double = IssuerDouble()
    identity = checking(double)
    for number in range(50):
        with pytest.raises(Unauthenticated, match="does not publish"):
            await identity.caller([f"Bearer {token('ed', {'kid': str(number)})}"])
    assert double.asked == 1


async def test_a_key_that_is_new_is_fetched_when_a_token_first_names_it(clock: Clock) -> None:
    double = IssuerDouble({"keys": JWKS["keys"][:1]})
    identity = checking(double)
    await identity.caller([f"Bearer {token('rsa')}"])
    double.told = JWKS
    clock.passed = tokens.REFETCH + 1
    assert (await identity.caller([f"Bearer {token('ed')}"])).subject == "someone"
    assert double.asked == 2


async def test_keys_that_cannot_be_fetched_are_nobodys_fault_and_nobody_is_let_in(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    double = IssuerDouble()
    double.down = True
    identity = checking(double)
    sent = token()
    with caplog.at_level(logging.WARNING, "lmdt"):
        for _ in range(3):
            with pytest.raises(IssuerUnavailable):
                await identity.caller([f"Bearer {sent}"])
    assert double.asked == 1 and len(caplog.records) == 1
    assert sent not in caplog.text
    double.down, clock.passed = False, tokens.RETRY + 1
    assert (await identity.caller([f"Bearer {sent}"])).subject == "someone"


@pytest.mark.parametrize("keys", [{}, {"keys": 1}, {"keys": ["x"]}, "an error"])
async def test_an_issuer_that_answers_nonsense_lets_nobody_in(keys: object) -> None:
    with pytest.raises(IssuerUnavailable):
        await checking(IssuerDouble(keys)).caller([f"Bearer {token()}"])


async def test_an_issuer_that_is_down_for_minutes_stops_nobody_and_for_longer_everybody(clock: Clock) -> None:
    double = IssuerDouble()
    identity = checking(double, lifetime=10**8)
    forever = f"Bearer {token(exp=int(time.time()) + 10**7)}"
    await identity.caller([forever])
    double.down = True
    clock.passed = tokens.KEPT_FOR + 60
    assert (await identity.caller([forever])).subject == "someone"
    clock.passed = tokens.KEPT_AT_MOST + 60
    with pytest.raises(IssuerUnavailable):
        await identity.caller([forever])


async def test_an_issuer_that_withdraws_all_its_keys_lets_nobody_in(clock: Clock) -> None:
    double = IssuerDouble()
    identity = checking(double)
    sent = f"Bearer {token()}"
    await identity.caller([sent])
    double.told = {"keys": []}
    clock.passed = tokens.KEPT_FOR + 1
    with pytest.raises(Unauthenticated, match="does not publish"):
        await identity.caller([f"Bearer {token('ed', {'kid': 'unknown'})}"])
    with pytest.raises(Unauthenticated, match="does not publish"):
        await identity.caller([sent])


async def test_a_token_that_lasts_longer_than_is_allowed_is_turned_away() -> None:
    with pytest.raises(Unauthenticated, match="good for longer than 3600 seconds"):
        await who(token(exp=int(time.time()) + 4_000), lifetime=3_600)
    assert (await who(token(exp=int(time.time()) + 3_500), lifetime=3_600)).subject == "someone"
    with pytest.raises(Unauthenticated, match="good for longer"):
        await who(token(exp=253_402_300_799))


@pytest.mark.parametrize("word", ["\ud800", "a\nb", "", "r" * 65])
async def test_a_role_or_a_purpose_is_a_word(word: str) -> None:
    for name in ("roles", "purposes"):
        with pytest.raises(Unauthenticated, match=f"{name} are not a list"):
            await who(token(**{name: ["analyst", word]}))


async def test_keys_that_are_too_many_or_too_slow_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(httpx.AsyncByteStream):
        def __init__(self, pause: float) -> None:
            self.pause, self.pieces = pause, 0

        async def __aiter__(self) -> Any:
            while True:
                await asyncio.sleep(self.pause)
                self.pieces += 1
                yield b" " * 10_000

    monkeypatch.setattr(tokens, "PATIENCE", 0.3)
    for stream, most in ((Endless(0.0), 40), (Endless(0.05), 10)):
        transport = httpx.MockTransport(lambda _, stream=stream: httpx.Response(200, stream=stream))
        issuer = Issuer(issuer=NAME, audience=AUDIENCE, jwks=ADDRESS, organisations=SPOKEN_FOR)
        identity = Identity([issuer], httpx.AsyncClient(transport=transport))
        with pytest.raises(IssuerUnavailable):
            await identity.caller([f"Bearer {token()}"])
        assert stream.pieces <= most


# Tokens that were checked already


async def test_a_token_that_was_checked_is_not_checked_again_until_it_expires(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = checking(IssuerDouble(), INLINE, leeway=0)
    sent = token(exp=int(time.time()) + 60)
    checks = _counted(monkeypatch)
    for _ in range(3):
        await identity.caller([f"Bearer {sent}"])
    assert checks == [True]
    # The library reads the clock for itself, so that the token is past its end for the cache alone.
    clock.passed = 61
    await identity.caller([f"Bearer {sent}"])
    assert checks == [True, True]


async def test_a_key_that_its_issuer_withdraws_is_not_believed_for_longer_than_minutes(clock: Clock) -> None:
    double = IssuerDouble()
    identity = checking(double, lifetime=10**8)
    sent = f"Bearer {token('ed', exp=int(time.time()) + 10**6)}"
    await identity.caller([sent])
    double.told = {"keys": JWKS["keys"][:2]}
    clock.passed = tokens.BELIEVED_FOR + 1
    with pytest.raises(Unauthenticated, match="does not publish"):
        await identity.caller([f"Bearer {token('ed', {'kid': 'unknown'})}"])  # makes the gateway fetch
    with pytest.raises(Unauthenticated, match="does not publish"):
        await identity.caller([sent])


async def test_the_tokens_remembered_are_bounded_and_the_least_used_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    identity = checking(IssuerDouble(), INLINE, kept=2)
    first, second, third = (f"Bearer {token(sub=name)}" for name in ("a", "b", "c"))
    checks = _counted(monkeypatch)
    for sent in (first, second, first, third, first):
        await identity.caller([sent])
    assert len(checks) == 3
    await identity.caller([second])
    assert len(checks) == 4


def _counted(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Grows by one for each signature that is checked."""
    checks: list[bool] = []
    real = jwt.decode

    def decode(*given: Any, **named: Any) -> Any:
        if named.get("options", {}).get("verify_signature", True):
            checks.append(True)
        return real(*given, **named)

    monkeypatch.setattr(tokens.jwt, "decode", decode)
    return checks


# Purposes


def caller(*purposes: str) -> Caller:
    return Caller("someone", "DWP", frozenset(), frozenset(purposes))


def test_the_purpose_is_the_header_or_the_tokens_only_one() -> None:
    assert purpose_of(caller("levelling-up"), []) == "levelling-up"
    assert purpose_of(caller("levelling-up", "skills-planning"), [" skills-planning "]) == "skills-planning"
    assert purpose_of(caller("levelling-up", "skills-planning"), []) is None
    assert purpose_of(caller("levelling-up", "skills-planning"), [""]) is None
    assert purpose_of(PUBLIC, []) is None


def test_a_purpose_that_the_token_does_not_allow_is_refused_with_those_it_does() -> None:
    with pytest.raises(PurposeRefused, match="it allows levelling-up, skills-planning"):
        purpose_of(caller("skills-planning", "levelling-up"), ["economic-recovery"])
    with pytest.raises(PurposeRefused, match="it allows none"):
        purpose_of(PUBLIC, ["economic-recovery"])


def test_a_purpose_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(PurposeRefused, match="is not a purpose: there are economic-recovery, skills-planning"):
        purpose_of(caller("skills-planning"), ["curiosity"])
