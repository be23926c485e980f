"""The log of a running gateway is checked by the script of docs/audit.md, which has nothing of ours."""

import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from app.signing import signer
from tests.sockets.conftest import Demonstration
from transparency import note
from transparency.checkpoint import Checkpoint
from transparency.note import Note

pytestmark = pytest.mark.sockets
DOCUMENT = Path("docs/audit.md").read_text(encoding="utf-8")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    found = re.search(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    assert found is not None
    file = tmp_path / "check.py"
    file.write_text(found[1], encoding="utf-8")
    return file


def checked(script: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=script.parent)


def checkpoint(demonstration: Demonstration, more_than: int = 0) -> str:
    """The checkpoint, as soon as it is over more entries than so many."""
    for _ in range(100):
        reply = httpx.get(f"{demonstration.url}/checkpoint")
        if reply.status_code == 200 and Checkpoint.signed(reply.text).size > more_than:
            return reply.text
        time.sleep(0.1)
    raise AssertionError("the log does not go on")


def test_the_log_is_checked_with_a_few_lines(demonstration: Demonstration, script: Path, tmp_path: Path) -> None:
    (key,) = httpx.get(f"{demonstration.url}/.well-known/jwks.json").json()["keys"]
    kept = tmp_path / "kept"
    kept.write_text(checkpoint(demonstration), encoding="utf-8")
    size = Checkpoint.signed(kept.read_text()).size
    # More than one tile, so that there is a whole one.
    for _ in range(260):
        demonstration.ask("{ me { subject } }", "dfe-analyst")
    checkpoint(demonstration, size + 256)
    done = checked(script, demonstration.url, key["x"], kept)
    assert done.returncode == 0, done.stderr
    assert "1 checkpoints that were kept are of the same log" in done.stdout

    held = Checkpoint.signed(kept.read_text())
    own = signer(demonstration.data / "trust-key.pem")
    for forged in (held._replace(root=b"0" * 32), held._replace(size=10**6)):
        kept.write_text(str(Note(str(forged), [note.sign(str(forged), held.origin, own)])), encoding="utf-8")
        done = checked(script, demonstration.url, key["x"], kept)
        assert done.returncode == 1 and "this is not the log of which" in done.stderr
    other = signer(tmp_path / "other.pem").jwks["keys"][0]["x"]
    done = checked(script, demonstration.url, other)
    assert done.returncode == 1 and "not signed by this key" in done.stderr
