"""The criteria grammar of the sample Explore education statistics, its warnings and its errors."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from departments.ees import create_app
from tests.departments.ees_api import APPRENTICESHIPS, CARE, COURSES, JSON, URL, ask, meta, option, place


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cubes")


@pytest.fixture
async def api(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(folder))
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        yield client


async def errors(api: httpx.AsyncClient, data_set: str, body: Any) -> list[tuple[str, str | None]]:
    reply = await api.post(f"/data-sets/{data_set}/query", json=body)
    assert reply.status_code == 400
    answer = reply.json()
    assert (answer["title"], answer["status"]) == ("There are validation errors with the request.", 400)
    return [(error["code"], error.get("path")) for error in answer["errors"]]


# The criteria grammar, against an oracle that reads every row


def holds(criteria: JSON, row: JSON) -> bool:
    """Whether a row matches criteria, as the documentation words them."""
    if "and" in criteria:
        return all(holds(part, row) for part in criteria["and"])
    if "or" in criteria:
        return any(holds(part, row) for part in criteria["or"])
    if "not" in criteria:
        return not holds(criteria["not"], row)
    time = (row["timePeriod"]["code"], row["timePeriod"]["period"])
    tests: dict[str, Callable[[Any], bool]] = {
        "filters": lambda item: item in row["filters"].values(),
        "geographicLevels": lambda item: item == row["geographicLevel"],
        "locations": lambda item: row["locations"].get(item["level"]) == item["id"],
        "timePeriods": lambda item: time == (item["code"], item["period"]),
    }
    ordered: dict[str, Callable[[Any], bool]] = {
        "gt": lambda item: time[1] > item["period"],
        "gte": lambda item: time[1] >= item["period"],
        "lt": lambda item: time[1] < item["period"],
        "lte": lambda item: time[1] <= item["period"],
    }
    for facet, comparators in criteria.items():
        for name, value in comparators.items():
            if name in ordered:
                matching = ordered[name](value)
            else:
                items = cast(list[Any], value) if isinstance(value, list) else [value]
                matching = any(tests[facet](item) for item in items) != name.startswith("not")
            if not matching:
                return False
    return True


def facets(metadata: JSON) -> st.SearchStrategy[JSON]:
    """Any one set of facets over what a data set's metadata names."""
    named: dict[str, list[Any]] = {
        "filters": [entry["id"] for one in metadata["filters"] for entry in one["options"]],
        "geographicLevels": [level["code"] for level in metadata["geographicLevels"]],
        "locations": [
            {"level": group["level"]["code"], "id": entry["id"]}
            for group in metadata["locations"]
            for entry in group["options"]
        ],
        "timePeriods": [{"code": period["code"], "period": period["period"]} for period in metadata["timePeriods"]],
    }

    def comparators(facet: str) -> st.SearchStrategy[JSON]:
        item = st.sampled_from(named[facet])
        single = ["eq", "notEq", *(["gt", "gte", "lt", "lte"] if facet == "timePeriods" else [])]
        several = st.lists(item, min_size=1, max_size=4)
        return st.dictionaries(st.sampled_from(single), item, min_size=1, max_size=2) | st.dictionaries(
            st.sampled_from(["in", "notIn"]), several, min_size=1, max_size=2
        )

    return st.fixed_dictionaries({}, optional={facet: comparators(facet) for facet in named})


@settings(max_examples=60, deadline=None)
@given(data=st.data())
async def test_any_criteria_find_the_rows_that_the_documentation_says(folder: Path, data: st.DataObject) -> None:
    transport = httpx.ASGITransport(create_app(folder))
    async with httpx.AsyncClient(transport=transport, base_url=URL) as api:
        grammar = st.recursive(
            facets(await meta(api, COURSES)),
            lambda inner: (
                st.fixed_dictionaries({"and": st.lists(inner, min_size=1, max_size=3)})
                | st.fixed_dictionaries({"or": st.lists(inner, min_size=1, max_size=3)})
                | st.fixed_dictionaries({"not": inner})
            ),
            max_leaves=5,
        )
        criteria = data.draw(grammar)
        every = (await ask(api, COURSES, pageSize=10000))["results"]
        answer = await ask(api, COURSES, criteria=criteria, pageSize=10000)
        assert answer["results"] == [row for row in every if holds(criteria, row)]
        assert [warning["code"] for warning in answer["warnings"]] == ([] if answer["results"] else ["QueryNoResults"])


