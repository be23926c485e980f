"""Each principle is shown by a command that works."""

import re
import shlex
from pathlib import Path

import pytest

from tests.sockets.conftest import Demonstration

pytestmark = pytest.mark.sockets
ROWS = re.findall(
    r"^\| (?!principle|safe|---)(.*) \|$", Path("docs/principles.md").read_text(encoding="utf-8"), re.MULTILINE
)
SHOWN = sorted({re.fullmatch("`lmdt (.*)`", row.rpartition(" | ")[2])[1] for row in ROWS})  # pyright: ignore


def test_there_is_one_for_each_principle_and_each_safe() -> None:
    assert len(ROWS) == 10 + 5


@pytest.mark.parametrize("command", SHOWN)
def test_it_works_as_it_stands(demonstration: Demonstration, command: str) -> None:
    done = demonstration.lmdt(*shlex.split(command))
    assert done.returncode == 0, done.stderr.decode()
