"""Mapping files: any database's own codes, dates and totals; and what is not shared at all."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from departments.share import catalogue
from departments.share.config import ConfigError, load, read
from departments.share.node import create_app, serve
from tests.departments.share_desk import COLUMNS, TRUST, Desk, database, jwks, mapping, question, rows

Told = dict[str, Any]


def measure(**changes: Any) -> Told:
    return {"payrolledEmployees": {"column": "employees", **changes}}


def at_top(key: str, value: Any) -> Callable[[Told], Told]:
    return lambda document: {**document, key: value}


def without(key: str) -> Callable[[Told], Told]:
    return lambda document: {name: value for name, value in document.items() if name != key}


def in_dataset(**changes: Any) -> Callable[[Told], Told]:
    return lambda document: mapping(document["database"], **changes)


WRONG: dict[str, tuple[Callable[[Told], Told], str]] = {
    "an unknown key": (at_top("tables", []), "tables is not a key: allowed are node, department, database, trust"),
    "no name": (without("node"), "node is needed"),
    "a name that is no text": (at_top("node", 5), "node must be text, not 5"),
    "no datasets": (without("datasets"), "datasets is needed"),
    "a dataset that is no table": (at_top("datasets", ["pay"]), "datasets[0] must be a table"),
    "no trust": (without("trust"), "trust is needed"),
    "no keys": (at_top("trust", {"issuer": "x"}), "trust.keys is needed"),
    "keys that are none": (at_top("trust", {"issuer": "x", "keys": {"keys": []}}), "no public key for EdDSA or ES256"),
    "keys in no file": (at_top("trust", {"issuer": "x", "keys": "nowhere.json"}), "nowhere.json cannot be read"),
    "keys over plain http": (at_top("trust", {"issuer": "x", "keys": "http://trust.example/k"}), "begin with https"),
    "a text where texts are listed": (
        at_top("refuse", {"organisations": "DfE"}),
        "refuse.organisations must be a list",
    ),
    "rows that are no number": (at_top("rows", True), "rows must be a whole number of 1 or more, not true"),
    "no rows at all": (at_top("rows", 0), "rows must be a whole number of 1 or more, not 0"),
    "two datasets of one name": (
        lambda document: {**document, "datasets": document["datasets"] * 2},
        'datasets has two datasets with the id "pay"',
    ),
    "an unknown length": (
        in_dataset(every="WEEK"),
        'datasets[pay].every "WEEK" is not known: allowed are MONTH, QUARTER',
    ),
    "an unknown day": (in_dataset(day="middle"), 'day "middle" is not known: allowed are first, last'),
    "an unknown facet": (
        in_dataset(facets={"REGION": "area"}, breakdowns=None),
        "facets.REGION is not a key: allowed are SEX",
    ),
    "an unmapped facet": (in_dataset(breakdowns=[["AGE_BAND"]]), "breakdowns[0] names AGE_BAND"),
    "a facet without a column": (in_dataset(facets={"SEX": {}}, breakdowns=None), "facets.SEX.column is needed"),
    "an unknown member": (
        in_dataset(facets={"SEX": {"column": "sex", "members": {"F": "FEMALE"}}}, breakdowns=None),
        'facets.SEX.members "F" is not known: allowed are FEMALE, MALE',
    ),
    "one text for two members": (
        in_dataset(facets={"SEX": {"column": "sex", "members": {"FEMALE": "X", "MALE": "X"}}}, breakdowns=None),
        "the one text",
    ),
    "no measures": (in_dataset(measures={}), "measures must hold at least one"),
    "a measure without a column": (in_dataset(measures={"jobs": {}}), "measures.jobs.column is needed"),
    "an unknown kind of evidence": (
        in_dataset(measures=measure(top3="x")),
        "top3 is not a key: allowed are column, n, contributors, top1, top2, additive, round_to, cell_key. Did you",
    ),
    "half a dominance": (in_dataset(measures=measure(top1="largest")), "top1 and top2 go together"),
    "a median of nobody knows how many": (
        in_dataset(measures=measure(additive=False)),
        "measures.payrolledEmployees.n is needed: how many",
    ),
    "an unknown protection": (in_dataset(protection={"noise": 1}), "protection.noise is not a key"),
    "rounding to nothing": (
        in_dataset(protection={"round_to": 0}),
        "protection.round_to must be a number above 0, not 0",
    ),
    "a negative threshold": (
        in_dataset(protection={"suppress_below": -1}),
        "protection.suppress_below must be a number of 0 or more, not -1",
    ),
    "a measure rounded to nothing": (
        in_dataset(measures=measure(round_to=0)),
        "measures.payrolledEmployees.round_to must be a number above 0, not 0",
    ),
    "a measure rounded to a word": (
        in_dataset(measures=measure(round_to="5")),
        'measures.payrolledEmployees.round_to must be a number above 0, not "5"',
    ),
    "no such table": (in_dataset(table="wages"), "the database has no table 'wages'"),
    "no such column": (in_dataset(measures=measure(column="people")), "has no column 'people'"),
    "a column of texts": (in_dataset(measures=measure(column="sex")), "column 'sex' holds texts, not figures"),
    "no such file": (at_top("database", "sqlite:///nowhere/pay.sqlite"), "nowhere/pay.sqlite does not exist"),
    "no URL": (at_top("database", "pay.sqlite"), "not an SQLAlchemy URL"),
    "no driver": (at_top("database", "mysql+mysqldb://reader@db/pay"), "driver is not installed"),
    "no such variable": (at_top("database", "$NOBODY_SET_THIS"), "NOBODY_SET_THIS, which is not set"),
}


@pytest.mark.parametrize("how", WRONG)
def test_a_wrong_mapping_does_not_start_and_says_why(tmp_path: Path, how: str) -> None:
    change, words = WRONG[how]
    document = change(mapping(database(tmp_path / "pay.sqlite")))
    with pytest.raises(ConfigError) as error:
        create_app(read(document))
    assert words in str(error.value)


def test_a_private_key_or_a_shared_secret_among_the_trusts_keys_is_not_used(tmp_path: Path) -> None:
    private = {**jwks(TRUST)["keys"][0], "d": "AAAA"}
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "k1", "alg": "HS256"}
    document = mapping(database(tmp_path / "pay.sqlite"))
    with pytest.raises(ConfigError, match="no public key"):
        create_app(read({**document, "trust": {"issuer": "x", "keys": {"keys": [private, secret, "k"]}}}))


def test_a_table_with_a_row_for_each_person_is_never_shared(tmp_path: Path) -> None:
    people = [("2023-06", "E08000003", "2023-01", "FEMALE", "A", 1, 2000.0, 1, 1, 0)] * 3
    document = mapping(database(tmp_path / "pay.sqlite", people))
    with pytest.raises(ConfigError, match=r"several rows for one place, period and group .*FEMALE"):
        create_app(read(document))


def test_a_table_that_is_finer_than_its_mapping_says_is_never_shared(tmp_path: Path) -> None:
    document = mapping(database(tmp_path / "pay.sqlite"), facets={"SEX": "sex"}, breakdowns=[["SEX"]])
    with pytest.raises(ConfigError, match="several rows"):
        create_app(read(document))


def test_codes_that_nobody_mapped_are_named(tmp_path: Path) -> None:
    table = [("r", "E08000003", "2023-01", sex, "ALL", 50, 1.0, 5, 10, 9) for sex in ("F", "M", "T")]
    document = mapping(database(tmp_path / "pay.sqlite", table), breakdowns=[["SEX"]], facets={"SEX": "sex"})
    with pytest.raises(ConfigError, match="holds no member of SEX but F, M, T"):
        create_app(read(document))


async def test_a_database_may_keep_codes_of_its_own(tmp_path: Path) -> None:
    columns = [name.replace("sex TEXT", "sex INTEGER").replace("month TEXT", "month INTEGER") for name in COLUMNS]
    codes = {"ALL": 0, "FEMALE": 2, "MALE": 1}
    table = [(*row[:2], int(str(row[2]).replace("-", "")), codes[str(row[3])], *row[4:]) for row in rows()]
    sex = {"column": "sex", "members": {"FEMALE": "2", "MALE": "1"}, "total": "0"}
    url = database(tmp_path / "own.sqlite", table, columns)
    own = Desk(mapping(url, facets={"SEX": sex, "INDUSTRY": "industry"}, format="%Y%m"))
    plain = Desk(mapping(database(tmp_path / "plain.sqlite")))
    for by in ([], ["SEX"], ["SEX", "INDUSTRY"]):
        assert await own.answer(by=by) == await plain.answer(by=by)
    (dataset,) = orjson.loads((await own.http.get("/v1/datasets")).content)["datasets"]
    assert dataset["dimensions"]["SEX"] == ["FEMALE", "MALE"]


@pytest.mark.parametrize("day", ["first", "last"])
@pytest.mark.parametrize("kind", ["DATE", "DATETIME"])
async def test_a_database_may_keep_dates_and_leave_totals_null(tmp_path: Path, kind: str, day: str) -> None:
    columns = [name.replace("month TEXT", f"month {kind}") for name in COLUMNS]
    days = {"first": {1: 1, 2: 1, 3: 1, 4: 1}, "last": {1: 31, 2: 28, 3: 31, 4: 30}}[day]
    clock = " 00:00:00.000000" if kind == "DATETIME" else ""
    table = [
        (*row[:2], f"{row[2]}-{days[int(str(row[2])[-2:])]:02d}{clock}", *(None if c == "ALL" else c for c in row[3:5]),
         *row[5:])
        for row in rows()
    ]  # fmt: skip
    dated = Desk(mapping(database(tmp_path / "dated.sqlite", table, columns), day=day, null_total=True))
    plain = Desk(mapping(database(tmp_path / "plain.sqlite")))
    for by in ([], ["SEX"], ["SEX", "INDUSTRY"]):
        assert await dated.answer(by=by) == await plain.answer(by=by)


async def test_a_dataset_without_releases_or_facets_answers_its_totals(tmp_path: Path) -> None:
    table = [("", "E08000003", "2023-01", "", "", 120, 1.0, 5, 10, 9)]
    url = database(tmp_path / "pay.sqlite", table)
    desk = Desk(mapping(url, release=None, facets=None, breakdowns=None))
    answer = await desk.answer(areas=["E08000003"])
    assert (answer["release"], answer["values"]["payrolledEmployees"]) == (None, [120.0, None])


KEY = ("2023-06", "E08000003", "2023-01", "ALL", "ALL")
SOUND = (*KEY, 120, 2000.0, 5, 60, 9)
# What SQLite keeps in columns of any type: what is wrong, column by column, and what the refusal says.
IN_ROW = 'in the row of area "E08000003", month "2023-01", sex "MALE", industry "ALL", release "2023-06": a figure'

UNREADABLE: dict[str, tuple[dict[str, Any], str]] = {
    "a month in words": ({"month": "January 2023"}, "\"January 2023\" in column 'month'"),
    "a month in words, with the row": (
        {"month": "Jan-23"},
        '"Jan-23" in column \'month\', in the row of area "E08000003", sex "MALE", industry "ALL", release "2023-06": '
        'a MONTH is written there as in "2024-01".',
    ),
    "a month without its nought": ({"month": "2023-1"}, 'as in "2024-01"'),
    "a month that there is not": ({"month": "2023-13"}, '"2023-13" in column'),
    "a month written together": ({"month": "202301"}, "say how by format and day"),
    "a quarter for a month": ({"month": "2023-Q1"}, "a MONTH is written"),
    "a year for a month": ({"month": 2023}, "a MONTH is written"),
    "a month with a blank behind it": ({"month": "2023-02 "}, '"2023-02 " in column'),
    "a month with a line's end": ({"month": "2023-02\n"}, "a MONTH is written"),
    "a month in other digits": ({"month": "²023-01"}, "a MONTH is written"),
    "no month": ({"month": None}, "NULL in column 'month'"),
    "an empty month": ({"month": ""}, '"" in column'),
    "a month of bytes": ({"month": b"2023-01"}, "a MONTH is written"),
    "the name of a place": ({"area": "Manchester"}, '"Manchester" in column \'area\', in the row of month "2023-01"'),
    "the name of a place is answered with its code": ({"area": "Manchester"}, 'Did you mean "E08000003" (Manchester)?'),
    "a code of a place that is too short": ({"area": "E0800003"}, 'Did you mean "E08000003" (Manchester)?'),
    "a code of a place in small letters": ({"area": "e08000003"}, 'Did you mean "E08000003" (Manchester)?'),
    "a code of a place in other digits": ({"area": "E0800000³"}, "a place is a GSS code"),
    "a code of a place that is a number": ({"area": 8000003}, "a place is a GSS code"),
    "a code of a place with a blank behind it": ({"area": "E08000003 "}, "a place is a GSS code"),
    "no place": ({"area": None}, "NULL in column 'area'"),
    "nobody knows which": ({"area": "UNKNOWN"}, "Share a view without rows of other places"),
    "no release": ({"release": None}, "each row needs a release"),
    "a figure in words": ({"employees": "many"}, f"\"many\" in column 'employees', {IN_ROW}"),
    "a figure that is a symbol": ({"median": "c"}, "a number from 0 to 1000000000, or NULL"),
    "a figure that is empty": ({"median": ""}, "\"\" in column 'median'"),
    "a figure in bytes": ({"median": b"5"}, "in column 'median'"),
    "a negative count": ({"employees": -1}, '"-1" in column'),
    "a negative median": ({"median": -0.5}, '"-0.5" in column'),
    "a figure without end": ({"median": 9e999}, '"inf" in column'),
    "a figure beyond all": ({"employees": 1e308}, '"1e+308" in column'),
    "half an employer": ({"employers": 1.5}, f"\"1.5\" in column 'employers', {IN_ROW}"),
    "half an employee": ({"employees": 120.5}, "a whole number, for it says how many"),
    "evidence in words": ({"largest": "most"}, "\"most\" in column 'largest'"),
}


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "not declared"])
@pytest.mark.parametrize("what", UNREADABLE)
def test_a_table_with_a_row_that_cannot_be_read_does_not_start_and_names_it(
    tmp_path: Path, what: str, declared: bool
) -> None:
    names = [column.split()[0] for column in COLUMNS]
    changes, words = UNREADABLE[what]
    wrong = tuple({**dict(zip(names, SOUND, strict=True)), "sex": "MALE", **changes}.values())
    columns = COLUMNS if declared else names
    document = mapping(database(tmp_path / "pay.sqlite", [SOUND, wrong], columns))
    with pytest.raises(ConfigError) as error:
        create_app(read(document))
    assert "dataset 'pay': table 'pay' has " in str(error.value)
    assert words in str(error.value)


NO_MONTHS = [
    ("DATE", "2023-01-15"),
    ("DATE", "soon"),
    ("DATE", None),
    ("DATETIME", "2023-01-01 09:30:00"),
    ("DATETIME", "2023"),
    ("INTEGER", 202313),
    ("INTEGER", "x"),
]


@pytest.mark.parametrize("kind,value", NO_MONTHS)
def test_dates_and_numbers_that_are_no_month_are_refused_too(tmp_path: Path, kind: str, value: Any) -> None:
    columns = [name.replace("month TEXT", f"month {kind}") for name in COLUMNS]
    written = {"DATE": "2023-01-01", "DATETIME": "2023-01-01 00:00:00.000000", "INTEGER": 202301}[kind]
    form = {"format": "%Y%m"} if kind == "INTEGER" else {}
    table = [(*SOUND[:2], month, sex, *SOUND[4:]) for month, sex in ((written, "ALL"), (value, "MALE"))]
    create_app(
        read(mapping(database(tmp_path / "sound.sqlite", table[:1], columns), facets=None, breakdowns=None, **form))
    )
    with pytest.raises(ConfigError, match=r"in column 'month', in the row of .*: a MONTH is written there as in"):
        create_app(read(mapping(database(tmp_path / "wrong.sqlite", table, columns), **form)))


def test_a_format_that_does_not_tell_months_apart_is_refused(tmp_path: Path) -> None:
    table = [(*SOUND[:2], "2023", *SOUND[3:])]
    with pytest.raises(ConfigError, match="'%Y' writes several periods in one way: each MONTH needs its own"):
        create_app(read(mapping(database(tmp_path / "pay.sqlite", table), format="%Y")))


async def test_a_release_that_comes_later_is_checked_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(catalogue, "FRESH", 0.0)
    monkeypatch.setattr(catalogue, "SHARE", 0.0)
    path = tmp_path / "pay.sqlite"
    desk = Desk(mapping(database(path, [SOUND]), facets=None, breakdowns=None))
    query = {"areas": ["E08000003"], "periods": {"from": "2023-01", "to": "2023-01"}}
    assert (await desk.answer(**query))["values"]["payrolledEmployees"] == [120]
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO pay SELECT '2023-07', area, 'Jan 23', sex, industry, 1, 1, 1, 1, 0 FROM pay")
    assert (await desk.problem(question(**query)))["status"] == 503
    assert "Jan 23" in caplog.text
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE pay SET month = '2023-01', employees = 125 WHERE release = '2023-07'")
    connection.close()
    answer = await desk.answer(**query)
    assert (answer["release"], answer["values"]["payrolledEmployees"]) == ("2023-07", [125])


async def test_a_column_that_comes_to_hold_words_is_not_answered_from(tmp_path: Path) -> None:
    path = tmp_path / "pay.sqlite"
    desk = Desk(mapping(database(path, [SOUND]), facets=None, breakdowns=None))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE pay SET employees = 'many'")
    connection.close()
    problem = await desk.problem({"areas": ["E08000003"], "periods": {"from": "2023-01", "to": "2023-01"}})
    assert problem["status"] == 503


async def test_missing_evidence_suppresses(tmp_path: Path) -> None:
    table = [
        ("r", "E06000001", "2023-01", "ALL", "ALL", None, 2000.0, 50, 10, 9),
        ("r", "E06000002", "2023-01", "ALL", "ALL", 500, 2000.0, None, 10, 9),
        ("r", "E06000003", "2023-01", "ALL", "ALL", 500, 2000.0, 50, None, 9),
        ("r", "E06000004", "2023-01", "ALL", "ALL", 500, 2001.0, 50, 10, 9),
        ("r", "E06000005", "2023-01", "ALL", "ALL", 0, 0.0, 0, 0, 0),
    ]
    evidence = {"n": "employees", "contributors": "employers", "top1": "largest", "top2": "second"}
    wages = {"medianMonthlyPay": {"column": "median", "additive": False, **evidence}}
    url = database(tmp_path / "pay.sqlite", table)
    desk = Desk(mapping(url, measures=wages, facets=None, breakdowns=None))
    areas = [str(row[1]) for row in table]
    month = {"from": "2023-01", "to": "2023-01"}
    answer = await desk.answer(measures=["medianMonthlyPay"], areas=areas, periods=month, evidence=False)
    assert answer["values"]["medianMonthlyPay"] == [None, None, None, 2001.0, 0.0]
    assert answer["status"]["medianMonthlyPay"] == ["Q", "Q", "Q", "A", "A"]


async def test_a_figure_of_nobody_knows_how_many_is_suppressed(tmp_path: Path) -> None:
    table = [("r", "E06000001", "2023-01", "ALL", "ALL", None, 2000.0, 50, 10, 9)]
    wages = {"medianMonthlyPay": {"column": "median", "additive": False, "n": "employees"}}
    desk = Desk(mapping(database(tmp_path / "pay.sqlite", table), measures=wages, facets=None, breakdowns=None))
    query = {"areas": ["E06000001"], "periods": {"from": "2023-01", "to": "2023-01"}, "measures": ["medianMonthlyPay"]}
    answer = await desk.answer(evidence=False, **query)
    assert (answer["values"], answer["status"]) == ({"medianMonthlyPay": [None]}, {"medianMonthlyPay": ["Q"]})


async def test_a_department_sets_its_own_thresholds(tmp_path: Path) -> None:
    table = [("r", "E06000001", f"2023-0{month}", "ALL", "ALL", n, 1.0, 1, n, 0) for month, n in ((1, 29), (2, 33))]
    url = database(tmp_path / "pay.sqlite", table)
    rule = {"suppress_below": 30, "round_to": 10, "contributors": 0, "percent": 0}
    desk = Desk(mapping(url, protection=rule, facets=None, breakdowns=None))
    answer = await desk.answer(areas=["E06000001"], evidence=False)
    assert answer["values"]["payrolledEmployees"] == [None, 30.0]


ROUNDINGS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], tuple[float, float]]] = {
    "by default counts alone": ({}, {}, {}, (35.0, 2001.5)),
    "counts as the dataset says": ({"round_to": 10}, {}, {}, (30.0, 2001.5)),
    "a median as its measure says": ({}, {}, {"round_to": 100}, (35.0, 2000.0)),
    "a count as its measure says": ({"round_to": 10}, {"round_to": 1}, {}, (33.0, 2001.5)),
    "a rate to half a point": ({}, {}, {"round_to": 0.5}, (35.0, 2001.5)),
}


@pytest.mark.parametrize("how", ROUNDINGS)
async def test_only_counts_are_rounded_unless_a_measure_says_so(tmp_path: Path, how: str) -> None:
    protection, count, median, expected = ROUNDINGS[how]
    table = [("r", "E06000001", "2023-01", "ALL", "ALL", 33, 2001.5, 9, 5, 5)]
    measures = {
        "payrolledEmployees": {"column": "employees", "n": "employees", **count},
        "medianMonthlyPay": {"column": "median", "n": "employees", "additive": False, **median},
    }
    url = database(tmp_path / "pay.sqlite", table)
    desk = Desk(mapping(url, measures=measures, protection=protection, facets=None, breakdowns=None))
    month = {"from": "2023-01", "to": "2023-01"}
    answer = await desk.answer(measures=[*measures], areas=["E06000001"], periods=month, evidence=False)
    assert [answer["values"][name] for name in measures] == [[value] for value in expected]


def test_the_database_can_be_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = database(tmp_path / "pay.sqlite")
    monkeypatch.setenv("PAY_DATABASE", url)
    assert read(mapping("$PAY_DATABASE")).database == url


def test_lmdt_share_exits_2_where_the_mapping_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from app.cli import main

    file = tmp_path / "hmrc.toml"
    file.write_text('node = "hmrc"\ndatabase = 5\n')
    assert main(["share", str(file)]) == 2
    assert "datasets is needed" in capsys.readouterr().err
    assert main(["share", str(tmp_path / "none.toml")]) == 2
    assert "No such file" in capsys.readouterr().err
    file.write_text("node = ")
    with pytest.raises(ConfigError, match=r"hmrc\.toml"):
        serve(file, "127.0.0.1", 0)


def test_a_view_can_be_shared_and_a_table_of_a_schema(tmp_path: Path) -> None:
    path = tmp_path / "pay.sqlite"
    url = database(path)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE VIEW published AS SELECT * FROM pay WHERE release = '2023-06'")
    connection.close()
    create_app(read(mapping(url, table="published")))
    create_app(read(mapping(url, table="main.pay")))


@pytest.mark.parametrize("name", ["hmrc", "beis"])
def test_the_samples_mappings_can_be_read(name: str) -> None:
    config = load(Path("departments") / f"{name}.toml")
    assert config.node == name
    assert all(table.breakdowns for table in config.tables.values())
