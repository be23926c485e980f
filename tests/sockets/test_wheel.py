"""The package runs where there is no checkout: installed into an environment of its own, started in an empty folder."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson
import pytest

from app.cli import main
from bench.processes import free_ports
from tests.conftest import without_receipt

pytestmark = pytest.mark.sockets
README = Path("docs/examples/readme.graphql").resolve()
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def run(*command: str | Path, cwd: Path | None = None, **variables: str) -> str:
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env={**os.environ, **variables}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from what is committed or about to be, and the workbench as it was built."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    for name in (*listed, *map(str, Path("app/workbench").rglob("*"))):
        if Path(name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes(Path(name).read_bytes())
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", built, source)
    return next(built.glob("*.whl"))


@contextmanager
def demonstration(lmdt: Path, folder: Path, port: int) -> Generator[str]:
    """`lmdt demo` in a folder: what it prints when it answers."""
    command = [str(lmdt), "demo", "--port", str(port), "--departments-port", str(port + 1)]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed = ""
    try:
        while "Other ports" not in printed:
            line = process.stdout.readline()
            assert line, f"it ended: {printed}"
            printed += line
        yield printed
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_the_demonstration_runs_from_the_wheel_alone(wheel: Path, tmp_path: Path, version: str) -> None:
    uv = [sys.executable, "-m", "uv", "--quiet"]
    found = subprocess.run([*uv, "python", "find", "--no-python-downloads", version], capture_output=True, text=True)
    if found.returncode:
        assert version != HERE
        pytest.skip(f"there is no Python {version} on this machine")
    run(*uv, "venv", "--python", found.stdout.strip(), tmp_path / "v")
    python, folder, port = tmp_path / "v" / "bin" / "python", tmp_path / "empty", free_ports(6)
    run(*uv, "pip", "install", "--python", python, "--require-hashes", "-r", "requirements.txt")
    run(*uv, "pip", "install", "--python", python, "--no-deps", wheel)
    folder.mkdir()
    lmdt = python.with_name("lmdt")
    with demonstration(lmdt, folder, port) as printed:
        url = f"http://127.0.0.1:{port}"
        assert url in printed
        assert len(httpx.get(f"{url}/examples.json").raise_for_status().json()) == 10
        page = httpx.get(f"{url}/").raise_for_status().text
        assert ("/assets/" in page) == Path("app/workbench/index.html").exists()
        ports = {"LMDT_PORT": str(port), "LMDT_DEPARTMENTS_PORT": str(port + 1)}
        assert "9 agreements agree" in run(lmdt, "check", cwd=folder, **ports)
        token = run(lmdt, "token", "--persona", "dfe-analyst", cwd=folder, **ports).splitlines()[-1]
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.post(f"{url}/graphql", json={"query": README.read_text()}, headers=headers, timeout=30)
        shown = orjson.loads(without_receipt(answer))
        assert shown["data"]["area"]["labourMarket"][0]["businesses"]["value"]
    assert [path.name for path in folder.iterdir()] == [".data"]


def test_the_wheel_says_its_version(capsys: pytest.CaptureFixture[str], wheel: Path) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.split()[-1] == wheel.name.split("-")[1]
