"""A result as a person looks at it: sorted, filtered, with periods across, long, with what is missing explained."""

from urllib.parse import quote

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.conftest import Trust
from tests.explorer.conftest import visiting

pytestmark = pytest.mark.browser


def address(places: str, periods: str, fields: str, by: str = "", **view: str) -> str:
    """A table of these fields, in the form in which it is built."""
    by, group = (f"\n    by: [{by}]", "\n      group { sex }") if by else ("", "")
    lines = "".join(f"\n      {name} {{ value markers unit }}" for name in fields.split())
    query = f"""{{
  labourMarket(
    areas: {{ {places} }}
    periods: {{ {periods} }}{by}
  ) {{
    nodes {{
      area {{ code name }}
      period {{ code label }}{group}{lines}
    }}
  }}
}}
"""
    return "/#/table?" + "&".join(f"{name}={quote(value)}" for name, value in {"query": query, **view}.items())


async def column(page: Page, index: int) -> list[str]:
    """The texts of a column, of the rows that are drawn."""
    rows: Locator = page.get_by_role("table").get_by_role("row")
    return [await row.get_by_role("cell").nth(index).inner_text() for row in (await rows.all())[1:]]


async def test_a_table_is_sorted_filtered_and_its_columns_hidden_and_the_address_says_so(
    browser: Browser, shared: Trust
) -> None:
    where = address("level: REGION", "last: 1", "claimantCount", "SEX")
    async with visiting(browser, shared, where) as visit:
        page = visit.page
        await expect(page.get_by_text("24 rows", exact=True)).to_be_visible()
        head = page.get_by_role("columnheader", name="Claimant count")
        await head.get_by_role("button").click()
        await expect(head).to_have_attribute("aria-sort", "descending")
        figures = [int(text.split(" ")[0].replace(",", "")) for text in await column(page, 3)]
        assert figures == sorted(figures, reverse=True)
        await page.get_by_label("Rows with").fill("north female")
        await expect(page.get_by_text("3 of 24 rows")).to_be_visible()
        assert set(await column(page, 2)) == {"Female"}
        await page.get_by_text("Columns (4 of 6)").click()
        await page.get_by_role("checkbox", name="Area code").check()
        await page.get_by_role("checkbox", name="Sex", exact=True).uncheck()
        await expect(page.get_by_role("columnheader")).to_have_count(4)
        await page.reload()
        await expect(page.get_by_text("3 of 24 rows")).to_be_visible()
        await expect(page.get_by_role("columnheader")).to_have_count(4)
        await expect(page.get_by_role("columnheader", name="Claimant count")).to_have_attribute(
            "aria-sort", "descending"
        )


async def test_periods_stand_across_and_the_newest_is_held_against_the_first(browser: Browser, shared: Trust) -> None:
    where = address("level: REGION", 'from: "2024-01", to: "2024-03"', "claimantCount onlineJobAdverts")
    async with visiting(browser, shared, where) as visit:
        page, periods = visit.page, visit.page.get_by_role("combobox", name="Periods")
        await expect(page.get_by_text("36 rows", exact=True)).to_be_visible()
        down = await column(page, 2)
        await periods.select_option("claimantCount.value")
        await expect(page.get_by_text("12 rows", exact=True)).to_be_visible()
        assert [await head.inner_text() for head in await page.get_by_role("columnheader").all()] == [
            "Area", "Jan 2024", "Feb 2024", "Mar 2024",
        ]  # fmt: skip
        assert [await column(page, 1 + at) for at in range(3)] == [down[at::3] for at in range(3)]
        first, last = down[0], down[2]
        await periods.select_option("all")
        change = (await column(page, 2))[0]
        numbers = [int(text.split(" ")[0].replace(",", "")) for text in (first, last)]
        assert float(change) == pytest.approx(100 * (numbers[1] - numbers[0]) / numbers[0], abs=0.051)
        await expect(page.get_by_role("columnheader", name="Online job adverts, % since January 2024")).to_be_visible()


async def test_a_long_table_draws_what_is_seen_and_scrolls_to_its_last_row(browser: Browser, shared: Trust) -> None:
    where = address("level: LA", "last: 24", "claimantCount", "SEX")
    async with visiting(browser, shared, where) as visit:
        page = visit.page
        await expect(page.get_by_text("17,328 rows", exact=True)).to_be_visible()
        table = page.get_by_role("table")
        await expect(table).to_have_attribute("aria-rowcount", "17329")
        assert await table.get_by_role("row").count() < 80
        await page.locator(".rows").evaluate("(rows) => rows.scrollTo(0, rows.scrollHeight)")
        await expect(page.get_by_role("row").filter(has_text="Causeway Coast and Glens")).to_have_count(0)
        await expect(table.locator("[aria-rowindex='17329']")).to_be_visible()
        head = await page.get_by_role("columnheader", name="Area").bounding_box()
        frame = await page.locator(".rows").bounding_box()
        assert head and frame and abs(head["y"] - frame["y"]) < 2
        await page.get_by_label("Rows with").fill("cumberland male")
        await expect(page.get_by_text("24 of 17,328 rows")).to_be_visible()


