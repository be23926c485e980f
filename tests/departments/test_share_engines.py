"""The same questions give the same cells, whichever database the figures are in."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import date
from itertools import product
from pathlib import Path
from threading import Event
from typing import Any

import duckdb
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Date, Engine, Float, Integer, MetaData, Numeric, Table, Text, create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeEngine

from departments.share.config import ConfigError, read
from departments.share.databases import connect
from departments.share.node import create_app
from tests.departments.share_desk import AREAS, INDUSTRIES, MONTHS, SEXES, Desk, mapping, question, rows

pytestmark = pytest.mark.sockets
ENGINES = ("sqlite", "postgresql", "duckdb")
NAMES = ("release", "area", "month", "sex", "industry", "employees", "median", "employers", "largest", "second")
# Codes of a department's own, NULL for its totals, and days for months.
SEX = {"FEMALE": 2, "MALE": 1, "ALL": None}
KEPT: Mapping[str, Sequence[type[TypeEngine[Any]]]] = {
    "texts": (Text, Text, Text, Text, Text, Integer, Float, Integer, Integer, Integer),
    "dates": (Date, Text, Date, Integer, Text, Integer, Numeric, Integer, Integer, Integer),
}
MAPPED: Mapping[str, dict[str, Any]] = {
    "texts": {"table": "texts"},
    "dates": {
        "table": "dates",
        "day": "last",
        "null_total": True,
        "facets": {"SEX": {"column": "sex", "members": {"FEMALE": "2", "MALE": "1"}}, "INDUSTRY": "industry"},
    },
}
LAST = {"2023-01": 31, "2023-02": 28, "2023-03": 31, "2023-04": 30}


def kept(how: str) -> list[dict[str, Any]]:
    """The rows of a table, some of them without some of their figures."""
    lines: list[dict[str, Any]] = []
    for at, row in enumerate(rows()):
        line = dict(zip(NAMES, row, strict=True))
        if at % 13 == 0:
            line["employers"] = None
        if at % 19 == 0:
            line["employees"] = None
        if how == "dates":
            line["release"] = date.fromisoformat(f"{line['release']}-15")
            line["month"] = date.fromisoformat(f"{line['month']}-{LAST[line['month']]}")
            line["sex"] = SEX[line["sex"]]
            line["industry"] = None if line["industry"] == "ALL" else line["industry"]
        lines.append(line)
    return lines


def fill(engine: Engine) -> None:
    with engine.begin() as connection:
        for how, types in KEPT.items():
            table = Table(how, MetaData(), *(Column(n, t) for n, t in zip(NAMES, types, strict=True)))
            table.create(connection)
            connection.execute(table.insert(), kept(how))
    engine.dispose()


@pytest.fixture(scope="module")
async def desks(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> AsyncGenerator[dict[str, list[Desk]]]:
    """For each way to keep the figures a node over each database."""
    folder = tmp_path_factory.mktemp("engines")
    urls = (f"sqlite:///{folder}/pay.sqlite", postgres_url, f"duckdb:///{folder}/pay.duckdb")
    for url in urls:
        fill(create_engine(url))
    plain = [url.replace("postgresql+psycopg://", "postgres://") for url in urls]
    made = {how: [Desk(mapping(url, **keys)) for url in plain] for how, keys in MAPPED.items()}
    async with AsyncExitStack() as stack:
        for desk in (desk for desks in made.values() for desk in desks):
            await stack.enter_async_context(desk.app.router.lifespan_context(desk.app))
        yield made


def questions(how: str) -> st.SearchStrategy[dict[str, Any]]:
    """Anything that an analyst may ask, what there is none of among it."""
    places = st.lists(st.sampled_from([*AREAS, "E09000001", "S12000033"]), min_size=1, max_size=6, unique=True)
    levels = st.sampled_from([{"level": "REGION"}, {"level": "LA", "within": "E12000007"}, {"level": "COUNTRY"}])
    months = st.sampled_from(["2022-12", *MONTHS, "2023-05"])
    day = "-15" if how == "dates" else ""
    groups: dict[tuple[str, ...], list[list[str]]] = {
        ("SEX",): [[sex] for sex in SEXES],
        ("SEX", "INDUSTRY"): [list(group) for group in product(SEXES, (*INDUSTRIES, "Q"))],
        ("INDUSTRY", "SEX"): [list(group) for group in product(INDUSTRIES, SEXES)],
    }
    by = st.sampled_from([(), *groups]).flatmap(
        lambda facets: st.fixed_dictionaries(
            {"by": st.just(list(facets))},
            optional={"groups": st.lists(st.sampled_from(groups[facets]), min_size=1, unique_by=tuple)}
            if facets
            else {},
        )
    )
    rest = st.fixed_dictionaries(
        {
            "areas": st.one_of(places, levels),
            "periods": st.tuples(months, months).map(lambda two: {"from": min(two), "to": max(two)}),
            "measures": st.sampled_from([None, ["payrolledEmployees"], ["medianMonthlyPay"]]),
            "release": st.sampled_from([None, f"2023-05{day}", f"2023-06{day}", "2023-07"]),
            "evidence": st.booleans(),
        }
    )
    return st.tuples(by, rest).map(lambda two: question(**two[0], **two[1]))


@pytest.mark.parametrize("how", KEPT)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
async def test_the_same_question_gives_the_same_cells_on_every_database(
    desks: dict[str, list[Desk]], how: str, data: st.DataObject
) -> None:
    asked = data.draw(questions(how))
    replies = [await desk.send(asked) for desk in desks[how]]
    first = replies[0]
    assert first.status_code == (400 if asked.get("release") == "2023-07" else 200)
    for engine, reply in zip(ENGINES[1:], replies[1:], strict=True):
        assert (reply.status_code, orjson.loads(reply.content)) == (first.status_code, orjson.loads(first.content)), (
            engine
        )


@pytest.mark.parametrize("how", KEPT)
async def test_every_database_holds_what_the_others_hold(desks: dict[str, list[Desk]], how: str) -> None:
    first, *others = [orjson.loads((await desk.http.get("/v1/datasets")).content) for desk in desks[how]]
    assert first["datasets"][0]["dimensions"] == {"SEX": ["FEMALE", "MALE"], "INDUSTRY": list(INDUSTRIES)}
    assert others == [first, first]


def test_the_cells_of_the_test_are_of_every_kind() -> None:
    lines = kept("texts")
    assert any(line["employees"] is None for line in lines)
    assert any(line["median"] is None for line in lines)
    assert len({line["release"] for line in lines}) == 2
    assert sum(line["sex"] == "ALL" for line in lines) > 10


async def test_a_duckdb_file_is_read_alone_and_taken_anew_when_another_takes_its_place(tmp_path: Path) -> None:
    file, next_file = tmp_path / "pay.duckdb", tmp_path / "next.duckdb"
    fill(create_engine(f"duckdb:///{file}"))
    desk = Desk(mapping(f"duckdb:///{file}", table="texts"))
    assert (await desk.answer())["values"]["payrolledEmployees"][0] is not None
    engine = create_engine(f"duckdb:///{next_file}")
    fill(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE texts SET employees = 4321, largest = 100, second = 50 WHERE sex = 'ALL'")
    engine.dispose()
    before = file.read_bytes()
    next_file.rename(file)
    values = (await desk.answer())["values"]["payrolledEmployees"]
    assert set(values) == {4321}
    assert before != file.read_bytes()
    next_file.write_text("no database\n" * 1000)
    next_file.rename(file)
    assert (await desk.problem(question()))["status"] == 503
    next_file.write_bytes(before)
    next_file.rename(file)
    assert set((await desk.answer())["values"]["payrolledEmployees"]) != {4321}


def test_questions_under_way_are_answered_before_another_file_takes_the_place(tmp_path: Path) -> None:
    file = tmp_path / "pay.duckdb"
    for path in (file, tmp_path / "next.duckdb"):
        fill(create_engine(f"duckdb:///{path}"))
    with duckdb.connect(str(tmp_path / "next.duckdb")) as next_file:
        next_file.execute("DELETE FROM texts")
    opened = connect(read(mapping(f"duckdb:///{file}")))
    begun = Event()

    def slow() -> int:
        with opened.engine.connect() as connection:
            begun.set()
            many = "SELECT count(DISTINCT hash(i, area, month, sex)) FROM texts, range(5000) r(i)"
            return connection.exec_driver_sql(many).scalar_one()

    def quick() -> int:
        with opened.engine.connect() as connection:
            return connection.exec_driver_sql("SELECT count(*) FROM texts").scalar_one()

    with ThreadPoolExecutor() as threads:
        under_way = threads.submit(slow)
        begun.wait()
        (tmp_path / "next.duckdb").rename(file)
        assert quick() == 0
        assert under_way.result() > 0
    opened.dispose()


WRONG: dict[str, tuple[str, str]] = {
    "no file": ("duckdb:///nowhere.duckdb", "nowhere.duckdb does not exist"),
    "memory": ("duckdb://", "names no file: write duckdb:///pay.duckdb"),
    "a setting that is not for an address": (
        "duckdb:///{file}?enable_external_access=true",
        "may say memory_limit and",
    ),
    "a limit that is none": ("duckdb:///{file}?memory_limit=lots", "an example is memory_limit=4GB&threads=2"),
    "a file of another kind": ("duckdb:///{text}", "cannot be opened: IO Error"),
}


@pytest.mark.parametrize("what", WRONG)
def test_an_address_of_duckdb_that_cannot_be_used_says_why(tmp_path: Path, what: str) -> None:
    file, text = tmp_path / "pay.duckdb", tmp_path / "text.duckdb"
    create_engine(f"duckdb:///{file}").connect().close()
    text.write_text("release,area\n" * 1000)
    url, words = WRONG[what]
    with pytest.raises(ConfigError) as error:
        create_app(read(mapping(url.format(file=file, text=text))))
    assert words in str(error.value)


def test_duckdb_changes_nothing_and_reaches_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "pay.duckdb"
    fill(create_engine(f"duckdb:///{file}"))
    (tmp_path / "other.csv").write_text("a\n1\n")
    opened = connect(read(mapping(f"duckdb:///{file}")))
    for statement, words in REFUSED.items():
        with opened.engine.connect() as connection, pytest.raises(SQLAlchemyError, match=words):
            connection.exec_driver_sql(statement.format(folder=tmp_path))
    assert not (tmp_path / "out.csv").exists()
    opened.dispose()


REFUSED = {
    "DELETE FROM texts": "read-only",
    "CREATE TABLE more (a INT)": "read-only",
    "SELECT * FROM '{folder}/other.csv'": "Permission Error",
    "COPY texts TO '{folder}/out.csv'": "Permission Error",
    "SELECT * FROM 'https://127.0.0.1/x.csv'": "Permission Error",
    "ATTACH '{folder}/x.duckdb'": "Permission Error",
    "LOAD httpfs": "Permission Error",
    "SET memory_limit = '100GB'": "configuration has been locked",
}


MALE = "month = '2023-01' AND sex = 'MALE' AND industry = 'ALL'"


@pytest.mark.parametrize("month,words", [("2023-1", 'as in "2024-01"'), (None, "NULL in column 'month'")])
def test_a_row_that_cannot_be_read_is_named_in_duckdb_too(tmp_path: Path, month: str | None, words: str) -> None:
    file = tmp_path / "pay.duckdb"
    engine = create_engine(f"duckdb:///{file}")
    fill(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE texts SET month = $1 WHERE area = 'E08000003' AND {MALE}", (month,))
    engine.dispose()
    with pytest.raises(ConfigError) as error:
        create_app(read(mapping(f"duckdb:///{file}", table="texts")))
    assert words in str(error.value)
