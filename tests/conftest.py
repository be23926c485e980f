"""The gateway over the sample departments, all in process: httpx's ASGI transport on every side."""

import re
import shutil
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import Row, select
from starlette.applications import Starlette

from app.issuer import PERSONAS, mint
from app.main import create_app
from app.plans import Plans
from app.settings import read
from app.signing import signer
from departments import ees, nomis, statxplore
from departments.samples import SAMPLES, share_node
from trust.database import open_database
from trust.tables import operations

# httpx's ASGI transport looks in every request for a library that is not there; so it finds that out at once.
sys.modules.setdefault("trio", None)  # pyright: ignore[reportArgumentType]

FOLDER = Path(".data/departments")
TRUST_KEY, DATABASE = "trust-key.pem", "trust.sqlite"
# How a challenge says where to learn whose tokens are accepted.
POINTER = ', resource_metadata="http://localhost/.well-known/oauth-protected-resource"'
RECEIPT = re.compile(rb',?"receipt":\{"log":"[a-z.]+/lmdt/log","path":"(/audit/receipt/[0-9a-f]{32})"\}')


def without_receipt(reply: httpx.Response) -> bytes:
    """An answer but for its receipt, which is another each time. Body and header must say the same of it."""
    paths, header = RECEIPT.findall(reply.content), reply.headers.get("receipt")
    assert [path.decode() for path in paths] == ([header] if header else []), (header, reply.content[-300:])
    assert header in (None, f"/audit/receipt/{reply.headers['lmdt-operation-id']}")
    return cut(reply.content)


def cut(answer: bytes) -> bytes:
    """An answer's text without its receipt."""
    return RECEIPT.sub(b"", answer).replace(b',"extensions":{}', b"")


@dataclass(frozen=True)
class Departments:
    """The five sample departments: their applications by name, and what they were asked."""

    apps: Mapping[str, Starlette]
    requests: list[httpx.Request]

    def inject(self, name: str, kind: str, times: int = 1, seconds: float = 1.0) -> None:
        """The next data requests to a department meet a fault."""
        self.apps[name].state.faults.inject(kind, times, seconds)

    def asked(self) -> list[tuple[str, str]]:
        """(method, department) of every request for data since the last call of this, metadata left out."""
        by_port = {port: name for name, port in SAMPLES.items()}
        data = [r for r in self.requests if _is_data(r)]
        self.requests.clear()
        return [(r.method, by_port[r.url.port or 0]) for r in data]

    def transport(self) -> httpx.AsyncBaseTransport:
        """Reaches them in process; nobody else can be reached."""
        return _Noting({port: httpx.ASGITransport(self.apps[name]) for name, port in SAMPLES.items()}, self.requests)


class _Noting(httpx.AsyncBaseTransport):
    """Passes requests on by their port and keeps a note of them."""

    def __init__(self, reached: Mapping[int, httpx.AsyncBaseTransport], noted: list[httpx.Request]) -> None:
        self._reached, self._noted = reached, noted

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.port not in self._reached:
            raise httpx.ConnectError("nobody is there", request=request)
        self._noted.append(request)
        return await self._reached[request.url.port].handle_async_request(request)


def _is_data(request: httpx.Request) -> bool:
    path = request.url.path
    return path.endswith(("/table", "/query")) or ".data." in path


