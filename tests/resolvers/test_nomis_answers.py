"""Nomis in all that it may write: the right figure, the right marker, or an error; never a figure that is not its."""

import logging
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from departments.nomis import create_app
from reference.column import UNEXPLAINED, Column
from reference.figure import STATUSES, Marker
from reference.period import parse
from resolvers.errors import DepartmentMisanswered
from resolvers.table import Slice
from tests.resolvers.nomis_desk import (
    ONS,
    Desk,
    answer,
    claimant_source,
    claimants,
    observation,
    one_row,
    published,
)

MANCHESTER, NOWHERE = "E08000003", "E06000999"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cubes")


async def claimant_column(body: str | bytes, form: str = "csv") -> Column:
    desk = Desk(claimant_source(form), published(body))
    (table,), _ = await desk.answer("NM_162_1", claimants((MANCHESTER,), ("2021-03",)))
    return table.columns["claimantCount"]


# Numbers

NO_NUMBERS = [
    "", " ", "²", "٣", "1e5", "1E5", "1e308", "nan", "NaN", "inf", "-inf", " 5", "5 ", "+5", "0x1F", "1_000", "5.",
    ".5", "--5", "1.2.3", "five", "true", "null", "[z]", "-", "..", "£5", "5%", "1" * 400,
]  # fmt: skip


@pytest.mark.parametrize("text", [*NO_NUMBERS, '"1,000"', '"5\n6"', '"5\n"', '"5"""'])
@pytest.mark.parametrize("status", ["A", "P", "U"])
async def test_a_value_that_is_no_number_is_never_null_without_a_word_and_never_shown(text: str, status: str) -> None:
    with pytest.raises(DepartmentMisanswered, match="is not a number"):
        await claimant_column(one_row(text, status))


@pytest.mark.parametrize("value", ["969", "", "nan", None, True, False, [], [5], {}, {"value": 5}])
async def test_a_value_in_json_that_is_no_json_number_is_never_shown(value: Any) -> None:
    with pytest.raises(DepartmentMisanswered, match="is not a number"):
        await claimant_column(answer([observation(0, value)]), "json")


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0.0), ("73931", 73931.0), ("0.3", 0.3), ('"12"', 12.0), ("-0.5", -0.5)]
)
async def test_plain_decimal_notation_is_a_number(text: str, value: float) -> None:
    assert (await claimant_column(one_row(text))).values.ravel().tolist() == [value]


@pytest.mark.parametrize("count", ["²", "1e0", "-1", "1.0", " 1", "", "0x1", "1" * 5_000])
async def test_a_count_of_rows_that_is_no_number_is_refused(count: str) -> None:
    with pytest.raises(DepartmentMisanswered, match="RECORD_COUNT is not one number"):
        await claimant_column(one_row("5").replace(",F,1\n", f",F,{count}\n"))


@pytest.mark.parametrize("column", ["OBS_VALUE", "OBS_STATUS", "OBS_STATUS_NAME", "OBS_CONF"])
async def test_without_what_says_whether_it_may_be_shown_a_figure_is_not_shown(column: str) -> None:
    with pytest.raises(DepartmentMisanswered, match=f"no column {column}"):
        await claimant_column(one_row("5", "Q").replace(f",{column},", ",OTHER,"))


@pytest.mark.parametrize("form", ["csv", "json"])
async def test_a_row_without_a_status_is_refused(form: str) -> None:
    body = one_row("5", "") if form == "csv" else answer(observation(0, 5, obs_status={"value": None}))
    with pytest.raises(DepartmentMisanswered, match="no status"):
        await claimant_column(body, form)


# The free text of status Q

GROUP = "Estimate and confidence interval not available since the group sample size is zero or disclosive (0-2)"
TEXTS = [
    (GROUP, "Q", Marker.c),
    ("sample size is disclosive", "Q", Marker.c),
    ("The SAMPLE  size is\tDisclosive.", "Q", Marker.c),
    ("Estimate is less than 500", "N", Marker.low),
    ("Value is fewer than 500", "N", Marker.low),
    ("  VALUE IS FEWER THAN 500 ", "N", Marker.low),
    ("These figures are suppressed as statistically unreliable.", "Q", Marker.u),
    ("Estimate and confidence interval unreliable since the group sample size is small (3-9)", "Q", Marker.u),
    ("These figures are missing.", "O", Marker.x),
    ("These figures are not available.", "O", Marker.x),
]  # fmt: skip
UNKNOWN = ["Estimate is less than 5000", "Estimate is less than 500,000", "Value is fewer than 500.5", "Withheld", "u"]
SURVEY = "GEOGRAPHY_CODE,DATE,VARIABLE,MEASURES,OBS_VALUE,OBS_STATUS,OBS_STATUS_NAME,OBS_CONF,RECORD_COUNT"


