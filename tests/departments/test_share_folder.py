"""A folder of CSV or Parquet files as a share node reads it."""

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest
from sqlalchemy.exc import SQLAlchemyError

from departments.share.config import ConfigError, read
from departments.share.databases import connect
from departments.share.node import create_app
from tests.departments.share_desk import Desk, database, mapping, question, rows

NAMES = ("release", "area", "month", "sex", "industry", "employees", "median", "employers", "largest", "second")
ROW = ("2023-06", "E08000003", "2023-01", "ALL", "ALL", "120", "2000.5", "50", "60", "9")
BYS: tuple[list[str], ...] = ([], ["SEX"], ["SEX", "INDUSTRY"])


def write(path: Path, table: Iterable[Sequence[Any]], names: Sequence[str] = NAMES, **form: Any) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, **form).writerows([names, *table])


def parquet(path: Path, table: Iterable[Sequence[Any]], where: str = "true") -> None:
    """A Parquet file of the rows, with the types that these columns would have in a database."""
    types = ["VARCHAR"] * 5 + ["INTEGER", "DOUBLE"] + ["BIGINT"] * 3
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(NAMES, types, strict=True))
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE pay ({columns})")
        connection.executemany(f"INSERT INTO pay VALUES ({', '.join('?' * len(NAMES))})", list(table))
        connection.sql(f"SELECT * FROM pay WHERE {where}").write_parquet(str(path))


def as_csv(folder: Path) -> None:
    write(folder / "pay.csv", rows())


