"""Nomis in its published shapes, and in every way that these can be damaged.

Contains public sector information licensed under the Open Government Licence v3.0.
"""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.figure import Marker
from reference.period import parse
from resolvers.errors import DepartmentError
from resolvers.source import read
from resolvers.table import Slice
from tests.resolvers.nomis_desk import (
    HEAD,
    URL,
    Desk,
    answer,
    claimant_source,
    claimants,
    definition,
    observation,
    published,
)

FULL = """
DATE,DATE_NAME,DATE_CODE,DATE_TYPE,DATE_TYPECODE,DATE_SORTORDER,GEOGRAPHY,GEOGRAPHY_NAME,GEOGRAPHY_CODE,
GEOGRAPHY_TYPE,GEOGRAPHY_TYPECODE,GEOGRAPHY_SORTORDER,SEX,SEX_NAME,SEX_CODE,SEX_TYPE,SEX_TYPECODE,SEX_SORTORDER,
ITEM,ITEM_NAME,ITEM_CODE,ITEM_TYPE,ITEM_TYPECODE,ITEM_SORTORDER,MEASURES,MEASURES_NAME,OBS_VALUE,OBS_STATUS,
OBS_STATUS_NAME,OBS_CONF,OBS_CONF_NAME,URN,RECORD_OFFSET,RECORD_COUNT
""".replace("\n", "")
LINE = (
    '2021-12,"December 2021",2021-12,date,0,0,2092957697,"United Kingdom",K02000001,"countries",499,0,'
    '5,"Male",5,sex,0,0,1,"Total claimants",1,item,0,0,{measures},"Persons, claiming JSA",{value},{status},"{text}",F,'
    '"Free (free for publication)",Nm-1d1d32348e0d2092957697d5d1d{measures},{at},3'
)


async def test_all_34_columns_are_read_to_their_published_figures() -> None:
    dataset = {
        "id": "NM_1_1",
        "title": "Jobseeker's Allowance",
        "licence": "Open Government Licence v3.0",
        "every": "MONTH",
        "pins": {"sex": 5, "item": 1},
        "measures": {
            "claimantCount": {"codes": {"measures": 20100}},
            "employmentRate": {"codes": {"measures": 20201}},
            "inactivityRate": {"codes": {"measures": 20202}},
        },
    }
    source = read("ons", {"department": "ONS", "protocol": "nomis", "url": f"{URL}/api/v01", "datasets": [dataset]})
    rows = [
        (20100, "73931", "A", "Normal Value"),
        (20201, "0.3", "A", "Normal Value"),
        (20202, "", "Q", "These figures are missing."),
    ]
    lines = [LINE.format(measures=m, value=v, status=s, text=t, at=at) for at, (m, v, s, t) in enumerate(rows)]
    body = "\n".join([FULL, *lines, ""])
    names = ("claimantCount", "employmentRate", "inactivityRate")
    (table,), _ = await Desk(source, published(body)).answer(
        "NM_1_1", Slice(names, ("K02000001",), (parse("2021-12"),))
    )
    values = [table.columns[name].values[0, 0, 0] for name in names]
    assert values[:2] == [73931.0, 0.3]
    assert np.isnan(values[2])
    assert [int(table.columns[name].markers[0, 0, 0]) for name in names] == [0, 0, int(Marker.x)]


DEFINITION = b"""{"structure": {"keyfamilies": {"keyfamily": [{"id": "NM_2002_1", "agencyid": "NOMIS", "version": 1,
  "annotations": {"annotation": [{"annotationtitle": "Status", "annotationtext": "Current (being actively updated)"}]},
  "components": {"dimension": [
    {"codelist": "CL_2002_1_GEOGRAPHY", "conceptref": "GEOGRAPHY"},
    {"codelist": "CL_2002_1_GENDER", "conceptref": "GENDER"},
    {"codelist": "CL_2002_1_C_AGE", "conceptref": "C_AGE"},
    {"codelist": "CL_2002_1_MEASURES", "conceptref": "MEASURES"},
    {"codelist": "CL_2002_1_FREQ", "conceptref": "FREQ", "isfrequencydimension": "true"}],
   "timedimension": {"codelist": "CL_2002_1_TIME", "conceptref": "TIME"}, "primarymeasure": {"conceptref": "OBS_VALUE"}}
}]}}}"""
ENGLAND = b"""{"header": {"truncated": "false", "source": "ONS"}, "obs": [{
  "geography": {"value": 2092957699, "description": "England", "geogcode": "E92000001"},
  "gender": {"value": 0, "description": "Total"}, "c_age": {"value": 200, "description": "All Ages"},
  "measures": {"value": 20100, "description": "Value"}, "time": {"value": "2021", "description": "2021"},
  "obs_value": {"value": 56554891}, "obs_status": {"value": "A", "description": "Normal Value"}}]}"""


