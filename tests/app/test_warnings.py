"""What may surprise is told beside the answer; an error says for which rows it stands."""

from typing import Any

import pytest

from tests.conftest import Opener, Trust

ONE = '{ area(code: "%s") { labourMarket(%s) { %s } } }'
PATH = ["area", "labourMarket", "*"]
MONTHS = 'periods: {from: "2024-01", to: "2024-02"}'


async def warned(trust: Trust, query: str, **variables: Any) -> list[dict[str, Any]]:
    body = await trust.ask(query, **variables)
    assert "errors" not in body
    return body.get("extensions", {}).get("warnings", [])


@pytest.mark.parametrize(
    ("place", "arguments", "measure", "message", "remedy"),
    [
        (
            "E12000002", f"{MONTHS}, by: [SEX]", "payrolledEmployees",
            "Payrolled employees: not published by SEX.",
            'Ask for it by AGE_BAND or INDUSTRY, or without by; see breakdowns of measure(name: "payrolledEmployees").',
        ),
        (
            "E12000002", f"{MONTHS}, by: [AGE_BAND, INDUSTRY]", "payrolledEmployees",
            "Payrolled employees: not published by AGE_BAND and INDUSTRY together.",
            'Ask for it by AGE_BAND or INDUSTRY, or without by; see breakdowns of measure(name: "payrolledEmployees").',
        ),
        (
            "E12000002", f"{MONTHS}, by: [SEX]", "population: vacancies",
            "Vacancies: not published by SEX.",
            'Ask for it by INDUSTRY, or without by; see breakdowns of measure(name: "vacancies").',
        ),
        (
            "E12000002", MONTHS, "businesses",
            "Businesses: a figure for each year, and no row here ends when one does.",
            "Ask with every: YEAR, or with fill: LATEST.",
        ),
        (
            "S92000003", 'periods: {from: "2022/23", to: "2022/23", every: ACADEMIC_YEAR}', "apprenticeshipStarts",
            "Apprenticeship starts: not published for any of these places.",
            "Ask for other places; the finest level it is published for is LA.",
        ),
        (
            "E12000002", 'periods: {from: "2024-05", to: "2024-08"}', "claimantCount",
            "Claimant count: the newest figure is for 2024-06; rows from 2024-07 on have none.",
            "Ask for periods up to 2024-06, or for {last: 4}.",
        ),
        (
            "E12000002", 'periods: {from: "2018-11", to: "2019-02"}', "claimantCount",
            "Claimant count: the first figure is for 2019-01; rows up to 2018-12 have none.",
            "Ask for periods from 2019-01 on.",
        ),
        (
            "E12000002", 'periods: {from: "2024-12", to: "2027-01"}, fill: LATEST', "businesses",
            "Businesses: the newest figure is for 2024; rows from 2027-01 on have none.",
            "Ask for periods up to 2024, or for {last: 26}.",
        ),
    ],
)  # fmt: skip
async def test_a_column_without_figures_says_why_and_the_way_out(
    trust: Trust, place: str, arguments: str, measure: str, message: str, remedy: str
) -> None:
    query = ONE % (place, arguments, f"{measure} {{ value markers }}")
    key = measure.partition(":")[0]
    expected = {"message": message, "path": [*PATH, key], "remedy": remedy}
    assert await warned(trust, query) == [expected]
    trust.app.state.gateway.engine.columns = False
    assert await warned(trust, query) == [expected]


@pytest.mark.parametrize(
    ("arguments", "measure"),
    [
        ('periods: {from: "2023-12", to: "2024-02"}', "businesses"),
        (f"{MONTHS}, fill: LATEST", "businesses population claimantCount"),
        ('periods: {from: "2024-12", to: "2026-12"}, fill: LATEST', "businesses"),
        ("periods: {last: 3}", "claimantCount claimantRate"),
        (f"{MONTHS}, by: [SEX]", "claimantCount"),
    ],
)
async def test_what_does_not_surprise_is_not_warned_of(trust: Trust, arguments: str, measure: str) -> None:
    cells = " ".join(f"{name} {{ value }}" for name in measure.split())
    assert await warned(trust, ONE % ("E12000002", arguments, cells)) == []


async def test_there_is_one_warning_for_each_selection_and_none_for_each_row(trust: Trust) -> None:
    query = """{ a: labourMarket(areas: {level: REGION}, by: [SEX], periods: {from: "2024-05", to: "2024-06"}) {
        nodes { x: payrolledEmployees { value } } edges { node { payrolledEmployees { value } } } } }"""
    paths = [warning["path"] for warning in await warned(trust, query)]
    assert paths == [["a", "nodes", "*", "x"], ["a", "edges", "*", "node", "payrolledEmployees"]]


