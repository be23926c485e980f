"""The sample of Nomis, with the habits that the real service has."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from departments.nomis import create_app
from departments.synthetic.cubes import load

BASE = "http://127.0.0.1:8105/api/v01/dataset/"
FULL = [
    "DATE",
    "DATE_NAME",
    "DATE_CODE",
    "DATE_TYPE",
    "DATE_TYPECODE",
    "DATE_SORTORDER",
    "GEOGRAPHY",
    "GEOGRAPHY_NAME",
    "GEOGRAPHY_CODE",
    "GEOGRAPHY_TYPE",
    "GEOGRAPHY_TYPECODE",
    "GEOGRAPHY_SORTORDER",
    "SEX",
    "SEX_NAME",
    "SEX_CODE",
    "SEX_TYPE",
    "SEX_TYPECODE",
    "SEX_SORTORDER",
    "C_AGE",
    "C_AGE_NAME",
    "C_AGE_CODE",
    "C_AGE_TYPE",
    "C_AGE_TYPECODE",
    "C_AGE_SORTORDER",
    "MEASURES",
    "MEASURES_NAME",
    "OBS_VALUE",
    "OBS_STATUS",
    "OBS_STATUS_NAME",
    "OBS_CONF",
    "OBS_CONF_NAME",
    "URN",
    "RECORD_OFFSET",
    "RECORD_COUNT",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cubes")


@pytest.fixture
async def nomis(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(folder)), base_url=BASE) as client:
        yield client


async def rows(nomis: httpx.AsyncClient, query: str) -> list[dict[str, str]]:
    reply = await nomis.get(query)
    assert reply.status_code == 200
    return list(csv.DictReader(io.StringIO(reply.text)))


async def content(nomis: httpx.AsyncClient, query: str) -> Any:
    return (await nomis.get(query)).json()


async def test_csv_without_select_has_34_columns_in_the_published_order(nomis: httpx.AsyncClient) -> None:
    table = await rows(nomis, "NM_31_1.data.csv?geography=K02000001&date=2023&sex=7&c_age=0&measures=20100")
    assert list(table[0]) == FULL
    assert len(FULL) == 34


async def test_select_gives_only_the_columns_named_in_that_order(nomis: httpx.AsyncClient) -> None:
    table = await rows(
        nomis, "NM_162_1.data.csv?geography=E08000003&gender=0&age=0&measure=1&select=obs_value,geography_name"
    )
    assert [list(row) for row in table] == [["OBS_VALUE", "GEOGRAPHY_NAME"]]
    assert table[0]["GEOGRAPHY_NAME"] == "Manchester"


async def test_a_dimension_that_is_not_pinned_gives_every_code(nomis: httpx.AsyncClient) -> None:
    pinned = "NM_31_1.data.csv?geography=K02000001&date=2023&sex=7&measures=20100"
    assert len(await rows(nomis, pinned + "&c_age=0")) == 1
    assert len(await rows(nomis, pinned)) == 8


async def test_a_key_that_is_no_concept_reference_pins_nothing(nomis: httpx.AsyncClient) -> None:
    table = await rows(nomis, "NM_31_1.data.csv?geography=K02000001&date=2023&sex=7&measures=20100&age=0")
    assert len(table) == 8


@pytest.mark.parametrize(
    ("geography", "count"),
    [
        ("2092957699", 1),
        ("E92000001", 1),
        ("2013265921...2013265932", 12),
        ("TYPE480", 12),
        ("TYPE499", 7),
        ("TYPE424", 361),
        ("TYPE499,E08000003,2013265921", 9),
        ("E08000003,E00000000", 1),
    ],
)
async def test_geography_is_a_number_a_code_a_range_a_type_or_a_list(
    nomis: httpx.AsyncClient, geography: str, count: int
) -> None:
    table = await rows(nomis, f"NM_162_1.data.csv?geography={geography}&gender=0&age=0&measure=1")
    assert len(table) == count


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ("latest", ["2024-06"]),
        ("latestMINUS1", ["2024-05"]),
        ("latestMINUS2-latest", ["2024-04", "2024-05", "2024-06"]),
        ("first", ["2019-01"]),
        ("prevyear", ["2023-06"]),
        ("2021-03,2020-03", ["2020-03", "2021-03"]),
        ("2021-11-2022-01", ["2021-11", "2021-12", "2022-01"]),
        ("2024-06,2024-07", ["2024-06"]),
    ],
)
@pytest.mark.parametrize("key", ["time", "date"])
async def test_times_are_named_by_code_by_word_by_range_or_by_list(
    nomis: httpx.AsyncClient, key: str, times: str, expected: list[str]
) -> None:
    table = await rows(nomis, f"NM_162_1.data.csv?geography=K02000001&gender=0&age=0&measure=1&{key}={times}")
    assert [row["DATE_CODE"] for row in table] == expected


@pytest.mark.parametrize(
    "wrong",
    [
        "geography=E99999999&gender=0",
        "geography=K02000001&gender=9",
        "geography=K02000001&gender=male",
        "geography=K02000001&date=2031-01",
        "geography=K02000001&date=2021-01&time=2021-01",
        "geography=K02000001&select=obs_colour",
        "geography=K02000001&RecordLimit=many",
        "gender=0",
    ],
)
async def test_a_wrong_parameter_gives_an_empty_body_with_200(nomis: httpx.AsyncClient, wrong: str) -> None:
    reply = await nomis.get(f"NM_162_1.data.csv?{wrong}")
    assert (reply.status_code, reply.content) == (200, b"")


ALL_MONTHS = "geography=TYPE424&date=first-latest&gender=0,1&age=0&measure=1&measures=20100"


async def test_csv_ends_after_25000_rows_and_only_the_count_tells(nomis: httpx.AsyncClient) -> None:
    query = f"NM_162_1.data.csv?{ALL_MONTHS}&select=geography_code,date,gender,record_offset,record_count"
    first = await rows(nomis, query)
    second = await rows(nomis, query + "&RecordOffset=25000")
    assert len(first) == 25_000
    assert {row["RECORD_COUNT"] for row in first} == {str(361 * 66 * 2)}
    assert len(first) + len(second) == 361 * 66 * 2
    assert (first[-1]["RECORD_OFFSET"], second[0]["RECORD_OFFSET"]) == ("24999", "25000")


async def test_json_says_that_it_is_truncated_as_a_string(nomis: httpx.AsyncClient) -> None:
    short = await content(nomis, "NM_162_1.data.json?geography=TYPE480&gender=0&age=0&RecordLimit=5")
    whole = await content(nomis, "NM_162_1.data.json?geography=TYPE480&gender=0&age=0")
    assert (short["header"]["truncated"], len(short["obs"])) == ("true", 5)
    assert (whole["header"]["truncated"], len(whole["obs"])) == ("false", 24)


async def test_an_account_may_have_more_rows(nomis: httpx.AsyncClient) -> None:
    assert len(await rows(nomis, f"NM_162_1.data.csv?{ALL_MONTHS}&select=obs_value&uid=0x1")) == 361 * 66 * 2


async def test_a_single_observation_is_an_object_not_a_list(nomis: httpx.AsyncClient) -> None:
    answer = await content(nomis, "NM_901_1.data.json?geography=K02000001&date=2023-01&industry=37748736")
    assert answer["obs"]["geography"] == {"value": 2092957697, "description": "United Kingdom", "geogcode": "K02000001"}
    assert answer["obs"]["obs_status"] == {"value": "A", "description": "Normal Value"}


async def test_what_is_not_reliable_is_empty_with_status_q_and_says_why(nomis: httpx.AsyncClient, folder: Path) -> None:
    cube = load("aps_rates", folder)
    hidden = np.argwhere(np.isnan(cube.values["employment"][:, :, 0]))
    area, period = (cube.codes[axis][at] for axis, at in enumerate(hidden[0]))
    table = await rows(nomis, f"NM_17_5.data.csv?geography={area}&date={period}&variable=45&measures=20599")
    assert (table[0]["OBS_VALUE"], table[0]["OBS_STATUS"], table[0]["OBS_CONF"]) == ("", "Q", "F")
    assert "unreliable" in table[0]["OBS_STATUS_NAME"]


async def test_wider_places_and_totals_are_the_sums_of_their_parts(nomis: httpx.AsyncClient, folder: Path) -> None:
    cube = load("claimants", folder)
    month = cube.axis("period").index("2020-09")
    table = await rows(nomis, "NM_162_1.data.csv?geography=TYPE499&date=2020-09&gender=0,2&age=0&measure=1")
    by = {(row["GEOGRAPHY_CODE"], row["GENDER"]): int(row["OBS_VALUE"]) for row in table}
    counts = cube.values["claimants"][:, month]
    assert by["K02000001", "0"] == counts.sum()
    assert by["K02000001", "2"] == counts[:, 0].sum()
    welsh = [code.startswith("W") for code in cube.axis("area")]
    assert by["W92000004", "0"] == counts[welsh].sum()


async def test_jobs_are_held_for_great_britain_only(nomis: httpx.AsyncClient) -> None:
    table = await rows(nomis, "NM_189_1.data.csv?geography=TYPE499&industry=37748736")
    codes = {row["GEOGRAPHY_CODE"] for row in table}
    assert codes == {"K03000001", "E92000001", "W92000004", "S92000003", "K04000001"}


async def test_a_definition_names_every_dimension(nomis: httpx.AsyncClient) -> None:
    answer = await content(nomis, "NM_142_1.def.sdmx.json")
    dimensions = answer["structure"]["keyfamilies"]["keyfamily"]["components"]["dimension"]
    refs = [dimension["conceptref"] for dimension in dimensions]
    assert refs == ["GEOGRAPHY", "INDUSTRY", "EMPLOYMENT_SIZEBAND", "LEGAL_STATUS", "MEASURES", "FREQ"]


async def test_a_code_list_of_one_is_an_object(nomis: httpx.AsyncClient) -> None:
    one = await content(nomis, "NM_142_1/legal_status.def.sdmx.json")
    several = await content(nomis, "NM_142_1/employment_sizeband.def.sdmx.json")
    assert one["structure"]["codelists"]["codelist"][0]["code"]["value"] == 0
    assert len(several["structure"]["codelists"]["codelist"][0]["code"]) == 5


async def test_a_type_of_geography_lists_its_places_with_their_codes(nomis: httpx.AsyncClient) -> None:
    answer = await content(nomis, "NM_162_1/geography/TYPE480.def.sdmx.json")
    codes = answer["structure"]["codelists"]["codelist"][0]["code"]
    assert [codes[0]["value"], codes[-1]["value"]] == [2013265921, 2013265932]
    assert codes[6]["annotations"]["annotation"][0]["annotationtext"] == "E12000007"


async def test_data_sets_are_found_by_a_word(nomis: httpx.AsyncClient) -> None:
    answer = await content(nomis, "def.sdmx.json?search=*vacanc*")
    families = answer["structure"]["keyfamilies"]["keyfamily"]
    assert [family["id"] for family in families] == ["NM_901_1", "NM_902_1"]
    assert all("not published on Nomis in reality" in family["name"]["value"] for family in families)


async def test_an_overview_names_survey_times_by_their_twelve_months(nomis: httpx.AsyncClient) -> None:
    answer = await content(nomis, "NM_17_5.overview.json")
    dates = answer["overview"]["dimensions"]["dimension"][0]["codes"]["code"]
    assert {"value": "2021-03", "name": "Apr 2020-Mar 2021"} in dates


async def test_a_data_set_that_there_is_not_is_not_found(nomis: httpx.AsyncClient) -> None:
    assert (await nomis.get("NM_0_0.data.csv?geography=K02000001")).status_code == 404
