"""The five departments of the demonstration witness its log over real sockets, and `lmdt witness` beside them: held to
C2SP's specifications by code that has nothing of ours."""

import os
import shutil
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.sockets.conftest import Demonstration, answering, free_ports
from tests.transparency import c2sp

pytestmark = pytest.mark.sockets
QUERY = "{ departments { code } }"


def policy(demonstration: Demonstration) -> Path:
    return demonstration.data / "witnesses" / "policy"


def witnessed(demonstration: Demonstration, more_than: int = 0, by: int = 2) -> str:
    """The checkpoint that is served as soon as it has more entries and so many cosignatures, within five seconds."""
    deadline = time.monotonic() + 5
    vkeys = c2sp.keys_of(policy(demonstration).read_text(), "witness")
    while time.monotonic() < deadline:
        reply = httpx.get(f"{demonstration.url}/checkpoint")
        if reply.status_code == 200 and c2sp.checkpoint(reply.text)[1] > more_than:
            cosigned = c2sp.signed_by(reply.text, vkeys)
            assert len(cosigned) >= 2, "two of the five are the quorum"
            if len(cosigned) >= by:
                return reply.text
        time.sleep(0.05)
    raise AssertionError(httpx.get(f"{demonstration.url}/readyz").text)


def test_all_five_departments_cosign_within_seconds_as_c2sp_has_it(demonstration: Demonstration) -> None:
    written = policy(demonstration).read_text()
    ((log,), five) = (c2sp.keys_of(written, word) for word in ("log", "witness"))
    before = c2sp.checkpoint(witnessed(demonstration))[1]
    demonstration.ask(QUERY)
    note = witnessed(demonstration, before, by=5)
    assert c2sp.signed_by(note, [log, *five]) == {log, *five}
    assert c2sp.checkpoint(note)[0] == log.split("+")[0] == "trust.example/lmdt/log"
    for at, vkey in enumerate(five):
        told = httpx.get(f"http://127.0.0.1:{demonstration.departments_port + at}/witness/key")
        assert told.text == f"{vkey}\n"
    for _ in range(100):
        # What was recorded a moment ago may wait for its cosignatures.
        ready = httpx.get(f"{demonstration.url}/readyz").json()
        if ready["witnesses"]["quorum"] == "met":
            break
        time.sleep(0.05)
    assert (ready["status"], ready["witnesses"]["of"], ready["witnesses"]["quorum"]) == ("ready", 5, "met")


@contextmanager
def running(folder: Path, log: str) -> Generator[tuple[str, str]]:
    """`lmdt witness`: its address, and the key that it prints."""
    port = free_ports(1)
    address = f"http://127.0.0.1:{port}/witness"
    options = ["--name", "mod.example/witness", "--folder", str(folder), "--log", log, "--port", str(port)]
    with answering(["witness", *options], f"{address}/key", dict(os.environ)) as process:
        assert process.stdout
        yield address, process.stdout.readline().strip()


def test_lmdt_witness_cosigns_beside_any_department_and_remembers(demonstration: Demonstration, tmp_path: Path) -> None:
    (log,) = c2sp.keys_of(policy(demonstration).read_text(), "log")
    note = witnessed(demonstration)
    size = c2sp.checkpoint(note)[1]
    with running(tmp_path / "mod", log) as (address, vkey):
        reply = httpx.post(f"{address}/add-checkpoint", content=f"old 0\n\n{note}".encode())
        assert reply.status_code == 200
        assert c2sp.signed_by(note + reply.text, [vkey]) == {vkey}
    with running(tmp_path / "mod", log) as (address, again):
        assert again == vkey
        reply = httpx.post(f"{address}/add-checkpoint", content=f"old 0\n\n{note}".encode())
        assert (reply.status_code, reply.headers["content-type"], reply.text) == (409, "text/x.tlog.size", f"{size}\n")
    wrong = demonstration.lmdt("witness", "--name", "a b", "--folder", str(tmp_path), "--log", log, "--port", "29001")
    assert (wrong.returncode, b"cannot name a key" in wrong.stderr) == (2, True)


def test_an_auditor_holds_the_log_to_what_the_departments_have_seen(
    demonstration: Demonstration, tmp_path: Path
) -> None:
    with (
        sqlite3.connect(demonstration.data / "trust.sqlite") as kept,
        sqlite3.connect(tmp_path / "trust.sqlite") as copy,
    ):
        kept.backup(copy)
    shutil.copy(demonstration.data / "trust-key.pem", tmp_path)
    size = c2sp.checkpoint(witnessed(demonstration))[1]
    demonstration.ask(QUERY)
    witnessed(demonstration, size, by=5)
    asked = ("audit", "verify", "--witnesses", str(policy(demonstration)))
    found = demonstration.lmdt(*asked)
    assert found.returncode == 0, found.stderr
    assert found.stdout.decode().count("as they are here.") == 5
    found = demonstration.lmdt(*asked, DATA=str(tmp_path))
    assert found.returncode == 1
    assert found.stderr.decode().count("entries, which are not all here.") == 5
