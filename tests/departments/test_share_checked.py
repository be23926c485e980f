"""What is checked is checked once a release, and remembered beside the node's log."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine

from app.cli import main
from departments.share import catalogue
from departments.share import databases as databases_module
from departments.share.config import ConfigError, read
from departments.share.databases import connect
from departments.share.node import tables
from tests.departments.share_desk import COLUMNS, Desk, database, mapping, question, rows

MONTH = {"areas": ["E08000003"], "periods": {"from": "2023-01", "to": "2023-01"}}


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files do not have to be a second old, and every question looks whether they have changed."""
    monkeypatch.setattr(databases_module, "SETTLED", 0)
    monkeypatch.setattr(catalogue, "FRESH", 0.0)
    monkeypatch.setattr(catalogue, "SHARE", 0)


class Started:
    """Datasets of a node over a mapping: what it told of its checks, and what it asked the database."""

    def __init__(self, document: dict[str, Any], aside: bool = False) -> None:
        self.told, self.asked = list[str](), list[str]()
        config = read(document)
        opened = connect(config)
        event.listen(opened.engine, "before_cursor_execute", lambda _c, _k, statement, *_: self.asked.append(statement))
        try:
            (self.held,) = tables(config, opened, catalogue.How(self.told.append, aside=aside)).values()
        finally:
            opened.dispose()

    @property
    def checked(self) -> list[str]:
        return [line.partition(":")[0] for line in self.told if line.endswith("checking")]

    @property
    def read_data(self) -> bool:
        return any("FROM pay" in statement for statement in self.asked)


def in_sqlite(folder: Path) -> str:
    return database(folder / "pay.sqlite")


def in_duckdb(folder: Path) -> str:
    with duckdb.connect(str(folder / "pay.duckdb")) as connection:
        connection.execute(f"CREATE TABLE pay ({', '.join(COLUMNS)})")
        connection.executemany(f"INSERT INTO pay VALUES ({', '.join('?' * len(COLUMNS))})", rows())
    return f"duckdb:///{folder}/pay.duckdb"


def in_a_folder(folder: Path) -> str:
    (folder / "data").mkdir()
    in_duckdb(folder)
    with duckdb.connect(str(folder / "pay.duckdb")) as connection:
        connection.table("pay").write_csv(str(folder / "data" / "pay.csv"))
    return f"folder:{folder}/data"


def document(url: str, folder: Path, **changes: Any) -> dict[str, Any]:
    return {**mapping(url, **changes), "log": str(folder / "log")}


@pytest.mark.parametrize("keep", [in_sqlite, in_duckdb, in_a_folder])
def test_a_second_start_reads_no_data(tmp_path: Path, keep: Callable[[Path], str]) -> None:
    told = document(keep(tmp_path), tmp_path)
    first, second = Started(told), Started(told)
    assert sorted(first.checked) == ["pay, release 2023-05", "pay, release 2023-06"]
    assert first.read_data
    assert (second.told, second.read_data) == ([], False)
    for facet in first.held.mapped.facets:
        assert second.held.members(facet) == first.held.members(facet) != ()
    for what in ("releases", "periods", "areas", "every_period"):
        assert getattr(second.held, what)() == getattr(first.held, what)()


def test_a_release_that_has_come_is_checked_and_no_other(tmp_path: Path) -> None:
    told = document(in_sqlite(tmp_path), tmp_path)
    Started(told)
    change(tmp_path, "INSERT INTO pay SELECT '2023-07', area, month, sex, industry, 1, 1, 1, 1, 0 FROM pay "
           "WHERE release = '2023-06'")  # fmt: skip
    second = Started(told)
    assert second.checked == ["pay, release 2023-07"]
    assert second.held.releases() == ["2023-07", "2023-06", "2023-05"]
    change(tmp_path, "DELETE FROM pay WHERE release = '2023-05'")
    third = Started(told)
    assert (third.checked, third.held.releases()) == ([], ["2023-07", "2023-06"])


def change(folder: Path, *statements: str) -> None:
    connection = sqlite3.connect(folder / "pay.sqlite")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


