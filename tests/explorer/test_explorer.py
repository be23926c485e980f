"""What an analyst can do on the explorer's page, and what the page never does."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from playwright.async_api import Browser, Route, expect

from tests.conftest import Opener
from tests.explorer.conftest import Visit, visiting

pytestmark = pytest.mark.browser


async def test_the_page_asks_nobody_but_the_gateway(visit: Visit) -> None:
    await visit.open_question("Slowest recovery")
    await expect(visit.page.get_by_role("table")).to_be_visible()
    await visit.page.get_by_role("button", name="Chart", exact=True).click()
    await expect(visit.page.get_by_role("img", name="Claimant rate (percent) over time")).to_be_visible()
    assert {request.url.split("/")[2] for request in visit.requests} == {visit.base.removeprefix("http://")}
    assert {worker.url.startswith(visit.base) for worker in visit.page.workers} == {True}
    assert visit.complaints == []


async def test_the_page_may_run_no_script_but_its_own(visit: Visit) -> None:
    policy = (await visit.trust.http.get("/")).headers["Content-Security-Policy"].split("; ")
    assert "default-src 'self'" in policy
    assert not [rule for rule in policy if rule.startswith("script-src")]
    assert "worker-src 'self'" in policy
    await visit.page.evaluate(
        "() => { const e = document.createElement('script'); e.text = 'window.ran = true'; document.body.append(e) }"
    )
    assert await visit.page.evaluate("() => window.ran") is None
    assert "Content Security Policy" in visit.complaints[0]


async def test_a_question_opens_as_who_would_ask_it_and_is_answered(visit: Visit) -> None:
    await visit.open_question("Before and after furlough")
    await expect(visit.page.get_by_text("210 rows")).to_be_visible()
    await expect(visit.page.get_by_label("You are")).to_have_value("dwp-analyst")
    await expect(visit.page.get_by_label("Purpose")).to_have_value("economic-recovery")
    row = visit.page.get_by_role("row").filter(has_text="2021-05").filter(has_text="Manufacturing")
    await expect(row).to_contain_text("DSA-002")
    headers = visit.asked()[-1].headers
    assert headers["authorization"].startswith("Bearer ")
    assert headers["purpose"] == "economic-recovery"


async def test_another_persona_asks_with_other_headers(visit: Visit) -> None:
    await visit.open_question("Before and after furlough")
    await expect(visit.page.get_by_text("210 rows")).to_be_visible()
    await visit.page.get_by_label("You are").select_option("dfe-analyst")
    await visit.page.get_by_role("button", name="Execute query").click()
    await expect(visit.page.get_by_text("[withheld: HMRC]").first).to_be_visible()
    await visit.page.get_by_label("You are").select_option("public")
    await visit.page.get_by_role("button", name="Execute query").click()
    await expect(visit.page.get_by_text("is not open to everyone")).to_be_visible()
    asked = [request for request in visit.asked() if "furloughedEmployments" in (request.post_data or "")]
    purposes = [request.headers.get("purpose") for request in asked]
    assert purposes == ["economic-recovery", "skills-planning", None]
    assert "authorization" not in asked[-1].headers


async def test_a_token_is_kept_in_memory_only(visit: Visit) -> None:
    await visit.open_question("Health and work")
    await expect(visit.page.get_by_text("10 rows")).to_be_visible()
    token = visit.asked()[-1].headers["authorization"].removeprefix("Bearer ")
    # The page keeps the query a moment after it has changed.
    await visit.page.wait_for_function("() => JSON.stringify({...localStorage}).includes('HealthAndWork')")
    kept = await visit.page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert token not in kept
    assert not [request.url for request in visit.requests if token in request.url]
    assert token not in visit.page.url


async def test_a_withheld_field_stays_in_the_table_with_its_reason(visit: Visit) -> None:
    await visit.open_question("Before and after furlough")
    await expect(visit.page.get_by_text("210 rows")).to_be_visible()
    await visit.page.get_by_label("You are").select_option("public")
    await visit.page.get_by_role("button", name="Execute query").click()
    messages = visit.page.get_by_role("list", name="Messages")
    await expect(messages).to_contain_text("furloughedEmployments:")
    await expect(messages).to_contain_text("HMRC")
    await expect(visit.page.get_by_role("columnheader", name="Furloughed employments")).to_be_visible()
    row = visit.page.get_by_role("row").filter(has_text="2021-05").filter(has_text="Manufacturing")
    await expect(row).to_contain_text("[withheld: HMRC]")
    await expect(visit.page.get_by_role("cell", name="[withheld: HMRC]")).to_have_count(210)


async def test_the_table_is_taken_away_as_csv_with_markers_beside_the_figures(visit: Visit, tmp_path: Path) -> None:
    await visit.open_question("Before and after furlough")
    async with visit.page.expect_download() as download:
        await visit.page.get_by_role("button", name="Download CSV").click()
    saved = tmp_path / (await download.value).suggested_filename
    await (await download.value).save_as(saved)
    rows = list(csv.DictReader(io.StringIO(saved.read_text(encoding="utf-8"))))
    measures = "furloughedEmployments-payrolledEmployees-medianMonthlyPay"
    assert saved.name == f"{measures}_E12000007_2021-05--2022-02_by-industry.csv"
    assert len(rows) == 210
    manufacturing = next(
        row for row in rows if row["period.code"] == "2021-05" and row["group.industry.name"] == "Manufacturing"
    )
    assert int(manufacturing["furloughedEmployments.value"]) > 1000
    assert manufacturing["furloughedEmployments.unit"] == "EMPLOYMENTS"
    mining = next(row for row in rows if row["furloughedEmployments.markers"] == "c")
    assert mining["furloughedEmployments.value"] == "[c]"

    await visit.page.get_by_role("button", name="Copy as CSV").click()
    await expect(visit.page.get_by_text("Copied")).to_be_visible()
    copied: str = await visit.page.evaluate("() => navigator.clipboard.readText()")
    assert copied.splitlines() == saved.read_text(encoding="utf-8").splitlines()


async def test_the_gateway_makes_a_file_of_another_form_with_its_terms(visit: Visit, tmp_path: Path) -> None:
    await visit.open_question("Before and after furlough")
    await visit.page.get_by_role("combobox", name="Format of").select_option("Excel")
    async with visit.page.expect_download() as download:
        await visit.page.get_by_role("button", name="Download Excel").click()
    saved = tmp_path / (await download.value).suggested_filename
    await (await download.value).save_as(saved)
    await expect(visit.page.get_by_role("status").filter(has_text="Downloaded")).to_be_visible()
    book = openpyxl.load_workbook(saved)
    assert book.sheetnames[-1] == "labourMarket"
    assert book["labourMarket"].max_row == 4 + 210
    assert {row[4] for row in book["Measures"].iter_rows(min_row=3, values_only=True)} == {"HMRC"}


async def test_one_answer_with_two_lists_is_two_tables(visit: Visit) -> None:
    await visit.open_question("Young people and apprenticeships")
    await expect(visit.page.get_by_role("heading", name="Apprenticeships")).to_be_visible()
    await expect(visit.page.get_by_role("heading", name="Searching")).to_be_visible()


TWO = """{ area(code: "E08000003") { name
  a: labourMarket(periods: {from: "2024-01", to: "2024-03"}) { period { code } claimantCount { value } }
  b: labourMarket(periods: {from: "2023-01", to: "2023-03"}) { period { code } claimantCount { value } } } }"""


async def run(visit: Visit, query: str) -> None:
    """Types a query over what is in the editor, and runs it."""
    await visit.page.evaluate("(query) => __MONACO.editor.getEditors()[0].setValue(query)", query)
    await visit.page.get_by_role("button", name="Execute query").click()


async def test_two_lists_in_one_place_are_two_tables_each_with_its_own_download_and_chart(
    visit: Visit, tmp_path: Path
) -> None:
    await run(visit, TWO)
    await expect(visit.page.get_by_role("table")).to_have_count(2)
    await expect(visit.page.get_by_text("3 rows")).to_have_count(2)
    for index, (name, first) in enumerate((("area.a", "2024-01"), ("area.b", "2023-01"))):
        async with visit.page.expect_download() as download:
            await visit.page.get_by_role("button", name="Download CSV").nth(index).click()
        saved = tmp_path / (await download.value).suggested_filename
        await (await download.value).save_as(saved)
        rows = list(csv.DictReader(io.StringIO(saved.read_text(encoding="utf-8"))))
        assert saved.name == f"claimantCount_E08000003_{first}--{first[:4]}-03.csv", name
        assert [row["area.name"] for row in rows] == ["Manchester"] * 3
        assert rows[0]["period.code"] == first
    await visit.page.get_by_role("button", name="Chart", exact=True).click()
    await expect(visit.page.get_by_role("img", name="Claimant count over time")).to_have_count(2)


async def test_a_column_without_a_single_figure_stays_with_its_marker_and_the_way_out(visit: Visit) -> None:
    await run(visit, TWO.replace("claimantCount { value }", "claimantCount { value } population { value }"))
    await expect(visit.page.get_by_role("columnheader", name="Population")).to_have_count(2)
    messages = visit.page.get_by_role("list", name="Messages")
    for path in ("area.a.population", "area.b.population"):
        await expect(messages).to_contain_text(f"{path}: Population: a figure for each year, and no row here ends when")
    await expect(messages).to_contain_text("fill: LATEST")
    await expect(visit.page.get_by_role("cell", name="[z]")).to_have_count(6)


async def test_json_shows_the_answer_to_the_query_as_it_was_written(visit: Visit) -> None:
    await run(visit, TWO)
    await expect(visit.page.get_by_role("table")).to_have_count(2)
    await visit.page.get_by_role("button", name="JSON").click()
    texts = await visit.page.evaluate("() => __MONACO.editor.getModels().map((model) => model.getValue())")
    assert any('"claimantCount": {' in text for text in texts)
    assert not any("_markers" in text for text in texts)
    assert "_markers: markers" in (visit.asked()[-1].post_data or "")


async def test_markers_are_explained_in_the_words_of_the_schema(visit: Visit) -> None:
    async def revised(route: Route) -> None:
        answer = await (await route.fetch()).json()
        if "IntrospectionQuery" not in (route.request.post_data or ""):
            answer["data"]["area"]["a"][0]["claimantCount"]["_markers"] = ["er"]
            warning = {"message": "Nothing after 2024-03.", "path": ["area", "a"], "remedy": "Ask for last: 3."}
            answer["extensions"] = {"warnings": [warning]}
        await route.fulfill(json=answer)

    await visit.page.route("**/graphql", revised)
    await run(visit, TWO)
    await expect(visit.page.get_by_role("cell", name="[er]")).to_have_count(1)
    await expect(visit.page.get_by_role("definition")).to_have_text("Earliest revision.")
    await expect(visit.page.get_by_role("list", name="Messages")).to_contain_text(
        "Nothing after 2024-03. Ask for last: 3."
    )


async def test_the_page_rounds_no_figure(visit: Visit) -> None:
    async def finer(route: Route) -> None:
        answer = await (await route.fetch()).json()
        if "IntrospectionQuery" not in (route.request.post_data or ""):
            for row, value in zip(answer["data"]["area"]["a"], (1234.5678, 3, 0.1), strict=True):
                row["claimantCount"]["value"] = value
        await route.fulfill(json=answer)

    await visit.page.route("**/graphql", finer)
    await run(visit, TWO)
    for cell in ("1,234.5678", "3.0000", "0.1000"):
        await expect(visit.page.get_by_role("cell", name=cell, exact=True)).to_have_count(1)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ labourMarkets { nodes } }", "Line 1, column 3: Cannot query field 'labourMarkets'"),
        ("{ me {\n  organisation(", "Line 2, column 16: Syntax Error"),
        ('{ a: area(code: "E08000003") { value name }\n  nothing }', "Line 1, column 32: Cannot query field 'value'"),
    ],
)
async def test_a_mistake_in_the_query_is_told_in_words_with_its_place(visit: Visit, query: str, message: str) -> None:
    await run(visit, query)
    await expect(visit.page.get_by_role("list", name="Messages")).to_contain_text(message)
    await expect(visit.page.get_by_role("table")).to_have_count(0)


async def test_the_keyboard_reaches_the_query_past_the_header(visit: Visit) -> None:
    await visit.page.keyboard.press("Tab")
    await expect(visit.page.get_by_role("link", name="Skip to the query")).to_be_focused()
    await visit.page.keyboard.press("Enter")
    await expect(visit.page.get_by_role("main")).to_be_focused()


async def test_a_narrow_screen_scrolls_down_and_not_sideways(visit: Visit) -> None:
    await visit.page.set_viewport_size({"width": 380, "height": 800})
    await visit.open_question("Slowest recovery")
    await expect(visit.page.get_by_role("table")).to_be_visible()
    assert await visit.page.evaluate("() => document.documentElement.scrollWidth") <= 380


async def test_outside_the_demonstration_the_page_takes_a_token(browser: Browser, open_trust: Opener) -> None:
    async with open_trust(DEMO="false", PUBLIC_ONLY="true") as trust, visiting(browser, trust) as visit:
        await expect(visit.page.get_by_label("You are")).to_have_count(0)
        await visit.page.get_by_label("Your token").fill("not-a-token")
        await visit.page.get_by_role("button", name="Use it").click()
        await expect(visit.page.get_by_role("status")).to_contain_text("token")
        await visit.page.get_by_label("Your token").fill("")
        await visit.page.get_by_role("button", name="Use it").click()
        await expect(visit.page.get_by_role("status")).to_have_text("You read what is open to everyone.")
