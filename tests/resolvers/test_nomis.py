"""Nomis through its connector: the publisher's own figures, all of them, or an error."""

import asyncio
import re
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from departments.faults import Faults
from departments.nomis import create_app
from departments.synthetic.cubes import load as cube_of
from reference.area import AreaLevel, gazetteer
from reference.column import UNEXPLAINED, Column
from reference.facets import Facet
from reference.figure import STATUSES, Marker
from reference.period import PeriodKind, between, parse
from resolvers.errors import DepartmentError, DepartmentMisanswered, DepartmentUnavailable
from resolvers.protocols.nomis import Nomis
from resolvers.source import SourceError
from resolvers.table import Slice
from resolvers.wire import Wire
from tests.resolvers.nomis_desk import (
    HEAD,
    ONS,
    ROW,
    SEXES,
    URL,
    Desk,
    answer,
    claimant_source,
    claimants,
    definition,
    observation,
    one_row,
    published,
)

AUTHORITIES = tuple(area.code for area in gazetteer().at(AreaLevel.LA))
MONTHS = between(parse("2019-01").last, parse("2024-06").last, PeriodKind.MONTH)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cubes")


def sample(folder: Path) -> tuple[Desk, Faults]:
    app = create_app(folder)
    return Desk(ONS, httpx.ASGITransport(app)), app.state.faults


# The publisher's figures


def inside(area: str, authority: str) -> bool:
    return gazetteer().inside(gazetteer()[authority], area)


def count(folder: Path, cube: str, indicator: str, area: str, period: str, **leaves: tuple[str, ...]) -> float:
    """An additive figure summed from the cube, leaf by leaf."""
    database = cube_of(cube, folder)
    picked = np.ix_(
        [at for at, code in enumerate(database.axis("area")) if inside(area, code)],
        [database.axis("period").index(period)],
        *(
            [database.axis(dim).index(code) for code in leaves.get(dim, database.axis(dim))]
            for dim in database.dims[2:]
        ),
    )
    return float(database.values[indicator][picked].sum())


