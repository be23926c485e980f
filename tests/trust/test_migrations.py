"""The revisions of the Trust's tables, on SQLite and on PostgreSQL."""

import shutil
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, select, text

from tests.transparency.keys import LOG, LOG_KEY, ORIGIN
from tests.trust import before_alembic
from tests.trust.entries import entry, kept
from trust import migrations
from trust.database import DatabaseUnusable, open_database
from trust.entry import write as add
from trust.log import entry as log_entry
from trust.log.kept import Kept
from trust.log.people import who
from trust.log.published import Published
from trust.log.sealed import opened as opened_parts
from trust.log.sequencer import Sequencer
from trust.record import Recorder
from trust.tables import metadata, operations, person_keys, refusals, rejections


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Revisions of the test's own, besides those there are, for gateways that start from now on."""
    copied = shutil.copytree(Path(migrations.__file__).parent, tmp_path / "revisions")
    monkeypatch.setattr(migrations, "LOCATION", str(copied))
    return copied / "versions"


def write(later: Path, engine: Engine, upgrade: str) -> None:
    """A revision after the newest, `9999`, that carries out what it is given."""
    lines = ("from alembic import op", "revision = '9999'", f"down_revision = '{revision(engine)}'")
    (later / "9999_later.py").write_text("\n".join((*lines, "def upgrade() -> None:", f"    {upgrade}\n")))


@pytest.fixture
def opened(empty: str) -> Generator[Engine]:
    engine = open_database(empty)
    yield engine
    engine.dispose()


def revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


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


def other_default(_: Any, __: Any, ___: Any, there: str | None, ____: Any, wanted: str | None) -> bool:
    """Whether a column's default is another. PostgreSQL cannot say whether two JSONs are equal, and names the type."""
    return (there or "").partition("::")[0].strip("'") != (wanted or "").strip("'")


