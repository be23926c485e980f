"""A table is built without writing GraphQL; what will not be answered is seen before it is chosen."""

from collections.abc import AsyncGenerator
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, Page, expect

from tests.conftest import Trust
from tests.explorer.conftest import Visit, visiting

pytestmark = pytest.mark.browser
TABLE = "/#/table"


@pytest.fixture
async def building(browser: Browser, shared: Trust) -> AsyncGenerator[Visit]:
    async with visiting(browser, shared, TABLE) as visit:
        await expect(visit.page.get_by_role("checkbox", name="Claimant count")).to_be_visible()
        yield visit


async def show(page: Page) -> None:
    await page.get_by_role("button", name="Show the figures").click()


async def test_measures_places_periods_and_breakdowns_become_a_query_and_its_figures(building: Visit) -> None:
    page = building.page
    await page.get_by_role("checkbox", name="Claimant count").check()
    await page.get_by_role("combobox", name="Level").select_option("LA")
    await page.get_by_role("combobox", name="Within").select_option(label="North East")
    await page.get_by_role("spinbutton", name="How many").fill("2")
    await page.get_by_role("checkbox", name="By sex").check()
    query = page.get_by_label("What you write here is read back")
    await expect(query).to_have_value(
        """{
  labourMarket(
    areas: { level: LA, within: "E12000001" }
    periods: { last: 2 }
    by: [SEX]
  ) {
    nodes {
      area { code name }
      period { code label }
      group { sex }
      claimantCount { value markers unit }
    }
  }
}
"""
    )
    await show(page)
    await expect(page.get_by_text("48 rows", exact=True)).to_be_visible()
    await expect(page.get_by_role("row").filter(has_text="Hartlepool").first).to_be_visible()
    assert building.complaints == []


async def test_the_choices_follow_an_edited_query_and_say_when_they_cannot(building: Visit) -> None:
    page = building.page
    await page.get_by_role("checkbox", name="Claimant count").check()
    query = page.get_by_label("What you write here is read back")
    text = await query.input_value()
    await query.fill(text.replace("last: 12", "last: 3").replace("REGION", "COUNTRY"))
    await expect(page.get_by_role("spinbutton", name="How many")).to_have_value("3")
    await expect(page.get_by_role("combobox", name="Level")).to_have_value("COUNTRY")
    more = text.replace("value markers", "value provenance { source } markers")
    await query.fill(more)
    await expect(page.get_by_text("asks for more than these choices can show")).to_be_visible()
    await expect(page.get_by_role("checkbox", name="Claimant count")).to_have_count(0)
    await show(page)
    await expect(page.get_by_text("144 rows", exact=True)).to_be_visible()
    await page.get_by_role("link", name="open it in GraphiQL").click()
    await expect(page.locator(".graphiql-query-editor")).to_contain_text("provenance")


async def test_all_of_it_stands_in_the_address(building: Visit) -> None:
    page = building.page
    await page.get_by_role("checkbox", name="Claimant count").check()
    await page.get_by_role("spinbutton", name="How many").fill("2")
    await show(page)
    await expect(page.get_by_text("24 rows", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Chart", exact=True).click()
    await page.get_by_role("spinbutton", name="How many").fill("4")
    await expect(page.get_by_text("The figures below answer the question as it was before.")).to_be_visible()
    await show(page)
    chart = page.get_by_role("img", name="Claimant count (persons) over time")
    await expect(chart).to_be_visible()
    await page.get_by_role("button", name="Table", exact=True).click()
    await expect(page.get_by_text("48 rows", exact=True)).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("spinbutton", name="How many")).to_have_value("2")
    await expect(chart).to_be_visible()
    await page.go_forward()
    await expect(page.get_by_text("48 rows", exact=True)).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("48 rows", exact=True)).to_be_visible()
    await expect(page.get_by_role("spinbutton", name="How many")).to_have_value("4")