async def test_warnings_come_again_with_answers_that_were_kept(trust: Trust) -> None:
    query = ONE % ("E12000002", f"{MONTHS}, by: [SEX]", "payrolledEmployees { value }")
    first = await warned(trust, query)
    assert len(first) == 1
    assert [await warned(trust, query) for _ in range(4)] == [first] * 4


# Variables

WITH_VARIABLES = """query ($periods: PeriodRange = {last: 1}, $by: [Facet!]! = []) { area(code: "E12000002") {
    labourMarket(periods: $periods, by: $by) { claimantCount { value } } } }"""


@pytest.mark.parametrize(("given", "meant"), [("period", "$periods"), ("Periods", "$periods"), ("perods", "$periods")])
async def test_a_misspelt_variable_is_an_error_that_leads_to_the_right_one(
    trust: Trust, given: str, meant: str
) -> None:
    body = await trust.ask(WITH_VARIABLES, **{given: {"last": 5}})
    message = "the operation declares no variable of this name. It declares $periods, $by."
    assert [error["message"] for error in body["errors"]] == [f"Argument ${given}: {message} Nearest: {meant}."]
    assert body["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "data" not in body


async def test_any_other_variable_is_ignored_with_a_warning(trust: Trust) -> None:
    assert await warned(trust, WITH_VARIABLES, colour="red", periods={"last": 1}) == [
        {
            "message": "$colour: the operation declares no variable of this name. It was ignored.",
            "path": [],
            "remedy": "Leave it out; the operation declares $periods, $by.",
        }
    ]


# For which rows an error stands

REFUSED = "payrolledEmployees { value }"
BY_AGE = f"{MONTHS}, by: [AGE_BAND]"


@pytest.mark.parametrize(
    ("query", "paths", "applies"),
    [
        (
            '{ labourMarket(areas: {level: LA, within: "E47000001"}, %s) { nodes { a: %s } edges { node { %s } } } }',
            [["labourMarket", "nodes", 0, "a"], ["labourMarket", "edges", 0, "node", "payrolledEmployees"]],
            [["labourMarket", "nodes", "*", "a"], ["labourMarket", "edges", "*", "node", "payrolledEmployees"]],
        ),
        (
            '{ area(code: "E08000003") { l: labourMarket(%s) { %s ...F } } } fragment F on LabourMarket { b: %s }',
            [["area", "l", 0, "payrolledEmployees"], ["area", "l", 0, "b"]],
            [["area", "l", "*", "payrolledEmployees"], ["area", "l", "*", "b"]],
        ),
        (
            '{ areas(where: {codes: ["E47000001"]}) { nodes { areas(level: LA) { labourMarket(%s) { %s b: %s } } } } }',
            [
                ["areas", "nodes", 0, "areas", 0, "labourMarket", 0, "payrolledEmployees"],
                ["areas", "nodes", 0, "areas", 0, "labourMarket", 0, "b"],
            ],
            [
                ["areas", "nodes", "*", "areas", "*", "labourMarket", "*", "payrolledEmployees"],
                ["areas", "nodes", "*", "areas", "*", "labourMarket", "*", "b"],
            ],
        ),
    ],
)
@pytest.mark.parametrize("by_columns", [True, False])
async def test_an_error_says_every_row_that_it_stands_for(
    trust: Trust, query: str, paths: list[Any], applies: list[Any], by_columns: bool
) -> None:
    trust.app.state.gateway.engine.columns = by_columns
    body = await trust.ask(query % (BY_AGE, REFUSED, REFUSED))
    assert [error["path"] for error in body["errors"]] == paths
    assert [error["extensions"]["appliesTo"] for error in body["errors"]] == applies
    assert {error["extensions"]["code"] for error in body["errors"]} == {"UNAUTHORIZED_FIELD_OR_TYPE"}


async def test_a_department_that_fails_says_every_row_too(open_trust: Opener) -> None:
    async with open_trust() as trust:
        trust.departments.inject("hmrc", "503", times=2)
        query = ONE % ("E12000002", MONTHS, "payrolledEmployees { value } claimantCount { value }")
        body = await trust.ask(query)
    assert [error["extensions"]["code"] for error in body["errors"]] == ["DEPARTMENT_UNAVAILABLE"]
    assert body["errors"][0]["extensions"]["appliesTo"] == [*PATH, "payrolledEmployees"]
