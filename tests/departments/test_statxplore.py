"""The sample of Stat-Xplore, with the habits of the Open Data API."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from departments.statxplore import create_app
from departments.statxplore.server import Budget
from departments.synthetic.cubes import load

FOLDER = Path(".data/departments")
BASE = "http://127.0.0.1:8101/webapi/rest/v1"
KEY = {"APIKey": "demo-dwp-key"}
PEOPLE, HOUSEHOLDS = "str:database:UC_Monthly", "str:database:UC_Households"
PEOPLE_COUNT = "str:count:UC_Monthly:V_F_UC_CASELOAD_FULL"
HOUSEHOLD_COUNT = "str:count:UC_Households:V_F_UC_HOUSEHOLDS"
MONTH = "UC_Monthly:F_UC_DATE:DATE_NAME"
PLACE = "UC_Monthly:V_F_UC_CASELOAD_FULL:WARD_CODE"
SEX = "UC_Monthly:V_F_UC_CASELOAD_FULL:SEX"
WORK = "UC_Monthly:V_F_UC_CASELOAD_FULL:EMPLOYMENT_CODE"
REGIONS = "V_C_MASTERGEOG21_REGION_TO_COUNTRY"


def client(**options: Any) -> httpx.AsyncClient:
    app = create_app(FOLDER, **options)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), headers=KEY)


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with client() as opened:
        yield opened


def field(name: str) -> str:
    return f"str:field:{name}"


def value(name: str, codelist: str, code: str) -> str:
    return f"str:value:{name}:{codelist}:{code}"


def month(code: str) -> str:
    return value(MONTH, "C_UC_DATE", code)


def region(code: str) -> str:
    return value(PLACE, REGIONS, code)


def authority(code: str) -> str:
    return value(PLACE, "V_C_MASTERGEOG21_LA_TO_REGION", code)


def sex(code: str) -> str:
    return value(SEX, "C_UC_SEX", code)


def work(code: str) -> str:
    return value(WORK, "C_UC_EMPLOYMENT_2023_BAND", code)


def question(*dimensions: tuple[str, list[list[str]]], total: tuple[str, ...] = ()) -> dict[str, Any]:
    """A request for people: fields with their groups of values, some with a total."""
    return {
        "database": PEOPLE,
        "measures": [PEOPLE_COUNT],
        "recodes": {uri: {"map": groups, "total": uri in total} for uri, groups in dimensions},
        "dimensions": [[uri] for uri, _ in dimensions],
    }


async def tabulated(http: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    reply = await http.post(f"{BASE}/table", json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def counted(http: httpx.AsyncClient, body: dict[str, Any]) -> list[Any]:
    (cube,) = (await tabulated(http, body))["cubes"].values()
    return cube["values"]


# The schema


async def test_the_schema_leads_from_the_root_to_every_value(http: httpx.AsyncClient) -> None:
    async def inside(address: str, label: str) -> dict[str, Any]:
        children = (await http.get(address)).json()["children"]
        return next(child for child in children if child["label"] == label)

    folder = await inside(f"{BASE}/schema", "Universal Credit")
    assert (folder["type"], set(folder)) == ("FOLDER", {"id", "label", "location", "type"})
    database = await inside(folder["location"], "People on Universal Credit (synthetic)")
    assert (database["id"], database["type"]) == (PEOPLE, "DATABASE")
    group = await inside(database["location"], "Geography")
    assert group["type"] == "GROUP"
    places = await inside(group["location"], "Geography (residence-based)")
    assert (places["id"], places["type"]) == (field(PLACE), "FIELD")
    regions = await inside(places["location"], "Region")
    assert (regions["id"], regions["type"]) == (f"str:valueset:{PLACE}:{REGIONS}", "VALUESET")
    london = await inside(regions["location"], "London")
    assert (london["id"], london["type"]) == (region("E12000007"), "VALUE")
    assert (await http.get(london["location"])).json() == {**london, "children": []}


async def test_a_database_shows_its_count_and_its_fields(http: httpx.AsyncClient) -> None:
    children = (await http.get(f"{BASE}/schema/{HOUSEHOLDS}")).json()["children"]
    assert [(child["type"], child["id"].rpartition(":")[2]) for child in children] == [
        ("COUNT", "V_F_UC_HOUSEHOLDS"),
        ("FIELD", "DATE_NAME"),
        ("GROUP", "X_Geography"),
        ("FIELD", "hnfamily_type"),
        ("FIELD", "HCLCW_ENTITLEMENT"),
    ]


async def test_more_than_a_hundred_children_come_in_linked_pages(http: httpx.AsyncClient) -> None:
    labels: list[str] = []
    address: str | None = f"{BASE}/schema/str:valueset:{PLACE}:V_C_MASTERGEOG21_LA_TO_REGION"
    sizes: list[int] = []
    while address:
        reply = await http.get(address)
        sizes.append(len(reply.json()["children"]))
        labels += [child["id"] for child in reply.json()["children"]]
        address = reply.links.get("next", {}).get("url")
    assert sizes == [100, 100, 100, 50]
    assert len(set(labels)) == 350
    assert authority("E06000001") in labels
    assert not [uri for uri in labels if uri.rpartition(":")[2].startswith("N")]


async def test_what_has_not_changed_is_not_sent_again_and_not_counted(http: httpx.AsyncClient) -> None:
    first = await http.get(f"{BASE}/schema/{PEOPLE}")
    again = await http.get(f"{BASE}/schema/{PEOPLE}", headers={"If-None-Match": first.headers["ETag"]})
    other = await http.get(f"{BASE}/schema/{HOUSEHOLDS}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200
    assert again.headers["X-RateLimit-Remaining"] == first.headers["X-RateLimit-Remaining"]


async def test_an_unknown_item_is_refused_in_the_engines_words(http: httpx.AsyncClient) -> None:
    reply = await http.get(f"{BASE}/schema/str:field:UC_Monthly:NO:SUCH")
    assert reply.status_code == 404
    assert reply.json()["errorType"] == "SCHEMA_COMPONENT_NOT_FOUND"


# Tables


async def test_an_answer_has_the_shape_that_the_engine_gives(http: httpx.AsyncClient) -> None:
    body = question(
        (field(PLACE), [[region("E12000001")], [region("E12000007")]]),
        (field(MONTH), [[month("202312")]]),
        (field(SEX), [[sex("1")], [sex("2")]]),
        total=(field(SEX),),
    )
    answer = await tabulated(http, body)
    assert answer["query"] == body
    assert answer["database"]["uri"] == PEOPLE
    assert answer["measures"][0]["uri"] == PEOPLE_COUNT
    assert [entry["uri"] for entry in answer["fields"]] == [field(PLACE), field(MONTH), field(SEX)]
    assert answer["fields"][2]["items"] == [
        {"type": "RecodeItem", "uris": [sex("1")], "labels": ["Male"]},
        {"type": "RecodeItem", "uris": [sex("2")], "labels": ["Female"]},
        {"type": "Total", "labels": ["Total"]},
    ]
    assert np.shape(answer["cubes"][PEOPLE_COUNT]["values"]) == (2, 1, 3)
    assert answer["cubes"][PEOPLE_COUNT]["precision"] == 0


async def test_the_newest_month_is_provisional_and_the_one_before_revised(http: httpx.AsyncClient) -> None:
    answer = await tabulated(http, question((field(MONTH), [[month("202404")], [month("202405")], [month("202406")]])))
    assert [item.get("annotationKeys") for item in answer["fields"][0]["items"]] == [None, ["r"], ["p"]]
    assert {"p", "r"} <= set(answer["annotationMap"])
    assert "ynthetic" in str(answer["annotationMap"])


async def test_a_total_counts_only_what_was_mapped(http: httpx.AsyncClient) -> None:
    body = question((field(MONTH), [[month("202312")]]), (field(SEX), [[sex("1")]]), total=(field(SEX),))
    ((men, total),) = await counted(http, body)
    assert men == total
    ((everybody,),) = await counted(
        http, question((field(MONTH), [[month("202312")]]), (field(SEX), [[sex("1"), sex("2")]]))
    )
    assert everybody > 1.5 * total


async def test_parts_do_not_add_up_to_their_total_and_every_cell_is_within_three_of_the_truth(
    http: httpx.AsyncClient,
) -> None:
    cube = load("uc_people", FOLDER)
    places = list(cube.axis("area"))
    body = question(
        (field(PLACE), [[authority(code)] for code in places]),
        (field(MONTH), [[month("202201")]]),
        (field(SEX), [[sex("2")], [sex("1")]]),
        total=(field(SEX),),
    )
    counts = np.array(await counted(http, body))[:, 0]
    truth = cube.values["people"][:, cube.axis("period").index("2022-01")].sum(axis=(2, 3, 4))
    truth = np.column_stack([truth, truth.sum(axis=1)])
    assert np.abs(counts - truth).max() == 3
    assert len(np.unique(counts - truth)) == 7
    assert (counts[:, 0] + counts[:, 1] != counts[:, 2]).mean() > 0.5
    assert counts.min() >= 0


async def test_the_same_people_have_the_same_figure_however_they_are_asked_for(http: httpx.AsyncClient) -> None:
    when = (field(MONTH), [[month("202312")]])
    ((plain,),) = await counted(http, question(when, (field(PLACE), [[region("E12000007")]])))
    ((turned,),) = await counted(http, question((field(PLACE), [[region("E12000007")]]), when))
    both = (field(SEX), [[sex("2"), sex("1")]])
    (((grouped,),),) = await counted(http, question(when, (field(PLACE), [[region("E12000007")]]), both))
    valueset = f"str:valueset:{PLACE}:{REGIONS}"
    ((by_valueset,),) = await counted(http, question(when, (valueset, [[region("E12000007")]])))
    assert plain == turned == grouped == by_valueset


async def test_a_field_without_a_recode_has_all_its_values(http: httpx.AsyncClient) -> None:
    body: dict[str, Any] = {
        "database": PEOPLE,
        "measures": [PEOPLE_COUNT],
        "dimensions": [[f"str:valueset:{PLACE}:{REGIONS}"], [field(WORK)]],
    }
    answer = await tabulated(http, body)
    assert [len(entry["items"]) for entry in answer["fields"]] == [11, 3]


async def test_nobodys_employment_is_known_in_the_newest_month(http: httpx.AsyncClient) -> None:
    codes = [[work("0")], [work("1")], [work("99")]]
    newest, before = await counted(
        http, question((field(MONTH), [[month("202406")], [month("202405")]]), (field(WORK), codes))
    )
    assert newest[:2] == [0, 0]
    assert newest[2] > 5_000_000
    assert before[2] == 0
    assert min(before[:2]) > 1_000_000


async def test_a_value_that_nobody_has_is_nil(http: httpx.AsyncClient) -> None:
    family = "UC_Households:V_F_UC_HOUSEHOLDS:hnfamily_type"
    body = {
        "database": HOUSEHOLDS,
        "measures": [HOUSEHOLD_COUNT],
        "recodes": {
            field(family): {"map": [[value(family, "C_UC_FAMILY_TYPE", c)] for c in ("1", "99")], "total": True}
        },
        "dimensions": [[field(family)]],
    }
    single, unknown, total = await counted(http, body)
    assert unknown == 0
    assert single == total


UNKNOWN = {**question((field(MONTH), [[month("203001")]]))}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"database": "str:database:PIP", "measures": [], "dimensions": []}, "TXD_NOT_FOUND"),
        ({**UNKNOWN, "measures": ["str:count:UC_Monthly:NO"]}, "SCHEMA_COMPONENT_NOT_FOUND"),
        (UNKNOWN, "SCHEMA_COMPONENT_NOT_FOUND"),
        (question((field("UC_Monthly:NO:SUCH"), [])), "SCHEMA_COMPONENT_NOT_FOUND"),
        (question((field(SEX), [[]])), "BAD_REQUEST"),
        ([], "BAD_REQUEST"),
    ],
)
async def test_a_request_that_cannot_be_answered_is_refused_in_the_engines_words(
    http: httpx.AsyncClient, body: Any, kind: str
) -> None:
    reply = await http.post(f"{BASE}/table", json=body)
    assert reply.status_code == 400
    assert reply.json()["errorType"] == kind
    assert reply.json()["message"]


async def test_a_table_over_the_limit_of_cells_is_refused() -> None:
    async with client(cells=5) as http:
        six = question(
            (field(MONTH), [[month("202312")], [month("202401")]]), (field(WORK), [[work(c)] for c in ("0", "1", "99")])
        )
        reply = await http.post(f"{BASE}/table", json=six)
        five = question((field(MONTH), [[month(f"20231{n}")] for n in range(3)]))
        assert (await http.post(f"{BASE}/table", json=five)).status_code == 200
    assert (reply.status_code, reply.json()["errorType"]) == (400, "CELL_COUNT")


# Keys and limits


@pytest.mark.parametrize("key", [None, "", "another-key"])
@pytest.mark.parametrize("path", ["/schema", f"/schema/{PEOPLE}", "/info", "/rate_limit"])
async def test_nothing_is_told_without_a_key(path: str, key: str | None) -> None:
    async with client() as http:
        http.headers = httpx.Headers({} if key is None else {"APIKey": key})
        reply = await http.get(BASE + path)
    assert reply.status_code == 401
    assert set(reply.json()) == {"message", "errorType"}
    assert reply.json()["errorType"] == "AUTHENTICATION"


async def test_another_key_may_be_configured() -> None:
    async with client(keys=frozenset({"other"})) as http:
        assert (await http.get(f"{BASE}/info")).status_code == 401
        reply = await http.get(f"{BASE}/info", headers={"APIKey": "other"})
    assert reply.json() == {"languages": [{"locale": "en", "displayName": "English"}]}


async def test_the_limits_are_told_in_headers_and_asking_for_them_is_free() -> None:
    async with client(budget=Budget(overall=3, tables=1)) as http:
        body = question((field(MONTH), [[month("202312")]]))
        first = await http.post(f"{BASE}/table", json=body)
        second = await http.post(f"{BASE}/table", json=body)
        for _ in range(4):
            state = (await http.get(f"{BASE}/rate_limit")).json()
        schema = await http.get(f"{BASE}/schema")
    names = ("X-RateLimit", "X-RateLimit-Remaining", "X-RateLimit-Table", "X-RateLimit-Remaining-Table")
    assert [first.headers[name] for name in names] == ["3", "2", "1", "0"]
    assert int(first.headers["X-RateLimit-Reset"]) > 1_600_000_000_000
    assert (second.status_code, "Retry-After" in second.headers) == (429, True)
    assert (state["limit"], state["remaining"]) == (3, 2)
    assert (schema.status_code, schema.headers["X-RateLimit-Remaining"]) == (200, "1")
    assert "X-RateLimit-Table" not in schema.headers
