"""A small share node for tests: its database, its mapping, and the Trust that vouches for questions."""

import hashlib
import sqlite3
import time
import uuid
from collections.abc import Iterable, Mapping
from copy import deepcopy
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette

from departments.share.config import read
from departments.share.node import create_app

TRUST = Ed25519PrivateKey.generate()
AGREED = {"basis": "AGREEMENT", "agreements": ["DSA-001 v2"]}
ISSUER = "https://trust.example/lmdt"
PATH = "/v1/datasets/pay/query"
COLUMNS = (
    "release TEXT", "area TEXT", "month TEXT", "sex TEXT", "industry TEXT", "employees INTEGER", "median REAL",
    "employers INTEGER", "largest INTEGER", "second INTEGER",
)  # fmt: skip
AREAS = ("K02000001", "E12000007", "E08000003", "E06000001", "W06000015")
MONTHS = ("2023-01", "2023-02", "2023-03", "2023-04")
SEXES, INDUSTRIES = ("FEMALE", "MALE"), ("A", "C", "G")
MAPPING: dict[str, Any] = {
    "node": "hmrc",
    "department": "HMRC",
    "database": "",
    "trust": {"issuer": ISSUER},
    "datasets": [
        {
            "id": "pay",
            "title": "Pay (synthetic)",
            "table": "pay",
            "every": "MONTH",
            "area": "area",
            "period": "month",
            "release": "release",
            "breakdowns": [["SEX"], ["SEX", "INDUSTRY"]],
            "facets": {"SEX": "sex", "INDUSTRY": "industry"},
            "measures": {
                "payrolledEmployees": {
                    "column": "employees", "n": "employees", "contributors": "employers", "top1": "largest",
                    "top2": "second",
                },
                "medianMonthlyPay": {"column": "median", "n": "employees", "additive": False},
            },
        }
    ],
}  # fmt: skip
Row = tuple[object, ...]


def rows() -> list[Row]:
    """Two releases; the newer holds every group, with small, dominated, empty and missing cells among them."""
    groups = [("ALL", "ALL"), *((sex, "ALL") for sex in SEXES), *product(SEXES, INDUSTRIES)]
    lines: list[Row] = []
    for at, (release, area, month, group) in enumerate(product(("2023-05", "2023-06"), AREAS, MONTHS, groups)):
        if at % 17 == 0:
            continue  # a cell that is not held
        employees = (at * 7919) % 5000 if at % 5 else at % 12
        employers = min(employees, 1 + at % 40)
        largest = employees * 95 // 100 if at % 7 == 0 else employees // (employers + 1)
        second = min(employees - largest, largest) // 2
        median = None if at % 11 == 0 else 1800 + at % 900 + 0.5
        lines.append((release, area, month, *group, employees, median, employers, largest, second))
    return lines


def database(path: Path, table: Iterable[Row] | None = None, columns: Iterable[str] = COLUMNS) -> str:
    """An SQLite file with the table `pay`; its URL."""
    names = tuple(columns)
    connection = sqlite3.connect(path)
    connection.execute(f"CREATE TABLE pay ({', '.join(names)})")
    marks = ", ".join("?" * len(names))
    connection.executemany(f"INSERT INTO pay VALUES ({marks})", rows() if table is None else table)
    connection.commit()
    connection.close()
    return f"sqlite:///{path}"


def mapping(url: str, **dataset: Any) -> dict[str, Any]:
    """The mapping over a database, with other keys in its one dataset: None takes a key away."""
    document = deepcopy(MAPPING)
    document["database"] = url
    document["trust"]["keys"] = jwks(TRUST)
    table = {**document["datasets"][0], **dataset}
    document["datasets"] = [{key: value for key, value in table.items() if value is not None}]
    return document


def jwks(*keys: Ed25519PrivateKey) -> dict[str, Any]:
    """Public keys k0, k1, ... as a Trust publishes them."""
    public = [orjson.loads(jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key())) for key in keys]
    return {"keys": [{**key, "kid": f"k{at}", "alg": "EdDSA"} for at, key in enumerate(public)]}


def binding(asked: object, path: str = PATH) -> dict[str, Any]:
    """The claims that make an assertion one for this question, or this body, alone."""
    body = asked if isinstance(asked, bytes) else orjson.dumps(asked)
    return {"htm": "POST", "htu": f"http://node{path}", "digest": hashlib.sha256(body).hexdigest()}


def claims(asked: object = None, path: str = PATH, **changes: Any) -> dict[str, Any]:
    """What the Trust says when an analyst of the DfE asks a question under an agreement; None takes a claim away."""
    now = int(time.time())
    content: dict[str, Any] = {
        "iss": ISSUER,
        "aud": "hmrc",
        "sub": "lmdt",
        "iat": now,
        "exp": now + 60,
        "jti": uuid.uuid4().hex,
        "operations": ["leaf-1"],
        **binding(question() if asked is None else asked, path),
        "org": "DfE",
        "purpose": "skills-planning",
        "agreements": ["DSA-001 v2"],
        "grants": dict.fromkeys(("payrolledEmployees", "medianMonthlyPay"), AGREED),
    }
    return {key: value for key, value in {**content, **changes}.items() if value is not None}


def assertion(key: Any = TRUST, kid: str = "k0", algorithm: str = "EdDSA", **said: Any) -> str:
    """An assertion for a question, `asked`, or else for the one that `question` makes; claims may be others."""
    return jwt.encode(claims(**said), key, algorithm, {"kid": kid})


def question(**changes: Any) -> dict[str, Any]:
    """A question that the node answers; None takes a key away."""
    body: dict[str, Any] = {
        "measures": ["payrolledEmployees"],
        "areas": ["E08000003", "W06000015"],
        "periods": {"from": "2023-01", "to": "2023-02"},
        "evidence": True,
    }
    return {key: value for key, value in {**body, **changes}.items() if value is not None}


class Desk:
    """A node and how to ask it."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.app: Starlette = create_app(read(document))
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://node")

    async def send(
        self,
        body: object,
        token: str | None = None,
        dataset: str = "pay",
        **headers: str,
    ) -> httpx.Response:
        """The reply to a question, vouched for unless another token is given; "" sends none."""
        content, path = body if isinstance(body, bytes) else orjson.dumps(body), f"/v1/datasets/{dataset}/query"
        bearer = assertion(asked=content, path=path) if token is None else token
        vouched = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return await self.http.post(path, content=content, headers={**vouched, **headers})

    async def answer(self, token: str | None = None, **changes: Any) -> dict[str, Any]:
        """The answer to a question that is answered."""
        reply = await self.send(question(**changes), token)
        assert reply.status_code == 200, reply.text
        return orjson.loads(reply.content)

    async def problem(
        self, body: object, token: str | None = None, dataset: str = "pay", **headers: str
    ) -> dict[str, Any]:
        """The problem that answers a question: RFC 9457, whatever is wrong."""
        reply = await self.send(body, token, dataset, **headers)
        assert reply.headers["content-type"] == "application/problem+json"
        document = orjson.loads(reply.content)
        assert set(document) == {"type", "title", "status", "detail"}
        assert document["status"] == reply.status_code
        return document
