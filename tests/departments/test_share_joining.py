"""docs/joining.md, followed to the letter: its table, its mapping file, its commands."""

import json
import re
import socket
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from departments.share.assertion import LEEWAY, LONGEST, REQUIRED
from departments.share.config import load
from departments.share.keys import PAUSE
from departments.share.mapping import Mapped, Protection
from departments.share.question import KEYS as ASKED
from reference.column import EVIDENCE
from resolvers.assertion import LIFETIME
from resolvers.protocols.share import WORTH_ARROW
from resolvers.source import read as read_source
from schema.measures import MEASURES
from tests.departments.share_desk import AGREED, TRUST, assertion, jwks

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/joining.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs/source-files/share.md").read_text(encoding="utf-8")
GRANTS = {"payrolledEmployees": AGREED}
ROWS = [
    ("2024-07", "E08000003", "2024-05", "ALL", "ALL", 260123, 2412.0, 9100, 8200, 4100),
    ("2024-07", "E08000003", "2024-05", "18-24", "ALL", 31207, 1204.0, 4100, 900, 850),
    ("2024-07", "E08000003", "2024-05", "25-34", "ALL", 7, 2301.0, 3, 3, 2),
    ("2024-07", "E08000003", "2024-05", "ALL", "B", 400, 3950.0, 6, 390, 6),
]


def block(text: str, language: str, number: int = 0) -> str:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)[number]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as the guide has it: the table with some rows, the mapping file, the Trust's keys."""
    connection = sqlite3.connect(tmp_path / "paye.sqlite")
    connection.executescript(block(GUIDE, "sql"))
    connection.executemany(f"INSERT INTO paye_rti VALUES ({', '.join('?' * len(ROWS[0]))})", ROWS)
    connection.commit()
    connection.close()
    (tmp_path / "hmrc.toml").write_text(block(GUIDE, "toml") + block(GUIDE, "toml", 1), encoding="utf-8")
    (tmp_path / "trust-keys.json").write_text(json.dumps(jwks(TRUST)), encoding="utf-8")
    return tmp_path


@pytest.fixture
def node(folder: Path) -> Generator[tuple[str, subprocess.Popen[str]]]:
    """`lmdt share hmrc.toml`, run in that folder on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "app.cli", "share", "hmrc.toml", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        command, cwd=folder, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            deadline = time.monotonic() + 30
            while True:
                try:
                    assert httpx.get(f"{url}/healthz").status_code == 200
                    break
                except httpx.TransportError:
                    assert process.poll() is None, "lmdt share stopped as it started"
                    assert time.monotonic() < deadline, "lmdt share did not answer"
                    time.sleep(0.1)
            yield url, process
        finally:
            process.terminate()
            process.wait(timeout=10)


@pytest.mark.sockets
def test_the_guide_leads_to_a_node_that_answers_and_logs(folder: Path, node: tuple[str, subprocess.Popen[str]]) -> None:
    url, process = node
    where = f"{url}/v1/datasets/paye_rti/query"
    body = {
        "areas": ["E08000003"],
        "periods": {"from": "2024-05", "to": "2024-05"},
        "measures": ["payrolledEmployees"],
        "by": ["AGE_BAND"],
        "groups": [["AGE_18_24"], ["AGE_25_34"]],
    }

    def post(content: dict[str, Any], **claims: Any) -> httpx.Response:
        data = orjson.dumps(content)
        bearer = assertion(asked=data, path="/v1/datasets/paye_rti/query", **claims)
        return httpx.post(where, content=data, headers={"Authorization": f"Bearer {bearer}"})

    published = post(body, grants=GRANTS).json()
    assert published["values"] == {"payrolledEmployees": [31205, None]}
    agreed = post({**body, "evidence": True}, grants=GRANTS).json()
    assert agreed["values"] == {"payrolledEmployees": [31207, 7]}
    assert agreed["evidence"]["payrolledEmployees"]["top1"] == [900, 3]
    assert httpx.post(where, json=body).status_code == 401
    assert post(body, org="ORG-9").status_code == 403
    assert httpx.get(f"{url}/witness/key").text.startswith("hmrc.example/witness+")
    process.terminate()
    log, _ = process.communicate(timeout=10)
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["status"] for line in lines] == [200, 200, 401, 403]
    (kept,) = (folder / "answered").glob("answered-*.jsonl")
    said = [json.loads(line) for line in kept.read_bytes().splitlines()]
    assert [line["evidence"] for line in said] == [False, True]
    own, printed = (json.loads(block(GUIDE, "json", number)) for number in (0, 1))
    assert (set(said[0]), set(lines[0])) == (set(own), set(printed))


def test_the_guide_names_every_key_and_the_numbers_there_are(folder: Path) -> None:
    mapping = load(folder / "hmrc.toml").tables["paye_rti"]
    assert mapping.protection == Protection()
    assert set(mapping.measures) <= set(MEASURES)
    named = set(re.findall(r"`([a-z_0-9]+)`", GUIDE)) | set(re.findall(r"[`.]\.?([a-z_0-9]+)`", GUIDE))
    assert {field.alias or name for name, field in Mapped.model_fields.items()} - {"facets", "measures"} <= named
    assert {*EVIDENCE, *ASKED, *REQUIRED, "facets.FACET", "measures.NAME.column"} <= named | set(
        re.findall(r"`([A-Za-z.]+)`", GUIDE)
    )
    assert (LIFETIME, LONGEST, LEEWAY, PAUSE) == (60, 120, 5, 60.0)
    assert all(words in GUIDE for words in ("valid for a minute", "two minutes", "five seconds", "once a minute"))


def test_the_example_of_the_source_files_reference_can_be_read() -> None:
    source = read_source("hmrc", tomllib.loads(block(REFERENCE, "toml")))
    assert set(source.datasets[0].measures) == {"payrolledEmployees", "medianMonthlyPay"}


def test_the_reference_says_from_how_many_numbers_on_arrow_is_asked_for() -> None:
    assert f"holds {WORTH_ARROW:,} numbers or more" in REFERENCE


def test_the_example_answer_is_of_the_shape_it_speaks_of() -> None:
    request, answer = json.loads(block(REFERENCE, "json")), json.loads(block(REFERENCE, "json", 1))
    assert set(request) <= set(ASKED)
    assert (answer["areas"], answer["by"], answer["groups"]) == (request["areas"], request["by"], request["groups"])
    cells = len(answer["areas"]) * len(answer["periods"]) * len(answer["groups"])
    for lists in (answer["values"], answer["status"], *answer["evidence"].values()):
        assert {len(values) for values in lists.values()} == {cells}