async def test_a_location_holds_the_smaller_places_inside_it(api: httpx.AsyncClient) -> None:
    metadata = await meta(api, APPRENTICESHIPS)
    region = {"level": "REG", "id": place(metadata, "REG", "E12000001")}
    total = [{"filters": {"eq": option(metadata, column, "Total")}} for column in ("sex", "age_summary", "ssa_tier_1",
                                                                              "ethnicity_major", "lldd")]  # fmt: skip
    criteria = {"and": [{"locations": {"eq": region}, "geographicLevels": {"eq": "LAD"}}, *total]}
    answer = await ask(api, APPRENTICESHIPS, criteria=criteria)
    assert answer["paging"]["totalResults"] == 12 * 6
    assert {row["locations"]["REG"] for row in answer["results"]} == {region["id"]}


async def test_one_code_is_a_district_at_one_level_and_an_upper_tier_authority_at_another(
    api: httpx.AsyncClient,
) -> None:
    upper = await ask(api, CARE, criteria={"locations": {"eq": {"level": "LA", "code": "E06000001"}}}, pageSize=1)
    assert upper["results"][0]["geographicLevel"] == "LA"
    district = await ask(api, CARE, criteria={"locations": {"eq": {"level": "LAD", "code": "E06000001"}}})
    assert [warning["code"] for warning in district["warnings"]] == ["LocationsNotFound", "QueryNoResults"]
    old = next(
        entry["oldCode"]
        for group in (await meta(api, CARE))["locations"]
        for entry in group["options"]
        if entry["code"] == "E06000001"
    )
    by_old = await ask(api, CARE, criteria={"locations": {"eq": {"level": "LA", "oldCode": old}}}, pageSize=1)
    assert by_old["results"] == upper["results"]


async def test_the_query_string_form_finds_what_the_body_finds(api: httpx.AsyncClient) -> None:
    metadata = await meta(api, CARE)
    ages = [option(metadata, "age", label) for label in ("19", "21")]
    n = metadata["indicators"][0]["id"]
    by_get = await api.get(
        f"/data-sets/{CARE}/query",
        params={
            "filters.in": ",".join(ages),
            "geographicLevels.eq": "REG",
            "locations.notIn": "REG|code|E12000007,REG|code|E12000008",
            "timePeriods.gte": "2022|RY",
            "indicators": n,
            "sorts": f"timePeriod|Asc,location|REG|Desc,indicator|{n}|Asc",
            "pageSize": "7",
            "page": "2",
        },
    )
    by_post = await ask(
        api,
        CARE,
        criteria={
            "filters": {"in": ages},
            "geographicLevels": {"eq": "REG"},
            "locations": {"notIn": [{"level": "REG", "code": f"E1200000{n}"} for n in (7, 8)]},
            "timePeriods": {"gte": {"period": "2022", "code": "RY"}},
        },
        indicators=[n],
        sorts=[
            {"field": "timePeriod", "direction": "Asc"},
            {"field": "location|REG", "direction": "Desc"},
            {"field": f"indicator|{n}", "direction": "Asc"},
        ],
        pageSize=7,
        page=2,
    )
    assert by_get.json() == by_post
    assert by_post["paging"] == {"page": 2, "pageSize": 7, "totalResults": 42, "totalPages": 6}


# Warnings and errors


