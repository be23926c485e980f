"""docs/joining.md, followed to the letter: its table, its mapping file, its commands."""

import json
import os
import re
import shlex
import socket
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections.abc import Generator
from contextlib import contextmanager
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
QUICK, _, FULL = GUIDE.partition("## 1. A table")
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
    connection.executescript(block(FULL, "sql"))
    connection.executemany(f"INSERT INTO paye_rti VALUES ({', '.join('?' * len(ROWS[0]))})", ROWS)
    connection.commit()
    connection.close()
    (tmp_path / "hmrc.toml").write_text(block(FULL, "toml") + block(FULL, "toml", 1), encoding="utf-8")
    (tmp_path / "trust-keys.json").write_text(json.dumps(jwks(TRUST)), encoding="utf-8")
    return tmp_path


@contextmanager
def started(folder: Path, command: str) -> Generator[tuple[str, subprocess.Popen[str]]]:
    """A command `lmdt share ...`, run in a folder on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [word for word in command.split() if word not in ("--port", "8110")][1:]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", *words, "--port", str(port)],
        cwd=folder, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
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


@pytest.fixture
def node(folder: Path) -> Generator[tuple[str, subprocess.Popen[str]]]:
    """`lmdt share hmrc.toml`, run in that folder on a free port."""
    with started(folder, "lmdt share hmrc.toml") as running:
        yield running


def quick(folder: Path) -> list[str]:
    """What the ten minutes begin with, in a folder; the commands that follow."""
    (folder / "pay.toml").write_text(block(QUICK, "toml"), encoding="utf-8")
    (folder / "trust-keys.json").write_text(json.dumps(jwks(TRUST)), encoding="utf-8")
    return block(QUICK, "sh").splitlines()


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command of the guide, by the Python of the tests."""
    name, *words = shlex.split(command)
    program = {"lmdt": [sys.executable, "-m", "app.cli"], "python": [sys.executable]}.get(name, [name])
    env = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    return subprocess.run([*program, *words], cwd=folder, env=env, capture_output=True, text=True, check=False)


def asked(url: str) -> dict[str, Any]:
    """The answer of the node of the ten minutes, under an agreement."""
    months = {"from": "2024-05", "to": "2024-05"}
    body = {"areas": ["E08000003"], "periods": months, "by": ["AGE_BAND"], "evidence": True}
    data = orjson.dumps(body)
    bearer = assertion(asked=data, path="/v1/datasets/pay/query", grants=GRANTS)
    reply = httpx.post(f"{url}/v1/datasets/pay/query", content=data, headers={"Authorization": f"Bearer {bearer}"})
    assert reply.status_code == 200, reply.text
    return reply.json()


@pytest.mark.sockets
def test_a_folder_of_csv_becomes_an_answering_node_by_four_commands(tmp_path: Path) -> None:
    install, check, serve, curl = quick(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "pay.csv").write_text(block(QUICK, "csv"), encoding="utf-8")
    assert len(block(QUICK, "toml").splitlines()) <= 20
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert install == f"pip install '{extras['name']}[duckdb]'" and "duckdb" in extras["optional-dependencies"]
    done = run(check, tmp_path)
    assert done.returncode == 0 and "pay: checked in" in done.stderr
    with started(tmp_path, serve) as (url, _):
        told = run(curl.replace("http://127.0.0.1:8110", url), tmp_path)
        assert json.loads(told.stdout)["datasets"][0]["dimensions"] == {"AGE_BAND": ["AGE_18_24", "AGE_25_34"]}
        assert asked(url)["values"] == {"payrolledEmployees": [31207, 7]}
    wrong = block(QUICK, "csv").replace("31207", '"31,207"')
    (tmp_path / "data" / "pay.csv").write_text(wrong, encoding="utf-8")
    done = run(check, tmp_path)
    assert done.returncode == 2
    assert "pay.csv has \"31,207\" in column 'employees', in row 3" in done.stderr


@pytest.mark.sockets
def test_records_of_people_are_summed_by_the_guides_view(tmp_path: Path) -> None:
    quick(tmp_path)
    jobs = {("18-24", "a"): 12, ("18-24", "b"): 30, ("25-34", "a"): 5, ("25-34", "c"): 1}
    people = [f"2024-07,E08000003,2024-05,{band},{by}" for (band, by), count in jobs.items() for _ in range(count)]
    (tmp_path / "people.csv").write_text("\n".join(["release,area,month,age_band,employer", *people]) + "\n")
    (tmp_path / "pay.sql").write_text(block(QUICK, "sql"))
    done = run(block(QUICK, "sh", 1).strip(), tmp_path)
    assert done.returncode == 0, done.stderr
    mapping = (tmp_path / "pay.toml").read_text().replace("folder:data", "duckdb:///pay.duckdb")
    (tmp_path / "pay.toml").write_text(mapping)
    with started(tmp_path, "lmdt share pay.toml") as (url, _):
        answer = asked(url)
        assert answer["values"] == {"payrolledEmployees": [42, 6]}
        assert answer["evidence"]["payrolledEmployees"] == {
            "n": [42, 6], "contributors": [2, 2], "top1": [30, 5], "top2": [12, 1],
        }  # fmt: skip


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
    own, printed = (json.loads(block(FULL, "json", number)) for number in (0, 1))
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
