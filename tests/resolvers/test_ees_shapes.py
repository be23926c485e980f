"""Explore education statistics in its published shapes, and in every way that these can be damaged.

The shapes and figures are those of the service's own documentation. Contains public sector information licensed under
the Open Government Licence v3.0.
"""

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.facets import Facet
from reference.figure import Marker
from reference.period import parse
from resolvers.acceptance import NotAccepted, accept
from resolvers.errors import DepartmentError, DepartmentMisanswered, DepartmentUnavailable
from resolvers.protocols.connector import DatasetQuery
from resolvers.protocols.ees.cells import NO_LEVEL
from resolvers.protocols.ees.symbols import QUALIFIERS, SYMBOLS
from resolvers.table import Slice, Table
from schema.measures import MEASURES
from tests.resolvers.ees_desk import texts
from tests.resolvers.ees_stub import ID, SOURCE, Stub, results, row

STARTS = "apprenticeshipStarts"

# Absence rates, as the quick start shows them: the data set, its metadata and a query.
ABSENCES = f"""
department = "DfE"
protocol = "ees"
url = "https://statistics.example/statistics/v1"

[[datasets]]
id = "{ID}"
title = "Absence rates"
licence = "Open Government Licence v3.0"
every = "ACADEMIC_YEAR"
version = "1.*"
levels = {{ COUNTRY = "NAT", REGION = "REG" }}
areas = {{ levels = ["COUNTRY", "REGION"], countries = ["E92000001"] }}
pins = {{ "School type" = "State-funded primary" }}

[datasets.measures]
apprenticeshipStarts = {{ indicator = "sess_authorised" }}
"""
ABSENCE_VERSION = {
    "version": "1.0",
    "published": "2022-12-01T12:00:00Z",
    "totalResults": 201625,
    "timePeriods": {"start": "2020/21", "end": "2020/21"},
    "geographicLevels": ["National", "Local authority"],
}
ABSENCE_META = {
    "filters": [
        {"id": "gIyO9", "column": "school_type", "label": "School type", "hint": "Filter by school type",
         "options": [{"id": "1oX7c", "label": "Total"}, {"id": "uKR2K", "label": "State-funded primary"}]},
    ],
    "indicators": [{"id": "04nTr", "column": "sess_authorised", "unit": "", "decimalPlaces": 0,
                    "label": "Number of authorised absence sessions"}],
    "geographicLevels": [{"code": "NAT", "label": "National"}, {"code": "REG", "label": "Regional"}],
    "locations": [
        {"level": {"code": "NAT", "label": "National"},
         "options": [{"id": "2FmYX", "code": "E92000001", "name": "England"}]},
        {"level": {"code": "REG", "label": "Regional"},
         "options": [{"id": "e0768", "code": "E12000001", "name": "North East"},
                     {"id": "GQbUn", "code": "E12000002", "name": "North West"}]},
    ],
    "timePeriods": [{"code": "AY", "label": "2021/22", "period": "2021/2022"},
                    {"code": "AY", "label": "2022/23", "period": "2022/2023"}],
}  # fmt: skip
ABSENCE = {
    "timePeriod": {"code": "AY", "period": "2022/2023"},
    "geographicLevel": "REG",
    "locations": {"NAT": "2FmYX", "REG": "e0768"},
    "filters": {"gIyO9": "uKR2K"},
    "values": {"04nTr": "1708016"},
}


def absences(*rows: dict[str, Any]) -> Stub:
    stub = Stub(*rows, source=ABSENCES)
    stub.documents |= {"meta": copy.deepcopy(ABSENCE_META), "version": copy.deepcopy(ABSENCE_VERSION)}
    return stub


async def test_the_published_metadata_and_query_are_read_to_their_figure() -> None:
    stub = absences(ABSENCE)
    table = await stub.table("2021/22", "2022/23", areas=("E12000001", "E12000002"))
    # Published in December 2022, before the year ended: the figure is of the year so far.
    column = table.columns[STARTS]
    assert column.values[0, 1, 0] == 1708016
    assert np.isnan(column.values).ravel().tolist() == [True, False, True, True]
    assert column.markers.ravel().tolist() == [int(marker) for marker in (Marker.x, Marker.p, Marker.x, Marker.x)]
    assert list(column.notes.values()) == [
        "Part of the year only: as it stood on 1 December 2022, before its end on 31 July 2023, cumulative so far"
    ]
    assert table.release == "1.0"
    assert '"indicators":["04nTr"]' in stub.queried[-1][1]


