"""The sample Explore education statistics: publications, versions, pages, figures."""

import csv
import io
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest

from departments.ees import create_app
from tests.departments.ees_api import APPRENTICESHIPS, CARE, COURSES, SKILLS, URL, ask, meta, option


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cubes")


@pytest.fixture
async def api(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(folder))
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        yield client


# Publications and data sets


async def test_publications_come_in_pages_and_can_be_searched(api: httpx.AsyncClient) -> None:
    first = (await api.get("/publications", params={"pageSize": 2})).json()
    assert first["paging"] == {"page": 1, "pageSize": 2, "totalResults": 5, "totalPages": 3}
    last = (await api.get("/publications", params={"pageSize": 2, "page": 3})).json()
    assert len(last["results"]) == 1
    results = (await api.get("/publications", params={"search": "apprentice"})).json()["results"]
    assert [publication["title"] for publication in results] == ["Apprenticeships"]
    assert (await api.get(f"/publications/{results[0]['id']}")).json() == results[0]
    listed = (await api.get(f"/publications/{results[0]['id']}/data-sets")).json()
    assert listed["paging"]["pageSize"] == 10
    assert [publication["id"] for publication in listed["results"]] == [APPRENTICESHIPS]
    assert (await api.get(f"/data-sets/{APPRENTICESHIPS}")).json() == listed["results"][0]


@pytest.mark.parametrize(
    ("path", "code", "where"),
    [
        ("/publications?search=ab", "MinimumLength", "search"),
        ("/publications?pageSize=41", "InclusiveBetween", "pageSize"),
        ("/publications?page=0", "GreaterThanOrEqual", "page"),
        ("/publications?page=two", "InvalidValue", "page"),
        (f"/data-sets/{CARE}/versions?pageSize=21", "InclusiveBetween", "pageSize"),
        (f"/data-sets/{CARE}/meta?types=Colours", "AllowedValue", "types"),
        (f"/data-sets/{CARE}/query?timePeriods.eq=2023", "TimePeriodFormat", "timePeriods.eq"),
        (f"/data-sets/{CARE}/query?locations.in=LA-E06000001", "LocationFormat", "locations.in"),
        (f"/data-sets/{CARE}/query?sorts=timePeriod", "SortFormat", "sorts[0]"),
        (f"/data-sets/{CARE}/query?colour=red", "InvalidValue", "colour"),
    ],
)  # fmt: skip
async def test_a_wrong_query_string_is_a_problem_with_a_path(
    api: httpx.AsyncClient, path: str, code: str, where: str
) -> None:
    reply = await api.get(path)
    assert reply.status_code == 400
    assert [(error["code"], error["path"]) for error in reply.json()["errors"]] == [(code, where)]


@pytest.mark.parametrize("path", ["", "/meta", "/query", "/csv", "/versions", "/versions/1.0", "/versions/1.0/changes"])
async def test_an_unknown_data_set_or_version_is_not_found(api: httpx.AsyncClient, path: str) -> None:
    assert (await api.get(f"/data-sets/00000000-0000-0000-0000-000000000000{path}")).status_code == 404
    missing = {"dataSetVersion": "9.*"}
    if path in ("/meta", "/query", "/csv"):
        assert (await api.get(f"/data-sets/{CARE}{path}", params=missing)).status_code == 404


# Versions


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("1.0", "1.0"), ("1.*", "1.1"), ("2.*", "2.0"), ("*", "2.0"), ("2", "2.0"), ("v1.1", "1.1")],
)
async def test_a_wildcard_is_the_newest_version_it_allows(api: httpx.AsyncClient, wanted: str, expected: str) -> None:
    assert (await api.get(f"/data-sets/{APPRENTICESHIPS}/versions/{wanted}")).json()["version"] == expected