def leaves(by: tuple[Facet, ...], group: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The population cube's codes that make up a group."""
    named = dict(zip(by, group, strict=True))
    picked = {"sex": (named[Facet.SEX],)} if Facet.SEX in named else {}
    return picked | ({"age": BANDS[named[Facet.AGE_BAND]]} if Facet.AGE_BAND in named else {})


WIDER = ("K02000001", "E92000001", "W92000004", "N92000002", "E12000007")
PLACES = st.lists(st.sampled_from([*WIDER, "E08000003", *AUTHORITIES[:20]]), min_size=1, max_size=6, unique=True)
BANDS = {
    "AGE_0_15": ("0-15",),
    "AGE_16_24": ("16-17", "18-24"),
    "AGE_16_64": ("16-17", "18-24", "25-34", "35-49", "50-64"),
    "AGE_65_PLUS": ("65+",),
}


@settings(max_examples=25, deadline=None)
@given(data=st.data())
async def test_any_slice_of_population_has_the_publishers_figures(folder: Path, data: st.DataObject) -> None:
    by = data.draw(st.sampled_from([(), (Facet.SEX,), (Facet.AGE_BAND,), (Facet.AGE_BAND, Facet.SEX)]))
    offered = {Facet.SEX: ("MALE", "FEMALE"), Facet.AGE_BAND: tuple(BANDS)}
    group = st.tuples(*(st.sampled_from(offered[facet]) for facet in by))
    groups = tuple(data.draw(st.lists(group, min_size=1, max_size=4, unique=True)))
    years = tuple(data.draw(st.lists(st.sampled_from(["2018", "2020", "2023"]), min_size=1, unique=True)))
    areas = tuple(data.draw(PLACES))
    piece = Slice(("population",), areas, tuple(parse(year) for year in years), by, groups)
    desk, _ = sample(folder)
    (table,), calls = await desk.answer("NM_31_1", piece)
    expected = [
        count(folder, "population", "people", area, year, **leaves(by, one))
        for area in areas
        for year in years
        for one in groups
    ]
    column = table.columns["population"]
    assert column.values.shape == piece.shape
    assert column.values.ravel().tolist() == expected
    assert not column.markers.any()
    assert len(calls) == 1


@settings(max_examples=20, deadline=None)
@given(data=st.data())
async def test_any_slice_of_the_rates_has_the_publishers_figures_or_says_they_are_unreliable(
    folder: Path, data: st.DataObject
) -> None:
    database = cube_of("aps_rates", folder)
    indicators = {"employmentRate": "employment", "unemploymentRate": "unemployment", "inactivityRate": "inactivity"}
    measures = tuple(data.draw(st.lists(st.sampled_from(list(indicators)), min_size=1, unique=True)))
    by, groups = data.draw(
        st.sampled_from([
            ((), ((),)),
            ((Facet.SEX,), SEXES),
            ((Facet.ETHNICITY,), (("MIXED",), ("OTHER",))),
            ((Facet.DISABILITY,), (("NOT_DISABLED",),)),
        ])
    )  # fmt: skip
    areas = tuple(data.draw(PLACES))
    quarters = tuple(data.draw(st.lists(st.sampled_from(["2019-Q1", "2021-Q4", "2024-Q2"]), min_size=1, unique=True)))
    desk, _ = sample(folder)
    piece = Slice(measures, areas, tuple(parse(quarter) for quarter in quarters), by, groups)
    (table,), _ = await desk.answer("NM_17_5", piece)
    for measure in measures:
        column = table.columns[measure]
        expected = database.values[indicators[measure]][
            np.ix_(
                [database.axis("area").index(area) for area in areas],
                [database.axis("period").index(f"{q[:4]}-{int(q[-1]) * 3:02d}") for q in quarters],
                [database.axis("group").index(group[0] if group else "ALL") for group in groups],
            )
        ]
        np.testing.assert_array_equal(column.values, expected)
        hidden = np.isnan(expected)
        assert (column.markers[hidden] == int(Marker.u)).all()
        assert not column.markers[~hidden].any()


HELD = {
    "claimantCount": ("claimants", "claimants"),
    "population": ("population", "people"),
    "jobs": ("jobs", "jobs"),
    "enterprises": ("enterprises", "enterprises"),
    "onlineJobAdverts": ("adverts", "adverts"),
}
NEWEST = {PeriodKind.MONTH: "2023-03", PeriodKind.QUARTER: "2023-Q1", PeriodKind.YEAR: "2023"}


@pytest.mark.parametrize(
    ("measure", "by"),
    [
        (measure, tuple(by))
        for dataset in ONS.datasets
        for measure in dataset.measures
        for by in (frozenset[Facet](), *dataset.breakdowns)
    ],
)
async def test_every_measure_is_answered_by_every_breakdown_the_source_file_names(
    folder: Path, measure: str, by: tuple[Facet, ...]
) -> None:
    dataset = next(dataset for dataset in ONS.datasets if measure in dataset.measures)
    place = "K02000001" if AreaLevel.UK in dataset.coverage.levels else "E12000007"
    groups = tuple(product(*(dataset.members(facet) for facet in by)))
    piece = Slice((measure,), (place,), (parse(NEWEST[dataset.every]),), by, groups)
    desk, _ = sample(folder)
    (table,), calls = await desk.answer(dataset.id, piece)
    column = table.columns[measure]
    assert (column.values > 0).any()
    assert not column.markers.any()
    assert len(calls) == 1
    if measure in HELD:
        # Occupations come as major groups and, within them, as sub-major groups: only the former add up.
        parts = [at for at, group in enumerate(groups) if by != (Facet.OCCUPATION,) or len(group[0]) == 1]
        assert column.values[0, 0, parts].sum() == count(folder, *HELD[measure], place, NEWEST[dataset.every])


async def test_one_request_answers_several_slices_of_a_dataset(folder: Path) -> None:
    desk, _ = sample(folder)
    areas, months = ("E08000003", "K02000001"), ("2020-03", "2020-09")
    (whole, split), calls = await desk.answer(
        "NM_162_1", claimants(areas, months), claimants(areas, months, by_sex=True)
    )
    np.testing.assert_array_equal(
        whole.columns["claimantCount"].values[..., 0], split.columns["claimantCount"].values.sum(axis=2)
    )
    assert whole.columns["claimantCount"].values[1, 1, 0] == count(
        folder, "claimants", "claimants", areas[1], months[1]
    )
    assert len(calls) == 1


async def test_all_authorities_are_asked_for_by_their_type_and_no_other_place_is_passed_on(folder: Path) -> None:
    desk, _ = sample(folder)
    areas = (*AUTHORITIES, "K02000001")
    (table,), calls = await desk.answer("NM_162_1", claimants(areas, ("2021-03",)))
    values = table.columns["claimantCount"].values
    assert values[:361].sum() == values[361].sum()
    assert len(calls) == 1
    assert "geography=K02000001,TYPE424&" in calls[0]


async def test_more_than_25000_rows_are_fetched_page_by_page(folder: Path) -> None:
    desk, _ = sample(folder)
    piece = Slice(("claimantCount",), AUTHORITIES, MONTHS, (Facet.SEX,), SEXES)
    (table,), calls = await desk.answer("NM_162_1", piece)
    expected = cube_of("claimants", folder).values["claimants"].sum(axis=3)
    np.testing.assert_array_equal(table.columns["claimantCount"].values, expected)
    assert len(calls) == 2
    assert "RecordOffset=25000" in calls[1]


async def test_a_small_slice_does_not_drag_every_code_into_a_large_one(folder: Path) -> None:
    desk, _ = sample(folder)
    everywhere = Slice(("claimantCount",), AUTHORITIES, MONTHS)
    ages = tuple((sex, age) for sex in ("FEMALE", "MALE") for age in ("AGE_16_24", "AGE_25_49", "AGE_50_PLUS"))
    crossed = Slice(("claimantCount",), ("E08000003",), (MONTHS[0],), (Facet.SEX, Facet.AGE_BAND), ages)
    tables, calls = await desk.answer("NM_162_1", everywhere, crossed)
    assert len(calls) == 2
    assert [table.slice for table in tables] == [everywhere, crossed]
    total = count(folder, "claimants", "claimants", "E08000003", MONTHS[0].code)
    assert tables[1].columns["claimantCount"].values.sum() == total


async def test_what_has_no_row_is_null_with_marker_x(folder: Path) -> None:
    desk, _ = sample(folder)
    piece = Slice(("jobs",), ("E92000001", "N92000002"), (parse("2021"), parse("2031")))
    (table,), _ = await desk.answer("NM_189_1", piece)
    column = table.columns["jobs"]
    assert np.isnan(column.values).ravel().tolist() == [False, True, True, True]
    assert column.markers.ravel().tolist() == [0, int(Marker.x), int(Marker.x), int(Marker.x)]
    assert [STATUSES[at] for at in column.status.ravel()] == ["A", "O", "O", "O"]


async def test_times_not_published_yet_are_x_even_when_the_body_is_empty(folder: Path) -> None:
    desk, _ = sample(folder)
    (table,), _ = await desk.answer("NM_162_1", claimants(("K02000001",), ("2030-01", "2030-02")))
    assert (table.columns["claimantCount"].markers == int(Marker.x)).all()


async def test_a_table_says_its_release_and_a_call_what_was_asked(folder: Path) -> None:
    desk, _ = sample(folder)
    ask = desk.ask("NM_162_1", claimants(("K02000001",), ("2021-03",)))
    (table,) = await desk.nomis.answer(ask)
    (request,) = desk.nomis.requests(ask)
    assert request.startswith(f"GET {URL}/api/v01/dataset/NM_162_1.data.csv?geography=K02000001&date=2021-03&")
    assert request.split()[1] == ask.calls[-1].url
    assert table.release == "2024-07-16 09:30:00"
    assert table.protected


async def test_the_definition_is_read_once(folder: Path) -> None:
    desk, _ = sample(folder)
    first = desk.ask("NM_162_1", claimants(("K02000001",), ("2021-03",)))
    again = desk.ask("NM_162_1", claimants(("E08000003",), ("2021-03",)))
    await desk.nomis.answer(first)
    await desk.nomis.answer(again)
    assert (len(first.calls), len(again.calls)) == (2, 1)


async def test_the_source_file_agrees_with_the_sample_publisher(folder: Path) -> None:
    desk, _ = sample(folder)
    assert await desk.nomis.drift() == ()


# Faults


@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("429", DepartmentUnavailable),
        ("503", DepartmentUnavailable),
        ("dropped", DepartmentUnavailable),
        ("slow", DepartmentUnavailable),
        ("broken-json", DepartmentMisanswered),
        ("wrong-keys", DepartmentMisanswered),
    ],
)
async def test_a_department_that_misbehaves_is_an_error(
    folder: Path, form: str, kind: str, expected: type[DepartmentError]
) -> None:
    app = create_app(folder)
    desk = Desk(claimant_source(form, limits={"timeout": 0.5}), httpx.ASGITransport(app))
    await desk.answer("NM_162_1", claimants(("K02000001",), ("2021-03",)))
    app.state.faults.inject(kind, times=2, seconds=2)
    with pytest.raises(expected):
        await desk.answer("NM_162_1", claimants(("K02000001", "E08000003"), ("2021-03",)))