async def test_what_is_missing_looks_different_for_each_reason_and_explains_itself(
    browser: Browser, shared: Trust
) -> None:
    async def marked(route: Route) -> None:
        answer = await (await route.fetch()).json()
        nodes = (answer.get("data") or {}).get("labourMarket", {}).get("nodes")
        if nodes:
            for node, (value, markers) in zip(nodes, ((None, ["c"]), (5, ["p"]), (None, ["x"])), strict=False):
                node["claimantCount"] |= {"value": value, "markers": markers}
            for node in nodes:
                node["medianMonthlyPay"] = None
            answer.setdefault("errors", []).append(
                {
                    "message": "HMRC did not answer in time.",
                    "path": ["labourMarket", "nodes", 0, "medianMonthlyPay"],
                    "extensions": {
                        "code": "DEPARTMENT_UNAVAILABLE", "owner": "HMRC", "coordinate": "LabourMarket.medianMonthlyPay",
                        "appliesTo": ["labourMarket", "nodes", "*", "medianMonthlyPay"],
                    },
                }
            )  # fmt: skip
        await route.fulfill(json=answer)

    where = address(
        'codes: ["E08000003"]', 'from: "2024-04", to: "2024-07"', "claimantCount medianMonthlyPay businesses"
    )
    async with visiting(browser, shared, "/#/") as visit:
        await visit.page.route("**/graphql", marked)
        await visit.page.goto(visit.base + where)
        legend = visit.page.get_by_role("list", name="What is not a plain figure")
        for said in ("Suppressed (1) Hidden to protect", "Failed (4)", "Not yet published (1)", "Provisional (1)"):
            await expect(legend).to_contain_text(said)
        looks: dict[str, str] = {}
        for state in ("suppressed", "failed", "unpublished", "provisional"):
            cell = visit.page.locator(f"td[data-state={state}]").first
            assert await cell.get_attribute("title")
            looks[state] = await cell.evaluate(
                "(cell) => [getComputedStyle(cell).background, getComputedStyle(cell).boxShadow].join()"
            )
        assert len(set(looks.values())) == 4


async def test_a_refused_field_is_told_apart_and_graphiql_explains_before_it_runs(
    browser: Browser, shared: Trust
) -> None:
    where = address("level: LA", "last: 1, every: YEAR", "businesses")
    async with visiting(browser, shared, where) as visit:
        page = visit.page
        await expect(page.locator("td[data-state=refused]")).to_have_count(361)
        await page.get_by_text("What this will do").click()
        await expect(page.locator(".explained")).to_contain_text("Refused: Businesses for LA areas")
        await expect(page.locator(".explained")).to_contain_text("No department will be asked.")
        await page.get_by_label("You are").select_option("dfe-analyst")
        await expect(page.locator(".explained")).to_contain_text("Under DSA-004 version 1")
        await expect(page.locator(".explained")).to_contain_text("1 call to BEIS")
        await page.get_by_role("link", name="Open in GraphiQL").click()
        await page.get_by_role("button", name="Explain").click()
        await expect(page.locator(".explained")).to_contain_text("At most 361 of 250,000 figures")


async def test_codes_are_shown_in_words(browser: Browser, shared: Trust) -> None:
    where = address('codes: ["E08000003"]', "last: 1", "claimantCount", "AGE_BAND").replace("sex", "ageBand")
    async with visiting(browser, shared, where) as visit:
        await expect(visit.page.get_by_role("cell", name="50 and over")).to_be_visible()
        await expect(visit.page.get_by_text("AGE_50_PLUS")).to_have_count(0)


async def test_216_600_figures_are_shown_within_seconds_and_take_little_memory(browser: Browser, shared: Trust) -> None:
    measures = "claimantCount peopleOnUniversalCredit searchingForWork inWorkOnUniversalCredit population"
    where = address("level: LA", "last: 60", measures, "SEX").replace(
        "period%20%7B%20code%20label", "period%20%7B%20code"
    )
    async with visiting(browser, shared, "/#/") as visit:
        page = visit.page
        measured = await page.context.new_cdp_session(page)
        await measured.send("Performance.enable")
        await page.goto(visit.base + where)
        await expect(page.get_by_text("43,320 rows", exact=True)).to_be_visible(timeout=30_000)
        metrics = (await measured.send("Performance.getMetrics"))["metrics"]
        heap = next(each["value"] for each in metrics if each["name"] == "JSHeapUsedSize")
        assert heap < 200_000_000
        assert await page.get_by_role("table").get_by_role("row").count() < 80
        await page.get_by_role("columnheader", name="Claimant count").get_by_role("button").click()
        await expect(page.get_by_role("cell", name="Birmingham").first).to_be_visible()


async def test_a_table_is_built_run_and_sorted_by_keyboard_alone(browser: Browser, shared: Trust) -> None:
    async with visiting(browser, shared, "/#/table") as visit:
        page = visit.page
        await expect(page.get_by_role("checkbox", name="Claimant count")).to_be_visible()

        async def reach(target: Locator) -> None:
            for _ in range(120):
                if await target.evaluate("(element) => element === document.activeElement"):
                    return
                await page.keyboard.press("Tab")
            raise AssertionError(f"Tab does not reach {target}")

        await reach(page.get_by_role("checkbox", name="Claimant count"))
        await page.keyboard.press("Space")
        await reach(page.get_by_role("combobox", name="Level"))
        await page.keyboard.press("ArrowUp")
        await reach(page.get_by_role("button", name="Show the figures"))
        await page.keyboard.press("Enter")
        head = page.get_by_role("columnheader", name="Claimant count")
        await expect(head).to_be_visible()
        await reach(head.get_by_role("button"))
        await page.keyboard.press("Enter")
        await expect(head).to_have_attribute("aria-sort", "descending")
        await expect(page.get_by_role("row").nth(1)).to_contain_text("England")
        for view, drawing in (("Chart", ".drawing svg"), ("Map", "svg.map")):
            await page.keyboard.press("Shift+Tab")
            while not await page.get_by_role("button", name=view, exact=True).evaluate(
                "(b) => b === document.activeElement"
            ):
                await page.keyboard.press("Shift+Tab")
            await page.keyboard.press("Space")
            await expect(page.locator(drawing)).to_be_visible()
