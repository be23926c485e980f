"""Words that a caller gets wrong lead to those that are meant."""

import time
from typing import Any

import pytest

from tests.conftest import Trust

MONTH = 'periods: {from: "2023-01", to: "2023-01"}'


async def error_of(trust: Trust, query: str, **variables: Any) -> dict[str, Any]:
    """The one error of a query, which is bad input."""
    (error,) = (await trust.ask(query, **variables))["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    return error


def market(areas: str = "{level: UK}", rest: str = "") -> str:
    return f"{{ labourMarket(areas: {areas}, {MONTH}{rest}) {{ totalCount }} }}"


VALUES = [
    (market("{level: LOCAL_AUTHORITY}"), "LA"),
    (market("{level: LAD}"), "LA"),
    (market("{level: DISTRICT}"), "LA"),
    (market("{level: COUNCIL}"), "LA"),
    (market("{level: BOROUGH}"), "LA"),
    (market("{level: NATION}"), "COUNTRY"),
    (market("{level: region}"), "REGION"),
    (market("{level: REGIONS}"), "REGION"),
    (market("{level: MCA}"), "COMBINED_AUTHORITY"),
    (market(rest=", by: [GENDER]"), "SEX"),
    (market(rest=", by: [gender]"), "SEX"),
    (market(rest=", by: [AGE]"), "AGE_BAND"),
    (market(rest=", by: [SECTOR]"), "INDUSTRY"),
    (market(rest=", by: [SIC]"), "INDUSTRY"),
    (market(rest=", by: [SOC]"), "OCCUPATION"),
    (market(rest=", by: [JOB]"), "OCCUPATION"),
    (market(rest=", by: [RACE]"), "ETHNICITY"),
    (market(rest=", by: [SEXX]"), "SEX"),
    (market(rest=", by: [INDUSTRIES]"), "INDUSTRY"),
    (market(rest=", fill: NEWEST"), "LATEST"),
    (market().replace('to: "2023-01"', 'to: "2023-01", every: MONTHLY'), "MONTH"),
    (market().replace('to: "2023-01"', 'to: "2023-01", every: ANNUAL'), "YEAR"),
    (market().replace('to: "2023-01"', 'to: "2023-01", every: YEARLY'), "YEAR"),
    ("{ measures(owner: DFE) { name } }", "DfE"),
]


@pytest.mark.parametrize(("query", "value"), VALUES)
async def test_a_word_that_no_enum_has_leads_to_the_value_that_is_meant(trust: Trust, query: str, value: str) -> None:
    error = await error_of(trust, query)
    assert error["extensions"]["nearest"][0] == value
    assert f" Nearest: {value}. Allowed: " in error["message"]


async def test_the_allowed_values_are_listed_whatever_was_written(trust: Trust) -> None:
    levels = ["UK", "COUNTRY", "REGION", "COMBINED_AUTHORITY", "LSIP", "LA"]
    error = await error_of(trust, market("{level: LOCAL_AUTHORITY}"))
    assert error["message"] == (
        'Argument areas.level: "LOCAL_AUTHORITY" is not a value of AreaLevel. Nearest: LA. '
        "Allowed: UK, COUNTRY, REGION, COMBINED_AUTHORITY, LSIP, LA."
    )
    assert error["extensions"]["nearest"] == ["LA", *levels[:-1]]
    nonsense = await error_of(trust, market("{level: XYZZY}"))
    assert "Nearest" not in nonsense["message"]
    assert nonsense["extensions"]["nearest"] == levels


PLACES = [
    ("E0800003", '"E0800003" is not a GSS code of April 2023. Nearest: E08000003 (Manchester).'),
    ("Bristol", '"Bristol" is not a GSS code of April 2023. Nearest: E06000023 (Bristol, City of).'),
    (
        "E07000028",
        '"E07000028" is not a GSS code of April 2023: Carlisle became part of Cumberland (E06000063) '
        "in April 2023. "
        "Nearest: E06000063 (Cumberland).",
    ),
    (
        "E06000048",
        '"E06000048" is not a GSS code of April 2023: Northumberland has had the code E06000057 '
        "since April 2013. "
        "Nearest: E06000057 (Northumberland).",
    ),
    (
        "E08000038",
        '"E08000038" is not a GSS code of April 2023: it has been the code of Barnsley since April 2025. '
        "Nearest: E08000016 (Barnsley).",
    ),
    (
        "E06999999",
        '"E06999999" is not a GSS code of April 2023. Look codes up with '
        "{ areas(where: {level: LA}) { nodes { code name } } }.",
    ),
]


@pytest.mark.parametrize(("text", "message"), PLACES)
async def test_an_unknown_place_lists_places_with_their_codes(trust: Trust, text: str, message: str) -> None:
    for argument, query in (
        ("code", f'{{ area(code: "{text}") {{ name }} }}'),
        ("areas.codes", market(f'{{codes: ["E08000003", "{text}"]}}')),
        ("where.within", f'{{ areas(where: {{level: LA, within: "{text}"}}) {{ totalCount }} }}'),
    ):
        error = await error_of(trust, query)
        assert error["message"] == f"Argument {argument}: {message}"
        assert all(code[0] in "EK" for code in error["extensions"]["nearest"])
        assert bool(error["extensions"]["nearest"]) is ("Nearest" in message)


SEARCHES: list[tuple[str, set[str]]] = [
    ("jobless", {"claimantCount", "unemploymentRate", "searchingForWork", "claimantRate"}),
    ("unemployed", {"claimantCount", "unemploymentRate", "searchingForWork", "claimantRate"}),
    ("wage", {"medianMonthlyPay", "medianWeeklyPay"}),
    ("wages", {"medianMonthlyPay", "medianWeeklyPay"}),
    ("salary", {"medianMonthlyPay", "medianWeeklyPay"}),
    ("salaries", {"medianMonthlyPay", "medianWeeklyPay"}),
    (
        "benefits",
        {
            "claimantCount",
            "peopleOnUniversalCredit",
            "searchingForWork",
            "inWorkOnUniversalCredit",
            "householdsOnUniversalCredit",
            "householdsWithHealthConditions",
            "claimantRate",
        },
    ),
    ("neets", {"youngPeopleNotInEducation"}),
    ("furlough", {"furloughedEmployments"}),
    ("apprentices", {"apprenticeshipStarts", "apprenticeshipAchievements"}),
    ("aprenticeships", {"apprenticeshipStarts", "apprenticeshipAchievements"}),
    ("r&d", {"researchAndDevelopment"}),
    ("R & D", {"researchAndDevelopment"}),
    ("companies", {"businesses", "enterprises"}),
    ("vacancy", {"vacancies"}),
    ("jobless rate", {"unemploymentRate", "claimantRate"}),
    ("xyzzy", set()),
    ("jobless xyzzy", set()),
]


@pytest.mark.parametrize(("search", "names"), SEARCHES)
async def test_measures_are_found_by_the_words_that_people_use(trust: Trust, search: str, names: set[str]) -> None:
    data = await trust.data("query ($search: String) { measures(search: $search) { name } }", search=search)
    assert {measure["name"] for measure in data["measures"]} == names


async def test_a_search_for_nothing_finds_every_measure_and_one_of_an_owner_only_theirs(trust: Trust) -> None:
    data = await trust.data('{ measures(search: "") { name } hmrc: measures(search: "wage", owner: HMRC) { name } }')
    assert len(data["measures"]) == 30
    assert data["hmrc"] == [{"name": "medianMonthlyPay"}]


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("claimantCounts", "claimantCount (Claimant count)"),
        ("claimentCount", "claimantCount (Claimant count)"),
        ("claimantcount", "claimantCount (Claimant count)"),
        ("Claimant count", "claimantCount (Claimant count)"),
        ("claimant_count", "claimantCount (Claimant count)"),
        ("furlough", "furloughedEmployments (Furloughed employments)"),
        ("wage", "medianMonthlyPay (Median monthly pay), medianWeeklyPay (Median weekly pay)"),
        (
            "householdsWithHealthCondition",
            "householdsWithHealthConditions (Universal Credit households with a health entitlement)",
        ),
    ],
)
async def test_a_misspelt_measure_is_an_error_that_names_the_nearest(trust: Trust, name: str, nearest: str) -> None:
    error = await error_of(trust, "query ($name: String!) { measure(name: $name) { title } }", name=name)
    assert error["message"] == f'Argument name: "{name}" is not a measure. Nearest: {nearest}.'
    assert error["path"] == ["measure"]


