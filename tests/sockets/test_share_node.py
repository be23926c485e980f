"""`lmdt share`: a department's own process, over its own SQLite or PostgreSQL."""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import create_engine, text

from tests.departments.share_desk import AREAS, COLUMNS, TRUST, assertion, database, jwks, question, rows
from tests.sockets.conftest import Demonstration, answering, free_ports

pytestmark = pytest.mark.sockets
MAPPING = """
node = "hmrc"
database = "$PAY_DATABASE"

[trust]
issuer = "https://trust.example/lmdt"
keys = "{keys}"

[[datasets]]
id = "pay"
title = "Pay (synthetic)"
table = "pay"
every = "MONTH"
area = "area"
period = "month"
release = "release"
breakdowns = [["SEX"], ["SEX", "INDUSTRY"]]
facets = {{ SEX = "sex", INDUSTRY = "industry" }}

[datasets.measures]
payrolledEmployees = {{ column = "employees", n = "employees", contributors = "employers", top1 = "largest", top2 = "second" }}
medianMonthlyPay = {{ column = "median", n = "employees", additive = false }}
"""  # noqa: E501
QUERY = "/v1/datasets/pay/query"


@dataclass(frozen=True)
class Node:
    """A running share node."""

    url: str
    stdout: Any

    def send(self, token: str | None = None, path: str = QUERY, **changes: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.post(self.url + path, content=orjson.dumps(question(**changes)), headers=headers)

    def logged(self) -> dict[str, Any]:
        """The next line of its log."""
        return orjson.loads(self.stdout.readline())


@pytest.fixture(scope="module")
def mapping(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mapping")
    (folder / "keys.json").write_bytes(orjson.dumps(jwks(TRUST)))
    (folder / "pay.toml").write_text(MAPPING.format(keys=folder / "keys.json"))
    return folder / "pay.toml"


@contextmanager
def running(mapping: Path, url: str) -> Generator[Node]:
    port = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    command = ["share", str(mapping), "--port", str(port)]
    with answering(command, f"{address}/healthz", {**os.environ, "PAY_DATABASE": url}) as process:
        yield Node(address, process.stdout)


@pytest.fixture(scope="module")
def over_sqlite(mapping: Path) -> Generator[Node]:
    with running(mapping, database(mapping.with_name("pay.sqlite"))) as node:
        yield node


@pytest.fixture(scope="module")
def over_postgresql(mapping: Path, postgresql: str) -> Generator[Node]:
    names = [column.partition(" ")[0] for column in COLUMNS]
    engine = create_engine(postgresql)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE pay ({', '.join(COLUMNS)})"))
        marks = ", ".join(f":{name}" for name in names)
        connection.execute(
            text(f"INSERT INTO pay VALUES ({marks})"), [dict(zip(names, row, strict=True)) for row in rows()]
        )
    engine.dispose()
    with running(mapping, postgresql) as node:
        yield node


def test_it_tells_anyone_what_is_shared_and_nobody_unknown_any_figure(over_sqlite: Node) -> None:
    body = httpx.get(f"{over_sqlite.url}/v1/datasets").json()
    assert [dataset["id"] for dataset in body["datasets"]] == ["pay"]
    stranger = assertion(Ed25519PrivateKey.generate())
    for token in (None, "", "eyJhbGciOiJub25lIn0.e30.", stranger, assertion(aud="beis")):
        refused = over_sqlite.send(token)
        assert refused.status_code == 401
        assert refused.headers["content-type"] == "application/problem+json"
        assert "values" not in refused.text
        logged = over_sqlite.logged()
        assert (logged["event"], logged["status"]) == ("asked", 401)
        assert "eyJ" not in orjson.dumps(logged).decode()
    assert over_sqlite.send(assertion()).status_code == 200
    logged = over_sqlite.logged()
    assert (logged["organisation"], logged["agreements"]) == ("DfE", ["DSA-001 v2"])


@pytest.mark.parametrize("by", [[], ["SEX"], ["SEX", "INDUSTRY"]])
@pytest.mark.parametrize("evidence", [True, False])
def test_over_postgresql_and_over_sqlite_it_answers_the_same(
    over_sqlite: Node, over_postgresql: Node, by: list[str], evidence: bool
) -> None:
    query = {"by": by, "evidence": evidence, "areas": list(AREAS), "measures": None}
    token = assertion(asked=question(**query))
    here, there = (node.send(token, **query) for node in (over_sqlite, over_postgresql))
    assert here.status_code == 200
    assert here.json() == there.json()
    assert any(value is not None for value in here.json()["values"]["payrolledEmployees"])


def test_a_mapping_that_does_not_fit_stops_it_with_the_reason(
    demonstration: Demonstration, mapping: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = str(free_ports(1))

    def said(config: Path) -> str:
        ended = demonstration.lmdt("share", str(config), "--port", port)
        assert ended.returncode == 2
        assert b"Traceback" not in ended.stderr
        return ended.stderr.decode()

    assert "PAY_DATABASE, which is not set" in said(mapping)
    monkeypatch.setenv("PAY_DATABASE", f"sqlite:///{tmp_path}/none.sqlite")
    assert "none.sqlite does not exist" in said(mapping)
    monkeypatch.setenv("PAY_DATABASE", database(tmp_path / "pay.sqlite"))
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(mapping.read_text().replace('table = "pay"', 'table = "wages"'))
    assert "'wages'" in said(wrong)
    assert "nothing.toml: No such file" in said(tmp_path / "nothing.toml")


def test_ctrl_c_ends_it_with_130(mapping: Path, tmp_path: Path) -> None:
    port = free_ports(1)
    environment = {**os.environ, "PAY_DATABASE": database(tmp_path / "pay.sqlite")}
    command = ["share", str(mapping), "--port", str(port)]
    with answering(command, f"http://127.0.0.1:{port}/healthz", environment) as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