@pytest.mark.parametrize("kind", ["429", "503", "dropped"])
async def test_a_department_that_was_busy_once_is_asked_again(folder: Path, kind: str) -> None:
    desk, faults = sample(folder)
    faults.inject(kind)
    (table,), calls = await desk.answer("NM_162_1", claimants(("K02000001",), ("2021-03",)))
    assert table.columns["claimantCount"].values[0, 0, 0] > 0
    assert len(calls) == 2


@pytest.mark.parametrize("form", ["csv", "json"])
async def test_an_answer_cut_short_is_fetched_to_its_end(folder: Path, form: str) -> None:
    app = create_app(folder)
    desk = Desk(claimant_source(form), httpx.ASGITransport(app))
    piece = claimants(("K02000001", "E08000003", "E12000007"), ("2021-03", "2021-04"), by_sex=True)
    (whole,), _ = await desk.answer("NM_162_1", piece)
    app.state.faults.inject("truncated")
    (mended,), calls = await desk.answer("NM_162_1", piece)
    np.testing.assert_array_equal(mended.columns["claimantCount"].values, whole.columns["claimantCount"].values)
    assert len(calls) == 2


async def test_csv_that_stays_cut_short_is_an_error(folder: Path) -> None:
    desk, faults = sample(folder)
    faults.inject("truncated", times=9)
    piece = claimants(("K02000001", "E08000003", "E12000007"), ("2021-03", "2021-04"), by_sex=True)
    with pytest.raises(DepartmentMisanswered, match="rows of 12"):
        await desk.answer("NM_162_1", piece)