CHANGES = {
    "a figure": "UPDATE pay SET employees = employees + 1 WHERE release = '2023-06' AND sex = 'MALE'",
    "a figure that is none": "UPDATE pay SET employees = NULL WHERE release = '2023-06' AND sex = 'MALE'",
    "a row more": "INSERT INTO pay SELECT release, 'E06000009', month, sex, industry, 1, 1, 1, 1, 0 FROM pay "
    "WHERE release = '2023-06' AND area = 'E08000003'",
    "another last month": "UPDATE pay SET month = '2023-05' WHERE release = '2023-06' AND month = '2023-04'",
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_release_whose_rows_have_changed_is_checked_again(tmp_path: Path, what: str) -> None:
    told = document(in_sqlite(tmp_path), tmp_path)
    Started(told)
    change(tmp_path, CHANGES[what])
    assert Started(told).checked == ["pay, release 2023-06"]


@pytest.mark.parametrize("keys", [{"day": "last"}, {"facets": {"SEX": "sex"}, "breakdowns": [["SEX"]]}])
def test_a_mapping_that_has_changed_is_checked_anew(tmp_path: Path, keys: dict[str, Any]) -> None:
    told = document(in_sqlite(tmp_path), tmp_path)
    Started(told)
    try:
        assert len(Started(document(told["database"], tmp_path, **keys)).checked) == 2
    except ConfigError as error:
        assert "several rows" in str(error)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format":1,"datasets":{"pay":5}}', b'{"format":2}', b"\xff"])
def test_a_file_that_cannot_be_read_is_as_none(tmp_path: Path, content: bytes) -> None:
    told = document(in_sqlite(tmp_path), tmp_path)
    Started(told)
    (tmp_path / "log" / "checked.json").write_bytes(content)
    assert len(Started(told).checked) == 2
    assert Started(told).checked == []


def test_what_could_not_be_read_is_not_remembered(tmp_path: Path) -> None:
    told = document(in_sqlite(tmp_path), tmp_path)
    change(tmp_path, "UPDATE pay SET month = 'Jan 23' WHERE release = '2023-06' AND month = '2023-01'")
    for _ in range(2):
        with pytest.raises(ConfigError, match="Jan 23"):
            Started(told)


def test_files_that_changed_a_moment_ago_are_counted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases_module, "SETTLED", 3_600_000_000_000)
    told = document(in_sqlite(tmp_path), tmp_path)
    Started(told)
    second = Started(told)
    assert (second.checked, second.read_data) == ([], True)


async def test_a_running_node_takes_what_another_process_has_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = document(in_sqlite(tmp_path), tmp_path)
    file = tmp_path / "hmrc.toml"
    file.write_text(toml(told))
    desk = Desk(told)
    assert (await desk.answer(**MONTH))["release"] == "2023-06"
    change(tmp_path, "INSERT INTO pay SELECT '2023-07', area, month, sex, industry, 7, 1, 7, 1, 0 FROM pay "
           "WHERE release = '2023-06'")  # fmt: skip
    assert main(["share", str(file), "--check"]) == 0
    said = capsys.readouterr().err
    assert said.count(": checking") == 3 and "pay, release 2023-07: checking" in said
    asked = list[str]()
    event.listen(Engine, "before_cursor_execute", hear := lambda _c, _k, statement, *_: asked.append(statement))
    try:
        assert (await desk.answer(**MONTH))["release"] == "2023-07"
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
    assert not any("count(" in statement or "DISTINCT" in statement for statement in asked)


def toml(told: dict[str, Any]) -> str:
    import tomli_w

    return tomli_w.dumps(told)


def test_the_check_ends_with_2_where_a_row_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = document(in_sqlite(tmp_path), tmp_path)
    change(tmp_path, "UPDATE pay SET area = 'Leeds' WHERE release = '2023-06' AND area = 'E08000003'")
    (tmp_path / "hmrc.toml").write_text(toml(told))
    assert main(["share", str(tmp_path / "hmrc.toml"), "--check"]) == 2
    assert '"Leeds" in column' in capsys.readouterr().err