@dataclass(frozen=True)
class Trust:
    """A gateway and how to ask it."""

    app: Starlette
    http: httpx.AsyncClient
    departments: Departments

    def headers(self, persona: str = "public", purpose: str | None = None) -> dict[str, str]:
        token = mint(self.app.state.gateway.demo, PERSONAS[persona])
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return {**headers, "Purpose": purpose} if purpose else headers

    async def ask(
        self, query: str, persona: str = "public", purpose: str | None = None, **variables: Any
    ) -> dict[str, Any]:
        """The JSON body of the answer to a query, which must be answered with 200, without its receipt."""
        body = {"query": query, "variables": variables}
        reply = await self.http.post("/graphql", json=body, headers=self.headers(persona, purpose))
        assert reply.status_code == 200, reply.text
        return orjson.loads(without_receipt(reply))

    async def data(self, query: str, persona: str = "public", purpose: str | None = None, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = await self.ask(query, persona, purpose, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def both_ways(self, query: str, persona: str = "public", **variables: Any) -> tuple[bytes, bytes]:
        """The answers to a query whose figures are completed by columns, and by ordinary execution."""
        engine, answers = self.app.state.gateway.engine, list[bytes]()
        for engine.columns in (True, False):
            body = {"query": query, "variables": variables}
            reply = await self.http.post("/graphql", json=body, headers=self.headers(persona))
            answers.append(without_receipt(reply))
        engine.columns = True
        columns, ordinary = answers
        return columns, ordinary

    async def in_chunks(self, query: str, persona: str = "public", **variables: Any) -> bytes:
        """The answer to a query when even a small one is made as it is sent."""
        engine = self.app.state.gateway.engine
        bounds, plans = engine.bounds, engine._plans
        engine.bounds, engine._plans = replace(bounds, whole=0), Plans(0, answers=False)
        body = {"query": query, "variables": variables}
        reply = await self.http.post("/graphql", json=body, headers=self.headers(persona))
        engine.bounds, engine._plans = bounds, plans
        return without_receipt(reply)

    def recorded(self) -> Sequence[Row[Any]]:
        """Every operation in the record."""
        engine = open_database(self.app.state.gateway.settings.database)
        with engine.connect() as connection:
            rows = connection.execute(select(operations)).all()
        engine.dispose()
        return rows


def sample_departments(folder: Path) -> Departments:
    """The five, as they trust the key of the Trust in a folder: DWP's count of requests, which all tests together must
    not use up, is as good as endless."""
    key = signer(folder / TRUST_KEY)
    FOLDER.mkdir(parents=True, exist_ok=True)
    apps = {
        "dwp": statxplore.create_app(FOLDER, budget=statxplore.Budget(10**9, 10**9)),
        "hmrc": share_node("hmrc", FOLDER, keys=key.jwks, log=folder / "hmrc-log"),
        "dfe": ees.create_app(FOLDER),
        "beis": share_node("beis", FOLDER, keys=key.jwks, log=folder / "beis-log"),
        "ons": nomis.create_app(FOLDER),
    }
    return Departments(apps, [])


@asynccontextmanager
async def gateway(
    departments: Departments, folder: Path, transport: httpx.AsyncBaseTransport | None = None, **settings: str
) -> AsyncGenerator[Trust]:
    """A gateway that keeps what it keeps in a folder, where the Trust's key is. `transport`: another way to the
    departments than straight to them."""
    environment = {"LMDT_DEMO": "true", "LMDT_DATA": str(folder)}
    app = create_app(read(environment, **settings), transport or departments.transport())
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http,
    ):
        await app.state.gateway.learned()
        departments.requests.clear()
        yield Trust(app, http, departments)


@pytest.fixture(scope="session")
def departments(tmp_path_factory: pytest.TempPathFactory) -> Departments:
    """Built once for all tests: they hold no state but the faults a test injects and uses up."""
    return sample_departments(tmp_path_factory.getbasetemp())


Opener = Callable[..., Any]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of the Trust, brought up to date once for all tests."""
    file = tmp_path_factory.getbasetemp() / DATABASE
    open_database(f"sqlite:///{file}").dispose()
    return file


@pytest.fixture
def open_trust(
    departments: Departments, migrated: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Opener:
    """Opens a gateway with settings of the test's own: `async with open_trust(MAX_DEPTH="3") as trust`."""

    @asynccontextmanager
    async def opened(**settings: str) -> AsyncGenerator[Trust]:
        shutil.copy(tmp_path_factory.getbasetemp() / TRUST_KEY, tmp_path)
        if not (tmp_path / DATABASE).exists():
            shutil.copy(migrated, tmp_path)
        async with gateway(departments, tmp_path, **settings) as trust:
            yield trust

    return opened


@pytest.fixture
async def trust(open_trust: Opener) -> AsyncGenerator[Trust]:
    """A gateway with the settings of the demonstration, its caches empty."""
    async with open_trust() as opened:
        yield opened