# Answers written by hand, in the published shapes


TWICE = one_row("5").replace(",F,1\n", ",F,2\n") + one_row("5").replace(",F,1\n", ",F,2\n").partition("\n")[2]


async def only(body: str | bytes, form: str = "csv") -> Column:
    desk = Desk(claimant_source(form), published(body))
    (table,), _ = await desk.answer("NM_162_1", claimants(("E08000003",), ("2021-03",)))
    return table.columns["claimantCount"]


@pytest.mark.parametrize(
    ("row", "value", "status", "marker"),
    [
        (one_row("73931"), 73931.0, "A", Marker(0)),
        (one_row("0"), 0.0, "A", Marker(0)),
        (one_row("0.3", "P"), 0.3, "P", Marker.p),
        (one_row("5", "E", "Estimated"), 5.0, "E", Marker.e),
        (one_row("5", "U"), 5.0, "U", Marker.u),
        (one_row("", "Q", '"These figures are suppressed as statistically unreliable."'), None, "Q", Marker.u),
        (one_row("", "Q", '"Suppressed, to avoid disclosure"'), None, "Q", Marker.c),
        (one_row("12", "Q", "Group sample size is disclosive"), None, "Q", Marker.c),
        (one_row("", "Q", '"These figures are missing."'), None, "O", Marker.x),
        (one_row("", "M"), None, "M", Marker.z),
        (one_row("", "L"), None, "L", Marker.x),
        (one_row("12", conf="C"), None, "Q", Marker.c),
    ],
)
async def test_a_status_becomes_a_status_and_a_marker(
    row: str, value: float | None, status: str, marker: Marker
) -> None:
    column = await only(row)
    figure = column.values[0, 0, 0]
    assert (None if np.isnan(figure) else figure) == value
    assert STATUSES[column.status[0, 0, 0]] == status
    assert Marker(int(column.markers[0, 0, 0])) == marker


