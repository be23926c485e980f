"""Where a figure came from, told as one would cite it: never where and how the department was asked."""

import re
from pathlib import Path

import orjson
import pytest

from resolvers.source import SourceError, load
from schema.measures import MEASURES
from tests.conftest import Trust

HMRC = Path("resolvers/sources/hmrc.toml")
UC = "https://www.gov.uk/government/collections/universal-credit-statistics"
NOMIS = "https://www.nomisweb.co.uk/datasets"
EES = "https://explore-education-statistics.service.gov.uk/find-statistics"
CLAIMANTS = (
    "Office for National Statistics. Claimant count by sex and age (synthetic). "
    f"Release 2024-07-16 09:30:00. {NOMIS}/ucjsa"
)
RESIDENTS = (
    "Office for National Statistics. Population estimates by sex and age (synthetic). "
    f"Release 2024-07-16 09:30:00. {NOMIS}/pestnew"
)
CITATIONS = {
    "claimantCount": CLAIMANTS,
    "searchingForWork": f"Department for Work and Pensions. People on Universal Credit (synthetic). {UC}",
    "apprenticeshipStarts": (
        f"Department for Education. Apprenticeships (synthetic). Release 2.0. {EES}/apprenticeships"
    ),
    "payrolledEmployees": "HM Revenue and Customs. Pay As You Earn real time information (synthetic). Release 2024-07",
    "claimantRate": f"{CLAIMANTS}\n{RESIDENTS}",
}
# Anything of how a department is asked; and names of data sets that only the department and we use.
ASKING = re.compile(r"127\.0\.0\.1|localhost|http://|:\d{4}|GET |POST |/v1|/api/|/webapi")
NAMES = re.compile(r"str:|NM_\d|paye_rti|cjrs|business_population|support_loans")


@pytest.mark.parametrize("measure", CITATIONS)
async def test_a_source_is_publisher_dataset_release_and_public_page(trust: Trust, measure: str) -> None:
    query = f"""{{ area(code: "E08000003") {{ labourMarket(periods: {{from: "2023-07", to: "2023-07"}}, fill: LATEST) {{
        {measure} {{ value provenance {{ source }} }} }} }} }}"""
    columns, ordinary = await trust.both_ways(query)
    assert columns == ordinary
    (row,) = orjson.loads(columns)["data"]["area"]["labourMarket"]
    assert row[measure]["value"] is not None
    assert row[measure]["provenance"]["source"] == CITATIONS[measure]


@pytest.mark.parametrize(("persona", "by", "first"), [("public", "", "2022-07"), ("hmrc-analyst", "[SEX]", "2023-05")])
async def test_no_provenance_tells_where_or_how_a_department_was_asked(
    trust: Trust, persona: str, by: str, first: str
) -> None:
    told = "provenance { owner { name } producer dataset release licence treatment source }"
    fields = " ".join(f"{name} {{ {told} }}" for name in MEASURES)
    query = f"""{{ labourMarket(areas: {{level: REGION}}, periods: {{from: "{first}", to: "2023-07"}}, fill: LATEST
        by: {by or "[]"}) {{ nodes {{ {fields} }} }} }}"""
    for answer in map(orjson.loads, await trust.both_ways(query, persona)):
        rows = answer["data"]["labourMarket"]["nodes"]
        told_of = [figure["provenance"] for row in rows for figure in row.values() if figure]
        assert len(told_of) > 1_000
        sources = {provenance["source"] for provenance in told_of}
        assert len(sources) > 10
        assert ASKING.findall(orjson.dumps(told_of).decode()) == []
        assert NAMES.findall("\n".join(sources)) == []


@pytest.mark.parametrize(
    "page",
    [
        "http://www.gov.uk/statistics",
        "https://127.0.0.1/statistics",
        "https://[::1]/statistics",
        "https://localhost/statistics",
        "https://node/statistics",
        "https://node.internal/statistics",
        "https://www.gov.uk:8443/statistics",
        "https://me:secret@www.gov.uk/statistics",
        "https://www.gov.uk/a page",
        "POST https://www.gov.uk/",
        "",
    ],
)
def test_a_page_that_not_everyone_can_open_is_refused(tmp_path: Path, page: str) -> None:
    file = tmp_path / "hmrc.toml"
    file.write_text(HMRC.read_text().replace("[[datasets]]\n", f'[[datasets]]\npage = "{page}"\n', 1))
    with pytest.raises(SourceError, match=r"datasets\[paye_rti\]\.page"):
        load(file)


def test_a_page_may_be_any_public_address(tmp_path: Path) -> None:
    file = tmp_path / "hmrc.toml"
    for page in ("https://www.gov.uk", "https://www.gov.uk/", "https://data.local.gov.uk/x?y=1&z=%20#part"):
        file.write_text(HMRC.read_text().replace("[[datasets]]\n", f'[[datasets]]\npage = "{page}"\n', 1))
        assert load(file).datasets[0].page == page
