"""The governed query as CSV over HTTP: one decision, one record, one receipt, and the figures of the JSON answer."""

import csv
import hashlib
import io
import json
from typing import Any

import http_sf
import httpx
import pytest

from tests.conftest import Opener, Trust

MEASURES = "claimantCount { value } householdsWithHealthConditions { value markers } medianMonthlyPay { value }"
MONTHS = 'periods: {from: "2023-06", to: "2023-07"}'
QUERY = f"""{{ labourMarket(areas: {{codes: ["E08000003", "E06000009"]}}, {MONTHS}) {{
  nodes {{ area {{ code name }} period {{ code }} {MEASURES} }} }} }}"""
OPEN = """{ labourMarket(areas: {codes: ["E08000003"]}, periods: {from: "2023-06", to: "2023-07"}) {
  nodes { area { code } period { code } claimantCount { value } } } }"""
TWO = """{ a: labourMarket(areas: {codes: ["E08000003"]}, periods: {from: "2023-06", to: "2023-06"}) {
  nodes { claimantCount { value } } }
  b: labourMarket(areas: {codes: ["E06000009"]}, periods: {from: "2023-06", to: "2023-06"}) {
  nodes { claimantCount { value } } } }"""


async def post(trust: Trust, query: str, persona: str = "public", address: str = "", **headers: str) -> httpx.Response:
    given = {**trust.headers(persona), **headers}
    return await trust.http.post(f"/graphql{address}", json={"query": query}, headers=given)


def rows(reply: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(reply.content.decode(), newline="")))


@pytest.mark.parametrize(
    ("address", "accept"), [("?format=csv", "*/*"), ("", "text/csv"), ("?format=csv", "application/json")]
)
async def test_a_query_is_answered_as_csv_by_its_address_or_by_accept(trust: Trust, address: str, accept: str) -> None:
    reply = await post(trust, QUERY, "dfe-analyst", address, Accept=accept)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    name = "claimantCount-householdsWithHealthConditions-medianMonthlyPay_2-places_2023-06--2023-07.csv"
    assert reply.headers["content-disposition"] == f'attachment; filename="{name}"'
    found = rows(reply)
    nodes = (await trust.ask(QUERY, "dfe-analyst"))["data"]["labourMarket"]["nodes"]
    assert [row["area.name"] for row in found] == [node["area"]["name"] for node in nodes]
    for row, node in zip(found, nodes, strict=True):
        assert float(row["claimantCount.value"]) == node["claimantCount"]["value"]
        assert float(row["medianMonthlyPay.value"]) == node["medianMonthlyPay"]["value"]


async def test_the_record_and_the_receipt_are_those_of_the_query_and_of_the_file(trust: Trust) -> None:
    as_json = await post(trust, QUERY, "dfe-analyst")
    reply = await post(trust, QUERY, "dfe-analyst", Accept="text/csv")
    first, second = trust.recorded()
    assert second.operation == first.operation == hashlib.sha256(QUERY.encode()).hexdigest()
    assert second.outcome == first.outcome == "answered"
    receipts = [
        (await trust.http.get(one.headers["receipt"], headers=trust.headers("dfe-analyst"))).json()["entries"][0]
        for one in (as_json, reply)
    ]
    parts = [{part["part"]: part for part in map(json.loads, one["opened"])} for one in receipts]
    assert parts[0]["decisions"]["granted"] == parts[1]["decisions"]["granted"]
    assert parts[1]["answer"]["sha256"] == hashlib.sha256(reply.content).hexdigest()
    assert parts[1]["answer"]["bytes"] == len(reply.content)