@pytest.mark.parametrize(
    ("row", "raw"),
    [
        (one_row("7", "J", "Odd"), "J Odd"),
        (one_row("[z]", "J", "Odd"), "J Odd"),
        (one_row("", "Q", '"Held  back until\nnoon"'), "Held back until noon"),
        (one_row("", "Q", ""), "Q"),
    ],
)
async def test_a_symbol_nobody_has_explained_is_x_and_kept(row: str, raw: str) -> None:
    column = await only(row)
    assert np.isnan(column.values).all()
    assert column.markers[0, 0, 0] == int(Marker.x)
    assert column.notes == {0: UNEXPLAINED}


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("csv", b""),
        ("json", b""),
        ("json", '{"error": "invalid"}'),
        ("json", '{"header": {"truncated": "true"}, "obs": []}'),
        ("csv", one_row("5").replace("E08000003", "E08000004")),
        ("csv", one_row("5").replace("2021-03", "2021-04")),
        ("csv", one_row("5").replace("20100,", "20201,")),
        ("csv", one_row("5").replace(",F,1\n", ",F,70\n")),
        ("csv", one_row("5").replace(",F,1\n", ",F")),
        ("csv", one_row("5") + ROW.format(value=6, status="A", name="Normal Value", conf="F")),
        ("csv", TWICE),
        ("csv", one_row("5").replace(",AGE,", ",C_AGE,")),
    ],
)  # fmt: skip
async def test_an_answer_that_is_not_what_was_asked_is_refused(form: str, body: str | bytes) -> None:
    with pytest.raises(DepartmentMisanswered):
        await only(body, form)


async def test_a_web_page_in_place_of_an_answer_is_a_department_that_does_not_answer() -> None:
    with pytest.raises(DepartmentUnavailable):
        await only("<html><body>Service unavailable</body></html>")


async def test_one_observation_in_json_may_be_an_object() -> None:
    assert (await only(answer(observation(0, 5)), "json")).values.ravel().tolist() == [5.0]
    assert (await only(answer([observation(0, 5)]), "json")).values.ravel().tolist() == [5.0]


async def test_json_that_says_it_is_truncated_is_fetched_to_its_end() -> None:
    pages = {None: answer([observation(2, 4)], "true"), "1": answer(observation(1, 6))}
    desk = Desk(claimant_source("json"), published(lambda request: pages[request.url.params.get("RecordOffset")]))
    (table,), calls = await desk.answer("NM_162_1", claimants(("E08000003",), ("2021-03",), by_sex=True))
    assert table.columns["claimantCount"].values.ravel().tolist() == [4.0, 6.0]
    assert len(calls) == 2


