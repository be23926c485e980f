"""The Trust's database: opened, made, brought up to date."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, inspect, text

from tests.trust.entries import entry, kept
from trust import database
from trust.database import DatabaseUnusable, open_database
from trust.migrations import STEPS
from trust.record import Recorder
from trust.tables import metadata


def shape(engine: Engine) -> dict[str, object]:
    """Names, types and keys of all tables, as the database tells them."""
    looked = inspect(engine)
    return {
        name: (
            sorted((column["name"], str(column["type"]), column["nullable"]) for column in looked.get_columns(name)),
            looked.get_pk_constraint(name)["constrained_columns"],
            sorted((str(index["name"]), tuple(index["column_names"])) for index in looked.get_indexes(name)),
        )
        for name in looked.get_table_names()
    }


def test_the_steps_make_the_tables_as_the_code_knows_them(engine: Engine, tmp_path: Path) -> None:
    direct = create_engine(f"sqlite:///{tmp_path / 'direct.sqlite'}")
    metadata.create_all(direct)
    assert shape(engine) == shape(direct)
    direct.dispose()


async def test_an_older_database_is_brought_up_to_date_with_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'trust.sqlite'}"
    monkeypatch.setattr(database, "STEPS", STEPS[:1])
    old = open_database(url)
    with old.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO operations (id, at, subject, operation, epoch, outcome, granted, refused, calls, "
                "milliseconds) VALUES ('old', '2024-01-01 00:00:00.000000', 's', 'o', 1, 'answered', '[]', '[]', "
                "'[]', 1)"
            )
        )
    old.dispose()
    monkeypatch.undo()
    new = open_database(url)
    recorder = Recorder(new)
    await recorder.record(entry(id="new"))
    assert [(row.id, row.roles) for row in kept(new)] == [("old", []), ("new", ["analyst"])]
    recorder.close()


def test_a_database_is_opened_again_as_it_was_left(file: Path, engine: Engine) -> None:
    again = open_database(f"sqlite:///{file}")
    assert shape(again) == shape(engine)
    again.dispose()


def test_a_step_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'trust.sqlite'}"
    monkeypatch.setattr(database, "STEPS", (*STEPS, lambda c: c.execute(text("NOT SQL"))))
    with pytest.raises(DatabaseUnusable):
        open_database(url)
    left = create_engine(url)
    assert inspect(left).get_table_names() == []
    left.dispose()
    monkeypatch.undo()
    open_database(url).dispose()


def test_a_database_of_a_newer_gateway_is_left_alone(file: Path, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO schema_version VALUES (99)"))
    with pytest.raises(DatabaseUnusable, match=r"version 99 .* up to 3: it has been used by a newer one"):
        open_database(f"sqlite:///{file}")


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
