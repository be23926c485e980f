"""The examples of docs/clients.md, tried as they stand with the real libraries beside a running demonstration."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sockets.conftest import Demonstration

pytestmark = pytest.mark.sockets
BLOCKS = re.findall(r"```(sh|python|js)\n(.*?)```", Path("docs/clients.md").read_text(encoding="utf-8"), re.DOTALL)
# Where the packages of the JavaScript clients are installed.
PACKAGES = Path("tests/http_audit").resolve()
NAMES = {"urql": "urql", "@apollo/client": "Apollo Client", "import httpx": "httpx", "from gql": "gql", "curl": "curl"}


def name(block: tuple[str, str]) -> str:
    return next(known for words, known in NAMES.items() if words in block[1])


@pytest.mark.parametrize("block", BLOCKS, ids=name)
def test_an_example_prints_figures(demonstration: Demonstration, block: tuple[str, str], tmp_path: Path) -> None:
    language, text = block[0], block[1].replace("http://127.0.0.1:8000", demonstration.url)
    environment = {**os.environ, "TOKEN": demonstration.token("dfe-analyst")}
    if language == "js":
        if not (shutil.which("node") and (PACKAGES / "node_modules").exists()):
            pytest.skip("Node, or the packages of the clients, are not there")
        (tmp_path / "node_modules").symlink_to(PACKAGES / "node_modules")
        (tmp_path / "example.mjs").write_text(text)
        command = ["node", "example.mjs"]
    else:
        command = [sys.executable, "-c", text] if language == "python" else ["bash", "-euo", "pipefail", "-c", text]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"\b\d{5,6}\b", done.stdout)) >= 3, done.stdout
    if "businessSupportLoans" in text:
        assert "UNAUTHORIZED_FIELD_OR_TYPE" in done.stdout


def test_there_is_one_for_each_client_that_is_named() -> None:
    assert sorted(map(name, BLOCKS)) == sorted(NAMES.values())