async def test_a_new_major_version_has_new_identifiers_and_says_what_changed(api: httpx.AsyncClient) -> None:
    one, two = await meta(api, APPRENTICESHIPS, "1.1"), await meta(api, APPRENTICESHIPS, "2.0")
    assert await meta(api, APPRENTICESHIPS, "1.0") == one
    ids = [{entry["id"] for part in ("filters", "indicators") for entry in document[part]} for document in (one, two)]
    assert not ids[0] & ids[1]
    changes = (await api.get(f"/data-sets/{APPRENTICESHIPS}/versions/2.0/changes")).json()
    renumbered = {indicator["currentState"]["column"] for indicator in changes["majorChanges"]["indicators"]}
    assert renumbered == {"starts", "achievements"}
    assert [period["currentState"]["period"] for period in changes["minorChanges"]["timePeriods"]] == ["2023/2024"]
    assert [group["currentState"]["level"]["code"] for group in changes["minorChanges"]["locationGroups"]] == ["MCA"]
    gone = [
        entry["previousState"]["label"]
        for change in changes["majorChanges"]["filterOptions"]
        for entry in change["options"]
        if entry["currentState"] is None
    ]
    assert gone == ["Learners with LLDD", "Learners without LLDD"]


async def test_a_minor_version_keeps_identifiers_and_revises_figures(api: httpx.AsyncClient) -> None:
    body = (await api.get(f"/data-sets/{CARE}/versions/1.1/changes")).json()
    assert body["majorChanges"] == {}
    assert list(body["minorChanges"]) == ["timePeriods"]
    criteria = {"geographicLevels": {"eq": "NAT"}, "timePeriods": {"eq": {"code": "RY", "period": "2023"}}}
    figures = [
        (await api.post(f"/data-sets/{CARE}/query?dataSetVersion={version}", json={"criteria": criteria})).json()[
            "results"
        ]
        for version in ("1.0", "1.1")
    ]
    assert figures[0][0]["filters"] == figures[1][0]["filters"]
    assert figures[0][0]["values"] != figures[1][0]["values"]


async def test_metadata_comes_whole_or_by_type(api: httpx.AsyncClient) -> None:
    assert list(await meta(api, CARE)) == ["filters", "indicators", "geographicLevels", "locations", "timePeriods"]
    part = (await api.get(f"/data-sets/{CARE}/meta", params={"types": ["Filters", "TimePeriods"]})).json()
    assert list(part) == ["filters", "timePeriods"]
    upper = next(location for location in (await meta(api, CARE))["locations"] if location["level"]["code"] == "LA")
    assert {entry["code"][:3] for entry in upper["options"]} == {"E06", "E08", "E09"}
    assert all(len(entry["oldCode"]) == 3 for entry in upper["options"])


# Indicators, sorts, pages, debug


async def test_no_indicator_asked_is_every_indicator(api: httpx.AsyncClient) -> None:
    metadata = await meta(api, APPRENTICESHIPS)
    ids = [indicator["id"] for indicator in metadata["indicators"]]
    every = await ask(api, APPRENTICESHIPS, pageSize=1)
    assert list(every["results"][0]["values"]) == ids
    one = await ask(api, APPRENTICESHIPS, indicators=ids[1:], pageSize=1)
    assert list(one["results"][0]["values"]) == ids[1:]
    assert all(isinstance(value, str) for value in every["results"][0]["values"].values())


async def test_rows_come_newest_first_a_thousand_at_a_time(api: httpx.AsyncClient) -> None:
    first = await ask(api, CARE)
    assert first["paging"]["pageSize"] == len(first["results"]) == 1000
    periods = [row["timePeriod"]["period"] for row in first["results"]]
    assert periods == sorted(periods, reverse=True)
    assert periods[0] == "2024"


async def test_pages_together_hold_every_row_once(api: httpx.AsyncClient) -> None:
    pages = [await ask(api, COURSES, pageSize=100, page=page) for page in range(1, 8)]
    rows = [str(row) for page in pages for row in page["results"]]
    assert len(rows) == len(set(rows)) == pages[0]["paging"]["totalResults"] == 630
    beyond = await ask(api, COURSES, pageSize=100, page=9)
    assert (beyond["results"], beyond["warnings"]) == ([], [])


