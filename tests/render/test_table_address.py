"""A table has an address, which programs that know nothing of GraphQL read as it is."""

import asyncio
import hashlib
import io
import subprocess
import urllib.error
import urllib.request
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import orjson
import pandas as pd
import polars as pl
import pytest
from csvw import CSVW

from app.manifest import FORMAT
from tests.conftest import Opener, Trust
from tests.tables.test_agreement import served

PAY = """query Pay($places: [AreaCode!]!, $from: String!, $to: String = "2023-08", $fill: Fill = NONE) {
  labourMarket(areas: {codes: $places}, periods: {from: $from, to: $to}, fill: $fill) {
    nodes { area { code } period { code } medianMonthlyPay { value } claimantCount { value } } } }"""
AGREED = """query Agreed($areas: AreaSelection!) {
  labourMarket(areas: $areas, by: [AGE_BAND], periods: {from: "2023-06", to: "2023-06"}) {
    nodes { group { ageBand } payrolledEmployees { value } } } }"""
WHERE = "places=E08000003,E06000009&from=2023-07"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def address(text: str, extension: str = "csv") -> str:
    return f"/tables/{sha256(text)}.{extension}"


@dataclass(frozen=True)
class Served:
    trust: Trust
    url: str

    async def nodes(self, query: str, persona: str = "public", **variables: Any) -> list[dict[str, Any]]:
        return (await self.trust.ask(query, persona, **variables))["data"]["labourMarket"]["nodes"]


@pytest.fixture
async def gateway(open_trust: Opener, tmp_path: Path) -> AsyncGenerator[Served]:
    """A gateway that trusts two documents, on a port of its own."""
    operations = [{"id": sha256(body), "name": "x", "type": "query", "body": body} for body in (PAY, AGREED)]
    operations[1]["name"] = "y"
    path = tmp_path / "manifest.json"
    path.write_bytes(orjson.dumps({"format": FORMAT, "version": 1, "operations": operations}))
    async with open_trust(TRUSTED_DOCUMENTS=str(path)) as trust, served(trust) as url:
        yield Served(trust, url)


async def figures(gateway: Served) -> list[float]:
    nodes = await gateway.nodes(PAY, places=["E08000003", "E06000009"], **{"from": "2023-07"})
    return [node["medianMonthlyPay"]["value"] for node in nodes]


async def test_pandas_reads_open_data_by_its_address_without_a_token(gateway: Served) -> None:
    read = await asyncio.to_thread(pd.read_csv, f"{gateway.url}{address(PAY)}?{WHERE}")
    assert read["area.code"].tolist() == ["E08000003", "E08000003", "E06000009", "E06000009"]
    assert read["medianMonthlyPay.value"].tolist() == await figures(gateway)


async def test_other_programs_read_other_forms_of_the_same_table(gateway: Served) -> None:
    expected = await figures(gateway)

    def url(extension: str) -> str:
        return f"{gateway.url}{address(PAY, extension)}?{WHERE}"

    parquet = await asyncio.to_thread(pd.read_parquet, url("parquet"))
    assert parquet["medianMonthlyPay.value"].tolist() == expected
    # Polars reads addresses piece by piece, which no answer is given in.
    polars = await asyncio.to_thread(lambda: pl.read_csv(urllib.request.urlopen(url("csv")).read()))
    assert polars["medianMonthlyPay.value"].to_list() == expected
    excel = await asyncio.to_thread(lambda: pd.read_excel(url("xlsx"), sheet_name="labourMarket", header=3))
    assert excel["medianMonthlyPay.value"].tolist() == expected
    curl = ["curl", "-sS", "--fail", url("sdmx.csv")]
    done = await asyncio.to_thread(subprocess.run, curl, capture_output=True, check=True)
    values = pd.read_csv(io.BytesIO(done.stdout)).query("MEASURE == 'medianMonthlyPay'")["OBS_VALUE"]
    assert values.tolist() == expected


async def test_what_is_under_an_agreement_is_read_with_a_token_in_a_header(gateway: Served) -> None:
    where = 'areas={"codes":["E08000003"]}'
    url = f"{gateway.url}{address(AGREED)}?{where}"
    headers = gateway.trust.headers("dfe-analyst")
    read = await asyncio.to_thread(lambda: pd.read_csv(url, storage_options=headers))
    nodes = await gateway.nodes(AGREED, "dfe-analyst", areas={"codes": ["E08000003"]})
    assert read["payrolledEmployees.value"].tolist() == [node["payrolledEmployees"]["value"] for node in nodes]
    withheld = await asyncio.to_thread(lambda: pd.read_csv(url))
    assert set(withheld["payrolledEmployees.value"]) == {"[withheld: HMRC]"}


