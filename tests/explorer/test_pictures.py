"""Charts and maps of a result, and what is taken away of them."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.async_api import Browser, Page, expect

from tests.conftest import Trust
from tests.explorer.conftest import visiting
from tests.explorer.test_results import address

pytestmark = pytest.mark.browser
SVG = "{http://www.w3.org/2000/svg}"


def texts(picture: ElementTree.Element) -> list[str]:
    return [(each.text or "") + "".join(part.text or "" for part in each) for each in picture.iter(f"{SVG}text")]


async def saved(page: Page, button: str, folder: Path) -> Path:
    async with page.expect_download() as download:
        await page.get_by_role("button", name=button).click()
    path = folder / (await download.value).suggested_filename
    await (await download.value).save_as(path)
    return path


async def test_lines_small_multiples_and_bars_of_figures_change_and_index(browser: Browser, shared: Trust) -> None:
    where = address("level: REGION", 'from: "2020-01", to: "2024-06"', "claimantCount", view="chart")
    async with visiting(browser, shared, where) as visit:
        page = visit.page
        await expect(page.get_by_role("img", name="Claimant count (persons) over time")).to_be_visible()
        await expect(page.get_by_text("the highest 6 of 12 lines")).to_be_visible()
        await expect(page.locator(".keys li")).to_have_count(6)
        await page.get_by_role("combobox", name="Show").select_option("index")
        await page.get_by_role("combobox", name="Base period").select_option("March 2020")
        await expect(page.get_by_role("img", name="Claimant count, index, 100 in March 2020 over time")).to_be_visible()
        await page.get_by_text("Drawn: 6 of 12").click()
        await page.get_by_role("button", name="Only the first").click()
        await page.get_by_role("checkbox", name="Wales").check()
        await expect(page.locator(".keys li")).to_have_count(2)
        await page.reload()
        await expect(page.locator(".keys li").filter(has_text="Wales")).to_be_visible()
        await page.get_by_text("Drawn: 2 of 12").click()
        await page.get_by_role("button", name="The largest").click()
        await page.get_by_role("combobox", name="Chart").select_option("panels")
        await expect(page.locator(".drawing svg")).to_contain_text("Yorkshire")
        await page.get_by_role("combobox", name="Chart").select_option("bars")
        await page.get_by_role("combobox", name="Show").select_option("percent")
        await expect(page.locator(".drawing svg")).to_contain_text("%")
        assert visit.complaints == []


async def test_a_chart_is_saved_with_its_title_source_and_date(browser: Browser, shared: Trust, tmp_path: Path) -> None:
    where = address("level: COUNTRY", "last: 12", "medianMonthlyPay", view="chart")
    async with visiting(browser, shared, where) as visit:
        await expect(visit.page.locator(".drawing svg")).to_be_visible()
        await expect(visit.page.get_by_text("Source: HM Revenue and Customs")).to_be_visible()
        picture = ElementTree.fromstring((await saved(visit.page, "Save as SVG", tmp_path)).read_text(encoding="utf-8"))
        said = " ".join(texts(picture))
        assert "Median monthly pay (£ per month)" in said
        assert "Source: HM Revenue and Customs" in said and "Asked on" in said
        assert {"England", "Wales", "Scotland", "Northern Ireland"} <= set(texts(picture))
        assert not [each for each in picture.iter() if each.tag.endswith(("script", "foreignObject"))]
        image = (await saved(visit.page, "Save as PNG", tmp_path)).read_bytes()
        assert image.startswith(b"\x89PNG") and len(image) > 20_000
        assert visit.complaints == []


async def test_a_map_has_a_tile_for_each_local_authority_and_is_saved(
    browser: Browser, shared: Trust, tmp_path: Path
) -> None:
    where = address("level: LA", "last: 1", "claimantCount", view="map")
    async with visiting(browser, shared, where) as visit:
        page, tiles = visit.page, visit.page.locator("svg.map path[data-code]")
        await expect(tiles).to_have_count(361)
        fills = {await tile.get_attribute("fill") for tile in (await tiles.all())[:120]}
        assert len(fills) == 5
        await tiles.and_(page.locator("[data-code=E08000003]")).hover()
        await expect(page.locator(".readout")).to_contain_text("Manchester: ")
        picture = ElementTree.fromstring((await saved(page, "Save as SVG", tmp_path)).read_text(encoding="utf-8"))
        assert len([each for each in picture.iter(f"{SVG}path") if each.get("data-code")]) == 361
        assert any("Postcode Directory" in said for said in texts(picture))
        image = (await saved(page, "Save as PNG", tmp_path)).read_bytes()
        assert image.startswith(b"\x89PNG") and len(image) > 20_000


async def test_wider_places_colour_their_tiles_and_the_arrow_keys_move_over_the_map(
    browser: Browser, shared: Trust
) -> None:
    for level, name in (("REGION", "North East"), ("COMBINED_AUTHORITY", "Tees Valley"), ("COUNTRY", "England")):
        where = address(f"level: {level}", "last: 1, every: ACADEMIC_YEAR", "apprenticeshipStarts", view="map")
        async with visiting(browser, shared, where) as visit:
            page = visit.page
            await page.locator("svg.map").focus()
            await page.keyboard.press("ArrowRight")
            await expect(page.locator(".readout")).to_contain_text(name)
            await expect(page.locator(".readout")).to_contain_text("(Hartlepool)")
            before = await page.locator(".readout").inner_text()
            await page.keyboard.press("ArrowDown")
            await expect(page.locator(".readout")).not_to_have_text(before)
            fills = [
                await page.locator(f"path[data-code={code}]").get_attribute("fill")
                for code in ("E06000001", "E06000002")
            ]
            assert fills[0] == fills[1]


async def test_suppressed_places_of_a_map_are_hatched_and_say_so(browser: Browser, shared: Trust) -> None:
    where = address('level: LA, within: "E12000009"', 'from: "2023", to: "2023", every: YEAR', "businesses", view="map")
    async with visiting(browser, shared, f"{where}&as=dfe-analyst&purpose=skills-planning") as visit:
        await expect(visit.page.locator("svg.map path[data-code]")).to_have_count(361)
        isles = visit.page.locator("path[data-code=E06000053]")
        state = await isles.get_attribute("data-state")
        figures = visit.page.locator("svg.map path[data-code]:not([data-state])")
        assert state in (None, "suppressed") and await figures.count() > 0
        for path in await visit.page.locator("path[data-state]").all():
            kind = await path.get_attribute("data-state")
            assert await path.get_attribute("fill") == f"url(#is-{kind})" or kind == "provisional"