async def test_sorts_apply_in_their_order(api: httpx.AsyncClient) -> None:
    metadata = await meta(api, COURSES)
    sex = next(facet["id"] for facet in metadata["filters"] if facet["column"] == "sex")
    sorts = [{"field": "geographicLevel", "direction": "Desc"}, {"field": f"filter|{sex}", "direction": "Asc"},
             {"field": "location|REG", "direction": "Asc"}]  # fmt: skip
    rows = (await ask(api, COURSES, sorts=sorts, pageSize=10000, debug=True))["results"]
    keys = [
        (row["geographicLevel"] != "REG", row["filters"][f"{sex} :: sex"].split(" :: ")[1],
         row["locations"].get("REG", "::").split(" :: ")[1] if row["geographicLevel"] == "REG" else "")
        for row in rows
    ]  # fmt: skip
    assert keys == sorted(keys)


async def test_debug_says_what_each_identifier_stands_for(api: httpx.AsyncClient) -> None:
    metadata = await meta(api, CARE)
    criteria = {"locations": {"eq": {"level": "LA", "code": "E06000015"}}}
    plain = (await ask(api, CARE, criteria=criteria, pageSize=1))["results"][0]
    row = (await ask(api, CARE, criteria=criteria, pageSize=1, debug=True))["results"][0]
    assert row["locations"]["LA"] == f"{plain['locations']['LA']} :: Derby :: E06000015"
    assert row["filters"] == {
        f"{metadata['filters'][0]['id']} :: age": f"{option(metadata, 'age', 'Total')} :: Total",
    }
    assert [key.split(" :: ")[1] for key in row["values"]] == ["care_leavers", "percent_ete"]


# Figures


async def test_small_and_impossible_figures_are_symbols(api: httpx.AsyncClient) -> None:
    async def texts(data_set: str, **criteria: Any) -> set[str]:
        answer = await ask(api, data_set, criteria=criteria, pageSize=10000)
        return {text for row in answer["results"] for text in row["values"].values()}

    starts = await texts(APPRENTICESHIPS, locations={"eq": {"level": "LAD", "code": "E06000053"}})
    assert "low" in starts
    assert all(int(text) % 10 == 0 for text in starts - {"low"})
    assert "c" in await texts(CARE, locations={"eq": {"level": "LA", "code": "E09000001"}})
    early = {"in": [{"code": "AY", "period": "2019/2020"}]}
    assert await texts(SKILLS, geographicLevels={"eq": "LSIP"}, timePeriods=early) == {"x"}
    metadata = await meta(api, COURSES)
    not_offered = option(metadata, "ssa_tier_1", "Preparation for Life and Work")
    assert await texts(COURSES, filters={"eq": not_offered}) == {"z"}


async def test_levels_of_adult_learners_do_not_add_up_to_the_total(api: httpx.AsyncClient) -> None:
    metadata = await meta(api, SKILLS)
    learners = next(indicator["id"] for indicator in metadata["indicators"] if indicator["column"] == "learners")
    rest = [{"filters": {"eq": option(metadata, column, "Total")}} for column in ("sex", "age_summary", "ssa_tier_1")]
    year = {"geographicLevels": {"eq": "NAT"}, "timePeriods": {"eq": {"code": "AY", "period": "2022/2023"}}}
    rows = (await ask(api, SKILLS, criteria={"and": [year, *rest]}, debug=True))["results"]
    by_level = {
        next(label for key, label in row["filters"].items() if "nvq" in key).split(" :: ")[1]: int(
            row["values"][f"{learners} :: learners"]
        )
        for row in rows
    }
    total = by_level.pop("Total")
    assert len(by_level) == 5
    assert sum(by_level.values()) > total * 1.05


async def test_the_file_holds_every_row_of_the_version(api: httpx.AsyncClient) -> None:
    reply = await api.get(f"/data-sets/{COURSES}/csv", params={"dataSetVersion": "1.0"})
    assert reply.headers["Content-Encoding"] == "gzip"
    rows = list(csv.DictReader(io.StringIO(reply.text)))
    assert len(rows) == (await api.get(f"/data-sets/{COURSES}/versions/1.0")).json()["totalResults"] == 420
    pairs = {(row["time_period"], row["location_code"]) for row in rows}
    regions = ["E92000001", *(f"E1200000{n}" for n in range(1, 10))]
    assert pairs == set(product(["202122", "202223"], regions))