def survey(text: str) -> Desk:
    return Desk(ONS, published(f'{SURVEY}\n{MANCHESTER},2021-03,45,20599,,Q,"{text}",F,1\n'))


async def employment(desk: Desk) -> Column:
    wanted = Slice(("employmentRate",), (MANCHESTER,), (parse("2021-Q1"),))
    (table,), _ = await desk.answer("NM_17_5", wanted)
    return table.columns["employmentRate"]


@pytest.mark.parametrize(("text", "status", "marker"), TEXTS)
async def test_the_text_of_a_survey_figure_that_is_not_shown_decides_its_marker(
    text: str, status: str, marker: Marker
) -> None:
    desk = survey(text)
    column = await employment(desk)
    assert np.isnan(column.values).all()
    assert (STATUSES[column.status[0, 0, 0]], Marker(int(column.markers[0, 0, 0]))) == (status, marker)
    assert column.notes == {}


@pytest.mark.parametrize("text", UNKNOWN)
async def test_a_text_that_nobody_has_explained_is_x_with_a_note_and_drift_logged_once(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    desk = survey(text)
    with caplog.at_level(logging.WARNING, "lmdt"):
        columns = [await employment(desk) for _ in range(3)]
    for column in columns:
        assert np.isnan(column.values).all()
        assert (STATUSES[column.status[0, 0, 0]], column.markers[0, 0, 0]) == ("O", int(Marker.x))
        assert column.notes == {0: UNEXPLAINED}
    line = f"NM_17_5: the publisher gives {text!r} for a figure, and texts does not say what that means"
    assert [record.__dict__["drift"] for record in caplog.records] == [line]
    assert line in await desk.nomis.drift()


async def test_a_source_file_explains_a_text_of_its_own_and_goes_before_the_usual_ones() -> None:
    texts = {"held back": "c", "none * missing": "z"}
    for text, marker in (("Held back until noon", Marker.c), ("None are missing", Marker.z), ("missing", Marker.x)):
        desk = Desk(claimant_source(texts=texts), published(one_row("", "Q", text)))
        (table,), _ = await desk.answer("NM_162_1", claimants((MANCHESTER,), ("2021-03",)))
        assert table.columns["claimantCount"].markers[0, 0, 0] == int(marker)


# Places that the data set does not hold, and times that it does not hold yet


@pytest.mark.parametrize("beside", [(), (MANCHESTER,), (MANCHESTER, "K02000001")])
@pytest.mark.parametrize("form", ["csv", "json"])
async def test_a_place_that_is_not_held_is_x_alone_and_beside_others(
    folder: Path, form: str, beside: tuple[str, ...]
) -> None:
    desk = Desk(claimant_source(form), httpx.ASGITransport(create_app(folder)))
    (table,), _ = await desk.answer("NM_162_1", claimants((NOWHERE, *beside), ("2021-03", "2021-04")))
    column = table.columns["claimantCount"]
    assert np.isnan(column.values[0]).all()
    assert (column.markers[0] == int(Marker.x)).all()
    assert not np.isnan(column.values[1:]).any()
    assert not column.markers[1:].any()


@pytest.mark.parametrize("places", [("N92000002",), ("N09000001", "N09000003"), ("N92000002", "E92000001")])
async def test_jobs_in_northern_ireland_are_x_however_they_are_asked_for(folder: Path, places: tuple[str, ...]) -> None:
    desk = Desk(ONS, httpx.ASGITransport(create_app(folder)))
    (table,), _ = await desk.answer("NM_189_1", Slice(("jobs",), places, (parse("2021"),)))
    column = table.columns["jobs"]
    assert np.isnan(column.values).ravel().tolist() == [place.startswith("N") for place in places]
    assert (column.markers > 0).ravel().tolist() == [place.startswith("N") for place in places]


async def test_a_place_that_is_not_held_takes_one_more_data_request(folder: Path) -> None:
    desk = Desk(claimant_source(), httpx.ASGITransport(create_app(folder)))
    _, urls = await desk.answer("NM_162_1", claimants((NOWHERE,), ("2021-03",)))
    assert [url.partition("geography=")[2].partition("&")[0] for url in urls] == [
        NOWHERE,
        f"{NOWHERE},K02000001,E92000001,N92000002,S92000003,W92000004",
    ]


@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize(
    "changes",
    [
        {"pins": {"measures": 99}},
        {"measures": {"claimantCount": {"codes": {"measure": 77, "age": 0}}}},
        {"facets": {"SEX": {"concept": "gender", "total": "male", "members": {"FEMALE": 2, "MALE": 1}}}},
    ],
)
@pytest.mark.parametrize("place", [NOWHERE, MANCHESTER])
async def test_an_empty_body_for_a_wrong_parameter_is_an_error_wherever_it_is_asked_of(
    folder: Path, form: str, changes: dict[str, Any], place: str
) -> None:
    desk = Desk(claimant_source(form, **changes), httpx.ASGITransport(create_app(folder)))
    with pytest.raises(DepartmentMisanswered, match="no rows, as for a parameter"):
        await desk.answer("NM_162_1", claimants((place,), ("2021-03",)))


@pytest.mark.parametrize("body", [b"", one_row("5").partition("\n")[0].encode(), b" \r\n"])
async def test_an_answer_of_no_rows_where_there_should_be_some_is_an_error(body: bytes) -> None:
    with pytest.raises(DepartmentMisanswered, match="no rows, as for a parameter"):
        await claimant_column(body)


async def test_a_figure_that_comes_only_when_asked_for_again_is_shown() -> None:
    row = one_row("5").replace("F,1\n", "F,2\n")
    rows = row + row.partition("\n")[2].replace(MANCHESTER, "K02000001")

    def body(request: httpx.Request) -> bytes:
        return rows.encode() if "K02000001" in request.url.params["geography"] else b""

    desk = Desk(claimant_source(), published(body))
    (table,), _ = await desk.answer("NM_162_1", claimants((MANCHESTER,), ("2021-03",)))
    assert table.columns["claimantCount"].values.ravel().tolist() == [5.0]


TIMES = b'{"structure": {"codelists": {"codelist": {"code": {"value": "2021-03", "description": {"value": "March"}}}}}}'
OVERVIEW = b'{"overview": {"dimensions": {"dimension": {"name": "date", "codes": {"code": {"value": "2021-03"}}}}}}'


@pytest.mark.parametrize("metadata", [{"time": TIMES}, {"NM_162_1": OVERVIEW}])
async def test_a_period_after_the_last_is_x_and_an_empty_body_for_a_published_one_is_an_error(
    metadata: dict[str, bytes],
) -> None:
    desk = Desk(claimant_source(), published(b"", **metadata))
    (table,), urls = await desk.answer("NM_162_1", claimants((MANCHESTER,), ("2021-04", "2031-01")))
    assert (table.columns["claimantCount"].markers == int(Marker.x)).all()
    assert len(urls) == 1
    with pytest.raises(DepartmentMisanswered):
        await desk.answer("NM_162_1", claimants((MANCHESTER,), ("2021-03", "2021-04")))


@pytest.mark.parametrize("months", [("2024-07",), ("2024-06", "2024-07"), ("2018-12", "2024-06", "2030-01")])
@pytest.mark.parametrize("form", ["csv", "json"])
async def test_periods_that_are_not_published_are_x_and_the_others_have_figures(
    folder: Path, form: str, months: tuple[str, ...]
) -> None:
    desk = Desk(claimant_source(form), httpx.ASGITransport(create_app(folder)))
    (table,), _ = await desk.answer("NM_162_1", claimants((MANCHESTER,), months))
    column = table.columns["claimantCount"]
    assert np.isnan(column.values).ravel().tolist() == [month != "2024-06" for month in months]
    assert (column.markers == int(Marker.x)).ravel().tolist() == [month != "2024-06" for month in months]