async def test_a_refused_field_is_told_in_its_cells_and_in_a_header_and_the_file_is_still_csv(trust: Trust) -> None:
    reply = await post(trust, QUERY, "public", "?format=csv")
    assert reply.status_code == 200
    found = rows(reply)
    assert {row["householdsWithHealthConditions.value"] for row in found} == {"[withheld: DWP]"}
    assert {row["householdsWithHealthConditions.markers"] for row in found} == {"withheld: DWP"}
    (error,) = (await trust.ask(QUERY))["errors"]
    ((code, told),) = http_sf.parse(reply.headers["lmdt-errors"].encode(), tltype="list")
    assert str(code) == error["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"
    assert told == {
        "field": "LabourMarket.householdsWithHealthConditions",
        "owner": "DWP",
        "path": "labourMarket.nodes.*.householdsWithHealthConditions",
        "message": error["message"],
        "remedy": error["extensions"]["remedy"],
    }
    assert reply.headers["cache-control"] == "no-store"


WRONG: dict[str, tuple[str, str, int, str]] = {
    "no such format": (OPEN, "?format=cvs", 400, "There is no format 'cvs'"),
    "two formats": (OPEN, "?format=csv&format=json", 400, 'gives "format" 2 times'),
    "two lists": (TWO, "?format=csv", 400, "has 2 lists: a, b. csv holds one: choose it with list=NAME"),
    "a list that is not there": (TWO, "?format=csv&list=c", 400, "has no list 'c': it has a, b."),
    "a list of JSON": (OPEN, "?list=labourMarket", 400, '"list" chooses the list of a file'),
    "no GraphQL": ("{ labourMarket", "?format=csv", 400, "Syntax Error"),
    "no such place": ('{ area(code: "E08000099") { name } }', "?format=csv", 400, "E08000099"),
    "a list in what is not there": (
        '{ me { organisation } area(code: "K02000001") { within(level: REGION) { areas(level: LA) { code } } } }',
        "?format=csv&list=area.within.areas", 400, "The answer has no such list",
    ),
    "a mutation": ('mutation { suspendAll(reason: "x") { to } }', "?format=csv", 400, "told as JSON"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
async def test_what_makes_no_file_is_said_as_json_with_a_status_that_says_so(trust: Trust, name: str) -> None:
    query, address, status, message = WRONG[name]
    reply = await post(trust, query, "dfe-analyst", address)
    assert (reply.status_code, reply.headers["content-type"].partition(";")[0].endswith("json")) == (status, True)
    (error,) = reply.json()["errors"]
    assert message in error["message"]
    assert "content-disposition" not in reply.headers
    assert "data" not in reply.json()


async def test_a_query_that_would_be_two_tables_asks_nobody(trust: Trust) -> None:
    await post(trust, TWO, "dfe-analyst", "?format=csv")
    assert trust.departments.asked() == []
    chosen = await post(trust, TWO, "dfe-analyst", "?format=csv&list=b")
    assert len(rows(chosen)) == 1


async def test_places_in_errors_are_those_of_the_query_as_it_was_written(trust: Trust) -> None:
    query = (
        '{ labourMarket(areas: {codes: ["E08000003"]}, periods: {last: 1}) { nodes { claimantCount { value } nope } } }'
    )
    (plain,) = (await post(trust, query)).json()["errors"]
    (told,) = (await post(trust, query, address="?format=csv")).json()["errors"]
    assert told == plain


async def get(trust: Trust, **parameters: str) -> httpx.Response:
    return await trust.http.get("/graphql", params=parameters)


async def test_open_data_has_an_address_that_may_be_kept_and_is_checked_by_its_tag(trust: Trust) -> None:
    reply = await get(trust, query=OPEN, format="csv")
    assert reply.headers["cache-control"].startswith("public")
    again: Any = await trust.http.get(
        "/graphql", params={"query": OPEN, "format": "csv"}, headers={"If-None-Match": reply.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    as_json = await get(trust, query=OPEN)
    assert as_json.headers["etag"] != reply.headers["etag"]


async def test_a_file_may_hold_more_figures_than_an_answer_and_not_more_than_is_set(open_trust: Opener) -> None:
    async with open_trust(MAX_FIGURES="5", MAX_FILE_FIGURES="6") as trust:
        (error,) = (await post(trust, QUERY)).json()["errors"]
        assert error["extensions"]["code"] == "QUERY_TOO_COSTLY"
        assert "format=csv" not in error["message"]
        small = QUERY.replace(', "E06000009"', "")
        (error,) = (await post(trust, small)).json()["errors"]
        assert error["message"].endswith("A file, such as one of format=csv, may hold 6.")
        assert (await post(trust, small, address="?format=csv")).status_code == 200
        (error,) = (await post(trust, QUERY, address="?format=csv")).json()["errors"]
        assert "asks for 12 figures on 4 rows and places; 6 are allowed at once" in error["message"]
