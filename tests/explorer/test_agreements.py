"""Agreements in the workbench: what waits for one, what one says and would change, and the moves one may make."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, Page, expect

from tests.conftest import Opener, Trust
from tests.explorer.conftest import visiting

pytestmark = pytest.mark.browser
REFUSED = Path("docs/examples/readme.graphql").read_text(encoding="utf-8")
ANSWERS = {
    "Where do questions about the agreement go?": "data.steward@dfe.example",
    "Where is the data protection officer reached?": "data.protection@dfe.example",
    "What are the aims, and how will the data help?": "To buy courses where businesses grow.",
    "Who are the data subjects?": "None: figures about groups of businesses",
    "What happens to the data at the end?": "Nothing is copied.",
    "Until when?": "2028-04-01",
    "To be reviewed by when?": "2027-10-01",
}
CHOSEN = {
    "Is the receiver a controller, a joint controller or a processor?": "controller",
    "What is the lawful basis under Article 6?": "public-task",
    "What type of data is it?": "none",
}
PROPOSE = """mutation($refused: String!) {
  proposeAgreement(fromQuery: $refused) { agreement { id } }
}"""


async def become(page: Page, persona: str) -> None:
    await page.get_by_label("You are").select_option(persona)
    await settled(page)


async def settled(page: Page) -> None:
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)


async def proposed(trust: Trust) -> str:
    data: dict[str, Any] = await trust.data(PROPOSE, "dfe-analyst", "skills-planning", refused=REFUSED)
    return data["proposeAgreement"]["agreement"]["id"]


async def answer(page: Page) -> None:
    for question, said in CHOSEN.items():
        await page.get_by_label(question).select_option(said)
    for question, said in ANSWERS.items():
        await page.get_by_label(question).fill(said)
    await page.get_by_label("decision making").check()


async def test_an_agreement_goes_from_draft_to_force_by_the_hands_of_those_who_must(
    browser: Browser, open_trust: Opener
) -> None:
    async with (
        open_trust() as trust,
        visiting(browser, trust, "/#/agreements?as=dfe-analyst&purpose=skills-planning") as visit,
    ):
        page, id = visit.page, await proposed(trust)
        await page.reload()
        await page.get_by_role("list", name="All agreements").get_by_role("link", name=id).click()
        await expect(page.get_by_text("11 questions are still to be answered")).to_be_visible()
        await answer(page)
        await page.get_by_text("What is answered already").click()
        await page.get_by_label("Which other terms do these contradict").fill(
            "DSA-005: A lender's share is no secret.\nopen: A lender's share is no secret."
        )
        await page.get_by_role("button", name="Keep as the next version").click()
        await expect(page.get_by_text(f"{id}, version 2: Draft")).to_be_visible()
        sides = page.get_by_role("region", name="Versions side by side")
        aims = sides.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Aims"))
        await expect(aims.get_by_role("cell")).to_have_text(["Not said", "To buy courses where businesses grow."])
        await expect(sides.get_by_role("rowheader", name="Receives")).to_have_count(0)
        await page.get_by_label("What is the same, too").check()
        await expect(sides.get_by_role("rowheader", name="Receives")).to_be_visible()

        await become(page, "dfe-steward")
        await page.get_by_role("button", name="Submit it").click()
        await page.get_by_role("dialog").get_by_role("button", name="Submit it").click()
        await expect(page.get_by_text(f"{id}, version 2: Proposed")).to_be_visible()

        await become(page, "beis-steward")
        await page.get_by_role("button", name="Simulate it").click()
        change = page.get_by_role("region", name="Newly allowed: DfE").first
        await expect(change).to_contain_text("Business support loans")
        await expect(change).to_contain_text("Refused")
        await expect(page.get_by_text("Figures of a sample that would newly be visible")).to_be_visible()
        await page.get_by_role("button", name="Sign it").click()
        signing = page.get_by_role("dialog")
        version = (await trust.data(f'{{ agreement(id: "{id}", version: 2) {{ contentHash }} }}', "trustee"))[
            "agreement"
        ]
        await expect(signing).to_contain_text(version["contentHash"])
        await signing.get_by_role("button", name="Sign it").click()
        await expect(page.get_by_text(f"{id}, version 2: Partly signed")).to_be_visible()
        await expect(page.get_by_role("button", name="Sign it")).to_have_count(0)

        await become(page, "trustee")
        await page.get_by_role("button", name="Sign it").click()
        await page.get_by_role("dialog").get_by_role("button", name="Sign it").click()
        await expect(page.get_by_text(f"{id}, version 2: In force")).to_be_visible()
        history = page.get_by_role("list", name="History")
        await expect(history).to_contain_text("beis-steward of BEIS, as the owner's data steward, with a signature")
        await expect(history).to_contain_text("simulation")
        answered = await trust.ask(REFUSED, "dfe-analyst", "skills-planning")
        assert not [error for error in answered.get("errors", []) if error["extensions"].get("owner") == "BEIS"]
        await page.reload()
        await settled(page)
        await expect(page.get_by_role("list", name="Figures read, by month")).to_contain_text("shown")


async def test_what_is_put_on_hold_says_why_and_waits_for_those_who_can_resume_it(
    browser: Browser, open_trust: Opener
) -> None:
    async with open_trust() as trust, visiting(browser, trust, "/#/agreement/DSA-004?as=beis-steward") as visit:
        page = visit.page
        await page.get_by_role("button", name="Put it on hold").click()
        dialog = page.get_by_role("dialog")
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        await page.get_by_role("button", name="Put it on hold").click()
        await dialog.get_by_role("button", name="Put it on hold").click()
        await expect(dialog).to_be_visible()  # without a reason nothing is sent
        await dialog.get_by_label("Why").fill("We look at it again.")
        await dialog.get_by_role("button", name="Put it on hold").click()
        await expect(page.get_by_text("DSA-004, version 1: On hold")).to_be_visible()
        await expect(page.get_by_role("list", name="History")).to_contain_text("We look at it again.")
        await page.get_by_role("link", name="Agreements").first.click()
        waiting = page.get_by_role("list", name="What needs your attention")
        await expect(waiting).to_contain_text("It is suspended.")
        await waiting.get_by_role("link", name="DSA-004").click()
        await page.get_by_role("button", name="Put it in force again").click()
        await dialog.get_by_label("Why").fill("It is as it was.")
        await dialog.get_by_role("button", name="Put it in force again").click()
        await expect(page.get_by_text("DSA-004, version 1: In force")).to_be_visible()
        await page.get_by_role("button", name="Narrow it at once").click()
        await page.get_by_label("Until when?").fill("2030-04-01")
        await page.get_by_role("button", name="Put the narrower terms in force").click()
        await expect(page.get_by_role("list", name="Messages")).to_contain_text("not narrower")
        await page.get_by_label("Until when?").fill("2027-12-01")
        await page.get_by_role("button", name="Put the narrower terms in force").click()
        await expect(page.get_by_text("DSA-004, version 2: In force")).to_be_visible()
        sides = page.get_by_role("region", name="Versions side by side")
        await expect(sides.get_by_role("cell")).to_have_text(["1 April 2028", "1 December 2027"])


async def test_the_public_is_told_where_the_register_is(browser: Browser, shared: Trust) -> None:
    async with visiting(browser, shared, "/#/agreements") as visit:
        await expect(visit.page.get_by_role("link", name="The public register")).to_be_visible()
        await visit.page.goto(visit.base + "/#/agreement/DSA-001")
        await expect(visit.page.get_by_role("list", name="Messages")).to_contain_text("party")
        await become(visit.page, "dfe-analyst")
        await expect(visit.page.get_by_role("heading", level=1)).to_contain_text("Payrolled employees and pay")
        await expect(visit.page.get_by_role("button", name="Put it on hold")).to_have_count(0)
        assert visit.complaints == []


async def test_from_a_refused_cell_a_proposal_is_three_clicks_away(browser: Browser, open_trust: Opener) -> None:
    query = """{ labourMarket(areas: {codes: ["E08000003"]}, periods: {from: "2024-01", to: "2024-01"}, fill: LATEST) {
      nodes { area { name } businessSupportLoans { value } claimantCount { value } } } }"""
    address = f"/#/table?query={quote(query)}&as=dfe-analyst&purpose=skills-planning"
    async with open_trust() as trust, visiting(browser, trust, address) as visit:
        page = visit.page
        cell = page.get_by_role("cell").get_by_role("link", name="withheld")
        await cell.click()
        await expect(page.get_by_role("heading", name="11 questions are left to you")).to_be_visible()
        covered = page.locator(".terms").filter(has_text="Which figures")
        await expect(covered).to_contain_text("Business support loans")
        await expect(covered).to_contain_text("Manchester (E08000003)")
        assert await trust.data("{ agreements(status: DRAFT) { id } }", "dfe-analyst") == {"agreements": []}
        await answer(page)
        await page.get_by_role("button", name="Propose it as a draft").click()
        await expect(page.get_by_text("version 1: Draft")).to_be_visible()
        await expect(page.get_by_text("still to be answered")).to_have_count(0)
        drafted = await trust.data("{ agreements(status: DRAFT) { content } }", "dfe-analyst")
        (content,) = [each["content"] for each in drafted["agreements"]]
        assert content["purpose"]["statement"] == ANSWERS["What are the aims, and how will the data help?"]
        assert content["scope"]["measures"] == ["businessSupportLoans"]
        assert content["purpose"]["benefits"] == ["decision-making"]
        assert visit.complaints == []


async def test_whatever_says_that_it_is_refused_leads_to_a_proposal(browser: Browser, shared: Trust) -> None:
    query = "{ labourMarket(areas: {level: LA}, periods: {last: 1}, fill: LATEST) { nodes { businessSupportLoans { value } } } }"
    async with visiting(browser, shared, f"/#/table?query={quote(query)}&as=dfe-analyst") as visit:
        page = visit.page
        message = page.get_by_role("list", name="Messages").get_by_role("link", name="Propose an agreement")
        await message.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("BEIS refuses this for skills planning.")).to_be_visible()
        await page.goto(visit.base + "/#/measure/businessSupportLoans?as=dfe-analyst")
        await page.get_by_role("link", name="Propose an agreement").click()
        await expect(page.locator(".terms").filter(has_text="Which figures")).to_contain_text("Business support loans")
        await page.get_by_label("You are").select_option("public")
        await expect(page.get_by_text("say who you are above")).to_be_visible()
