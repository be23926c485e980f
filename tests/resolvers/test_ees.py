"""Explore education statistics through its connector: the publisher's own figures, from as few queries as can be."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from departments.ees import create_app
from departments.synthetic.cubes import load as cube_of
from reference.area import AreaLevel, gazetteer
from reference.facets import Facet
from reference.figure import STATUSES
from reference.period import PeriodKind, between, parse
from resolvers.table import Slice
from tests.resolvers.ees_desk import APPRENTICESHIPS, CARE, COURSES, DFE, NEET, SKILLS, Desk, starts, texts

CUBES = {
    APPRENTICESHIPS: "apprenticeships",
    SKILLS: "further_education",
    COURSES: "free_courses",
    NEET: "neet",
    CARE: "care_leavers",
}
DIMS = {
    Facet.SEX: "sex",
    Facet.AGE_BAND: "age",
    Facet.SUBJECT_AREA: "subject",
    Facet.ETHNICITY: "ethnicity",
    Facet.DISABILITY: "disability",
    Facet.QUALIFICATION_LEVEL: "level",
}
INDICATORS = {
    "apprenticeshipStarts": "starts",
    "apprenticeshipAchievements": "achievements",
    "adultLearners": "learners",
    "adultAchievements": "achievements",
    "level3CourseEnrolments": "enrolments",
    "youngPeopleNotInEducation": "people",
}
ENGLAND = gazetteer()["E92000001"]
DISTRICTS = tuple(area.code for area in gazetteer().at(AreaLevel.LA, ENGLAND.code))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cubes")


# The publisher's figures


def count(folder: Path, cube: str, indicator: str, area: str, period: str, **picked: str) -> float:
    """A figure from the cube, leaf by leaf; a dimension with a member "ALL" is not added up."""
    database = cube_of(cube, folder)
    own = area in database.axis("area")
    areas = [
        at
        for at, code in enumerate(database.axis("area"))
        if code == area or (not own and gazetteer().inside(gazetteer()[code], area))
    ]
    rest: list[list[int]] = []
    for dim in database.dims[2:]:
        codes = database.axis(dim)
        wanted = [picked[dim]] if dim in picked else ["ALL"] if "ALL" in codes else list(codes)
        rest.append([codes.index(code) for code in wanted])
    cells = np.ix_(areas, [database.axis("period").index(period)], *rest)
    return float(database.values[indicator][cells].sum())


def published(
    folder: Path, dataset: str, measure: str, area: str, period: str, by: tuple[Facet, ...], group: tuple[str, ...]
) -> str:
    """What the Department publishes for one cell, by its rules: rounded to 10, `low` below 5, symbols."""
    picked = {DIMS[facet]: code for facet, code in zip(by, group, strict=True)}
    if dataset == CARE:
        leavers = count(folder, "care_leavers", "leavers", area, period, **picked)
        active = count(folder, "care_leavers", "in_work_or_education", area, period, **picked)
        return "c" if leavers <= 10 else f"{np.floor(100 * active / leavers + 0.5):g}"
    if dataset == SKILLS and gazetteer()[area].level is AreaLevel.LSIP and period < "2021/22":
        return "x"
    if dataset == COURSES and picked.get("subject") == "14":
        return "z"
    value = count(folder, CUBES[dataset], INDICATORS[measure], area, period, **picked)
    return "low" if 0 < value < 5 else f"{np.floor(value / 10 + 0.5) * 10:g}"


@settings(max_examples=40, deadline=None)
@given(data=st.data())
async def test_any_slice_has_the_figures_that_the_department_publishes(folder: Path, data: st.DataObject) -> None:
    dataset = data.draw(st.sampled_from(DFE.datasets))
    places = [area.code for area in gazetteer() if dataset.coverage.holds(area.code, gazetteer())]
    slices: list[Slice] = []
    for _ in range(data.draw(st.integers(1, 3))):
        by = tuple(data.draw(st.sampled_from([(), *dataset.breakdowns])))
        offered = [(code,) for facet in by for code in dataset.members(facet)] or [()]
        slices.append(
            Slice(
                tuple(data.draw(st.lists(st.sampled_from(list(dataset.measures)), min_size=1, unique=True))),
                tuple(data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=8, unique=True))),
                tuple(
                    parse(code)
                    for code in data.draw(
                        st.lists(
                            st.sampled_from(cube_of(CUBES[dataset.id], folder).axis("period")), min_size=1, unique=True
                        )
                    )
                ),
                by,
                tuple(data.draw(st.lists(st.sampled_from(offered), min_size=1, unique=True))),
            )
        )
    tables, calls = await Desk(create_app(folder)).answer(dataset.id, *slices)
    assert len(calls) == 1
    for piece, table in zip(slices, tables, strict=True):
        assert table.slice == piece
        assert list(table.columns) == list(piece.measures)
        for measure, column in table.columns.items():
            assert column.values.shape == piece.shape
            assert texts(column) == [
                published(folder, dataset.id, measure, area, period.code, piece.by, group)
                for area in piece.areas
                for period in piece.periods
                for group in piece.groups
            ]


async def test_every_district_by_every_subject_is_one_query_in_pages(folder: Path) -> None:
    years = between(parse("2018/19").first, parse("2023/24").last, PeriodKind.ACADEMIC_YEAR)
    groups = tuple((str(n),) for n in range(1, 16))
    piece = Slice(("apprenticeshipStarts",), DISTRICTS, years, (Facet.SUBJECT_AREA,), groups)
    (table,), calls = await Desk(create_app(folder)).answer(APPRENTICESHIPS, piece)
    assert len(calls) == 3  # 26,640 rows at 10,000 a page
    database = cube_of("apprenticeships", folder)
    raw = database.values["starts"].sum(axis=(2, 3, 5, 6)).astype(float)
    expected = np.where((raw > 0) & (raw < 5), np.nan, np.floor(raw / 10 + 0.5) * 10)
    order = [database.axis("area").index(code) for code in DISTRICTS]
    np.testing.assert_array_equal(table.columns["apprenticeshipStarts"].values, expected[order])


async def test_identifiers_are_looked_up_once_and_the_exact_version_is_queried(folder: Path) -> None:
    desk = Desk(create_app(folder))
    first, second = desk.ask(APPRENTICESHIPS, starts()), desk.ask(APPRENTICESHIPS, starts(("E12000001",)))
    (table,) = await desk.ees.answer(first)
    assert [call.url.rpartition("/")[2].partition("?")[0] for call in first.calls] == ["2.*", "meta", "query"]
    await desk.ees.answer(second)
    assert [call.url.rpartition("?")[2] for call in second.calls] == ["dataSetVersion=2.0"]
    assert table.release == "2.0"


async def test_the_requests_told_beforehand_are_the_requests_made(folder: Path) -> None:
    desk = Desk(create_app(folder))
    ask = desk.ask(APPRENTICESHIPS, starts(("E06000001", "E12000001"), ("2022/23",), Facet.SEX))
    before = desk.ees.requests(ask)
    assert not ask.calls
    assert len(before) == 1
    assert before[0].startswith(f"POST {DFE.url}/data-sets/{APPRENTICESHIPS}/query?dataSetVersion=2.* ")
    assert '{"filters":{"in":["sex=Female","sex=Male"]}}' in before[-1]
    await desk.ees.answer(ask)
    (after,) = desk.ees.requests(ask)
    assert after.startswith(f"POST {DFE.url}/data-sets/{APPRENTICESHIPS}/query?dataSetVersion=2.0 {{")
    assert after.split()[1] == ask.calls[-1].url


async def test_a_district_and_an_upper_tier_authority_are_never_taken_for_each_other(folder: Path) -> None:
    years = (parse("2023"),)
    piece = Slice(("youngPeopleNotInEducation",), ("E07000008", "E06000031", "E92000001"), years)
    desk = Desk(create_app(folder))
    (table,), _ = await desk.answer(NEET, piece)
    cells = texts(table.columns["youngPeopleNotInEducation"])
    assert cells[0] == "x"
    assert all(cell.isdigit() for cell in cells[1:])
    (request,) = desk.ees.requests(desk.ask(NEET, piece))
    assert '"level":"LAD"' not in request


async def test_what_the_department_does_not_hold_is_not_available(folder: Path) -> None:
    piece = starts(("E06000001", "W06000001"), ("1995/96", "2022/23"))
    (table,), calls = await Desk(create_app(folder)).answer(APPRENTICESHIPS, piece)
    figure = published(folder, APPRENTICESHIPS, "apprenticeshipStarts", "E06000001", "2022/23", (), ())
    assert texts(table.columns["apprenticeshipStarts"]) == ["x", figure, "x", "x"]
    assert {STATUSES[at] for at in table.columns["apprenticeshipStarts"].status.ravel()} == {"O", "A"}
    assert len(calls) == 1


async def test_places_of_no_level_that_it_publishes_are_not_asked_for(folder: Path) -> None:
    piece = Slice(("level3CourseEnrolments",), ("E06000001",), (parse("2022/23"),))
    (table,), calls = await Desk(create_app(folder)).answer(COURSES, piece)
    assert texts(table.columns["level3CourseEnrolments"]) == ["x"]
    assert not calls


async def test_a_measure_asked_only_where_nothing_is_published_does_not_trouble_the_others(folder: Path) -> None:
    nowhere = Slice(("apprenticeshipAchievements",), ("K02000001",), (parse("2022/23"),))
    tables, calls = await Desk(create_app(folder)).answer(APPRENTICESHIPS, starts(), nowhere)
    assert texts(tables[0].columns["apprenticeshipStarts"])[0].isdigit()
    assert texts(tables[1].columns["apprenticeshipAchievements"]) == ["x"]
    assert len(calls) == 1


async def test_care_leavers_come_with_how_many_they_are_as_evidence(folder: Path) -> None:
    piece = Slice(("careLeaversInWorkOrEducation",), ("E92000001", "E09000001", "E09000002"), (parse("2023"),))
    desk = Desk(create_app(folder))
    (with_evidence,), calls = await desk.answer(CARE, piece, evidence=True)
    (without,), _ = await desk.answer(CARE, piece)
    column = with_evidence.columns["careLeaversInWorkOrEducation"]
    assert column.evidence is not None
    expected = [count(folder, "care_leavers", "leavers", area, "2023") for area in piece.areas]
    assert column.evidence.n.ravel().tolist() == expected
    assert np.isnan(column.evidence.contributors).all()
    assert texts(column) == texts(without.columns["careLeaversInWorkOrEducation"])
    assert without.columns["careLeaversInWorkOrEducation"].evidence is None
    assert len(calls) == 1
