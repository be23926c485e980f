"""The frame of the workbench: where one is stands in the address, who one is is always in sight, and all may use it."""

from collections.abc import AsyncGenerator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, Page, expect

from tests.conftest import Opener, Trust
from tests.explorer.conftest import GRAPHIQL, Visit, visiting

pytestmark = pytest.mark.browser
AXE = Path("explorer/node_modules/axe-core/axe.min.js")
TABLE = """{
  labourMarket(
    areas: { level: LA }
    periods: { last: 3 }
  ) {
    nodes {
      area { code name }
      period { code label }
      claimantCount { value markers unit }
      businesses { value markers unit }
    }
  }
}
"""
PAGES = {
    "start": "/#/",
    "search": "/#/?search=wage",
    "catalogue": "/#/catalogue",
    "measure": "/#/measure/businesses",
    "place": "/#/place/E06000063",
    "table": "/#/table",
    "table of figures": f"/#/table?query={quote(TABLE)}",
    "chart": f"/#/table?query={quote(TABLE)}&view=chart",
    "small multiples": f"/#/table?query={quote(TABLE)}&view=chart&kind=panels",
    "bars": f"/#/table?query={quote(TABLE)}&view=chart&kind=bars&changed=percent",
    "map": f"/#/table?query={quote(TABLE)}&view=map",
    "agreements": "/#/agreements?as=trustee",
    "agreement": "/#/agreement/DSA-004?as=beis-steward",
    "proposal": f"/#/propose?query={quote(TABLE)}&as=hmrc-analyst",
    "demand": "/#/demand?as=trustee",
    "record": "/#/record?as=dfe-analyst",
    "accessibility": "/#/accessibility",
    "privacy": "/#/privacy",
    "contact": "/#/contact",
    "documents": "/#/documents",
    "nowhere": "/#/nowhere",
}


@pytest.fixture
async def start(browser: Browser, shared: Trust) -> AsyncGenerator[Visit]:
    async with visiting(browser, shared, "/#/") as visit:
        yield visit


async def settled(page: Page) -> None:
    """Every question that the page has asked is answered."""
    await expect(page.locator("main :is(h1, .graphiql-query-editor)").first).to_be_visible()
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)


async def serious(page: Page) -> list[str]:
    """What axe finds that is serious, in light and in dark."""
    wrong: list[str] = []
    for colours, rules in (("light", "{}"), ("dark", "{ runOnly: ['color-contrast'] }")):
        await page.emulate_media(color_scheme=colours)
        found = await page.evaluate(f"() => axe.run(document, {rules})")
        wrong += [
            f"{colours}: {each['id']} {each['nodes'][0]['target']}"
            for each in found["violations"]
            if each["impact"] in ("serious", "critical")
        ]
    return wrong


async def test_the_first_view_loads_no_editor_and_asks_nobody_but_the_gateway(start: Visit) -> None:
    await settled(start.page)
    assert {request.url.split("/")[2] for request in start.requests} == {start.base.removeprefix("http://")}
    loaded = [request for request in start.requests if request.url.endswith((".js", ".css"))]
    sizes = [await request.sizes() for request in loaded]
    assert 0 < sum(size["responseBodySize"] for size in sizes) < 120_000
    assert not [request.url for request in loaded if "monaco" in request.url or "Graphiql" in request.url]
    assert start.complaints == []


async def test_navigation_back_and_forward_and_reload_show_the_same(start: Visit) -> None:
    pages = start.page.get_by_role("navigation", name="Pages")
    await pages.get_by_role("link", name="Catalogue").click()
    await expect(start.page.get_by_role("heading", level=1)).to_have_text("Catalogue")
    await start.page.get_by_label("Search the measures").fill("jobless")
    await start.page.keyboard.press("Enter")
    await expect(start.page.get_by_role("status")).to_have_text("4 measures")
    await start.page.get_by_role("link", name="Claimant count").click()
    await expect(start.page.get_by_role("heading", level=1)).to_have_text("Claimant count")
    await start.page.go_back()
    await expect(start.page.get_by_role("status")).to_have_text("4 measures")
    await expect(start.page.get_by_label("Search the measures")).to_have_value("jobless")
    await start.page.go_back()
    await expect(start.page.get_by_role("status")).to_have_text("30 measures")
    await start.page.go_forward()
    await start.page.reload()
    await expect(start.page.get_by_role("status")).to_have_text("4 measures")
    await expect(pages.get_by_role("link", name="Catalogue")).to_have_attribute("aria-current", "page")
    await expect(start.page).to_have_title("Catalogue – Labour Market Data Trust")


