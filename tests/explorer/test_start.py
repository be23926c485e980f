"""The first page answers: questions with their figures, a search in people's own words, and what is new."""

from collections.abc import AsyncGenerator

import pytest
from playwright.async_api import Browser, expect

from tests.conftest import Opener, Trust
from tests.explorer.conftest import Visit, visiting

pytestmark = pytest.mark.browser


@pytest.fixture
async def start(browser: Browser, shared: Trust) -> AsyncGenerator[Visit]:
    async with visiting(browser, shared, "/#/") as visit:
        yield visit


async def test_every_question_stands_beside_a_picture_of_open_figures(start: Visit) -> None:
    questions = start.page.get_by_role("region", name="Questions to start from")
    await expect(questions.get_by_role("img", name="Claimant count, Blackpool over time")).to_be_visible()
    await expect(questions.get_by_role("img")).to_have_count(9)
    (asked,) = start.asked()
    assert "authorization" not in asked.headers
    claimants = await start.trust.data(
        '{ area(code: "E06000009") { labourMarket(periods: {last: 1}) { period { label } claimantCount { value } } } }'
    )
    (newest,) = claimants["area"]["labourMarket"]
    drawn = await questions.locator("circle title").all_text_contents()
    label = newest["period"]["label"].split()
    assert f"{label[0][:3]} {label[1]}: {newest['claimantCount']['value']:,}" in drawn


async def test_a_question_opens_in_graphiql_as_who_would_ask_it_and_is_answered(start: Visit) -> None:
    await start.page.get_by_role("link", name="Before and after furlough").click()
    await expect(start.page.get_by_text("210 rows")).to_be_visible()
    await expect(start.page.get_by_label("You are")).to_have_value("dwp-analyst")
    assert start.asked()[-1].headers["purpose"] == "economic-recovery"
    await start.page.go_back()
    await expect(start.page.get_by_role("heading", level=1)).to_have_text("Ask the labour market")
    await expect(start.page.get_by_label("You are")).to_have_value("public")


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("salary", "Median monthly pay"),
        ("jobless", "Unemployment rate"),
        ("Brstol", "Bristol, City of"),
        ("E07000028", "Cumberland"),
        ("Durham", "County Durham"),
    ],
)
async def test_a_search_knows_peoples_words_misspellings_and_old_codes(start: Visit, search: str, found: str) -> None:
    await start.page.get_by_label("Search for a measure or a place").fill(search)
    await start.page.get_by_role("button", name="Search").click()
    results = start.page.get_by_role("region", name="Search results")
    await expect(results.get_by_role("link", name=found, exact=True)).to_be_visible()


async def test_a_search_that_finds_nothing_says_where_to_look(start: Visit) -> None:
    await start.page.get_by_label("Search for a measure or a place").fill("xyzzy")
    await start.page.keyboard.press("Enter")
    results = start.page.get_by_role("region", name="Search results")
    await expect(results).to_contain_text("no measures and no places for “xyzzy”")
    await expect(results.get_by_role("link", name="The catalogue")).to_be_visible()


async def test_the_newest_figures_come_first(start: Visit) -> None:
    newest = start.page.get_by_role("region", name="The newest figures")
    await expect(newest.get_by_role("term")).to_have_count(5)
    data = await start.trust.data("{ measures { title latest { label end } } }")
    latest = max((each for each in data["measures"] if each["latest"]), key=lambda each: each["latest"]["end"])
    await expect(newest.get_by_role("term").first).to_have_text(latest["latest"]["label"])
    await expect(newest.get_by_role("definition").first).to_contain_text(latest["title"])


async def test_a_department_that_is_down_takes_only_its_own_pictures(browser: Browser, open_trust: Opener) -> None:
    async with open_trust() as trust, visiting(browser, trust, "/#/accessibility") as visit:
        trust.departments.inject("hmrc", "503", times=2)
        await visit.page.get_by_role("link", name="Start", exact=True).click()
        await expect(visit.page.get_by_text("Furloughed employments, London: not answered now.")).to_be_visible()
        await expect(visit.page.get_by_role("img", name="Businesses, 2022")).to_be_visible()
        await expect(visit.page.get_by_role("img", name="Claimant count, Blackpool over time")).to_be_visible()