async def test_the_published_json_and_definition_are_read_to_their_figure() -> None:
    dataset = {
        "id": "NM_2002_1",
        "title": "Population estimates",
        "licence": "Open Government Licence v3.0",
        "every": "YEAR",
        "format": "json",
        "pins": {"gender": 0, "c_age": 200, "measures": 20100},
        "measures": {"population": {}},
    }
    source = read("ons", {"department": "ONS", "protocol": "nomis", "url": f"{URL}/api/v01", "datasets": [dataset]})
    desk = Desk(source, published(ENGLAND, NM_2002_1=DEFINITION))
    (table,), _ = await desk.answer("NM_2002_1", Slice(("population",), ("E92000001",), (parse("2021"),)))
    assert table.columns["population"].values.ravel().tolist() == [56554891.0]
    assert table.release is None


# Damage

PLACES, MONTHS = ("E08000003", "E12000007"), ("2021-03", "2021-04")
FIGURES = {
    (place, month, sex): 100 * at + 7
    for at, (place, month, sex) in enumerate((p, m, s) for p in PLACES for m in MONTHS for s in (2, 1))
}
EXPECTED = np.array(list(FIGURES.values()), float).reshape(2, 2, 2)
ROWS = [
    f'{place},{month},20100,1,0,{sex},{value},A,"Normal Value",F,{len(FIGURES)}'
    for (place, month, sex), value in FIGURES.items()
]
OBSERVATIONS = [
    observation(sex, value, geography={"value": 1, "geogcode": place}, time={"value": month})
    for (place, month, sex), value in FIGURES.items()
]
# What takes the place of a part. None of it is a number that a figure may have.
RUBBISH = st.sampled_from(
    ["", " ", "x", "969 ", "²", "1e5", "nan", "inf", "0x1F", "1_000", '"', "'", "\n", "\ufeff", "<html>", "Q", "A", "-"]
)
TREES = st.one_of(RUBBISH, st.sampled_from([None, True, False, [], {}, [[]], [1], {"value": "x"}, {"code": 1}, "969"]))


async def damaged(data: bytes, form: str, **metadata: bytes) -> None:
    """Either an error of the department, or figures each of which is right or null with its marker."""
    desk = Desk(claimant_source(form), published(data, **metadata))
    try:
        (table,), _ = await desk.answer("NM_162_1", claimants(PLACES, MONTHS, by_sex=True))
    except DepartmentError:
        return
    column = table.columns["claimantCount"]
    null = np.isnan(column.values)
    np.testing.assert_array_equal(column.values[~null], EXPECTED[~null])
    assert (column.markers[null] > 0).all()
    if form == "csv":
        # No row can be lost without the count telling: what is x, is so for words that its note gives.
        assert set(np.flatnonzero(column.markers == int(Marker.x)).tolist()) <= set(column.notes)
    np.testing.assert_array_equal(column.markers[~null] & int(Marker.x | Marker.c), 0)


def replaced(tree: Any, path: list[int], part: Any) -> Any:
    """A copy of a JSON document with the part at a path replaced: at each step, the child of that number (counted
    round); where there are no children, the part stands there."""
    if not path or not isinstance(tree, dict | list) or not tree:
        return part
    keys: list[Any] = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
    tree = copy.copy(tree)
    key = keys[path[0] % len(keys)]
    tree[key] = replaced(tree[key], path[1:], part)
    return tree


PATHS = st.lists(st.integers(0, 15), max_size=7)


