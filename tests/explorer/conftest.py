"""The workbench in a real browser, over a real socket, in front of the gateway and its departments in process."""

import asyncio
import shutil
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser, Page, Request, async_playwright
from starlette.applications import Starlette

from tests.conftest import TRUST_KEY, Departments, Opener, Trust, gateway

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Visit:
    """A page of the workbench, and what its browser noticed."""

    page: Page
    base: str
    trust: Trust
    requests: list[Request] = field(default_factory=list[Request])
    complaints: list[str] = field(default_factory=list[str])

    async def open_question(self, title: str) -> None:
        await self.page.get_by_role("button", name="Questions to start from").click()
        await self.page.get_by_role("button", name=title).click()

    def asked(self) -> list[Request]:
        """The requests for data, introspection left out."""
        posted = [request for request in self.requests if request.url.endswith("/graphql")]
        return [request for request in posted if "IntrospectionQuery" not in (request.post_data or "")]


@asynccontextmanager
async def served(app: Starlette) -> AsyncGenerator[str]:
    """The app on a free port of the loopback interface. Its lifespan is already under way."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listener.close()


@pytest.fixture(scope="session")
async def browser() -> AsyncGenerator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        await launched.close()


GRAPHIQL = "/#/graphiql"


@asynccontextmanager
async def visiting(
    browser: Browser, trust: Trust, address: str = GRAPHIQL, **context_options: Any
) -> AsyncGenerator[Visit]:
    """A page of the workbench; GraphiQL with its editor ready."""
    if not (trust.app.state.gateway.settings.explorer / "index.html").exists():
        pytest.skip("the explorer is not built: make explorer")
    async with served(trust.app) as base, await browser.new_context(**context_options) as context:
        await context.grant_permissions(["clipboard-read", "clipboard-write"])
        visit = Visit(await context.new_page(), base, trust)
        visit.page.on("request", lambda request: visit.requests.append(request))
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        visit.page.on("console", lambda said: visit.complaints.append(said.text) if said.type != "info" else None)
        await visit.page.goto(base + address)
        first = ".graphiql-query-editor .view-line" if address == GRAPHIQL else "main h1"
        await visit.page.locator(first).first.wait_for()
        yield visit


@pytest.fixture(scope="session")
async def shared(departments: Departments, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Trust]:
    """One gateway for all tests that only read."""
    folder = tmp_path_factory.mktemp("workbench")
    shutil.copy(tmp_path_factory.getbasetemp() / TRUST_KEY, folder)
    async with gateway(departments, folder) as trust:
        yield trust


@pytest.fixture
async def visit(browser: Browser, open_trust: Opener) -> AsyncGenerator[Visit]:
    """The explorer of the demonstration."""
    async with open_trust() as trust, visiting(browser, trust) as visited:
        yield visited
