"""The share node over a real PostgreSQL: the same answers as over SQLite."""

from collections.abc import AsyncGenerator, Generator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Column, Date, Engine, Integer, MetaData, Numeric, Table, Text, create_engine, text
from sqlalchemy.types import CHAR

from departments.share.config import ConfigError, read
from departments.share.node import create_app
from tests.departments.share_desk import AREAS, Desk, database, mapping, rows

pytestmark = pytest.mark.sockets
NAMES = (
    "released", "area", "month", "sex", "industry", "employees", "median", "employers", "largest", "second",
)  # fmt: skip


@pytest.fixture(scope="module")
def postgres(postgres_url: str) -> Generator[Engine]:
    """A database server with the table `stats.pay` kept as a department might keep it."""
    engine = create_engine(postgres_url)
    types = (Date, CHAR(12), Date, CHAR(12), Text, Integer, Numeric(10, 2), Integer, Integer, Integer)
    pay = Table("pay", MetaData(schema="stats"), *(Column(n, t) for n, t in zip(NAMES, types, strict=True)))
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA stats"))
        pay.create(connection)
        table = [
            (date(int(row[0][:4]), int(row[0][5:]), 15), row[1], date(int(row[2][:4]), int(row[2][5:]), 1), *row[3:])
            for row in rows()
            if isinstance(row[0], str) and isinstance(row[2], str)
        ]
        connection.execute(pay.insert(), [dict(zip(NAMES, row, strict=True)) for row in table])
    yield engine
    engine.dispose()


@pytest.fixture
async def node(postgres: Engine) -> AsyncGenerator[Desk]:
    """A node over the server's table, its connections closed with the test."""
    url = postgres.url.render_as_string(hide_password=False)
    desk = Desk(mapping(url, table="stats.pay", release="released"))
    async with desk.app.router.lifespan_context(desk.app):
        yield desk


async def test_postgresql_answers_as_sqlite_does(node: Desk, tmp_path: Path) -> None:
    plain = Desk(mapping(database(tmp_path / "pay.sqlite")))
    for by in ([], ["SEX"], ["SEX", "INDUSTRY"]):
        for evidence in (True, False):
            query = {"by": by, "evidence": evidence, "areas": list(AREAS), "measures": None}
            there, here = await node.answer(**query), await plain.answer(**query)
            assert (there.pop("release"), here.pop("release")) == ("2023-06-15", "2023-06")
            assert there == here
    assert (await node.answer(release="2023-05-15"))["release"] == "2023-05-15"


async def test_more_places_than_one_statement_takes_are_all_answered(node: Desk) -> None:
    many = [f"E99{number:06d}" for number in range(2500)]
    areas = [*many[:1200], "E08000003", *many[1200:], "W06000015"]
    answer = await node.answer(areas=areas, by=["SEX"])
    some = await node.answer(areas=["E08000003", "W06000015"], by=["SEX"])
    kept = [answer["values"]["payrolledEmployees"][at * 4 : at * 4 + 4] for at in (1200, 2501)]
    assert [value for row in kept for value in row] == some["values"]["payrolledEmployees"]
    assert sum(letter != "O" for letter in answer["status"]["payrolledEmployees"]) == sum(
        letter != "O" for letter in some["status"]["payrolledEmployees"]
    )


async def test_a_reader_without_the_right_to_a_table_does_not_start(postgres: Engine) -> None:
    with postgres.begin() as connection:
        connection.execute(text("CREATE ROLE stranger LOGIN"))
    stranger = postgres.url.set(username="stranger").render_as_string(hide_password=False)
    with pytest.raises(ConfigError, match=r"'stats\.pay' cannot be read: ProgrammingError|has no table 'stats\.pay'"):
        create_app(read(mapping(stranger, table="stats.pay", release="released")))


UNREADABLE = {
    "a day within the month": ({"month": date(2023, 1, 15)}, "\"2023-01-15\" in column 'month'"),
    "no month": ({"month": None}, "NULL in column 'month'"),
    "a place that is none": ({"area": "Manchester"}, 'Did you mean "E08000003" (Manchester)?'),
    "no number": ({"median": Decimal("NaN")}, "\"NaN\" in column 'median'"),
    "a negative count": ({"employees": -1}, "\"-1\" in column 'employees'"),
}


@pytest.mark.parametrize("what", UNREADABLE)
async def test_a_row_that_cannot_be_read_is_named_here_too(postgres: Engine, what: str) -> None:
    changes, words = UNREADABLE[what]
    columns = ", ".join(f":{name}" if name in changes else name for name in NAMES)
    one = "released = '2023-06-15' AND area = 'E12000007' AND month = '2023-01-01' AND sex = 'ALL'"
    with postgres.begin() as connection:
        connection.execute(text("CREATE TABLE stats.wrong (LIKE stats.pay)"))
        connection.execute(text(f"INSERT INTO stats.wrong SELECT {columns} FROM stats.pay WHERE {one}"), changes)
        assert connection.execute(text("SELECT count(*) FROM stats.wrong")).scalar_one() == 1
    url = postgres.url.render_as_string(hide_password=False)
    try:
        with pytest.raises(ConfigError) as error:
            create_app(read(mapping(url, table="stats.wrong", release="released")))
        assert words in str(error.value)
    finally:
        with postgres.begin() as connection:
            connection.execute(text("DROP TABLE stats.wrong"))


async def test_a_database_that_went_away_is_a_problem_and_comes_back(postgres: Engine, node: Desk) -> None:
    query = {"areas": ["E08000003"], "periods": {"from": "2023-01", "to": "2023-02"}}
    assert (await node.send(query)).status_code == 200
    with postgres.begin() as connection:
        connection.execute(text("ALTER TABLE stats.pay RENAME TO elsewhere"))
    try:
        assert (await node.problem(query))["status"] == 503
    finally:
        with postgres.begin() as connection:
            connection.execute(text("ALTER TABLE stats.elsewhere RENAME TO pay"))
    with postgres.begin() as connection:
        ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        connection.execute(text(f"{ended} AND backend_type = 'client backend'"))
    assert (await node.send(query)).status_code == 200