async def test_who_one_is_and_why_goes_along_from_page_to_page_and_survives_a_reload(start: Visit) -> None:
    await start.page.get_by_label("You are").select_option("dwp-analyst")
    await start.page.get_by_label("Purpose").select_option("levelling-up")
    await start.page.get_by_role("link", name="Catalogue").first.click()
    await start.page.reload()
    await expect(start.page.get_by_label("You are")).to_have_value("dwp-analyst")
    await expect(start.page.get_by_label("Purpose")).to_have_value("levelling-up")
    await settled(start.page)
    sent = start.asked()[-1].headers
    assert sent["purpose"] == "levelling-up"
    assert sent["authorization"].removeprefix("Bearer ") not in start.page.url
    assert "token" not in start.page.url and "eyJ" not in start.page.url


async def test_the_keyboard_reaches_everything_and_shows_where_it_is(start: Visit) -> None:
    await settled(start.page)
    await start.page.keyboard.press("Tab")
    await expect(start.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await start.page.keyboard.press("Enter")
    await expect(start.page.get_by_role("main")).to_be_focused()
    await start.page.keyboard.press("Tab")
    await start.page.keyboard.type("carlisel")
    await start.page.keyboard.press("Enter")
    found = start.page.get_by_role("link", name="Cumberland")
    await expect(found).to_be_visible()
    await start.page.keyboard.press("Tab")
    await start.page.keyboard.press("Tab")
    await expect(found).to_be_focused()
    await start.page.keyboard.press("Enter")
    await expect(start.page.get_by_role("heading", level=1)).to_have_text("Cumberland")
    await expect(start.page.get_by_role("main")).to_be_focused()


async def test_no_page_scrolls_sideways_at_320_pixels_and_axe_finds_nothing_serious_light_or_dark(
    browser: Browser, shared: Trust
) -> None:
    wrong: list[str] = []
    async with visiting(browser, shared, "/#/", viewport={"width": 320, "height": 720}) as visit:
        await visit.page.evaluate(AXE.read_text(encoding="utf-8"))
        for name, address in PAGES.items():
            await visit.page.goto(visit.base + address)
            await settled(visit.page)
            if (width := await visit.page.evaluate("() => document.documentElement.scrollWidth")) > 320:
                wrong.append(f"{name} is {width} wide")
            wrong += [f"{name}, {found}" for found in await serious(visit.page)]
        assert visit.complaints == []
    assert wrong == []


async def test_a_query_in_the_address_is_opened_and_run_and_one_goes_back_to_the_last(
    browser: Browser, shared: Trust
) -> None:
    query = "query%20($c:%20AreaCode!)%20{%20area(code:%20$c)%20{%20name%20}%20}"
    async with visiting(browser, shared, "/#/") as visit:
        await visit.page.goto(f'{visit.base}{GRAPHIQL}?query={query}&variables={{"c":"E08000003"}}')
        await expect(visit.page.get_by_role("cell", name="Manchester")).to_be_visible()
        await visit.page.evaluate(
            "() => __MONACO.editor.getEditors()[0].setValue('{ area(code: \"E06000063\") { name } }')"
        )
        await visit.page.get_by_role("button", name="Execute query").click()
        await expect(visit.page.get_by_role("cell", name="Cumberland")).to_be_visible()
        await visit.page.go_back()
        await expect(visit.page.get_by_role("cell", name="Manchester")).to_be_visible()
        await visit.page.go_forward()
        await expect(visit.page.get_by_role("cell", name="Cumberland")).to_be_visible()
        await visit.page.reload()
        await expect(visit.page.get_by_role("cell", name="Cumberland")).to_be_visible()


async def test_a_change_in_the_address_is_shown_and_not_made(browser: Browser, shared: Trust) -> None:
    mutation = "{%20me%20{%20subject%20}%20}%20mutation%20X%20{%20withdraw(id:%20%22DSA-001%22)%20{%20id%20}%20}"
    async with visiting(browser, shared, "/#/") as visit:
        await visit.page.goto(f"{visit.base}{GRAPHIQL}?query={mutation}")
        await expect(visit.page.locator(".graphiql-query-editor")).to_contain_text("withdraw")
        await settled(visit.page)
        assert not [request for request in visit.asked() if "withdraw" in (request.post_data or "")]


async def test_axe_finds_nothing_serious_in_graphiql_but_the_buttons_in_its_own_tabs(
    browser: Browser, shared: Trust
) -> None:
    async with visiting(browser, shared) as visit:
        await visit.open_question("The catalogue")
        await expect(visit.page.get_by_text("30 rows")).to_be_visible()
        await visit.page.evaluate(AXE.read_text(encoding="utf-8"))
        assert await serious(visit.page) == ["light: nested-interactive ['.graphiql-tab']"]


async def test_outside_the_demonstration_the_purpose_of_an_address_waits_for_a_token(
    browser: Browser, open_trust: Opener
) -> None:
    async with (
        open_trust(DEMO="false", PUBLIC_ONLY="true") as trust,
        visiting(browser, trust, "/#/catalogue?purpose=skills-planning") as visit,
    ):
        await expect(visit.page.get_by_label("Your token")).to_be_visible()
        await settled(visit.page)
        assert "purpose" not in visit.asked()[-1].headers