async def test_a_measure_like_none_says_where_to_look(trust: Trust) -> None:
    error = await error_of(trust, '{ measure(name: "xyzzy") { title } }')
    assert error["message"] == (
        'Argument name: "xyzzy" is not a measure. Search with { measures(search: ...) { name title } }.'
    )
    assert error["extensions"]["nearest"] == []


async def test_long_and_many_words_are_cut_short_and_cost_little(trust: Trust) -> None:
    long = "benefit" * 10_000
    query = """query ($w: String!, $c: AreaCode!) {
      measures(search: $w) { name } measure(name: $w) { name } area(code: $c) { name } }"""
    started = time.perf_counter()
    answer = await trust.ask(query, w=long, c=long)
    assert time.perf_counter() - started < 1
    assert [len(error["message"]) < 300 for error in answer["errors"]] == [True, True]


PLACES = [
    ("Brstol", ["E06000023"]),
    ("E07000028", ["E06000063"]),
    ("Carlisle", ["E06000063"]),
    ("E06000048", ["E06000057"]),
    ("E0800003", ["E08000003"]),
    ("xyzzy", []),
    ("", []),
]


@pytest.mark.parametrize(("search", "codes"), PLACES)
async def test_places_are_found_by_what_people_write_for_them(trust: Trust, search: str, codes: list[str]) -> None:
    data = await trust.data(
        "query ($search: String) { areas(search: $search) { totalCount nodes { code } } }", search=search
    )
    assert [area["code"] for area in data["areas"]["nodes"]] == codes
    assert data["areas"]["totalCount"] == len(codes)


