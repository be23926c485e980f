"""Demand as the steering board's page: what was met and refused, what one agreement would meet, what nobody uses."""

import pytest
from playwright.async_api import Browser, expect

from tests.conftest import Opener, Trust
from tests.explorer.conftest import visiting

pytestmark = pytest.mark.browser
LOANS = """{ labourMarket(areas: {level: LA, within: "E12000002"}, periods: {from: "2024-01", to: "2024-03"}, fill: LATEST) {
  nodes { businessSupportLoans { value } businesses { value } } } }"""


async def test_a_trustee_sees_what_was_refused_what_would_meet_it_and_what_nobody_uses(
    browser: Browser, open_trust: Opener
) -> None:
    async with open_trust() as trust:
        for _ in range(3):
            await trust.ask(LOANS, "dfe-analyst", "skills-planning")
        async with visiting(browser, trust, "/#/demand?as=trustee") as visit:
            page = visit.page
            await expect(page.get_by_text("You are told the demand of everybody.")).to_be_visible()
            totals = page.locator(".totals")
            await expect(totals).to_contain_text("questions3")
            await expect(totals).to_contain_text("demands refused3")
            bars = page.get_by_role("list", name="Demand by owner and who asked").get_by_role("listitem")
            await expect(bars.filter(has_text="BEIS's data, for DfE")).to_contain_text("3 met, 3 refused")
            await expect(page.get_by_role("list", name="Demand by month").get_by_role("listitem")).to_have_count(1)
            helpful = page.get_by_role("list", name="What one agreement would meet")
            await expect(helpful).to_contain_text("One agreement would answer 3 of them.")
            await expect(helpful.get_by_role("link")).to_have_count(0)  # a trustee proposes nothing
            unused = page.get_by_role("list", name="Agreements that nobody used")
            await expect(unused.get_by_role("link", name="DSA-001")).to_be_visible()
            await expect(unused.get_by_role("link", name="DSA-004")).to_have_count(0)
            await page.get_by_label("Whose data").select_option("HMRC")
            await expect(page.get_by_text("Nobody has asked for anything.")).to_be_visible()
            await page.reload()
            await expect(page.get_by_label("Whose data")).to_have_value("HMRC")
            assert visit.complaints == []


async def test_who_asked_opens_the_draft_that_would_meet_it(browser: Browser, open_trust: Opener) -> None:
    async with open_trust() as trust:
        await trust.ask(LOANS, "dfe-analyst", "skills-planning")
        async with visiting(browser, trust, "/#/demand?as=dfe-analyst&purpose=skills-planning") as visit:
            page = visit.page
            await expect(page.get_by_text("You are told of what DfE owns or asked for.")).to_be_visible()
            await page.get_by_role("link", name="Open the draft").click()
            covered = page.locator(".terms").filter(has_text="Which figures")
            await expect(covered).to_contain_text("Business support loans")
            await expect(covered).to_contain_text("North West (E12000002)")
            await page.get_by_role("button", name="Propose it as a draft").click()
            await expect(page.get_by_text("version 1: Draft")).to_be_visible()


async def test_the_public_is_told_whom_demand_is_told_to(browser: Browser, shared: Trust) -> None:
    async with visiting(browser, shared, "/#/demand") as visit:
        await expect(visit.page.get_by_text("who are told nothing of it")).to_be_visible()
        await expect(visit.page.locator(".totals")).to_have_count(0)