def split(row: str) -> list[str]:
    return row.split(",")


def without_column(table: list[list[str]], at: int, _: str) -> None:
    for row in table:
        del row[at % len(row)]


def with_column(table: list[list[str]], at: int, rubbish: str) -> None:
    name = table[0][at % len(table[0])]
    for row in table:
        row.append('"' + rubbish.replace('"', '""') + '"')
    table[0][-1] = name


def with_other_cell(table: list[list[str]], at: int, rubbish: str) -> None:
    row = table[at % len(table)]
    row[at // len(table) % len(row)] = rubbish


def with_quoted_cell(table: list[list[str]], at: int, rubbish: str) -> None:
    with_other_cell(table, at, '"' + rubbish.replace('"', '""') + '"')


def with_a_row_twice(table: list[list[str]], at: int, _: str) -> None:
    table.append(list(table[at % len(table)]))


def without_a_row(table: list[list[str]], at: int, _: str) -> None:
    del table[at % len(table)]


def with_a_row_of_another_place(table: list[list[str]], at: int, rubbish: str) -> None:
    table.append([rubbish, *table[at % len(table)][1:]])


def in_another_order(table: list[list[str]], at: int, _: str) -> None:
    table[1:] = table[1 + at % 8 :] + table[1 : 1 + at % 8]


def counted_anew(table: list[list[str]], _: int, __: str) -> None:
    for row in table[1:]:
        row[-1] = str(len(table) - 1)


DAMAGE: list[Callable[[list[list[str]], int, str], None]] = [
    without_column, with_column, with_other_cell, with_quoted_cell, with_a_row_twice, without_a_row,
    with_a_row_of_another_place, in_another_order,
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(data=st.data())
async def test_damaged_csv_is_an_error_or_right(data: st.DataObject) -> None:
    table = [split(row) for row in (HEAD, *ROWS)]
    for damage in data.draw(st.lists(st.sampled_from(DAMAGE), min_size=1, max_size=2)):
        if len(table) > 1 and table[0]:
            damage(table, data.draw(st.integers(0, 200)), data.draw(RUBBISH))
    ending = data.draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))
    body = (data.draw(st.sampled_from(["", "\ufeff", "\n"])) + ending.join(map(",".join, table)) + ending).encode()
    await damaged(body[: data.draw(st.sampled_from([None, *range(len(body))]))], "csv")


@settings(max_examples=100, deadline=None)
@given(rubbish=st.binary(max_size=40), at=st.integers(0, 2_000))
async def test_bytes_among_csv_are_an_error_or_right(rubbish: bytes, at: int) -> None:
    body = "\n".join([HEAD, *ROWS, ""]).encode()
    at %= len(body)
    if not rubbish.strip(b"-.0123456789"):
        rubbish = b"x"
    await damaged(body[:at] + rubbish + body[at:], "csv")


@settings(max_examples=400, deadline=None)
@given(path=PATHS, part=TREES)
async def test_damaged_json_is_an_error_or_right(path: list[int], part: Any) -> None:
    await damaged(orjson.dumps(replaced(orjson.loads(answer(OBSERVATIONS)), path, part)), "json")


CODES = orjson.dumps({"structure": {"codelists": {"codelist": [{"code": [{"value": month} for month in MONTHS]}]}}})


@settings(max_examples=200, deadline=None)
@given(path=PATHS, part=TREES, codes=PATHS)
async def test_damaged_metadata_is_an_error_or_the_right_figures_and_drift_tells(
    path: list[int], part: Any, codes: list[int]
) -> None:
    family = orjson.dumps(replaced(orjson.loads(definition("GENDER", "AGE", "MEASURE", "MEASURES")), path, part))
    times = orjson.dumps(replaced(orjson.loads(CODES), codes, part))
    body = "\n".join([HEAD, *ROWS, ""]).encode()
    await damaged(body, "csv", NM_162_1=family, time=times, gender=times)
    desk = Desk(claimant_source(), published(body, NM_162_1=family, time=times, gender=times))
    lines = await desk.nomis.drift()
    assert len(lines) == len(set(lines))
    assert all(line.startswith("NM_162_1: ") and "\n" not in line for line in lines)
