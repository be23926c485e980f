"""The Trust's database: opened, by one or by many."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from trust.database import DatabaseUnusable, open_database


def test_gateways_that_start_together_make_the_tables_once(file: Path) -> None:
    code = f"from trust.database import open_database; open_database('sqlite:///{file}')"
    started = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(3)]
    errors = [process.communicate()[1].decode() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], errors


def test_writes_are_durable_and_the_file_is_the_owners_alone(file: Path, engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("sqlite://", "not in memory"),
        ("sqlite:///:memory:", "not in memory"),
        ("sqlite:////proc/nothing/trust.sqlite", "cannot be used"),
        ("postgresql+psycopg://trust:hunter2@127.0.0.1:1/trust", r"trust:\*\*\*@127.0.0.1:1/trust cannot be used"),
        ("postgresql+nothing://trust:hunter2@h/trust", "cannot be used"),
        ("not a URL", "cannot be used"),
    ],
)
def test_a_database_that_cannot_be_used_is_named_without_its_password(url: str, why: str) -> None:
    with pytest.raises(DatabaseUnusable, match=why) as unusable:
        open_database(url)
    assert ":hunter2" not in str(unusable.value)