async def test_json_that_never_ends_is_refused() -> None:
    with pytest.raises(DepartmentMisanswered):
        await only(answer([observation(0, 5)], "true"), "json")


async def test_the_full_csv_with_a_quoted_comma_is_read_by_its_column_names() -> None:
    body = (
        '"DATE","DATE_NAME","DATE_CODE","GEOGRAPHY","GEOGRAPHY_NAME","GEOGRAPHY_CODE","GENDER","GENDER_CODE","AGE",'
        '"MEASURE","MEASURES","OBS_VALUE","OBS_STATUS","OBS_STATUS_NAME","OBS_CONF","RECORD_OFFSET","RECORD_COUNT"\r\n'
        '2021-03,"March, 2021",2021-03,1900000001,"Manchester",E08000003,0,0,0,1,20100,5,A,"Normal Value",F,0,1\r\n'
    )
    assert (await only(body)).values.ravel().tolist() == [5.0]


async def test_csv_without_a_count_is_whole_if_no_row_is_missing_and_refused_if_one_is() -> None:
    body = one_row("5").replace(",RECORD_COUNT", "").replace(",F,1\n", ",F\n")
    assert (await only(body)).values.ravel().tolist() == [5.0]
    desk = Desk(claimant_source(), published(body))
    with pytest.raises(DepartmentMisanswered, match="does not say that it is whole"):
        await desk.answer("NM_162_1", claimants(("E08000003",), ("2021-03", "2021-04")))


async def test_rows_that_disagree_on_how_many_there_are_are_refused() -> None:
    body = "\n".join([HEAD, *(f"E08000003,2021-03,20100,1,0,{sex},5,A,Normal Value,F,2" for sex in (1, 2))])
    desk = Desk(claimant_source(), published(body + "0"))
    with pytest.raises(DepartmentMisanswered, match="RECORD_COUNT is not one number"):
        await desk.answer("NM_162_1", claimants(("E08000003",), ("2021-03",), by_sex=True))


async def test_rows_beyond_what_was_asked_are_passed_over_when_nothing_asked_is_missing() -> None:
    rows = ["E08000003,2021-03,20100", "E08000003,2021-03,20201", "E08000004,2021-03,20100", "E08000003,2021-04,20100"]
    body = "\n".join([HEAD, *(f"{row},1,0,0,{at},A,Normal Value,F,4" for at, row in enumerate(rows, start=5)), ""])
    assert (await only(body)).values.ravel().tolist() == [5.0]


# Source files and the publisher's metadata


async def test_a_dimension_that_the_source_file_does_not_mention_is_an_error_not_more_rows() -> None:
    structure = definition("GENDER", "AGE", "MEASURE", "MEASURES", "DURATION")
    desk = Desk(claimant_source(), published(one_row("5"), NM_162_1=structure))
    with pytest.raises(DepartmentMisanswered, match="'duration' that the source file does not mention"):
        await desk.answer("NM_162_1", claimants(("E08000003",), ("2021-03",)))
    assert any("'duration'" in line for line in await desk.nomis.drift())


async def test_a_concept_that_the_publisher_does_not_have_is_an_error() -> None:
    structure = definition("GENDER", "C_AGE", "MEASURE", "MEASURES")
    desk = Desk(claimant_source(pins={"measures": 20100, "c_age": 0}), published(one_row("5"), NM_162_1=structure))
    with pytest.raises(DepartmentMisanswered, match="code of 'age', but the publisher has no such dimension"):
        await desk.answer("NM_162_1", claimants(("E08000003",), ("2021-03",)))


