"""The public register of agreements, as anybody reads it."""

import csv
import io
import shutil
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from app.register import COLUMNS
from tests.conftest import Opener, Trust

HOSTILE = '=HYPERLINK("http://evil.example")<script>alert(1)</script>, "quoted"'


async def rows(trust: Trust) -> dict[str, dict[str, str]]:
    """The register by agreement."""
    reply = await trust.http.get("/register.csv")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    return {row["Agreement"]: row for row in csv.DictReader(io.StringIO(reply.text, newline=""))}


class Reader(HTMLParser):
    """The words of a page by the heading they stand under, and the elements there are."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements, self.headings, self._in = set[str](), list[str](), ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self._in = tag

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "h2":
            self.headings.append(data)


async def test_the_register_holds_what_is_in_force_now_in_the_words_of_the_agreement(trust: Trust) -> None:
    listed = await rows(trust)
    assert list(listed) == [f"DSA-00{number}" for number in range(1, 9)], "DSA-009 is over"
    assert list(listed["DSA-008"]) == list(COLUMNS)
    one = listed["DSA-008"]
    assert one["Public authorities involved"] == (
        "Department for Work and Pensions (shares); Greater Manchester Combined Authority (receives)"
    )
    assert one["Information shared"].endswith("; for local authorities within Greater Manchester")
    assert one["Legal gateways"] == "Digital Economy Act 2017, section 35"
    assert (one["Start date"], one["End date"], one["Review date"]) == ("2022-04-01", "2028-04-01", "2027-04-01")
    assert one["Data protection impact assessment"] == "DPIA-008"


async def test_the_page_says_the_same_without_scripts_or_people_and_may_be_asked_for_by_its_etag(trust: Trust) -> None:
    reply = await trust.http.get("/register")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    page = Reader(reply.text)
    assert page.headings == [row["Name"] for row in (await rows(trust)).values()]
    assert not page.elements & {"script", "img", "iframe", "form", "link"}
    assert {"main", "h1", "section", "title"} <= page.elements
    assert "@" not in reply.text, "no addresses"
    assert "8 agreements in force." in reply.text
    again = await trust.http.get("/register", headers={"If-None-Match": reply.headers["etag"]})
    assert again.status_code == 304
    assert (await trust.http.post("/register")).status_code == 405


async def test_what_is_suspended_is_out_of_the_register_at_once_and_back_when_it_is_resumed(trust: Trust) -> None:
    move = 'mutation { %sAgreement(id: "DSA-004", reason: "An incident") { to } }'
    assert "DSA-004" in await rows(trust)
    await trust.data(move % "suspend", "beis-steward")
    assert "DSA-004" not in await rows(trust)
    assert "DSA-004" not in (await trust.http.get("/register")).text
    await trust.data(move % "resume", "beis-steward")
    assert "DSA-004" in await rows(trust)


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Policies with an agreement whose title is markup and a formula."""
    folder = tmp_path / "policies"
    shutil.copytree("policies", folder)
    file = folder / "agreements" / "DSA-004.toml"
    title = next(line for line in file.read_text().splitlines() if line.startswith("title = "))
    file.write_text(file.read_text().replace(title, f"title = '{HOSTILE}'"))
    return folder


async def test_words_of_an_agreement_are_neither_markup_nor_formulas(open_trust: Opener, hostile: Path) -> None:
    async with open_trust(POLICIES=str(hostile)) as trust:
        assert (await rows(trust))["DSA-004"]["Name"] == f"'{HOSTILE}"
        page = Reader((await trust.http.get("/register")).text)
        assert HOSTILE.partition("<")[0] in "".join(page.headings)
        assert "script" not in page.elements


async def test_while_it_cannot_be_confirmed_what_is_in_force_there_is_no_register(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trust.agreements.watch.GOOD_FOR", -1.0)
    reply: httpx.Response = await trust.http.get("/register.csv")
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "1")