async def test_questions_ask_for_nothing_but_their_cells(tmp_path: Path) -> None:
    asked = list[str]()
    desk = Desk(document(in_sqlite(tmp_path), tmp_path))
    event.listen(Engine, "before_cursor_execute", hear := lambda _c, _k, statement, *_: asked.append(statement))
    try:
        await desk.answer(by=["SEX", "INDUSTRY"])
        assert (await desk.http.get("/v1/datasets")).status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
    assert len(asked) == 1 and " IN (" in asked[0]


SUMMED = """CREATE VIEW pay AS
 SELECT release, area, month, sex, 'ALL' AS industry, count(*) AS employees FROM people
 GROUP BY release, area, month, sex
 UNION ALL SELECT release, area, month, 'ALL', 'ALL', count(*) FROM people GROUP BY release, area, month"""


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
async def test_a_view_that_sums_people_is_worked_out_once_a_release_and_people_are_refused(
    tmp_path: Path, kind: str
) -> None:
    url = f"{kind}:///{tmp_path}/pay.{kind}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE people (release TEXT, area TEXT, month TEXT, sex TEXT, one INTEGER)")
        for release, sex in (("2023-05", "MALE"), ("2023-06", "MALE"), ("2023-06", "FEMALE")):
            values = ", ".join([f"('{release}', 'E08000003', '2023-01', '{sex}', 1)"] * 40)
            connection.exec_driver_sql(f"INSERT INTO people VALUES {values}")
        connection.exec_driver_sql(SUMMED)
    engine.dispose()
    figures = {"payrolledEmployees": {"column": "employees", "n": "employees"}}
    keys: dict[str, Any] = {"facets": {"SEX": "sex"}, "breakdowns": [["SEX"]]}
    first = Started(document(url, tmp_path, measures=figures, **keys))
    assert sum("lmdt_checked AS" in statement for statement in first.asked) == 1
    assert sum("FROM pay" in statement for statement in first.asked) == 2
    desk = Desk(document(url, tmp_path, measures=figures, **keys))
    answer = await desk.answer(**MONTH, by=["SEX"])
    assert answer["values"] == {"payrolledEmployees": [40, 40]}
    people = {"payrolledEmployees": {"column": "one"}}
    with pytest.raises(ConfigError, match="'people' has several rows for one place, period and group"):
        Started(document(url, tmp_path, table="people", measures=people, **keys))


@pytest.mark.sockets
async def test_a_servers_table_is_counted_aside_and_no_question_waits(tmp_path: Path, postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS counted")
        connection.exec_driver_sql(f"CREATE TABLE counted ({', '.join(COLUMNS)})".replace("REAL", "FLOAT"))
        connection.exec_driver_sql(f"INSERT INTO counted VALUES ({', '.join(['%s'] * len(COLUMNS))})", rows())  # pyright: ignore
    told = document(postgres_url, tmp_path, table="counted")
    first, second = Started(told), Started(told, aside=True)
    assert len(first.checked) == 2
    assert (second.checked, [one for one in second.asked if "FROM counted" in one]) == ([], [])
    desk = Desk(told)
    async with desk.app.router.lifespan_context(desk.app):
        with engine.begin() as connection:
            later = "SELECT '2023-07', area, month, sex, industry, 7, 1, 7, 1, 0 FROM counted WHERE release = '2023-06'"
            connection.exec_driver_sql(f"INSERT INTO counted {later}")
        deadline = time.monotonic() + 10
        while (await desk.answer(**MONTH))["release"] != "2023-07":
            assert time.monotonic() < deadline, "the release that has come was not seen"
        with engine.begin() as connection:
            changed = "UPDATE counted SET area = 'Zennor' WHERE release = '2023-07' AND sex = 'MALE'"
            connection.exec_driver_sql(changed)
        while (await desk.send(question(**MONTH))).status_code != 503:
            assert time.monotonic() < deadline, "the row that cannot be read was not seen"
        await asyncio.sleep(0.5)
    kept = orjson.loads((tmp_path / "log" / "checked.json").read_bytes())
    assert {one["name"] for one in kept["datasets"]["pay"]["releases"]} == {"2023-05", "2023-06", "2023-07"}
    engine.dispose()
