"""The demonstration's issuer: its personas, and that its tokens mean nothing elsewhere."""

import time

import httpx
import orjson
import pytest

from app.gateway import build
from app.identity import Identity, Unauthenticated
from app.issuer import AUDIENCE, NAME, PERSONAS, mint, trusted
from app.settings import SettingsError, read
from app.signing import signer
from policies.caller import PURPOSES, ROLES
from tests.conftest import POINTER, Opener, Trust

NAMES = (
    "public", "dwp-analyst", "dfe-analyst", "beis-analyst", "hmrc-analyst", "ons-analyst", "hmrc-steward",
    "dwp-steward", "dfe-steward", "beis-steward", "trustee", "auditor", "partner",
)  # fmt: skip
ME = "{ me { subject organisation roles purposes purpose } }"
# An issuer that is not the demonstration's, so that a gateway starts without the demonstration.
JWKS = {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}
OTHER = orjson.dumps(
    [{"issuer": "https://login.example/", "audience": "trust", "jwks": JWKS, "organisations": ["DWP"]}]
).decode()


def test_the_personas_are_those_of_the_demonstration_in_roles_and_purposes_that_exist() -> None:
    assert tuple(PERSONAS) == NAMES
    for name, persona in PERSONAS.items():
        assert persona.name == name
        assert set(persona.purposes) <= set(PURPOSES)
        assert persona.role in ROLES or name == "public"


@pytest.mark.parametrize("name", NAMES)
async def test_a_persona_is_who_its_token_says(trust: Trust, name: str) -> None:
    persona = PERSONAS[name]
    assert (await trust.data(ME, name))["me"] == {
        "subject": name,
        "organisation": persona.organisation,
        "roles": [persona.role] if persona.role else [],
        "purposes": sorted(persona.purposes),
        "purpose": persona.purposes[0] if len(persona.purposes) == 1 else None,
    }


async def test_a_token_for_one_of_several_purposes_needs_no_header(trust: Trust) -> None:
    token = mint(trust.app.state.gateway.demo, PERSONAS["dwp-analyst"], "levelling-up")
    reply = await trust.http.post("/graphql", json={"query": ME}, headers={"Authorization": f"Bearer {token}"})
    assert reply.json()["data"]["me"]["purpose"] == "levelling-up"


def test_a_token_for_a_purpose_the_persona_does_not_have_is_not_made(trust: Trust) -> None:
    demo = trust.app.state.gateway.demo
    with pytest.raises(ValueError, match="dfe-analyst has no purpose 'levelling-up': it has skills-planning"):
        mint(demo, PERSONAS["dfe-analyst"], "levelling-up")
    assert mint(demo, PERSONAS["public"]) is None


async def test_a_token_lives_as_long_as_was_asked_and_no_two_are_alike(trust: Trust) -> None:
    demo = trust.app.state.gateway.demo
    assert mint(demo, PERSONAS["auditor"]) != mint(demo, PERSONAS["auditor"])
    identity = Identity([trusted(demo)], httpx.AsyncClient(), leeway=0)
    with pytest.raises(Unauthenticated, match="expired"):
        await identity.caller([f"Bearer {mint(demo, PERSONAS['auditor'], lifetime=-1)}"])


async def test_outside_the_demonstration_its_tokens_are_refused(open_trust: Opener) -> None:
    async with open_trust(DEMO="false", ISSUERS=OTHER) as trust:
        signing = signer(trust.app.state.gateway.settings.data / "demonstration-key.pem")
        assert trust.app.state.gateway.demo is None
        token = mint(signing, PERSONAS["hmrc-analyst"])
        reply = await trust.http.post("/graphql", json={"query": ME}, headers={"Authorization": f"Bearer {token}"})
        assert reply.status_code == 401
        assert reply.headers["WWW-Authenticate"] == (
            'Bearer error="invalid_token", error_description="the token\'s issuer is not one the Trust accepts"'
            + POINTER
        )
        assert "data" not in reply.json()
        assert (await trust.http.get("/demo/personas")).status_code == 404