async def test_a_search_for_places_lists_the_likeliest_first_within_a_selection_and_a_page_at_a_time(
    trust: Trust,
) -> None:
    data = await trust.data("""{
      all: areas(search: "manchester") { nodes { name } }
      cas: areas(search: "manchester", where: {level: COMBINED_AUTHORITY}) { nodes { name } }
      first: areas(search: "newcastle", first: 1) { totalCount nodes { code } pageInfo { hasNextPage endCursor } } }""")
    assert data["all"]["nodes"][0]["name"] == "Manchester"
    assert "Greater Manchester" in [area["name"] for area in data["all"]["nodes"]]
    assert data["cas"]["nodes"] == [{"name": "Greater Manchester"}]
    page = data["first"]
    assert page["totalCount"] >= 2 and page["pageInfo"]["hasNextPage"]
    rest = await trust.data(
        'query ($after: String) { areas(search: "newcastle", after: $after) { nodes { code } } }',
        after=page["pageInfo"]["endCursor"],
    )
    assert page["nodes"][0] not in rest["areas"]["nodes"] and rest["areas"]["nodes"]


async def test_places_need_a_selection_or_a_search_and_a_query_has_few_searches(trust: Trust) -> None:
    error = await error_of(trust, "{ areas { totalCount } }")
    assert error["message"].startswith("Argument where: give where")
    many = " ".join(f'a{at}: areas(search: "Brstol {at}") {{ totalCount }}' for at in range(11))
    answer = await trust.ask(f"{{ {many} }}")
    assert [error["message"] for error in answer["errors"]] == [
        "Argument search: at most 10 searches for places in one query."
    ]


async def test_a_place_tells_its_other_codes_and_what_it_was_by_columns_and_without(trust: Trust) -> None:
    query = """{ areas(where: {codes: ["E06000063", "E06000057", "E08000003", "E08000016"]}) {
      nodes { name codes history } } }"""
    columns, ordinary = await trust.both_ways(query)
    assert columns == ordinary
    cumberland, northumberland, manchester, barnsley = (await trust.data(query))["areas"]["nodes"]
    assert cumberland["history"][0].startswith("It replaced Allerdale (E07000026)")
    assert northumberland == {
        "name": "Northumberland", "codes": ["E06000048", "E06000057"],
        "history": ["It had the code E06000048 until April 2013."],
    }  # fmt: skip
    assert manchester == {"name": "Manchester", "codes": ["E08000003"], "history": []}
    assert barnsley["history"] == ["It has had the code E08000038 since April 2025."]


async def test_a_measure_tells_how_it_is_protected_and_why_it_is_refused(trust: Trust) -> None:
    query = """{ pay: measure(name: "payrolledEmployees") { levels licence pages protection refusal { reason } }
      businesses: measure(name: "businesses") { refusal { reason remedy } } }"""
    public = await trust.data(query)
    assert public["pay"]["levels"] == ["UK", "COUNTRY", "REGION", "LA"]
    assert public["pay"]["protection"] == [
        "Suppressed where it describes fewer than 10",
        "Suppressed where fewer than 3 contribute or one dominates (p% at 10)",
        "Rounded to the nearest 5",
        "Suppressed where a suppressed figure could be worked out from it",
    ]
    assert public["pay"]["refusal"] is None
    assert "is not open to everyone" in public["businesses"]["refusal"]["reason"]
    agreed = await trust.data(query, "dfe-analyst", "skills-planning")
    assert agreed["businesses"]["refusal"] is None