async def test_what_is_refused_or_not_published_is_seen_before_it_is_chosen(building: Visit) -> None:
    page = building.page
    measures, breakdowns = page.get_by_role("list", name="Measures"), page.get_by_role("list", name="Breakdowns")
    row = measures.get_by_role("listitem").filter(has_text="Businesses BEIS")
    await expect(row.locator(".against")).to_have_count(0)
    await page.get_by_role("combobox", name="Level").select_option("LA")
    await expect(row).to_contain_text("is not open to everyone")
    await expect(measures.get_by_role("listitem").filter(has_text="Claimant count").locator(".against")).to_have_count(
        0
    )
    await page.get_by_role("checkbox", name="Median monthly pay").check()
    by_age = breakdowns.get_by_role("listitem").filter(has_text="By age band")
    await expect(by_age).to_contain_text("by AGE_BAND is not open to everyone")
    await page.get_by_label("You are").select_option("dfe-analyst")
    await expect(row).to_contain_text("BEIS, DSA-004")
    told = page.get_by_role("group").filter(has_text="What this will do")
    await expect(told).to_contain_text("asks HMRC")
    asked = [request for request in building.asked() if "medianMonthlyPay" in (request.post_data or "")]
    assert asked == []


async def test_places_are_chosen_by_name_old_names_too(building: Visit) -> None:
    page = building.page
    await page.get_by_role("checkbox", name="Claimant count").check()
    await page.get_by_role("radio", name="Places by name").check()
    await expect(page.get_by_role("button", name="Show the figures")).to_be_disabled()
    for name, found in (("carlisel", "Cumberland"), ("manchester", "Manchester")):
        await page.get_by_label("Find a place by name or code").fill(name)
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name=f"Add {found} Local authority").click()
    await page.get_by_role("button", name="Manchester, leave it out").click()
    await show(page)
    await expect(page.get_by_text("12 rows", exact=True)).to_be_visible()
    await expect(page.get_by_role("row").filter(has_text="Cumberland").first).to_be_visible()


async def test_measures_are_found_by_peoples_words(building: Visit) -> None:
    await building.page.get_by_label("Find a measure").fill("wage")
    await building.page.keyboard.press("Enter")
    measures = building.page.get_by_role("list", name="Measures").get_by_role("listitem")
    await expect(measures.filter(has_text="Median monthly pay")).to_be_visible()
    await expect(measures.filter(has_text="Claimant count")).to_have_count(0)


async def test_a_change_in_the_address_is_never_made(browser: Browser, shared: Trust) -> None:
    mutation = 'mutation { proposeAgreement(fromQuery: "{ me { subject } }") { to } }'
    async with visiting(browser, shared, f"{TABLE}?query={quote(mutation)}") as visit:
        await expect(visit.page.get_by_text("It is not a query that can be asked.")).to_be_visible()
        await expect(visit.page.get_by_role("button", name="Show the figures")).to_be_disabled()
        assert not [request for request in visit.asked() if "proposeAgreement" in (request.post_data or "")]


async def test_places_are_chosen_on_the_map_by_pointing_and_by_keyboard(building: Visit) -> None:
    page = building.page
    await page.get_by_role("checkbox", name="Claimant count").check()
    await page.get_by_role("radio", name="Places by name").check()
    await page.get_by_text("Choose local authorities on the map").click()
    chosen = page.get_by_role("list", name="Chosen places")
    await page.locator(".choosing-map [data-code=E08000003]").click()
    await expect(chosen).to_contain_text("Manchester")
    await page.locator(".choosing-map").focus()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Space")
    await expect(chosen.get_by_role("listitem")).to_have_count(2)
    await page.locator(".choosing-map [data-code=E08000003]").click()
    await expect(chosen.get_by_role("listitem")).to_have_count(1)
    await expect(chosen).not_to_contain_text("Manchester")
    await show(page)
    await expect(page.get_by_text("12 rows", exact=True)).to_be_visible()