async def test_a_row_of_a_local_authority_with_the_places_around_it_is_read_to_its_published_figures() -> None:
    source = (
        ABSENCES.replace("version = ", 'total = "Total"\nversion = ')
        .replace('REGION = "REG"', 'LA = "LA"')
        .replace('"REGION"', '"LA"')
        .replace('pins = { "School type" = "State-funded primary" }', "")
        .replace(
            '{ indicator = "sess_authorised" }',
            '{ indicator = "headcount", pins = { ethnicity = "Asian - Chinese", '
            'phase_type_grouping = "State-funded secondary" } }\n'
            'youngPeopleNotInEducation = { indicator = "percent_of_pupils", pins = { ethnicity = "Asian - Chinese", '
            'phase_type_grouping = "State-funded secondary" } }',
        )
    )
    derby = {
        "filters": {"Z3PMP": "bqJZ4", "eW168": "LVRpO", "b0yZ4": "RXIeh"},
        "timePeriod": {"code": "AY", "period": "2021/2022"},
        "geographicLevel": "LA",
        "locations": {"NAT": "dv84z", "REG": "T4Y1o", "LA": "vNVmD"},
        "values": {"dv84z": "79", "vNVmD": "0.429161234"},
    }
    stub = Stub(derby, source=source)
    stub.documents |= {
        "version": {"version": "1.0", "published": "2023-06-08T09:30:00Z"},
        "meta": {
            "filters": [
                {"id": "Z3PMP", "column": "ethnicity", "options": [{"id": "bqJZ4", "label": "Asian - Chinese"}]},
                {"id": "eW168", "column": "language", "options": [{"id": "LVRpO", "label": "Total"}]},
                {"id": "b0yZ4", "column": "phase_type_grouping",
                 "options": [{"id": "RXIeh", "label": "State-funded secondary"}]},
            ],
            "indicators": [{"id": "dv84z", "column": "headcount"}, {"id": "vNVmD", "column": "percent_of_pupils"}],
            "locations": [{"level": {"code": "LA"}, "options": [{"id": "vNVmD", "code": "E06000015"}]}],
            "timePeriods": [{"code": "AY", "period": "2021/2022", "label": "2021/22"}],
        },
    }  # fmt: skip
    wanted = Slice((STARTS, "youngPeopleNotInEducation"), ("E06000015",), (parse("2021/22"),))
    (table,) = await stub.ees.answer(DatasetQuery(stub.source.datasets[0], (wanted,)))
    assert [column.values.ravel().tolist() for column in table.columns.values()] == [[79.0], [0.429161234]]
    assert [column.markers.ravel().tolist() for column in table.columns.values()] == [[0], [0]]


NOTHING_MATCHES = {
    "message": "The query did not match any results. You may need to refine your criteria.",
    "code": "QueryNoResults",
}
NO_SUCH_FILTERS = {
    "message": "One or more filters could not be found.",
    "path": "criteria.filters.in",
    "code": "FiltersNotFound",
    "details": {"items": ["invalid-filter-1", "invalid-filter-2"]},
}


@pytest.mark.parametrize(
    "reply", [{"warnings": [NOTHING_MATCHES]}, results() | {"warnings": [NOTHING_MATCHES]}, results()]
)
async def test_a_query_without_results_is_not_available(reply: dict[str, Any]) -> None:
    stub = absences()
    stub.documents["query"] = reply
    assert texts((await stub.table("2022/23", areas=("E12000001",))).columns[STARTS]) == ["x"]


PROBLEM = {"title": "There was a problem processing the request.", "type": "Internal Server Error", "status": 500}
INVALID = {
    "title": "There are validation errors with the request.",
    "type": "Bad Request",
    "status": 400,
    "errors": [{"message": "Error message", "code": "error.code", "path": "theField"}],
}
INVALID_VALUE = {
    "errors": [
        {
            "message": "Must be a valid value. Check that the type and format are correct.",
            "path": "criteria.filters.eq",
            "code": "InvalidValue",
        }
    ]
}


