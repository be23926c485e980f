"""Signing in by OpenID Connect, in front of an issuer that holds to it: code with PKCE, and a token in memory only."""

import base64
import hashlib
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from playwright.async_api import Browser, expect
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.conftest import Opener
from tests.explorer.conftest import served, visiting

pytestmark = pytest.mark.browser
CLIENT, AUDIENCE = "workbench", "lmdt"


@dataclass
class Provider:
    """An issuer that signs everybody in as an analyst of the DfE. `denies`: says no instead."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    asked: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    url: str = ""
    denies: bool = False

    @property
    def app(self) -> Starlette:
        routes = [
            Route("/.well-known/openid-configuration", self.configuration),
            Route("/authorize", self.authorize),
            Route("/token", self.token, methods=["POST"]),
        ]
        return Starlette(routes=routes, middleware=[Middleware(CORSMiddleware, allow_origins=["*"])])

    @property
    def jwks(self) -> dict[str, object]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}

    async def configuration(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.asked.append(asked)
        back = {"error": "access_denied"} if self.denies else {"code": "a-code"}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({**back, 'state': asked['state']})}")

    async def token(self, request: Request) -> Response:
        form, asked = dict(parse_qsl((await request.body()).decode())), self.asked[-1]
        verifier = form["code_verifier"]
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        right = challenge == asked["code_challenge"] and form["redirect_uri"] == asked["redirect_uri"]
        if not right or form["code"] != "a-code" or form["client_id"] != CLIENT or "client_secret" in form:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": self.url, "sub": "someone", "iat": now, "exp": now + 600}
        access = {**claims, "aud": AUDIENCE, "org": "DfE", "roles": ["analyst"], "purposes": ["skills-planning"]}
        return JSONResponse(
            {
                "access_token": self._signed(access, "at+jwt"),
                "id_token": self._signed({**claims, "aud": CLIENT, "nonce": asked["nonce"]}, "JWT"),
                "token_type": "Bearer",
                "expires_in": 600,
            }
        )

    def _signed(self, claims: dict[str, object], kind: str) -> str:
        return jwt.encode(claims, self.key, "RS256", headers={"kid": "one", "typ": kind})

    @property
    def setting(self) -> str:
        """As LMDT_ISSUERS has it."""
        issuer = {
            "issuer": self.url, "audience": AUDIENCE, "jwks": self.jwks, "organisations": ["DfE"], "client_id": CLIENT,
        }  # fmt: skip
        return json.dumps([issuer])


@asynccontextmanager
async def _provided(provider: Provider) -> AsyncGenerator[Provider]:
    async with served(provider.app) as url:
        provider.url = url
        yield provider


@pytest.fixture
async def provider() -> AsyncGenerator[Provider]:
    async with _provided(Provider()) as one:
        yield one


async def test_one_signs_in_reads_what_an_agreement_allows_and_signs_out(
    browser: Browser, open_trust: Opener, provider: Provider
) -> None:
    async with (
        open_trust(DEMO="false", ISSUERS=provider.setting) as trust,
        visiting(browser, trust, "/#/measure/businesses") as visit,
    ):
        page = visit.page
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_text("You are someone, DfE.")).to_be_visible()
        assert page.url.startswith(f"{visit.base}/#/measure/businesses")
        await expect(page.get_by_role("region", name="What you may read")).to_contain_text("DSA-004")
        await expect(page.get_by_label("Purpose")).to_have_value("skills-planning")
        (asked,) = provider.asked
        assert asked["code_challenge_method"] == "S256" and asked["client_id"] == CLIENT
        kept = await page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
        assert "eyJ" not in kept and "verifier" not in kept
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_text("You ask as a member of the public.")).to_be_visible()
        assert not [said for said in visit.complaints if "404" not in said]


async def test_an_issuer_that_says_no_leaves_one_the_public_who_is_told(
    browser: Browser, open_trust: Opener, provider: Provider
) -> None:
    provider.denies = True
    async with (
        open_trust(DEMO="false", ISSUERS=provider.setting) as trust,
        visiting(browser, trust, "/#/catalogue") as visit,
    ):
        await visit.page.get_by_role("button", name="Sign in").click()
        await expect(
            visit.page.get_by_role("status").filter(has_text="Signing in failed: access_denied")
        ).to_be_visible()
        await expect(visit.page.get_by_role("heading", level=1)).to_have_text("Catalogue")
        assert "authorization" not in visit.asked()[-1].headers


async def test_an_answer_that_nobody_asked_for_signs_nobody_in(
    browser: Browser, open_trust: Opener, provider: Provider
) -> None:
    async with (
        open_trust(DEMO="false", ISSUERS=provider.setting) as trust,
        visiting(browser, trust, "/?code=a-code&state=made-up#/catalogue") as visit,
    ):
        await expect(visit.page.get_by_role("button", name="Sign in")).to_be_visible()
        assert provider.asked == []


async def test_the_page_may_reach_the_issuer_and_nobody_else(open_trust: Opener, provider: Provider) -> None:
    async with open_trust(DEMO="false", ISSUERS=provider.setting) as trust:
        reply = await trust.http.get("/sign-in.json")
        assert reply.json() == [{"issuer": provider.url, "clientId": CLIENT, "scope": "openid"}]
        assert f"connect-src 'self' {provider.url}" in reply.headers["content-security-policy"]
    async with open_trust() as trust:
        reply = await trust.http.get("/sign-in.json")
        assert reply.json() == []
        assert "connect-src" not in reply.headers["content-security-policy"]
