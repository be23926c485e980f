"""Explore education statistics: source files, drift, and a data set of another shape."""

import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from departments.ees import create_app
from reference.facets import Facet
from reference.period import parse
from resolvers.errors import DepartmentMisanswered
from resolvers.protocols.connector import DatasetQuery
from resolvers.protocols.ees import EES
from resolvers.source import SourceError, read
from resolvers.table import Slice
from resolvers.wire import Wire
from tests.resolvers.ees_desk import (
    APPRENTICESHIPS,
    FILE,
    NEET,
    Desk,
    texts,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cubes")


# Source files


async def test_the_source_file_agrees_with_the_department(folder: Path) -> None:
    assert await Desk(create_app(folder)).ees.drift() == ()


async def test_what_the_department_calls_otherwise_is_told_line_by_line(folder: Path) -> None:
    table = tomllib.loads(FILE.read_text())
    dataset = table["datasets"][0]
    dataset |= {"version": "1.*", "pins": {"apps_level": "Total"}}
    dataset["measures"]["apprenticeshipStarts"]["indicator"] = "begins"
    dataset["facets"]["SEX"]["members"]["FEMALE"] = "Women"
    del dataset["facets"]["ETHNICITY"], dataset["facets"]["DISABILITY"]
    dataset["breakdowns"] = dataset["breakdowns"][:3]
    dataset["total"] = "All"
    care = table["datasets"][4]
    care |= {"time": "CY", "id": "00000000-0000-0000-0000-000000000000"}
    neet = table["datasets"][3]
    neet |= {"time": "RY", "levels": neet["levels"] | {"LA": "LAD"}}
    lines = await Desk(create_app(folder), read("dfe", table)).ees.drift()
    of = {key: [line.partition(": ")[2] for line in lines if line.startswith(key)] for key in (APPRENTICESHIPS, NEET)}
    assert of[APPRENTICESHIPS] == [
        "version: 1.1 is read, and 2.0 is published.",
        "measures.apprenticeshipStarts: there is no indicator 'begins'.",
        "pins: there is no filter 'apps_level'.",
        "facets.SEX: filter 'sex' has no option 'All'.",
        "facets.SEX: filter 'sex' has no option 'Women'.",
        "facets.AGE_BAND: filter 'age_summary' has no option 'All'.",
        "facets.SUBJECT_AREA: filter 'ssa_tier_1' has no option 'All'.",
        "pins: filter 'ethnicity_major' has no option 'All'.",
        "pins: filter 'lldd' has no option 'All'.",
        "levels: there are no places of level MCA.",
    ]
    assert of[NEET] == ["levels: there are no places of level LAD.", "time: the data set has CY, not RY."]
    assert [line.partition(":")[0] for line in lines][-1] == "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colour": "red"}, "colour is not a key: allowed are id, title, page, licence, every"),
        ({"time": "RY"}, "for ACADEMIC_YEAR it is AY"),
        ({"levels": {"LA": "WARD"}}, "LA = LA or LAD"),
        ({"levels": {"COUNTRY": "NAT"}}, "levels does not say which level"),
        ({"pins": {"sex": 1}}, "pins.sex must be text, not 1."),
        ({"measures": {"apprenticeshipStarts": {}}}, "measures.apprenticeshipStarts.indicator is needed."),
        ({"measures": {"apprenticeshipStarts": {"column": "starts"}}}, "column is not a key: allowed are indicator, n"),
        (
            {"facets": {"SEX": {"members": {"FEMALE": "Female"}}}, "breakdowns": []},
            "facets.SEX.filter is needed, since FEMALE is an option of it.",
        ),
        ({"facets": {"SEX": {"filter": "sex", "members": ["FEMALE"]}}}, "facets.SEX.members must be a table, not a li"),
        ({"facets": {"SEX": {"filter": "sex", "members": {}, "code": 1}}}, "facets.SEX.code is not a key: allowed are"),
    ],
)
def test_a_source_file_that_cannot_be_used_says_which_key(change: dict[str, Any], said: str) -> None:
    table = tomllib.loads(FILE.read_text())
    table["datasets"][0] |= change
    with pytest.raises(SourceError, match="1d419801") as raised:
        source = read("dfe", table)
        EES(source, Wire(source, httpx.AsyncBaseTransport()))
    assert said in str(raised.value)


# A data set of another shape, through nothing but a source file

