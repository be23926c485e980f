"""The examples of docs/taking-data-away.md, tried as they stand beside a running demonstration."""

import os
import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.sockets.conftest import Demonstration, start, stop

pytestmark = pytest.mark.sockets
DOCUMENT = Path("docs/taking-data-away.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(sh|python)\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Demonstration]:
    """A demonstration that trusts the document of the examples."""
    manifest = tmp_path_factory.mktemp("manifest") / "manifest.json"
    command = [sys.executable, "-m", "app.cli", "trusted-documents", "docs/examples/pay-by-place.graphql"]
    subprocess.run([*command, "--output", str(manifest)], check=True, capture_output=True)
    patch = pytest.MonkeyPatch()
    patch.setenv("LMDT_TRUSTED_DOCUMENTS", str(manifest))
    demonstration = start(tmp_path_factory.mktemp("away"))
    yield demonstration
    stop(demonstration)
    patch.undo()


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_an_example_does_what_it_says(running: Demonstration, tmp_path: Path, number: int) -> None:
    language, text = BLOCKS[number]
    text = text.replace("http://127.0.0.1:8000", running.url)
    (tmp_path / "examples").symlink_to(Path("examples").resolve())
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, "-c", text] if language == "python" else ["bash", "-euo", "pipefail", "-c", text]
    environment = {**running.environment, "PATH": path, "LMDT_DEMO": "true"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    if "curl" in text:
        assert done.stdout.startswith("area.name,claimantCount.value,claimantCount.markers\n")


def test_there_are_examples() -> None:
    assert len(BLOCKS) >= 6