async def test_csv_on_the_web_finds_what_stands_beside_a_table_where_it_looks_for_it(gateway: Served) -> None:
    url = f"{gateway.url}{address(PAY)}"
    reply = await gateway.trust.http.get(f"{address(PAY)}?{WHERE}")
    assert reply.headers["link"].startswith(f"<{address(PAY)}-metadata.json?places=")
    beside = await gateway.trust.http.get(reply.headers["link"].partition(">")[0].strip("<"))
    assert beside.json()["url"].startswith(address(PAY))
    read = await asyncio.to_thread(lambda: list(CSVW(f"{url}-metadata.json?{WHERE}").tables[0].iterdicts()))
    assert [row["medianMonthlyPay.value"] for row in read] == await figures(gateway)


async def test_an_address_may_be_kept_and_is_checked_by_its_tag_in_every_format(gateway: Served) -> None:
    tags: set[str] = set()
    for extension in ("csv", "xlsx", "parquet", "arrow", "sdmx.csv", "csv-metadata.json"):
        url = f"{address(PAY, extension)}?{WHERE}"
        first = await gateway.trust.http.get(url)
        assert first.status_code == 200, first.text
        assert first.headers["cache-control"].startswith("public")
        again = await gateway.trust.http.get(url, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), extension
        assert again.headers["receipt"] != first.headers["receipt"], "each is recorded"
        other = await gateway.trust.http.get(
            url.replace("2023-07", "2023-06"), headers={"If-None-Match": first.headers["etag"]}
        )
        assert other.status_code == 200
        tags.add(first.headers["etag"])
    assert len(tags) == 6


async def test_variables_are_read_by_their_types(gateway: Served) -> None:
    nodes = await gateway.nodes(PAY, places=["E08000003"], **{"from": "2022", "to": "2023-01", "fill": "LATEST"})
    reply = await gateway.trust.http.get(f"{address(PAY)}?places=E08000003&from=2022&to=2023-01&fill=LATEST")
    assert reply.text.count("\r\n") == len(nodes) + 1
    twice = await gateway.trust.http.get(f"{address(PAY)}?places=E08000003&places=E06000009&from=2023-08")
    assert twice.text.count("\r\n") == 3


WRONG = {
    "an unknown document": (f"/tables/{'0' * 64}.csv", 404, "PersistedQueryNotFound"),
    "no document": ("/tables/pay.csv", 404, "A table's address is /tables/"),
    "an unknown extension": (address(PAY, "xls"), 404, "There is no format .xls"),
    "a variable that is not declared": (f"{address(PAY)}?{WHERE}&form=2023", 400, 'Did you mean "from"?'),
    "a variable that is missing": (f"{address(PAY)}?from=2023-07", 400, "$places"),
    "a place that does not exist": (f"{address(PAY)}?places=E08000099&from=2023-07", 400, "E08000099"),
    "a list that is not there": (f"{address(PAY)}?{WHERE}&list=other", 400, "has no list 'other'"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_is_no_table_is_told_with_a_status_that_every_program_heeds(gateway: Served, name: str) -> None:
    path, status, words = WRONG[name]
    reply = await gateway.trust.http.get(path)
    assert reply.status_code == status, reply.text
    assert words in reply.json()["errors"][0]["message"]
    with pytest.raises(urllib.error.HTTPError):
        await asyncio.to_thread(pd.read_csv, f"{gateway.url}{path}")


async def test_a_persisted_query_has_an_address_too(gateway: Served) -> None:
    query = '{ area(code: "E08000003") { name } }'
    known = {"persistedQuery": {"version": 1, "sha256Hash": sha256(query)}}
    assert (await gateway.trust.http.get(address(query))).status_code == 404
    await gateway.trust.http.post("/graphql", json={"query": query, "extensions": known})
    assert (await gateway.trust.http.get(address(query))).text == "name\r\nManchester\r\n"


async def test_an_address_is_read_and_never_written_to(gateway: Served) -> None:
    reply: httpx.Response = await gateway.trust.http.post(address(PAY))
    assert reply.status_code == 405


async def test_only_the_rows_of_the_excel_table_are_in_it(gateway: Served) -> None:
    reply = await gateway.trust.http.get(f"{address(PAY, 'xlsx')}?{WHERE}")
    sheet = openpyxl.load_workbook(io.BytesIO(reply.content))["labourMarket"]
    assert sheet.tables["Table_1"].ref == "A4:F8"
