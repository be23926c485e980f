"""The explorer's own code for tables, built by its own tools and run by Node beside the command line's."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

EXPLORER = Path(__file__).resolve().parents[2] / "explorer"
Explorer = Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]]


def runner(folder: Path, entry: str, script: str) -> Explorer:
    """Runs questions through a part of the explorer's code, all in one process."""
    node, bundler = shutil.which("node"), EXPLORER / "node_modules" / ".bin" / "rolldown"
    if node is None or not bundler.exists():
        pytest.skip("the explorer's tools are not installed: make explorer")
    bundle = folder / f"{script}.mjs"
    build = [str(bundler), entry, "--file", str(bundle), "--format", "esm", "--platform", "node"]
    subprocess.run(build, cwd=EXPLORER, check=True, capture_output=True, timeout=60)

    def run(questions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        command = [node, str(Path(__file__).parent / f"{script}.mjs"), str(bundle)]
        given = b"".join(orjson.dumps(question) + b"\n" for question in questions)
        done = subprocess.run(command, input=given, capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr.decode()
        answers = [orjson.loads(line) for line in done.stdout.splitlines()]
        assert len(answers) == len(questions)
        return answers

    return run


@pytest.fixture(scope="session")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    """The explorer's tables."""
    return runner(tmp_path_factory.mktemp("explorer"), "src/table/index.ts", "explorer")


@pytest.fixture(scope="session")
def queries(tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    """The explorer's choices, as queries and back."""
    return runner(tmp_path_factory.mktemp("queries"), "src/pages/table/queries.ts", "queries")