OTHER = """
department = "DfE"
protocol = "ees"
url = "https://statistics.example/statistics/v1"

[[datasets]]
id = "9c3f1b1e-0000-4000-8000-000000000001"
title = "Apprenticeships by characteristic"
licence = "Open Government Licence v3.0"
every = "QUARTER"
levels = { REGION = "REG", LA = "LA" }
areas = { levels = ["REGION", "LA"] }
breakdowns = [["SEX"], ["AGE_BAND"]]
total = "All"
pins = { "Apprenticeship level" = "All levels" }

[datasets.measures]
apprenticeshipStarts = { indicator = "Number of starts" }
apprenticeshipAchievements = { indicator = "ach", pins = { apps_level = "Advanced" } }

[datasets.facets.SEX]
filter = "characteristic"
pins = { characteristic_group = "Sex" }
members = { FEMALE = "Sex - female", MALE = "Sex - male" }

[datasets.facets.AGE_BAND]
filter = "characteristic"
pins = { characteristic_group = "Age" }
members = { AGE_19_24 = "Age 19 to 24" }
"""
META: dict[str, Any] = {
    "filters": [
        {"id": "fA", "column": "apps_level", "label": "Apprenticeship level",
         "options": [{"id": "l0", "label": "All levels"}, {"id": "l3", "label": "Advanced"}]},
        {"id": "fG", "column": "characteristic_group", "label": "Group",
         "options": [{"id": "g0", "label": "All"}, {"id": "gS", "label": "Sex"}, {"id": "gA", "label": "Age"}]},
        {"id": "fC", "column": "characteristic", "label": "Characteristic",
         "options": [{"id": "c0", "label": "All"}, {"id": "cF", "label": "Sex - Female"},
                     {"id": "cM", "label": "Sex - Male"}, {"id": "cA", "label": "Age 19 to 24"}]},
    ],
    "indicators": [
        {"id": "iS", "column": "starts", "label": "Number of starts", "unit": "", "decimalPlaces": 0},
        {"id": "iA", "column": "ach", "label": "Number of achievements", "unit": None},
    ],
    "geographicLevels": [{"code": "REG", "label": "Regional"}, {"code": "LA", "label": "Local authority"}],
    "locations": [
        {"level": {"code": "REG", "label": "Regional"},
         "options": [{"id": "rN", "name": "North East", "code": "E12000001"}]},
        {"level": {"code": "LA", "label": "Local authority"},
         "options": [{"id": "aH", "label": "Hartlepool", "code": "E06000001", "oldCode": "805"}]},
    ],
    "timePeriods": [{"code": "CYQ1", "period": "2022", "label": "2022 Q1"},
                    {"code": "CYQ2", "period": "2022", "label": "2022 Q2"}],
}  # fmt: skip


def row(level: str, group: str, characteristic: str, quarter: str, **values: str) -> dict[str, Any]:
    return {
        "timePeriod": {"code": quarter, "period": "2022"},
        "geographicLevel": "LA",
        "locations": {"REG": "rN", "LA": "aH"},
        "filters": {"fA": level, "fG": group, "fC": characteristic},
        "values": {"iS": "1", "iA": "2"} | values,
    }


async def test_a_data_set_of_another_shape_needs_only_a_source_file() -> None:
    queries: list[Any] = []
    rows = [
        row("l0", "gS", "cF", "CYQ2", iS="120"),
        row("l0", "gS", "cM", "CYQ1", iS="low"),
        row("l3", "gS", "cF", "CYQ2", iA="40"),
        row("l3", "gS", "cM", "CYQ1", iA="c"),
    ]

    def publisher(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/meta"):
            return httpx.Response(200, json=META)
        if request.url.path.endswith("/query"):
            queries.append(orjson.loads(request.content))
            paging = {"page": 1, "pageSize": 10000, "totalResults": len(rows), "totalPages": 1}
            return httpx.Response(200, json={"paging": paging, "results": rows, "warnings": []})
        return httpx.Response(404)

    source = read("other", tomllib.loads(OTHER))
    ees = EES(source, Wire(source, httpx.MockTransport(publisher)))
    quarters = (parse("2022-Q1"), parse("2022-Q2"))
    measures = ("apprenticeshipStarts", "apprenticeshipAchievements")
    slices = Slice(measures, ("E06000001",), quarters, (Facet.SEX,), (("FEMALE",), ("MALE",)))
    (table,) = await ees.answer(DatasetQuery(source.datasets[0], (slices,)))
    assert texts(table.columns["apprenticeshipStarts"]) == ["x", "low", "120", "x"]
    assert texts(table.columns["apprenticeshipAchievements"]) == ["x", "c", "40", "x"]
    assert table.release is None
    (body,) = queries
    assert body["indicators"] == ["iS", "iA"]
    place = [
        {"geographicLevels": {"eq": "LA"}},
        {"locations": {"in": [{"level": "LA", "code": "E06000001"}]}},
        {"timePeriods": {"in": [{"code": "CYQ1", "period": "2022"}, {"code": "CYQ2", "period": "2022"}]}},
    ]
    assert body["criteria"]["or"] == [
        {
            "and": [
                *place,
                {"filters": {"in": [level]}},
                {"filters": {"in": ["gS"]}},
                {"filters": {"in": ["cF", "cM"]}},
            ]
        }
        for level in ("l0", "l3")
    ]


@pytest.mark.parametrize("part", ["filters", "indicators", "locations", "timePeriods"])
async def test_metadata_that_cannot_be_read_is_a_misanswer(part: str) -> None:
    metadata = deepcopy(META)
    metadata[part] = [{"unlike": "it"}] if part != "indicators" else None

    def publisher(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=metadata) if request.url.path.endswith("/meta") else httpx.Response(404)

    source = read("other", tomllib.loads(OTHER))
    ees = EES(source, Wire(source, httpx.MockTransport(publisher)))
    piece = Slice(("apprenticeshipStarts",), ("E06000001",), (parse("2022-Q1"),))
    with pytest.raises(DepartmentMisanswered):
        await ees.answer(DatasetQuery(source.datasets[0], (piece,)))