def differences(engine: Engine) -> list[Any]:
    """What the database has otherwise than the code."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": other_default})
        return compare_metadata(context, metadata)


def keys(engine: Engine) -> dict[str, list[str]]:
    return {name: inspect(engine).get_pk_constraint(name)["constrained_columns"] for name in metadata.tables}


def test_the_revisions_make_the_tables_as_the_code_knows_them(opened: Engine) -> None:
    assert differences(opened) == []
    assert keys(opened) == {name: list(table.primary_key.columns.keys()) for name, table in metadata.tables.items()}


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("DROP INDEX refusals_by_time", "refusals_by_time"),
        ("ALTER TABLE refusals ADD COLUMN more INTEGER", "more"),
        ("ALTER TABLE operations DROP COLUMN roles", "roles"),
        ("DROP TABLE rejections", "rejections"),
    ],
)
def test_a_table_that_is_otherwise_is_seen(opened: Engine, statement: str, named: str) -> None:
    with opened.begin() as connection:
        connection.execute(text(statement))
    assert named in str(differences(opened))


@pytest.mark.parametrize("version", [1, 2, 3])
async def test_a_database_from_before_alembic_is_brought_up_to_date_with_what_it_holds(
    empty: str, opened: Engine, another: str, version: int
) -> None:
    before_alembic.make(another, version)
    adopted = open_database(another)
    assert differences(adopted) == []
    assert shape(adopted) == shape(opened)
    assert revision(adopted) == revision(opened)
    with adopted.connect() as connection:
        (operation,) = connection.execute(select(operations)).mappings().all()
        assert (operation["id"], operation["organisation"], operation["milliseconds"]) == ("old", "DfE", 1.5)
        assert operation["at"].isoformat() == "2024-01-01T00:00:00+00:00"
        assert (operation["granted"], operation["roles"]) == ([{"coordinate": "LabourMarket.vacancies"}], [])
        refused = [tuple(row)[:2] for row in connection.execute(select(refusals))]
        assert refused == [("old", "LabourMarket.businesses")][: version - 1]
        assert [tuple(row) for row in connection.execute(select(rejections))] == [("2024-01-01", "TOO_DEEP", 7)][
            : version // 3
        ]
    recorder = Recorder(adopted)
    await recorder.probe()
    await recorder.record(entry(id="new"))
    assert [(row.id, row.roles) for row in kept(adopted)] == [("old", []), ("new", ["analyst"])]
    recorder.close()


def test_a_database_is_opened_again_as_it_was_left(empty: str, opened: Engine) -> None:
    was = shape(opened)
    again = open_database(empty)
    assert shape(again) == was
    again.dispose()


def test_the_tables_go_back_to_the_first_revision_and_up_again(opened: Engine) -> None:
    newest = shape(opened)
    with opened.begin() as connection:
        command.downgrade(migrations.settings(connection), "0001")
    assert revision(opened) == "0001"
    with opened.begin() as connection:
        migrations.bring_up_to_date(connection)
    assert shape(opened) == newest
    assert differences(opened) == []


def test_entries_that_wait_when_a_gateway_is_replaced_are_sealed_and_get_their_places(opened: Engine) -> None:
    at, ann = "2024-05-01T12:00:00+00:00", "a" * 64
    said = {"at": at, "format": 2, "kind": "operation", "operation_id": "1", "outcome": "answered"}
    decided = {"granted": [], "owner": "HMRC", "part": "decisions", "refused": []}
    whole: dict[str, Any] = {
        "answer": {"bytes": 2, "sha256": "0" * 64}, "caller": {"operation": "0" * 64}, "entry": said,
        "parts": [[decided], [], []],
    }  # fmt: skip
    other: dict[str, Any] = {"entry": {"at": at, "format": 2, "kind": "withheld", "operation_id": "2", "salt": "00"}}
    waiting = [(ann, "1", whole), (None, "2", {**whole, "answer": None}), (None, "2", other), (ann, None, whole)]
    into = text("INSERT INTO log_pending (person, operation_id, text) VALUES (:person, :id, :text)")
    with opened.begin() as connection:
        command.downgrade(migrations.settings(connection), "0007")
        for person, id, body in waiting:
            connection.execute(into, {"person": person, "id": id, "text": log_entry.canonical(body)})
    with opened.begin() as connection:
        migrations.bring_up_to_date(connection)
    while Sequencer(opened, ORIGIN, LOG).step():
        pass
    assert Published(opened).verify([LOG_KEY]).wrong == []
    with opened.connect() as connection:
        leaves = list(Kept(connection).leaves(0, 10))
        told = who(ann, connection.execute(select(person_keys.c.key)).scalar_one())
    assert [leaf.operation_id for leaf in leaves] == ["1", "2", "2", None]
    parts = [[part for _, part in opened_parts(leaf.parts)] for leaf in leaves]
    assert [[part["part"] for part in some] for some in parts] == [
        ["caller", "answer", "decisions"], ["caller", "decisions"], [], ["caller", "answer", "decisions"],
    ]  # fmt: skip
    assert [some[0]["who"] for some in parts if some] == [told, None, told]


def test_tables_do_not_go_back_while_entries_wait(opened: Engine) -> None:
    with opened.begin() as connection:
        add(connection, [entry()])
    with pytest.raises(RuntimeError, match="start the gateway and stop it"), opened.begin() as connection:
        command.downgrade(migrations.settings(connection), "0007")
    assert differences(opened) == []


def test_a_revision_that_fails_leaves_nothing_behind(empty: str, opened: Engine, another: str, later: Path) -> None:
    write(later, opened, "op.execute('CREATE TABLE half (id INTEGER)'); op.execute('NOT SQL')")
    for url, left in ((another, []), (empty, sorted(shape(opened)))):
        with pytest.raises(DatabaseUnusable, match="NOT"):
            open_database(url)
        looked = create_engine(url)
        assert sorted(inspect(looked).get_table_names()) == left
        looked.dispose()


def test_a_database_of_a_newer_gateway_is_left_alone(
    empty: str, opened: Engine, later: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = revision(opened)
    write(later, opened, "op.execute('ALTER TABLE refusals ADD COLUMN more INTEGER')")
    open_database(empty).dispose()
    monkeypatch.undo()
    was = shape(opened)
    assert "more" in str(was["refusals"])
    words = f"is of version 9999 and this gateway knows versions up to {newest}: it has been used by a newer one"
    with pytest.raises(DatabaseUnusable, match=f"^the database {words}$"):
        open_database(empty)
    assert shape(opened) == was


def test_a_database_that_says_two_revisions_is_not_usable(empty: str, opened: Engine) -> None:
    with opened.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('0001'), ('0000')"))
    with pytest.raises(DatabaseUnusable, match="version 0000 "):
        open_database(empty)


def test_alembic_is_imported_only_where_a_database_is_opened() -> None:
    program = "import sys, app.cli, app.main; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "trust.database" in done.stdout.split()
    assert "alembic" not in done.stdout.split()


def test_databases_opened_side_by_side_do_not_meet(tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path / str(number)}.sqlite" for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        engines = list(threads.map(open_database, urls))
    for engine in engines:
        assert differences(engine) == []
        engine.dispose()