async def test_the_trusts_own_key_makes_no_tokens_of_callers(trust: Trust) -> None:
    now = int(time.time())
    claims = {"iss": NAME, "aud": AUDIENCE, "sub": "x", "exp": now + 60, "org": "HMRC"}
    for bearer in (
        trust.app.state.gateway.signer.sign(claims),
        trust.app.state.gateway.signer.sign({**claims, "iss": "x"}),
    ):
        reply = await trust.http.post("/graphql", json={"query": ME}, headers={"Authorization": f"Bearer {bearer}"})
        assert reply.status_code == 401


async def test_a_gateway_without_an_issuer_does_not_start_unless_it_is_told_to_serve_the_public(
    open_trust: Opener,
) -> None:
    with pytest.raises(SettingsError, match=r"set LMDT_ISSUERS, or LMDT_PUBLIC_ONLY=true"):
        async with open_trust(DEMO="false"):
            pass
    async with open_trust(DEMO="false", PUBLIC_ONLY="true") as trust:
        assert (await trust.data(ME))["me"]["subject"] == "public"
        reply = await trust.http.post("/graphql", json={"query": ME}, headers={"Authorization": "Bearer a.b.c"})
        assert reply.status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", "Bearer a.b.c")],
        [("Authorization", "Basic YTpi")],
        [("Authorization", "")],
        [("Authorization", "Bearer a.b.c"), ("Authorization", "Bearer a.b.c")],
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_bad_token_is_never_the_publics_however_it_is_sent(
    trust: Trust, method: str, headers: list[tuple[str, str]]
) -> None:
    sent = (
        {"json": {"query": "{ departments { code } }"}} if method == "POST" else {"params": {"query": "{ __typename }"}}
    )
    reply = await trust.http.request(method, "/graphql", headers=headers, **sent)  # type: ignore[arg-type]
    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token", error_description="')
    assert reply.headers["WWW-Authenticate"].removesuffix(POINTER).count('"') == 4
    (error,) = reply.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED" and "data" not in reply.json()


async def test_a_purpose_the_token_does_not_allow_is_an_error_that_names_those_it_does(trust: Trust) -> None:
    for persona, purpose, words in (
        ("dwp-analyst", "skills-planning", "economic-recovery, labour-market-statistics, levelling-up"),
        ("public", "skills-planning", "none"),
        ("dwp-analyst", "curiosity", "there are economic-recovery"),
    ):
        headers = trust.headers(persona, purpose)
        reply = await trust.http.post("/graphql", json={"query": ME}, headers=headers)
        (error,) = reply.json()["errors"]
        assert reply.status_code == 400 and words in error["message"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "Purpose"}


async def test_an_issuer_that_cannot_be_reached_is_503_and_the_public_is_served(open_trust: Opener) -> None:
    address = "https://login.example/keys"  # which the departments' client of these tests does not know
    issuers = [{"issuer": NAME, "audience": AUDIENCE, "jwks": address, "organisations": ["DWP"]}]
    async with open_trust(DEMO="false", ISSUERS=orjson.dumps(issuers).decode()) as trust:
        signing = signer(trust.app.state.gateway.settings.data / "some-key.pem")
        trust.app.state.gateway.http._transport = httpx.MockTransport(lambda request: httpx.Response(500))
        headers = {"Authorization": f"Bearer {mint(signing, PERSONAS['auditor'])}"}
        reply = await trust.http.post("/graphql", json={"query": ME}, headers=headers)
        assert reply.status_code == 503 and "data" not in reply.json()
        assert address not in reply.text
        assert (await trust.data(ME))["me"]["subject"] == "public"


def test_a_database_or_a_key_that_cannot_be_used_stops_the_start(tmp_path: object) -> None:
    with pytest.raises(SettingsError, match=r"LMDT_DATABASE: .*not in memory"):
        build(read({"LMDT_DEMO": "true", "LMDT_DATA": str(tmp_path), "LMDT_DATABASE": "sqlite://"}))
