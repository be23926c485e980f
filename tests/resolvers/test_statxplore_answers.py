"""What the Stat-Xplore connector makes of an answer: read by structure, believed only where it is what was asked."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import httpx
import numpy as np
import pytest

from reference.column import UNEXPLAINED
from reference.facets import Facet
from reference.figure import STATUSES, Marker
from reference.period import parse
from resolvers.errors import DepartmentMisanswered
from resolvers.protocols.connector import DatasetQuery
from resolvers.protocols.statxplore import StatXplore
from resolvers.source import SourceError, read
from resolvers.table import Slice, Table
from resolvers.wire import Wire

COUNT = "str:count:PIP_Monthly:V_F_PIP"
MONTH, PLACE, BAND = "PIP_Monthly:F_PIP_DATE:DATE2", "PIP_Monthly:V_F_PIP:COA_CODE", "PIP_Monthly:V_F_PIP:AGE"
MEASURE = "householdsOnUniversalCredit"
AREAS = ("E12000001", "W92000004")
MONTHS = ("2018-07", "2018-08", "2018-09")
BANDS = ("AGE_16_24", "AGE_25_34")


def field(name: str) -> str:
    return f"str:field:{name}"


def value(name: str, codelist: str, code: str) -> str:
    return f"str:value:{name}:{codelist}:{code}"


def place(code: str) -> str:
    return value(PLACE, "V_C_MASTERGEOG11_REGION", code)


def age(code: int) -> str:
    return value(BAND, "C_AGE", str(code))


def source_file() -> dict[str, Any]:
    """The source file of a database that the Trust has no file for: nothing but ids."""
    return {
        "department": "DWP",
        "protocol": "statxplore",
        "url": "http://dwp.test/webapi/rest/v1",
        "datasets": [
            {
                "id": "str:database:PIP_Monthly",
                "title": "Cases",
                "licence": "Open Government Licence v3.0",
                "every": "MONTH",
                "breakdowns": [["AGE_BAND"]],
                "count": COUNT,
                "time": {"field": field(MONTH), "value": value(MONTH, "C_DATE", "{YYYYMM}")},
                "place": {"field": field(PLACE), "values": {"REGION": place("{code}")}},
                "measures": {MEASURE: {}},
                "facets": {
                    "AGE_BAND": {
                        "field": field(BAND),
                        "members": {"AGE_16_24": [age(1), age(2)], "AGE_25_34": age(3)},
                    }
                },
            }
        ],
    }


def item(*uris: str, notes: tuple[str, ...] = ()) -> dict[str, Any]:
    document: dict[str, Any] = {"type": "RecodeItem", "uris": list(uris), "labels": ["some"] * len(uris)}
    return {**document, "annotationKeys": list(notes)} if notes else document


TOTAL = {"type": "Total", "labels": ["Total"]}


def answer() -> dict[str, Any]:
    """An answer in the shape of the published ones: fields in an order of their own, an item and totals that
    nobody asked for, custom groups, notes on months, floats."""
    values = [
        [[10.0, 11.0, 12.0], [20.0, 21.0, 22.0]],
        [[30.0, 31.0, 32.0], [40.0, 41.0, 42.0]],
        [[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]],
        [[41.0, 42.0, 45.0], [60.0, 61.0, 63.0]],
    ]
    return {
        "query": {},
        "database": {"id": "PIP_Monthly", "uri": "str:database:PIP_Monthly", "label": "Cases", "annotationKeys": ["I"]},
        "measures": [{"uri": COUNT, "label": "Cases", "measure": COUNT, "function": "COUNT"}],
        "fields": [
            {"uri": field(BAND), "label": "Age", "items": [item(age(3)), item(age(2), age(1)), item(age(99)), TOTAL]},
            {"uri": field(PLACE), "label": "Places", "items": [item(place("W92000004")), item(place("E12000001"))]},
            {
                "uri": field(MONTH),
                "label": "Month",
                "items": [
                    item(value(MONTH, "C_DATE", "201807")),
                    item(value(MONTH, "C_DATE", "201808"), notes=("r", "II")),
                    item(value(MONTH, "C_DATE", "201809"), notes=("p",)),
                ],
            },
        ],
        "cubes": {COUNT: {"values": values, "precision": 0}},
        "annotationMap": {"r": "revised", "p": "provisional", "I": "a note"},
    }


ASKED = Slice((MEASURE,), AREAS, tuple(parse(m) for m in MONTHS), (Facet.AGE_BAND,), tuple((band,) for band in BANDS))


async def made_of(body: Any, status: int = 200, piece: Slice = ASKED) -> Table:
    """What the connector makes of an answer, whatever it asks."""
    source = read("test", source_file())
    transport = httpx.MockTransport(lambda request: httpx.Response(status, json=body))
    (table,) = await StatXplore(source, Wire(source, transport)).answer(DatasetQuery(source.datasets[0], (piece,)))
    return table


def cube(body: dict[str, Any]) -> dict[str, Any]:
    return body["cubes"][COUNT]


EXPECTED = [[[40, 20], [41, 21], [42, 22]], [[30, 10], [31, 11], [32, 12]]]


async def test_an_answer_is_read_by_its_items_whatever_the_order_of_its_fields() -> None:
    column = (await made_of(answer())).columns[MEASURE]
    assert column.values.tolist() == EXPECTED
    assert [STATUSES[int(number)] for number in column.status[0, :, 0]] == ["A", "A", "P"]
    assert column.markers[1, :, 1].tolist() == [0, int(Marker.r), int(Marker.p)]


async def test_a_source_file_may_say_value_sets_and_the_answer_fields_or_the_reverse() -> None:
    body = answer()
    for entry in body["fields"]:
        entry["uri"] = entry["uri"].replace("str:field", "str:valueset") + ":SOME_CODELIST"
    assert (await made_of(body)).columns[MEASURE].values.tolist() == EXPECTED


async def test_figures_may_be_integers() -> None:
    body = answer()
    cube(body)["values"] = np.array(cube(body)["values"]).astype(int).tolist()
    assert (await made_of(body)).columns[MEASURE].values.tolist() == EXPECTED


async def test_what_is_no_number_is_no_value_and_keeps_its_text() -> None:
    body = answer()
    cube(body)["values"][1][1] = ["..", "fewer than 5", None]
    column = (await made_of(body)).columns[MEASURE]
    assert np.isnan(column.values[0, :, 0]).all()
    assert column.markers[0, :, 0].tolist() == [int(Marker.low), int(Marker.x), int(Marker.x)]
    assert [STATUSES[int(number)] for number in column.status[0, :, 0]] == ["N", "O", "O"]
    assert column.notes == {2: UNEXPLAINED}
    assert column.values[0, :, 1].tolist() == [20, 21, 22]


@pytest.mark.parametrize(
    "value", ["12", "-1", " 12 ", "1,234", "1e308", "²", "NaN", "-Infinity", "12%", True, False, {}, {"value": 5}]
)
async def test_a_number_that_is_not_written_as_one_is_not_believed(value: Any) -> None:
    body = answer()
    cube(body)["values"][1][1][1] = value
    with pytest.raises(DepartmentMisanswered) as error:
        await made_of(body)
    assert "is not a number" in error.value.detail


NOTHING = [[[None] * 3, [None] * 3] for _ in range(4)]


@pytest.mark.parametrize("write", [list, " ".join, ",".join], ids=["a list of keys", "spaces", "commas"])
async def test_notes_on_cells_become_markers(write: Callable[[tuple[str, ...]], Any]) -> None:
    body = answer()
    cube(body)["annotations"] = notes = deepcopy(NOTHING)
    notes[1][1] = [write(("rev",)), write(("p", "II")), write(("z",))]
    column = (await made_of(body)).columns[MEASURE]
    assert column.markers[0, :, 0].tolist() == [Marker.r, Marker.p | Marker.r, Marker.low]
    assert [STATUSES[int(number)] for number in column.status[0, :, 0]] == ["A", "P", "N"]
    assert column.values[0, :2, 0].tolist() == [40, 41]
    assert np.isnan(column.values[0, 2, 0])


async def test_a_nil_with_a_note_that_nobody_has_explained_is_not_nil() -> None:
    body = answer()
    cube(body)["values"][1][1] = [0, 0, 5]
    cube(body)["annotations"] = notes = deepcopy(NOTHING)
    notes[1][1] = [["X"], None, ["X"]]
    column = (await made_of(body)).columns[MEASURE]
    assert np.isnan(column.values[0, 0, 0])
    assert column.notes == {0: UNEXPLAINED}
    assert column.values[0, 1:, 0].tolist() == [0, 5]


Change = Callable[[dict[str, Any]], Any]


def _another_database(body: dict[str, Any]) -> None:
    body["database"]["uri"] = "str:database:PIP_Weekly"


def _another_measure(body: dict[str, Any]) -> None:
    body["cubes"] = {"str:count:PIP_Monthly:V_F_OTHER": cube(body)}


def _a_place_missing(body: dict[str, Any]) -> None:
    body["fields"][1]["items"].pop()
    cube(body)["values"] = [band[:1] for band in cube(body)["values"]]


def _a_place_twice(body: dict[str, Any]) -> None:
    body["fields"][1]["items"].append(body["fields"][1]["items"][1])
    cube(body)["values"] = [[*band, [7.0, 7.0, 7.0]] for band in cube(body)["values"]]


def _another_month(body: dict[str, Any]) -> None:
    body["fields"][2]["items"][0] = item(value(MONTH, "C_DATE", "201806"))


def _half_a_group(body: dict[str, Any]) -> None:
    body["fields"][0]["items"][1] = item(age(1))


def _a_field_missing(body: dict[str, Any]) -> None:
    body["fields"].pop(0)
    cube(body)["values"] = cube(body)["values"][3]


def _a_field_too_many(body: dict[str, Any]) -> None:
    body["fields"].append({"uri": field("PIP_Monthly:V_F_PIP:SEX"), "label": "Sex", "items": [TOTAL]})
    cube(body)["values"] = np.array(cube(body)["values"])[..., np.newaxis].tolist()


def _rows_missing(body: dict[str, Any]) -> None:
    cube(body)["values"].pop()


def _one_cell_missing(body: dict[str, Any]) -> None:
    cube(body)["values"][0][1].pop()


def _cells_too_deep(body: dict[str, Any]) -> None:
    cube(body)["annotations"] = [[["r"] * 3] * 2] * 3


def _no_cubes(body: dict[str, Any]) -> None:
    del body["cubes"]


@pytest.mark.parametrize(
    "change",
    [
        _another_database, _another_measure, _a_place_missing, _a_place_twice, _another_month, _half_a_group,
        _a_field_missing, _a_field_too_many, _rows_missing, _one_cell_missing, _cells_too_deep, _no_cubes,
    ],
)  # fmt: skip
async def test_an_answer_that_is_not_what_was_asked_is_not_believed(change: Change) -> None:
    body = answer()
    change(body)
    with pytest.raises(DepartmentMisanswered):
        await made_of(body)


@pytest.mark.parametrize("body", [[], None, "busy", 7, {"fields": None}, {"fields": [], "cubes": {COUNT: 5}}])
async def test_an_answer_that_is_no_table_is_not_believed(body: Any) -> None:
    with pytest.raises(DepartmentMisanswered):
        await made_of(body)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"message": "no such database", "errorType": "TXD_NOT_FOUND"}),
        (400, {"message": "no such field", "errorType": "SCHEMA_COMPONENT_NOT_FOUND"}),
        (400, {"errorType": ["CELL_COUNT"]}),
        (404, []),
        (418, {}),
    ],
)
async def test_an_error_of_the_engine_is_not_believed_to_be_a_table(status: int, body: Any) -> None:
    with pytest.raises(DepartmentMisanswered):
        await made_of(body, status)


# Source files


def _set(*path: Any, to: Any) -> Change:
    def change(dataset: dict[str, Any]) -> None:
        for key in path[:-1]:
            dataset = dataset[key]
        dataset[path[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_set("count", to=None), "count must be text, not None"),
        (_set("counts", to="x"), "counts is not a key: allowed are id, title"),
        (_set("time", to={}), "time.field is needed"),
        (_set("time", "value", to="str:value:{YYYY}"), "must hold {YYYYMM}"),
        (_set("time", "value", to="str:value:201801"), "must hold {YYYYMM}"),
        (
            _set("time", "values", to={}),
            'time.values is not a key: allowed are field, label, value. Did you mean "value"?',
        ),
        (_set("place", "values", "REGION", to="str:value:{code}:{x}"), "must hold {code}"),
        (_set("place", "values", "WARD", to="str:value:{code}"), "place.values.WARD is not a key: allowed are UK"),
        (
            _set("facets", "AGE_BAND", "members", "AGE_1", to="x"),
            'facets.AGE_BAND.members "AGE_1" is not known: allowed are AGE_0_15',
        ),
        (_set("facets", "AGE_BAND", "members", "AGE_25_34", to=[]), "facets.AGE_BAND.members.AGE_25_34 must be the id"),
        (_set("facets", to={}), "breakdowns[0] names AGE_BAND"),
        (_set("measures", MEASURE, to={"field": "x"}), f"measures.{MEASURE}.values is needed"),
        (_set("measures", MEASURE, to={"values": ["x"]}), f"measures.{MEASURE}.field is needed"),
        (_set("measures", MEASURE, to={"field": field(BAND), "values": [age(1)]}), "cannot be a facet"),
    ],
)
def test_a_source_file_that_cannot_be_used_says_which_key_and_what_is_allowed(change: Change, says: str) -> None:
    table = source_file()
    change(table["datasets"][0])
    with pytest.raises(SourceError) as error:
        source = read("test", table)
        StatXplore(source, Wire(source, httpx.AsyncBaseTransport()))
    assert says in str(error.value)
    assert "str:database:PIP_Monthly" in str(error.value)


async def test_a_quarter_is_asked_for_by_its_last_month() -> None:
    source = read("test", source_file())
    piece = Slice((MEASURE,), AREAS[:1], (parse("2018-Q3"),))
    (request,) = StatXplore(source, Wire(source, httpx.AsyncBaseTransport())).requests(
        DatasetQuery(source.datasets[0], (piece,))
    )
    assert value(MONTH, "C_DATE", "201809") in request
