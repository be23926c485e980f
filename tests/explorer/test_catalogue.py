"""The catalogue: every measure, what is known of it, and whether one may read it."""

import pytest
from playwright.async_api import Browser, expect

from tests.conftest import Trust
from tests.explorer.conftest import visiting

pytestmark = pytest.mark.browser


async def test_a_measure_says_what_it_is_and_to_whom_it_is_open(browser: Browser, shared: Trust) -> None:
    async with visiting(browser, shared, "/#/measure/payrolledEmployees") as visit:
        page = visit.page
        await expect(page.get_by_role("heading", level=1)).to_have_text("Payrolled employees")
        for fact in (
            "HM Revenue and Customs since", "persons", "Each month", "Region, Local authority", "industry",
            "Suppressed where it describes fewer than 10", "Open Government Licence", "paye_rti",
        ):  # fmt: skip
            await expect(page.locator(".facts")).to_contain_text(fact)
        await expect(page.locator(".access")).to_contain_text("You ask as a member of the public.")
        await expect(page.get_by_role("region", name="What you may read").get_by_role("row")).to_have_count(4)


async def test_a_refusal_says_why_and_an_agreement_until_when(browser: Browser, shared: Trust) -> None:
    async with visiting(browser, shared, "/#/measure/businesses") as visit:
        page = visit.page
        await expect(page.locator(".refused")).to_contain_text("is not open to everyone")
        await page.get_by_label("You are").select_option("dfe-analyst")
        await page.get_by_label("Purpose").select_option("skills-planning")
        access = page.get_by_role("region", name="What you may read")
        await expect(access).to_contain_text("DSA-004")
        await expect(access).to_contain_text("until")
        await expect(page.locator(".refused")).to_have_count(0)


async def test_a_measure_leads_to_its_figures_in_one_click(browser: Browser, shared: Trust) -> None:
    async with visiting(browser, shared, "/#/measure/apprenticeshipStarts") as visit:
        await visit.page.get_by_role("link", name="Ask for it in GraphiQL").click()
        await expect(visit.page.get_by_role("columnheader", name="Apprenticeship starts")).to_be_visible()
        await expect(visit.page.get_by_role("row").filter(has_text="North East")).to_have_count(5)


async def test_the_catalogue_shows_one_owners_measures(browser: Browser, shared: Trust) -> None:
    async with visiting(browser, shared, "/#/catalogue") as visit:
        await expect(visit.page.get_by_role("status")).to_have_text("30 measures")
        await visit.page.get_by_role("button", name="HMRC").click()
        await expect(visit.page.get_by_role("status")).to_have_text("3 measures")
        await expect(visit.page.get_by_role("heading", level=2)).to_have_count(3)


async def test_a_measure_that_is_not_there_names_the_nearest(browser: Browser, shared: Trust) -> None:
    async with visiting(browser, shared, "/#/measure/claimentCount") as visit:
        await expect(visit.page.get_by_role("list", name="Messages")).to_contain_text("claimantCount (Claimant count)")