@pytest.mark.parametrize("kind", ["query", "meta"])
@pytest.mark.parametrize(
    ("status", "reply", "error"),
    [
        (500, PROBLEM, DepartmentUnavailable),
        (400, INVALID, DepartmentMisanswered),
        (400, INVALID_VALUE, DepartmentMisanswered),
        (200, {"warnings": [NO_SUCH_FILTERS]}, DepartmentMisanswered),
        (200, {"paging": {"page": 1, "totalResults": 150, "totalPages": 2}, "results": [ABSENCE]},
         DepartmentMisanswered),
        (200, {"paging": {"page": 1, "totalResults": 5}, "results": [{"id": 1}, {"id": 2}, {"id": 3}]},
         DepartmentMisanswered),
    ],
)  # fmt: skip
async def test_published_problems_are_errors_in_our_words(
    kind: str, status: int, reply: dict[str, Any], error: type[DepartmentError]
) -> None:
    stub = absences(ABSENCE)
    stub.documents[kind], stub.status[kind] = reply, status
    with pytest.raises(error):
        await stub.table("2022/23", areas=("E12000001",))


# Versions


@pytest.mark.parametrize(
    ("wanted", "named", "fits"),
    [
        ("*", "1.0", True),
        ("1.*", "1.0", True),
        ("1.*", "1.12", True),
        ("1.*", "1.2.1", True),
        ("1.*", "10.0", False),
        ("1.*", "2.0", False),
        ("1.1.*", "1.1", True),
        ("1.1.*", "1.10", False),
        ("1.1", "1.1", True),
        ("1.1", "1.0", False),
        ("1.1", "x", False),
    ],
)
async def test_a_version_that_was_not_asked_for_is_a_misanswer(wanted: str, named: str, fits: bool) -> None:
    stub = Stub(row("5"), source=SOURCE.replace("levels = { REGION", f'version = "{wanted}"\nlevels = {{ REGION', 1))
    stub.version["version"] = named
    if fits:
        assert (await stub.table()).release == named
        return
    with pytest.raises(DepartmentMisanswered, match="was asked for"):
        await stub.table()


@pytest.mark.parametrize("named", ["", " ", None, 1.1, ["1.1"]])
async def test_where_no_version_is_named_the_one_in_the_source_file_is_asked_for(named: Any) -> None:
    stub = Stub(row("5"), source=SOURCE.replace("levels = { REGION", 'version = "1.*"\nlevels = { REGION', 1))
    stub.version["version"] = named
    table = await stub.table()
    assert (texts(table.columns[STARTS]), table.release) == (["5"], None)
    assert stub.queried[-1][0] == "1.*"


async def test_places_of_a_level_that_the_data_set_does_not_have_say_so() -> None:
    stub = Stub(row("5", "rN", level="REG"))
    del stub.meta["locations"][0]
    column = (await stub.table("2023/24", "2024/25", areas=("E12000001", "E06000001"))).columns[STARTS]
    assert texts(column) == ["x", "5", "x", "x"]
    assert column.notes == {2: NO_LEVEL, 3: NO_LEVEL}


# Damage

PLACES, YEARS = ("E06000001", "E06000002"), ("2023/24", "2024/25")
FIGURES = {
    (place, year, sex): 100 * at + 7
    for at, (place, year, sex) in enumerate(
        (p, y, s) for p in ("aH", "aM") for y in ("2023/2024", "2024/2025") for s in ("sF", "sM")
    )
}
EXPECTED = np.array(list(FIGURES.values()), float).reshape(2, 2, 2)
ROWS = [row(str(value), place, year, fS=sex) for (place, year, sex), value in FIGURES.items()]
KNOWN = {"", None, *SYMBOLS, *QUALIFIERS}
# What takes the place of a part. None of it is a number that a figure may have.
PARTS = st.sampled_from(
    ["", " ", "x", "c", "low", "w", "z", "u", "-", "n/k", "969 p", "²", "1e5", "1e308", "nan", "inf", "0x1F", "1_000",
     "\n", "\ufeff", "<html>", "LAD", "AY", "Total", "sF", None, True, False, -3, 0.5, 2**63, [], {}, [[]], [1], [None],
     {"value": "x"}, {"code": 1}, {"id": None}, {"code": "QueryNoResults"}],
)  # fmt: skip
PATHS = st.lists(st.integers(0, 15), max_size=7)


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


