"""Questions that people ask, answered without writing GraphQL. Each click is counted; a list that drops down takes two."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from math import isnan, nan

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.conftest import Trust
from tests.explorer.conftest import visiting

pytestmark = pytest.mark.browser


@dataclass
class Person:
    """Somebody at the workbench, whose clicks are counted."""

    page: Page
    trust: Trust
    clicks: int = 0

    async def click(self, *things: Locator) -> None:
        for thing in things:
            await thing.click()
            self.clicks += 1

    async def choose(self, name: str, **option: str) -> None:
        await self.page.get_by_role("combobox", name=name).select_option(**option)
        self.clicks += 2

    async def type(self, label: str, words: str) -> None:
        await self.page.get_by_label(label).fill(words)
        await self.page.keyboard.press("Enter")

    async def rows(self) -> list[list[str]]:
        rows = (await self.page.get_by_role("table").get_by_role("row").all())[1:]
        return [[await cell.inner_text() for cell in await row.get_by_role("cell").all()] for row in rows]

    def measure(self, title: str) -> Locator:
        return self.page.get_by_role("checkbox", name=title)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def head(self, name: str) -> Locator:
        return self.page.get_by_role("columnheader", name=name).get_by_role("button")


@pytest.fixture
async def person(browser: Browser, shared: Trust) -> AsyncGenerator[Person]:
    async with visiting(browser, shared, "/#/") as visit:
        yield Person(visit.page, shared)
        assert visit.complaints == []


def percent(text: str) -> float:
    """The number of a cell; not a number where there is none."""
    number = text.split(" ")[0].replace(",", "")
    return nan if number.startswith("[") else float(number)


async def test_which_places_near_me_lost_most_jobs_since_2020_takes_eleven_clicks(person: Person) -> None:
    page = person.page
    await person.type("Search for a measure or a place", "Gateshead")
    await person.click(
        page.get_by_role("link", name="Gateshead"),
        page.get_by_role("link", name="Build a table of the places around it"),
        person.measure("Employee jobs"),
        page.get_by_role("radio", name="From one to another"),
    )
    await person.choose("From", value="2020")
    await person.click(person.button("Show the figures"))
    await person.choose("Periods", value="all")
    # The first click shows those that won most.
    await person.click(person.head("Employee jobs, % since 2020"), person.head("Employee jobs, % since 2020"))
    await expect(page.get_by_text("12 rows", exact=True)).to_be_visible()
    answered = [(place, percent(change)) for place, _, change in await person.rows()]
    assert person.clicks == 11

    data = await person.trust.data(
        '{ labourMarket(areas: {level: LA, within: "E12000001"}, periods: {from: "2020", to: "2023", every: YEAR}) '
        "{ nodes { area { name } period { code } jobs { value } } } }"
    )
    jobs = {
        (node["area"]["name"], node["period"]["code"]): node["jobs"]["value"] for node in data["labourMarket"]["nodes"]
    }
    change = {place: 100 * (jobs[place, "2023"] - jobs[place, "2020"]) / jobs[place, "2020"] for place, _ in jobs}
    assert [place for place, _ in answered] == sorted(change, key=lambda place: (round(change[place], 1),))
    assert all(shown == pytest.approx(change[place], abs=0.051) for place, shown in answered)


async def test_apprentices_earnings_are_published_by_nobody_and_the_nearest_takes_seven_clicks(person: Person) -> None:
    page = person.page
    await person.click(page.get_by_role("navigation", name="Pages").get_by_role("link", name="Table"))
    await person.type("Find a measure", "apprentice")
    measures = page.get_by_role("list", name="Measures").get_by_role("listitem")
    await expect(measures.filter(has_text="Apprenticeship starts")).to_be_visible()
    await expect(measures.filter(has_text="pay")).to_have_count(0)
    await person.type("Find a measure", "earnings")
    await person.click(person.measure("Median monthly pay"))
    # What it is published by: there are no apprentices among it.
    breakdowns = page.get_by_role("list", name="Breakdowns").get_by_role("listitem")
    assert await breakdowns.all_inner_texts() == ["By age band", "By industry"]
    await person.click(page.get_by_role("checkbox", name="By age band"), person.button("Show the figures"))
    await person.choose("Periods", value="medianMonthlyPay.value")
    await person.type("Rows with", "18 24")
    await expect(page.get_by_text("12 of")).to_be_visible()
    await person.click(page.locator("th").last.get_by_role("button"))
    rows = await person.rows()
    assert person.clicks == 7
    pay = {region: percent(cells[-1]) for region, *cells in rows}
    assert len(pay) == 12 and list(pay.values()) == sorted(pay.values(), reverse=True)
    data = await person.trust.data(
        '{ area(code: "E12000001") { labourMarket(periods: {last: 1}, by: [AGE_BAND]) '
        "{ group { ageBand } medianMonthlyPay { value } } } }"
    )
    young = [row for row in data["area"]["labourMarket"] if row["group"]["ageBand"] == "AGE_18_24"]
    assert pay["North East"] == young[0]["medianMonthlyPay"]["value"]


async def test_where_people_look_for_work_but_adverts_fall_takes_nine_clicks(person: Person) -> None:
    page = person.page
    await person.click(page.get_by_role("navigation", name="Pages").get_by_role("link", name="Table"))
    await person.click(person.measure("Searching for work"), person.measure("Online job adverts"))
    await person.choose("Level", value="LA")
    await person.click(person.button("Show the figures"))
    await person.choose("Periods", value="all")
    await person.click(person.head("Searching for work, % since"))
    await expect(page.get_by_text("361 rows", exact=True)).to_be_visible()
    rows = [(place, percent(looking), percent(adverts)) for place, _, looking, _, adverts in await person.rows()]
    assert person.clicks == 9
    looked = [looking for _, looking, _ in rows if not isnan(looking)]
    assert looked == sorted(looked, reverse=True)
    found = [place for place, looking, adverts in rows if looking > 0 and adverts < 0]

    data = await person.trust.data(
        "{ labourMarket(areas: {level: LA}, periods: {last: 12}) "
        "{ nodes { area { name } searchingForWork { value } onlineJobAdverts { value } } } }"
    )
    nodes = data["labourMarket"]["nodes"]
    expected = {
        first["area"]["name"]
        for first, last in zip(nodes[::12], nodes[11::12], strict=True)
        if all(figure["value"] for node in (first, last) for name, figure in node.items() if name != "area")
        and last["searchingForWork"]["value"] > first["searchingForWork"]["value"] * 1.0005
        and last["onlineJobAdverts"]["value"] < first["onlineJobAdverts"]["value"] * 0.9995
    }
    assert len(expected) > 10 and set(found) == expected
