"""Numbers of people changed by cell keys: a node over a table that was counted from records with keys."""

import csv
import random
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from departments.share.config import read
from departments.share.errors import ConfigError
from departments.share.node import create_app
from tests.departments.share_desk import Desk, Row, assertion, database, mapping, question

MEASURE = "claimantCount"
PLACES, MONTHS, SEXES = ("E08000003", "W06000015"), ("2023-01", "2023-02"), ("FEMALE", "MALE")
COLUMNS = ("release TEXT", "area TEXT", "month TEXT", "sex TEXT", "people INTEGER", "keys INTEGER")
KEYS = 256
GRANTED = {"grants": {MEASURE: {"basis": "AGREEMENT", "agreements": ["DSA-001 v2"]}}}


def added(size: int, key: int) -> int:
    """A made-up table: from -2 to 2, and never below nobody."""
    return max((size * 31 + key * 17) % 5 - 2, -size)


def keys_of(place: str, month: str, sex: str) -> list[int]:
    """The record keys of the people in a cell: none, a few, more than the table has lines for."""
    chance = random.Random(f"{place} {month} {sex}")
    count = {("E08000003", "FEMALE"): 12, ("W06000015", "MALE"): 0}.get((place, sex), chance.choice((3, 40, 900)))
    return [chance.randrange(KEYS) for _ in range(count)]


def counted(place: str, month: str, sexes: tuple[str, ...]) -> list[int]:
    return [key for sex in sexes for key in keys_of(place, month, sex)]


def rows() -> Iterator[Row]:
    for place, month, sex in product(PLACES, MONTHS, ("ALL", *SEXES)):
        keys = counted(place, month, SEXES if sex == "ALL" else (sex,))
        yield "2023-06", place, month, sex, len(keys), sum(keys)


def expected(place: str, month: str, sexes: tuple[str, ...]) -> int:
    """By the method's description: cell key, line of the table, what is added."""
    keys = counted(place, month, sexes)
    count, key = len(keys), sum(keys) % KEYS
    line = count if count <= 750 else (count - 1) % 250 + 501
    return count + added(line, key) if count else 0


def perturbation(file: Path, *, leave_out: int = 0) -> str:
    lines = [(size, key, added(size, key)) for size in range(1, 751) for key in range(KEYS)]
    with file.open("w", newline="") as text:
        csv.writer(text).writerows([("pcv", "ckey", "pvalue"), *lines[leave_out:]])
    return str(file)


def document(folder: Path, **changes: Any) -> Mapping[str, Any]:
    protection = {"perturbation": perturbation(folder / "ptable.csv"), "pattern": True, "round_to": 1}
    measure: dict[str, Any] = {"column": "people", "cell_key": "keys", **changes}
    return mapping(
        database(folder / "people.sqlite", rows(), COLUMNS),
        breakdowns=[["SEX"]],
        facets={"SEX": "sex"},
        measures={MEASURE: measure},
        protection=protection,
    )


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(document(tmp_path_factory.mktemp("people")))


def asked(*, evidence: bool, by: bool) -> dict[str, Any]:
    months = {"from": MONTHS[0], "to": MONTHS[-1]}
    shape = {"by": ["SEX"], "groups": [[sex] for sex in SEXES]} if by else {}
    return question(measures=[MEASURE], areas=list(PLACES), periods=months, evidence=evidence, **shape)


@pytest.mark.parametrize("by", [False, True])
@pytest.mark.parametrize("who", [GRANTED, {"org": "HMRC", "grants": {MEASURE: {"basis": "OWN", "agreements": []}}}])
async def test_everybody_sees_each_figure_changed_by_its_key_and_no_key(desk: Desk, who: Any, by: bool) -> None:
    body = asked(evidence=True, by=by)
    answer = await desk.answer(assertion(asked=body, **who), **body)
    groups = [(sex,) for sex in SEXES] if by else [SEXES]
    wanted = [expected(*cell) for cell in product(PLACES, MONTHS, groups)]
    assert answer["values"][MEASURE] == wanted
    assert answer["evidence"].get(MEASURE, {}).get("n", wanted) == wanted
    assert "keys" not in repr(answer)
    assert wanted != [len(counted(*cell)) for cell in product(PLACES, MONTHS, groups)], "something was changed"


async def test_what_is_published_is_changed_before_the_threshold_is_judged_and_zeros_are_hidden_too(desk: Desk) -> None:
    body = asked(evidence=False, by=True)
    answer = await desk.answer(assertion(asked=body, grants={MEASURE: {"basis": "PUBLISHED"}}), **body)
    wanted = [expected(*cell) for cell in product(PLACES, MONTHS, [(sex,) for sex in SEXES])]
    assert answer["values"][MEASURE] == [None if value < 10 else value for value in wanted]
    assert 0 in wanted


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"additive": False, "n": "people"}, "cell_key is for numbers of people"),
        ({"contributors": "people"}, "cell_key is for numbers of people"),
        ({"cell_key": "nowhere"}, "has no column 'nowhere'"),
    ],
)
def test_a_key_is_for_numbers_of_people(tmp_path: Path, changes: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        create_app(read(document(tmp_path, **changes)))


@pytest.mark.parametrize("other", [{"column": "people"}, {"column": "total", "n": "people"}, {"column": "keys"}])
def test_neither_exact_numbers_nor_keys_leave_by_another_measure(tmp_path: Path, other: Any) -> None:
    whole = dict(document(tmp_path))
    [dataset] = whole["datasets"]
    measures = {**dataset["measures"], "peopleOnUniversalCredit": other}
    with pytest.raises(ConfigError, match="leaves by its cell keys alone, or is those"):
        read({**whole, "datasets": [{**dataset, "measures": measures}]})


async def test_two_measures_of_one_column_and_key_are_each_changed_once(tmp_path: Path) -> None:
    whole = dict(document(tmp_path))
    [dataset] = whole["datasets"]
    measures = {**dataset["measures"], "peopleOnUniversalCredit": dataset["measures"][MEASURE]}
    both = Desk({**whole, "datasets": [{**dataset, "measures": measures}]})
    body = asked(evidence=False, by=False) | {"measures": list(measures)}
    grants = {name: {"basis": "PUBLISHED"} for name in measures}
    answer = await both.answer(assertion(asked=body, grants=grants), **body)
    wanted = [expected(*cell) for cell in product(PLACES, MONTHS, [SEXES])]
    shown = [None if value < 10 else value for value in wanted]
    assert answer["values"] == dict.fromkeys(measures, shown)


def test_a_key_needs_a_table_that_is_whole(tmp_path: Path) -> None:
    whole = dict(document(tmp_path))
    perturbation(tmp_path / "ptable.csv", leave_out=1)
    with pytest.raises(ConfigError, match="one line for each pcv from 1 to 750 and each ckey"):
        create_app(read(whole))
    (tmp_path / "ptable.csv").write_text("pcv,ckey\n1,2\n")
    with pytest.raises(ConfigError, match="whole numbers in columns pcv, ckey and pvalue"):
        create_app(read(whole))
    (tmp_path / "ptable.csv").unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        create_app(read(whole))
    [dataset] = whole["datasets"]
    with pytest.raises(ConfigError, match="perturbation is needed"):
        read({**whole, "datasets": [{**dataset, "protection": {}}]})