def lacking(tree: Any, path: list[int]) -> Any:
    """A copy of a JSON document without the part at a path."""
    if not path or not isinstance(tree, dict | list) or not tree:
        return tree
    keys: list[Any] = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
    tree = copy.copy(tree)
    key = keys[path[0] % len(keys)]
    if len(path) == 1:
        del tree[key]
    else:
        tree[key] = lacking(tree[key], path[1:])
    return tree


def damaged(document: Any, path: list[int], part: Any, lost: bool) -> Any:
    return lacking(document, path) if lost else replaced(document, path, part)


async def right_or_error(stub: Stub, part: Any, lost: bool) -> None:
    """Either an error of the department, or figures each of which is right or null with its marker and its reason."""
    try:
        table: Table = await stub.table(*YEARS, areas=PLACES, by=(Facet.SEX,))
        accept((table,), (table.slice,), MEASURES)
    except (DepartmentMisanswered, DepartmentUnavailable, NotAccepted):
        return
    column = table.columns[STARTS]
    null = np.isnan(column.values)
    np.testing.assert_array_equal(column.values[~null], EXPECTED[~null])
    assert (column.markers[null] > 0).all()
    assert not (column.markers[~null] & int(Marker.x | Marker.c | Marker.z)).any()
    if lost or (isinstance(part, str | None) and (part and part.strip()) not in KNOWN):
        # No figure can be lost without the count telling: what is null is so for a text that its note gives.
        assert set(np.flatnonzero(null).tolist()) <= set(column.notes)


@settings(max_examples=500, deadline=None)
@given(path=PATHS, part=PARTS, lost=st.booleans())
async def test_a_damaged_answer_is_an_error_or_right(path: list[int], part: Any, lost: bool) -> None:
    stub = Stub(*ROWS)
    stub.documents["query"] = damaged(stub.documents["query"], path, part, lost)
    await right_or_error(stub, part, lost)


@settings(max_examples=500, deadline=None)
@given(kind=st.sampled_from(["meta", "version", "data-set", "versions"]), path=PATHS, part=PARTS, lost=st.booleans())
async def test_damaged_metadata_is_an_error_or_right_and_drift_has_one_short_line_for_each_cause(
    kind: str, path: list[int], part: Any, lost: bool
) -> None:
    stub = Stub(*ROWS)
    stub.documents[kind] = damaged(stub.documents[kind], path, part, lost)
    await right_or_error(stub, part, lost)
    try:
        lines = await stub.ees.drift()
    except DepartmentUnavailable:
        return
    assert len(lines) == len(set(lines))
    assert all(line.startswith(f"{ID}: ") and "\n" not in line and len(line) < 300 for line in lines)


@settings(max_examples=100, deadline=None)
@given(kind=st.sampled_from(["query", "meta", "version"]), body=st.binary(max_size=40))
async def test_bytes_that_are_no_answer_are_an_error(kind: str, body: bytes) -> None:
    stub = Stub(*ROWS)
    stub.documents[kind] = body
    await right_or_error(stub, "n/k", lost=False)


@settings(max_examples=100, deadline=None)
@given(kind=st.sampled_from(["query", "meta", "version"]), status=st.integers(200, 599))
async def test_whatever_the_status_the_answer_is_an_error_of_the_department_or_right(kind: str, status: int) -> None:
    stub = Stub(*ROWS)
    stub.status[kind] = status
    try:
        table = await stub.table(*YEARS, areas=PLACES, by=(Facet.SEX,))
    except DepartmentError:
        assert status != 200
        return
    np.testing.assert_array_equal(table.columns[STARTS].values, EXPECTED)
