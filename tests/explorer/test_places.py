"""A page for each place: what it lies in, what it was before, its figures at a glance."""

import pytest
from playwright.async_api import Browser, expect

from tests.conftest import Trust
from tests.explorer.conftest import visiting

pytestmark = pytest.mark.browser


async def test_a_place_shows_its_newest_figures_and_what_it_lies_in(browser: Browser, shared: Trust) -> None:
    newest = await shared.data(
        """{ area(code: "E08000003") { labourMarket(periods: {last: 1}, fill: LATEST) {
             medianMonthlyPay { value period { label } } } } }"""
    )
    pay = newest["area"]["labourMarket"][0]["medianMonthlyPay"]
    async with visiting(browser, shared, "/#/place/E08000003") as visit:
        card = visit.page.get_by_role("listitem").filter(has_text="Median monthly pay")
        await expect(card).to_contain_text(f"{pay['value']:,}")
        await expect(card).to_contain_text(pay["period"]["label"])
        await expect(card.get_by_role("img", name="Median monthly pay, Manchester over time")).to_be_visible()
        for around in ("Greater Manchester", "North West", "England"):
            await expect(visit.page.locator(".facts").get_by_role("link", name=around).first).to_be_visible()
        await visit.page.locator(".facts").get_by_role("link", name="North West").click()
        await expect(visit.page.get_by_role("heading", level=1)).to_have_text("North West")


async def test_a_place_says_what_it_was_before(browser: Browser, shared: Trust) -> None:
    async with visiting(browser, shared, "/#/place/E06000063") as visit:
        await expect(visit.page.locator(".facts")).to_contain_text("It replaced Allerdale (E07000026)")
    async with visiting(browser, shared, "/#/place/E06000057") as visit:
        await expect(visit.page.locator(".facts")).to_contain_text("It had the code E06000048 until April 2013.")


async def test_a_figure_that_is_not_published_for_a_kind_of_place_says_so(browser: Browser, shared: Trust) -> None:
    async with visiting(browser, shared, "/#/place/E47000001") as visit:
        card = visit.page.get_by_role("listitem").filter(has_text="Payrolled employees")
        await expect(card.locator(".absent")).not_to_be_empty()


async def test_a_code_of_another_time_names_the_place_of_today(browser: Browser, shared: Trust) -> None:
    async with visiting(browser, shared, "/#/place/E07000028") as visit:
        await expect(visit.page.get_by_role("list", name="Messages")).to_contain_text(
            "Carlisle became part of Cumberland"
        )