def as_csv_of_a_spreadsheet(folder: Path) -> None:
    backwards = [tuple(reversed(row)) for row in rows()]
    write(folder / "pay.CSV", backwards, NAMES[::-1], quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    (folder / "pay.CSV").write_bytes(b"\xef\xbb\xbf" + (folder / "pay.CSV").read_bytes())


def as_parquet(folder: Path) -> None:
    parquet(folder / "pay.parquet", rows())


def as_parts(folder: Path) -> None:
    (folder / "pay").mkdir()
    for release in ("2023-05", "2023-06"):
        parquet(folder / "pay" / f"{release}.parquet", rows(), f"release = '{release}'")


@pytest.mark.parametrize("keep", [as_csv, as_csv_of_a_spreadsheet, as_parquet, as_parts])
async def test_a_folder_of_files_answers_as_a_database_does(tmp_path: Path, keep: Callable[[Path], None]) -> None:
    folder = tmp_path / "the department's data"
    folder.mkdir()
    keep(folder)
    (folder / "notes.txt").write_text("not a table")
    desk, plain = Desk(mapping(f"folder:{folder}")), Desk(mapping(database(tmp_path / "pay.sqlite")))
    for by in BYS:
        for evidence in (True, False):
            asked = {"by": by, "evidence": evidence, "measures": None}
            assert await desk.answer(**asked) == await plain.answer(**asked)
    held = [orjson.loads((await one.http.get("/v1/datasets")).content) for one in (desk, plain)]
    assert held[0] == held[1]


async def test_codes_stay_as_they_are_written(tmp_path: Path) -> None:
    table = [("007", "E08000003", "202401", code, "ALL", "5e1", " 12.50", "50", "", "") for code in ("00", "01", "1")]
    write(tmp_path / "pay.csv", table)
    sex = {"column": "sex", "members": {"FEMALE": "01", "MALE": "1"}, "total": "00"}
    desk = Desk(mapping(f"folder:{tmp_path}", facets={"SEX": sex}, breakdowns=[["SEX"]], format="%Y%m"))
    month = {"from": "2024-01", "to": "2024-01"}
    answer = await desk.answer(areas=["E08000003"], periods=month, by=["SEX"], measures=None)
    assert (answer["release"], answer["groups"]) == ("007", [["FEMALE"], ["MALE"]])
    assert answer["values"] == {"payrolledEmployees": [50, 50], "medianMonthlyPay": [12.5, 12.5]}


@pytest.mark.parametrize("empty", ["", '""'])
async def test_an_empty_figure_is_none_and_an_empty_code_may_be_the_total(tmp_path: Path, empty: str) -> None:
    row = "2023-06,E08000003,2023-01,{},ALL,120,{},50,60,9"
    lines = [",".join(NAMES), row.format(empty, empty), row.format("MALE", 1)]
    (tmp_path / "pay.csv").write_text("\n".join(lines) + "\n")
    desk = Desk(mapping(f"folder:{tmp_path}", null_total=True, breakdowns=None, facets={"SEX": "sex"}))
    answer = await desk.answer(areas=["E08000003"], measures=None)
    assert answer["values"] == {"payrolledEmployees": [120, None], "medianMonthlyPay": [None, None]}


async def test_a_file_that_comes_with_its_columns_in_another_order_is_read_by_their_names(tmp_path: Path) -> None:
    as_csv(tmp_path)
    desk = Desk(mapping(f"folder:{tmp_path}"))
    before = await desk.answer(by=["SEX"], measures=None)
    write(tmp_path / "next", [tuple(reversed(row)) for row in rows()], NAMES[::-1])
    (tmp_path / "next").rename(tmp_path / "pay.csv")
    assert await desk.answer(by=["SEX"], measures=None) == before
    write(tmp_path / "pay.csv", [ROW[:-1]], NAMES[:-1])
    assert (await desk.problem(question()))["status"] == 503


def changed(**values: str) -> Callable[[Path], None]:
    """A file of three rows, the last of them with these values."""
    row = tuple({**dict(zip(NAMES, ROW, strict=True)), "sex": "MALE", **values}.values())
    other = (*ROW[:3], "FEMALE", *ROW[4:])
    return lambda folder: write(folder / "pay.csv", [ROW, other, row])


def text(content: str | bytes) -> Callable[[Path], None]:
    raw = content if isinstance(content, bytes) else content.encode()
    return lambda folder: (folder / "pay.csv").write_bytes(raw) and None


def both(folder: Path) -> None:
    as_csv(folder)
    as_parquet(folder)


def outside(folder: Path) -> None:
    as_csv(folder.parent)
    (folder / "pay.csv").symlink_to(folder.parent / "pay.csv")


HEAD, LINE = ",".join(NAMES), ",".join(ROW)
WRONG: dict[str, tuple[Callable[[Path], None], str]] = {
    "a figure with a comma": (changed(employees="1,200"), "pay.csv has \"1,200\" in column 'employees', in row 4 (the"),
    "a figure that is a symbol": (changed(median="[c]"), "pay.csv has \"[c]\" in column 'median', in row 4"),
    "a figure with a line under it": (changed(employees="1_200"), "\"1_200\" in column 'employees', in row 4"),
    "a figure that is none": (changed(employees="NaN"), "\"NaN\" in column 'employees', in row 4"),
    "a share": (changed(largest="60%"), "\"60%\" in column 'largest'"),
    "a date": (changed(second="2023-01-01"), "\"2023-01-01\" in column 'second'"),
    "half an employer": (changed(employers="1.5"), "a whole number, for it says how many"),
    "a negative count": (changed(employees="-1"), "a number from 0 to 1000000000, or NULL"),
    "a month of a spreadsheet": (
        changed(month="Jan-23"),
        '"Jan-23" in column \'month\', in the row of area "E08000003"',
    ),
    "a day for a month": (changed(month="2023-01-01"), 'as in "2024-01". If the column writes it otherwise'),
    "the name of a place": (changed(area="Manchester"), 'Did you mean "E08000003" (Manchester)?'),
    "no release": (changed(release=""), "each row needs a release"),
    "a row that is too short": (text(f"{HEAD}\n{LINE}\nE08\n"), "CSV Error on Line: 3 Original Line: E08"),
    "a first row that is too long": (
        text(f"{HEAD}\n{LINE},1\n{LINE}\n"),
        "CSV Error on Line: 2 Original Line: 2023-06,",
    ),
    "a quote that does not end": (text(f'{HEAD}\n"{LINE}\n'), "pay.csv cannot be read"),
    "semicolons": (text(HEAD.replace(",", ";") + "\n" + LINE.replace(",", ";") + "\n"), "has no column 'area'"),
    "no names": (text(""), "the file pay.csv is empty"),
    "a name twice": (text(f"{HEAD},Area\n{LINE},1\n"), "names its columns in row 1, each once; 'area' is not so"),
    "a column without a name": (text(f"{HEAD},\n{LINE},1\n"), "each once; '' is not so"),
    "another alphabet": (text(f"{HEAD}\n{LINE}\n".encode("utf-16")), "pay.csv cannot be read as CSV in UTF-8"),
    "a letter that is not in UTF-8": (
        text(f"{HEAD}\n{LINE}\n".encode().replace(b"E080", b"E\xe980")),
        "cannot be read as CSV in UTF-8",
    ),
    "two files of a name": (both, "has pay.csv and pay.parquet: one is allowed"),
    "no file": (
        lambda folder: write(folder / "wages.csv", [ROW]),
        "has no pay.csv, pay.parquet or folder pay of Parquet",
    ),
    "a file that lies elsewhere": (outside, "pay.csv cannot be read as CSV: Permission Error"),
    "a file of another kind": (lambda folder: write(folder / "pay.parquet", [ROW]), "pay.parquet cannot be read"),
    "two rows for a cell": (lambda folder: write(folder / "pay.csv", [ROW, ROW]), "several rows for one place"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_folder_that_would_be_misread_does_not_start_and_says_where(tmp_path: Path, what: str) -> None:
    keep, words = WRONG[what]
    folder = tmp_path / "data"
    folder.mkdir()
    keep(folder)
    with pytest.raises(ConfigError) as error:
        create_app(read(mapping(f"folder:{folder}")))
    assert words in str(error.value)


ADDRESSES = {
    "folder:nowhere": "nowhere does not exist",
    "folder:{folder}?threads=many": "an example is memory_limit=4GB&threads=2",
    "folder:{folder}?allowed_directories=/": "may say memory_limit and threads alone",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_of_a_folder_that_cannot_be_used_says_why(tmp_path: Path, address: str) -> None:
    as_csv(tmp_path)
    with pytest.raises(ConfigError) as error:
        create_app(read(mapping(address.format(folder=tmp_path))))
    assert ADDRESSES[address] in str(error.value)


REFUSED = {
    "SELECT * FROM read_csv('{outside}/other.csv')": "Permission Error",
    "SELECT * FROM read_csv('{folder}/../other.csv')": "Permission Error",
    "SELECT * FROM read_parquet('https://127.0.0.1/x.parquet')": "Permission Error",
    "SELECT * FROM glob('/etc/*')": "Permission Error",
    "COPY (SELECT 1) TO '{outside}/out.csv'": "Permission Error",
    "INSTALL httpfs": "Permission Error",
    "LOAD httpfs": "Permission Error",
    "SET enable_external_access = true": "configuration has been locked",
    "SET memory_limit = '100GB'": "configuration has been locked",
    "DELETE FROM pay": "Can only delete from base table",
}


@pytest.mark.parametrize("statement", REFUSED)
def test_nothing_but_the_folder_can_be_reached(tmp_path: Path, statement: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    as_csv(folder)
    (tmp_path / "other.csv").write_text("a\n1\n")
    opened = connect(read(mapping(f"folder:{folder}")))
    with opened.engine.connect() as connection, pytest.raises(SQLAlchemyError, match=REFUSED[statement]):
        connection.exec_driver_sql(statement.format(folder=folder, outside=tmp_path))
    opened.dispose()


async def test_memory_is_bounded_and_what_it_cannot_hold_is_not_needed_in_it(tmp_path: Path) -> None:
    as_csv(tmp_path)
    opened = connect(read(mapping(f"folder:{tmp_path}?memory_limit=64MB&threads=1")))
    with opened.engine.connect() as connection:
        (limit,) = connection.exec_driver_sql("SELECT current_setting('memory_limit')").one()
        many = "SELECT count(*) FROM (SELECT DISTINCT hash(i) FROM range(3000000) t(i))"
        assert connection.exec_driver_sql(many).scalar_one() == 3_000_000
    assert limit == "61.0 MiB"
    opened.dispose()