async def test_what_does_not_exist_is_a_warning_with_its_place(api: httpx.AsyncClient) -> None:
    metadata = await meta(api, CARE)
    answer = await ask(
        api,
        CARE,
        criteria={
            "or": [
                {
                    "filters": {"in": [option(metadata, "age", "19"), "nope1", "nope2"]},
                    "geographicLevels": {"eq": "NAT"},
                },
                {"locations": {"eq": {"level": "LA", "code": "E10000003"}}},
                {"timePeriods": {"in": [{"code": "RY", "period": "1999"}, {"code": "CY", "period": "2023"}]}},
                {"geographicLevels": {"eq": "SCH"}},
            ]
        },
    )
    assert [(warning["code"], warning["path"], warning["detail"]["items"]) for warning in answer["warnings"]] == [
        ("FiltersNotFound", "criteria.or[0].filters.in", ["nope1", "nope2"]),
        ("LocationsNotFound", "criteria.or[1].locations.eq", [{"level": "LA", "code": "E10000003"}]),
        (
            "TimePeriodsNotFound",
            "criteria.or[2].timePeriods.in",
            [{"code": "RY", "period": "1999"}, {"code": "CY", "period": "2023"}],
        ),
        ("GeographicLevelsNotFound", "criteria.or[3].geographicLevels.eq", ["SCH"]),
    ]
    assert answer["paging"]["totalResults"] == 6


WRONG: list[tuple[Any, list[tuple[str, str | None]]]] = [
    ({"criteria": {"filters": {"eq": ["abc"]}}}, [("InvalidValue", "criteria.filters.eq")]),
    ({"criteria": {"filters": {"in": "abc"}}}, [("InvalidValue", "criteria.filters.in")]),
    ({"criteria": {"filters": {"in": []}}}, [("NotEmpty", "criteria.filters.in")]),
    ({"criteria": {"filters": {"gt": "abc"}}}, [("InvalidValue", "criteria.filters.gt")]),
    ({"criteria": {"filters": {"eq": "longer-than-ten"}}}, [("MaximumLength", "criteria.filters.eq")]),
    ({"criteria": {"not": [{"filters": {"eq": "abc"}}]}}, [("InvalidValue", "criteria.not")]),
    ({"criteria": {"and": []}}, [("NotEmpty", "criteria.and")]),
    ({"criteria": {"or": [{"and": {}}]}}, [("InvalidValue", "criteria.or[0].and")]),
    ({"criteria": {"timePeriod": {"eq": {}}}}, [("InvalidValue", "criteria.timePeriod")]),
    ({"criteria": {"geographicLevels": {"eq": "TOWN"}}}, [("AllowedValue", "criteria.geographicLevels.eq")]),
    (
        {"criteria": {"locations": {"in": [{"level": "REG", "oldCode": "301"}, {"level": "LA"}]}}},
        [("AllowedValue", "criteria.locations.in[0].level"), ("InvalidValue", "criteria.locations.in[1]")],
    ),
    (
        {"criteria": {"timePeriods": {"gt": {"code": "XX", "period": "2022"}}}},
        [("AllowedValue", "criteria.timePeriods.gt.code")],
    ),
    (
        {"criteria": {"timePeriods": {"eq": {"code": "AY", "period": "2022/2025"}}}},
        [("TimePeriodYearRange", "criteria.timePeriods.eq.period")],
    ),
    (
        {"indicators": ["nope"], "page": 0, "pageSize": 10001},
        [("GreaterThanOrEqual", "page"), ("InclusiveBetween", "pageSize"), ("IndicatorsNotFound", "indicators")],
    ),
    ({"indicators": [""]}, [("NotEmpty", "indicators[0]")]),
    ({"sorts": [{"field": "colour", "direction": "Asc"}]}, [("SortFieldsNotFound", "sorts")]),
    ({"sorts": [{"field": "timePeriod", "direction": "Up"}]}, [("AllowedValue", "sorts[0].direction")]),
    ({"debug": "yes"}, [("InvalidValue", "debug")]),
    ({"colour": "red"}, [("InvalidValue", "colour")]),
    ([], [("InvalidValue", None)]),
]


@pytest.mark.parametrize(("body", "expected"), WRONG)
async def test_a_wrong_body_is_a_problem_with_every_error_and_its_path(
    api: httpx.AsyncClient, body: Any, expected: list[tuple[str, str | None]]
) -> None:
    assert await errors(api, CARE, body) == expected


async def test_a_page_in_the_query_string_of_a_post_is_an_error(api: httpx.AsyncClient) -> None:
    reply = await api.post(f"/data-sets/{CARE}/query?page=2", json={})
    assert (reply.status_code, reply.json()["errors"][0]["path"]) == (400, "page")