async def test_drift_names_codes_and_types_of_geography_that_are_gone(folder: Path) -> None:
    facets = {"SEX": {"concept": "gender", "total": 0, "members": {"FEMALE": 2, "MALE": 7}}}
    source = claimant_source(facets=facets, geography={"LA": "TYPE464"})
    desk = Desk(source, httpx.ASGITransport(create_app(folder)))
    assert await desk.nomis.drift() == (
        "NM_162_1: the publisher has no code '7' of 'gender'",
        "NM_162_1: the publisher has no places of TYPE464, given for LA",
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tiem": "%Y"}, "tiem is not a key: allowed are id, title, page, licence"),
        ({"texts": {"gone": "q"}}, 'texts.gone "q" is not known: allowed are c, low, u, x, z.'),
        ({"texts": {" * ": "c"}}, "texts. *  must be words of a text"),
        ({"texts": "gone"}, 'texts must be a table, not "gone"'),
        ({"format": "xml"}, 'format "xml" is not known: allowed are csv, json.'),
        ({"time": "month"}, 'time must be how a period is written, as in "%Y-%m" or "%Y", not "month"'),
        ({"geography": {"TOWN": "TYPE1"}}, "geography.TOWN is not a key: allowed are UK, COUNTRY"),
        ({"measures": {"claimantCount": {}, "other": {"codes": {"age": 0}}}}, "no code for the concept 'age'"),
        ({"facets": {"SEX": {"concept": "gender", "total": 0, "members": ["FEMALE"]}}}, "no code for SEX FEMALE"),
        ({"facets": {"SEX": {"total": 0, "members": {"FEMALE": 2}}}}, "facets.SEX.total"),
    ],
)  # fmt: skip
def test_a_source_file_that_cannot_be_used_says_which_key(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(SourceError, match=re.escape(words)):
        source = claimant_source(**changes)
        Nomis(source, Wire(source, httpx.AsyncBaseTransport()), None)


async def test_an_account_is_sent_and_never_written_down(folder: Path) -> None:
    seen: list[str] = []

    def data(request: httpx.Request) -> bytes:
        seen.append(request.url.params["uid"])
        return one_row("5").encode()

    desk = Desk(claimant_source(), published(data), credential="0xsecret")
    ask = desk.ask("NM_162_1", claimants(("E08000003",), ("2021-03",)))
    await desk.nomis.answer(ask)
    assert seen == ["0xsecret"]
    assert "0xsecret" not in "".join((*desk.nomis.requests(ask), *(call.url for call in ask.calls)))


@pytest.mark.parametrize(("longest", "calls"), [(8_000, 1), (1_500, 4)])
async def test_urls_stay_below_the_longest_that_is_safe(
    folder: Path, monkeypatch: pytest.MonkeyPatch, longest: int, calls: int
) -> None:
    monkeypatch.setattr("resolvers.protocols.nomis.LONGEST_URL", longest)
    desk = Desk(claimant_source(), httpx.ASGITransport(create_app(folder)))
    (table,), requests = await desk.answer("NM_162_1", Slice(("claimantCount",), AUTHORITIES, MONTHS[:12]))
    assert max(len(call) for call in requests) < longest
    assert len(requests) >= calls
    expected = cube_of("claimants", folder).values["claimants"].sum(axis=(2, 3))[:, :12]
    np.testing.assert_array_equal(table.columns["claimantCount"].values[..., 0], expected)


async def test_two_queries_at_once_do_not_disturb_one_another(folder: Path) -> None:
    desk, _ = sample(folder)
    one, other = claimants(("E08000003",), ("2021-03",)), claimants(("E08000003",), ("2021-04",))
    answers = await asyncio.gather(desk.answer("NM_162_1", one), desk.answer("NM_162_1", other))
    for ((table,), _), month in zip(answers, ("2021-03", "2021-04"), strict=True):
        expected = count(folder, "claimants", "claimants", "E08000003", month)
        assert table.columns["claimantCount"].values.ravel().tolist() == [expected]
